"""Layers of spectral pooling whose strides are learned."""

from typing import Any

import tensorflow as tf

from spectral_ops import ops, windows
from spectral_ops._arguments.common import NORMS, as_number, dynamic_lengths, one_of
from spectral_ops._arguments.rules import MAX_AXIS_LENGTH
from spectral_ops.layers._base import Constraint, Shape, SpectralLayer, keras, register


class _Between(Constraint):
    """Strides within their limits."""

    def __init__(self, lower: float, upper: float) -> None:
        self.limits = (lower, upper)

    def __call__(self, strides: Any) -> tf.Tensor:
        return tf.clip_by_value(tf.convert_to_tensor(strides), *self.limits)


class _DiffStride(SpectralLayer):
    def __init__(
        self,
        strides: Any = 2.0,
        *,
        smoothness: float = 4.0,
        shared_stride: bool = False,
        lower_limit: float = 1.0,
        upper_limit: float | None = None,
        norm: str = "forward",
        data_format: str | None = None,
        strides_regularizer: Any = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(data_format=data_format, **kwargs)
        self.supports_jit = False  # the size of the output is the value of a weight
        with self.named():
            one_of("norm", norm, NORMS)
            given = strides if isinstance(strides, list | tuple) else [strides] * self.rank
            if len(given) != self.rank:
                raise ValueError(f"strides: {strides!r}; allowed: a number or {self.rank} of them")
            self.lower_limit = self._limit("lower_limit", lower_limit, 1, MAX_AXIS_LENGTH)
            self.upper_limit = MAX_AXIS_LENGTH if upper_limit is None else upper_limit
            self.upper_limit = self._limit(
                "upper_limit", self.upper_limit, self.lower_limit, MAX_AXIS_LENGTH
            )
            self._first = [
                self._limit("strides", each, self.lower_limit, self.upper_limit) for each in given
            ]
            if shared_stride and len(set(self._first)) > 1:
                raise ValueError(
                    f"strides: {strides!r}; allowed with shared_stride=True: the same for all axes"
                )
            self.smoothness = as_number("smoothness", smoothness, "more than 0").known
            if self.smoothness is None or not 0 < self.smoothness <= MAX_AXIS_LENGTH:
                raise ValueError(
                    f"smoothness: {smoothness!r}; allowed: more than 0, at most {MAX_AXIS_LENGTH}"
                )
            self._regularizer = keras.regularizers.get(strides_regularizer)
        self.shared_stride = bool(shared_stride)
        self.norm = norm

    @staticmethod
    def _limit(name: str, value: Any, least: float, most: float) -> float:
        allowed = f"{least} to {most}"
        number = as_number(name, value, allowed).known
        if number is None or not least <= number <= most:
            raise ValueError(f"{name}: {value!r}; allowed: {allowed}")
        return number

    def build(self, input_shape: Any) -> None:
        """Checks what is known of the input; makes the strides."""
        self.compute_output_shape(input_shape)
        first = self._first[:1] if self.shared_stride else self._first
        self.strides = self.add_weight(
            name="strides",
            shape=(len(first),),
            initializer=keras.initializers.Constant(first),
            regularizer=self._regularizer,
            constraint=_Between(self.lower_limit, self.upper_limit),
            dtype=self.wide_dtype,
            autocast=False,
        )
        self.built = True

    def call(self, inputs: Any) -> tf.Tensor:
        """The input, its spectrum cropped as the strides say."""
        inputs = self.as_floats(inputs)
        _, known, _ = self.axes_of(inputs.shape)
        lengths = dynamic_lengths(inputs, self.data_format)
        strides = tf.unstack(tf.convert_to_tensor(self.strides))
        masks, sizes = [], []
        for axis, n in enumerate(known):
            length = lengths[axis] if n is None else n
            stride = self._within_reach(strides[axis % len(strides)], length)
            mask, size = windows.diffstride(length, stride, self.smoothness)
            masks.append(mask)
            sizes.append(size)
        y = ops.pool(
            inputs, tf.stack(sizes), windows=masks, norm=self.norm, data_format=self.data_format
        )
        if not tf.executing_eagerly():
            y.set_shape(self.compute_output_shape(inputs.shape))
        return y

    def _within_reach(self, stride: tf.Tensor, length: Any) -> tf.Tensor:
        """A stride whose mask ends within the spectrum of an axis, with the gradient of `stride`.

        At n/(n - R), and at most 2, the slope has its middle at the Nyquist frequency. A smaller
        stride leaves all as it is, and would have no gradient that leads it back.
        """
        n = tf.cast(length, stride.dtype)
        least = n / tf.maximum(n - self.smoothness, n / 2)
        return stride + tf.stop_gradient(tf.maximum(stride, least) - stride)

    def compute_output_shape(self, input_shape: Any) -> Shape:
        """The input's, of no known size on the spatial axes."""
        with self.named():
            batch, _, channels = self.axes_of(input_shape)
        return self.shape_of(batch, [None] * self.rank, channels)

    def get_config(self) -> dict[str, Any]:
        """What `from_config` makes the same layer of."""
        return super().get_config() | {
            "strides": self._first,
            "smoothness": self.smoothness,
            "shared_stride": self.shared_stride,
            "lower_limit": self.lower_limit,
            "upper_limit": self.upper_limit,
            "norm": self.norm,
            "data_format": self.data_format,
            "strides_regularizer": keras.regularizers.serialize(self._regularizer),
        }


@register
class DiffStride2D(_DiffStride):
    """Spectral pooling whose strides are weights, learned with the rest of a model.

    Equivalent to: `spectral_ops.pool(x, sizes, windows=masks)`, the mask and the size of each axis
    being `spectral_ops.windows.diffstride(n, stride, smoothness)`. The gradient of the strides is
    that of the masks.

    It differs from the published code where that treats the two axes differently: see
    `spectral_ops.windows.diffstride`. `norm="backward"` has its scale.

    Args:
      strides: where they begin, a number of 1 or more, or 2 of them.
      smoothness: over so many frequencies the mask falls from 1 to 0; an axis of n samples becomes
        n/stride + 2*smoothness, at most n.
      shared_stride: one stride for both axes.
      lower_limit: the least stride, 1 or more; training is kept from going below it. Besides, an
        axis of n samples takes no stride below n/(n - smoothness) (2 where that is more), where
        its mask would end beyond the spectrum and nothing could be learned.
      upper_limit: the largest; None: no limit.
      norm: "forward" (a constant keeps its value), "ortho" or "backward", as for `pool`.
      data_format: "channels_last", "channels_first" or None: as Keras is configured.
      strides_regularizer: as for a kernel of Keras; it sees the strides. The paper's own, which
        weighs a model's cost, goes over layers: `model.add_loss` of the running sum of
        1/(product of the strides up to each layer).

    Input: float [batch, height, width, channels]; channels_first [batch, channels, height, width].

    Output: the same with a spatial size that follows from the strides: None in shapes. So what
      comes next must take any size, and XLA cannot compile the layer (`supports_jit` is False).

    Weights: strides [2], or [1] where shared; no policy rounds them: float64 where the layer
      computes in it, else float32.

    Raises:
      TypeError, ValueError: an argument that is wrong, when the layer is made; one that does not
        fit the input, when it is built. The message names layer and argument.

    Source: Riad, Teboul, Grangier & Zeghidour 2022, arXiv:2202.01653.
    """

    rank = 2


@register
class DiffStride1D(_DiffStride):
    """Spectral pooling of [batch, time, channels] whose stride is a weight.

    Equivalent to: `spectral_ops.pool(x, size, windows=[mask])` with `windows.diffstride`.
    Arguments, errors and source are those of `DiffStride2D`, with one spatial axis.
    """

    rank = 1
