"""Responses of `filter`: real weights of the bins of a half spectrum, and their resampling."""

import math
from typing import Any

import tensorflow as tf

from spectral_ops._arguments.common import as_float_dtype, as_output_size, as_tensor
from spectral_ops._arguments.passes import SLACK, Pass, as_pass, pass_rules
from spectral_ops._arguments.rules import (
    Numbers,
    Rules,
    assertions,
    entries,
    equal,
    length_rules,
    refuse,
    shape_of,
)

__all__ = ["box", "radial", "resize"]

_RESPONSES = (
    *(tf.float16, tf.bfloat16, tf.float32, tf.float64),
    *(tf.complex64, tf.complex128),
)


def radial(
    size: Any, low: Any = None, high: Any = None, *, softness: Any = 0.0, dtype: Any = tf.float32
) -> tf.Tensor:
    """Ones at the frequencies above `low` and up to `high`, zeros elsewhere: a disc or a ring.

    Equivalent to, in float64, with f the frequency on each axis, n_a/2 exact also for odd n_a, and
    r = sqrt(sum over the axes of (f_a/(n_a/2))**2), a part of Nyquist's frequency:
      radial(size, high=c): r <= c * (1 + 1e-6)
      radial(size, low=c): 1 - radial(size, high=c)
      radial(size, a, b): radial(size, high=b) - radial(size, high=a), which is a < r <= b
    `softness` s puts a slope in the place of the step: 1 for r <= c - s/2, 0 for r >= c + s/2,
    (1 - sin(pi (r - c)/s))/2 between, so that cutoffs can be learned.

    Args:
      size: samples per spatial axis, an int for one axis, 1 to 3 of them, or an int tensor whose
        length is known.
      low: None, or more than 0 and at most sqrt(d) for d axes, r in the corner of the spectrum: a
        number or a float tensor without axes, such as a variable.
      high: the same; more than `low`.
      softness: 0 (a step) or more, a number or a tensor.
      dtype: of the result, a float type.

    Returns: [*size[:-1], size[-1]//2 + 1], frequencies in the order of `numpy.fft.rfftn`.

    Raises:
      TypeError, ValueError: an argument that is known to be wrong.
      tf.errors.InvalidArgumentError: one that proves wrong when the graph runs.

    Gradient: for `low` and `high`, and for a `softness` that is a tensor, of any order; none where
      the edge is a step.
    """
    return _response(size, low, high, softness, dtype, "radial")


def box(
    size: Any, low: Any = None, high: Any = None, *, softness: Any = 0.0, dtype: Any = tf.float32
) -> tf.Tensor:
    """Ones at the frequencies up to `high` on every axis and above `low` on some: a box or a frame.

    Equivalent to `radial`, where the disc is the product over the axes of that of each axis,
    |f_a|/(n_a/2) in the place of r. Cutoffs are at most 1, where an axis ends. Arguments, result,
    errors and gradient are those of `radial`.
    """
    return _response(size, low, high, softness, dtype, "box")


def _response(size: Any, low: Any, high: Any, softness: Any, dtype: Any, shape: str) -> tf.Tensor:
    tensor, known = as_output_size(size, "size")
    given = as_pass(
        None if low is None else ("low", low),
        None if high is None else ("high", high),
        softness,
        shape,
        len(known),
    )
    dtype = as_float_dtype(dtype)
    refuse(_size_rules(known))
    sizes = entries(tensor, known, True)
    rules = [*_size_rules(sizes), *pass_rules(given, running=True)]
    with tf.control_dependencies(assertions(iter(rules))):
        return response_of(given, _int32(sizes), dtype)


def _size_rules(sizes: Numbers, name: str = "size") -> Rules:
    return length_rules(f"{name}[{{}}]: {{}}", sizes)


def _int32(sizes: Numbers) -> Numbers:
    return [tf.cast(tf.identity(n), tf.int32) if isinstance(n, tf.Tensor) else n for n in sizes]


def resize(response: Any, old_size: Any, new_size: Any) -> tf.Tensor:
    """The response that filters at `new_size` as `response` does at `old_size`.

    A response says what becomes of each frequency, counted in turns of the whole image. So those
    that both sizes have keep their weights and new ones get zero: the filter stays the band-limited
    one that it is, and its impulse response is interpolated. Bins are not: a GFNet whose weights
    are interpolated between bins is another filter at another resolution.

    Equivalent to, with the inverse transform h = irfftn(response, old_size), the impulse response:
    `rfftn(resample(h, new_size, norm="backward"))`, but for the bins where only the Hermitian part
    of a response acts, which stay as they are. In the spectrum, on each axis from n to m:
      a bin below both Nyquist frequencies is copied, what lies beyond n is 0;
      m < n, m even: the bin m/2 is the average of m/2 and -m/2 (last axis: m/2 itself, of which
        the Hermitian part acts, which is that average);
      m > n, n even: each of n/2 and -n/2 is half of the bin n/2 (last axis: of its Hermitian part).
    It follows that it is the identity for equal sizes; that larger and back is the identity but
    for an even n, whose bin n/2 comes back halved; and that it commutes with `resample` on images
    without those bins: `resample(filter(x, h), m)` is `filter(resample(x, m), resize(h, n, m))`.

    Args:
      response: float or complex [*n[:-1], n[-1]//2 + 1], or the same with channels last.
      old_size: n, an int for one axis, 1 to 3 of them, or an int tensor whose length is known.
      new_size: m, as many.

    Returns: as `response`, [*m[:-1], m[-1]//2 + 1] or the same with channels.

    Raises:
      TypeError, ValueError: an argument that is known to be wrong.
      tf.errors.InvalidArgumentError: one that proves wrong when the graph runs.

    Gradient: TensorFlow's, of any order.
    """
    response = as_tensor("response", response, _RESPONSES)
    tensors, sizes = {}, {}
    for name, value in (("old_size", old_size), ("new_size", new_size)):
        tensors[name], sizes[name] = as_output_size(value, name)
    rank = len(sizes["old_size"])
    if len(sizes["new_size"]) != rank:
        raise ValueError(
            f"new_size: {len(sizes['new_size'])} entries; allowed: {rank}, as old_size"
        )
    if response.shape.rank not in (rank, rank + 1):
        raise ValueError(
            f"response: shape {response.shape}; allowed with {rank} entries in old_size: rank "
            f"{rank}, [*n[:-1], n[-1]//2 + 1], or {rank + 1}, with channels last"
        )

    old, new = sizes.values()
    refuse(_resize_rules(response, old, new, tf.int32, running=False))
    n = entries(tensors["old_size"], old, True)
    m = entries(tensors["new_size"], new, True)
    checks = assertions(_resize_rules(response, n, m, tensors["old_size"].dtype, running=True))
    with tf.control_dependencies(checks):
        y, n, m = tf.identity(response), _int32(n), _int32(m)
    y = _fit_last(y, rank, n, m[-1])
    for axis in range(rank - 1):
        y = _fit_leading(y, axis, n[axis], m[axis])
    return y


