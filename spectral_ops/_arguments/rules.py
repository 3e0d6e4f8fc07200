"""The rules that the numbers of a call must keep, each written once.

A rule is a tuple: whether it holds, the message if it does not, and the numbers for the braces of
that message. Each operator lists its rules in a generator. `refuse` judges them by the ints that
are known at the call, `assertions` by the tensors of a running graph.
"""

from collections.abc import Iterator
from typing import Any

import tensorflow as tf

MAX_AXIS_LENGTH = 2**24  # as kMaxAxisLength in csrc/core/resample.h
INPUT_LENGTH = "x: spatial axis {} has length {}"
OUTPUT_LENGTH = "output_size[{}]: {}"

Rules = Iterator[tuple[Any, ...]]
Numbers = list[Any]  # each an int or, where the call does not know it, None or a scalar tensor


def refuse(rules: Rules) -> None:
    """Raises ValueError for the first rule that is known to be broken."""
    for holds, text, *numbers in rules:
        if not holds:
            raise ValueError(text.format(*numbers))


def assertions(rules: Rules) -> list[tf.Operation]:
    """Asserts what only a running graph can judge; the other rules have been judged at the call."""
    return [_assert(*rule) for rule in rules if isinstance(rule[0], tf.Tensor)]


def _assert(holds: tf.Tensor, text: str, *numbers: Any) -> tf.Operation:
    tensors = [each for each in numbers if isinstance(each, tf.Tensor)]
    shown = ("{}" if isinstance(each, tf.Tensor) else each for each in numbers)
    words = text.format(*shown).split("{}")
    message = words[:1]
    for tensor, word in zip(tensors, words[1:], strict=True):
        message += [tensor, word] if word else [tensor]
    return tf.debugging.Assert(holds, message)


def entries(tensor: tf.Tensor, known: Numbers, running: bool) -> Numbers:
    """The entries of `tensor`, of which some are `known`."""
    return [tensor[i] if n is None and running else n for i, n in enumerate(known)]


def shape_of(x: tf.Tensor, rank: int, running: bool = False, dtype: tf.DType = tf.int32) -> Numbers:
    """The lengths of the axes of `x`."""
    known = [None] * rank if x.shape.rank is None else x.shape.as_list()
    return entries(tf.shape(x, dtype), known, True) if running and None in known else known


def equal(a: Any, b: Any) -> Any:
    """Whether two known numbers are the same; in a plain `tf.Graph`, `==` compares objects."""
    return (a <= b) & (a >= b)


def minimum(a: Any, b: Any) -> Any:
    """The smaller of two known numbers."""
    if isinstance(b, tf.Tensor):
        a, b = b, a  # an int takes the type of the tensor before it
    return tf.minimum(a, b) if isinstance(a, tf.Tensor) else min(a, b)


def length_rules(text: str, lengths: Numbers) -> Rules:
    """Each axis may have 1 to 2**24 samples or taps."""
    for axis, n in enumerate(lengths):
        if n is not None:
            holds = (n >= 1) & (n <= MAX_AXIS_LENGTH)
            yield holds, text + "; allowed: 1 to {}", axis, n, MAX_AXIS_LENGTH
