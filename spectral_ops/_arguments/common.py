"""What the arguments of several operators share: signals, sizes, names, layouts."""

import numbers
import operator
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

import numpy as np
import tensorflow as tf

from spectral_ops._arguments.rules import length_rules, refuse

INT_DTYPES = (tf.int32, tf.int64, tf.uint8, tf.int8, tf.uint16, tf.int16, tf.uint32)
NORMS = ("forward", "ortho", "backward")
DATA_FORMATS = ("channels_last", "channels_first")
DTYPES = (tf.float16, tf.bfloat16, tf.float32, tf.float64)
HALF_DTYPES = (tf.float16, tf.bfloat16)
MAX_SPATIAL_RANK = 3
_NO_TENSORS = (int, float, str, bytes, tuple, list, type(None), np.ndarray, np.generic)


def is_tensor(value: Any) -> bool:
    """As `tf.is_tensor`, which takes 14 us to say no."""
    return not isinstance(value, _NO_TENSORS) and tf.is_tensor(value)


def one_of(name: str, value: Any, allowed: Sequence[str]) -> None:
    """Refuses a `value` that is not one of the strings `allowed`."""
    quoted = ", ".join(repr(each) for each in allowed)
    if not isinstance(value, str):
        raise TypeError(f"{name}: {value!r} is not a string; allowed: {quoted}")
    if value not in allowed:
        raise ValueError(f"{name}: {value!r} is unknown; allowed: {quoted}")


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


def as_float_dtype(dtype: Any) -> tf.DType:
    """`dtype`, one of the float types."""
    allowed = ", ".join(each.name for each in DTYPES)
    try:
        given = tf.as_dtype(dtype)
    except TypeError:
        raise TypeError(f"dtype: {dtype!r}; allowed: {allowed}") from None
    if given not in DTYPES:
        raise TypeError(f"dtype: {given.name}; allowed: {allowed}")
    return given


def computing_type(x_dtype: tf.DType) -> tf.DType:
    """The real type that an operator computes in."""
    return tf.float64 if x_dtype == tf.float64 else tf.float32


def half_partners(x_dtype: tf.DType) -> tuple[tf.DType, ...]:
    """Half types for what goes with `x`: Keras' mixed precision casts a layer's weights to them."""
    return HALF_DTYPES if x_dtype in HALF_DTYPES else ()


def as_partner(
    name: str,
    value: Any,
    dtype: tf.DType,
    x_dtype: tf.DType,
    *,
    others: Sequence[tf.DType] = (),
    cast_arrays: bool = False,
) -> tf.Tensor:
    """`value` as a tensor that goes with `x`, of type `dtype` or one of `others`.

    What has no type of its own takes `dtype`.
    """
    if value is None:
        raise TypeError(f"{name}: None is not a tensor; allowed: a {dtype.name} tensor")
    typed = is_tensor(value) if cast_arrays else _has_type(value)
    try:
        tensor = tf.convert_to_tensor(value, None if typed else dtype)
    except (TypeError, ValueError) as error:
        raise TypeError(f"{name}: cannot be made a {dtype.name} tensor: {error}") from error
    if tensor.dtype != dtype and tensor.dtype not in others:
        allowed = ", ".join(each.name for each in dict.fromkeys((dtype, *others)))
        raise TypeError(
            f"{name}: dtype {tensor.dtype.name}; allowed with {x_dtype.name} x: {allowed}"
        )
    return tensor


def _has_type(value: Any) -> bool:
    """Whether this is, or a nested sequence holds, arrays or tensors."""
    while isinstance(value, Sequence) and not isinstance(value, str | bytes) and len(value):
        value = value[0]
    return hasattr(value, "dtype")


def as_int(value: Any) -> int | None:
    """`value` as an int; None where it is none, as a bool is not, nor an array of one."""
    if isinstance(value, bool) or getattr(getattr(value, "dtype", None), "name", "") == "bool":
        return None
    try:
        return operator.index(value)
    except (TypeError, AttributeError):  # the latter for a tensor of another type
        return None


def as_flag(name: str, value: Any) -> bool:
    """`value` as a bool."""
    if not isinstance(value, bool):
        raise TypeError(f"{name}: {value!r}; allowed: True or False")
    return value


def as_ints(value: Any) -> list[int] | None:
    """An int, or a sequence of ints, as a list; None where it is neither."""
    if isinstance(value, str | bytes):
        return None
    try:
        given = list(value) if hasattr(value, "__iter__") else [value]
    except TypeError:  # an array without axes
        return None
    ints = [each for each in map(as_int, given) if each is not None]
    return ints if len(ints) == len(given) else None


