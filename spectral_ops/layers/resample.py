"""Layers of `pool` and `resample`."""

from collections.abc import Callable
from fractions import Fraction
from typing import Any

import numpy as np
import tensorflow as tf

from spectral_ops import ops
from spectral_ops._arguments.common import NORMS, one_of, signal_axes
from spectral_ops._arguments.resample import as_alignment
from spectral_ops._arguments.rules import MAX_AXIS_LENGTH
from spectral_ops._arguments.windows import (
    WINDOW_NAMES,
    as_window_name,
    window_length,
)
from spectral_ops.layers._base import Lengths, Shape, SpectralLayer, Strides, register

LEARNED = "learned"


class _Resampling(SpectralLayer):
    """Either class: a function, and which strides it takes."""

    function: Callable[..., tf.Tensor]
    least_stride: Fraction
    output_size: Any  # ints, or None

    def __init__(
        self,
        output_size: Any = None,
        strides: Any = None,
        *,
        boundary: str = "periodic",
        alignment: str | None = None,
        norm: str = "forward",
        windows: Any = None,
        data_format: str | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(data_format=data_format, **kwargs)
        with self.named():
            self._alignment = as_alignment(boundary, alignment)
            one_of("norm", norm, NORMS)
            if (output_size is None) == (strides is None):
                raise ValueError(
                    f"output_size: {output_size!r}, strides: {strides!r}; allowed: one of the two"
                )
            self.output_size = (
                None if output_size is None else self.sizes("output_size", output_size)
            )
            self._strides = (
                None if strides is None else Strides(strides, self.rank, least=self.least_stride)
            )
            self._fixed = _as_windows(windows, self.rank)
        self.boundary = boundary
        self.alignment = alignment
        self.norm = norm
        is_learned = isinstance(windows, str) and windows == LEARNED
        self.windows = LEARNED if is_learned else self._fixed
        self._learned: list[Any] = []

    def build(self, input_shape: Any) -> None:
        """Checks sizes as far as they are known; makes the windows that are learned."""
        with self.named():
            _, lengths, _ = self.axes_of(input_shape)
            bands = self._bands(lengths)
            if self.windows == LEARNED:
                if None in bands:
                    raise ValueError(
                        f"windows: 'learned' with input shape {tuple(input_shape)}; allowed where "
                        "the length of every spatial axis is known"
                    )
                for axis, band in enumerate(bands):
                    self._learned.append(
                        self.add_weight(
                            name=f"window_{axis}",
                            shape=(band,),
                            initializer="ones",
                            dtype=self.wide_dtype,
                            autocast=False,
                        )
                    )
            for axis, (band, window) in enumerate(zip(bands, self._fixed or (), strict=False)):
                given = _numbers(window)
                if band is not None and given is not None and len(given) != band:
                    rule = "min(n, m)" if self.boundary == "symmetric" else "min(n, m)//2 + 1"
                    raise ValueError(
                        f"windows[{axis}]: length {len(given)}; allowed: {rule} = {band}"
                    )
        self.built = True

    def call(self, inputs: Any) -> tf.Tensor:
        """The input at its new size."""
        inputs = self.as_floats(inputs)
        settings = dict(
            boundary=self.boundary,
            alignment=self._alignment,
            norm=self.norm,
            windows=self._learned or self._fixed,
            data_format=self.data_format,
        )
        function = type(self).function
        if self._strides is None:
            return function(inputs, self.output_size, **settings)
        _, lengths, _ = signal_axes(inputs.shape.as_list(), self.data_format)
        size = self._strides.lengths(lengths)
        if None not in size:
            return function(inputs, size, **settings)
        y = function(inputs, self._strides.tensor(inputs, self.data_format), **settings)
        y.set_shape(self.compute_output_shape(inputs.shape))
        return y

    def compute_output_shape(self, input_shape: Any) -> Shape:
        """The input's, with the new lengths on the spatial axes."""
        with self.named():
            batch, lengths, channels = self.axes_of(input_shape)
            return self.shape_of(batch, self._output(lengths), channels)

    def get_config(self) -> dict[str, Any]:
        """What `from_config` makes the same layer of."""
        return super().get_config() | {
            "output_size": self.output_size,
            "strides": None if self._strides is None else self._strides.config(),
            "boundary": self.boundary,
            "alignment": self.alignment,
            "norm": self.norm,
            "windows": self.windows,
            "data_format": self.data_format,
        }

    def _output(self, lengths: Lengths) -> list[int | None]:
        if self._strides is None:
            return [*self.output_size]
        sizes = self._strides.lengths(lengths)
        for axis, m in enumerate(sizes):
            if m is not None and m > MAX_AXIS_LENGTH:
                raise ValueError(
                    f"strides: they give spatial axis {axis} of length {lengths[axis]} the length "
                    f"{m}; allowed: at most {MAX_AXIS_LENGTH}"
                )
        return sizes

    def _bands(self, lengths: Lengths) -> list[int | None]:
        """The length of each axis' window, None where unknown."""
        pairs = zip(lengths, self._output(lengths), strict=True)
        return [
            None if n is None or m is None else window_length(n, m, self.boundary) for n, m in pairs
        ]


class _Pooling(_Resampling):
    function = staticmethod(ops.pool)
    least_stride = Fraction(1)

    def _output(self, lengths: Lengths) -> list[int | None]:
        sizes = super()._output(lengths)
        for axis, (n, m) in enumerate(zip(lengths, sizes, strict=True)):
            if n is not None and m is not None and m > n:
                raise ValueError(
                    f"output_size[{axis}]: {m} exceeds the input's length {n} on spatial axis "
                    f"{axis}; pooling only shrinks, SpectralResampling{self.rank}D also enlarges"
                )
        return sizes


_Window = tuple[Any, ...] | str | None  # numbers, a name or nothing


def _as_windows(windows: Any, rank: int) -> tuple[_Window, ...] | None:
    """Fixed windows as names and floats, which a config can hold, one for each axis."""
    if windows is None or (isinstance(windows, str) and windows == LEARNED):
        return None
    allowed = (
        f"allowed: None, 'learned', {WINDOW_NAMES}, or for each of the {rank} axes None, such a "
        "name or 1-D numbers"
    )
    of_all = _as_name("windows", windows, allowed)
    if of_all is not None:
        return (of_all,) * rank
    if isinstance(windows, bytes) or not hasattr(windows, "__len__"):
        raise ValueError(f"windows: {windows!r}; {allowed}")
    if len(windows) != rank:
        raise ValueError(f"windows: {len(windows)} given for {rank} spatial axes; {allowed}")
    return tuple(_as_window(f"windows[{axis}]", each, allowed) for axis, each in enumerate(windows))


def _as_window(argument: str, window: Any, allowed: str) -> _Window:
    if window is None:
        return None
    name = _as_name(argument, window, allowed)
    if name is not None:
        return name
    try:
        values = np.asarray(window, np.float64)
    except (TypeError, ValueError):
        raise TypeError(f"{argument}: {window!r}; {allowed}") from None
    if values.ndim != 1:
        raise ValueError(f"{argument}: shape {values.shape}; {allowed}")
    return tuple(values.tolist())


def _as_name(argument: str, window: Any, allowed: str) -> _Window:
    """A window's name, or None for what is no name."""
    try:
        name = as_window_name(argument, window)
    except ValueError:
        raise ValueError(f"{argument}: {window!r}; {allowed}") from None
    if name is None:
        return None
    return (name.name, name.taper) if name.name == "tukey" else name.name


def _numbers(window: _Window) -> tuple[Any, ...] | None:
    """The window as numbers, if that is what it is."""
    return window if isinstance(window, tuple) and window[:1] != ("tukey",) else None


@register
class SpectralPooling2D(_Pooling):
    """Crops the spectrum of its input: pooling by any factor, of which nothing is aliased.

    Equivalent to: `spectral_ops.pool(x, output_size)`, where with `strides` s each axis of n
    samples gets ceil(n/s). `SpectralPooling2D(strides=2)` stands where
    `AveragePooling2D(padding="same")` does, and `SpectralPooling2D(strides=1.4)` where no other
    pooling can.

    Args:
      output_size: samples per spatial axis, an int or 2 of them, at most the input's. Give this or
        `strides`.
      strides: a number of 1 or more, or 2 of them, whole or not. Each is taken as the nearest
        fraction of a denominator up to 1000, so that 21 samples by 1.4 = 7/5 are 15.
      boundary: what stands beyond the borders: "periodic", the opposite border, or "symmetric", the
        mirror image, which does not ring where opposite borders differ.
      alignment: "first": sample 0 stays where it is; "center": samples lie where those of average
        pooling do, so that flips of the input flip the output. None: "first", for a symmetric
        boundary "center", which alone it takes.
      norm: "forward" (a constant keeps its value), "ortho" or "backward", as for `pool`.
      windows: None; "learned": a weight [min(n, m)//2 + 1] (symmetric: [min(n, m)]) for each axis,
        ones at first, on the frequencies that are kept; "hamming", "hann" or ("tukey", a), as
        `spectral_ops.windows` makes them; or for each axis None, such a name or so many numbers.
      data_format: "channels_last", "channels_first" or None: as Keras is configured.

    Input: float [batch, height, width, channels]; channels_first [batch, channels, height, width].
      Sizes may be unknown until the model runs, but for windows that are learned.

    Output: the same with `output_size` or ceil(n/strides) samples on the spatial axes.

    Raises:
      TypeError, ValueError: an argument that is wrong, when the layer is made; one that does not
        fit the input, when it is built. The message names layer and argument.

    Source: Rippel, Snoek & Adams 2015, arXiv:1506.03767, section 4.
    """

    rank = 2


@register
class SpectralPooling1D(_Pooling):
    """Crops the spectrum of [batch, time, channels]: pooling by any factor.

    Equivalent to: `spectral_ops.pool(x, output_size)`. Arguments, errors and source are those of
    `SpectralPooling2D`, with one spatial axis.
    """

    rank = 1


@register
class SpectralPooling3D(_Pooling):
    """Crops the spectrum of [batch, depth, height, width, channels]: pooling by any factor.

    Equivalent to: `spectral_ops.pool(x, output_size)`. Arguments, errors and source are those of
    `SpectralPooling2D`, with three spatial axes.
    """

    rank = 3


class _SpectralResampling(_Resampling):
    function = staticmethod(ops.resample)
    least_stride = Fraction(1, 1000)


@register
class SpectralResampling2D(_SpectralResampling):
    """Keeps the low band of its input at a new size, larger or smaller on each axis.

    Equivalent to: `spectral_ops.resample(x, output_size)`, where with `strides` s each axis of n
    samples gets ceil(n/s): `SpectralResampling2D(strides=0.5)` stands where `UpSampling2D()` does.

    Args:
      output_size: samples per spatial axis, an int or 2 of them. Give this or `strides`.
      strides: a number of 0.001 or more, or 2 of them; below 1 an axis grows. Each is taken as the
        nearest fraction of a denominator up to 1000.

    `boundary`, `alignment`, `norm`, `windows`, `data_format`, input, output, errors and source are
    those of `SpectralPooling2D`.
    """

    rank = 2


@register
class SpectralResampling1D(_SpectralResampling):
    """Keeps the low band of [batch, time, channels] at a new size, larger or smaller.

    Equivalent to: `spectral_ops.resample(x, output_size)`. Arguments, errors and source are those
    of `SpectralResampling2D`, with one spatial axis.
    """

    rank = 1


@register
class SpectralResampling3D(_SpectralResampling):
    """Keeps the low band of [batch, depth, height, width, channels] at a new size.

    Equivalent to: `spectral_ops.resample(x, output_size)`. Arguments, errors and source are those
    of `SpectralResampling2D`, with three spatial axes.
    """

    rank = 3
