"""Layers of the wavelet functions."""

from typing import Any

import tensorflow as tf

from spectral_ops import ops
from spectral_ops._arguments.common import as_flag, dynamic_lengths, is_tensor, one_of, signal_axes
from spectral_ops._arguments.filter_bank import as_numbers, bank_of
from spectral_ops._arguments.rules import shape_of
from spectral_ops._arguments.wavelet import (
    METHODS,
    MODES,
    Level,
    as_level,
    band_axes,
    band_shape,
    threshold_argument,
)
from spectral_ops.layers._base import Lengths, Shape, SpectralLayer, register

_ANALYSIS, _SYNTHESIS = "analysis", "synthesis"


class _Wavelet(SpectralLayer):
    """What all share: the wavelet, whose filters may be weights, and the mode."""

    sides: tuple[str, ...]  # of the filter bank, those that the layer uses

    def __init__(
        self,
        wavelet: Any,
        *,
        mode: str = "symmetric",
        trainable_filters: bool = False,
        data_format: str | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(data_format=data_format, **kwargs)
        with self.named():
            one_of("mode", mode, MODES)
            self.wavelet = as_numbers(wavelet)
            self.trainable_filters = as_flag("trainable_filters", trainable_filters)
        self.mode = mode
        self._bank = bank_of(self.wavelet)
        self._learned: list[Any] = []

    def build(self, input_shape: Any) -> None:
        """Checks what is known of the input; makes the filters that are learned."""
        self.compute_output_shape(input_shape)
        if self.trainable_filters:
            for side in self.sides:
                first = self._bank[:2] if side == _ANALYSIS else self._bank[2:]
                self._learned.append(
                    self.add_weight(
                        name=side,
                        shape=first.shape,
                        initializer=lambda shape, dtype, first=first: tf.constant(first, dtype),
                        dtype=self.wide_dtype,
                        autocast=False,
                    )
                )
        self.built = True

    @property
    def filters(self) -> Any:
        """What the functions take as `wavelet`."""
        if not self._learned:
            return self.wavelet
        first, last = self._learned[0], self._learned[-1]
        return tf.unstack(tf.concat([first, last], 0))

    def get_config(self) -> dict[str, Any]:
        """What `from_config` makes the same layer of."""
        return super().get_config() | {
            "wavelet": self.wavelet,
            "mode": self.mode,
            "trainable_filters": self.trainable_filters,
            "data_format": self.data_format,
        }

    @property
    def settings(self) -> dict[str, Any]:
        """What each function is told besides."""
        return dict(mode=self.mode, data_format=self.data_format)

    @property
    def _level(self) -> Level:
        return Level("dwt", self.mode, self.data_format, self.rank)

    @property
    def _bands(self) -> int:
        return int(2**self.rank)

    def halved(self, lengths: Lengths) -> list[int | None]:
        """The lengths of the bands of a level."""
        return [self._level.coefficients(n, self._bank.shape[1]) for n in lengths]

    def check_lengths(self, lengths: Lengths) -> None:
        """Refuses what the mode cannot extend."""
        if self.mode in ("reflect", "antireflect") and 1 in lengths:
            raise ValueError(
                f"input of length 1 on spatial axis {lengths.index(1)}; allowed with mode "
                f"{self.mode!r}: 2 or more"
            )


class _WaveletTransform(_Wavelet):
    sides = (_ANALYSIS,)

    def __init__(self, wavelet: Any, level: int | None = None, **kwargs: Any) -> None:
        super().__init__(wavelet, **kwargs)
        with self.named():
            self.level = None if level is None else as_level(level)

    def call(self, inputs: Any) -> Any:
        """The bands, in the channels; of several levels a list."""
        x = self.as_floats(inputs)
        if self.level is None:
            return self._merged(ops.dwt(x, self.filters, **self.settings))
        a, *details = ops.wavedec(x, self.filters, level=self.level, **self.settings)
        return [a, *map(self._merged, details)]

    def compute_output_shape(self, input_shape: Any) -> Any:
        """The input's with halved lengths and a channel for each band; of several levels a list."""
        with self.named():
            batch, lengths, channels = self.axes_of(input_shape)
            shapes: list[Shape] = []
            for _ in range(1 if self.level is None else self.level):
                self.check_lengths(lengths)
                lengths = self.halved(lengths)
                count = self._bands - (self.level is not None)
                shapes.insert(0, self._shape(batch, lengths, count, channels))
        return (
            shapes[0] if self.level is None else [self._shape(batch, lengths, 1, channels), *shapes]
        )

    def get_config(self) -> dict[str, Any]:
        """What `from_config` makes the same layer of."""
        return super().get_config() | {"level": self.level}

    def _shape(self, batch: Any, lengths: Lengths, count: int, channels: int | None) -> Shape:
        return self.shape_of(batch, lengths, None if channels is None else count * channels)

    def _merged(self, bands: tf.Tensor) -> tf.Tensor:
        shape = shape_of(bands, self.rank + 3, True)
        batch, lengths, count, channels = band_axes(shape, self.data_format)
        return tf.reshape(bands, self.shape_of(batch, lengths, count * channels))


class _InverseWaveletTransform(_Wavelet):
    sides = (_SYNTHESIS,)

    def __init__(self, wavelet: Any, output_size: Any = None, **kwargs: Any) -> None:
        super().__init__(wavelet, **kwargs)
        with self.named():
            self.output_size = (
                None if output_size is None else self.sizes("output_size", output_size)
            )
        self.input_spec = None  # an input may be a list

    def call(self, inputs: Any, like: Any = None) -> tf.Tensor:
        """The samples that have these bands, as many as `output_size` says or `like` has."""
        settings = dict(self.settings, output_size=self._size(like))
        if not isinstance(inputs, list | tuple):
            bands = self._split(self.as_floats(inputs), self._bands)
            return ops.idwt(bands, self.filters, **settings)
        a, *details = map(self.as_floats, inputs)
        coefficients = [a, *(self._split(each, self._bands - 1) for each in details)]
        return ops.waverec(coefficients, self.filters, **settings)

    def compute_output_shape(self, inputs_shape: Any, like_shape: Any = None) -> Shape:
        """The input's with about twice the lengths, and the channels of one band."""
        with self.named():
            shapes = list(inputs_shape)
            several = bool(shapes) and isinstance(shapes[0], list | tuple)
            shape = tuple(shapes[-1] if several else shapes)  # of the finest bands
            batch, lengths, channels = self.axes_of(shape)
            if several and len(shapes) == 1:
                return shape
            count = self._bands - several
            if channels is not None and channels % count:
                raise ValueError(
                    f"input shape {shape}: {channels} channels; allowed: a multiple of the {count} "
                    "bands in them"
                )
            sizes = self._most(lengths) if like_shape is None else self.axes_of(like_shape)[1]
            if self.output_size is not None:
                sizes = [*self.output_size]
            for axis, (n, most) in enumerate(zip(sizes, self._most(lengths), strict=True)):
                if n is not None and most is not None and not most - 1 <= n <= most:
                    raise ValueError(
                        f"output_size[{axis}]: {n}; allowed with input shape {shape}: {most - 1} "
                        f"or {most}"
                    )
            return self.shape_of(batch, sizes, None if channels is None else channels // count)

    def get_config(self) -> dict[str, Any]:
        """What `from_config` makes the same layer of."""
        return super().get_config() | {"output_size": self.output_size}

    def _most(self, lengths: Lengths) -> list[int | None]:
        """The most samples that have so many coefficients."""
        taps = self._bank.shape[1]
        most = [self._level._replace(rule="idwt").samples(h, taps) for h in lengths]
        for axis, n in enumerate(most):
            if n is not None and n < 1:
                raise ValueError(
                    f"input of length {lengths[axis]} on spatial axis {axis}; allowed with {taps} "
                    f"taps: {taps // 2} or more"
                )
        return most

    def _size(self, like: Any) -> Any:
        """What the functions are told."""
        if like is None or self.output_size is not None:
            return self.output_size
        _, known, _ = self.axes_of(like.shape)
        return dynamic_lengths(like, self.data_format) if None in known else known

    def _split(self, x: Any, count: int) -> tf.Tensor:
        """Channels as `count` bands."""
        shape = shape_of(x, self.rank + 2, True)
        batch, lengths, channels = signal_axes(shape, self.data_format)
        return tf.reshape(x, band_shape(batch, lengths, count, channels // count, self.data_format))


class _WaveletPooling(_Wavelet):
    sides = (_ANALYSIS,)

    def __init__(self, wavelet: Any = "haar", **kwargs: Any) -> None:
        super().__init__(wavelet, **kwargs)

    def call(self, inputs: Any) -> tf.Tensor:
        """The lowpass band, of which a constant keeps its value."""
        return ops.wavelet_pool(self.as_floats(inputs), self.filters, **self.settings)

    def compute_output_shape(self, input_shape: Any) -> Shape:
        """The input's with halved lengths."""
        with self.named():
            batch, lengths, channels = self.axes_of(input_shape)
            self.check_lengths(lengths)
            return self.shape_of(batch, self.halved(lengths), channels)


class _WaveletDenoising(_Wavelet):
    sides = (_ANALYSIS, _SYNTHESIS)

    def __init__(
        self,
        wavelet: Any,
        level: int | None = None,
        threshold: Any = "bayes",
        method: str = "soft",
        **kwargs: Any,
    ) -> None:
        super().__init__(wavelet, **kwargs)
        with self.named():
            self.level = None if level is None else as_level(level)
            one_of("method", method, METHODS)
            if is_tensor(threshold):
                raise TypeError(f"threshold: {threshold!r}; allowed: a name or a number")
            threshold_argument(threshold, tf.float32)
        self.threshold = threshold if isinstance(threshold, str) else float(threshold)
        self.method = method

    def call(self, inputs: Any) -> tf.Tensor:
        """The input without what is noise."""
        return ops.wavelet_denoise(
            self.as_floats(inputs),
            self.filters,
            level=self.level,
            threshold=self.threshold,
            method=self.method,
            **self.settings,
        )

    def compute_output_shape(self, input_shape: Any) -> Shape:
        """The input's."""
        with self.named():
            _, lengths, _ = self.axes_of(input_shape)
            if self.level is None and None in lengths:
                raise ValueError(
                    f"level: None with input shape {tuple(input_shape)}; allowed where the length "
                    "of every spatial axis is known"
                )
        return tuple(input_shape)

    def get_config(self) -> dict[str, Any]:
        """What `from_config` makes the same layer of."""
        return super().get_config() | {
            "level": self.level,
            "threshold": self.threshold,
            "method": self.method,
        }


@register
class WaveletTransform2D(_WaveletTransform):
    """Splits its input into the bands of a wavelet, which stand beside each other in the channels.

    Equivalent to: `spectral_ops.dwt(x, wavelet)`, or of several levels `spectral_ops.wavedec`, with
    every tensor reshaped to the rank of the input, as Keras' layers take it: channel
    `band * channels + c`.

    Args:
      wavelet: a name of `spectral_ops.wavelets.names()`, an object with `filter_bank`, or filters
        (dec_lo, dec_hi) or (dec_lo, dec_hi, rec_lo, rec_hi).
      level: None for one level and one tensor of all its bands; or 0 to 24 levels, which are a list
        [a_L, details_L, .., details_1].
      mode: what the input is extended by at its ends, as for `dwt`.
      trainable_filters: makes the filters weights, the wavelet's at first.
      data_format: "channels_last", "channels_first" or None: as Keras is configured.

    Input: float [batch, height, width, channels]; channels_first [batch, channels, height, width].
      Sizes may be unknown until the model runs.

    Output: [batch, *half, 4 * channels], the lengths those of `dwt`; of several levels the list of
      [batch, *small, channels] and for each level [batch, *half, 3 * channels].

    Weights: with trainable_filters, analysis [2, taps], lowpass first, which no policy rounds.

    Raises:
      TypeError, ValueError: an argument that is wrong, when the layer is made; one that does not
        fit the input, when it is built. The message names layer and argument.

    Source: as for `spectral_ops.dwt`.
    """

    rank = 2


@register
class WaveletTransform1D(_WaveletTransform):
    """Splits [batch, time, channels] into the two bands of a wavelet, in the channels.

    Equivalent to: `spectral_ops.dwt(x, wavelet)` or `wavedec`. Arguments, errors and source are
    those of `WaveletTransform2D`, with one spatial axis.
    """

    rank = 1


@register
class WaveletTransform3D(_WaveletTransform):
    """Splits [batch, depth, height, width, channels] into the eight bands of a wavelet.

    Equivalent to: `spectral_ops.dwt(x, wavelet)` or `wavedec`. Arguments, errors and source are
    those of `WaveletTransform2D`, with three spatial axes.
    """

    rank = 3


@register
class InverseWaveletTransform2D(_InverseWaveletTransform):
    """Puts the bands of a `WaveletTransform2D` together again, for the size that its input had.

    Equivalent to: `spectral_ops.idwt(bands, wavelet)`, or of a list `spectral_ops.waverec`. Since n
    and n - 1 samples have as many coefficients, the size is told: by `output_size`, or when the
    layer is called, `layer(bands, like=x)`. Else the result is the longer one.

    Args:
      wavelet: that of the transform.
      output_size: samples per spatial axis, an int or 2 of them. None: those of `like`.
      mode: that of the transform.
      trainable_filters: makes the filters weights, the wavelet's at first. They are not those of
        the transform: nothing keeps the two inverse to each other.
      data_format: "channels_last", "channels_first" or None: as Keras is configured.

    Input: what `WaveletTransform2D` gives, a tensor or a list; and as `like` a signal of the size.

    Output: float [batch, height, width, channels]; channels_first [batch, channels, height, width].

    Weights: with trainable_filters, synthesis [2, taps], lowpass first, which no policy rounds.

    Errors and source are those of `WaveletTransform2D`.
    """

    rank = 2


@register
class InverseWaveletTransform1D(_InverseWaveletTransform):
    """Puts the bands of a `WaveletTransform1D` together again, for the size that its input had.

    Equivalent to: `spectral_ops.idwt(bands, wavelet)` or `waverec`. Arguments and errors are those
    of `InverseWaveletTransform2D`, with one spatial axis.
    """

    rank = 1


@register
class InverseWaveletTransform3D(_InverseWaveletTransform):
    """Puts the bands of a `WaveletTransform3D` together again, for the size that its input had.

    Equivalent to: `spectral_ops.idwt(bands, wavelet)` or `waverec`. Arguments and errors are those
    of `InverseWaveletTransform2D`, with three spatial axes.
    """

    rank = 3


@register
class WaveletPooling2D(_WaveletPooling):
    """Pools by two: a wavelet's lowpass band, scaled so that a constant keeps its value.

    Equivalent to: `spectral_ops.wavelet_pool(x, wavelet)`. With "haar" it stands where
    `AveragePooling2D()` does; smoother wavelets alias less.

    Args:
      wavelet, mode, trainable_filters, data_format: as for `WaveletTransform2D`. Of filters that
        are learned, the highpass one has no effect.

    Input: float [batch, height, width, channels]; channels_first [batch, channels, height, width].

    Output: [batch, *half, channels], the lengths those of `dwt`.

    Weights: with trainable_filters, analysis [2, taps], which no policy rounds.

    Errors are those of `WaveletTransform2D`. Source: as for `spectral_ops.wavelet_pool`.
    """

    rank = 2


@register
class WaveletPooling1D(_WaveletPooling):
    """Pools [batch, time, channels] by two: a wavelet's lowpass band.

    Equivalent to: `spectral_ops.wavelet_pool(x, wavelet)`. Arguments and errors are those of
    `WaveletPooling2D`, with one spatial axis.
    """

    rank = 1


@register
class WaveletPooling3D(_WaveletPooling):
    """Pools [batch, depth, height, width, channels] by two: a wavelet's lowpass band.

    Equivalent to: `spectral_ops.wavelet_pool(x, wavelet)`. Arguments and errors are those of
    `WaveletPooling2D`, with three spatial axes.
    """

    rank = 3


@register
class WaveletDenoising2D(_WaveletDenoising):
    """Removes white noise: small details of a wavelet become zero, while it trains or not.

    Equivalent to: `spectral_ops.wavelet_denoise(x, wavelet, level=.., threshold=.., method=..)`.

    Args:
      wavelet: as for `WaveletTransform2D`.
      level: 0 to 24 levels. None: as many as `wavelet_denoise` takes; the input's lengths must then
        be known.
      threshold: "bayes", "universal" or a number of 0 or more.
      method: "soft", "hard" or "garrote".
      mode, trainable_filters, data_format: as for `WaveletTransform2D`.

    Input: float [batch, height, width, channels]; channels_first [batch, channels, height, width].

    Output: as the input.

    Weights: with trainable_filters, analysis and synthesis [2, taps], lowpass first, which no
      policy rounds.

    Errors are those of `WaveletTransform2D`. Source: as for `spectral_ops.wavelet_denoise`.
    """

    rank = 2


@register
class WaveletDenoising1D(_WaveletDenoising):
    """Removes white noise from [batch, time, channels].

    Equivalent to: `spectral_ops.wavelet_denoise(x, wavelet)`. Arguments and errors are those of
    `WaveletDenoising2D`, with one spatial axis.
    """

    rank = 1


@register
class WaveletDenoising3D(_WaveletDenoising):
    """Removes white noise from [batch, depth, height, width, channels].

    Equivalent to: `spectral_ops.wavelet_denoise(x, wavelet)`. Arguments and errors are those of
    `WaveletDenoising2D`, with three spatial axes.
    """

    rank = 3
