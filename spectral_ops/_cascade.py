"""What the wavelet functions make of one level, whoever computes that: kernels or reference."""

import math
from collections.abc import Callable
from typing import Any, NamedTuple

import tensorflow as tf

from spectral_ops._arguments.common import (
    as_flag,
    computing_type,
    one_of,
    signal_axes,
    signal_shape,
)
from spectral_ops._arguments.filter_bank import as_filters
from spectral_ops._arguments.rules import Numbers, shape_of
from spectral_ops._arguments.wavelet import (
    METHODS,
    Coefficients,
    Level,
    Signal,
    band_axes,
    band_shape,
    bands_arguments,
    coefficients_arguments,
    coefficients_checks,
    decomposition_arguments,
    full_size,
    packets_arguments,
    signal_arguments,
    stationary_arguments,
    threshold_argument,
)
from spectral_ops._shrinkage import shrink


class Maps(NamedTuple):
    """One level of a transform."""

    # x [batch, *n, channels], filters [2, taps], level, name -> [batch, *h, 2**rank, channels]
    analysis: Callable[[tf.Tensor, tf.Tensor, Level, str | None], tf.Tensor]
    # bands, filters, level, size int [rank], its known entries, name -> [batch, *size, channels]
    synthesis: Callable[[tf.Tensor, tf.Tensor, Level, tf.Tensor, Numbers, str | None], tf.Tensor]


def dwt(
    maps: Maps, x: Any, wavelet: Any, mode: str, data_format: str, name: str | None
) -> tf.Tensor:
    """One level."""
    return maps.analysis(*signal_arguments(x, wavelet, mode, data_format), name)


def idwt(
    maps: Maps,
    bands: Any,
    wavelet: Any,
    mode: str,
    output_size: Any,
    data_format: str,
    name: str | None,
) -> tf.Tensor:
    """Back from one level."""
    return maps.synthesis(*bands_arguments(bands, wavelet, mode, output_size, data_format), name)


def wavedec(
    maps: Maps, x: Any, wavelet: Any, level: Any, mode: str, data_format: str, name: str | None
) -> list[tf.Tensor]:
    """Several levels."""
    with tf.name_scope(name or "wavedec"):
        return _decompose(maps, *decomposition_arguments(x, wavelet, level, mode, data_format))


def waverec(
    maps: Maps,
    coefficients: Any,
    wavelet: Any,
    mode: str,
    output_size: Any,
    data_format: str,
    name: str | None,
) -> tf.Tensor:
    """Back from several levels."""
    with tf.name_scope(name or "waverec"):
        return _recompose(
            maps, coefficients_arguments(coefficients, wavelet, mode, output_size, data_format)
        )


def swt(
    maps: Maps, x: Any, wavelet: Any, level: Any, norm: bool, data_format: str, name: str | None
) -> list[tf.Tensor]:
    """Several levels without decimation."""
    with tf.name_scope(name or "swt"):
        given, count = stationary_arguments(x, wavelet, level, data_format)
        filters = given.filters * math.sqrt(0.5) if as_flag("norm", norm) else given.filters
        return _decompose(maps, given._replace(filters=filters), count)


def iswt(
    maps: Maps,
    coefficients: Any,
    wavelet: Any,
    norm: bool,
    data_format: str,
    name: str | None,
) -> tf.Tensor:
    """Back from several levels: the adjoint of an analysis by the reversed filters, halved."""
    with tf.name_scope(name or "iswt"):
        scale = math.sqrt(0.5) if as_flag("norm", norm) else 0.5
        given = coefficients_arguments(
            coefficients, wavelet, "periodization", None, data_format, rule="swt"
        )
        return _recompose(maps, given._replace(filters=tf.reverse(given.filters * scale, [1])))


def wavelet_packets(
    maps: Maps, x: Any, wavelet: Any, level: Any, mode: str, data_format: str, name: str | None
) -> tf.Tensor:
    """Several levels of which each splits every band of the one before."""
    with tf.name_scope(name or "wavelet_packets"):
        (x, filters, one), count = packets_arguments(x, wavelet, level, mode, data_format)
        bands = tf.expand_dims(x, _band_axis(one))
        order = [0]  # where each packet is, for a level puts its digit before those before it
        for _ in range(count):
            bands = maps.analysis(_as_channels(bands, one), filters, one, None)
            bands = _merged(bands, len(order), one)
            order = [at + len(order) * band for at in order for band in range(2**one.rank)]
        return tf.gather(bands, order, axis=_band_axis(one)) if count > 1 else bands


def wavelet_pool(
    maps: Maps, x: Any, wavelet: Any, mode: str, data_format: str, name: str | None
) -> tf.Tensor:
    """The band of all lowpass filters, whose sum is made 1."""
    with tf.name_scope(name or "wavelet_pool"):
        x, filters, one = signal_arguments(x, wavelet, mode, data_format)
        pooled, _ = _split(maps.analysis(x, filters * math.sqrt(0.5), one, None), one)
        return pooled


