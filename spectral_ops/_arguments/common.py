"""What the arguments of several operators share: signals, sizes, names, layouts."""

import operator
from collections.abc import Sequence
from typing import Any

import tensorflow as tf

NORMS = ("forward", "ortho", "backward")
DATA_FORMATS = ("channels_last", "channels_first")
DTYPES = (tf.float16, tf.bfloat16, tf.float32, tf.float64)
MAX_SPATIAL_RANK = 3
MAX_AXIS_LENGTH = 2**24  # as kMaxAxisLength in csrc/core/resample.h


def one_of(name: str, value: Any, allowed: Sequence[str]) -> None:
    """Refuses a `value` that is not one of the strings `allowed`."""
    if not isinstance(value, str):
        raise TypeError(f"{name}: {value!r} is not a string; allowed: {quoted(allowed)}")
    if value not in allowed:
        raise ValueError(f"{name}: {value!r} is unknown; allowed: {quoted(allowed)}")


def as_tensor(name: str, value: Any, dtypes: Sequence[tf.DType]) -> tf.Tensor:
    """`value` as a tensor of one of the types `dtypes`."""
    allowed = ", ".join(dtype.name for dtype in dtypes)
    if value is None:
        raise TypeError(f"{name}: None is not a tensor; allowed: {allowed}")
    try:
        tensor = tf.convert_to_tensor(value)
    except (TypeError, ValueError) as error:
        raise TypeError(f"{name}: cannot be made a tensor: {error}") from error
    if tensor.dtype not in dtypes:
        raise TypeError(f"{name}: dtype {tensor.dtype.name} is not supported; allowed: {allowed}")
    return tensor


def as_signal(x: Any) -> tf.Tensor:
    """`x` as a tensor of one of the four floating types."""
    return as_tensor("x", x, DTYPES)


def as_partner(name: str, value: Any, dtype: tf.DType, x_dtype: tf.DType) -> tf.Tensor:
    """`value` as a tensor of the type that goes with `x`; what has no type of its own takes it."""
    if value is None:
        raise TypeError(f"{name}: None is not a tensor; allowed: a {dtype.name} tensor")
    try:
        tensor = tf.convert_to_tensor(value, None if _has_type(value) else dtype)
    except (TypeError, ValueError) as error:
        raise TypeError(f"{name}: cannot be made a {dtype.name} tensor: {error}") from error
    if tensor.dtype != dtype:
        raise TypeError(
            f"{name}: dtype {tensor.dtype.name}; allowed with {x_dtype.name} x: {dtype.name}"
        )
    return tensor


def _has_type(value: Any) -> bool:
    """Whether this is, or a nested sequence holds, arrays or tensors."""
    while isinstance(value, Sequence) and not isinstance(value, str | bytes) and len(value):
        value = value[0]
    return hasattr(value, "dtype")


def spatial_lengths(shape: tf.TensorShape, rank: int, data_format: str) -> list[int | None]:
    """The lengths of the spatial axes of `shape`, None where unknown."""
    if shape.rank is None:
        return [None] * rank
    first = 1 if data_format == "channels_last" else 2
    return list(shape.as_list()[first : first + rank])


def dynamic_lengths(x: tf.Tensor, data_format: str) -> tf.Tensor:
    """The lengths of the spatial axes of `x` as an int32 tensor [rank]."""
    return tf.shape(x)[1:-1] if data_format == "channels_last" else tf.shape(x)[2:]


def quoted(values: Sequence[str]) -> str:
    """The names as a list for a message."""
    return ", ".join(repr(value) for value in values)


def as_output_size(output_size: Any) -> tuple[tf.Tensor, list[int | None]]:
    """`output_size` as an int tensor [rank] and its entries, None where unknown."""
    allowed = f"allowed: an int, 1 to {MAX_SPATIAL_RANK} ints, or an int tensor of as many entries"
    if tf.is_tensor(output_size):
        tensor = tf.convert_to_tensor(output_size)
        if tensor.dtype not in (tf.int32, tf.int64):
            raise TypeError(f"output_size: dtype {tensor.dtype.name} is not an integer; {allowed}")
        if tensor.shape.rank == 0:
            tensor = tensor[tf.newaxis]
        if tensor.shape.rank != 1 or tensor.shape[0] is None:
            raise ValueError(
                f"output_size: shape {tensor.shape}; its length must be known, for it fixes the "
                f"number of spatial axes; {allowed}"
            )
        static = tf.get_static_value(tensor)
        entries = [None if static is None else int(static[i]) for i in range(tensor.shape[0])]
    else:
        try:
            values = [output_size] if _is_scalar(output_size) else list(output_size)
        except TypeError:
            raise TypeError(f"output_size: {output_size!r}; {allowed}") from None
        if any(tf.is_tensor(value) for value in values):
            return as_output_size(
                tf.stack([tf.cast(_as_size(value, allowed), tf.int64) for value in values])
            )
        given = [_as_size(value, allowed) for value in values]
        for axis, size in enumerate(given):
            check_size(axis, size)
        tensor = tf.constant(given, tf.int32, shape=[len(given)])
        entries = list(given)
    if not 1 <= len(entries) <= MAX_SPATIAL_RANK:
        raise ValueError(f"output_size: {output_size!r} has {len(entries)} entries; {allowed}")
    return tensor, entries


def _is_scalar(value: Any) -> bool:
    return (
        isinstance(value, str | bytes)
        or getattr(value, "ndim", None) == 0
        or not hasattr(value, "__iter__")
    )


def _as_size(value: Any, allowed: str) -> Any:
    if tf.is_tensor(value):
        if not value.dtype.is_integer:
            raise TypeError(f"output_size: dtype {value.dtype.name} is not an integer; {allowed}")
        return value
    if isinstance(value, bool):
        raise TypeError(f"output_size: {value!r} is not an integer; {allowed}")
    try:
        return operator.index(value)
    except TypeError:
        raise TypeError(f"output_size: {value!r} is not an integer; {allowed}") from None


def check_size(axis: int, size: int) -> None:
    """Refuses an entry of output_size that no axis can have."""
    if not 1 <= size <= MAX_AXIS_LENGTH:
        raise ValueError(f"output_size[{axis}]: {size}; allowed: 1 to {MAX_AXIS_LENGTH}")
