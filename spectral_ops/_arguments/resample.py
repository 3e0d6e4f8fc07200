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
    dynamic_lengths,
    half_partners,
    layout,
    one_of,
    signal_axes,
)
from spectral_ops._arguments.rules import (
    INPUT_LENGTH,
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
from spectral_ops._arguments.windows import (
    BOUNDARIES,
    WINDOW_NAMES,
    WindowName,
    as_window_name,
    named_window,
    window_length,
)

ALIGNMENTS = ("first", "center")


class ResampleArguments(NamedTuple):
    """What `pool` and `resample` were given, as tensors."""

    x: tf.Tensor  # [batch, *spatial, channels] or [batch, channels, *spatial]
    output_size: tf.Tensor  # int32 or int64 [rank]
    sizes: list[int | None]  # its entries, None where unknown
    rank: int  # number of spatial axes
    boundary: str
    alignment: str
    windows: dict[int, tf.Tensor]  # by axis; an axis that is not there has none
    data_format: str
    downsample_only: bool


def resample_arguments(
    x: Any,
    output_size: Any,
    boundary: Any,
    alignment: Any,
    norm: Any,
    windows: Any,
    data_format: Any,
    *,
    downsample_only: bool,
) -> ResampleArguments:
    """Checks every argument of `pool` and `resample` as far as it is known now."""
    alignment = as_alignment(boundary, alignment)
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
    tensors, names = _as_windows(windows, x.dtype, rank)
    arguments = ResampleArguments(
        x, output_size, sizes, rank, boundary, alignment, tensors, data_format, downsample_only
    )
    refuse(_rules(arguments, running=False))
    if names:
        lengths = entries(dynamic_lengths(x, data_format), _lengths(arguments), True)
        wanted = entries(tf.cast(output_size, tf.int32), sizes, True)
        for axis, window in names.items():
            tensors[axis] = named_window(
                window, lengths[axis], wanted[axis], boundary, computing_type(x.dtype)
            )
    return arguments


def as_alignment(boundary: Any, alignment: Any) -> str:
    """The alignment; None is that which goes with the boundary."""
    one_of("boundary", boundary, BOUNDARIES)
    if alignment is None:
        return "first" if boundary == "periodic" else "center"
    one_of("alignment", alignment, ALIGNMENTS)
    if boundary == "symmetric" and alignment == "first":
        raise ValueError(
            "alignment: 'first'; allowed with boundary 'symmetric': 'center', for a mirrored "
            "signal has no sample 0 that another length could keep in its place"
        )
    return str(alignment)


def resample_checks(arguments: ResampleArguments) -> list[tf.Operation]:
    """Assertions for what `resample_arguments` could not know."""
    return assertions(_rules(arguments, running=True))


def _rules(arguments: ResampleArguments, *, running: bool) -> Rules:
    _, output_size, known, _, boundary, _, windows, _, downsample_only = arguments
    dtype = output_size.dtype
    lengths = _lengths(arguments, running, dtype)
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
            bins = window_length(n, m, boundary)
            text = "windows[{}]: length {}; allowed: min({}, {})//2 + 1 = {}"
            if boundary == "symmetric":
                text = "windows[{}]: length {}; allowed with boundary 'symmetric': min({}, {}) = {}"
            yield equal(length, bins), text, axis, length, n, m, bins


def _lengths(
    arguments: ResampleArguments, running: bool = False, dtype: tf.DType = tf.int32
) -> Numbers:
    """Those of the spatial axes of x."""
    shape = shape_of(arguments.x, arguments.rank + 2, running, dtype)
    return signal_axes(shape, arguments.data_format)[1]


def _as_windows(
    windows: Any, x_dtype: tf.DType, rank: int
) -> tuple[dict[int, tf.Tensor], dict[int, WindowName]]:
    """The windows by axis: tensors of the computing type, half types cast up; and the names."""
    if windows is None:
        return {}, {}
    of_all = as_window_name("windows", windows)
    if of_all is not None:
        return {}, dict.fromkeys(range(rank), of_all)
    allowed = (
        f"allowed: None, one of {WINDOW_NAMES}, or for each of the {rank} axes one of these or a "
        "real 1-D tensor"
    )
    if isinstance(windows, bytes) or not isinstance(windows, Sequence | tf.Tensor):
        raise TypeError(f"windows: {windows!r} is not a sequence; {allowed}")
    if isinstance(windows, tf.Tensor):
        if windows.shape.rank != 2 or windows.shape[0] is None:
            raise ValueError(f"windows: a tensor of shape {windows.shape}; {allowed}")
        windows = tf.unstack(windows)
    if len(windows) != rank:
        raise ValueError(f"windows: {len(windows)} given for {rank} spatial axes; {allowed}")
    dtype, halves = computing_type(x_dtype), half_partners(x_dtype)
    tensors, names = {}, {}
    for axis, window in enumerate(windows):
        argument = f"windows[{axis}]"
        if window is None:
            continue
        name = as_window_name(argument, window)
        if name is not None:
            names[axis] = name
            continue
        given = as_partner(argument, window, dtype, x_dtype, others=halves, cast_arrays=True)
        tensors[axis] = tf.cast(given, dtype)
    for axis, window in tensors.items():
        if window.shape.rank not in (None, 1):
            raise ValueError(f"windows[{axis}]: shape {window.shape} is not 1-D; {allowed}")
    return tensors, names
