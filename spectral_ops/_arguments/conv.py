"""The arguments of `conv` and `depthwise_conv`."""

import operator
from typing import Any, NamedTuple

import tensorflow as tf

from spectral_ops._arguments.common import (
    DATA_FORMATS,
    MAX_AXIS_LENGTH,
    MAX_SPATIAL_RANK,
    as_partner,
    as_signal,
    dynamic_lengths,
    one_of,
    spatial_lengths,
)

PADDINGS = ("same", "valid", "full", "circular")
ALGORITHMS = ("auto", "fft", "direct")
MAX_GROUPS = 2**31 - 1


class ConvArguments(NamedTuple):
    """What `conv` or `depthwise_conv` was given, as tensors."""

    x: tf.Tensor  # [batch, *spatial, channels] or [batch, channels, *spatial]
    filters: tf.Tensor  # [*kernel, in/groups, out], or depthwise [*kernel, channels, multiplier]
    rank: int  # number of spatial axes
    padding: str
    groups: int | None  # None: depthwise
    data_format: str
    algorithm: str


def conv_arguments(
    x: Any, filters: Any, padding: Any, groups: Any, data_format: Any, algorithm: Any
) -> ConvArguments:
    """Checks every argument of `conv` as far as it is known now."""
    groups = _as_groups(groups)
    arguments = _arguments(x, filters, padding, groups, data_format, algorithm)
    channels = channels_of(arguments)
    inputs, outputs = arguments.filters.shape.with_rank(arguments.rank + 2).as_list()[-2:]
    if channels is not None and channels % groups:
        raise ValueError(f"groups: {groups} does not divide the {channels} channels of x")
    if outputs is not None and outputs % groups:
        raise ValueError(
            f"groups: {groups} does not divide the {outputs} output channels of filters"
        )
    if channels is not None and inputs is not None and inputs != channels // groups:
        raise ValueError(
            f"filters: {inputs} input channels; allowed with {channels} channels of x and "
            f"groups={groups}: {channels // groups}"
        )
    return arguments


def depthwise_conv_arguments(
    x: Any, filters: Any, padding: Any, data_format: Any, algorithm: Any
) -> ConvArguments:
    """Checks every argument of `depthwise_conv` as far as it is known now."""
    arguments = _arguments(x, filters, padding, None, data_format, algorithm)
    channels = channels_of(arguments)
    given = arguments.filters.shape.with_rank(arguments.rank + 2).as_list()[-2]
    if None not in (channels, given) and channels != given:
        raise ValueError(f"filters: {given} channels; allowed: {channels}, as x has")
    return arguments


