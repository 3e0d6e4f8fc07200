"""`pool` and `resample`, and the gradients of their ops."""

import functools
from collections.abc import Sequence
from typing import Any

import tensorflow as tf

from spectral_ops import _library
from spectral_ops._arguments.common import dynamic_lengths
from spectral_ops._arguments.resample import ResampleArguments, resample_arguments
from spectral_ops.ops._fallback import with_fallback
from spectral_ops.ops._gradient import Entries, gradient_of

_ATTRIBUTES = ("norm", "data_format", "boundary", "alignment")
_ADJOINT_NORM = {"forward": "backward", "ortho": "ortho", "backward": "forward"}


@with_fallback
def pool(
    x: Any,
    output_size: Any,
    *,
    boundary: str = "periodic",
    alignment: str | None = None,
    norm: str = "forward",
    windows: Any = None,
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
      boundary: what stands beyond the ends. "periodic": the opposite border. "symmetric": the
        mirror image with the edge sample repeated, as for `tf.pad`, so that borders that differ
        do not ring; the low cosines of the DCT-II are kept instead of the low frequencies.
      alignment: "first": output j lies at input position j*n/m, so that sample 0 stays where it
        is; "center": at (j + 1/2)*n/m - 1/2, where average pooling and `tf.image.resize` put it,
        and flips of an image commute with it. None: "first", for boundary="symmetric" "center",
        which alone it takes.
      norm: "forward" (a constant keeps its value), "ortho" (the unitary transform of the paper,
        sqrt(h*w/(H*W)) less shrunken) or "backward", as NumPy names them.
      windows: None; "hamming", "hann" or ("tukey", a) for all axes (`spectral_ops.windows`); or for
        each spatial axis one of these or a real tensor [min(n, m)//2 + 1] (symmetric: [min(n, m)])
        that weights the frequencies 0, 1, .. of the kept band; float64 for float64 `x`, else
        float32 (with half `x` also a half type, cast up).
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
    given = resample_arguments(
        x, output_size, boundary, alignment, norm, windows, data_format, downsample_only=True
    )
    return _of_arguments(given, norm, name)


@with_fallback
def resample(
    x: Any,
    output_size: Any,
    *,
    boundary: str = "periodic",
    alignment: str | None = None,
    norm: str = "forward",
    windows: Any = None,
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
      boundary: what stands beyond the ends. "periodic": the opposite border. "symmetric": the
        mirror image with the edge sample repeated, as for `tf.pad`, so that borders that differ
        do not ring; the low cosines of the DCT-II are kept instead of the low frequencies.
      alignment: "first": output j lies at input position j*n/m, so that sample 0 stays where it
        is; "center": at (j + 1/2)*n/m - 1/2, where average pooling and `tf.image.resize` put it,
        and flips of an image commute with it. None: "first", for boundary="symmetric" "center",
        which alone it takes.
      norm: "forward" (a constant keeps its value), "ortho" or "backward", as NumPy names them.
      windows: None; "hamming", "hann" or ("tukey", a) for all axes (`spectral_ops.windows`); or for
        each spatial axis one of these or a real tensor [min(n, m)//2 + 1] (symmetric: [min(n, m)])
        that weights the frequencies 0, 1, .. of the common band; float64 for float64 `x`, else
        float32 (with half `x` also a half type, cast up).
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
    given = resample_arguments(
        x, output_size, boundary, alignment, norm, windows, data_format, downsample_only=False
    )
    return _of_arguments(given, norm, name)


def _of_arguments(given: ResampleArguments, norm: str, name: str | None) -> tf.Tensor:
    return _resample(
        given.x,
        given.output_size,
        given.windows,
        norm=norm,
        data_format=given.data_format,
        boundary=given.boundary,
        alignment=given.alignment,
        downsample_only=given.downsample_only,
        name=name,
    )


def _resample(
    x: tf.Tensor,
    output_size: tf.Tensor,  # int [rank]
    windows: dict[int, tf.Tensor],  # by axis; an axis that is not there has none
    *,
    downsample_only: bool = False,
    **attributes: Any,
) -> tf.Tensor:
    axes = sorted(windows)
    return _library.ops.spectral_ops_resample(
        x=x,
        output_size=output_size,
        windows=[windows[axis] for axis in axes],
        window_axes=axes,
        downsample_only=downsample_only,
        **attributes,
    )


def _adjoint(
    grad_output: tf.Tensor, size: tf.Tensor, windows: dict[int, tf.Tensor], **attributes: Any
) -> tf.Tensor:
    """The adjoint of `_resample` from `size`: of every rule the same rule, with the dual norm."""
    attributes["norm"] = _ADJOINT_NORM[attributes["norm"]]
    return _resample(grad_output, size, windows, **attributes)


def _replace(sizes: tf.Tensor, axis: int, size: tf.Tensor) -> tf.Tensor:
    """`sizes` with the entry of one axis replaced."""
    return tf.concat([sizes[:axis], size[tf.newaxis], sizes[axis + 1 :]], 0)


@gradient_of("SpectralOps>Resample", "window_axes", *_ATTRIBUTES)
def _resample_gradient(
    inputs: Any, grad_output: tf.Tensor, window_axes: Sequence[int], **attributes: Any
) -> Entries:
    """The adjoint for x; for each window the contraction of x with grad_output."""
    x, output_size, *given = inputs
    windows = dict(zip(window_axes, given, strict=True))
    input_size = dynamic_lengths(x, attributes["data_format"])

    def window_gradient(axis: int) -> tf.Tensor:
        others = {a: w for a, w in windows.items() if a != axis}
        sizes = _replace(tf.cast(output_size, tf.int32), axis, input_size[axis])
        wide = windows[axis].dtype  # half types are not rounded on the way
        return _library.ops.spectral_ops_resample_window_gradient(
            x=_resample(tf.cast(x, wide), sizes, others, **attributes),
            grad_output=tf.cast(grad_output, wide),
            axis=axis,
            **attributes,
        )

    return (
        lambda: _adjoint(grad_output, input_size, windows, **attributes),
        None,
        *(functools.partial(window_gradient, axis) for axis in window_axes),
    )


@gradient_of("SpectralOps>ResampleWindowGradient", "axis", *_ATTRIBUTES)
def _window_gradient_gradient(
    inputs: Any, weight: tf.Tensor, axis: int, **attributes: Any
) -> Entries:
    """<weight, window gradient> is <grad_output, resample(x)> with `weight` for the window."""
    x, grad_output = inputs
    window = {axis: weight}
    data_format = attributes["data_format"]
    return (
        lambda: _adjoint(grad_output, dynamic_lengths(x, data_format), window, **attributes),
        lambda: _resample(x, dynamic_lengths(grad_output, data_format), window, **attributes),
    )
