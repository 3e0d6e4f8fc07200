"""`low_pass`, `high_pass` and `band_pass` by `tf.signal`."""

from typing import Any

import tensorflow as tf

from spectral_ops._passes import Operators, let_pass
from spectral_ops.reference.filter import filter
from spectral_ops.reference.resample import resample

_OPERATORS = Operators(resample, filter)


def low_pass(
    x: Any,
    cutoff: Any,
    *,
    shape: str = "radial",
    softness: Any = 0.0,
    data_format: str = "channels_last",
    name: str | None = None,
) -> tf.Tensor:
    """As `spectral_ops.low_pass`, in plain TensorFlow."""
    edges = None, ("cutoff", cutoff)
    return let_pass(_OPERATORS, "low_pass", x, *edges, shape, softness, data_format, name)


def high_pass(
    x: Any,
    cutoff: Any,
    *,
    shape: str = "radial",
    softness: Any = 0.0,
    data_format: str = "channels_last",
    name: str | None = None,
) -> tf.Tensor:
    """As `spectral_ops.high_pass`, in plain TensorFlow."""
    edges = ("cutoff", cutoff), None
    return let_pass(_OPERATORS, "high_pass", x, *edges, shape, softness, data_format, name)


def band_pass(
    x: Any,
    low: Any,
    high: Any,
    *,
    shape: str = "radial",
    softness: Any = 0.0,
    data_format: str = "channels_last",
    name: str | None = None,
) -> tf.Tensor:
    """As `spectral_ops.band_pass`, in plain TensorFlow."""
    edges = ("low", low), ("high", high)
    return let_pass(_OPERATORS, "band_pass", x, *edges, shape, softness, data_format, name)