def conv_dynamic_checks(arguments: ConvArguments) -> list[tf.Operation]:
    """Assertions for what the checks above could not know; for the reference only."""
    x, filters, rank = arguments.x, arguments.filters, arguments.rank
    if x.shape.rank and x.shape[1:].is_fully_defined() and filters.shape.is_fully_defined():
        return []  # the number of images may be any
    lengths = dynamic_lengths(x, arguments.data_format)
    taps = tf.shape(filters)[:rank]
    channels = tf.shape(x)[-1 if arguments.data_format == "channels_last" else 1]
    inputs, outputs = tf.shape(filters)[rank], tf.shape(filters)[rank + 1]
    allowed = f"allowed: 1 to {MAX_AXIS_LENGTH}"
    checks = [
        tf.debugging.assert_positive(lengths, f"x: a spatial axis is empty; {allowed}"),
        tf.debugging.assert_less_equal(
            lengths, MAX_AXIS_LENGTH, f"x: a spatial axis is too long; {allowed}"
        ),
        tf.debugging.assert_positive(taps, f"filters: a spatial axis has no taps; {allowed}"),
        tf.debugging.assert_less_equal(
            taps, MAX_AXIS_LENGTH, f"filters: a spatial axis has too many taps; {allowed}"
        ),
    ]
    if arguments.padding == "valid":
        checks.append(
            tf.debugging.assert_less_equal(
                taps,
                lengths,
                "filters: a spatial axis has more taps than the input's length; padding 'valid' "
                "allows at most as many",
            )
        )
    groups = arguments.groups
    if groups is None:
        message = "filters: has other channels than x"
        checks.append(tf.debugging.assert_equal(inputs, channels, message))
    else:
        of_x = f"groups: {groups} does not divide the channels of x"
        of_filters = f"groups: {groups} does not divide the output channels of filters"
        message = f"filters: input channels must be those of x over groups={groups}"
        checks += [
            tf.debugging.assert_equal(channels % groups, 0, of_x),
            tf.debugging.assert_equal(outputs % groups, 0, of_filters),
            tf.debugging.assert_equal(inputs, channels // groups, message),
        ]
    return [check for check in checks if check is not None]


def channels_of(arguments: ConvArguments) -> int | None:
    """The number of channels of `x`, None where unknown."""
    shape = arguments.x.shape
    if shape.rank is None:
        return None
    length: int | None = shape[-1 if arguments.data_format == "channels_last" else 1]
    return length


def conv_output_shape(arguments: ConvArguments) -> list[int | None]:
    """The shape of the output, None where unknown."""
    rank = arguments.rank
    batch, *_ = arguments.x.shape.with_rank(rank + 2)
    lengths = spatial_lengths(arguments.x.shape, rank, arguments.data_format)
    if arguments.padding in ("full", "valid"):
        sign = 1 if arguments.padding == "full" else -1
        lengths = [
            None if n is None or k is None else n + sign * (k - 1)
            for n, k in zip(lengths, _taps(arguments.filters, rank), strict=True)
        ]
    outputs: int | None = arguments.filters.shape.with_rank(rank + 2)[-1]
    if arguments.groups is None:
        channels = channels_of(arguments)
        if channels is None:
            channels = arguments.filters.shape.with_rank(rank + 2)[-2]
        outputs = None if channels is None or outputs is None else channels * outputs
    if arguments.data_format == "channels_first":
        return [batch, outputs, *lengths]
    return [batch, *lengths, outputs]


def _arguments(
    x: Any, filters: Any, padding: Any, groups: int | None, data_format: Any, algorithm: Any
) -> ConvArguments:
    one_of("padding", padding, PADDINGS)
    one_of("data_format", data_format, DATA_FORMATS)
    one_of("algorithm", algorithm, ALGORITHMS)
    x = as_signal(x)
    filters = as_partner("filters", filters, x.dtype, x.dtype)
    rank = _spatial_rank(x, filters, data_format)
    lengths = spatial_lengths(x.shape, rank, data_format)
    for axis, (length, taps) in enumerate(zip(lengths, _taps(filters, rank), strict=True)):
        _check_axis(axis, length, taps, padding)
    return ConvArguments(x, filters, rank, padding, groups, data_format, algorithm)


def _spatial_rank(x: tf.Tensor, filters: tf.Tensor, data_format: str) -> int:
    """The rank of filters less 2, which must agree with that of x."""
    rank = filters.shape.rank if filters.shape.rank is not None else x.shape.rank
    if rank is None:
        raise ValueError(
            "filters: unknown rank; it must be known, for it fixes the number of spatial axes"
        )
    if not 3 <= rank <= MAX_SPATIAL_RANK + 2:
        name, shape = ("x", x.shape) if filters.shape.rank is None else ("filters", filters.shape)
        raise ValueError(
            f"{name}: shape {shape} has rank {rank}; allowed: 3 to {MAX_SPATIAL_RANK + 2}, two "
            f"more than the 1 to {MAX_SPATIAL_RANK} spatial axes"
        )
    if x.shape.rank not in (None, rank):
        layout = "[batch, *spatial, channels]"
        if data_format == "channels_first":
            layout = "[batch, channels, *spatial]"
        raise ValueError(
            f"x: shape {x.shape} has rank {x.shape.rank}; with filters of rank {rank} it must "
            f"have rank {rank}, {layout}"
        )
    return rank - 2


def _as_groups(groups: Any) -> int:
    allowed = f"allowed: an int from 1 to {MAX_GROUPS}"
    if isinstance(groups, bool) or tf.is_tensor(groups):
        raise TypeError(f"groups: {groups!r} is not an int; {allowed}")
    try:
        groups = operator.index(groups)
    except TypeError:
        raise TypeError(f"groups: {groups!r} is not an int; {allowed}") from None
    if not 1 <= groups <= MAX_GROUPS:
        raise ValueError(f"groups: {groups}; {allowed}")
    return int(groups)


def _taps(filters: tf.Tensor, rank: int) -> list[int | None]:
    if filters.shape.rank is None:
        return [None] * rank
    return list(filters.shape.as_list()[:rank])


def _check_axis(axis: int, length: int | None, taps: int | None, padding: str) -> None:
    if length is not None and not 1 <= length <= MAX_AXIS_LENGTH:
        raise ValueError(
            f"x: spatial axis {axis} has length {length}; allowed: 1 to {MAX_AXIS_LENGTH}"
        )
    if taps is None:
        return
    if not 1 <= taps <= MAX_AXIS_LENGTH:
        raise ValueError(
            f"filters: spatial axis {axis} has {taps} taps; allowed: 1 to {MAX_AXIS_LENGTH}"
        )
    if padding == "valid" and length is not None and taps > length:
        raise ValueError(
            f"filters: spatial axis {axis} has {taps} taps, more than the input's length "
            f"{length}; padding 'valid' allows at most as many"
        )
