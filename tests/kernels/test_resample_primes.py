"""Lengths with large prime factors: Rader's convolution of a butterfly, or Bluestein's of all.

`resample` takes most of them by a grid, filters by these.
"""

from types import ModuleType

import numpy as np
import oracle
import pytest
from filter_samples import response_for
from samples import signal, windows_for
from tolerances import assert_close

# 103, 107, 109, 167 and 181 are one more than a number with small factors; 227 and 359 are not.
LENGTHS = (103, 2 * 103, 4 * 109, 3 * 107, 3 * 181, 5 * 103, 9 * 109, 103 * 103, 2 * 167, 2 * 227)
LENGTHS += (3 * 227, 2 * 3 * 103, 7 * 359)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("length", LENGTHS)
def test_matches_the_oracle(
    kernels: ModuleType, simd: str, length: int, dtype: type[np.floating]
) -> None:
    for n, m in ((length, length // 2 + 3), (length // 3, length), (length, length + 7)):
        for channels, windowed in ((1, False), (3, True)):
            x = signal(length, (2, n, 4, channels), np.dtype(dtype))
            windows = windows_for(length, (n, 4), (m, 4), np.dtype(dtype)) if windowed else None
            y = kernels.resample(x, (m, 4), windows=windows, fft_cost=0.0, simd=simd)
            assert_close(y, oracle.resample(x, (m, 4), windows=windows), np.dtype(dtype))


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("length", LENGTHS)
def test_filters_match_the_oracle(
    kernels: ModuleType, simd: str, length: int, dtype: type[np.floating]
) -> None:
    """As the last axis, of real samples, and as the first one, of complex vectors."""
    for n in ((4, length), (length, 4)):
        for channels in (1, 3):
            x = signal(length, (2, *n, channels), np.dtype(dtype))
            response = response_for(n, (channels,), np.dtype(dtype))
            y = kernels.spectral_conv(x, response, fft_cost=0.0, simd=simd)
            assert_close(y, oracle.filter(x, response), np.dtype(dtype))


@pytest.mark.parametrize("length", LENGTHS)
def test_columns_that_go_together_are_of_one_signal(kernels: ModuleType, length: int) -> None:
    """A loud, a NaN and an infinite neighbour change no bit, of filters."""
    x = signal(length, (3, 2, length, 2), np.dtype(np.float32))
    response = response_for((2, length), (2,), np.dtype(np.float32))
    y = kernels.spectral_conv(x, response, fft_cost=0.0)
    for value in (1e8, np.nan, np.inf):
        spoiled = x.copy()
        spoiled[1, ..., 1] *= 1e8 if value == 1e8 else 1
        spoiled[1, :, length // 2, 1] = value
        beside = kernels.spectral_conv(spoiled, response, fft_cost=0.0)
        np.testing.assert_array_equal(beside[::2], y[::2])
        np.testing.assert_array_equal(beside[1, ..., 0], y[1, ..., 0])
