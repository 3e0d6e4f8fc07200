"""`filter` by `tf.signal`: each axis to its frequencies, the product, each axis back."""

from typing import Any

import tensorflow as tf

from spectral_ops._arguments.filter import filter_arguments, filter_checks
from spectral_ops.reference.spectral_conv import convolve, to_first


def filter(
    x: Any, response: Any, *, data_format: str = "channels_last", name: str | None = None
) -> tf.Tensor:
    """As `spectral_ops.filter`, in plain TensorFlow."""
    with tf.name_scope(name or "filter"):
        arguments = filter_arguments(x, response, data_format)
        with tf.control_dependencies(filter_checks(arguments)):
            y = tf.identity(arguments.x)
        storage, rank = y.dtype, arguments.rank
        if storage != tf.float64:
            y = tf.cast(y, tf.float32)
        if data_format == "channels_last":
            y = tf.transpose(y, to_first(rank))
        y = convolve(y, arguments.response, rank)
        if data_format == "channels_last":
            y = tf.transpose(y, tf.math.invert_permutation(to_first(rank)))
        y.set_shape(arguments.x.shape)
        return tf.cast(y, storage)
