"""The arguments of `spectral_conv`."""

from typing import Any, NamedTuple

import tensorflow as tf

from spectral_ops._arguments.common import (
    DATA_FORMATS,
    DTYPES,
    INT_DTYPES,
    MAX_SPATIAL_RANK,
    NORMS,
    as_ints,
    as_output_size,
    as_partner,
    as_tensor,
    computing_type,
    dynamic_lengths,
    half_partners,
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
    weights: tf.Tensor  # complex [*modes, in, out], [*modes, channels] or [*modes]
    modes: list[int | None]  # one per axis, None where unknown; empty: all that the weights have
    modes_tensor: tf.Tensor | None  # as output_size, where some are unknown
    output_size: tf.Tensor  # int32 or int64 [rank]
    sizes: list[int | None]  # its entries, None where unknown
    rank: int  # number of spatial axes
    channel_axes: int  # of the weights: 2 dense, 1 separable, 0 shared by all channels
    data_format: str


def spectral_conv_arguments(
    x: Any, weights: Any, modes: Any, output_size: Any, norm: Any, data_format: Any
) -> SpectralConvArguments:
    """Checks every argument of `spectral_conv` as far as it is known now."""
    one_of("norm", norm, NORMS)
    one_of("data_format", data_format, DATA_FORMATS)
    x = as_tensor("x", x, DTYPES)
    given_modes, modes_tensor = _as_modes(modes)
    sizes: list[int | None] = []
    if output_size is not None:
        output_size, sizes = as_output_size(output_size)
    rank = _spatial_rank(x, sizes, given_modes)
    weights = _as_weights(weights, x.dtype)
    if weights.shape.rank not in (rank, rank + 1, rank + 2):
        raise ValueError(
            f"weights: shape {weights.shape}; allowed with {rank} spatial axes: rank {rank + 2}, "
            f"[*modes, in, out], {rank + 1}, [*modes, channels], or {rank}, [*modes], and one more "
            "for real pairs"
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
    if modes_tensor is not None:
        modes_tensor = tf.cast(modes_tensor, output_size.dtype)
    channel_axes = weights.shape.rank - rank
    arguments = SpectralConvArguments(
        x, weights, given_modes, modes_tensor, output_size, sizes, rank, channel_axes, data_format
    )
    refuse(_rules(arguments, running=False))
    return arguments


def spectral_conv_checks(arguments: SpectralConvArguments) -> list[tf.Operation]:
    """Assertions for what `spectral_conv_arguments` could not know."""
    return assertions(_rules(arguments, running=True))


def kept_weights(arguments: SpectralConvArguments) -> tuple[tf.Tensor, tuple[int, ...]]:
    """The weights, and how many modes of them act on each axis; empty: all.

    These are what `modes` says, as far as the weights and `x` have them. Where a size is not known
    before the graph runs, the weights are cut to them there.
    """
    x, weights, modes, modes_tensor, _, _, rank, _, data_format = arguments
    _, lengths, _ = signal_axes(shape_of(x, rank + 2), data_format)
    held = shape_of(weights, weights.shape.rank)[:rank]
    if None not in (*lengths, *held, *modes):
        most = [*held[:-1], 2 * held[-1] - 1]
        kept = [min(n, k) for n, k in zip(lengths, modes or most, strict=True)]
        return weights, () if kept == most else tuple(kept)
    checks = [] if modes_tensor is None else spectral_conv_checks(arguments)
    with tf.control_dependencies(checks):
        counts = dynamic_lengths(x, data_format)
    if modes:
        counts = tf.minimum(
            counts, modes if modes_tensor is None else tf.cast(modes_tensor, "int32")
        )
    counts = tf.concat([counts[:-1], counts[-1:] // 2 + 1], 0)
    counts = tf.maximum(1, counts)  # an empty `x` is refused by name
    return _clipped(weights, counts, rank), ()


def _clipped(
    weights: tf.Tensor,  # [*held, ..]
    counts: tf.Tensor,  # int32 [rank], entries of each axis
    rank: int,
) -> tf.Tensor:  # [*min(held, counts), ..]
    """`low_modes`, without a copy where nothing is left out.

    Both ways have their gradients from here, not from `tf.cond`: its own cannot be vectorized. For
    forward differentiation, a gradient inside a gradient takes tensors of its own.
    """
    held = tf.shape(weights)[:rank]

    @tf.custom_gradient
    def clip(weights: tf.Tensor) -> Any:
        fits = tf.reduce_all(counts >= held)
        kept = tf.cond(fits, lambda: weights, lambda: low_modes(weights, counts, rank))
        kept.set_shape([None] * rank + weights.shape[rank:].as_list())
        return kept, lambda g: _extended(g, tf.identity(held), tf.identity(counts), rank)

    clipped: tf.Tensor = clip(weights)
    return clipped


def _extended(
    kept: tf.Tensor,  # [*min(held, counts), ..]
    held: tf.Tensor,  # int32 [rank]
    counts: tf.Tensor,  # int32 [rank]
    rank: int,
) -> tf.Tensor:  # [*held, ..]
    """The adjoint of `_clipped`."""

    @tf.custom_gradient
    def extend(kept: tf.Tensor, held: tf.Tensor, counts: tf.Tensor) -> Any:
        fits = tf.reduce_all(counts >= held)
        weights = tf.cond(fits, lambda: kept, lambda: _with_zeros(kept, held, rank))
        weights.set_shape([None] * rank + kept.shape[rank:].as_list())
        return weights, lambda v: (_clipped(v, tf.identity(counts), rank), None, None)

    extended: tf.Tensor = extend(kept, held, counts)
    return extended


def _with_zeros(kept: tf.Tensor, held: tf.Tensor, rank: int) -> tf.Tensor:
    """The adjoint of `low_modes`: zeros where weights were left out."""
    for axis in range(rank):
        before = (slice(None),) * axis
        shape = tf.shape(kept)
        count = shape[axis]
        half = count if axis == rank - 1 else (count + 1) // 2
        missing = tf.concat([shape[:axis], [held[axis] - count], shape[axis + 1 :]], 0)
        parts = kept[(*before, slice(half))], kept[(*before, slice(half, None))]
        kept = tf.concat([parts[0], tf.zeros(missing, kept.dtype), parts[1]], axis)
    return kept


def low_modes(weights: tf.Tensor, counts: Any, rank: int) -> tf.Tensor:
    """The weights of at most `counts` entries of lowest frequency on each axis."""
    for axis in range(rank):
        before = (slice(None),) * axis
        held = tf.shape(weights)[axis]
        count = tf.minimum(counts[axis], held)
        if axis == rank - 1:  # a half spectrum
            return weights[(*before, slice(count))]
        low = weights[(*before, slice((count + 1) // 2))]
        high = weights[(*before, slice(held - count // 2, None))]
        weights = tf.concat([low, high], axis)
    return weights


def spectral_conv_output_shape(arguments: SpectralConvArguments) -> list[int | None]:
    """The shape of the result, None where unknown."""
    shape = shape_of(arguments.x, arguments.rank + 2)
    batch, _, channels = signal_axes(shape, arguments.data_format)
    if arguments.channel_axes:
        channels = arguments.weights.shape[-1]
    return signal_shape(batch, arguments.sizes, channels, arguments.data_format)


def _rules(arguments: SpectralConvArguments, *, running: bool) -> Rules:
    x, weights, modes, modes_tensor, output_size, sizes, rank, channel_axes, data_format = arguments
    dtype = output_size.dtype
    wanted: list[Any] = modes
    if modes_tensor is not None:
        wanted = entries(modes_tensor, modes, running)
    _, lengths, channels = signal_axes(shape_of(x, rank + 2, running, dtype), data_format)
    weights_shape = shape_of(weights, weights.shape.rank, running, dtype)
    yield from length_rules(INPUT_LENGTH, lengths)
    yield from length_rules(OUTPUT_LENGTH, entries(output_size, sizes, running))
    for axis, held in enumerate(weights_shape[:rank]):
        last = axis + 1 == rank  # a half spectrum
        if held is not None:
            yield held >= 1, "weights: {} modes on axis {}; allowed: 1 or more", held, axis
        if wanted and wanted[axis] is not None and held is not None:
            most = 2 * held - 1 if last else held
            what = "entries (modes//2 + 1)" if last else "modes"
            text = "modes[{}]: {}; allowed: 1 to {}, for weights has {} {} on axis {}"
            holds = (wanted[axis] >= 1) & (wanted[axis] <= most)
            yield holds, text, axis, wanted[axis], most, held, what, axis
    inputs = weights_shape[rank] if channel_axes else None
    if channels is not None and inputs is not None:
        text = "weights: {} {}; allowed: those of x, {}"
        what = "channels" if channel_axes == 1 else "input channels"
        yield equal(inputs, channels), text, inputs, what, channels


def _as_weights(weights: Any, x_dtype: tf.DType) -> tf.Tensor:
    """The weights as a complex tensor; real ones are pairs of a real and an imaginary part."""
    real = computing_type(x_dtype)
    dtype = tf.complex128 if real == tf.float64 else tf.complex64
    tensor = as_partner("weights", weights, dtype, x_dtype, others=(real, *half_partners(x_dtype)))
    if tensor.dtype == dtype:
        return tensor
    if not tensor.shape.rank or tensor.shape[-1] != 2:
        raise TypeError(
            f"weights: dtype {tensor.dtype.name}, shape {tensor.shape}; allowed with "
            f"{x_dtype.name} x: {dtype.name}, or {real.name} pairs of real and imaginary parts, "
            "whose last axis has length 2"
        )
    tensor = tf.cast(tensor, real)
    return tf.complex(*tf.unstack(tensor, 2, axis=-1))


def _spatial_rank(x: tf.Tensor, sizes: list[int | None], modes: list[int | None]) -> int:
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


def _as_modes(modes: Any) -> tuple[list[int | None], tf.Tensor | None]:
    """The counts as far as they are known, and as a tensor where they are not."""
    if modes is None:
        return [], None
    allowed = f"allowed: None, an int, 1 to {MAX_SPATIAL_RANK} ints, or an int tensor of as many"
    tensor = None
    if is_tensor(modes):
        tensor = as_tensor("modes", modes, INT_DTYPES)
        if tensor.shape.rank == 0:
            tensor = tensor[tf.newaxis]
        if tensor.shape.rank != 1 or tensor.shape[0] is None:
            raise ValueError(
                f"modes: shape {tensor.shape}; its length must be known, one for each spatial "
                f"axis; {allowed}"
            )
        modes = tf.get_static_value(tensor)
        if modes is None and 1 <= tensor.shape[0] <= MAX_SPATIAL_RANK:
            return [None] * tensor.shape[0], tensor
        modes = [1] * tensor.shape[0] if modes is None else modes
    counts = as_ints(modes)
    if counts is None:
        raise TypeError(f"modes: {modes!r}; {allowed}")
    if not 1 <= len(counts) <= MAX_SPATIAL_RANK:
        raise ValueError(f"modes: {modes!r} has {len(counts)} entries; {allowed}")
    for axis, count in enumerate(counts):
        if not 1 <= count <= MAX_AXIS_LENGTH:
            raise ValueError(f"modes[{axis}]: {count}; allowed: 1 or more, as many as weights has")
    return list(counts), None