class Number(NamedTuple):
    """A real number of a call."""

    value: Any  # a float or a scalar tensor
    known: float | None  # None where only a running graph knows it

    def entry(self, running: bool) -> Any:
        """What a rule judges: None where it is not known yet."""
        return self.value if self.known is None and running else self.known

    def wide(self) -> tf.Tensor:
        """In float64."""
        if isinstance(self.value, tf.Tensor):
            return tf.cast(tf.identity(self.value), tf.float64)
        return tf.constant(self.value, tf.float64)


def as_number(name: str, value: Any, allowed: str) -> Number:
    """`value` as a number; one that is a tensor stays one, for its gradient."""
    if is_tensor(value):
        tensor = tf.convert_to_tensor(value)
        if not tensor.dtype.is_floating or tensor.shape.rank not in (0, None):
            raise TypeError(
                f"{name}: a {tensor.dtype.name} tensor of shape {tensor.shape}; allowed: {allowed} "
                "(a number or a float tensor without axes)"
            )
        static = tf.get_static_value(tensor)
        return Number(tensor, None if static is None else float(static))
    if isinstance(value, np.ndarray) and value.ndim == 0:
        value = value[()]
    if isinstance(value, bool) or not isinstance(value, numbers.Real):
        raise TypeError(f"{name}: {value!r} is not a number; allowed: {allowed}")
    return Number(float(value), float(value))


def layout(data_format: str) -> str:
    """The axes of a signal, for a message."""
    last = data_format == "channels_last"
    return "[batch, *spatial, channels]" if last else "[batch, channels, *spatial]"


def signal_axes(shape: Iterable[Any], data_format: str) -> tuple[Any, list[Any], Any]:
    """The batch, the spatial lengths and the channels in the shape of a signal."""
    if data_format == "channels_last":
        batch, *lengths, channels = shape
    else:
        batch, channels, *lengths = shape
    return batch, lengths, channels


def signal_shape(batch: Any, lengths: Sequence[Any], channels: Any, data_format: str) -> list[Any]:
    """The shape of a signal of these."""
    if data_format == "channels_last":
        return [batch, *lengths, channels]
    return [batch, channels, *lengths]


def dynamic_lengths(x: tf.Tensor, data_format: str) -> tf.Tensor:
    """The lengths of the spatial axes of `x` as an int32 tensor [rank]."""
    return tf.shape(x)[1:-1] if data_format == "channels_last" else tf.shape(x)[2:]


def as_output_size(value: Any, name: str = "output_size") -> tuple[tf.Tensor, list[int | None]]:
    """A length for each axis as an int tensor [rank], and its entries, None where unknown."""
    allowed = f"allowed: an int, 1 to {MAX_SPATIAL_RANK} ints, or an int tensor of as many entries"
    if is_tensor(value):
        tensor = as_tensor(name, value, INT_DTYPES)
        if tensor.dtype not in (tf.int32, tf.int64):
            tensor = tf.cast(tensor, tf.int64)
        if tensor.shape.rank == 0:
            tensor = tensor[tf.newaxis]
        if tensor.shape.rank != 1 or tensor.shape[0] is None:
            raise ValueError(
                f"{name}: shape {tensor.shape}; its length must be known, for it fixes the "
                f"number of spatial axes; {allowed}"
            )
        static = tf.get_static_value(tensor)
        sizes = [None if static is None else int(static[i]) for i in range(tensor.shape[0])]
    else:
        try:
            values = [value] if _is_scalar(value) else list(value)
        except TypeError:
            raise TypeError(f"{name}: {value!r}; {allowed}") from None
        given = [_as_size(name, each, allowed) for each in values]
        if any(is_tensor(each) for each in given):
            return as_output_size(tf.stack([tf.cast(each, tf.int64) for each in given]), name)
        refuse(length_rules(f"{name}[{{}}]: {{}}", given))  # now, for an int32 holds no larger ones
        tensor, sizes = tf.constant(given, tf.int32, shape=[len(given)]), given
    if not 1 <= len(sizes) <= MAX_SPATIAL_RANK:
        raise ValueError(f"{name}: {value!r} has {len(sizes)} entries; {allowed}")
    return tensor, sizes


def _is_scalar(value: Any) -> bool:
    return (
        isinstance(value, str | bytes)
        or getattr(value, "ndim", None) == 0
        or not hasattr(value, "__iter__")
    )


def _as_size(name: str, value: Any, allowed: str) -> Any:
    if is_tensor(value):
        tensor = tf.convert_to_tensor(value)
        if not tensor.dtype.is_integer:
            raise TypeError(f"{name}: dtype {tensor.dtype.name} is not an integer; {allowed}")
        return tensor
    size = as_int(value)
    if size is None:
        raise TypeError(f"{name}: {value!r} is not an integer; {allowed}")
    return size
