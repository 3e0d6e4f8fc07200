"""The arguments of `filter`."""

from typing import Any, NamedTuple

import tensorflow as tf

from spectral_ops._arguments.common import (
    DATA_FORMATS,
    DTYPES,
    MAX_SPATIAL_RANK,
    as_partner,
    as_tensor,
    computing_type,
    half_partners,
    layout,
    one_of,
    signal_axes,
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


class FilterArguments(NamedTuple):
    """What `filter` was given, as tensors."""

    x: tf.Tensor  # [batch, *n, channels] or [batch, channels, *n]
    # complex [*n[:-1], n_last//2 + 1], shared by all channels, or [.., channels]
    response: tf.Tensor
    rank: int  # number of spatial axes
    data_format: str


def filter_arguments(x: Any, response: Any, data_format: Any) -> FilterArguments:
    """Checks every argument of `filter` as far as it is known now."""
    one_of("data_format", data_format, DATA_FORMATS)
    x = as_tensor("x", x, DTYPES)
    rank = x.shape.rank
    if rank is None:
        raise ValueError("x: its rank is not known, and with it that of response; give it a shape")
    if not 3 <= rank <= MAX_SPATIAL_RANK + 2:
        raise ValueError(
            f"x: shape {x.shape} has rank {rank}; allowed: 3 to {MAX_SPATIAL_RANK + 2}, "
            f"{layout(data_format)}"
        )
    arguments = FilterArguments(x, _as_response(response, x.dtype), rank - 2, data_format)
    refuse(_rules(arguments, running=False))
    return arguments


def filter_checks(arguments: FilterArguments) -> list[tf.Operation]:
    """Assertions for what `filter_arguments` could not know."""
    return assertions(_rules(arguments, running=True))


def _rules(arguments: FilterArguments, *, running: bool) -> Rules:
    x, response, rank, data_format = arguments
    _, lengths, channels = signal_axes(shape_of(x, rank + 2, running), data_format)
    yield from length_rules(INPUT_LENGTH, lengths)
    half = [*lengths[:-1], None if lengths[-1] is None else lengths[-1] // 2 + 1]
    given = shape_of(response, response.shape.rank, running)
    allowed = [half, [*half, channels]]
    holds: Any = len(given) in map(len, allowed)
    for a, b in zip(given, allowed[-1], strict=False):
        if a is not None and b is not None:
            holds = holds & equal(a, b)
    # As Check in csrc/core/spectral_conv.cc says it.
    shapes = (f"[{', '.join(['{}'] * len(shape))}]" for shape in (given, *allowed))
    text = "response: shape {}; allowed for this x: {}, shared by all channels, or {}, one for each"
    numbers = ("?" if each is None else each for each in (*given, *half, *half, channels))
    yield holds, text.format(*shapes), *numbers


def _as_response(response: Any, x_dtype: tf.DType) -> tf.Tensor:
    """The response as a complex tensor; the imaginary part of a real one is zero."""
    real = computing_type(x_dtype)
    dtype = tf.complex128 if real == tf.float64 else tf.complex64
    others = (real, *half_partners(x_dtype))
    tensor = as_partner("response", response, dtype, x_dtype, others=others)
    if tensor.shape.rank is None:
        raise ValueError(
            "response: its rank is not known; give it a shape, for its rank says whether all "
            "channels share it"
        )
    if tensor.dtype == dtype:
        return tensor
    tensor = tf.cast(tensor, real)
    return tf.complex(tensor, tf.zeros_like(tensor))
