"""What `python -m spectral_ops` checks: the operators or, without TensorFlow, `_kernels`."""

from collections.abc import Callable, Iterable

import numpy as np
from numpy.typing import ArrayLike

DTYPES = ("float32", "float64", "float16")

# As tests/tolerances.py has them, relative to the norm of what is expected. Convolutions sum over
# many taps and channels.
_ALLOWED = {"float32": 1e-6, "float64": 1e-14, "float16": 1e-3}
_ALLOWED_CONV = _ALLOWED | {"float32": 2e-6}

Pairs = Iterable[tuple[ArrayLike, ArrayLike]]  # a result, and what is expected of it


def allowed(operator: str, dtype: str) -> float:
    """The largest error that rounding explains."""
    return (_ALLOWED_CONV if operator in ("conv", "depthwise_conv") else _ALLOWED)[dtype]


def fails(operator: str, dtype: str, compute: Callable[[], Pairs]) -> bool:
    """Prints a line with the largest error among the pairs; True where it is too large."""
    line = f"{operator:14} {dtype}:"
    try:
        error = np.max([_error(actual, expected) for actual, expected in compute()])
    except Exception as problem:  # the other lines are worth having all the same
        print(f"{line} FAILED: {type(problem).__name__}: {problem}")
        return True
    bound = allowed(operator, dtype)
    passed = bool(error <= bound)  # not where it is NaN
    print(f"{line} error {error:.1e}, allowed {bound:.0e}: {'ok' if passed else 'FAILED'}")
    return not passed


def _error(actual: ArrayLike, expected: ArrayLike) -> float:
    actual, expected = np.asarray(actual), np.asarray(expected)
    if actual.shape != expected.shape:
        raise ValueError(f"a result has shape {actual.shape}, not {expected.shape}")
    return float(np.linalg.norm((actual - expected).ravel()) / np.linalg.norm(expected.ravel()))
