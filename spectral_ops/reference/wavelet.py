"""The wavelet functions by gathers and sums, one axis at a time."""

import math
from typing import Any

import tensorflow as tf

from spectral_ops import _cascade
from spectral_ops._arguments.common import signal_axes, signal_shape
from spectral_ops._arguments.filter_bank import taps_of
from spectral_ops._arguments.rules import Numbers, assertions, entries, shape_of
from spectral_ops._arguments.wavelet import (
    Level,
    analysis_rules,
    band_axes,
    band_shape,
    synthesis_rules,
)


def dwt(
    x: Any,
    wavelet: Any,
    *,
    mode: str = "symmetric",
    data_format: str = "channels_last",
    name: str | None = None,
) -> tf.Tensor:
    """As `spectral_ops.dwt`, in plain TensorFlow."""
    return _cascade.dwt(_MAPS, x, wavelet, mode, data_format, name)


def idwt(
    bands: Any,
    wavelet: Any,
    *,
    mode: str = "symmetric",
    output_size: Any = None,
    data_format: str = "channels_last",
    name: str | None = None,
) -> tf.Tensor:
    """As `spectral_ops.idwt`, in plain TensorFlow."""
    return _cascade.idwt(_MAPS, bands, wavelet, mode, output_size, data_format, name)


def wavedec(
    x: Any,
    wavelet: Any,
    *,
    level: int | None = None,
    mode: str = "symmetric",
    data_format: str = "channels_last",
    name: str | None = None,
) -> list[tf.Tensor]:
    """As `spectral_ops.wavedec`, in plain TensorFlow."""
    return _cascade.wavedec(_MAPS, x, wavelet, level, mode, data_format, name)


def waverec(
    coefficients: Any,
    wavelet: Any,
    *,
    mode: str = "symmetric",
    output_size: Any = None,
    data_format: str = "channels_last",
    name: str | None = None,
) -> tf.Tensor:
    """As `spectral_ops.waverec`, in plain TensorFlow."""
    return _cascade.waverec(_MAPS, coefficients, wavelet, mode, output_size, data_format, name)


def swt(
    x: Any,
    wavelet: Any,
    level: int,
    *,
    norm: bool = False,
    data_format: str = "channels_last",
    name: str | None = None,
) -> list[tf.Tensor]:
    """As `spectral_ops.swt`, in plain TensorFlow."""
    return _cascade.swt(_MAPS, x, wavelet, level, norm, data_format, name)


def iswt(
    coefficients: Any,
    wavelet: Any,
    *,
    norm: bool = False,
    data_format: str = "channels_last",
    name: str | None = None,
) -> tf.Tensor:
    """As `spectral_ops.iswt`, in plain TensorFlow."""
    return _cascade.iswt(_MAPS, coefficients, wavelet, norm, data_format, name)


def wavelet_packets(
    x: Any,
    wavelet: Any,
    level: int,
    *,
    mode: str = "symmetric",
    data_format: str = "channels_last",
    name: str | None = None,
) -> tf.Tensor:
    """As `spectral_ops.wavelet_packets`, in plain TensorFlow."""
    return _cascade.wavelet_packets(_MAPS, x, wavelet, level, mode, data_format, name)


def wavelet_pool(
    x: Any,
    wavelet: Any = "haar",
    *,
    mode: str = "symmetric",
    data_format: str = "channels_last",
    name: str | None = None,
) -> tf.Tensor:
    """As `spectral_ops.wavelet_pool`, in plain TensorFlow."""
    return _cascade.wavelet_pool(_MAPS, x, wavelet, mode, data_format, name)


def wavelet_denoise(
    x: Any,
    wavelet: Any,
    *,
    level: int | None = None,
    threshold: Any = "bayes",
    method: str = "soft",
    mode: str = "symmetric",
    data_format: str = "channels_last",
    name: str | None = None,
) -> tf.Tensor:
    """As `spectral_ops.wavelet_denoise`, in plain TensorFlow."""
    return _cascade.wavelet_denoise(
        _MAPS, x, wavelet, level, threshold, method, mode, data_format, name
    )


