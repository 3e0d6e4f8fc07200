"""The arguments of `spectral_conv`."""

from typing import Any, NamedTuple

import tensorflow as tf

from spectral_ops._arguments.common import (
    DATA_FORMATS,
    DTYPES,
    MAX_SPATIAL_RANK,
    NORMS,
    as_ints,
    as_output_size,
    as_partner,
    as_tensor,
    dynamic_lengths,
    is_tensor,
    layout,
    one_of,
    signal_axes,
    signal_shape,
)
from spectral_ops._arguments.rules import (
    INPUT_LENGTH,
    MAX_AXIS_LENGTH,
    OUTPUT_LENGTH,
    Rules,
    assertions,
    entries,
    equal,
    length_rules,
    refuse,
    shape_of,
)


class SpectralConvArguments(NamedTuple):
    """What `spectral_conv` was given, as tensors."""

    x: tf.Tensor  # [batch, *spatial, in] or [batch, in, *spatial]
    weights: tf.Tensor  # complex [*modes, in, out] or [*modes, channels]
    modes: tuple[int, ...]  # one per axis; empty: all that the weights have
    output_size: tf.Tensor  # int32 or int64 [rank]
    sizes: list[int | None]  # its entries, None where unknown
    rank: int  # number of spatial axes
    separable: bool
    data_format: str


def spectral_conv_arguments(
    x: Any, weights: Any, modes: Any, output_size: Any, norm: Any, data_format: Any
) -> SpectralConvArguments:
    """Checks every argument of `spectral_conv` as far as it is known now."""
    one_of("norm", norm, NORMS)
    one_of("data_format", data_format, DATA_FORMATS)
    x = as_tensor("x", x, DTYPES)
    given_modes = _as_modes(modes)
    sizes: list[int | None] = []
    if output_size is not None:
        output_size, sizes = as_output_size(output_size)
    rank = _spatial_rank(x, sizes, given_modes)
    dtype = tf.complex128 if x.dtype == tf.float64 else tf.complex64
    weights = as_partner("weights", weights, dtype, x.dtype)
    if weights.shape.rank not in (rank + 1, rank + 2):
        raise ValueError(
            f"weights: shape {weights.shape}; allowed with {rank} spatial axes: rank {rank + 2}, "
            f"[*modes, in, out], or {rank + 1}, [*modes, channels]"
        )
    for name, given in (("output_size", sizes), ("modes", given_modes)):
        if given and len(given) != rank:
            raise ValueError(
                f"{name}: {len(given)} entries; allowed: {rank}, one for each spatial axis"
            )
    if output_size is None:
        _, sizes, _ = signal_axes(shape_of(x, rank + 2), data_format)
        known = None not in sizes
        output_size = tf.constant(sizes) if known else dynamic_lengths(x, data_format)
    separable = weights.shape.rank == rank + 1
    arguments = SpectralConvArguments(
        x, weights, given_modes, output_size, sizes, rank, separable, data_format
    )
    refuse(_rules(arguments, running=False))
    return arguments


def spectral_conv_checks(arguments: SpectralConvArguments) -> list[tf.Operation]:
    """Assertions for what `spectral_conv_arguments` could not know."""
    return assertions(_rules(arguments, running=True))


def spectral_conv_output_shape(arguments: SpectralConvArguments) -> list[int | None]:
    """The shape of the result, None where unknown."""
    batch, *_ = shape_of(arguments.x, arguments.rank + 2)
    channels = arguments.weights.shape[-1]
    return signal_shape(batch, arguments.sizes, channels, arguments.data_format)


def _rules(arguments: SpectralConvArguments, *, running: bool) -> Rules:
    x, weights, modes, output_size, sizes, rank, separable, data_format = arguments
    dtype = output_size.dtype
    _, lengths, channels = signal_axes(shape_of(x, rank + 2, running, dtype), data_format)
    weights_shape = shape_of(weights, weights.shape.rank, running, dtype)
    yield from length_rules(INPUT_LENGTH, lengths)
    yield from length_rules(OUTPUT_LENGTH, entries(output_size, sizes, running))
    for axis, n in enumerate(lengths):
        held = kept = weights_shape[axis]
        last = axis + 1 == rank  # a half spectrum
        if held is not None:
            yield held >= 1, "weights: {} modes on axis {}; allowed: 1 or more", held, axis
        if modes:
            kept = modes[axis] // 2 + 1 if last else modes[axis]
        if modes and held is not None:
            most = 2 * held - 1 if last else held
            what = "entries (modes//2 + 1)" if last else "modes"
            text = "modes[{}]: {}; allowed: 1 to {}, for weights has {} {} on axis {}"
            yield kept <= held, text, axis, modes[axis], most, held, what, axis
        if n is not None and kept is not None:
            most = n // 2 + 1 if last else n
            what = "entries of the half spectrum" if last else "modes"
            text = "{}: {} {} on axis {}; allowed for x's length {}: at most {}"
            text += " = length//2 + 1" if last else ""
            yield kept <= most, text, "modes" if modes else "weights", kept, what, axis, n, most
    inputs = weights_shape[rank]
    if channels is not None and inputs is not None:
        text = "weights: {} {}; allowed: those of x, {}"
        what = "channels" if separable else "input channels"
        yield equal(inputs, channels), text, inputs, what, channels


def _spatial_rank(x: tf.Tensor, sizes: list[int | None], modes: tuple[int, ...]) -> int:
    rank = len(sizes) or len(modes) if x.shape.rank is None else int(x.shape.rank) - 2
    if x.shape.rank is not None and not 1 <= rank <= MAX_SPATIAL_RANK:
        raise ValueError(
            f"x: shape {x.shape} has rank {x.shape.rank}; allowed: 3 to {MAX_SPATIAL_RANK + 2}, "
            f"{layout('channels_last')} or {layout('channels_first')}"
        )
    if not rank:
        raise ValueError(
            "x: its rank is not known; give it a shape, or give output_size, whose length is the "
            "number of spatial axes"
        )
    return rank


def _as_modes(modes: Any) -> tuple[int, ...]:
    if modes is None:
        return ()
    allowed = f"allowed: None, an int, or 1 to {MAX_SPATIAL_RANK} ints"
    counts = None if is_tensor(modes) else as_ints(modes)
    if counts is None:
        raise TypeError(f"modes: {modes!r}; {allowed}")
    if not 1 <= len(counts) <= MAX_SPATIAL_RANK:
        raise ValueError(f"modes: {modes!r} has {len(counts)} entries; {allowed}")
    for axis, count in enumerate(counts):
        if not 1 <= count <= MAX_AXIS_LENGTH:
            raise ValueError(f"modes[{axis}]: {count}; allowed: 1 or more, as many as weights has")
    return tuple(counts)