def wavelet_denoise(
    maps: Maps,
    x: Any,
    wavelet: Any,
    level: Any,
    threshold: Any,
    method: str,
    mode: str,
    data_format: str,
    name: str | None,
) -> tf.Tensor:
    """Several levels, whose details are shrunk, and back."""
    with tf.name_scope(name or "wavelet_denoise"):
        one_of("method", method, METHODS)
        given, count = decomposition_arguments(x, wavelet, level, mode, data_format, spared=3)
        storage, wide = given.x.dtype, computing_type(given.x.dtype)
        chosen = threshold_argument(threshold, wide)
        size, sizes = _lengths(given.x, given.level)
        a, *details = _decompose(maps, given._replace(x=tf.cast(given.x, wide)), count)
        details = shrink(details, chosen, method, data_format, tf.reduce_prod(size))
        back = given.level._replace(rule="idwt")
        filters = as_filters(wavelet, storage, reconstruction=True)
        y = _recompose(maps, Coefficients(a, details, filters, back, size, sizes))
        return tf.cast(y, storage)


def _decompose(maps: Maps, given: Signal, count: int) -> list[tf.Tensor]:
    """[a_L, details_L, .., details_1] of `count` levels."""
    a, filters, one = given
    details: list[tf.Tensor] = []
    for number in range(count):
        a, finest = _split(maps.analysis(a, filters, _nth(one, number), None), one)
        details.insert(0, finest)
    return [a, *details]


def _recompose(maps: Maps, given: Coefficients) -> tf.Tensor:
    """What `_decompose` came from, or the samples that have these coefficients."""
    a, details, filters, one, size, sizes = given
    with tf.control_dependencies(coefficients_checks(given)):
        a = tf.identity(a)
    for k, each in enumerate(details):
        a = _trimmed(a, *_lengths(each, one), one)
        bands = tf.concat([tf.expand_dims(a, _band_axis(one)), each], _band_axis(one))
        if k + 1 < len(details):
            wanted = _lengths(details[k + 1], one)
        elif size is None:
            wanted = full_size(bands, filters, one)
        else:
            wanted = size, sizes
        a = maps.synthesis(bands, filters, _nth(one, len(details) - k - 1), *wanted, None)
    return a if details or size is None else _trimmed(a, size, sizes, one)


def _nth(level: Level, number: int) -> Level:
    return level._replace(number=number) if level.rule == "swt" else level


def _band_axis(level: Level) -> int:
    return -2 if level.data_format == "channels_last" else 1


def _split(bands: tf.Tensor, level: Level) -> tuple[tf.Tensor, tf.Tensor]:
    """The band of all lowpass filters, and the others."""
    if level.data_format == "channels_last":
        return bands[..., 0, :], bands[..., 1:, :]
    return bands[:, 0], bands[:, 1:]


def _lengths(x: tf.Tensor, level: Level) -> tuple[tf.Tensor, Numbers]:
    """The spatial lengths of a signal or of bands: int32 [rank], and those that are known."""
    axes: Callable[..., Any] = signal_axes if x.shape.rank == level.rank + 2 else band_axes

    def lengths(running: bool) -> Numbers:
        return axes(shape_of(x, x.shape.rank, running), level.data_format)[1]

    known = lengths(False)
    return tf.stack(lengths(None in known)), known


def _trimmed(a: tf.Tensor, size: tf.Tensor, sizes: Numbers, level: Level) -> tf.Tensor:
    """The first `size` samples of a signal, of which `sizes` are known."""
    _, lengths, _ = signal_axes(shape_of(a, level.rank + 2), level.data_format)
    if None not in sizes and lengths == sizes:
        return a
    kept = [slice(size[i] if m is None else m) for i, m in enumerate(sizes)]
    return a[tuple(signal_shape(slice(None), kept, slice(None), level.data_format))]


def _as_channels(bands: tf.Tensor, level: Level) -> tf.Tensor:
    """Bands as a signal that has so many times more channels."""
    batch, lengths, count, channels = _band_sizes(bands, level)
    shape = signal_shape(batch, lengths, count * channels, level.data_format)
    return tf.reshape(bands, shape)


def _merged(bands: tf.Tensor, count: int, level: Level) -> tf.Tensor:
    """Bands of `count` bands that were channels as that many more."""
    batch, lengths, new, channels = _band_sizes(bands, level)
    shape = band_shape(batch, lengths, new * count, channels // count, level.data_format)
    return tf.reshape(bands, shape)


def _band_sizes(bands: tf.Tensor, level: Level) -> tuple[Any, list[Any], Any, Any]:
    return band_axes(shape_of(bands, level.rank + 3, True), level.data_format)
