"""Windows by name, and how many frequencies a window weighs."""

import math
import numbers
from collections.abc import Sequence
from typing import Any, NamedTuple

import tensorflow as tf

from spectral_ops._arguments.common import INT_DTYPES, as_int, as_tensor, is_tensor
from spectral_ops._arguments.rules import (
    MAX_AXIS_LENGTH,
    Rules,
    assertions,
    minimum,
    refuse,
)

BOUNDARIES = ("periodic", "symmetric")
WINDOW_NAMES = "'hamming', 'hann' or ('tukey', a) with a from 0 to 1"


class WindowName(NamedTuple):
    """A window that is given by its name."""

    name: str
    taper: float = 1.0  # of "tukey": the part of the band that it tapers


def as_window_name(argument: str, value: Any) -> WindowName | None:
    """The window that `value` names; None where it is no name, but a window or a list of them."""
    if isinstance(value, str):
        if value in ("hamming", "hann"):
            return WindowName(value)
        raise ValueError(f"{argument}: {value!r} is unknown; allowed: {WINDOW_NAMES}")
    if not isinstance(value, Sequence) or len(value) != 2 or not isinstance(value[0], str):
        return None
    name, taper = value
    if isinstance(taper, bool) or not isinstance(taper, numbers.Real):
        return None
    if name != "tukey" or not 0 <= taper <= 1:
        raise ValueError(f"{argument}: {value!r}; allowed: {WINDOW_NAMES}")
    return WindowName(name, float(taper))


def as_lengths(**values: Any) -> list[tf.Tensor]:
    """Lengths of an axis as int32 tensors without axes, each refused by its name."""
    known: dict[str, int | None] = {}
    for name, value in values.items():
        allowed = f"allowed: an int from 1 to {MAX_AXIS_LENGTH}, or an int tensor without axes"
        static = as_int(value)
        if static is None and is_tensor(value):
            values[name] = tensor = as_tensor(name, value, INT_DTYPES)
            if tensor.shape.rank not in (0, None):
                raise ValueError(f"{name}: shape {tensor.shape}; {allowed}")
        elif static is None:
            raise TypeError(f"{name}: {value!r}; {allowed}")
        known[name] = static

    refuse(_length_rules(values, known, running=False))
    with tf.control_dependencies(assertions(_length_rules(values, known, running=True))):
        return [tf.cast(tf.identity(value), tf.int32) for value in values.values()]


def _length_rules(values: dict[str, Any], known: dict[str, int | None], *, running: bool) -> Rules:
    for name, length in known.items():
        n = tf.cast(values[name], tf.int64) if length is None and running else length
        if n is not None:
            holds = (n >= 1) & (n <= MAX_AXIS_LENGTH)
            yield holds, name + ": {}; allowed: 1 to {}", n, MAX_AXIS_LENGTH


def window_length(n: Any, m: Any, boundary: str) -> Any:
    """The frequencies that an axis of `n` samples has in common with one of `m`."""
    band = minimum(n, m)
    return band if boundary == "symmetric" else band // 2 + 1


def named_window(window: WindowName, n: Any, m: Any, boundary: str, dtype: tf.DType) -> tf.Tensor:
    """The window of an axis, of ints or of scalar tensors; computed in float64."""
    band = tf.maximum(minimum(n, m), 1)  # what is smaller is refused by name elsewhere
    k = tf.cast(tf.range(window_length(band, band, boundary)), tf.float64)
    u = (k if boundary == "symmetric" else 2 * k) / tf.cast(band, tf.float64)
    if window.name == "hamming":
        values = 0.54 + 0.46 * tf.cos(math.pi * u)
    elif window.taper == 0:
        values = tf.ones_like(u)
    else:  # "hann" tapers all of the band
        beyond = tf.maximum((u - 1 + window.taper) / window.taper, 0)
        values = (1 + tf.cos(math.pi * beyond)) / 2
    return tf.cast(values, dtype)
