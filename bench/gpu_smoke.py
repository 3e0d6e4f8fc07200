"""`python -m bench.gpu_smoke`: a first look at the GPU kernels, in seconds.

One small call in each type, then the error of long sums beside what it should be for each way in
which tensor cores may add. Those errors were simulated in NumPy, of random numbers that are exactly
multiplied and added in eights.
"""

import importlib
import math
import sys
from typing import Any, NamedTuple

import numpy as np

from bench.gpu_model import ROOT


class Expected(NamedTuple):
    """Relative L2 errors of an axis n -> n / 2 of float32."""

    nearest: float  # sums rounded to nearest
    zero: float  # toward zero
    fresh: float  # toward zero, but a new sum for two k-tiles each, which float32 adds up


EXPECTED = {  # the last two in halves
    64: Expected(1.4e-7, 5.6e-7, 1.6e-7),
    256: Expected(1.7e-7, 1.2e-6, 1.8e-7),
    1024: Expected(2.9e-7, 4.8e-6, 2.2e-7),
}
NAMES = ("to nearest", "toward zero", "toward zero, a fresh sum for two k-tiles each")
TYPES = ("float64", "float32", "float16")


def module_of_tests(name: str) -> Any:
    """One of tests/."""
    folder = str(ROOT / "tests")
    if folder not in sys.path:
        sys.path.append(folder)
    return importlib.import_module(name)


def small_errors(backend: Any) -> dict[str, float]:
    """Of 8 x 8 samples, by type."""
    oracle, tolerances = module_of_tests("oracle"), module_of_tests("tolerances")
    rng = np.random.default_rng(0)
    errors = {}
    for dtype in TYPES:
        x = rng.standard_normal((2, 8, 8, 3)).astype(dtype)
        y = backend.resample(x, (4, 4))
        errors[dtype] = tolerances.relative_error(y, oracle.resample(x, (4, 4)))
    return errors


def long_errors(backend: Any, columns: int = 4096) -> dict[int, float]:
    """Of float32 along one axis, by its length."""
    oracle, tolerances = module_of_tests("oracle"), module_of_tests("tolerances")
    rng = np.random.default_rng(0)
    errors = {}
    for n in EXPECTED:
        x = rng.standard_normal((1, n, columns)).astype(np.float32)
        y = backend.resample(x, (n // 2,))
        errors[n] = tolerances.relative_error(y, oracle.resample(x, (n // 2,)))
    return errors


def likeliest(errors: dict[int, float]) -> str:
    """The way of adding whose errors are nearest to these."""

    def distance(way: int) -> float:
        return sum(abs(math.log(errors[n] / EXPECTED[n][way])) for n in errors)

    return NAMES[min(range(len(NAMES)), key=distance)]


def report(backend: Any, columns: int = 4096) -> bool:
    """Prints all errors; false where one is beyond the tolerance of the tests."""
    tolerance = module_of_tests("tolerances").tolerance
    good = True
    for dtype, error in small_errors(backend).items():
        fits = error <= tolerance(dtype)
        good &= fits
        print(f"8x8 to 4x4, {dtype}: error {error:.1e}{'' if fits else '  FAILED'}")
    errors = long_errors(backend, columns)
    print("float32, one axis    error    expected: " + "; ".join(NAMES))
    for n, error in errors.items():
        fits = error <= tolerance("float32")
        good &= fits
        known = "; ".join(f"{each:.1e}" for each in EXPECTED[n])
        print(f"{n:6d} to {n // 2:4d}      {error:.1e}  {known}{'' if fits else '  FAILED'}")
    print(
        f"summary: sums look {likeliest(errors)}; {'all' if good else 'not all'} within tolerance"
    )
    return good


def main() -> int:
    """On the first GPU."""
    kernels = importlib.import_module("spectral_ops._kernels")
    print(kernels.build_info())
    cuda = kernels.build_info()["cuda"]
    if cuda is None or not cuda["devices"]:
        print(f"no GPU: {cuda['no_device'] if cuda else 'built without CUDA'}", file=sys.stderr)
        return 1
    backends = module_of_tests("gpu_backends")
    return 0 if report(backends.make_backend("cuda", kernels)) else 1


if __name__ == "__main__":
    sys.exit(main())
