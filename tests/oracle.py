"""The operators in float64 NumPy, by definition: what every implementation is measured against.

`resample` goes through one complex FFT over all axes. `resample_matrix` is the closed form of the
same map on one axis; adjoints and derivatives are taken from it. `test_oracle.py` holds the two
against each other. `spectral_conv` goes through full complex FFTs likewise. Nothing here is shared
with the kernels or with `spectral_ops.reference`.
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


def spectral_conv(
    x: np.ndarray,
    weights: np.ndarray,
    *,
    modes: Sequence[int] | None = None,
    output_size: Sequence[int] | None = None,
    norm: str = "forward",
    data_format: str = "channels_last",
) -> np.ndarray:
    """Multiplies the full spectrum of `x` by the weights' Hermitian extension, then resamples."""
    rank = x.ndim - 2
    separable = weights.ndim == rank + 1
    x = np.asarray(x, np.float64)
    if data_format == "channels_first":
        x = np.moveaxis(x, 1, -1)
    size = x.shape[1:-1]
    multiplier = hermitian_multiplier(np.asarray(weights, np.complex128), size, modes)
    axes = list(range(1, rank + 1))
    spectrum = np.fft.fftn(x, axes=axes)
    mix = "b...c,...c->b...c" if separable else "b...c,...cd->b...d"
    y = np.fft.ifftn(np.einsum(mix, spectrum, multiplier), axes=axes)
    imaginary, real = np.abs(y.imag).max(initial=0), np.abs(y.real).max(initial=0)
    assert imaginary <= 1e-12 * max(real, 1e-300) + 1e-12
    y = resample(y.real, size if output_size is None else output_size, norm=norm)
    return np.moveaxis(y, -1, 1) if data_format == "channels_first" else y


def hermitian_multiplier(
    weights: np.ndarray, size: Sequence[int], modes: Sequence[int] | None
) -> np.ndarray:  # [*size, ...]
    """What the bins of a full spectrum are multiplied by: zero outside the modes."""
    rank = len(size)
    full = np.zeros((*size, *weights.shape[rank:]), np.complex128)
    for index in np.ndindex(*weights.shape[:rank]):
        frequency = [
            k if axis == rank - 1 or 2 * k < count else k - count
            for axis, (k, count) in enumerate(zip(index, weights.shape, strict=False))
        ]
        if modes is not None:
            pairs = zip(frequency, modes, strict=True)
            kept = [f in np.round(np.fft.fftfreq(k, 1 / k)) for f, k in pairs]
            kept[-1] = frequency[-1] <= modes[-1] // 2
            if not all(kept):
                continue
        full[tuple(f % n for f, n in zip(frequency, size, strict=True))] = weights[index]
    # The other half of the last axis is the conjugate of this one, and where a plane is its own
    # mirror its Hermitian part is taken.
    mirrored = full
    for axis, n in enumerate(size):
        mirrored = np.take(mirrored, -np.arange(n) % n, axis=axis)
    n = size[-1]
    last = np.arange(n)
    own = np.where(2 * last % n == 0, 0.5, np.where(2 * last < n, 1.0, 0.0))
    own = own.reshape(n, *[1] * (full.ndim - rank))
    return own * full + (1 - own) * mirrored.conj()


def spatial_axes(rank: int, data_format: str) -> list[int]:
    first = {"channels_last": 1, "channels_first": 2}[data_format]
    return list(range(first, first + rank))


def _all(windows: Windows, rank: int) -> Sequence[np.ndarray | None]:
    return [None] * rank if windows is None else windows


def _apply(matrix: np.ndarray, x: np.ndarray, axis: int) -> np.ndarray:
    return np.moveaxis(np.tensordot(matrix, x, (1, axis)), 0, axis)
