"""The arguments of `pool` and `resample`."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import tensorflow as tf

from spectral_ops._arguments.common import (
    DATA_FORMATS,
    DTYPES,
    NORMS,
    as_output_size,
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
    OUTPUT_LENGTH,
    Rules,
    assertions,
    entries,
    equal,
    length_rules,
    minimum,
    refuse,
    shape_of,
)


class ResampleArguments(NamedTuple):
    """What `pool` and `resample` were given, as tensors."""

    x: tf.Tensor  # [batch, *spatial, channels] or [batch, channels, *spatial]
    output_size: tf.Tensor  # int32 or int64 [rank]
    sizes: list[int | None]  # its entries, None where unknown
    rank: int  # number of spatial axes
    windows: dict[int, tf.Tensor]  # by axis; an axis that is not there has none
    data_format: str
    downsample_only: bool


def resample_arguments(
    x: Any,
    output_size: Any,
    norm: Any,
    windows: Any,
    data_format: Any,
    *,
    downsample_only: bool,
) -> ResampleArguments:
    """Checks every argument of `pool` and `resample` as far as it is known now."""
    one_of("norm", norm, NORMS)
    one_of("data_format", data_format, DATA_FORMATS)
    x = as_tensor("x", x, DTYPES)
    output_size, sizes = as_output_size(output_size)
    rank = len(sizes)
    if x.shape.rank not in (None, rank + 2):
        raise ValueError(
            f"x: shape {x.shape} has rank {x.shape.rank}; with {rank} entries in output_size "
            f"it must have rank {rank + 2}, {layout(data_format)}"
        )
    tensors = _as_windows(windows, x.dtype, rank)
    arguments = ResampleArguments(
        x, output_size, sizes, rank, tensors, data_format, downsample_only
    )
    refuse(_rules(arguments, running=False))
    return arguments


def resample_checks(arguments: ResampleArguments) -> list[tf.Operation]:
    """Assertions for what `resample_arguments` could not know."""
    return assertions(_rules(arguments, running=True))


def _rules(arguments: ResampleArguments, *, running: bool) -> Rules:
    x, output_size, known, rank, windows, data_format, downsample_only = arguments
    dtype = output_size.dtype
    _, lengths, _ = signal_axes(shape_of(x, rank + 2, running, dtype), data_format)
    sizes = entries(output_size, known, running)
    yield from length_rules(INPUT_LENGTH, lengths)
    yield from length_rules(OUTPUT_LENGTH, sizes)
    for axis, (n, m) in enumerate(zip(lengths, sizes, strict=True)):
        if n is None or m is None:
            continue
        if downsample_only:
            text = (
                "output_size[{}]: {} exceeds the input's length {} on spatial axis {}; pool only "
                "shrinks, resample also enlarges"
            )
            yield m <= n, text, axis, m, n, axis
        (length,) = shape_of(windows[axis], 1, running, dtype) if axis in windows else [None]
        if length is not None:
            bins = minimum(n, m) // 2 + 1
            text = "windows[{}]: length {}; allowed: min({}, {})//2 + 1 = {}"
            yield equal(length, bins), text, axis, length, n, m, bins


def _as_windows(windows: Any, x_dtype: tf.DType, rank: int) -> dict[int, tf.Tensor]:
    """The windows as tensors of the computing type, by axis; half types are cast up."""
    if windows is None:
        return {}
    allowed = f"allowed: None, or one real 1-D tensor (or None) for each of the {rank} axes"
    if isinstance(windows, str | bytes) or not isinstance(windows, Sequence | tf.Tensor):
        raise TypeError(f"windows: {windows!r} is not a sequence; {allowed}")
    if isinstance(windows, tf.Tensor):
        if windows.shape.rank != 2 or windows.shape[0] is None:
            raise ValueError(f"windows: a tensor of shape {windows.shape}; {allowed}")
        windows = tf.unstack(windows)
    if len(windows) != rank:
        raise ValueError(f"windows: {len(windows)} given for {rank} spatial axes; {allowed}")
    dtype, halves = computing_type(x_dtype), half_partners(x_dtype)
    tensors = {}
    for axis, window in enumerate(windows):
        if window is not None:
            name = f"windows[{axis}]"
            given = as_partner(name, window, dtype, x_dtype, others=halves, cast_arrays=True)
            tensors[axis] = tf.cast(given, dtype)
    for axis, window in tensors.items():
        if window.shape.rank not in (None, 1):
            raise ValueError(f"windows[{axis}]: shape {window.shape} is not 1-D; {allowed}")
    return tensors
