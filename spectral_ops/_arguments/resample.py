"""The arguments of `pool` and `resample`."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import tensorflow as tf

from spectral_ops._arguments.common import (
    DATA_FORMATS,
    MAX_AXIS_LENGTH,
    NORMS,
    as_output_size,
    as_signal,
    check_size,
    dynamic_lengths,
    one_of,
    spatial_lengths,
)


class ResampleArguments(NamedTuple):
    """What `pool` and `resample` were given, as tensors."""

    x: tf.Tensor  # [batch, *spatial, channels] or [batch, channels, *spatial]
    output_size: tf.Tensor  # int32 or int64 [rank]
    rank: int  # number of spatial axes
    windows: tuple[tf.Tensor | None, ...]  # one per axis; None stands for ones
    norm: str
    data_format: str


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
    x = as_signal(x)
    output_size, sizes = as_output_size(output_size)
    rank = len(sizes)
    if x.shape.rank is not None and x.shape.rank != rank + 2:
        layout = "[batch, *spatial, channels]"
        if data_format == "channels_first":
            layout = "[batch, channels, *spatial]"
        raise ValueError(
            f"x: shape {x.shape} has rank {x.shape.rank}; with {rank} entries in output_size "
            f"it must have rank {rank + 2}, {layout}"
        )
    lengths = spatial_lengths(x.shape, rank, data_format)
    for axis, (length, size) in enumerate(zip(lengths, sizes, strict=True)):
        _check_axis(axis, length, size, downsample_only)
    return ResampleArguments(
        x,
        output_size,
        rank,
        _as_windows(windows, x.dtype, lengths, sizes),
        norm,
        data_format,
    )


def dynamic_checks(arguments: ResampleArguments, *, downsample_only: bool) -> list[tf.Operation]:
    """Assertions for what `resample_arguments` could not know; for the reference only."""
    lengths = tf.cast(dynamic_lengths(arguments.x, arguments.data_format), tf.int64)
    sizes = tf.cast(arguments.output_size, tf.int64)
    checks = [
        tf.debugging.assert_greater_equal(
            lengths, tf.ones_like(lengths), message="x: a spatial axis is empty"
        ),
        tf.debugging.assert_less_equal(
            lengths,
            tf.fill(tf.shape(lengths), tf.constant(MAX_AXIS_LENGTH, tf.int64)),
            message=f"x: a spatial axis is longer than {MAX_AXIS_LENGTH}",
        ),
        tf.debugging.assert_greater_equal(
            sizes, tf.ones_like(sizes), message="output_size: must be at least 1"
        ),
        tf.debugging.assert_less_equal(
            sizes,
            tf.fill(tf.shape(sizes), tf.constant(MAX_AXIS_LENGTH, tf.int64)),
            message=f"output_size: must be at most {MAX_AXIS_LENGTH}",
        ),
    ]
    if downsample_only:
        checks.append(
            tf.debugging.assert_less_equal(
                sizes, lengths, message="output_size: exceeds the input's size; pool only shrinks"
            )
        )
    for axis, window in enumerate(arguments.windows):
        if window is None:
            continue
        band = tf.minimum(lengths[axis], sizes[axis])
        checks.append(
            tf.debugging.assert_equal(
                tf.shape(window, tf.int64),
                tf.reshape(band // 2 + 1, [1]),
                message=f"windows[{axis}]: its length must be min(n, m)//2 + 1",
            )
        )
    return [check for check in checks if check is not None]


def _check_axis(axis: int, length: int | None, size: int | None, downsample_only: bool) -> None:
    if length is not None and not 1 <= length <= MAX_AXIS_LENGTH:
        raise ValueError(
            f"x: spatial axis {axis} has length {length}; allowed: 1 to {MAX_AXIS_LENGTH}"
        )
    if size is None:
        return
    check_size(axis, size)
    if downsample_only and length is not None and size > length:
        raise ValueError(
            f"output_size[{axis}]: {size} exceeds the input's length {length} on spatial axis "
            f"{axis}; pool only shrinks, resample also enlarges"
        )


def _as_windows(
    windows: Any, x_dtype: tf.DType, lengths: list[int | None], sizes: list[int | None]
) -> tuple[tf.Tensor | None, ...]:
    """The windows as tensors of the computing type, one per axis."""
    rank = len(sizes)
    if windows is None:
        return (None,) * rank
    allowed = f"allowed: None, or one real 1-D tensor (or None) for each of the {rank} axes"
    if isinstance(windows, str | bytes) or not isinstance(windows, Sequence | tf.Tensor):
        raise TypeError(f"windows: {windows!r} is not a sequence; {allowed}")
    if isinstance(windows, tf.Tensor):
        if windows.shape.rank != 2 or windows.shape[0] is None:
            raise ValueError(f"windows: a tensor of shape {windows.shape}; {allowed}")
        windows = tf.unstack(windows)
    if len(windows) != rank:
        raise ValueError(f"windows: {len(windows)} given for {rank} spatial axes; {allowed}")
    dtype = tf.float64 if x_dtype == tf.float64 else tf.float32
    checked: list[tf.Tensor | None] = []
    for axis, (window, length, size) in enumerate(zip(windows, lengths, sizes, strict=True)):
        bins = None if length is None or size is None else min(length, size) // 2 + 1
        if window is None:
            checked.append(None)
            continue
        if not tf.is_tensor(window) and not isinstance(window, tf.Variable):
            try:
                window = tf.convert_to_tensor(window, dtype)
            except (TypeError, ValueError) as error:
                raise TypeError(
                    f"windows[{axis}]: cannot be made a {dtype.name} tensor: {error}"
                ) from error
        window = tf.convert_to_tensor(window)
        if window.dtype != dtype:
            raise TypeError(
                f"windows[{axis}]: dtype {window.dtype.name}; allowed with {x_dtype.name} x: "
                f"{dtype.name}"
            )
        if window.shape.rank not in (None, 1):
            raise ValueError(f"windows[{axis}]: shape {window.shape} is not 1-D; {allowed}")
        if bins is not None and window.shape.rank == 1 and window.shape[0] not in (None, bins):
            raise ValueError(
                f"windows[{axis}]: length {window.shape[0]}; allowed: min({length}, {size})//2 + 1 "
                f"= {bins}"
            )
        checked.append(window)
    return tuple(checked)
