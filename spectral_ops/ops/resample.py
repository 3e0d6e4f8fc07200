"""`pool` and `resample`, and the gradients of their ops."""

import functools
from collections.abc import Sequence
from typing import Any

import tensorflow as tf

from spectral_ops import _library
from spectral_ops._arguments.common import dynamic_lengths
from spectral_ops._arguments.resample import resample_arguments
from spectral_ops.ops._fallback import with_fallback
from spectral_ops.ops._gradient import Entries, gradient_of

_ADJOINT_NORM = {"forward": "backward", "ortho": "ortho", "backward": "forward"}


@with_fallback
def pool(
    x: Any,
    output_size: Any,
    *,
    norm: str = "forward",
    windows: Sequence[Any] | None = None,
    data_format: str = "channels_last",
    name: str | None = None,
) -> tf.Tensor:
    """Crops the spectrum of `x` to `output_size`: spectral pooling.

    Equivalent to, for odd sizes (H, W) -> (h, w) and channels first:
    `real(ifft2(ifftshift(crop(fftshift(fft2(x)))))) * (h*w)/(H*W)`. An even size keeps the average
    of the two bins that meet at its Nyquist frequency, so that the map stays real and separable,
    keeps the mean and commutes with reflections i -> -i of the periodic axis.

    Args:
      x: float [batch, *spatial, channels], 1, 2 or 3 spatial axes of 1 to 2**24 samples. float16
        and bfloat16 accumulate in float32.
      output_size: samples per spatial axis, at most the input's: an int for one axis, a sequence
        of ints, or an int tensor whose length is known.
      norm: "forward" (a constant keeps its value), "ortho" (the unitary transform of the paper,
        sqrt(h*w/(H*W)) less shrunken) or "backward", as NumPy names them.
      windows: None, or for each spatial axis None or a real tensor [min(n, m)//2 + 1] that
        weights the frequencies 0, 1, .. of the kept band; float64 for float64 `x`, else float32
        (with half `x` also a half type, cast up).
      data_format: "channels_last", or "channels_first": [batch, channels, *spatial].
      name: of the op.

    Returns: as `x`, [batch, *output_size, channels].

    Raises:
      TypeError, ValueError: an argument that is known to be wrong.
      tf.errors.InvalidArgumentError: one that proves wrong when the graph runs.

    Gradient: the adjoint, `resample` back to the input's size scaled by h*w/(H*W); of any order,
      for `x` and `windows`.

    Source: Rippel, Snoek & Adams 2015, arXiv:1506.03767, section 4; docs/conventions.md.
    """
    given = resample_arguments(x, output_size, norm, windows, data_format, downsample_only=True)
    return _resample(
        given.x,
        given.output_size,
        given.windows,
        norm,
        data_format,
        downsample_only=True,
        name=name,
    )


@with_fallback
def resample(
    x: Any,
    output_size: Any,
    *,
    norm: str = "forward",
    windows: Sequence[Any] | None = None,
    data_format: str = "channels_last",
    name: str | None = None,
) -> tf.Tensor:
    """Keeps the low band of `x` at a new size, larger or smaller on each axis.

    A larger axis is band-limited (Fourier) interpolation: the spectrum is padded with zeros, and
    the Nyquist bin of an even length is split in halves. A smaller one is `pool`. Equivalent to,
    for one axis enlarged from odd n to m: `irfft(rfft(x), m) * m/n`.

    Args:
      x: float [batch, *spatial, channels], 1, 2 or 3 spatial axes of 1 to 2**24 samples. float16
        and bfloat16 accumulate in float32.
      output_size: samples per spatial axis, 1 to 2**24: an int for one axis, a sequence of ints,
        or an int tensor whose length is known.
      norm: "forward" (a constant keeps its value), "ortho" or "backward", as NumPy names them.
      windows: None, or for each spatial axis None or a real tensor [min(n, m)//2 + 1] that
        weights the frequencies 0, 1, .. of the common band; float64 for float64 `x`, else float32
        (with half `x` also a half type, cast up).
      data_format: "channels_last", or "channels_first": [batch, channels, *spatial].
      name: of the op.

    Returns: as `x`, [batch, *output_size, channels].

    Raises:
      TypeError, ValueError: an argument that is known to be wrong.
      tf.errors.InvalidArgumentError: one that proves wrong when the graph runs.

    Gradient: the adjoint, `resample` back to the input's size; of any order, for `x` and
      `windows`.

    Source: Rippel, Snoek & Adams 2015, arXiv:1506.03767, section 4; docs/conventions.md.
    """
    given = resample_arguments(x, output_size, norm, windows, data_format, downsample_only=False)
    return _resample(given.x, given.output_size, given.windows, norm, data_format, name=name)


def _resample(
    x: tf.Tensor,
    output_size: tf.Tensor,  # int [rank]
    windows: dict[int, tf.Tensor],  # by axis; an axis that is not there has none
    norm: str,
    data_format: str,
    *,
    downsample_only: bool = False,
    name: str | None = None,
) -> tf.Tensor:
    axes = sorted(windows)
    return _library.ops.spectral_ops_resample(
        x=x,
        output_size=output_size,
        windows=[windows[axis] for axis in axes],
        window_axes=axes,
        norm=norm,
        data_format=data_format,
        downsample_only=downsample_only,
        name=name,
    )


def _replace(sizes: tf.Tensor, axis: int, size: tf.Tensor) -> tf.Tensor:
    """`sizes` with the entry of one axis replaced."""
    return tf.concat([sizes[:axis], size[tf.newaxis], sizes[axis + 1 :]], 0)


@gradient_of("SpectralOps>Resample", "window_axes", "norm", "data_format")
def _resample_gradient(
    inputs: Any, grad_output: tf.Tensor, window_axes: Sequence[int], norm: str, data_format: str
) -> Entries:
    """The adjoint for x; for each window the contraction of x with grad_output."""
    x, output_size, *given = inputs
    windows = dict(zip(window_axes, given, strict=True))
    input_size = dynamic_lengths(x, data_format)

    def window_gradient(axis: int) -> tf.Tensor:
        others = {a: w for a, w in windows.items() if a != axis}
        sizes = _replace(tf.cast(output_size, tf.int32), axis, input_size[axis])
        wide = windows[axis].dtype  # half types are not rounded on the way
        return _library.ops.spectral_ops_resample_window_gradient(
            x=_resample(tf.cast(x, wide), sizes, others, norm, data_format),
            grad_output=tf.cast(grad_output, wide),
            axis=axis,
            norm=norm,
            data_format=data_format,
        )

    return (
        lambda: _resample(grad_output, input_size, windows, _ADJOINT_NORM[norm], data_format),
        None,
        *(functools.partial(window_gradient, axis) for axis in window_axes),
    )


@gradient_of("SpectralOps>ResampleWindowGradient", "axis", "norm", "data_format")
def _window_gradient_gradient(
    inputs: Any, weight: tf.Tensor, axis: int, norm: str, data_format: str
) -> Entries:
    """<weight, window gradient> is <grad_output, resample(x)> with `weight` for the window."""
    x, grad_output = inputs

    def resample_like(signal: tf.Tensor, like: tf.Tensor, norm: str) -> tf.Tensor:
        size = dynamic_lengths(like, data_format)
        return _resample(signal, size, {axis: weight}, norm, data_format)

    return (
        lambda: resample_like(grad_output, x, _ADJOINT_NORM[norm]),
        lambda: resample_like(x, grad_output, norm),
    )
