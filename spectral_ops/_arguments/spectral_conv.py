"""The arguments of `spectral_conv`."""

import operator
from typing import Any, NamedTuple

import tensorflow as tf

from spectral_ops._arguments.common import (
    DATA_FORMATS,
    MAX_AXIS_LENGTH,
    MAX_SPATIAL_RANK,
    NORMS,
    as_output_size,
    as_partner,
    as_signal,
    check_size,
    dynamic_lengths,
    one_of,
    spatial_lengths,
)


class SpectralConvArguments(NamedTuple):
    """What `spectral_conv` was given, as tensors."""

    x: tf.Tensor  # [batch, *spatial, in] or [batch, in, *spatial]
    weights: tf.Tensor  # complex [*modes, in, out] or [*modes, channels]
    modes: tuple[int, ...]  # one per axis; empty: all that the weights have
    output_size: tf.Tensor  # int32 or int64 [rank]
    sizes: tuple[int | None, ...]  # its entries, None where unknown
    rank: int  # number of spatial axes
    separable: bool
    norm: str
    data_format: str


def spectral_conv_arguments(
    x: Any, weights: Any, modes: Any, output_size: Any, norm: Any, data_format: Any
) -> SpectralConvArguments:
    """Checks every argument of `spectral_conv` as far as it is known now."""
    one_of("norm", norm, NORMS)
    one_of("data_format", data_format, DATA_FORMATS)
    x = as_signal(x)
    given_modes = _as_modes(modes)
    sizes: list[int | None] | None = None
    if output_size is not None:
        output_size, sizes = as_output_size(output_size)
    rank = _rank(x, sizes, given_modes)
    weights, separable = _as_weights(weights, x.dtype, rank)
    for name, entries in (("output_size", sizes), ("modes", given_modes or None)):
        if entries is not None and len(entries) != rank:
            raise ValueError(
                f"{name}: {len(entries)} entries; allowed: {rank}, one for each spatial axis"
            )
    lengths = spatial_lengths(x.shape, rank, data_format)
    for axis, length in enumerate(lengths):
        if length is not None and not 1 <= length <= MAX_AXIS_LENGTH:
            raise ValueError(
                f"x: spatial axis {axis} has length {length}; allowed: 1 to {MAX_AXIS_LENGTH}"
            )
        if sizes is not None and (size := sizes[axis]) is not None:
            check_size(axis, size)
        _check_modes(axis, axis + 1 == rank, length, weights.shape[axis], given_modes)
    _check_channels(x, weights, rank, separable, data_format)
    if output_size is None:
        sizes = lengths
        if all(length is not None for length in lengths):
            output_size = tf.constant(lengths, tf.int32)
        else:
            output_size = dynamic_lengths(x, data_format)
    assert sizes is not None
    return SpectralConvArguments(
        x, weights, given_modes, output_size, tuple(sizes), rank, separable, norm, data_format
    )


def spectral_conv_output_shape(arguments: SpectralConvArguments) -> list[int | None]:
    """The shape of the result, None where unknown."""
    rank = arguments.rank
    shape: list[int | None] = [None] * (rank + 2)
    if arguments.x.shape.rank is not None:
        shape = arguments.x.shape.as_list()
    last = arguments.data_format == "channels_last"
    first = 1 if last else 2
    shape[first : first + rank] = list(arguments.sizes)
    channel = rank + 1 if last else 1
    shape[channel] = arguments.weights.shape[-1]
    return shape


