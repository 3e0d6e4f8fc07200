"""How `tf.vectorized_map` and jacobians run the ops: the iterations of the loop in one call.

They go into the batch, where an op mixes no images; else into channels or groups, where it does not
mix those. A converter that finds no such place declines, and TensorFlow loops without a warning.

In a stacked tensor the loop is the first axis; axes are counted in what one iteration sees.
"""

import copy
from collections.abc import Callable, Sequence
from typing import Any

import tensorflow as tf

from spectral_ops import _library

_DEPTHWISE = 0  # in the place of a number of groups
# Of the outputs of all iterations, the loop first.
Convert = Callable[["Call"], tf.Tensor | tuple[tf.Tensor, ...]]


class DeclinedError(Exception):
    """The iterations fit nowhere; the message says why."""


class Call:
    """One op in the body of a loop: its inputs, of which some are stacked, and its attributes."""

    def __init__(self, p: Any, *names: str) -> None:
        self.n: tf.Tensor = p.pfor.loop_len_vector[0]
        static = tf.get_static_value(p.pfor.loop_len_vector)
        self.static_n = None if static is None else int(static[0])
        inputs = [p.input(i) for i in range(p.num_inputs)]
        self.inputs = [each.t for each in inputs]
        self.stacked = [each.is_stacked for each in inputs]
        self.attributes = {name: _decoded(p.get_attr(name)) for name in names}

    def of(self, *inputs: int, **attributes: Any) -> "Call":
        """A call with some of the inputs, in another order, and other attributes."""
        other = copy.copy(self)
        other.inputs = [self.inputs[i] for i in inputs]
        other.stacked = [self.stacked[i] for i in inputs]
        other.attributes = attributes
        return other

    def add(self, tensor: tf.Tensor) -> None:
        """Another input, which is the same for each iteration."""
        self.inputs.append(tensor)
        self.stacked.append(False)

    def shape_of(self, i: int) -> tf.Tensor:
        """The shape of input i in one iteration."""
        return tf.shape(self.inputs[i])[int(self.stacked[i]) :]

    def fold(self, i: int, axis: int) -> tf.Tensor:
        """Input i with all iterations along one axis; what is the same for each is repeated."""
        t = self.inputs[i]
        if not self.stacked[i]:
            rank = _rank(t)
            counts = [self.n if each == axis % rank else 1 for each in range(rank)]
            return tf.tile(t, tf.stack(counts))
        rank = _rank(t) - 1
        axis %= rank
        t = tf.transpose(t, [*range(1, axis + 1), 0, *range(axis + 1, rank + 1)])
        sizes = _sizes(t)
        return tf.reshape(t, [*sizes[:axis], sizes[axis] * sizes[axis + 1], *sizes[axis + 2 :]])

    def unfold(self, y: tf.Tensor, axis: int) -> tf.Tensor:
        """What `fold` undoes, for an output."""
        rank = _rank(y)
        axis %= rank
        sizes = _sizes(y)
        n = self.n if self.static_n is None else self.static_n
        y = tf.reshape(y, [*sizes[:axis], n, sizes[axis] // n, *sizes[axis + 1 :]])
        return tf.transpose(y, [axis, *range(axis), *range(axis + 1, rank + 1)])

    def times_n(self, i: int, axis: int) -> tf.Tensor:
        """Input i, a shape, with one entry for all iterations."""
        shape = self.inputs[i]
        if self.stacked[i]:
            raise DeclinedError("a shape changes with the iteration")
        rank = shape.shape[0]
        if rank is None:
            raise DeclinedError("the length of a shape is not known")
        n = tf.cast(self.n, shape.dtype)
        return tf.stack([shape[j] * n if j == axis % rank else shape[j] for j in range(rank)])

    def alone(self, *others: int) -> None:
        """Declines if one of the inputs `others` is stacked."""
        if any(self.stacked[i] for i in others):
            raise DeclinedError("what the iterations share elsewhere changes with the iteration")

    @property
    def channels(self) -> int:
        """The axis of a signal's channels."""
        return -1 if self.attributes["data_format"] == "channels_last" else 1

    def groups_of_all(self) -> dict[str, Any]:
        """The attributes with the iterations' groups beside each other."""
        groups = self.attributes["groups"]
        if groups == _DEPTHWISE:
            return self.attributes
        if self.static_n is None:
            raise DeclinedError("the number of iterations, and so of groups, is not known")
        return self.attributes | {"groups": groups * self.static_n}


def _decoded(value: Any) -> Any:
    return value.decode() if isinstance(value, bytes) else value


def _rank(t: tf.Tensor) -> int:
    if t.shape.rank is None:
        raise DeclinedError("the rank of an input is not known")
    return int(t.shape.rank)


def _rank_in_loop(call: Call, i: int) -> int:
    return _rank(call.inputs[i]) - call.stacked[i]


def _sizes(t: tf.Tensor) -> list[Any]:
    shape = tf.shape(t)
    return [shape[i] if n is None else n for i, n in enumerate(t.shape.as_list())]


def _resample(call: Call) -> tf.Tensor:
    x, output_size, *windows = range(len(call.inputs))
    call.alone(output_size, *windows)
    y = _library.ops.spectral_ops_resample(
        x=call.fold(x, 0),
        output_size=call.inputs[output_size],
        windows=[call.inputs[i] for i in windows],
        **call.attributes,
    )
    return call.unfold(y, 0)


def _no_place(call: Call) -> tf.Tensor:
    raise DeclinedError("the op sums over batch and channels")


def _spectral_conv(call: Call) -> tuple[tf.Tensor, ...]:
    """It keeps no spectrum."""
    x, weights, output_size = range(3)
    call.alone(output_size)
    channel_axes = _rank_in_loop(call, weights) - _rank_in_loop(call, x) + 2
    if not call.stacked[weights]:
        given, mixing, place = call.fold(x, 0), call.inputs[weights], 0
    elif channel_axes == 2:
        call.alone(x)
        given, place = call.inputs[x], call.channels
        mixing = call.fold(weights, -2 if call.attributes["adjoint"] else -1)
    else:
        given, place = call.fold(x, call.channels), call.channels
        if channel_axes == 1:
            mixing = call.fold(weights, -1)
        else:  # each channel of an iteration has the same
            mixing = call.inputs[weights]
            mixing = tf.transpose(mixing, [*range(1, _rank(mixing)), 0])
            mixing = tf.repeat(mixing, _sizes(given)[place] // call.n, -1)
    attributes = call.attributes | {"keeps": False}
    y, _ = _library.ops.spectral_ops_spectral_conv(
        x=given, weights=mixing, output_size=call.inputs[output_size], **attributes
    )
    return call.unfold(y, place), tf.zeros([call.n, 0], tf.uint8)


def _spectral_conv_weight_gradient(call: Call) -> tf.Tensor:
    x, grad_output, shape = range(3)
    call.alone(shape)
    if call.inputs[shape].shape[0] is None:
        raise DeclinedError("the rank of the weights is not known")
    channel_axes = call.inputs[shape].shape[0] - _rank_in_loop(call, x) + 2
    both = call.stacked[x] and call.stacked[grad_output]
    if both and channel_axes == 2:
        raise DeclinedError("the op mixes all channels of x with all of grad_output")
    given = [
        call.fold(i, call.channels) if channel_axes < 2 or call.stacked[i] else call.inputs[i]
        for i in (x, grad_output)
    ]
    place = -1 if channel_axes < 2 or call.stacked[grad_output] else -2
    if channel_axes:
        weights_shape = call.times_n(shape, place)
    else:  # of separable ones, to be summed over the channels of an iteration
        modes, channels = call.inputs[shape], _sizes(given[0])[call.channels]
        weights_shape = tf.concat([modes, [tf.cast(channels, modes.dtype)]], 0)
    y = _weight_gradient([*given, weights_shape], call.attributes)
    y = call.unfold(y, place)
    return y if channel_axes else tf.reduce_sum(y, -1)


def _weight_gradient(inputs: Sequence[tf.Tensor], attributes: dict[str, Any]) -> tf.Tensor:
    names = ("x", "grad_output", "weights_shape")
    given = dict(zip(names, inputs, strict=True))
    return _library.ops.spectral_ops_spectral_conv_weight_gradient(**given, **attributes)


def _weight_gradients(call: Call) -> tf.Tensor:
    """Where the iterations have no place in one op, each has an op of its own."""
    tensors = dict(enumerate(call.inputs))
    stacked = {i: t for i, t in tensors.items() if call.stacked[i]}
    if not stacked:  # the same in each
        slope = _weight_gradient(call.inputs, call.attributes)
        return tf.repeat(tf.expand_dims(slope, 0), call.n, 0)
    try:
        return _spectral_conv_weight_gradient(call)
    except DeclinedError:
        return tf.map_fn(
            lambda some: _weight_gradient([*(tensors | some).values()], call.attributes),
            stacked,
            fn_output_signature=call.attributes["W"],
        )


def _both_gradients(call: Call) -> tuple[tf.Tensor, ...]:
    """Each by an op of its own: the iterations' places may be others."""
    x, weights, grad_output, _ = range(4)
    common = {name: call.attributes[name] for name in _OF_SPECTRAL}
    whole = call.attributes["whole"]
    by_x = call.of(grad_output, weights, adjoint=True, keeps=False, whole=whole, **common)
    first = 1 if common["data_format"] == "channels_last" else 2
    by_x.add(call.shape_of(x)[first : first + _rank_in_loop(call, x) - 2])
    by_weights = call.of(x, grad_output, W=call.inputs[weights].dtype, **common)
    by_weights.add(call.shape_of(weights))
    return _spectral_conv(by_x)[0], _weight_gradients(by_weights)


def _conv(call: Call) -> tf.Tensor:
    inputs, place = _of_all(call)
    return call.unfold(_library.ops.spectral_ops_conv(**inputs), place)


def _conv_result(call: Call) -> tf.Tensor:
    inputs, place = _of_all(call)
    y = _library.ops.spectral_ops_conv_result(y=call.fold(2, place), **inputs)
    return call.unfold(y, place)


def _of_all(call: Call) -> tuple[dict[str, Any], int]:
    """What a convolution takes, and the axis of its output that then has all iterations."""
    x, filters = range(2)
    groups = call.attributes["groups"]
    if not call.stacked[filters]:
        return dict(call.attributes, x=call.fold(x, 0), filters=call.inputs[filters]), 0
    place = call.channels
    if groups == 1 and not call.stacked[x]:
        return dict(call.attributes, x=call.inputs[x], filters=call.fold(filters, -1)), place
    folded = call.fold(filters, -2 if groups == _DEPTHWISE else -1)
    return dict(call.groups_of_all(), x=call.fold(x, place), filters=folded), place


def _conv_input_gradient(call: Call) -> tf.Tensor:
    shape, filters, grad_output = range(3)
    alone = not call.stacked[filters]
    place = -2 if call.attributes["groups"] == _DEPTHWISE else -1
    y = _library.ops.spectral_ops_conv_input_gradient(
        x_shape=call.times_n(shape, 0 if alone else call.channels),
        filters=call.inputs[filters] if alone else call.fold(filters, place),
        grad_output=call.fold(grad_output, 0 if alone else call.channels),
        **(call.attributes if alone else call.groups_of_all()),
    )
    return call.unfold(y, 0 if alone else call.channels)


def _conv_filter_gradient(call: Call) -> tf.Tensor:
    x, shape, grad_output = range(3)
    groups = call.attributes["groups"]
    alone = groups == 1 and not call.stacked[x]
    place = -2 if groups == _DEPTHWISE else -1
    y = _library.ops.spectral_ops_conv_filter_gradient(
        x=call.inputs[x] if alone else call.fold(x, call.channels),
        filters_shape=call.times_n(shape, place),
        grad_output=call.fold(grad_output, call.channels),
        **(call.attributes if alone else call.groups_of_all()),
    )
    return call.unfold(y, place)


def _wavelet_analysis(call: Call) -> tf.Tensor:
    x, *filters = range(len(call.inputs))
    call.alone(*filters)
    bands = _library.ops.spectral_ops_wavelet_analysis(
        x=call.fold(x, 0), filters=[call.inputs[i] for i in filters], **call.attributes
    )
    return call.unfold(bands, 0)


def _wavelet_synthesis(call: Call) -> tf.Tensor:
    bands, size, *filters = range(len(call.inputs))
    call.alone(size, *filters)
    x = _library.ops.spectral_ops_wavelet_synthesis(
        bands=call.fold(bands, 0),
        size=call.inputs[size],
        filters=[call.inputs[i] for i in filters],
        **call.attributes,
    )
    return call.unfold(x, 0)


_OF_RESAMPLE = ("window_axes", "norm", "data_format", "boundary", "alignment", "downsample_only")
_OF_CONV = ("padding", "groups", "data_format")
_OF_SPECTRAL = ("modes", "norm", "data_format")
_OF_WAVELETS = ("rule", "mode", "level", "data_format")
_CONVERTERS: dict[str, tuple[Convert, tuple[str, ...]]] = {
    "Resample": (_resample, _OF_RESAMPLE),
    "ResampleWindowGradient": (_no_place, ()),
    "SpectralConv": (_spectral_conv, (*_OF_SPECTRAL, "adjoint", "whole", "keeps")),
    "SpectralConvGradients": (_both_gradients, (*_OF_SPECTRAL, "whole")),
    "SpectralConvWeightGradient": (_spectral_conv_weight_gradient, (*_OF_SPECTRAL, "W")),
    "Conv": (_conv, _OF_CONV),
    "ConvResult": (_conv_result, _OF_CONV),
    "ConvInputGradient": (_conv_input_gradient, _OF_CONV),
    "ConvFilterGradient": (_conv_filter_gradient, _OF_CONV),
    "WaveletAnalysis": (_wavelet_analysis, _OF_WAVELETS),
    "WaveletSynthesis": (_wavelet_synthesis, _OF_WAVELETS),
    "WaveletFilterGradient": (_no_place, ()),
}


def register() -> None:
    """Tells TensorFlow, once a process; where its private registry is another, it loops instead."""
    try:
        from tensorflow.python.ops.parallel_for import pfor

        known = pfor._pfor_converter_registry
        register_one, wrap = pfor.RegisterPFor, pfor.wrap
        declined = pfor.ConversionNotImplementedError
    except (ImportError, AttributeError):
        return
    for name, (convert, attributes) in _CONVERTERS.items():

        def converter(p: Any, convert: Any = convert, names: Any = attributes) -> Any:
            try:
                outputs = convert(Call(p, *names))
                if isinstance(outputs, tuple):
                    return [wrap(each, True) for each in outputs]
                return wrap(outputs, True)
            except DeclinedError as error:
                raise declined(str(error)) from None

        op_type = f"SpectralOps>{name}"
        if op_type not in known:
            register_one(op_type)(converter)
