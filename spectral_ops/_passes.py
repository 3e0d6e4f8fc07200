"""Passes by `resample` and `filter`, those of either implementation."""

from collections.abc import Callable
from typing import Any, NamedTuple

import tensorflow as tf

from spectral_ops._arguments.common import computing_type, dynamic_lengths, signal_axes
from spectral_ops._arguments.passes import Edge, as_pass, as_signal, pass_rules, signal_rules
from spectral_ops._arguments.rules import assertions, entries
from spectral_ops.responses import response_of


class Operators(NamedTuple):
    """What passes are made of."""

    resample: Callable[..., tf.Tensor]
    filter: Callable[..., tf.Tensor]


def let_pass(
    operators: Operators,
    kind: str,
    x: Any,
    low: Edge | None,
    high: Edge | None,
    shape: Any,
    softness: Any,
    data_format: Any,
    name: str | None,
) -> tf.Tensor:
    """Keeps the frequencies of `x` above `low` and up to `high`.

    A pass that is a product over the axes is a window for each of them, which costs much less than
    a transform of the whole image and its response.
    """
    with tf.name_scope(name or kind):
        x, rank = as_signal(x, data_format)
        given = as_pass(low, high, softness, shape, rank)
        checks = assertions(signal_rules(x, data_format, running=True))
        checks += assertions(pass_rules(given, running=True))
        with tf.control_dependencies(checks):
            signal = tf.identity(x) if checks else x
        dtype = computing_type(x.dtype)
        known = signal_axes(x.shape, data_format)[1]
        lengths = entries(dynamic_lengths(signal, data_format), known, True)
        if rank == 1 or (shape == "box" and low is None):
            windows = [response_of(given, [n], dtype) for n in lengths]
            y = operators.resample(signal, lengths, windows=windows, data_format=data_format)
        else:
            response = response_of(given, lengths, dtype)
            y = operators.filter(signal, response, data_format=data_format)
        y.set_shape(x.shape)
        return y
