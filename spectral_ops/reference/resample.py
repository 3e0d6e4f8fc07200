"""`pool` and `resample` by `tf.signal`: one axis at a time, through its half spectrum."""

import math
from typing import Any

import tensorflow as tf

from spectral_ops._arguments.common import signal_axes, signal_shape
from spectral_ops._arguments.resample import (
    ResampleArguments,
    resample_arguments,
    resample_checks,
)


def pool(
    x: Any,
    output_size: Any,
    *,
    boundary: str = "periodic",
    alignment: str | None = None,
    norm: str = "forward",
    windows: Any = None,
    data_format: str = "channels_last",
    name: str | None = None,
) -> tf.Tensor:
    """As `spectral_ops.pool`, in plain TensorFlow."""
    with tf.name_scope(name or "pool"):
        given = resample_arguments(
            x, output_size, boundary, alignment, norm, windows, data_format, downsample_only=True
        )
        return _resample(given, norm)


def resample(
    x: Any,
    output_size: Any,
    *,
    boundary: str = "periodic",
    alignment: str | None = None,
    norm: str = "forward",
    windows: Any = None,
    data_format: str = "channels_last",
    name: str | None = None,
) -> tf.Tensor:
    """As `spectral_ops.resample`, in plain TensorFlow."""
    with tf.name_scope(name or "resample"):
        given = resample_arguments(
            x, output_size, boundary, alignment, norm, windows, data_format, downsample_only=False
        )
        return _resample(given, norm)


def _resample(arguments: ResampleArguments, norm: str) -> tf.Tensor:
    rank, data_format = arguments.rank, arguments.data_format
    with tf.control_dependencies(resample_checks(arguments)):
        y = tf.identity(arguments.x)
        tensors = {axis: tf.identity(window) for axis, window in arguments.windows.items()}
    y = tf.ensure_shape(y, [None] * (rank + 2))
    batch, _, channels = signal_axes(y.shape, data_format)
    storage = y.dtype
    if storage != tf.float64:
        y = tf.cast(y, tf.float32)
    first = 1 if data_format == "channels_last" else 2
    for axis in range(rank):
        to_last = [i for i in range(rank + 2) if i != first + axis] + [first + axis]
        y = tf.transpose(y, to_last)
        m = tf.cast(arguments.output_size[axis], tf.int32)
        y = _resample_last(y, m, tensors.get(axis), norm, arguments)
        y = tf.transpose(y, tf.math.invert_permutation(to_last))
    y.set_shape(signal_shape(batch, arguments.sizes, channels, data_format))
    return tf.cast(y, storage)


def _resample_last(
    x: tf.Tensor,  # [.., n]
    m: tf.Tensor,  # int32 scalar, the new length
    window: tf.Tensor | None,  # [min(n, m)//2 + 1], symmetric [min(n, m)]
    norm: str,
    arguments: ResampleArguments,
) -> tf.Tensor:  # [.., m]
    """One axis. A symmetric one is that of the signal and its mirror image, twice as long.

    The mirrored signal has no component at its Nyquist frequencies: any weight serves there.
    """
    centered = arguments.alignment == "center"
    if arguments.boundary == "periodic":
        return _resample_periodic(x, m, window, norm, centered)
    mirrored = tf.concat([x, tf.reverse(x, [-1])], -1)
    if window is not None:
        window = tf.pad(window, [[0, 1]])
    return _resample_periodic(mirrored, 2 * m, window, norm, centered)[..., :m]


def _resample_periodic(
    x: tf.Tensor,  # [.., n]
    m: tf.Tensor,
    window: tf.Tensor | None,  # [min(n, m)//2 + 1]
    norm: str,
    centered: bool,
) -> tf.Tensor:  # [.., m]
    n = tf.shape(x)[-1]
    band = tf.minimum(n, m)
    k = tf.range(band // 2 + 1)
    spectrum = tf.signal.rfft(x, [n])[..., : band // 2 + 1]
    if centered:
        spectrum *= _half_sample(k, n, m, x.dtype)
    weight = _norm_factor(norm, n, m, x.dtype) * _band_weight(k, band, m, x.dtype)
    if window is not None:
        weight *= window
    imaginary = tf.where(tf.equal(2 * k, m), tf.zeros_like(weight), weight)
    spectrum = tf.complex(tf.math.real(spectrum) * weight, tf.math.imag(spectrum) * imaginary)
    # by hand, for irfft pads no empty batch
    padding = [[0, 0]] * (x.shape.rank - 1) + [[0, m // 2 - band // 2]]
    return tf.signal.irfft(tf.pad(spectrum, padding), [m])


def _half_sample(k: tf.Tensor, n: tf.Tensor, m: tf.Tensor, dtype: tf.DType) -> tf.Tensor:
    """What moves output j from j n/m to (j + 1/2) n/m - 1/2: exp(pi i k (1/m - 1/n)).

    Turns are reduced as integers, so that they are exact at any length.
    """
    k, n, m = (tf.cast(each, tf.int64) for each in (k, n, m))
    turns = tf.cast(k * (n - m) % (2 * n * m), tf.float64) / tf.cast(n * m, tf.float64)
    angle = math.pi * turns
    return tf.complex(tf.cast(tf.cos(angle), dtype), tf.cast(tf.sin(angle), dtype))


def _band_weight(k: tf.Tensor, band: tf.Tensor, m: tf.Tensor, dtype: tf.DType) -> tf.Tensor:
    """Ones; a half at the Nyquist bin of a band that is padded, for irfft counts it twice there."""
    is_split = tf.logical_and(tf.equal(2 * k, band), m > band)
    return tf.where(is_split, tf.constant(0.5, dtype), tf.constant(1.0, dtype))


def _norm_factor(norm: str, n: tf.Tensor, m: tf.Tensor, dtype: tf.DType) -> tf.Tensor:
    """What irfft's own 1/m must be multiplied by."""
    ratio = tf.cast(m, dtype) / tf.cast(n, dtype)
    return {"forward": ratio, "ortho": tf.sqrt(ratio), "backward": tf.ones_like(ratio)}[norm]