def _analysis(x: tf.Tensor, filters: tf.Tensor, level: Level, name: str | None) -> tf.Tensor:
    with tf.name_scope(name or "analysis"):
        with tf.control_dependencies(assertions(analysis_rules(x, filters, level, running=True))):
            y = tf.identity(x)
        y = tf.cast(tf.ensure_shape(y, [None] * (level.rank + 2)), filters.dtype)
        first = _first_axis(level)
        for axis in reversed(range(first, first + level.rank)):
            y = _analyze(y, axis, filters, level)
        y = tf.transpose(y, _bands_together(level))
        sizes = shape_of(y, y.shape.rank, True)
        if level.data_format == "channels_last":
            merged = [*sizes[: level.rank + 1], 2**level.rank, sizes[-1]]
        else:
            merged = [sizes[0], 2**level.rank, *sizes[level.rank + 1 :]]
        y = tf.cast(tf.reshape(y, merged), x.dtype)
        batch, lengths, channels = signal_axes(shape_of(x, level.rank + 2), level.data_format)
        lengths = [level.coefficients(n, taps_of(filters)) for n in lengths]
        y.set_shape(band_shape(batch, lengths, 2**level.rank, channels, level.data_format))
        return y


def _synthesis(
    bands: tf.Tensor,
    filters: tf.Tensor,
    level: Level,
    size: tf.Tensor,
    sizes: Numbers,
    name: str | None,
) -> tf.Tensor:
    with tf.name_scope(name or "synthesis"):
        rules = synthesis_rules(bands, filters, level, size, sizes, running=True)
        with tf.control_dependencies(assertions(rules)):
            y, size = tf.identity(bands), tf.identity(size)
        y = tf.cast(tf.ensure_shape(y, [None] * (level.rank + 3)), filters.dtype)
        batch, lengths, _, channels = band_axes(
            shape_of(y, level.rank + 3, True), level.data_format
        )
        split = [2] * level.rank
        if level.data_format == "channels_last":
            y = tf.reshape(y, [batch, *lengths, *split, channels])
        else:
            y = tf.reshape(y, [batch, *split, channels, *lengths])
        y = tf.transpose(y, tf.math.invert_permutation(_bands_together(level)))
        first = _first_axis(level)
        for k, n in enumerate(entries(size, sizes, True)):
            y = _synthesize(y, first + k, tf.cast(n, tf.int32), filters, level)
        batch, _, _, channels = band_axes(shape_of(bands, level.rank + 3), level.data_format)
        y.set_shape(signal_shape(batch, sizes, channels, level.data_format))
        return tf.cast(y, bands.dtype)


_MAPS = _cascade.Maps(_analysis, _synthesis)


def _first_axis(level: Level) -> int:
    """The first spatial one of a signal."""
    return 1 if level.data_format == "channels_last" else 2


def _bands_together(level: Level) -> list[int]:
    """The axes where each spatial one has its two bands behind it, in the order of bands."""
    first = _first_axis(level)
    spatial = [first + 2 * axis for axis in range(level.rank)]
    bands = [axis + 1 for axis in spatial]
    if level.data_format == "channels_last":
        return [0, *spatial, *bands, 2 * level.rank + 1]
    return [0, *bands, 1, *spatial]


