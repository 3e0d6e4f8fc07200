"""The arguments of `dwt`, `idwt` and of what is made of them."""

import math
import numbers
from collections.abc import Sequence
from typing import Any, NamedTuple

import tensorflow as tf

from spectral_ops._arguments.common import (
    DATA_FORMATS,
    DTYPES,
    MAX_SPATIAL_RANK,
    as_int,
    as_output_size,
    as_tensor,
    is_tensor,
    layout,
    one_of,
    signal_axes,
)
from spectral_ops._arguments.filter_bank import as_filters, filter_rules, taps_of
from spectral_ops._arguments.rules import (
    INPUT_LENGTH,
    MAX_AXIS_LENGTH,
    OUTPUT_LENGTH,
    Numbers,
    Rules,
    assertions,
    entries,
    equal,
    length_rules,
    refuse,
    shape_of,
)

MODES = (
    "zero",
    "constant",
    "symmetric",
    "reflect",
    "periodic",
    "smooth",
    "periodization",
    "antisymmetric",
    "antireflect",
)
MAX_LEVEL = 24  # as kMaxWaveletLevel in csrc/core/wavelet.h
METHODS = ("soft", "hard", "garrote")
THRESHOLDS = ("bayes", "universal")


class Level(NamedTuple):
    """One level of a transform, the same on each spatial axis."""

    rule: str  # which samples and coefficients meet: "dwt", "idwt" or "swt"
    mode: str
    data_format: str
    rank: int  # number of spatial axes
    number: int = 0  # the filters of "swt" are dilated by 2**number

    def coefficients(self, n: Any, taps: Any) -> Any:
        """How many coefficients a band of n samples has; None where it is not known."""
        if self.rule == "swt" or n is None:
            return n
        if self.mode == "periodization":
            return (n + 1) // 2
        return None if taps is None else (n + taps - 1) // 2

    def samples(self, h: Any, taps: Any) -> Any:
        """The most samples whose bands have h coefficients; None where that is not known."""
        if self.rule == "swt" or h is None:
            return h
        if self.mode == "periodization":
            return 2 * h
        return None if taps is None else 2 * h - taps + 2

    @property
    def slack(self) -> int:
        """How many samples fewer have as many coefficients."""
        return 0 if self.rule == "swt" else 1


class Signal(NamedTuple):
    """What the transforms of samples were given."""

    x: tf.Tensor  # [batch, *n, channels] or [batch, channels, *n]
    filters: tf.Tensor  # [2, taps] of the computing type: lowpass, highpass
    level: Level


class Bands(NamedTuple):
    """What `idwt` was given."""

    bands: tf.Tensor  # [batch, *h, 2**rank, channels] or [batch, 2**rank, channels, *h]
    filters: tf.Tensor  # [2, taps] of the computing type: lowpass, highpass
    level: Level
    size: tf.Tensor  # int32 or int64 [rank], the samples of the result
    sizes: Numbers  # its entries, None where unknown


class Coefficients(NamedTuple):
    """What the inverses of several levels were given."""

    approximation: tf.Tensor  # [batch, *h, channels] or [batch, channels, *h]
    details: list[tf.Tensor]  # bands without the first, the coarsest level's first
    filters: tf.Tensor  # [2, taps] of the computing type: lowpass, highpass
    level: Level
    size: tf.Tensor | None  # int32 or int64 [rank], the samples of the result; None: all there are
    sizes: Numbers  # its entries, None where unknown


def band_axes(shape: Sequence[Any], data_format: str) -> tuple[Any, list[Any], Any, Any]:
    """The batch, the spatial lengths, the number of bands and the channels in a shape of bands."""
    if data_format == "channels_last":
        batch, *lengths, count, channels = shape
    else:
        batch, count, channels, *lengths = shape
    return batch, lengths, count, channels


def band_shape(
    batch: Any, lengths: Sequence[Any], count: Any, channels: Any, data_format: str
) -> list[Any]:
    """The shape of bands of these."""
    if data_format == "channels_last":
        return [batch, *lengths, count, channels]
    return [batch, count, channels, *lengths]


def signal_arguments(
    x: Any, wavelet: Any, mode: Any, data_format: Any, *, rule: str = "dwt"
) -> Signal:
    """Checks every argument of `dwt` as far as it is known now."""
    one_of("mode", mode, MODES)
    one_of("data_format", data_format, DATA_FORMATS)
    x = as_tensor("x", x, DTYPES)
    rank = _spatial_rank("x", x, layout(data_format), [])
    filters = as_filters(wavelet, x.dtype)
    given = Signal(x, filters, Level(rule, mode, data_format, rank))
    refuse(analysis_rules(*given, running=False))
    return given


