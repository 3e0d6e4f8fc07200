"""`aliasing` by `tf.signal`."""

from typing import Any

import tensorflow as tf

from spectral_ops._aliasing import share_outside
from spectral_ops.reference.resample import resample


def aliasing(
    x: Any, output_size: Any, *, data_format: str = "channels_last", name: str | None = None
) -> tf.Tensor:
    """As `spectral_ops.aliasing`, in plain TensorFlow."""
    return share_outside(resample, x, output_size, data_format, name or "aliasing")
