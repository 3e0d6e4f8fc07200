"""`pool` and `resample`, and the gradients of their ops."""

from collections.abc import Sequence
from typing import Any

import tensorflow as tf

from spectral_ops import _arguments, _library
from spectral_ops.ops._fallback import with_fallback

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
        of ints, or an int32 or int64 tensor whose length is known.
      norm: "forward" (a constant keeps its value), "ortho" (the unitary transform of the paper,
        sqrt(h*w/(H*W)) less shrunken) or "backward", as NumPy names them.
      windows: None, or for each spatial axis None or a real tensor [min(n, m)//2 + 1] that
        weights the frequencies 0, 1, .. of the kept band; float64 for float64 `x`, else float32.
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
    return _call(
        _arguments.resample_arguments(
            x, output_size, norm, windows, data_format, downsample_only=True
        ),
        True,
        name,
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
        or an int32 or int64 tensor whose length is known.
      norm: "forward" (a constant keeps its value), "ortho" or "backward", as NumPy names them.
      windows: None, or for each spatial axis None or a real tensor [min(n, m)//2 + 1] that
        weights the frequencies 0, 1, .. of the common band; float64 for float64 `x`, else float32.
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
    return _call(
        _arguments.resample_arguments(
            x, output_size, norm, windows, data_format, downsample_only=False
        ),
        False,
        name,
    )


def _call(
    arguments: _arguments.ResampleArguments, downsample_only: bool, name: str | None
) -> tf.Tensor:
    given = {axis: w for axis, w in enumerate(arguments.windows) if w is not None}
    return _resample(
        arguments.x,
        arguments.output_size,
        given,
        arguments.norm,
        arguments.data_format,
        downsample_only=downsample_only,
        name=name,
    )


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


def _resample_gradient(op: Any, grad_output: tf.Tensor) -> list[tf.Tensor | None]:
    """The adjoint for x; for each window the contraction of x with grad_output."""
    x, output_size, *given = op.inputs
    norm = op.get_attr("norm").decode()
    data_format = op.get_attr("data_format").decode()
    axes = list(op.get_attr("window_axes"))
    windows = dict(zip(axes, given, strict=True))
    rank = output_size.shape[0]
    input_size = _arguments.dynamic_lengths(x, rank, data_format)
    skipped = getattr(op, "skip_input_indices", None) or ()

    grad_x = None
    if 0 not in skipped:
        grad_x = _resample(grad_output, input_size, windows, _ADJOINT_NORM[norm], data_format)
        grad_x.set_shape(x.shape)
    grad_windows: list[tf.Tensor | None] = []
    for i, axis in enumerate(axes):
        if 2 + i in skipped:
            grad_windows.append(None)
            continue
        others = {a: w for a, w in windows.items() if a != axis}
        sizes = _replace(tf.cast(output_size, tf.int32), axis, input_size[axis])
        wide = windows[axis].dtype  # half types are not rounded on the way
        grad_windows.append(
            _library.ops.spectral_ops_resample_window_gradient(
                x=_resample(tf.cast(x, wide), sizes, others, norm, data_format),
                grad_output=tf.cast(grad_output, wide),
                axis=axis,
                norm=norm,
                data_format=data_format,
            )
        )
    return [grad_x, None, *grad_windows]


def _window_gradient_gradient(op: Any, weight: tf.Tensor) -> list[tf.Tensor]:
    """<weight, window gradient> is <grad_output, resample(x)> with `weight` for the window."""
    x, grad_output = op.inputs
    axis = op.get_attr("axis")
    norm = op.get_attr("norm").decode()
    data_format = op.get_attr("data_format").decode()
    rank = x.shape.rank - 2
    input_size = _arguments.dynamic_lengths(x, rank, data_format)
    output_size = _arguments.dynamic_lengths(grad_output, rank, data_format)
    return [
        _resample(grad_output, input_size, {axis: weight}, _ADJOINT_NORM[norm], data_format),
        _resample(x, output_size, {axis: weight}, norm, data_format),
    ]


_library.register_gradient("SpectralOps>Resample", _resample_gradient)
_library.register_gradient("SpectralOps>ResampleWindowGradient", _window_gradient_gradient)
