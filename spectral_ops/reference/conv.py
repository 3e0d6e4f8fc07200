"""`conv` and `depthwise_conv` by `tf.nn`."""

from typing import Any

import tensorflow as tf

from spectral_ops._arguments.conv import conv_arguments, depthwise_conv_arguments
from spectral_ops._direct import direct_conv


def conv(
    x: Any,
    filters: Any,
    *,
    padding: str = "same",
    groups: int = 1,
    data_format: str = "channels_last",
    algorithm: str = "auto",
    name: str | None = None,
) -> tf.Tensor:
    """As `spectral_ops.conv`, in plain TensorFlow: direct, whatever `algorithm` says."""
    with tf.name_scope(name or "conv"):
        return direct_conv(conv_arguments(x, filters, padding, groups, data_format, algorithm))


def depthwise_conv(
    x: Any,
    filters: Any,
    *,
    padding: str = "same",
    data_format: str = "channels_last",
    algorithm: str = "auto",
    name: str | None = None,
) -> tf.Tensor:
    """As `spectral_ops.depthwise_conv`, in plain TensorFlow: direct, whatever `algorithm` says."""
    with tf.name_scope(name or "depthwise_conv"):
        return direct_conv(depthwise_conv_arguments(x, filters, padding, data_format, algorithm))
