"""`aliasing`: made of `resample`, as its gradients are."""

from typing import Any

import tensorflow as tf

from spectral_ops._aliasing import share_outside
from spectral_ops.ops.resample import resample


def aliasing(
    x: Any, output_size: Any, *, data_format: str = "channels_last", name: str | None = None
) -> tf.Tensor:
    """How much of `x` taking samples at `output_size` would fold onto other frequencies.

    Equivalent to, for one image and channel, with X = fftn(x) and c the product over the axes of
    1 where |f_a| < m_a/2, 1/2 where |f_a| = m_a/2 and 0 beyond (1 on an axis that keeps its size):
    `sum((1 - c) * abs(X)**2) / sum(abs(X)**2)`; 0 where x is 0.

    Args:
      x: float [batch, *spatial, channels], 1, 2 or 3 spatial axes of 1 to 2**24 samples.
      output_size: samples per spatial axis, at most the input's: an int for one axis, a sequence
        of ints, or an int tensor whose length is known.
      data_format: "channels_last", or "channels_first": [batch, channels, *spatial].
      name: of the operation.

    Returns:
      [batch, channels], from 0 to 1 but for rounding: float64 for float64 `x`, else float32. A
      small share has the accuracy of a large one, down to the rounding of `x` itself.

    Raises:
      TypeError, ValueError: an argument that is known to be wrong.
      tf.errors.InvalidArgumentError: one that proves wrong when the graph runs.

    Gradient: for `x`, of any order; 0 where x is 0.

    Source: the share of the high band in all, as in Grabinski, Keuper & Keuper 2022, Machine
      Learning, doi 10.1007/s10994-022-06222-8.
    """
    return share_outside(resample, x, output_size, data_format, name or "aliasing")
