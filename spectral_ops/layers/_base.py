"""What the layers share: layouts, names in errors, sizes, strides, bias and activation."""

import math
import numbers
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from fractions import Fraction
from typing import Any

import tensorflow as tf

from spectral_ops._arguments.common import (
    DATA_FORMATS,
    as_ints,
    dynamic_lengths,
    one_of,
    signal_axes,
    signal_shape,
)
from spectral_ops._arguments.rules import MAX_AXIS_LENGTH
from spectral_ops.layers._keras import import_keras
from spectral_ops.ops import has_xla

keras = import_keras()
_Layer: Any = keras.layers.Layer
Constraint: Any = keras.constraints.Constraint

Shape = tuple[int | None, ...]
Lengths = Sequence[int | None]

_MAX_DENOMINATOR = 1000  # of a stride


def register(layer: Any) -> Any:
    """Makes a layer known to Keras, which reloads registered classes only."""
    return keras.saving.register_keras_serializable(package="spectral_ops")(layer)


class SpectralLayer(_Layer):
    """A layer of signals [batch, *spatial, channels] or [batch, channels, *spatial]."""

    rank: int  # number of spatial axes

    def __init__(self, *, data_format: str | None = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.supports_jit = has_xla()  # where not, Keras must not compile a model by itself
        if data_format is None:
            data_format = keras.config.image_data_format()
        with self.named():
            one_of("data_format", data_format, DATA_FORMATS)
        self.data_format = data_format
        self.input_spec = keras.layers.InputSpec(ndim=self.rank + 2)

    @contextmanager
    def named(self) -> Iterator[None]:
        """Puts the layer before the message of what is refused inside."""
        try:
            yield
        except (TypeError, ValueError) as error:
            raise type(error)(f"{type(self).__name__} {self.name!r}: {error}") from None

    @property
    def wide_dtype(self) -> str:
        """The type in which the ops compute, and of weights that no policy may round."""
        return "float64" if self.compute_dtype == "float64" else "float32"

    def sizes(self, name: str, value: Any, most: int = MAX_AXIS_LENGTH) -> tuple[int, ...]:
        """An argument of one int for each spatial axis, or one for all."""
        return _for_each_axis(name, as_ints(value), value, self.rank, most)

    def axes_of(self, shape: Any) -> tuple[int | None, list[int | None], int | None]:
        """The batch, the spatial lengths and the channels of an input's shape."""
        shape = tuple(shape)
        if len(shape) != self.rank + 2:
            raise ValueError(f"input shape {shape}; allowed: rank {self.rank + 2}")
        batch, lengths, channels = signal_axes(shape, self.data_format)
        for axis, n in enumerate(lengths):
            if n is not None and not 1 <= n <= MAX_AXIS_LENGTH:
                raise ValueError(
                    f"input shape {shape}: spatial axis {axis} has length {n}; allowed: 1 to "
                    f"{MAX_AXIS_LENGTH}"
                )
        return batch, lengths, channels

    def known_channels(self, shape: Any) -> int:
        """The channels of an input's shape, which weights need."""
        _, _, channels = self.axes_of(shape)
        if channels is None:
            raise ValueError(f"input shape {tuple(shape)}: its channels must be known")
        return channels

    def fix_channels(self, channels: int) -> None:
        """Has Keras refuse inputs of any other number of them."""
        axis = -1 if self.data_format == "channels_last" else 1
        self.input_spec = keras.layers.InputSpec(ndim=self.rank + 2, axes={axis: channels})

    def shape_of(self, batch: int | None, lengths: Lengths, channels: int | None) -> Shape:
        """The shape of a signal of these."""
        return tuple(signal_shape(batch, lengths, channels, self.data_format))

    def as_floats(self, inputs: Any) -> Any:
        """The input; integers, such as the pixels of an image, in the layer's own type."""
        return inputs if inputs.dtype.is_floating else tf.cast(inputs, self.compute_dtype)

    def per_channel(self, weight: Any) -> tf.Tensor:
        """A weight [channels] with the axes that it is added along."""
        if self.data_format == "channels_last":
            return tf.convert_to_tensor(weight)
        return tf.reshape(weight, (-1, *[1] * self.rank))


class WeightedLayer(SpectralLayer):
    """A layer with a kernel, a bias and an activation, as Keras' convolutions have them."""

    kernel_name = "kernel"  # in the names of the arguments

    def __init__(
        self,
        *,
        activation: Any,
        use_bias: bool,
        initializer: Any,
        bias_initializer: Any,
        regularizer: Any,
        bias_regularizer: Any,
        constraint: Any,
        bias_constraint: Any,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        with self.named():
            self.activation = keras.activations.get(activation)
            self.use_bias = bool(use_bias)
            self.initializer: Any = initializer and keras.initializers.get(initializer)
            self._bias_initializer = keras.initializers.get(bias_initializer)
            self._regularizer = keras.regularizers.get(regularizer)
            self._bias_regularizer = keras.regularizers.get(bias_regularizer)
            self._constraint = keras.constraints.get(constraint)
            self._bias_constraint = keras.constraints.get(bias_constraint)
        self.bias: Any = None

    def add_kernel(
        self, name: str, shape: Sequence[int], initializer: Callable[..., Any], *, wide: bool
    ) -> Any:
        """The layer's kernel; `wide` for what no policy may round."""
        settings = dict(dtype=self.wide_dtype, autocast=False) if wide else {}
        return self.add_weight(
            name=name,
            shape=tuple(shape),
            initializer=initializer,
            regularizer=self._regularizer,
            constraint=self._constraint,
            **settings,
        )

    def add_bias(self, channels: int) -> None:
        """The layer's bias, if it has one."""
        if self.use_bias:
            self.bias = self.add_weight(
                name="bias",
                shape=(channels,),
                initializer=self._bias_initializer,
                regularizer=self._bias_regularizer,
                constraint=self._bias_constraint,
            )

    def finish(self, y: tf.Tensor) -> tf.Tensor:
        """`y` with bias and activation."""
        if self.bias is not None:
            y = y + self.per_channel(self.bias)
        return y if self.activation is None else self.activation(y)

    def get_config(self) -> dict[str, Any]:
        """What `from_config` makes the same layer of."""
        kernel = self.kernel_name
        serialize = keras.initializers.serialize
        return super().get_config() | {
            "data_format": self.data_format,
            "activation": keras.activations.serialize(self.activation),
            "use_bias": self.use_bias,
            f"{kernel}_initializer": self.initializer and serialize(self.initializer),
            "bias_initializer": serialize(self._bias_initializer),
            f"{kernel}_regularizer": keras.regularizers.serialize(self._regularizer),
            "bias_regularizer": keras.regularizers.serialize(self._bias_regularizer),
            "activity_regularizer": keras.regularizers.serialize(self.activity_regularizer),
            f"{kernel}_constraint": keras.constraints.serialize(self._constraint),
            "bias_constraint": keras.constraints.serialize(self._bias_constraint),
        }


class Strides:
    """How many samples of an input go to one of its output, on each axis: ratios of ints.

    A stride is the fraction of a denominator up to 1000 that is nearest, so that 1.4 is 7/5 and 21
    samples become 15, not 16 as by rounding errors. The output has ceil(n / stride) samples.
    """

    def __init__(self, given: Any, rank: int, *, least: Fraction) -> None:
        alone = isinstance(given, str | bytes) or not isinstance(given, Iterable)
        ratios = [_as_fraction(value) for value in ([given] if alone else given)]
        allowed = (
            f"allowed: a number or {rank} of them, each from {float(least):g} to {MAX_AXIS_LENGTH}"
        )
        if None in ratios:
            raise TypeError(f"strides: {given!r}; {allowed}")
        self.ratios = [ratio for ratio in ratios if ratio is not None]
        if len(self.ratios) == 1:
            self.ratios *= rank
        if len(self.ratios) != rank or not all(least <= s <= MAX_AXIS_LENGTH for s in self.ratios):
            raise ValueError(f"strides: {given!r}; {allowed}")
        self._ints = [(s.numerator, s.denominator) for s in self.ratios]

    def config(self) -> list[float]:
        """As numbers that give the same fractions again."""
        return [int(s) if s.denominator == 1 else float(s) for s in self.ratios]

    def lengths(self, lengths: Lengths) -> list[int | None]:
        """Those of the output, None where unknown."""
        ratios = zip(lengths, self._ints, strict=True)
        return [None if n is None else -(-n * under // over) for n, (over, under) in ratios]

    def tensor(self, x: tf.Tensor, data_format: str) -> tf.Tensor:
        """Those of the output for `x`, in a running graph: int64 [rank]."""
        numerators, denominators = zip(*self._ints, strict=True)
        n = tf.cast(dynamic_lengths(x, data_format), tf.int64)
        return -(-n * denominators // numerators)


def _as_fraction(value: Any) -> Fraction | None:
    """None for what is no number; 0, which no stride may be, for one that is not finite."""
    if isinstance(value, bool) or not isinstance(value, numbers.Real):
        return None
    if isinstance(value, numbers.Integral):
        return Fraction(int(value))
    if not math.isfinite(value):
        return Fraction(0)
    exact = value if isinstance(value, Fraction) else Fraction(float(value))
    return exact.limit_denominator(_MAX_DENOMINATOR)


def _for_each_axis(
    name: str, values: list[int] | None, given: Any, rank: int, most: int
) -> tuple[int, ...]:
    allowed = f"allowed: an int or {rank} of them, each from 1 to {most}"
    if values is None:
        raise TypeError(f"{name}: {given!r}; {allowed}")
    if len(values) == 1:
        values = values * rank
    if len(values) != rank or not all(1 <= value <= most for value in values):
        raise ValueError(f"{name}: {given!r}; {allowed}")
    return tuple(values)
