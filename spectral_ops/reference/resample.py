"""`pool` and `resample` by `tf.signal`: one axis at a time, through its half spectrum."""

from collections.abc import Sequence
from typing import Any

import tensorflow as tf

from spectral_ops._arguments.common import signal_axes, signal_shape
from spectral_ops._arguments.resample import resample_arguments, resample_checks


def pool(
    x: Any,
    output_size: Any,
    *,
    norm: str = "forward",
    windows: Sequence[Any] | None = None,
    data_format: str = "channels_last",
    name: str | None = None,
) -> tf.Tensor:
    """As `spectral_ops.pool`, in plain TensorFlow."""
    return _resample(x, output_size, norm, windows, data_format, name or "pool", True)


def resample(
    x: Any,
    output_size: Any,
    *,
    norm: str = "forward",
    windows: Sequence[Any] | None = None,
    data_format: str = "channels_last",
    name: str | None = None,
) -> tf.Tensor:
    """As `spectral_ops.resample`, in plain TensorFlow."""
    return _resample(x, output_size, norm, windows, data_format, name or "resample", False)


def _resample(
    x: Any,
    output_size: Any,
    norm: str,
    windows: Sequence[Any] | None,
    data_format: str,
    name: str,
    downsample_only: bool,
) -> tf.Tensor:
    with tf.name_scope(name):
        arguments = resample_arguments(
            x, output_size, norm, windows, data_format, downsample_only=downsample_only
        )
        rank = arguments.rank
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
            m = arguments.output_size[axis]
            y = _resample_axis(y, first + axis, m, tensors.get(axis), norm)
        y.set_shape(signal_shape(batch, arguments.sizes, channels, data_format))
        return tf.cast(y, storage)


def _resample_axis(
    x: tf.Tensor,  # [..., n, ...], n on `axis`
    axis: int,
    m: tf.Tensor,  # int scalar, the new length
    window: tf.Tensor | None,  # [min(n, m)//2 + 1]
    norm: str,
) -> tf.Tensor:  # [..., m, ...]
    n = tf.shape(x)[axis]
    m = tf.cast(m, tf.int32)
    band = tf.minimum(n, m)
    to_last = [i for i in range(x.shape.rank) if i != axis] + [axis]
    spectrum = tf.signal.rfft(tf.transpose(x, to_last), [n])[..., : band // 2 + 1]

    weight = _norm_factor(norm, n, m, x.dtype) * _band_weight(band, m, x.dtype)
    if window is not None:
        weight *= window
    is_nyquist = tf.equal(2 * tf.range(band // 2 + 1), band)
    imaginary = tf.where(is_nyquist, tf.zeros_like(weight), weight)
    spectrum = tf.complex(tf.math.real(spectrum) * weight, tf.math.imag(spectrum) * imaginary)
    # by hand, for irfft pads no empty batch
    padding = [[0, 0]] * (x.shape.rank - 1) + [[0, m // 2 - band // 2]]
    y = tf.signal.irfft(tf.pad(spectrum, padding), [m])
    return tf.transpose(y, tf.math.invert_permutation(to_last))


def _band_weight(band: tf.Tensor, m: tf.Tensor, dtype: tf.DType) -> tf.Tensor:
    """Ones; a half at the Nyquist bin of a band that is padded, for irfft counts it twice there."""
    is_split = tf.logical_and(tf.equal(2 * tf.range(band // 2 + 1), band), m > band)
    return tf.where(is_split, tf.constant(0.5, dtype), tf.constant(1.0, dtype))


def _norm_factor(norm: str, n: tf.Tensor, m: tf.Tensor, dtype: tf.DType) -> tf.Tensor:
    """What irfft's own 1/m must be multiplied by."""
    ratio = tf.cast(m, dtype) / tf.cast(n, dtype)
    return {"forward": ratio, "ortho": tf.sqrt(ratio), "backward": tf.ones_like(ratio)}[norm]