def _analyze(
    x: tf.Tensor,  # [.., n, ..], n on `axis`
    axis: int,
    filters: tf.Tensor,  # [2, taps]
    level: Level,
) -> tf.Tensor:  # [.., h, 2, ..]
    before, n, after = _around(x, axis)
    x = tf.reshape(x, [math.prod(before), n, math.prod(after)])
    n, taps = _wide(n), _wide(taps_of(filters, True))
    h = level.coefficients(n, taps)
    o, t = tf.range(h)[:, tf.newaxis], tf.range(taps)
    if level.rule == "swt":
        dilation = 2**level.number
        frames = tf.gather(x, (o + dilation * (taps // 2 - t)) % n, axis=1)
    else:
        first = taps // 2 if level.mode == "periodization" else 1
        last = first + 2 * (h - 1)
        extended = _extended(x, tf.range(first - taps + 1, last + 1), n, level.mode)
        frames = tf.gather(extended, 2 * o - t + taps - 1, axis=1)
    y = tf.einsum("bhta,kt->bhka", frames, filters)
    return tf.reshape(y, [*before, tf.shape(y)[1], 2, *after])


def _extended(
    x: tf.Tensor,  # [before, n, after]
    at: tf.Tensor,  # int64 [p], positions inside and outside of 0 .. n - 1
    n: tf.Tensor,  # int64
    mode: str,
) -> tf.Tensor:  # [before, p, after]
    def take(index: tf.Tensor) -> tf.Tensor:
        return tf.gather(x, index, axis=1)

    def weights(values: tf.Tensor) -> tf.Tensor:
        return tf.cast(values, x.dtype)[:, tf.newaxis]

    last = n - 1
    nearest = tf.clip_by_value(at, 0, last)
    if mode == "zero":
        inside = (at == nearest)[:, tf.newaxis]
        return tf.where(inside, take(nearest), tf.zeros([], x.dtype))
    if mode == "constant":
        return take(nearest)
    if mode == "periodic":
        return take(at % n)
    if mode == "periodization":
        return take(tf.minimum(at % (n + n % 2), last))
    if mode in ("symmetric", "antisymmetric"):
        place = at % (2 * n)
        y = take(tf.minimum(place, 2 * n - 1 - place))
        return y if mode == "symmetric" else y * weights(tf.where(place < n, 1, -1))
    if mode == "smooth":  # a straight line through the two samples at the end
        beyond = tf.where(n > 1, abs(at - nearest), 0)
        inner = tf.where(at < 0, tf.minimum(last, 1), tf.maximum(last - 1, 0))
        edge = take(nearest)
        line = edge + weights(beyond) * (edge - take(inner))
        return tf.where(beyond[:, tf.newaxis] > 0, line, edge)
    place = at % tf.maximum(2 * last, 1)
    mirrored = (place > last)[:, tf.newaxis]
    y = take(tf.minimum(place, 2 * last - place))
    if mode == "reflect":
        return y
    y = tf.where(mirrored, 2 * take(last[tf.newaxis]) - y, y)
    turns = (at - place) // tf.maximum(last, 1)  # each period rises by twice x[n - 1] - x[0]
    risen = y + weights(turns) * (take(last[tf.newaxis]) - take([0]))
    return tf.where(turns[:, tf.newaxis] != 0, risen, y)


def _synthesize(
    c: tf.Tensor,  # [.., h, 2, ..], h on `axis`
    axis: int,
    n: tf.Tensor,  # int32
    filters: tf.Tensor,  # [2, taps]
    level: Level,
) -> tf.Tensor:  # [.., n, ..]
    before, h, (bands, *after) = _around(c, axis)
    c = tf.reshape(c, [math.prod(before), h, bands, math.prod(after)])
    h, wide_n, taps = _wide(h), _wide(n), _wide(taps_of(filters, True))
    if level.rule == "swt":
        i, t = tf.range(wide_n)[:, tf.newaxis], tf.range(taps)
        dilation = 2**level.number
        frames = tf.gather(c, (i + dilation * (t - taps // 2)) % wide_n, axis=1)
        y = tf.einsum("bntka,kt->bna", frames, filters)
        return tf.reshape(y, [*before, n, *after])
    # Sample i meets the taps 2 s + r with r = (i + start) mod 2, s = 0, 1, ..
    circular = level.mode == "periodization"
    start = taps // 2 - 1 if circular else taps - 2
    odd = start % 2
    pairs = tf.range((wide_n + odd + 1) // 2)[:, tf.newaxis]
    o = start // 2 + pairs - tf.range(taps // 2)
    frames = tf.gather(c, o % h if circular else o, axis=1)
    phases = tf.reshape(filters, [2, taps // 2, 2])
    y = tf.einsum("bmska,ksr->bmra", frames, phases)
    y = tf.reshape(y, [math.prod(before), 2 * tf.shape(y)[1], math.prod(after)])
    odd = tf.cast(odd, tf.int32)
    return tf.reshape(y[:, odd : odd + n], [*before, n, *after])


def _around(x: tf.Tensor, axis: int) -> tuple[Numbers, Any, Numbers]:
    """The lengths of the axes before this one, of this one and of those after it."""
    sizes = shape_of(x, x.shape.rank, True)
    return sizes[:axis], sizes[axis], sizes[axis + 1 :]


def _wide(n: Any) -> tf.Tensor:
    """An int that does not overflow when it is dilated."""
    return tf.cast(n, tf.int64)
