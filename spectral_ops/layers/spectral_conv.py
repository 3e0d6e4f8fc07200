"""Layers of `spectral_conv`."""

from typing import Any

import tensorflow as tf

from spectral_ops import ops
from spectral_ops._arguments.common import NORMS, as_int, one_of
from spectral_ops.layers._base import Shape, WeightedLayer, keras, register


class _SpectralConv(WeightedLayer):
    def __init__(
        self,
        filters: int,
        modes: Any,
        *,
        separable: bool = False,
        output_size: Any = None,
        norm: str = "forward",
        data_format: str | None = None,
        activation: Any = None,
        use_bias: bool = True,
        kernel_initializer: Any = None,
        bias_initializer: Any = "zeros",
        kernel_regularizer: Any = None,
        bias_regularizer: Any = None,
        kernel_constraint: Any = None,
        bias_constraint: Any = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(
            data_format=data_format,
            activation=activation,
            use_bias=use_bias,
            initializer=kernel_initializer,
            bias_initializer=bias_initializer,
            regularizer=kernel_regularizer,
            bias_regularizer=bias_regularizer,
            constraint=kernel_constraint,
            bias_constraint=bias_constraint,
            **kwargs,
        )
        with self.named():
            one_of("norm", norm, NORMS)
            self.filters = as_channels("filters", filters)
            self.modes = self.sizes("modes", modes)
            self.output_size = (
                None if output_size is None else self.sizes("output_size", output_size)
            )
        self.separable = bool(separable)
        self.norm = norm

    def build(self, input_shape: Any) -> None:
        """Makes the weights, which depend on the input's channels alone."""
        with self.named():
            channels = self.known_channels(input_shape)
            if self.separable and channels != self.filters:
                raise ValueError(
                    f"filters: {self.filters}; allowed with separable=True: the input's channels, "
                    f"{channels}"
                )
        mixing = (channels,) if self.separable else (channels, self.filters)
        fans = 2 if self.separable else sum(mixing)
        initializer = self.initializer or keras.initializers.RandomNormal(stddev=fans**-0.5)
        shape = (*self.modes[:-1], self.modes[-1] // 2 + 1, *mixing, 2)
        self.kernel = self.add_kernel("kernel", shape, initializer, wide=True)
        self.add_bias(self.filters)
        self.fix_channels(channels)
        self.built = True

    def call(self, inputs: Any) -> tf.Tensor:
        """The input's low modes, mixed, at its size or at `output_size`."""
        y = ops.spectral_conv(
            self.as_floats(inputs),
            self.kernel,
            output_size=self.output_size,
            norm=self.norm,
            data_format=self.data_format,
        )
        return self.finish(y)

    def compute_output_shape(self, input_shape: Any) -> Shape:
        """The input's, with `filters` channels and `output_size` samples."""
        with self.named():
            batch, lengths, _ = self.axes_of(input_shape)
        return self.shape_of(batch, self.output_size or lengths, self.filters)

    def get_config(self) -> dict[str, Any]:
        """What `from_config` makes the same layer of."""
        return super().get_config() | {
            "filters": self.filters,
            "modes": self.modes,
            "separable": self.separable,
            "output_size": self.output_size,
            "norm": self.norm,
        }


def as_channels(name: str, value: Any) -> int:
    """A number of channels."""
    count = as_int(value)
    allowed = f"allowed: an int from 1 to {2**31 - 1}"
    if count is None:
        raise TypeError(f"{name}: {value!r}; {allowed}")
    if not 1 <= count < 2**31:
        raise ValueError(f"{name}: {value!r}; {allowed}")
    return count


@register
class SpectralConv2D(_SpectralConv):
    """Mixes the channels of its input's low Fourier modes: the layer of Fourier neural operators.

    Equivalent to: `activation(spectral_ops.spectral_conv(x, kernel) + bias)`, the kernel as real
    pairs. It serves inputs of any size; one of n samples uses min(modes, n) modes.

    Args:
      filters: channels of the output.
      modes: frequencies on each spatial axis, an int or 2 of them: -(k//2) .. (k - 1)//2 for k,
        and on the last axis 0 .. k//2, which stand for their conjugates as well.
      separable: each channel by itself; `filters` must then be the input's channels.
      output_size: samples per spatial axis of the output, an int or 2 of them; None: the input's.
      norm: that of `resample` where `output_size` differs from the input's.
      data_format: "channels_last", "channels_first" or None: as Keras is configured.
      activation, use_bias: as for `keras.layers.Conv2D`.
      kernel_initializer: of the pairs, given their shape; None: normal deviates whose complex
        variance is 2/(in + filters), 1 if separable.
      bias_initializer, kernel_regularizer, bias_regularizer, activity_regularizer,
        kernel_constraint, bias_constraint: as for `keras.layers.Conv2D`; those of the kernel see
        the pairs.

    Input: float [batch, height, width, in]; channels_first [batch, in, height, width].

    Output: [batch, *output_size, filters], in the same layout.

    Weights: kernel [modes[0], modes[1]//2 + 1, in, filters, 2], separable [.., in, 2], which no
      policy rounds: float64 where the layer computes in it, else float32; bias [filters].

    Raises:
      TypeError, ValueError: an argument that is wrong, when the layer is made; one that does not
        fit the input, when it is built. The message names layer and argument.

    Source: Li et al. 2020, arXiv:2010.08895, section 4.
    """

    rank = 2


@register
class SpectralConv1D(_SpectralConv):
    """Mixes the channels of the low Fourier modes of [batch, time, in].

    Equivalent to: `activation(spectral_ops.spectral_conv(x, kernel) + bias)`. Arguments, errors and
    source are those of `SpectralConv2D`; the kernel is [modes//2 + 1, in, filters, 2].
    """

    rank = 1


@register
class SpectralConv3D(_SpectralConv):
    """Mixes the channels of the low Fourier modes of [batch, depth, height, width, in].

    Equivalent to: `activation(spectral_ops.spectral_conv(x, kernel) + bias)`. Arguments, errors and
    source are those of `SpectralConv2D`; the kernel is
    [modes[0], modes[1], modes[2]//2 + 1, in, filters, 2].
    """

    rank = 3