def spectral_conv_checks(arguments: SpectralConvArguments) -> list[tf.Operation]:
    """Assertions for what `spectral_conv_arguments` could not know; for the reference only."""
    rank = arguments.rank
    lengths = tf.cast(dynamic_lengths(arguments.x, arguments.data_format), tf.int64)
    sizes = tf.cast(arguments.output_size, tf.int64)
    longest = tf.constant(MAX_AXIS_LENGTH, tf.int64)
    entries = tf.shape(arguments.weights, tf.int64)
    kept = entries[:rank]
    if arguments.modes:
        kept = tf.constant(_kept(arguments.modes), tf.int64)
    most = tf.concat([lengths[:-1], lengths[-1:] // 2 + 1], 0)
    channel = -1 if arguments.data_format == "channels_last" else 1
    checks = [
        tf.debugging.assert_positive(lengths, message="x: a spatial axis is empty"),
        tf.debugging.assert_less_equal(
            lengths, longest, message=f"x: a spatial axis is longer than {MAX_AXIS_LENGTH}"
        ),
        tf.debugging.assert_positive(sizes, message="output_size: must be at least 1"),
        tf.debugging.assert_less_equal(
            sizes, longest, message=f"output_size: must be at most {MAX_AXIS_LENGTH}"
        ),
        tf.debugging.assert_positive(kept, message="weights: no modes on an axis"),
        tf.debugging.assert_less_equal(
            kept, entries[:rank], message="modes: more than the weights have"
        ),
        tf.debugging.assert_less_equal(
            kept, most, message="weights: more modes than the input's size has"
        ),
        tf.debugging.assert_equal(
            tf.shape(arguments.x, tf.int64)[channel],
            entries[rank],
            message="weights: their input channels are not those of x",
        ),
    ]
    return [check for check in checks if check is not None]


def _kept(modes: tuple[int, ...]) -> list[int]:
    """Entries of the weights that `modes` keeps on each axis."""
    return [*modes[:-1], modes[-1] // 2 + 1]


def _rank(x: tf.Tensor, sizes: list[int | None] | None, modes: tuple[int, ...]) -> int:
    if x.shape.rank is not None:
        rank = int(x.shape.rank) - 2
        if not 1 <= rank <= MAX_SPATIAL_RANK:
            raise ValueError(
                f"x: shape {x.shape} has rank {x.shape.rank}; allowed: 3 to "
                f"{MAX_SPATIAL_RANK + 2}, [batch, *spatial, channels] or "
                "[batch, channels, *spatial]"
            )
        return rank
    if sizes is not None:
        return len(sizes)
    if modes:
        return len(modes)
    raise ValueError(
        "x: its rank is not known; give it a shape, or give output_size, whose length is the "
        "number of spatial axes"
    )


def _as_modes(modes: Any) -> tuple[int, ...]:
    if modes is None:
        return ()
    allowed = f"allowed: None, an int, or 1 to {MAX_SPATIAL_RANK} ints"
    if isinstance(modes, str | bytes | bool) or tf.is_tensor(modes):
        raise TypeError(f"modes: {modes!r}; {allowed}")
    try:
        values = list(modes) if hasattr(modes, "__iter__") else [modes]
        entries = [operator.index(value) for value in values]
    except TypeError:
        raise TypeError(f"modes: {modes!r}; {allowed}") from None
    if any(isinstance(value, bool) for value in values):
        raise TypeError(f"modes: {modes!r}; {allowed}")
    if not 1 <= len(entries) <= MAX_SPATIAL_RANK:
        raise ValueError(f"modes: {modes!r} has {len(entries)} entries; {allowed}")
    for axis, count in enumerate(entries):
        if not 1 <= count <= MAX_AXIS_LENGTH:
            raise ValueError(f"modes[{axis}]: {count}; allowed: 1 or more, as many as weights has")
    return tuple(entries)


def _as_weights(weights: Any, x_dtype: tf.DType, rank: int) -> tuple[tf.Tensor, bool]:
    dtype = tf.complex128 if x_dtype == tf.float64 else tf.complex64
    weights = as_partner("weights", weights, dtype, x_dtype)
    if weights.shape.rank not in (rank + 1, rank + 2):
        raise ValueError(
            f"weights: shape {weights.shape}; allowed with {rank} spatial axes: rank {rank + 2}, "
            f"[*modes, in, out], or {rank + 1}, [*modes, channels]"
        )
    return weights, weights.shape.rank == rank + 1


def _check_modes(
    axis: int, last: bool, length: int | None, entries: int | None, modes: tuple[int, ...]
) -> None:
    if entries == 0:
        raise ValueError(f"weights: 0 modes on axis {axis}; allowed: 1 or more")
    kept = entries
    if modes:
        kept = modes[axis] // 2 + 1 if last else modes[axis]
        if entries is not None and kept > entries:
            most = 2 * entries - 1 if last else entries
            held = f"{entries} entries (modes//2 + 1)" if last else f"{entries} modes"
            raise ValueError(
                f"modes[{axis}]: {modes[axis]}; allowed: 1 to {most}, for weights has {held} on "
                f"axis {axis}"
            )
    if length is None or kept is None:
        return
    most = length // 2 + 1 if last else length
    if kept > most:
        what = "entries of the half spectrum" if last else "modes"
        raise ValueError(
            f"{'modes' if modes else 'weights'}: {kept} {what} on axis {axis}; allowed for x's "
            f"length {length}: at most {most}{' = length//2 + 1' if last else ''}"
        )


def _check_channels(
    x: tf.Tensor, weights: tf.Tensor, rank: int, separable: bool, data_format: str
) -> None:
    if x.shape.rank is None:
        return
    channels = x.shape[-1 if data_format == "channels_last" else 1]
    wanted = weights.shape[rank]
    if channels is not None and wanted is not None and channels != wanted:
        what = "channels" if separable else "input channels"
        raise ValueError(f"weights: {wanted} {what}; allowed: those of x, {channels}")
