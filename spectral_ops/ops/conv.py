"""`conv` and `depthwise_conv`, the choice between FFTs and TensorFlow, and the ops' gradients."""

import functools
from typing import Any

import tensorflow as tf

from spectral_ops import _library
from spectral_ops._arguments.conv import (
    ConvArguments,
    conv_arguments,
    conv_output_shape,
    depthwise_conv_arguments,
)
from spectral_ops._direct import direct_conv
from spectral_ops.ops._fallback import with_fallback
from spectral_ops.ops._gradient import Entries, gradient_of

_DEPTHWISE = 0  # in the place of a number of groups, as kDepthwise in csrc/core/conv.h
_ATTRIBUTES = ("padding", "groups", "data_format")
_SMALL_BATCH, _LARGE_BATCH = 1, 256  # what a batch of unknown size is taken for


@with_fallback
def conv(
    x: Any,
    filters: Any,
    *,
    padding: str = "same",
    groups: int = 1,
    data_format: str = "channels_last",
    algorithm: str = "auto",
    name: str | None = None,
) -> tf.Tensor:
    """Convolves `x` with `filters`, by FFTs where they are faster.

    Equivalent to, where both can be had: `tf.nn.convolution(x, filters, padding="SAME")`, the
    cross-correlation of neural networks, stride 1.

    The tiles of the FFTs are planned by the batch's size, and "auto" chooses by it. So the last
    bits of an image's result and gradient may depend on how many images are beside it, never on
    their values. `pool`, `resample` and `spectral_conv` give an image the same bits in any batch.

    Args:
      x: float [batch, *spatial, in], 1, 2 or 3 spatial axes of 1 to 2**24 samples. float16 and
        bfloat16 accumulate in float32.
      filters: as `x`, [*kernel, in/groups, out]. With half `x` also float32 or the other half type:
        they are then used, and their gradient is, in that type, and only the result is rounded.
      padding: "same" (zeros, the output as long as the input; (k-1)//2 of them in front), "valid"
        (none), "full" (zeros, n + k - 1 outputs) or "circular" (as "same", but going round).
      groups: parts into which both kinds of channels are cut; each meets its own alone.
      data_format: "channels_last", or "channels_first": [batch, channels, *spatial].
      algorithm: "fft", "direct" (TensorFlow's own kernels) or "auto": the one that a measured
        model expects to be faster, for shapes that are known when the graph is traced as for those
        that are known when it runs. The two differ where `x` holds NaN or infinities: direct, one
        of them reaches the outputs whose taps cover it; by FFTs, every output of its image (of its
        channel, in `depthwise_conv`). And what is exactly zero or positive direct is so by FFTs
        but for rounding, about 1e-7 of the largest output in float32. With masks that are NaN or
        -inf, or where exact zeros count, say "direct".
      name: of the op.

    Returns: as `x`, [batch, *output, out].

    Raises:
      TypeError, ValueError: an argument that is known to be wrong.
      tf.errors.InvalidArgumentError: one that proves wrong when the graph runs.

    Gradient: for `x` and `filters`, of any order by FFTs; TensorFlow's where it goes direct.

    Source: overlap-save, Stockham 1966, doi:10.1145/1464182.1464209; for networks Mathieu, Henaff &
      LeCun 2014, arXiv:1312.5851; docs/conventions.md.
    """
    arguments = conv_arguments(x, filters, padding, groups, data_format, algorithm)
    return _call(arguments, name)


@with_fallback
def depthwise_conv(
    x: Any,
    filters: Any,
    *,
    padding: str = "same",
    data_format: str = "channels_last",
    algorithm: str = "auto",
    name: str | None = None,
) -> tf.Tensor:
    """Convolves each channel of `x` with filters of its own, by FFTs where they are faster.

    Equivalent to, where both can be had:
    `tf.nn.depthwise_conv2d(x, filters, strides=[1, 1, 1, 1], padding="SAME")`.

    As for `conv`, the last bits of an image's result and gradient may depend on how many images are
    beside it, never on their values.

    Args:
      x: float [batch, *spatial, channels], 1, 2 or 3 spatial axes of 1 to 2**24 samples. float16
        and bfloat16 accumulate in float32.
      filters: as `x`, [*kernel, channels, multiplier]; with half `x` also float32, as for `conv`.
      padding: as for `conv`.
      data_format: "channels_last", or "channels_first": [batch, channels, *spatial].
      algorithm: as for `conv`.
      name: of the op.

    Returns: as `x`, [batch, *output, channels * multiplier]; those of channel c from
      c * multiplier on.

    Raises:
      TypeError, ValueError: an argument that is known to be wrong.
      tf.errors.InvalidArgumentError: one that proves wrong when the graph runs.

    Gradient: for `x` and `filters`, of any order by FFTs; TensorFlow's where it goes direct.

    Source: as for `conv`.
    """
    arguments = depthwise_conv_arguments(x, filters, padding, data_format, algorithm)
    return _call(arguments, name)


