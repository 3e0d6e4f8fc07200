"""`low_pass`, `high_pass` and `band_pass`: `resample` or `filter` with the response of the pass."""

from typing import Any

import tensorflow as tf

from spectral_ops._passes import Operators, let_pass
from spectral_ops.ops.filter import filter
from spectral_ops.ops.resample import resample

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
    """Keeps the frequencies of `x` up to `cutoff`, and its size.

    Equivalent to, channels first and with size the lengths of the spatial axes:
    `irfftn(rfftn(x) * responses.radial(size, high=cutoff, softness=softness), size)`, or
    `responses.box`. Frequencies count in parts of Nyquist's, r = sqrt(sum of (f_a/(n_a/2))**2).

    Args:
      x: float [batch, *spatial, channels], 1, 2 or 3 spatial axes of 1 to 2**24 samples. float16
        and bfloat16 are computed in float32.
      cutoff: more than 0 and at most sqrt(d) for d axes (all but the corners of the spectrum pass
        at 1), with shape="box" at most 1: a number or a float tensor without axes, such as a
        variable.
      shape: "radial", a disc about frequency 0, or "box", up to the cutoff on each axis: faster, as
        it goes axis by axis.
      softness: 0 for a step at the cutoff; else the width of a slope about it, so that it can be
        learned.
      data_format: "channels_last", or "channels_first": [batch, channels, *spatial].
      name: of the operation.

    Returns: as `x`.

    Raises:
      TypeError, ValueError: an argument that is known to be wrong.
      tf.errors.InvalidArgumentError: one that proves wrong when the graph runs.

    Gradient: for `x` the pass itself; for `cutoff` that of its slope, none of a step; of any order.

    Source: docs/conventions.md, section 16. The hard radial mask is that of Wang, Wu, Huang & Xing
      2020, arXiv:1905.13545.
    """
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
    """Keeps the frequencies of `x` above `cutoff`: all that `low_pass` drops.

    Equivalent to: `x - low_pass(x, cutoff)`. Arguments, result, errors, gradient and source are
    those of `low_pass`.
    """
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
    """Keeps the frequencies of `x` above `low` and up to `high`.

    Equivalent to: `low_pass(x, high) - low_pass(x, low)`. `low` and `high` are cutoffs, the former
    less than the latter; other arguments, result, errors, gradient and source are those of
    `low_pass`.
    """
    edges = ("low", low), ("high", high)
    return let_pass(_OPERATORS, "band_pass", x, *edges, shape, softness, data_format, name)