def decomposition_arguments(
    x: Any, wavelet: Any, level: Any, mode: Any, data_format: Any, *, spared: int = 0
) -> tuple[Signal, int]:
    """Checks every argument of `wavedec` as far as it is known now; returns the level, too.

    None stands for the last useful level, or with `spared` for so many before it, at least 1.
    """
    given = signal_arguments(x, wavelet, mode, data_format)
    _, lengths, _ = signal_axes(shape_of(given.x, given.level.rank + 2), data_format)
    taps = taps_of(given.filters)
    if level is None:
        if taps is None or None in lengths:
            raise ValueError(
                f"level: None with x of shape {given.x.shape} and filters of {taps} taps; allowed "
                "where their lengths are known before the graph runs; else an int from 0 to "
                f"{MAX_LEVEL}"
            )
        level = min(_max_level(n, taps) for n in lengths)
        level = max(level - spared, 1) if spared else level
    level = as_level(level)
    refuse(_depth_rules(lengths, taps, level, given.level))
    return given, level


def packets_arguments(
    x: Any, wavelet: Any, level: Any, mode: Any, data_format: Any
) -> tuple[Signal, int]:
    """Checks every argument of `wavelet_packets` as far as it is known now."""
    given, level = decomposition_arguments(x, wavelet, as_level(level), mode, data_format)
    bands = 2 ** (given.level.rank * level)
    if bands > MAX_AXIS_LENGTH:
        raise ValueError(
            f"level: {level} has {bands} bands with {given.level.rank} spatial axes; allowed: as "
            f"many levels as have {MAX_AXIS_LENGTH} bands"
        )
    return given, level


def stationary_arguments(x: Any, wavelet: Any, level: Any, data_format: Any) -> tuple[Signal, int]:
    """Checks every argument of `swt` as far as it is known now."""
    level = as_level(level)
    return signal_arguments(x, wavelet, "periodization", data_format, rule="swt"), level


def bands_arguments(
    bands: Any, wavelet: Any, mode: Any, output_size: Any, data_format: Any
) -> Bands:
    """Checks every argument of `idwt` as far as it is known now."""
    one_of("mode", mode, MODES)
    one_of("data_format", data_format, DATA_FORMATS)
    bands = as_tensor("bands", bands, DTYPES)
    size, sizes = (None, []) if output_size is None else as_output_size(output_size)
    rank = _spatial_rank("bands", bands, _form(data_format), sizes)
    filters = as_filters(wavelet, bands.dtype, reconstruction=True)
    level = Level("idwt", mode, data_format, rank)
    if size is None:
        size, sizes = full_size(bands, filters, level)
    given = Bands(bands, filters, level, size, sizes)
    refuse(synthesis_rules(*given, running=False))
    return given


def full_size(bands: tf.Tensor, filters: tf.Tensor, level: Level) -> tuple[tf.Tensor, Numbers]:
    """The most samples that have these bands: int32 [rank], and the entries that are known."""

    def sizes(running: bool) -> Numbers:
        shape = shape_of(bands, level.rank + 3, running)
        _, lengths, _, _ = band_axes(shape, level.data_format)
        return [level.samples(h, taps_of(filters, running)) for h in lengths]

    known = sizes(False)
    return tf.stack(sizes(None in known)), known


