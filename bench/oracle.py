"""Spectral pooling in float64 NumPy, written independently of the library: full complex FFTs."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray


def resample(x: ArrayLike, axes: Sequence[int], output_size: Sequence[int]) -> NDArray[np.float64]:
    """`x` with the spectrum of each of `axes` cropped or padded to `output_size`.

    norm="forward". The Nyquist bin of an even band is the mean of the bins +b/2 and -b/2, and
    goes back in two halves where the axis grows.
    """
    y = np.asarray(x, np.float64)
    for axis, m in zip(axes, output_size, strict=True):
        y = np.moveaxis(_resample_last(np.moveaxis(y, axis, -1), m), -1, axis)
    return y


def resample_adjoint(
    grad_output: ArrayLike, axes: Sequence[int], input_size: Sequence[int]
) -> NDArray[np.float64]:
    """The transpose of `resample`: back to `input_size`, times output samples per input sample."""
    grad = np.asarray(grad_output, np.float64)
    scale = 1.0
    for axis, n in zip(axes, input_size, strict=True):
        scale *= grad.shape[axis] / n
    return scale * resample(grad, axes, input_size)


def relative_error(actual: ArrayLike, expected: NDArray[np.float64]) -> float:
    """The L2 norm of the difference over the L2 norm of `expected`."""
    difference = np.asarray(actual, np.float64) - expected
    return float(np.linalg.norm(difference) / np.linalg.norm(expected))


def _resample_last(
    x: NDArray[np.float64],  # [..., n]
    m: int,
) -> NDArray[np.float64]:  # [..., m]
    n = x.shape[-1]
    band = min(n, m)
    spectrum = np.fft.fft(x, norm="forward")
    kept = np.zeros((*x.shape[:-1], m), np.complex128)
    positive, negative = (band + 1) // 2, (band - 1) // 2  # bins 0 .. and bins .. -1
    kept[..., :positive] = spectrum[..., :positive]
    kept[..., m - negative :] = spectrum[..., n - negative :]
    if band % 2 == 0:
        half = band // 2
        mean = (spectrum[..., half] + spectrum[..., n - half]) / 2
        kept[..., half] += mean / 2
        kept[..., m - half] += mean / 2
    return np.fft.ifft(kept, norm="forward").real
