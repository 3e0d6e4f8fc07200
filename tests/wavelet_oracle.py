"""Wavelet transforms in float64 NumPy, by definition: one dense array of entries for each axis.

`entries` says which samples, taps and coefficients of one axis meet, and with what weight; every
map is a sum over it, and its adjoint and derivatives are the same sum in other letters. Beyond its
ends a signal is extended sample by sample, as each mode is defined. `test_wavelet_oracle.py` holds
all of it against PyWavelets. Nothing here is shared with the kernels or `spectral_ops.reference`.
"""

import functools
import itertools
from collections.abc import Sequence

import numpy as np

MODES = (
    "zero",
    "constant",
    "symmetric",
    "reflect",
    "periodic",
    "smooth",
    "periodization",
    "antisymmetric",
    "antireflect",
)
LAST, FIRST = "channels_last", "channels_first"


def can_extend(n: int, mode: str) -> bool:
    """Whether the mode knows what comes beyond n samples."""
    return n > 1 or mode not in ("reflect", "antireflect")


def coefficients(n: int, taps: int, mode: str, rule: str = "dwt") -> int:
    """How many each band has of n samples."""
    if rule == "swt":
        return n
    return (n + 1) // 2 if mode == "periodization" else (n + taps - 1) // 2


@functools.cache
def sample(at: int, n: int, mode: str) -> np.ndarray:  # [n]
    """The weights of the samples that make the one at position `at`, inside or outside."""
    unit = np.eye(n)
    if 0 <= at < n:
        return unit[at]
    if mode == "zero":
        return np.zeros(n)
    if mode == "constant" or (mode == "smooth" and n == 1):
        return unit[0 if at < 0 else n - 1]
    if mode == "periodic":
        return sample(at + n if at < 0 else at - n, n, mode)
    if mode == "periodization":  # periodic, after the last of an odd number has been repeated
        period = n + n % 2
        return unit[n - 1] if at == n < period else sample(at % period, n, mode)
    step = 1 if at < 0 else -1  # towards the signal
    if mode == "smooth":
        return 2 * sample(at + step, n, mode) - sample(at + 2 * step, n, mode)
    half = mode in ("symmetric", "antisymmetric")  # the mirror stands half a sample outside
    mirrored = (-half if at < 0 else 2 * (n - 1) + half) - at
    other = sample(mirrored, n, mode)
    if mode == "antisymmetric":
        return -other
    if mode == "antireflect":
        return 2 * unit[0 if at < 0 else n - 1] - other
    return other


@functools.lru_cache(maxsize=32)
def entries(
    rule: str, n: int, taps: int, mode: str = "symmetric", level: int = 0
) -> np.ndarray:  # [h, taps, n]
    """The weight with which coefficient o, tap t and sample i meet, at [o, t, i]."""
    h = coefficients(n, taps, mode, rule)
    weights = np.zeros((h, taps, n))
    circular = mode == "periodization"
    for o, t in itertools.product(range(h), range(taps)):
        if rule == "dwt":
            weights[o, t] = sample((taps // 2 if circular else 1) + 2 * o - t, n, mode)
        elif rule == "swt":
            weights[o, t, ((taps // 2 - t) * 2**level + o) % n] += 1
        else:
            i = 2 * o + t - (taps // 2 - 1 if circular else taps - 2)
            i = i % (2 * h) if circular else i
            if 0 <= i < n:
                weights[o, t, i] = 1
    return weights


Filters = Sequence[np.ndarray]  # [2, taps] for each spatial axis


def analysis(
    x: np.ndarray,
    filters: Filters,
    *,
    rule: str = "dwt",
    mode: str = "symmetric",
    level: int = 0,
    data_format: str = LAST,
) -> np.ndarray:  # [batch, *h, 2**rank, channels], channels_first [batch, 2**rank, channels, *h]
    """From samples to bands, a before d, the first axis first."""
    lengths = _signal(x, data_format).shape[1:-1]
    return _sum(filters, lengths, (rule, mode, level), data_format, x=x)


def synthesis(
    bands: np.ndarray,
    size: Sequence[int],
    filters: Filters,
    *,
    rule: str = "idwt",
    mode: str = "symmetric",
    level: int = 0,
    data_format: str = LAST,
) -> np.ndarray:  # [batch, *size, channels]
    """From bands to samples: the adjoint of `analysis` by the same rule and filters."""
    return _sum(filters, size, (rule, mode, level), data_format, bands=bands)


def filter_gradient(
    x: np.ndarray,
    bands: np.ndarray,
    filters: Filters,
    axis: int,  # spatial axis, counted from 0
    *,
    rule: str = "dwt",
    mode: str = "symmetric",
    level: int = 0,
    data_format: str = LAST,
) -> np.ndarray:  # [2, taps]
    """The gradient of <bands, analysis(x)> = <x, synthesis(bands)> by the filters of one axis."""
    lengths = _signal(x, data_format).shape[1:-1]
    how = (rule, mode, level)
    return _sum(filters, lengths, how, data_format, x=x, bands=bands, by=axis)


def _sum(
    filters: Filters,
    lengths: Sequence[int],
    how: tuple[str, str, int],
    data_format: str,
    *,
    x: np.ndarray | None = None,
    bands: np.ndarray | None = None,
    by: int | None = None,
) -> np.ndarray:
    """The sum over all letters of what is given, by what is not: x, bands, or filters `by`."""
    rank = len(filters)
    i, o, b, t = "ijk"[:rank], "xyz"[:rank], "pqr"[:rank], "tuv"
    rule, mode, level = how
    letters, operands = [], []
    for axis, each in enumerate(filters):
        each = np.asarray(each, np.float64)
        weights = entries(rule, lengths[axis], each.shape[1], mode, level)
        if axis != by:
            letters.append(f"{b[axis]}{t[axis]}")
            operands.append(each)
        letters.append(f"{o[axis]}{t[axis]}{i[axis]}")
        operands.append(weights)
    if x is not None:
        letters.append(f"n{i}c")
        operands.append(_signal(x, data_format))
    if bands is not None:
        given = np.asarray(bands, np.float64)
        if data_format == FIRST:
            given = np.moveaxis(given, (1, 2), (-2, -1))
        given = given.reshape(*given.shape[:-2], *[2] * rank, given.shape[-1])
        letters.append(f"n{o}{b}c")
        operands.append(given)
    if by is not None:
        return np.einsum(f"{','.join(letters)}->{b[by]}{t[by]}", *operands, optimize=True)
    if bands is not None:
        y = np.einsum(f"{','.join(letters)}->n{i}c", *operands, optimize=True)
        return y if data_format == LAST else np.moveaxis(y, -1, 1)
    y = np.einsum(f"{','.join(letters)}->n{o}{b}c", *operands, optimize=True)
    y = y.reshape(*y.shape[: rank + 1], 2**rank, y.shape[-1])
    return y if data_format == LAST else np.moveaxis(y, (-2, -1), (1, 2))


def _signal(x: np.ndarray, data_format: str) -> np.ndarray:
    x = np.asarray(x, np.float64)
    return x if data_format == LAST else np.moveaxis(x, 1, -1)