def coefficients_arguments(
    coefficients: Any,
    wavelet: Any,
    mode: Any,
    output_size: Any,
    data_format: Any,
    *,
    rule: str = "idwt",
) -> Coefficients:
    """Checks every argument of `waverec` or, by another rule, of `iswt` as far as known now."""
    one_of("mode", mode, MODES)
    one_of("data_format", data_format, DATA_FORMATS)
    allowed = (
        f"allowed: a list [a_L, details_L, .., details_1] of tensors, of 0 to {MAX_LEVEL} levels"
    )
    if is_tensor(coefficients) or not isinstance(coefficients, Sequence):
        raise TypeError(f"coefficients: {coefficients!r} is not a list; {allowed}")
    if not 1 <= len(coefficients) <= MAX_LEVEL + 1:
        raise ValueError(f"coefficients: {len(coefficients)} tensors; {allowed}")
    size, sizes = (None, []) if output_size is None else as_output_size(output_size)
    first, *details = (
        as_tensor(f"coefficients[{k}]", each, DTYPES) for k, each in enumerate(coefficients)
    )
    rank = _spatial_rank("coefficients[0]", first, layout(data_format), sizes)
    first = tf.ensure_shape(first, [None] * (rank + 2))
    for k, each in enumerate(details, 1):
        _spatial_rank(f"coefficients[{k}]", each, _form(data_format), [None] * rank)
        details[k - 1] = tf.ensure_shape(each, [None] * (rank + 3))
        if each.dtype != first.dtype:
            raise TypeError(
                f"coefficients[{k}]: dtype {each.dtype.name}; allowed: that of coefficients[0], "
                f"{first.dtype.name}"
            )
    filters = as_filters(wavelet, first.dtype, reconstruction=True)
    level = Level(rule, mode, data_format, rank)
    given = Coefficients(first, details, filters, level, size, sizes)
    refuse(_coefficients_rules(given, running=False))
    return given


def coefficients_checks(given: Coefficients) -> list[tf.Operation]:
    """Assertions for what `coefficients_arguments` could not know."""
    return assertions(_coefficients_rules(given, running=True))


def threshold_argument(threshold: Any, dtype: tf.DType) -> Any:
    """How `wavelet_denoise` chooses its thresholds: a name, or a number as a scalar tensor."""
    names = ", ".join(map(repr, THRESHOLDS))
    allowed = f"allowed: {names}, or a number of 0 or more"
    if is_tensor(threshold):
        given = as_tensor("threshold", threshold, DTYPES)
        if given.shape.rank not in (None, 0):
            raise ValueError(f"threshold: a tensor of shape {given.shape}; {allowed}")
        return tf.cast(given, dtype)
    if isinstance(threshold, str):
        if threshold not in THRESHOLDS:
            raise ValueError(f"threshold: {threshold!r} is unknown; {allowed}")
        return threshold
    if isinstance(threshold, bool) or not isinstance(threshold, numbers.Real):
        raise TypeError(f"threshold: {threshold!r}; {allowed}")
    if not (math.isfinite(threshold) and threshold >= 0):
        raise ValueError(f"threshold: {threshold!r}; {allowed}")
    return tf.constant(float(threshold), dtype)


def as_level(level: Any) -> int:
    """A number of levels."""
    given = None if is_tensor(level) else as_int(level)
    allowed = f"allowed: an int from 0 to {MAX_LEVEL}"
    if given is None:
        raise TypeError(f"level: {level!r} is not an int; {allowed}")
    if not 0 <= given <= MAX_LEVEL:
        raise ValueError(f"level: {given}; {allowed}")
    return given


def analysis_rules(x: tf.Tensor, filters: tf.Tensor, level: Level, *, running: bool) -> Rules:
    """What one level takes of samples."""
    _, lengths, _ = signal_axes(shape_of(x, level.rank + 2, running), level.data_format)
    yield from filter_rules(filters, running=running)
    yield from length_rules(INPUT_LENGTH, lengths)
    text = "x: spatial axis {} has length {}; allowed with mode '{}': 2 or more"
    for axis, n in enumerate(lengths):
        if _needs_two(level) and n is not None:
            yield n >= 2, text, axis, n, level.mode


def synthesis_rules(
    bands: tf.Tensor,
    filters: tf.Tensor,
    level: Level,
    size: tf.Tensor,
    sizes: Numbers,
    *,
    running: bool,
) -> Rules:
    """What one level takes of bands, for `size` samples."""
    shape = shape_of(bands, level.rank + 3, running, size.dtype)
    _, lengths, count, _ = band_axes(shape, level.data_format)
    taps = taps_of(filters, running, size.dtype)
    yield from filter_rules(filters, running=running)
    if count is not None:
        text = "bands: {} bands; allowed with {} spatial axes: {}"
        yield equal(count, 2**level.rank), text, count, level.rank, 2**level.rank
    yield from _coefficient_lengths("bands", lengths, taps, level)
    most = [level.samples(h, taps) for h in lengths]
    yield from _size_rules(entries(size, sizes, running), most, level)