def _call(arguments: ConvArguments, name: str | None) -> tf.Tensor:
    attributes: dict[str, Any] = {
        "padding": arguments.padding,
        "groups": arguments.groups or _DEPTHWISE,
        "data_format": arguments.data_format,
    }

    def by_fft() -> tf.Tensor:
        x, filters = arguments.x, arguments.filters
        if x.dtype == filters.dtype:
            return _convolve(x, filters, name=name, **attributes)
        y = _convolve(tf.cast(x, filters.dtype), filters, name=name, **attributes)
        return tf.cast(y, x.dtype)

    def direct() -> tf.Tensor:
        with tf.name_scope(name or ("conv" if arguments.groups else "depthwise_conv")):
            return direct_conv(arguments)

    prefers_fft: bool | tf.Tensor = arguments.algorithm == "fft"
    if arguments.algorithm == "auto":
        prefers_fft = _prefers_fft(arguments.x, arguments.filters, attributes)
    if isinstance(prefers_fft, bool):
        return by_fft() if prefers_fft else direct()
    y = tf.cond(prefers_fft, by_fft, direct, name=name)
    y.set_shape(conv_output_shape(arguments))
    return y


def _prefers_fft(x: tf.Tensor, filters: tf.Tensor, attributes: dict[str, Any]) -> bool | tf.Tensor:
    """Whether FFTs are the faster way: a bool where the shapes decide, else a tensor."""
    if filters.shape.is_fully_defined() and x.shape.rank is not None:
        batch, *others = x.shape.as_list()
        if None not in others:
            batches = [_SMALL_BATCH, _LARGE_BATCH] if batch is None else [batch]
            shapes = [((each, *others), tuple(filters.shape)) for each in batches]
            with tf.init_scope():
                if tf.executing_eagerly():
                    choices = {_choose(*each, x.dtype, **attributes) for each in shapes}
                    if len(choices) == 1:
                        return choices.pop()
    return _library.ops.spectral_ops_conv_prefers_fft(
        x_shape=tf.shape(x, tf.int64),
        filters_shape=tf.shape(filters, tf.int64),
        T=x.dtype,
        **attributes,
    )


@functools.lru_cache(maxsize=4096)
def _choose(
    x_shape: tuple[int, ...], filters_shape: tuple[int, ...], dtype: tf.DType, **attributes: Any
) -> bool:
    with tf.device("CPU:0"):
        return bool(
            _library.ops.spectral_ops_conv_prefers_fft(
                x_shape=tf.constant(x_shape, tf.int64),
                filters_shape=tf.constant(filters_shape, tf.int64),
                T=dtype,
                **attributes,
            )
        )


def _convolve(
    x: tf.Tensor, filters: tf.Tensor, *, name: str | None = None, **attributes: Any
) -> tf.Tensor:
    return _library.ops.spectral_ops_conv(x=x, filters=filters, name=name, **attributes)


def _input_gradient(
    like: tf.Tensor, filters: tf.Tensor, grad_output: tf.Tensor, **attributes: Any
) -> tf.Tensor:  # as `like`, of which the shape alone counts
    return _library.ops.spectral_ops_conv_input_gradient(
        x_shape=tf.shape(like, tf.int64), filters=filters, grad_output=grad_output, **attributes
    )


def _filter_gradient(
    x: tf.Tensor, like: tf.Tensor, grad_output: tf.Tensor, **attributes: Any
) -> tf.Tensor:  # as `like`, of which the shape alone counts
    return _library.ops.spectral_ops_conv_filter_gradient(
        x=x, filters_shape=tf.shape(like, tf.int64), grad_output=grad_output, **attributes
    )


@gradient_of("SpectralOps>Conv", *_ATTRIBUTES)
def _conv_gradient(inputs: Any, grad_output: tf.Tensor, **attributes: Any) -> Entries:
    x, filters = inputs
    return (
        lambda: _input_gradient(x, filters, grad_output, **attributes),
        lambda: _filter_gradient(x, filters, grad_output, **attributes),
    )


@gradient_of("SpectralOps>ConvInputGradient", *_ATTRIBUTES)
def _input_gradient_gradient(inputs: Any, weight: tf.Tensor, **attributes: Any) -> Entries:
    """<weight, input gradient> is <grad_output, conv(weight, filters)>."""
    _, filters, grad_output = inputs
    return (
        None,
        lambda: _filter_gradient(weight, filters, grad_output, **attributes),
        lambda: _convolve(weight, filters, **attributes),
    )


@gradient_of("SpectralOps>ConvFilterGradient", *_ATTRIBUTES)
def _filter_gradient_gradient(inputs: Any, weight: tf.Tensor, **attributes: Any) -> Entries:
    """<weight, filter gradient> is <grad_output, conv(x, weight)>."""
    x, _, grad_output = inputs
    return (
        lambda: _input_gradient(x, weight, grad_output, **attributes),
        None,
        lambda: _convolve(x, weight, **attributes),
    )