def _resize_rules(
    response: tf.Tensor, old: Numbers, new: Numbers, dtype: tf.DType, *, running: bool
) -> Rules:
    yield from _size_rules(old, "old_size")
    yield from _size_rules(new, "new_size")
    held = shape_of(response, response.shape.rank, running, dtype)
    for axis, n in enumerate(old):
        if n is not None and held[axis] is not None:
            bins = n // 2 + 1 if axis == len(old) - 1 else n
            text = "response: {} bins on axis {}; allowed with old_size[{}] = {}: {}"
            yield equal(held[axis], bins), text, held[axis], axis, axis, n, bins


def _fit_last(y: tf.Tensor, rank: int, sizes: Numbers, m: Any) -> tf.Tensor:
    """The last axis, a half spectrum, at length m; the others are still those of `sizes`."""
    n = sizes[-1]
    j = tf.range(m // 2 + 1)
    taken = tf.gather(y, tf.minimum(j, n // 2), axis=rank - 1)
    mirrored = taken
    for axis in range(rank - 1):
        mirrored = tf.gather(mirrored, -tf.range(sizes[axis]) % sizes[axis], axis=axis)
    if y.dtype.is_complex:
        mirrored = tf.math.conj(mirrored)
    half = tf.cast(0.5, y.dtype)
    split = half * (half * taken + half * mirrored)
    is_split = _along((2 * j == n) & (m > n), rank - 1, y)
    taken = tf.where(is_split, split, taken)
    return tf.where(_along(2 * j <= n, rank - 1, y), taken, tf.zeros_like(taken))


def _fit_leading(y: tf.Tensor, axis: int, n: Any, m: Any) -> tf.Tensor:
    """A leading axis from n bins to m, in the order of `numpy.fft.fftfreq`."""
    j = tf.range(m)
    f = tf.where(2 * j < m, j, j - m)
    opposite = tf.where((2 * j == m) & (m < n), -f, f)
    half = tf.cast(0.5, y.dtype)
    y = half * tf.gather(y, f % n, axis=axis) + half * tf.gather(y, opposite % n, axis=axis)
    y = tf.where(_along((2 * abs(f) == n) & (m > n), axis, y), half * y, y)
    return tf.where(_along(2 * abs(f) <= n, axis, y), y, tf.zeros_like(y))


def _along(values: tf.Tensor, axis: int, y: tf.Tensor) -> tf.Tensor:
    """`values` of an axis with the rank of `y`."""
    return tf.reshape(values, [-1 if a == axis else 1 for a in range(y.shape.rank)])


def response_of(given: Pass, sizes: Numbers, dtype: tf.DType) -> tf.Tensor:
    """The response of a pass, its numbers checked, for lengths that are ints or scalar tensors."""
    places = _places(sizes)
    if given.shape == "radial":
        r = tf.sqrt(sum(place**2 for place in places))

    def disc(edge: Any) -> tf.Tensor:
        if given.shape == "radial":
            return _below(r, edge.wide(), given)
        return math.prod(_below(place, edge.wide(), given) for place in places)

    shape = [*sizes[:-1], sizes[-1] // 2 + 1]
    y = tf.ones(shape, tf.float64) if given.high is None else disc(given.high)
    return tf.cast(y if given.low is None else y - disc(given.low), dtype)


def _places(sizes: Numbers) -> list[tf.Tensor]:
    """|f|/(n/2) of each axis in float64, each [.., bins, ..] along its own axis."""
    places = []
    for axis, n in enumerate(sizes):
        last = axis == len(sizes) - 1
        j = tf.range(n // 2 + 1 if last else n)
        place = tf.cast(2 * tf.minimum(j, n - j), tf.float64) / tf.cast(n, tf.float64)
        places.append(tf.reshape(place, [-1 if a == axis else 1 for a in range(len(sizes))]))
    return places


def _below(r: tf.Tensor, cutoff: tf.Tensor, given: Pass) -> tf.Tensor:
    """1 where r is below the cutoff, 0 where it is above."""
    if given.is_hard:
        return tf.cast(r <= cutoff * (1 + SLACK), tf.float64)
    beyond = tf.clip_by_value((r - cutoff) / given.softness.wide(), -0.5, 0.5)
    return (1 - tf.sin(math.pi * beyond)) / 2
