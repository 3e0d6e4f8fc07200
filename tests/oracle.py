"""The operators in float64 NumPy, by definition: what every implementation is measured against.

`resample` goes through one complex FFT over all axes. `resample_matrix` is the closed form of the
same map on one axis; adjoints and derivatives are taken from it. `conv` is the sum over all taps,
`spectral_conv` goes through full complex FFTs, `filter` through half spectra. `test_oracle.py`
holds each against its adjoints, and `conv` against SciPy. Nothing here is shared with the kernels
or with `spectral_ops.reference`.
"""

from collections.abc import Iterator, Sequence

import numpy as np

Windows = Sequence[np.ndarray | None] | None


def resample(
    x: np.ndarray,
    output_size: Sequence[int],
    *,
    boundary: str = "periodic",
    alignment: str | None = None,
    norm: str = "forward",
    windows: Windows = None,
    data_format: str = "channels_last",
) -> np.ndarray:
    """Crops or pads the spectrum of `x`, keeping it symmetric about frequency 0.

    A symmetric boundary is the periodic one of `x` and its mirror image, twice as long.
    """
    axes = spatial_axes(len(output_size), data_format)
    y = np.asarray(x, np.float64)
    mirrored = boundary == "symmetric"
    for axis in axes if mirrored else ():
        y = np.concatenate([y, np.flip(y, axis)], axis)
    y = np.fft.fftn(y, axes=axes, norm=norm)
    centered = mirrored or alignment == "center"
    for axis, m, window in zip(axes, output_size, _all(windows, len(axes)), strict=True):
        y = _fit_band(y, axis, 2 * m if mirrored else m, window, centered, mirrored)
    y = np.fft.ifftn(y, axes=axes, norm=norm).real
    for axis, m in zip(axes, output_size, strict=True):
        y = np.take(y, range(m), axis)
    return y


def _fit_band(
    spectrum: np.ndarray,
    axis: int,
    m: int,
    window: np.ndarray | None,
    centered: bool,
    mirrored: bool,
) -> np.ndarray:
    spectrum = np.moveaxis(spectrum, axis, 0)
    n = len(spectrum)
    band = min(n, m)
    highest = band // 2 - 1 if mirrored else band // 2
    k = np.arange(-highest, highest + 1)  # an even band holds its Nyquist bin twice
    weight = np.where(2 * abs(k) == band, 0.5, 1.0)
    if window is not None:
        weight = weight * np.asarray(window, np.float64)[abs(k)]
    if centered:  # output j at (j + 1/2) n/m - 1/2
        weight = weight * np.exp(1j * np.pi * k * (1 / m - 1 / n))
    fitted = np.zeros((m, *spectrum.shape[1:]), np.complex128)
    bins = spectrum[k % n] * weight.reshape(-1, *[1] * (spectrum.ndim - 1))
    np.add.at(fitted, k % m, bins)
    return np.moveaxis(fitted, 0, axis)


def window_length(n: int, m: int, boundary: str = "periodic") -> int:
    """The entries of a window."""
    return min(n, m) if boundary == "symmetric" else min(n, m) // 2 + 1


def resample_matrix(
    n: int,
    m: int,
    *,
    boundary: str = "periodic",
    alignment: str | None = None,
    norm: str = "forward",
    window: np.ndarray | None = None,
) -> np.ndarray:  # [m, n]
    """R[j, i] = (w[0] + 2 sum_{0<k<b/2} w[k] cos 2 pi k t + [b even] w[b/2] cos pi b t) / n.

    With t = j/m - i/n and b = min(n, m), for norm="forward" and the first rule. Centered,
    t = (j + 1/2)/m - (i + 1/2)/n; symmetric, (w[0] + 2 sum_{0<k<b} w[k] cos(pi k (2j + 1)/2m)
    cos(pi k (2i + 1)/2n)) / n.
    """
    if window is None:
        window = np.ones(window_length(n, m, boundary))
    derivative = matrix_derivative(n, m, boundary=boundary, alignment=alignment, norm=norm)
    return np.tensordot(np.asarray(window, np.float64), derivative, 1)


