"""What others publish, as docs/conventions.md says it can be had: SciPy, FLC pooling and ASAP.

Their formulas are written out here, in NumPy.
"""

from types import ModuleType

import numpy as np
import pytest
import scipy.signal
from samples import signal
from tolerances import assert_close

F64 = np.dtype(np.float64)


def scipys_window(n: int, m: int) -> np.ndarray:
    """Of an axis that shrinks to an even length, the Nyquist bin counts twice."""
    window = np.ones(min(n, m) // 2 + 1)
    if m < n and m % 2 == 0:
        window[-1] = 2
    return window


def test_scipys_resample(implementation: ModuleType) -> None:
    for n in range(1, 20):
        x = signal(n, (2, n, 3), F64)
        for m in range(1, 20):
            expected = scipy.signal.resample(x, m, axis=1)
            y = implementation.resample(x, m, windows=[scipys_window(n, m)])
            assert_close(y.numpy(), expected, F64, factor=4)
            if m >= n or m % 2:
                assert_close(implementation.resample(x, m).numpy(), expected, F64, factor=4)
    x = signal(0, (2, 16, 15, 3), F64)
    expected = scipy.signal.resample(scipy.signal.resample(x, 8, axis=1), 20, axis=2)
    windows = [scipys_window(16, 8), scipys_window(15, 20)]
    assert_close(implementation.resample(x, (8, 20), windows=windows).numpy(), expected, F64)


def crop(x: np.ndarray, window: np.ndarray | float = 1.0) -> np.ndarray:  # [batch, h, w, channels]
    """FLC pooling: the central half of the centred spectrum, and the real part of what it makes."""
    height, width = x.shape[1:3]
    spectrum = np.fft.fftshift(np.fft.fft2(x, axes=(1, 2), norm="forward"), axes=(1, 2)) * window
    rows = slice(int(height / 4), int(height / 4 * 3))
    columns = slice(int(width / 4), int(width / 4 * 3))
    low = np.fft.ifftshift(spectrum[:, rows, columns], axes=(1, 2))
    return np.fft.ifft2(low, axes=(1, 2), norm="forward").real


def without_the_corner(y: np.ndarray) -> np.ndarray:
    """Without what is at the Nyquist frequency of both axes, where a crop keeps one bin of four."""
    height, width = y.shape[1:3]
    waves = (-1.0) ** np.add.outer(np.arange(height), np.arange(width))[..., np.newaxis]
    return y - waves * np.mean(y * waves, (1, 2), keepdims=True)


@pytest.mark.parametrize("size", [(8, 8), (12, 16), (9, 11), (13, 15), (16, 7)])
def test_flc_pooling_is_pool(implementation: ModuleType, size: tuple[int, int]) -> None:
    """For lengths that are odd or multiples of 4: but for that corner."""
    x = signal(1, (2, *size, 3), F64)
    expected = crop(x)
    y = implementation.pool(x, expected.shape[1:3]).numpy()
    assert_close(without_the_corner(y), without_the_corner(expected), F64, factor=4)
    assert 1e-3 < np.abs(y - expected).max() < 0.5


def test_flc_pooling_moves_a_constant(implementation: ModuleType) -> None:
    """14 x 14: its crop begins a bin too low."""
    constant = np.ones((1, 14, 14, 1))
    moved = crop(constant)
    assert moved.shape == (1, 7, 7, 1) and moved.min() < -0.89
    assert np.allclose(implementation.pool(constant, 7 * np.ones(2, int)), 1)


def asaps_window(n: int) -> np.ndarray:
    """For `pool`, of n samples, a multiple of 4, to n/2: the even part of ASAP's window.

    That is the root of the Hamming window over all n frequencies, whose centre is half a bin off
    frequency 0. A crop has the frequency -n/4, and not n/4.
    """
    root = np.sqrt(np.hamming(n))
    k = np.arange(n // 4 + 1)
    window = (root[n // 2 + k] + root[n // 2 - k]) / 2
    window[-1] = root[n // 4]
    return window


def test_asap_is_pool_with_a_window(implementation: ModuleType) -> None:
    """In one dimension exactly; in two but for the corner and for what is odd in its windows."""
    for n in (8, 16, 32):
        x = signal(2, (2, n, 1, 3), F64)
        root = np.sqrt(np.hamming(n))[:, np.newaxis, np.newaxis]
        spectrum = np.fft.fftshift(np.fft.fft(x, axis=1, norm="forward"), axes=1) * root
        low = np.fft.ifftshift(spectrum[:, n // 4 : n // 4 * 3], axes=1)
        expected = np.fft.ifft(low, axis=1, norm="forward").real
        y = implementation.pool(x[:, :, 0], n // 2, windows=[asaps_window(n)])
        assert_close(y.numpy(), expected[:, :, 0], F64, factor=4)

    x = np.random.default_rng(3).standard_normal((2, 32, 32, 3))
    root = np.sqrt(np.hamming(32))
    even = (root + np.roll(root[::-1], 1)) / 2  # about frequency 0, at 16
    even[8] = root[8]
    y = implementation.pool(x, (16, 16), windows=[asaps_window(32)] * 2).numpy()
    of_even = crop(x, np.outer(even, even)[..., np.newaxis])
    assert_close(without_the_corner(y), without_the_corner(of_even), F64, factor=4)
    published = crop(x, np.outer(root, root)[..., np.newaxis])
    assert 0.005 < np.linalg.norm(y - published) / np.linalg.norm(published) < 0.04
