"""The arguments of `conv` and `depthwise_conv`."""

from typing import Any, NamedTuple

import tensorflow as tf

from spectral_ops._arguments.common import (
    DATA_FORMATS,
    DTYPES,
    MAX_SPATIAL_RANK,
    as_int,
    as_partner,
    as_tensor,
    computing_type,
    half_partners,
    is_tensor,
    layout,
    one_of,
    signal_axes,
    signal_shape,
)
from spectral_ops._arguments.rules import (
    INPUT_LENGTH,
    Rules,
    assertions,
    equal,
    length_rules,
    refuse,
    shape_of,
)

PADDINGS = ("same", "valid", "full", "circular")
ALGORITHMS = ("auto", "fft", "direct")
MAX_GROUPS = 2**31 - 1


class ConvArguments(NamedTuple):
    """What `conv` or `depthwise_conv` was given, as tensors."""

    x: tf.Tensor  # [batch, *spatial, channels] or [batch, channels, *spatial]
    # [*kernel, in/groups, out], or depthwise [*kernel, channels, multiplier]; of the type of x, or
    # float32 beside a half x
    filters: tf.Tensor
    rank: int  # number of spatial axes
    padding: str
    groups: int | None  # None: depthwise
    data_format: str
    algorithm: str


def conv_arguments(
    x: Any, filters: Any, padding: Any, groups: Any, data_format: Any, algorithm: Any
) -> ConvArguments:
    """Checks every argument of `conv` as far as it is known now."""
    allowed = f"allowed: an int from 1 to {MAX_GROUPS}"
    given = None if is_tensor(groups) else as_int(groups)
    if given is None:
        raise TypeError(f"groups: {groups!r} is not an int; {allowed}")
    if not 1 <= given <= MAX_GROUPS:
        raise ValueError(f"groups: {given}; {allowed}")
    return _arguments(x, filters, padding, given, data_format, algorithm)


def depthwise_conv_arguments(
    x: Any, filters: Any, padding: Any, data_format: Any, algorithm: Any
) -> ConvArguments:
    """Checks every argument of `depthwise_conv` as far as it is known now."""
    return _arguments(x, filters, padding, None, data_format, algorithm)


def conv_checks(arguments: ConvArguments) -> list[tf.Operation]:
    """Assertions for what the checks above could not know."""
    return assertions(_rules(arguments, running=True))


def conv_output_shape(arguments: ConvArguments) -> list[int | None]:
    """The shape of the output, None where unknown."""
    x, filters, rank, padding, groups, data_format, _ = arguments
    batch, lengths, channels = signal_axes(shape_of(x, rank + 2), data_format)
    *taps, inputs, outputs = shape_of(filters, rank + 2)
    if padding in ("full", "valid"):
        sign = 1 if padding == "full" else -1
        lengths = [
            None if n is None or k is None else n + sign * (k - 1)
            for n, k in zip(lengths, taps, strict=True)
        ]
    if groups is None:
        channels = inputs if channels is None else channels
        outputs = None if channels is None or outputs is None else channels * outputs
    return signal_shape(batch, lengths, outputs, data_format)


def _arguments(
    x: Any, filters: Any, padding: Any, groups: int | None, data_format: Any, algorithm: Any
) -> ConvArguments:
    one_of("padding", padding, PADDINGS)
    one_of("data_format", data_format, DATA_FORMATS)
    one_of("algorithm", algorithm, ALGORITHMS)
    x = as_tensor("x", x, DTYPES)
    wide = computing_type(x.dtype)
    others = (wide, *half_partners(x.dtype))
    filters = as_partner("filters", filters, x.dtype, x.dtype, others=others)
    if filters.dtype != x.dtype:
        filters = tf.cast(filters, wide)
    rank = _spatial_rank(x, filters, data_format)
    arguments = ConvArguments(x, filters, rank, padding, groups, data_format, algorithm)
    refuse(_rules(arguments, running=False))
    return arguments


def _rules(arguments: ConvArguments, *, running: bool) -> Rules:
    x, filters, rank, padding, groups, data_format, _ = arguments
    _, lengths, channels = signal_axes(shape_of(x, rank + 2, running), data_format)
    *taps, inputs, outputs = shape_of(filters, rank + 2, running)
    yield from length_rules(INPUT_LENGTH, lengths)
    yield from length_rules("filters: spatial axis {} has {} taps", taps)
    if padding == "valid":
        for axis, (n, k) in enumerate(zip(lengths, taps, strict=True)):
            if n is not None and k is not None:
                text = (
                    "filters: spatial axis {} has {} taps, more than the input's length {}; "
                    "padding 'valid' allows at most as many"
                )
                yield k <= n, text, axis, k, n
    both = channels is not None and inputs is not None
    if groups is None:
        if both:
            text = "filters: {} channels; allowed: {}, as x has"
            yield equal(inputs, channels), text, inputs, channels
        return
    if channels is not None:
        text = "groups: {} does not divide the {} channels of x"
        yield equal(channels % groups, 0), text, groups, channels
    if outputs is not None:
        text = "groups: {} does not divide the {} output channels of filters"
        yield equal(outputs % groups, 0), text, groups, outputs
    if both:
        share = channels // groups
        text = "filters: {} input channels; allowed with {} channels of x and groups={}: {}"
        yield equal(inputs, share), text, inputs, channels, groups, share


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
        raise ValueError(
            f"x: shape {x.shape} has rank {x.shape.rank}; with filters of rank {rank} it must "
            f"have rank {rank}, {layout(data_format)}"
        )
    return int(rank) - 2