def matrix_derivative(
    n: int,
    m: int,
    *,
    boundary: str = "periodic",
    alignment: str | None = None,
    norm: str = "forward",
) -> np.ndarray:  # [bins, m, n]
    """The derivative of the matrix with respect to each entry of its window."""
    band = min(n, m)
    k = np.arange(window_length(n, m, boundary))[:, np.newaxis, np.newaxis]
    j = np.arange(m)[:, np.newaxis]
    i = np.arange(n)
    scale = {"forward": 1 / n, "ortho": 1 / np.sqrt(n * m), "backward": 1 / m}[norm]
    # Turns are reduced as integers: exact.
    if boundary == "symmetric":
        to = np.cos(2 * np.pi * (k * (2 * j + 1) % (4 * m)) / (4 * m))
        return (
            scale
            * np.where(k == 0, 1, 2)
            * to
            * np.cos(2 * np.pi * (k * (2 * i + 1) % (4 * n)) / (4 * n))
        )
    once = (k == 0) | (2 * k == band)
    turns = 2 * k * (j * n - i * m)
    if alignment == "center":
        turns = k * ((2 * j + 1) * n - (2 * i + 1) * m)
    turns %= 2 * n * m
    return scale * np.where(once, 1, 2) * np.cos(2 * np.pi * turns / (2 * n * m))


def resample_adjoint(
    grad_output: np.ndarray,
    input_size: Sequence[int],
    *,
    boundary: str = "periodic",
    alignment: str | None = None,
    norm: str = "forward",
    windows: Windows = None,
    data_format: str = "channels_last",
) -> np.ndarray:
    """The transpose of `resample` from `input_size`; `norm` and `windows` are those of the map."""
    axes = spatial_axes(len(input_size), data_format)
    rule = dict(boundary=boundary, alignment=alignment, norm=norm)
    y = np.asarray(grad_output, np.float64)
    for axis, n, window in zip(axes, input_size, _all(windows, len(axes)), strict=True):
        matrix = resample_matrix(n, y.shape[axis], window=window, **rule)
        y = _apply(matrix.T, y, axis)
    return y


def resample_window_gradient(
    x: np.ndarray,
    grad_output: np.ndarray,
    axis: int,  # spatial axis, counted from 0
    *,
    boundary: str = "periodic",
    alignment: str | None = None,
    norm: str = "forward",
    windows: Windows = None,
    data_format: str = "channels_last",
) -> np.ndarray:  # [window_length]
    """The gradient of <grad_output, resample(x)> with respect to `windows[axis]`."""
    rule = dict(boundary=boundary, alignment=alignment, norm=norm)
    y = np.asarray(x, np.float64)
    grad_output = np.asarray(grad_output, np.float64)
    axes = spatial_axes(y.ndim - 2, data_format)
    for other, window in zip(axes, _all(windows, len(axes)), strict=True):
        if other != axes[axis]:
            n, m = y.shape[other], grad_output.shape[other]
            y = _apply(resample_matrix(n, m, window=window, **rule), y, other)
    rest = [i for i in range(y.ndim) if i != axes[axis]]
    outer = np.tensordot(grad_output, y, (rest, rest))  # [m, n]
    m, n = outer.shape
    return np.tensordot(matrix_derivative(n, m, **rule), outer, 2)


def conv(
    x: np.ndarray,
    filters: np.ndarray,  # [*kernel, in/groups, out]
    *,
    padding: str = "same",
    groups: int = 1,
    data_format: str = "channels_last",
) -> np.ndarray:
    """y[j, o] = sum over taps t and inputs i of o's group: x[j - before + t, i] filters[t, i, o].

    One product of matrices for each tap, on the input that it meets.
    """
    x = np.asarray(_channels_last(x, data_format), np.float64)
    filters = np.asarray(filters, np.float64)
    lengths, taps = x.shape[1:-1], filters.shape[:-2]
    sizes = [_conv_length(n, k, padding) for n, k in zip(lengths, taps, strict=True)]
    y = np.zeros((x.shape[0], *sizes, filters.shape[-1]))
    for tap in np.ndindex(*taps):
        met, reached = _conv_overlap(lengths, taps, sizes, tap, padding)
        for of_x, of_y, matrix in _conv_groups(x, filters[tap], groups):
            part = x[(slice(None), *met, of_x)] @ matrix
            y[(slice(None), *reached, of_y)] += part
    return _channels_back(y, data_format)


