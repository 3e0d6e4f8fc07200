"""The operators in float64 NumPy, by definition: what every implementation is measured against.

`resample` goes through one complex FFT over all axes. `resample_matrix` is the closed form of the
same map on one axis; adjoints and derivatives are taken from it. `test_oracle.py` holds the two
against each other. Nothing here is shared with the kernels or with `spectral_ops.reference`.
"""

from collections.abc import Sequence

import numpy as np

Windows = Sequence[np.ndarray | None] | None


def resample(
    x: np.ndarray,
    output_size: Sequence[int],
    *,
    norm: str = "forward",
    windows: Windows = None,
    data_format: str = "channels_last",
) -> np.ndarray:
    """Crops or pads the spectrum of `x`, keeping it symmetric about frequency 0."""
    axes = spatial_axes(len(output_size), data_format)
    y = np.fft.fftn(np.asarray(x, np.float64), axes=axes, norm=norm)
    for axis, m, window in zip(axes, output_size, _all(windows, len(axes)), strict=True):
        y = _fit_band(y, axis, m, window)
    return np.fft.ifftn(y, axes=axes, norm=norm).real


def _fit_band(spectrum: np.ndarray, axis: int, m: int, window: np.ndarray | None) -> np.ndarray:
    spectrum = np.moveaxis(spectrum, axis, 0)
    n = len(spectrum)
    band = min(n, m)
    k = np.arange(-(band // 2), band // 2 + 1)  # an even band holds its Nyquist bin twice
    weight = np.where(2 * abs(k) == band, 0.5, 1.0)
    if window is not None:
        weight = weight * np.asarray(window, np.float64)[abs(k)]
    fitted = np.zeros((m, *spectrum.shape[1:]), np.complex128)
    bins = spectrum[k % n] * weight.reshape(-1, *[1] * (spectrum.ndim - 1))
    np.add.at(fitted, k % m, bins)
    return np.moveaxis(fitted, 0, axis)


def resample_matrix(
    n: int, m: int, *, norm: str = "forward", window: np.ndarray | None = None
) -> np.ndarray:  # [m, n]
    """R[j, i] = (w[0] + 2 sum_{0<k<b/2} w[k] cos 2 pi k t + [b even] w[b/2] cos pi b t) / n.

    With t = j/m - i/n and b = min(n, m), for norm="forward".
    """
    if window is None:
        window = np.ones(min(n, m) // 2 + 1)
    return np.tensordot(np.asarray(window, np.float64), matrix_derivative(n, m, norm=norm), 1)


def matrix_derivative(n: int, m: int, *, norm: str = "forward") -> np.ndarray:  # [bins, m, n]
    """The derivative of the matrix with respect to each entry of its window."""
    band = min(n, m)
    k = np.arange(band // 2 + 1)[:, np.newaxis, np.newaxis]
    j = np.arange(m)[:, np.newaxis]
    i = np.arange(n)
    once = (k == 0) | (2 * k == band)
    turns = k * (j * n - i * m) % (n * m)  # reduced as integers: exact
    scale = {"forward": 1 / n, "ortho": 1 / np.sqrt(n * m), "backward": 1 / m}[norm]
    return scale * np.where(once, 1, 2) * np.cos(2 * np.pi * turns / (n * m))


def resample_adjoint(
    grad_output: np.ndarray,
    input_size: Sequence[int],
    *,
    norm: str = "forward",
    windows: Windows = None,
    data_format: str = "channels_last",
) -> np.ndarray:
    """The transpose of `resample` from `input_size`; `norm` and `windows` are those of the map."""
    axes = spatial_axes(len(input_size), data_format)
    y = np.asarray(grad_output, np.float64)
    for axis, n, window in zip(axes, input_size, _all(windows, len(axes)), strict=True):
        matrix = resample_matrix(n, y.shape[axis], norm=norm, window=window)
        y = _apply(matrix.T, y, axis)
    return y


def resample_window_gradient(
    x: np.ndarray,
    grad_output: np.ndarray,
    axis: int,  # spatial axis, counted from 0
    *,
    norm: str = "forward",
    windows: Windows = None,
    data_format: str = "channels_last",
) -> np.ndarray:  # [min(n, m)//2 + 1]
    """The gradient of <grad_output, resample(x)> with respect to `windows[axis]`."""
    y = np.asarray(x, np.float64)
    grad_output = np.asarray(grad_output, np.float64)
    axes = spatial_axes(y.ndim - 2, data_format)
    for other, window in zip(axes, _all(windows, len(axes)), strict=True):
        if other != axes[axis]:
            n, m = y.shape[other], grad_output.shape[other]
            y = _apply(resample_matrix(n, m, norm=norm, window=window), y, other)
    rest = [i for i in range(y.ndim) if i != axes[axis]]
    outer = np.tensordot(grad_output, y, (rest, rest))  # [m, n]
    m, n = outer.shape
    return np.tensordot(matrix_derivative(n, m, norm=norm), outer, 2)


def spatial_axes(rank: int, data_format: str) -> list[int]:
    first = {"channels_last": 1, "channels_first": 2}[data_format]
    return list(range(first, first + rank))


def _all(windows: Windows, rank: int) -> Sequence[np.ndarray | None]:
    return [None] * rank if windows is None else windows


def _apply(matrix: np.ndarray, x: np.ndarray, axis: int) -> np.ndarray:
    return np.moveaxis(np.tensordot(matrix, x, (1, axis)), 0, axis)
