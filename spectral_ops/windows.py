"""Windows of `pool` and `resample`: weights of the frequencies 0, 1, .. that an axis keeps."""

from typing import Any

import tensorflow as tf

from spectral_ops._arguments.common import Number, as_float_dtype, as_number, one_of
from spectral_ops._arguments.rules import MAX_AXIS_LENGTH, Rules, assertions, refuse
from spectral_ops._arguments.windows import (
    BOUNDARIES,
    WINDOW_NAMES,
    as_lengths,
    as_window_name,
    named_window,
)

__all__ = ["diffstride", "make"]

_SLACK = 1e-6  # of a stride that float32 has rounded


def make(
    name: Any, n: Any, m: Any, boundary: str = "periodic", dtype: Any = tf.float32
) -> tf.Tensor:
    """The window of a name for an axis that goes from `n` samples to `m`.

    Equivalent to, with b = min(n, m) and u = 2k/b for k = 0 .. b//2 (symmetric: u = k/b for
    k = 0 .. b - 1):
      "hann": (1 + cos(pi u))/2
      "hamming": 0.54 + 0.46 cos(pi u)
      ("tukey", a): 1 for u <= 1 - a, then (1 + cos(pi (u - 1 + a)/a))/2
    `pool(x, m, windows="hann")` has it made.

    Args:
      name: "hamming", "hann" or ("tukey", a), a from 0 (no window) to 1 ("hann").
      n: the length of the axis before, an int or an int tensor without axes.
      m: the length after.
      boundary: that of the call that takes the window, "periodic" or "symmetric".
      dtype: of the result, a float type.

    Returns: [min(n, m)//2 + 1] or, symmetric, [min(n, m)].

    Raises:
      TypeError, ValueError: an argument that is known to be wrong.
      tf.errors.InvalidArgumentError: one that proves wrong when the graph runs.
    """
    one_of("boundary", boundary, BOUNDARIES)
    window = as_window_name("name", name)
    if window is None:
        raise TypeError(f"name: {name!r}; allowed: {WINDOW_NAMES}")
    dtype = as_float_dtype(dtype)
    n, m = as_lengths(n=n, m=m)
    return named_window(window, n, m, boundary, dtype)


def diffstride(n: Any, stride: Any, smoothness: Any = 4.0) -> tuple[tf.Tensor, tf.Tensor]:
    """The soft mask of DiffStride and the size that goes with it, for an axis of `n` samples.

    Equivalent to, with R = smoothness and the half width c = max(n/stride, 2)/2 + R: for the
    frequencies k = 0 .. size//2 that are kept, min(max((c - k)/R, 0), 1), and for the size
    min(n, floor(2c)). That is the mask of the paper's rows, which runs over -n/2 .. n/2, and the
    length that its text crops to. The mask of its columns is one bin wider, for it counts the bins
    of a half spectrum; here all axes are alike, so that an image may be transposed.

    `pool(x, [size], windows=[window])` is the layer `DiffStride1D`.

    Args:
      n: the length of the axis, an int or an int tensor without axes.
      stride: 1 or more, a number or a float tensor without axes, such as a variable.
      smoothness: more than 0: over so many frequencies the mask falls from 1 to 0.

    Returns:
      window: [size//2 + 1], float64 for a float64 stride, else float32.
      size: int32, without axes. To the rounding of a float32 stride, n/stride is what the numbers
        say: 24 samples by 1.6 are 15.

    Raises:
      TypeError, ValueError: an argument that is known to be wrong.
      tf.errors.InvalidArgumentError: one that proves wrong when the graph runs.

    Gradient: of the window, for `stride`; `size` has none. A stride at which the mask ends within
      the spectrum has a gradient; see `DiffStride1D` for what keeps it there.

    Source: Riad, Teboul, Grangier & Zeghidour 2022, arXiv:2202.01653, section 2.
    """
    (length,) = as_lengths(n=n)
    given = {
        "stride": as_number("stride", stride, "1 or more"),
        "smoothness": as_number("smoothness", smoothness, "more than 0"),
    }
    refuse(_diffstride_rules(given, running=False))
    with tf.control_dependencies(assertions(_diffstride_rules(given, running=True))):
        s, r = (number.wide() for number in given.values())
    half_width = tf.maximum(tf.cast(length, tf.float64) / s, 2) / 2 + r
    size = tf.floor(2 * tf.stop_gradient(half_width) * (1 + _SLACK))
    size = tf.minimum(length, tf.cast(tf.minimum(size, MAX_AXIS_LENGTH), tf.int32))
    k = tf.cast(tf.range(size // 2 + 1), tf.float64)
    mask = tf.clip_by_value((half_width - k) / r, 0, 1)
    wide = getattr(given["stride"].value, "dtype", None) == tf.float64
    return tf.cast(mask, tf.float64 if wide else tf.float32), size


def _diffstride_rules(given: dict[str, Number], *, running: bool) -> Rules:
    for name, number in given.items():
        value = number.entry(running)
        if value is not None:
            above = value >= 1 if name == "stride" else value > 0
            least = "1" if name == "stride" else "more than 0"
            text = f"{name}: {{}}; allowed: {least}, at most {MAX_AXIS_LENGTH}"
            yield above & (value <= MAX_AXIS_LENGTH), text, value
