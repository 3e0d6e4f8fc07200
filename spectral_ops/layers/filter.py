"""Layers of `filter`."""

from typing import Any

import tensorflow as tf

from spectral_ops import ops, responses
from spectral_ops._arguments.common import dynamic_lengths
from spectral_ops.layers._base import Shape, SpectralLayer, keras, register


class _GlobalFilter(SpectralLayer):
    size: tuple[int, ...] | None

    def __init__(
        self,
        *,
        size: Any = None,
        data_format: str | None = None,
        response_initializer: Any = None,
        response_regularizer: Any = None,
        response_constraint: Any = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(data_format=data_format, **kwargs)
        with self.named():
            self.size = None if size is None else self.sizes("size", size)
            if response_initializer is None:
                response_initializer = keras.initializers.RandomNormal(stddev=0.02)
            self._initializer = keras.initializers.get(response_initializer)
            self._regularizer = keras.regularizers.get(response_regularizer)
            self._constraint = keras.constraints.get(response_constraint)

    def build(self, input_shape: Any) -> None:
        """Makes the response, for `size` or the size of the input."""
        with self.named():
            channels = self.known_channels(input_shape)
            _, lengths, _ = self.axes_of(input_shape)
            if self.size is None and None in lengths:
                raise ValueError(
                    f"size: None with input shape {tuple(input_shape)}; allowed where the length "
                    "of every spatial axis is known"
                )
        self._built_size = [*(self.size or lengths)]
        self.response = self.add_weight(
            name="response",
            shape=(*self._built_size[:-1], self._built_size[-1] // 2 + 1, channels, 2),
            initializer=self._initializer,
            regularizer=self._regularizer,
            constraint=self._constraint,
            dtype=self.wide_dtype,
            autocast=False,
        )
        self.fix_channels(channels)
        self.built = True

    def call(self, inputs: Any) -> tf.Tensor:
        """The input, each channel filtered by its response at the size of the input."""
        inputs = self.as_floats(inputs)
        pairs = tf.convert_to_tensor(self.response)
        response = tf.complex(*tf.unstack(pairs, 2, axis=-1))
        _, lengths, _ = self.axes_of(inputs.shape)
        if lengths != self._built_size:
            size = lengths if None not in lengths else dynamic_lengths(inputs, self.data_format)
            response = responses.resize(response, self._built_size, size)
        return ops.filter(inputs, response, data_format=self.data_format)

    def compute_output_shape(self, input_shape: Any) -> Shape:
        """The input's."""
        with self.named():
            self.axes_of(input_shape)
        return tuple(input_shape)

    def get_config(self) -> dict[str, Any]:
        """What `from_config` makes the same layer of."""
        return super().get_config() | {
            "size": self.size,
            "data_format": self.data_format,
            "response_initializer": keras.initializers.serialize(self._initializer),
            "response_regularizer": keras.regularizers.serialize(self._regularizer),
            "response_constraint": keras.constraints.serialize(self._constraint),
        }


@register
class GlobalFilter2D(_GlobalFilter):
    """Weighs every frequency of every channel by a learned complex number: GFNet's token mixer.

    Equivalent to: `spectral_ops.filter(x, response)`, the response as real pairs. At another size
    than that of its response it uses `spectral_ops.responses.resize(response, size, new_size)`: the
    same weights for the same frequencies, so that a trained model serves other resolutions. (The
    published code takes one size; interpolating its weights between bins makes another filter.)

    Args:
      size: samples per spatial axis that the response is made for, an int or 2 of them; None: those
        of the input that the layer is built with.
      data_format: "channels_last", "channels_first" or None: as Keras is configured.
      response_initializer: of the pairs, given their shape; None: normal deviates of standard
        deviation 0.02, as GFNet's.
      response_regularizer, response_constraint: as for a kernel of Keras; they see the pairs.

    Input: float [batch, height, width, channels]; channels_first [batch, channels, height, width].
      Sizes may be unknown until the model runs where `size` is given or the layer has been built.

    Output: as the input.

    Weights: response [height, width//2 + 1, channels, 2], which no policy rounds: float64 where
      the layer computes in it, else float32. In the order of `numpy.fft.rfft2`; GFNet's
      `complex_weight` is the same array, for its "ortho" transforms undo each other.

    Raises:
      TypeError, ValueError: an argument that is wrong, when the layer is made; one that does not
        fit the input, when it is built. The message names layer and argument.

    Source: Rao, Zhao, Zhu, Lu & Zhou 2021, arXiv:2107.00645.
    """

    rank = 2


@register
class GlobalFilter1D(_GlobalFilter):
    """Weighs every frequency of every channel of [batch, time, channels] by a learned number.

    Equivalent to: `spectral_ops.filter(x, response)`. Arguments, errors and source are those of
    `GlobalFilter2D`; the response is [time//2 + 1, channels, 2].
    """

    rank = 1


@register
class GlobalFilter3D(_GlobalFilter):
    """Weighs every frequency of every channel of [batch, depth, height, width, channels].

    Equivalent to: `spectral_ops.filter(x, response)`. Arguments, errors and source are those of
    `GlobalFilter2D`; the response is [depth, height, width//2 + 1, channels, 2].
    """

    rank = 3
