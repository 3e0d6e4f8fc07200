"""`conv` and `depthwise_conv`, the choice between FFTs and TensorFlow, and the ops' gradients."""

import functools
from collections.abc import Callable
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
_MAPS = ("forward", "input_gradient", "filter_gradient")
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
        model expects to be faster, by shapes alone, be they known when the graph is traced or when
        it runs. The gradient of `x` and that of `filters` are each asked about for themselves:
        TensorFlow's may take a hundred times as long where its forward pass is the faster one. The
        two ways differ where `x` holds NaN or infinities: direct, one
        of them reaches the outputs whose taps cover it; by FFTs, every output of its image (of its
        channel, in `depthwise_conv`). And what is exactly zero or positive direct is so by FFTs
        but for rounding, about 1e-7 of the largest output in float32. With masks that are NaN or
        -inf, or where exact zeros count, say "direct".
      name: of the op.

    Returns: as `x`, [batch, *output, out].

    Raises:
      TypeError, ValueError: an argument that is known to be wrong.
      tf.errors.InvalidArgumentError: one that proves wrong when the graph runs.

    Gradient: for `x` and `filters`, of any order by FFTs; TensorFlow's where that goes direct.

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

    Gradient: as for `conv`.

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
    x, filters = arguments.x, arguments.filters
    ways: set[bool | None] = {arguments.algorithm == "fft"}
    if arguments.algorithm == "auto":
        ways = set(_known_ways(x, filters, attributes))
    if ways == {True}:
        return _by_fft(arguments, attributes, name)
    with tf.name_scope(name or ("conv" if arguments.groups else "depthwise_conv")):
        if ways == {False}:
            return direct_conv(arguments)
        # The forward pass goes either way, past the gradients of the ops that it consists of: the
        # op behind them has those of `x` and `filters`, which go their own ways.
        wide = tf.cast(x, filters.dtype)
        alone = arguments._replace(x=tf.stop_gradient(wide), filters=tf.stop_gradient(filters))
        prefers_fft = _prefers_fft(wide, filters, 0, attributes)
        y = _either(prefers_fft, lambda: _by_fft(alone, attributes), lambda: direct_conv(alone))
        y = _library.ops.spectral_ops_conv_result(x=wide, filters=filters, y=y, **attributes)
        y.set_shape(conv_output_shape(arguments))
        return tf.cast(y, x.dtype)


def _by_fft(
    arguments: ConvArguments, attributes: dict[str, Any], name: str | None = None
) -> tf.Tensor:
    x, filters = arguments.x, arguments.filters
    if x.dtype == filters.dtype:
        return _convolve(x, filters, name=name, **attributes)
    y = _convolve(tf.cast(x, filters.dtype), filters, name=name, **attributes)
    return tf.cast(y, x.dtype)


def _either(
    prefers_fft: bool | tf.Tensor,
    by_fft: Callable[[], tf.Tensor],
    direct: Callable[[], tf.Tensor],
) -> tf.Tensor:
    if isinstance(prefers_fft, bool):
        return by_fft() if prefers_fft else direct()
    return tf.cond(prefers_fft, by_fft, direct)


def _prefers_fft(
    x: tf.Tensor, filters: tf.Tensor, number: int, attributes: dict[str, Any]
) -> bool | tf.Tensor:
    """Whether FFTs are the faster way for that one of _MAPS: a bool if that is known now."""
    known = _known_ways(x, filters, attributes)[number]
    if known is not None:
        return known
    return _library.ops.spectral_ops_conv_prefers_fft(
        x_shape=tf.shape(x, tf.int64),
        filters_shape=tf.shape(filters, tf.int64),
        T=x.dtype,
        map=_MAPS[number],
        **attributes,
    )


def _known_ways(
    x: tf.Tensor, filters: tf.Tensor, attributes: dict[str, Any]
) -> tuple[bool | None, ...]:
    """Whether FFTs are the faster way for each of _MAPS; None where a run decides.

    That is where shapes are not known yet, or where GPUs go another way than CPUs.
    """
    unknown = (None,) * len(_MAPS)
    if not filters.shape.is_fully_defined() or x.shape.rank is None:
        return unknown
    batch, *others = x.shape.as_list()
    if None in others:
        return unknown
    batches = [_SMALL_BATCH, _LARGE_BATCH] if batch is None else [batch]
    shapes = [((each, *others), tuple(filters.shape)) for each in batches]
    with tf.init_scope():
        if not tf.executing_eagerly():
            return unknown
        choices = [
            _choose(*each, x.dtype, device, **attributes)
            for each in shapes
            for device in _devices()
        ]
    return tuple(ways[0] if len(set(ways)) == 1 else None for ways in zip(*choices, strict=True))


@functools.cache
def _devices() -> tuple[str, ...]:
    """One of each kind that this process may run the ops on."""
    served = _library.served
    if served and not served.build.no_cuda and tf.config.list_logical_devices("GPU"):
        return "CPU:0", "GPU:0"
    return ("CPU:0",)


@functools.lru_cache(maxsize=4096)
def _choose(
    x_shape: tuple[int, ...],
    filters_shape: tuple[int, ...],
    dtype: tf.DType,
    device: str,
    **attributes: Any,
) -> tuple[bool, ...]:
    with tf.device(device):
        prefers_fft = functools.partial(
            _library.ops.spectral_ops_conv_prefers_fft,
            x_shape=tf.constant(x_shape, tf.int64),
            filters_shape=tf.constant(filters_shape, tf.int64),
            T=dtype,
            **attributes,
        )
        return tuple(bool(prefers_fft(map=each)) for each in _MAPS)


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


def _direct_gradient(
    place: int,  # 0: of x, 1: of the filters
    x: tf.Tensor,
    filters: tf.Tensor,
    grad_output: tf.Tensor,
    **attributes: Any,
) -> tf.Tensor:
    """TensorFlow's. In a graph nobody runs the forward pass for it."""
    if tf.executing_eagerly():
        return _compiled_direct_gradient(place, **attributes)(x, filters, grad_output)
    given = (x, filters)
    rank = x.shape.rank or filters.shape.rank
    settings = dict(attributes, groups=attributes["groups"] or None, algorithm="direct")
    with tf.GradientTape() as tape:
        tape.watch(given[place])
        y = direct_conv(ConvArguments(x, filters, rank - 2, **settings))
    return tape.gradient(y, given[place], grad_output)


@functools.lru_cache(maxsize=256)
def _compiled_direct_gradient(place: int, **attributes: Any) -> Callable[..., tf.Tensor]:
    def gradient(x: tf.Tensor, filters: tf.Tensor, grad_output: tf.Tensor) -> tf.Tensor:
        return _direct_gradient(place, x, filters, grad_output, **attributes)

    return tf.function(gradient, autograph=False, reduce_retracing=True)


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


@gradient_of("SpectralOps>ConvResult", *_ATTRIBUTES)
def _result_gradient(inputs: Any, grad_output: tf.Tensor, **attributes: Any) -> Entries:
    x, filters, _ = inputs

    def entry(place: int, by_fft: Callable[..., tf.Tensor]) -> tf.Tensor:
        return _either(
            _prefers_fft(x, filters, 1 + place, attributes),
            lambda: by_fft(x, filters, grad_output, **attributes),
            lambda: _direct_gradient(place, x, filters, grad_output, **attributes),
        )

    return lambda: entry(0, _input_gradient), lambda: entry(1, _filter_gradient), None
