"""Layers of `conv` and `depthwise_conv`, which stand where Keras' convolutions do."""

from collections.abc import Sequence
from typing import Any

import tensorflow as tf

from spectral_ops import ops
from spectral_ops._arguments.common import as_ints, one_of
from spectral_ops._arguments.conv import ALGORITHMS, PADDINGS
from spectral_ops._filters import filters_from_spectrum, spectrum_from_filters
from spectral_ops.layers._base import Lengths, Shape, WeightedLayer, register
from spectral_ops.layers.spectral_conv import as_channels

PARAMETRIZATIONS = ("spatial", "spectral")
_MAX_SPECTRAL_TAPS = 4096  # as filters_from_spectrum takes


class _Convolution(WeightedLayer):
    """What both kinds share: taps, padding, and filters stored as they are or as spectra."""

    def __init__(
        self,
        kernel_size: Any,
        strides: Any,
        padding: str,
        dilation_rate: Any,
        parametrization: str,
        algorithm: str,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        with self.named():
            one_of("parametrization", parametrization, PARAMETRIZATIONS)
            one_of("algorithm", algorithm, ALGORITHMS)
            most = {"most": _MAX_SPECTRAL_TAPS} if parametrization == "spectral" else {}
            self.kernel_size = self.sizes("kernel_size", kernel_size, **most)
            self.padding = padding.lower() if isinstance(padding, str) else padding
            one_of("padding", self.padding, PADDINGS)
            for name, value in (("strides", strides), ("dilation_rate", dilation_rate)):
                if set(as_ints(value) or [0]) != {1}:
                    raise ValueError(f"{name}: {value!r}; allowed: 1, others are not supported yet")
        self.parametrization = parametrization
        self.algorithm = algorithm
        self._stored: Any = None

    @property
    def kernel(self) -> Any:
        """The filters: the weight itself, or what is made of the spectrum that it holds."""
        if self._stored is None:
            raise AttributeError(
                f"{type(self).__name__} {self.name!r}: there is no kernel before the layer is built"
            )
        if self.parametrization == "spatial":
            return self._stored
        return filters_from_spectrum(self._stored, self.kernel_size)

    def add_filters(self, channels: Sequence[int]) -> None:
        """The weight that `kernel` is or is made of, from the initializer for filters."""
        shape = (*self.kernel_size, *channels)
        if self.parametrization == "spatial":
            self._stored = self.add_kernel(self.kernel_name, shape, self.initializer, wide=False)
            return

        def initializer(shape: Any, dtype: Any = None) -> tf.Tensor:
            return spectrum_from_filters(self.initializer(shape, dtype=dtype))

        self._stored = self.add_kernel("spectrum", shape, initializer, wide=True)

    def check_taps(self, lengths: Lengths) -> None:
        """Refuses filters that padding "valid" lets no output of."""
        for axis, (n, k) in enumerate(zip(lengths, self.kernel_size, strict=True)):
            if self.padding == "valid" and n is not None and k > n:
                raise ValueError(
                    f"kernel_size: {self.kernel_size}; allowed with padding 'valid' and "
                    f"{n} samples on spatial axis {axis}: at most {n}"
                )

    def output_lengths(self, lengths: Lengths) -> list[int | None]:
        """Those of the output, None where unknown."""
        sign = {"full": 1, "valid": -1}.get(self.padding, 0)
        pairs = zip(lengths, self.kernel_size, strict=True)
        return [None if n is None else n + sign * (k - 1) for n, k in pairs]

    def settings(self) -> dict[str, Any]:
        """What the functions of both kinds are called with."""
        return dict(padding=self.padding, data_format=self.data_format, algorithm=self.algorithm)

    def get_config(self) -> dict[str, Any]:
        """What `from_config` makes the same layer of."""
        return super().get_config() | {
            "kernel_size": self.kernel_size,
            "padding": self.padding,
            "parametrization": self.parametrization,
            "algorithm": self.algorithm,
        }


class _FFTConv(_Convolution):
    def __init__(
        self,
        filters: int,
        kernel_size: Any,
        strides: Any = 1,
        padding: str = "valid",
        data_format: str | None = None,
        dilation_rate: Any = 1,
        groups: int = 1,
        activation: Any = None,
        use_bias: bool = True,
        kernel_initializer: Any = "glorot_uniform",
        bias_initializer: Any = "zeros",
        kernel_regularizer: Any = None,
        bias_regularizer: Any = None,
        activity_regularizer: Any = None,
        kernel_constraint: Any = None,
        bias_constraint: Any = None,
        *,
        parametrization: str = "spatial",
        algorithm: str = "auto",
        **kwargs: Any,
    ) -> None:
        super().__init__(
            kernel_size,
            strides,
            padding,
            dilation_rate,
            parametrization,
            algorithm,
            data_format=data_format,
            activation=activation,
            use_bias=use_bias,
            initializer=kernel_initializer or "glorot_uniform",
            bias_initializer=bias_initializer or "zeros",
            regularizer=kernel_regularizer,
            bias_regularizer=bias_regularizer,
            activity_regularizer=activity_regularizer,
            constraint=kernel_constraint,
            bias_constraint=bias_constraint,
            **kwargs,
        )
        with self.named():
            self.filters = as_channels("filters", filters)
            self.groups = as_channels("groups", groups)
            if self.filters % self.groups:
                raise ValueError(
                    f"groups: {self.groups}; allowed: a divisor of filters, {self.filters}"
                )

    def build(self, input_shape: Any) -> None:
        """Makes filters and bias, and checks what is known of the input."""
        with self.named():
            _, lengths, _ = self.axes_of(input_shape)
            self.check_taps(lengths)
            channels = self.known_channels(input_shape)
            if channels % self.groups:
                raise ValueError(
                    f"groups: {self.groups}; allowed: a divisor of the input's channels, {channels}"
                )
        self.add_filters((channels // self.groups, self.filters))
        self.add_bias(self.filters)
        self.fix_channels(channels)
        self.built = True

    def call(self, inputs: Any) -> tf.Tensor:
        """The convolution, with bias and activation."""
        x = self.as_floats(inputs)
        return self.finish(ops.conv(x, self.kernel, groups=self.groups, **self.settings()))

    def compute_output_shape(self, input_shape: Any) -> Shape:
        """The input's, with `filters` channels and the lengths that `padding` leaves."""
        with self.named():
            batch, lengths, _ = self.axes_of(input_shape)
            self.check_taps(lengths)
        return self.shape_of(batch, self.output_lengths(lengths), self.filters)

    def get_config(self) -> dict[str, Any]:
        """What `from_config` makes the same layer of."""
        return super().get_config() | {"filters": self.filters, "groups": self.groups}


class _FFTDepthwiseConv(_Convolution):
    kernel_name = "depthwise"

    def __init__(
        self,
        kernel_size: Any,
        *,
        depth_multiplier: int = 1,
        strides: Any = 1,
        padding: str = "valid",
        data_format: str | None = None,
        dilation_rate: Any = 1,
        activation: Any = None,
        use_bias: bool = True,
        depthwise_initializer: Any = "glorot_uniform",
        bias_initializer: Any = "zeros",
        depthwise_regularizer: Any = None,
        bias_regularizer: Any = None,
        activity_regularizer: Any = None,
        depthwise_constraint: Any = None,
        bias_constraint: Any = None,
        parametrization: str = "spatial",
        algorithm: str = "auto",
        **kwargs: Any,
    ) -> None:
        super().__init__(
            kernel_size,
            strides,
            padding,
            dilation_rate,
            parametrization,
            algorithm,
            data_format=data_format,
            activation=activation,
            use_bias=use_bias,
            initializer=depthwise_initializer or "glorot_uniform",
            bias_initializer=bias_initializer or "zeros",
            regularizer=depthwise_regularizer,
            bias_regularizer=bias_regularizer,
            activity_regularizer=activity_regularizer,
            constraint=depthwise_constraint,
            bias_constraint=bias_constraint,
            **kwargs,
        )
        with self.named():
            self.depth_multiplier = as_channels("depth_multiplier", depth_multiplier)

    def build(self, input_shape: Any) -> None:
        """Makes filters and bias, and checks what is known of the input."""
        with self.named():
            _, lengths, _ = self.axes_of(input_shape)
            self.check_taps(lengths)
            channels = self.known_channels(input_shape)
        self.add_filters((channels, self.depth_multiplier))
        self.add_bias(channels * self.depth_multiplier)
        self.fix_channels(channels)
        self.built = True

    def call(self, inputs: Any) -> tf.Tensor:
        """The convolution, with bias and activation."""
        x = self.as_floats(inputs)
        return self.finish(ops.depthwise_conv(x, self.kernel, **self.settings()))

    def compute_output_shape(self, input_shape: Any) -> Shape:
        """The input's, with more channels and the lengths that `padding` leaves."""
        with self.named():
            batch, lengths, channels = self.axes_of(input_shape)
            self.check_taps(lengths)
        channels = None if channels is None else channels * self.depth_multiplier
        return self.shape_of(batch, self.output_lengths(lengths), channels)

    def get_config(self) -> dict[str, Any]:
        """What `from_config` makes the same layer of."""
        return super().get_config() | {"depth_multiplier": self.depth_multiplier}


@register
class FFTConv2D(_FFTConv):
    """Convolution with a kernel of any size, by FFTs where they are faster.

    Equivalent to: `keras.layers.Conv2D(filters, kernel_size, ..)`, in whose place it stands; that
    is, `activation(spectral_ops.conv(x, kernel) + bias)`. The weights have the same shapes, so that
    `set_weights` takes those of a `Conv2D` unless they are spectral.

    Args:
      filters: channels of the output.
      kernel_size: taps on each spatial axis, an int or 2 of them.
      strides, dilation_rate: 1; no others are supported yet.
      padding: "valid", "same", "full" or "circular", as for `conv`; upper case serves, too.
      data_format: "channels_last", "channels_first" or None: as Keras is configured.
      groups: parts into which both kinds of channels are cut; each meets its own alone.
      activation, use_bias, kernel_initializer, bias_initializer, kernel_regularizer,
        bias_regularizer, activity_regularizer, kernel_constraint, bias_constraint: as for
        `keras.layers.Conv2D`. Regularizer and constraint see the weight that is stored.
      parametrization: "spatial": the filters are the weight. "spectral": their packed spectrum is,
        of as many numbers, and the filters are `filters_from_spectrum` of it. It begins where the
        initializer's filters lie. The same model then, but each step of an optimizer that treats
        every number by itself, such as Adam, is another.
      algorithm: "auto", "fft" or "direct", as for `conv`.

    Input: float [batch, height, width, in]; channels_first [batch, in, height, width].

    Output: [batch, *lengths, filters], in the same layout.

    Weights: kernel [*kernel_size, in/groups, filters]; or spectrum, of the same shape, which no
      policy rounds: float64 where the layer computes in it, else float32; bias [filters].

    Raises:
      TypeError, ValueError: an argument that is wrong, when the layer is made; one that does not
        fit the input, when it is built. The message names layer and argument.

    Source: as for `conv`; of the spectral parametrization Rippel, Snoek & Adams 2015,
      arXiv:1506.03767, section 5.
    """

    rank = 2


@register
class FFTConv1D(_FFTConv):
    """Convolution of [batch, time, in] with a kernel of any size, by FFTs where they are faster.

    Equivalent to: `keras.layers.Conv1D(filters, kernel_size, ..)`. Arguments, errors and source are
    those of `FFTConv2D`, with one spatial axis.
    """

    rank = 1


@register
class FFTConv3D(_FFTConv):
    """Convolution of [batch, depth, height, width, in], by FFTs where they are faster.

    Equivalent to: `keras.layers.Conv3D(filters, kernel_size, ..)`. Arguments, errors and source are
    those of `FFTConv2D`, with three spatial axes.
    """

    rank = 3


@register
class FFTDepthwiseConv2D(_FFTDepthwiseConv):
    """Convolves each channel with filters of its own, by FFTs where they are faster.

    Equivalent to: `keras.layers.DepthwiseConv2D(kernel_size, ..)`, in whose place it stands; that
    is, `activation(spectral_ops.depthwise_conv(x, kernel) + bias)`.

    Args:
      kernel_size: taps on each spatial axis, an int or 2 of them. All others by name.
      depth_multiplier: output channels for each of the input; those of channel c begin at
        c * depth_multiplier.
      strides, dilation_rate, padding, data_format, parametrization, algorithm: as for `FFTConv2D`.
      activation, use_bias, depthwise_initializer, bias_initializer, depthwise_regularizer,
        bias_regularizer, activity_regularizer, depthwise_constraint, bias_constraint: as for
        `keras.layers.DepthwiseConv2D`.

    Input: float [batch, height, width, channels]; channels_first [batch, channels, height, width].

    Output: [batch, *lengths, channels * depth_multiplier], in the same layout.

    Weights: depthwise [*kernel_size, channels, depth_multiplier]; or spectrum, of the same shape,
      which no policy rounds; bias [channels * depth_multiplier].

    Raises:
      TypeError, ValueError: an argument that is wrong, when the layer is made; one that does not
        fit the input, when it is built. The message names layer and argument.

    Source: as for `FFTConv2D`.
    """

    rank = 2


@register
class FFTDepthwiseConv1D(_FFTDepthwiseConv):
    """Convolves each channel of [batch, time, channels] with filters of its own.

    Equivalent to: `keras.layers.DepthwiseConv1D(kernel_size, ..)`. Arguments, errors and source are
    those of `FFTDepthwiseConv2D`, with one spatial axis.
    """

    rank = 1


@register
class FFTDepthwiseConv3D(_FFTDepthwiseConv):
    """Convolves each channel of [batch, depth, height, width, channels] with filters of its own.

    Equivalent to: `spectral_ops.depthwise_conv(x, kernel)`, with bias and activation. Arguments,
    errors and source are those of `FFTDepthwiseConv2D`, with three spatial axes.
    """

    rank = 3
