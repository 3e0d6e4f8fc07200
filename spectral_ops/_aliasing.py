"""The aliasing meter by `resample`, that of either implementation."""

from collections.abc import Callable
from typing import Any

import tensorflow as tf

from spectral_ops._arguments.common import computing_type, dynamic_lengths, signal_axes
from spectral_ops._arguments.resample import resample_arguments, resample_checks
from spectral_ops._arguments.rules import entries


def share_outside(
    resample: Callable[..., tf.Tensor], x: Any, output_size: Any, data_format: Any, name: str
) -> tf.Tensor:  # [batch, channels]
    """The share of energy above the Nyquist frequency of `output_size` on any axis.

    With c_a the part of an axis' energy that stays, 1 - c_1 c_2 .. is (1 - c_1) + c_1 (1 - c_2) +
    ..: each term is the energy of a windowed signal, so that a small share is as exact as a large
    one. A share does not depend on scale: the signal is divided by its largest sample, so that no
    square overflows or vanishes.
    """
    with tf.name_scope(name):
        given = resample_arguments(
            x, output_size, "periodic", None, "forward", None, data_format, downsample_only=True
        )
        with tf.control_dependencies(resample_checks(given)):
            signal = tf.identity(given.x)
        dtype = computing_type(signal.dtype)
        signal = tf.ensure_shape(tf.cast(signal, dtype), [None] * (given.rank + 2))
        first = 1 if data_format == "channels_last" else 2
        axes = list(range(first, first + given.rank))
        known = signal_axes(signal.shape, data_format)[1]
        lengths = entries(dynamic_lengths(signal, data_format), known, True)
        sizes = entries(tf.cast(given.output_size, tf.int32), given.sizes, True)

        largest = tf.reduce_max(abs(tf.stop_gradient(signal)), axes, keepdims=True)
        signal /= tf.where(largest > 0, largest, tf.ones_like(largest))
        inside: list[tf.Tensor | None] = [None] * given.rank  # windows, of the axes up to here
        outside = tf.zeros([], dtype)
        for axis, (n, m) in enumerate(zip(lengths, sizes, strict=True)):
            stays = _stays(n, m, dtype)
            windows = [*inside[:axis], tf.sqrt(1 - stays), *inside[axis + 1 :]]
            part = resample(signal, lengths, windows=windows, data_format=data_format)
            outside += tf.reduce_sum(part**2, axes)
            inside[axis] = tf.sqrt(stays)
        whole = tf.reduce_sum(signal**2, axes)
        is_zero = tf.equal(whole, 0)
        share = outside / tf.where(is_zero, tf.ones_like(whole), whole)
        return tf.where(is_zero, tf.zeros_like(share), share)


def _stays(n: Any, m: Any, dtype: tf.DType) -> tf.Tensor:  # [n//2 + 1]
    """1 below the Nyquist frequency of m samples, a half at it, 0 above."""
    k = 2 * tf.range(n // 2 + 1)
    below = tf.cast(k < m, dtype) / 2 + tf.cast(k <= m, dtype) / 2
    return tf.where(tf.equal(n, m), tf.ones_like(below), below)