def conv_input_gradient(
    grad_output: np.ndarray,
    filters: np.ndarray,
    input_size: Sequence[int],
    *,
    padding: str = "same",
    groups: int = 1,
    data_format: str = "channels_last",
) -> np.ndarray:
    """The gradient of <grad_output, conv(x, filters)> with respect to `x`."""
    g = np.asarray(_channels_last(grad_output, data_format), np.float64)
    filters = np.asarray(filters, np.float64)
    taps, sizes = filters.shape[:-2], g.shape[1:-1]
    x = np.zeros((g.shape[0], *input_size, filters.shape[-2] * groups))
    for tap in np.ndindex(*taps):
        met, reached = _conv_overlap(input_size, taps, sizes, tap, padding)
        for of_x, of_y, matrix in _conv_groups(x, filters[tap], groups):
            part = g[(slice(None), *reached, of_y)] @ matrix.T
            x[(slice(None), *met, of_x)] += part
    return _channels_back(x, data_format)


def conv_filter_gradient(
    x: np.ndarray,
    grad_output: np.ndarray,
    taps: Sequence[int],
    *,
    padding: str = "same",
    groups: int = 1,
    data_format: str = "channels_last",
) -> np.ndarray:  # [*taps, in/groups, out]
    """The gradient of <grad_output, conv(x, filters)> with respect to `filters`."""
    x = np.asarray(_channels_last(x, data_format), np.float64)
    g = np.asarray(_channels_last(grad_output, data_format), np.float64)
    lengths, sizes = x.shape[1:-1], g.shape[1:-1]
    filters = np.zeros((*taps, x.shape[-1] // groups, g.shape[-1]))
    for tap in np.ndindex(*taps):
        met, reached = _conv_overlap(lengths, taps, sizes, tap, padding)
        for of_x, of_y, matrix in _conv_groups(x, filters[tap], groups):
            a, b = x[(slice(None), *met, of_x)], g[(slice(None), *reached, of_y)]
            matrix += np.tensordot(a, b, (list(range(a.ndim - 1)),) * 2)
    return filters


def depthwise_as_conv(filters: np.ndarray) -> tuple[np.ndarray, int]:
    """Depthwise filters [*kernel, channels, multiplier] for `conv`, and its groups."""
    *taps, channels, multiplier = filters.shape
    return filters.reshape(*taps, 1, channels * multiplier), channels


def _conv_length(n: int, k: int, padding: str) -> int:
    return {"same": n, "circular": n, "valid": n - k + 1, "full": n + k - 1}[padding]


def _conv_overlap(
    lengths: Sequence[int],
    taps: Sequence[int],
    sizes: Sequence[int],
    tap: tuple[int, ...],
    padding: str,
) -> tuple[tuple, tuple]:
    """Which inputs one tap meets, and which outputs it reaches there: one index for each axis.

    Each output meets at most one input, and an input, in a circular convolution too, one output.
    """
    met: list = []
    reached: list = []
    for n, k, m, t in zip(lengths, taps, sizes, tap, strict=True):
        shift = t - {"valid": 0, "full": k - 1}.get(padding, (k - 1) // 2)
        if padding == "circular":
            reached.append(np.arange(m))
            met.append((np.arange(m) + shift) % n)
        else:
            first = max(0, -shift)
            last = max(first, min(m, n - shift))
            reached.append(slice(first, last))
            met.append(slice(first + shift, last + shift))
    if padding == "circular":
        return np.ix_(*met), np.ix_(*reached)
    return tuple(met), tuple(reached)


def _conv_groups(
    x: np.ndarray, matrix: np.ndarray, groups: int
) -> Iterator[tuple[slice, slice, np.ndarray]]:
    """The input channels, the output channels and the matrix of each group."""
    inputs, outputs = x.shape[-1] // groups, matrix.shape[-1] // groups
    for group in range(groups):
        of_x = slice(group * inputs, (group + 1) * inputs)
        of_y = slice(group * outputs, (group + 1) * outputs)
        yield of_x, of_y, matrix[:, of_y]


def _channels_last(x: np.ndarray, data_format: str) -> np.ndarray:
    return x if data_format == "channels_last" else np.moveaxis(x, 1, -1)


def _channels_back(x: np.ndarray, data_format: str) -> np.ndarray:
    return x if data_format == "channels_last" else np.moveaxis(x, -1, 1)


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
    x = np.asarray(x, np.float64)
    if data_format == "channels_first":
        x = np.moveaxis(x, 1, -1)
    size = x.shape[1:-1]
    multiplier = hermitian_multiplier(np.asarray(weights, np.complex128), size, modes)
    axes = list(range(1, rank + 1))
    spectrum = np.fft.fftn(x, axes=axes)
    of_weights, out = _channels_of(weights.ndim - rank)
    mix = f"b...c,...{of_weights}->b...{out}"
    y = np.fft.ifftn(np.einsum(mix, spectrum, multiplier), axes=axes)
    imaginary, real = np.abs(y.imag).max(initial=0), np.abs(y.real).max(initial=0)
    assert imaginary <= 1e-12 * max(real, 1e-300) + 1e-12
    y = resample(y.real, size if output_size is None else output_size, norm=norm)
    return np.moveaxis(y, -1, 1) if data_format == "channels_first" else y


def spectral_conv_adjoint(
    grad_output: np.ndarray,
    weights: np.ndarray,
    input_size: Sequence[int],
    *,
    norm: str = "forward",
    data_format: str = "channels_last",
) -> np.ndarray:
    """The transpose of `spectral_conv` from `input_size`."""
    g = _resample_back(_channels_last(grad_output, data_format), input_size, norm)
    axes = list(range(1, len(input_size) + 1))
    multiplier = hermitian_multiplier(np.asarray(weights, np.complex128), input_size, None)
    of_weights, out = _channels_of(weights.ndim - len(input_size))
    mix = f"b...{out},...{of_weights}->b...c"
    x = np.fft.ifftn(np.einsum(mix, np.fft.fftn(g, axes=axes), multiplier.conj()), axes=axes)
    return _channels_back(x.real, data_format)


def spectral_conv_weight_gradient(
    x: np.ndarray,
    grad_output: np.ndarray,
    weights_shape: Sequence[int],
    *,
    norm: str = "forward",
    data_format: str = "channels_last",
) -> np.ndarray:
    """The gradient of <grad_output, spectral_conv(x, weights)> with respect to `weights`.

    By Parseval, it is the product of the two spectra; a weight acts on two bins of them but for
    those that are their own mirror on the last axis.
    """
    x = np.asarray(_channels_last(x, data_format), np.float64)
    rank, size = x.ndim - 2, x.shape[1:-1]
    g = _resample_back(_channels_last(grad_output, data_format), size, norm)
    axes = list(range(1, rank + 1))
    kept = [np.arange(count) for count in weights_shape[:rank]]
    for axis, (k, n) in enumerate(zip(kept[:-1], size, strict=False)):
        kept[axis] = np.where(2 * k < len(k), k, k - len(k)) % n
    bins = (slice(None), *np.ix_(*kept))
    spectra = [np.fft.fftn(each, axes=axes)[bins] for each in (x, g)]
    of_weights, out = _channels_of(len(weights_shape) - rank)
    mix = f"b...c,b...{out}->...{of_weights}"
    gradient = np.einsum(mix, spectra[0].conj(), spectra[1]) / np.prod(size)
    acts_on = np.where(2 * kept[-1] % size[-1] == 0, 1, 2)
    return gradient * acts_on.reshape(-1, *[1] * (len(weights_shape) - rank))


def _channels_of(axes: int) -> tuple[str, str]:
    """The letters of the channel axes of shared, separable or dense weights, and of the result."""
    return [("", "c"), ("c", "c"), ("cd", "d")][axes]


def filter(
    x: np.ndarray,
    response: np.ndarray,  # [*n[:-1], n_last//2 + 1] or [.., channels]
    *,
    data_format: str = "channels_last",
) -> np.ndarray:
    """irfftn(response * rfftn(x)), which takes the response's Hermitian part."""
    x = np.asarray(_channels_last(x, data_format), np.float64)
    axes, size = list(range(1, x.ndim - 1)), x.shape[1:-1]
    if response.ndim == len(size):
        response = response[..., np.newaxis]
    spectrum = np.fft.rfftn(x, axes=axes) * np.asarray(response, np.complex128)
    return _channels_back(np.fft.irfftn(spectrum, size, axes=axes), data_format)


def _resample_back(g: np.ndarray, size: Sequence[int], norm: str) -> np.ndarray:
    """The transpose of `resample` from `size`, which is one of the dual norm."""
    dual = {"forward": "backward", "ortho": "ortho", "backward": "forward"}[norm]
    return resample(g, size, norm=dual)


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