def _coefficients_rules(given: Coefficients, *, running: bool) -> Rules:
    """Each approximation has the lengths of its details or, of a dwt, one sample more."""
    first, details, filters, level, size, sizes = given
    dtype = tf.int32 if size is None else size.dtype
    shape = shape_of(first, level.rank + 2, running, dtype)
    batch, lengths, channels = signal_axes(shape, level.data_format)
    taps = taps_of(filters, running, dtype)
    yield from filter_rules(filters, running=running)
    yield from length_rules("coefficients[0]: spatial axis {} has length {}", lengths)
    for k, each in enumerate(details, 1):
        name, bands = f"coefficients[{k}]", 2**level.rank - 1
        shape = shape_of(each, level.rank + 3, running, dtype)
        images, halves, count, depth = band_axes(shape, level.data_format)
        if count is not None:
            text = name + ": {} bands; allowed with {} spatial axes: {}"
            yield equal(count, bands), text, count, level.rank, bands
        for what, ours, theirs in (("batch", batch, images), ("channels", channels, depth)):
            if ours is not None and theirs is not None:
                text = name + ": {} {}; allowed: that of coefficients[0], {}"
                yield equal(theirs, ours), text, what, theirs, ours
        yield from _coefficient_lengths(name, halves, taps, level)
        for axis, (n, h) in enumerate(zip(lengths, halves, strict=True)):
            if n is not None and h is not None:
                text = name + ": spatial axis {} has length {}; allowed beside an approximation "
                text += "of {}: {} to {}"
                least = n - level.slack
                yield (h <= n) & (h >= least), text, axis, h, n, least, n
        lengths = [level.samples(h, taps) for h in halves]
    if size is not None:
        yield from _size_rules(entries(size, sizes, running), lengths, level)


def _coefficient_lengths(name: str, lengths: Numbers, taps: Any, level: Level) -> Rules:
    """Each axis may have as many coefficients as a signal has."""
    text = name + ": spatial axis {} has length {}"
    yield from length_rules(text, lengths)
    for axis, h in enumerate(lengths):
        most = level.samples(h, taps)
        if most is not None and level.rule == "idwt" and level.mode != "periodization":
            text = name + ": spatial axis {} has length {}; allowed with {} taps: {} or more"
            yield most >= 1, text, axis, h, taps, taps // 2


def _size_rules(sizes: Numbers, most: Numbers, level: Level) -> Rules:
    """The samples of a result may be as many as have these coefficients."""
    yield from length_rules(OUTPUT_LENGTH, sizes)
    for axis, (n, top) in enumerate(zip(sizes, most, strict=True)):
        if n is not None and top is not None:
            text = OUTPUT_LENGTH + "; allowed with these coefficients: {} to {}"
            least = top - level.slack
            yield (n <= top) & (n >= least), text, axis, n, least, top


def _depth_rules(lengths: Numbers, taps: int | None, count: int, level: Level) -> Rules:
    """What each of `count` levels takes of the one before."""
    text = "level: {}, where level {} meets length {} on spatial axis {}; allowed with mode '{}': "
    text += "2 or more"
    for number in range(1, count + 1):
        for axis, n in enumerate(lengths):
            if _needs_two(level) and n is not None:
                yield n >= 2, text, count, number, n, axis, level.mode
        lengths = [level.coefficients(n, taps) for n in lengths]


def _needs_two(level: Level) -> bool:
    """Whether one sample cannot be extended."""
    return level.rule == "dwt" and level.mode in ("reflect", "antireflect")


def _max_level(n: int, taps: int) -> int:
    """PyWavelets' dwt_max_level: the last level with a coefficient that meets neither end."""
    return max(n // (taps - 1), 1).bit_length() - 1


def _form(data_format: str) -> str:
    """The axes of bands, for a message."""
    return f"[{', '.join(band_shape('batch', ['*h'], 'bands', 'channels', data_format))}]"


def _spatial_rank(name: str, tensor: tf.Tensor, form: str, sizes: Sequence[Any]) -> int:
    """The number of spatial axes of what has the axes `form`; that of `sizes` where it has any."""
    others = form.count(",")
    known = tensor.shape.rank
    if known is None and not sizes:
        raise ValueError(
            f"{name}: its rank is not known; it must be, for it fixes the number of spatial axes"
        )
    rank = len(sizes) if known is None else known - others
    if not 1 <= rank <= MAX_SPATIAL_RANK or len(sizes) not in (0, rank):
        few, many = others + 1, others + MAX_SPATIAL_RANK
        allowed = f"rank {others + len(sizes)}" if sizes else f"rank {few} to {many}"
        raise ValueError(
            f"{name}: shape {tensor.shape} has rank {known}; allowed: {allowed}, {form}"
        )
    return rank
