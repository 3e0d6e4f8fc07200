"""Every even length of small factors: each radix as a first pass, between, and as a last one."""

from types import ModuleType

import numpy as np
import oracle
import pytest
from filter_samples import response_for
from samples import signal
from tolerances import assert_close

PRIMES = (2, 3, 5, 7, 11, 13)


def is_smooth(n: int) -> bool:
    for prime in PRIMES:
        while n % prime == 0:
            n //= prime
    return n == 1


LENGTHS = [n for n in range(2, 1025, 2) if is_smooth(n)]


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_pools_match_the_oracle(kernels: ModuleType, simd: str, dtype: type[np.floating]) -> None:
    """There and back, in one axis of real samples."""
    for n in LENGTHS:
        x = signal(n, (1, n, 2, 3), np.dtype(dtype))
        for m in (n - n // 4, n + 2):
            y = kernels.resample(x, (m, 2), fft_cost=0.0, simd=simd)
            assert_close(y, oracle.resample(x, (m, 2)), np.dtype(dtype))


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_filters_match_the_oracle(kernels: ModuleType, simd: str, dtype: type[np.floating]) -> None:
    """In a first axis, whose vectors are complex."""
    for n in LENGTHS:
        x = signal(n, (1, n, 4, 2), np.dtype(dtype))
        response = response_for((n, 4), (2,), np.dtype(dtype))
        y = kernels.spectral_conv(x, response, fft_cost=0.0, simd=simd)
        assert_close(y, oracle.filter(x, response), np.dtype(dtype))


@pytest.mark.parametrize("n", [360, 600, 640, 1024])
def test_a_neighbour_changes_no_bit(kernels: ModuleType, simd: str, n: int) -> None:
    x = signal(n, (3, n, 2, 2), np.dtype(np.float32))
    y = kernels.resample(x, (n * 2 // 3, 2), fft_cost=0.0, simd=simd)
    for value in (1e30, np.nan, np.inf):
        spoiled = x.copy()
        spoiled[1, n // 2, :, 1] = value
        beside = kernels.resample(spoiled, (n * 2 // 3, 2), fft_cost=0.0, simd=simd)
        np.testing.assert_array_equal(beside[::2], y[::2])
        np.testing.assert_array_equal(beside[1, ..., 0], y[1, ..., 0])
