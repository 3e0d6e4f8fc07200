"""Layers that drop high frequencies while a model trains."""

import math
import numbers
from typing import Any

import tensorflow as tf

from spectral_ops import ops
from spectral_ops._arguments.common import dynamic_lengths
from spectral_ops.layers._base import Shape, SpectralLayer, keras, register


class _FrequencyDropout(SpectralLayer):
    min_fraction: float
    seed: int | None
    seed_generator: Any

    def __init__(
        self,
        min_fraction: float,
        *,
        seed: int | None = None,
        data_format: str | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(data_format=data_format, **kwargs)
        with self.named():
            allowed = "allowed: a number from 0 to 1"
            if isinstance(min_fraction, bool) or not isinstance(min_fraction, numbers.Real):
                raise TypeError(f"min_fraction: {min_fraction!r}; {allowed}")
            if not (math.isfinite(min_fraction) and 0 <= min_fraction <= 1):
                raise ValueError(f"min_fraction: {min_fraction!r}; {allowed}")
        self.min_fraction = float(min_fraction)
        self.seed = seed
        self.seed_generator = keras.random.SeedGenerator(seed)
        self.supports_masking = True

    def build(self, input_shape: Any) -> None:
        """Checks what is known of the input."""
        self.compute_output_shape(input_shape)
        self.built = True

    def call(self, inputs: Any, training: bool | None = None) -> tf.Tensor:
        """The low band of the input while training, else the input."""
        inputs = self.as_floats(inputs)
        if not training:
            return inputs
        dtype = self.wide_dtype
        cutoff = keras.random.uniform(
            (), self.min_fraction, 1.0, dtype=dtype, seed=self.seed_generator
        )
        _, known, _ = self.axes_of(inputs.shape)
        lengths = dynamic_lengths(inputs, self.data_format)
        sizes = [lengths[axis] if n is None else n for axis, n in enumerate(known)]
        windows = []
        for n in sizes:  # frequency k is k / (n/2) of Nyquist's
            k = tf.range(n // 2 + 1)
            windows.append(tf.cast(tf.cast(2 * k, dtype) <= cutoff * tf.cast(n, dtype), dtype))
        y = ops.resample(inputs, sizes, windows=windows, data_format=self.data_format)
        y.set_shape(inputs.shape)
        return y

    def compute_output_shape(self, input_shape: Any) -> Shape:
        """The input's."""
        with self.named():
            self.axes_of(input_shape)
        return tuple(input_shape)

    def get_config(self) -> dict[str, Any]:
        """What `from_config` makes the same layer of."""
        return super().get_config() | {
            "min_fraction": self.min_fraction,
            "seed": self.seed,
            "data_format": self.data_format,
        }


@register
class FrequencyDropout2D(_FrequencyDropout):
    """Drops the frequencies above a random cutoff while a model trains; the identity elsewhere.

    Each call draws one c from the uniform distribution on [min_fraction, 1) and keeps, on each
    axis, the frequencies |f| <= c * Nyquist's. What is kept is not rescaled.

    Equivalent to, while training:
    `spectral_ops.resample(x, size, windows=[2 * range(n//2 + 1) <= c * n for n in size])`, `size`
    being that of `x`.

    Args:
      min_fraction: the least fraction of the band that is kept, from 0 to 1. With 0, it may be
        the mean alone; with 1, all is kept.
      seed: an int for the same sequence in each process, or None.
      data_format: "channels_last", "channels_first" or None: as Keras is configured.

    Input: float [batch, height, width, channels]; channels_first [batch, channels, height, width].

    Output: as the input.

    Raises:
      TypeError, ValueError: an argument that is wrong, when the layer is made. The message names
        layer and argument.

    Source: Rippel, Snoek & Adams 2015, arXiv:1506.03767, section 4.2, where the cutoff is drawn
      anew for each step.
    """

    rank = 2


@register
class FrequencyDropout1D(_FrequencyDropout):
    """Drops the frequencies of [batch, time, channels] above a random cutoff while training.

    Equivalent to: `resample` with a window of ones and zeros. Arguments, errors and source are
    those of `FrequencyDropout2D`, with one spatial axis.
    """

    rank = 1


@register
class FrequencyDropout3D(_FrequencyDropout):
    """Drops the frequencies of [batch, depth, height, width, channels] above a random cutoff.

    Equivalent to: `resample` with windows of ones and zeros. Arguments, errors and source are those
    of `FrequencyDropout2D`, with three spatial axes.
    """

    rank = 3
