"""The arguments of passes and of their responses."""

import math
from typing import Any, NamedTuple

import tensorflow as tf

from spectral_ops._arguments.common import (
    DATA_FORMATS,
    DTYPES,
    MAX_SPATIAL_RANK,
    Number,
    as_number,
    as_tensor,
    layout,
    one_of,
    signal_axes,
)
from spectral_ops._arguments.rules import INPUT_LENGTH, Rules, length_rules, refuse, shape_of

SHAPES = ("radial", "box")
SLACK = 1e-6  # a cutoff keeps a frequency that exceeds it by this part of it


Edge = tuple[str, Any]  # the argument's name and its value


class Pass(NamedTuple):
    """Which frequencies pass: those above `low` and up to `high`, where these are."""

    low: Number | None
    high: Number | None
    names: tuple[str, str]  # of these two, as arguments
    softness: Number
    shape: str
    rank: int

    @property
    def is_hard(self) -> bool:
        """Whether its edges are steps."""
        return self.softness.known == 0


def as_pass(low: Edge | None, high: Edge | None, softness: Any, shape: Any, rank: int) -> Pass:
    """Checks cutoffs and softness as far as they are known now."""
    one_of("shape", shape, SHAPES)
    allowed = f"more than 0, at most {highest(shape, rank):.7g}"
    given = Pass(
        low and as_number(*low, allowed),
        high and as_number(*high, allowed),
        (low[0] if low else "", high[0] if high else ""),
        as_number("softness", softness, "0 or more"),
        shape,
        rank,
    )
    refuse(pass_rules(given, running=False))
    return given


def pass_rules(given: Pass, *, running: bool) -> Rules:
    """What cutoffs and softness must keep."""
    most = highest(given.shape, given.rank)
    of_shape = f"with shape {given.shape!r} and {given.rank} spatial axes"
    entries = [edge and edge.entry(running) for edge in (given.low, given.high)]
    for edge, name in zip(entries, given.names, strict=True):
        if edge is not None:
            text = f"{name}: {{}}; allowed {of_shape}: more than 0, at most {most:.7g}"
            yield (edge > 0) & (edge <= most * (1 + SLACK)), text, edge
    low, high = (tf.cast(e, tf.float64) if isinstance(e, tf.Tensor) else e for e in entries)
    if low is not None and high is not None:
        yield low < high, "low: {}; allowed: less than high, {}", low, high
    softness = given.softness.entry(running)
    if softness is not None and given.softness.known is not None:
        holds = (softness >= 0) & (softness < math.inf)
        yield holds, "softness: {}; allowed: 0 (a step) or more", softness
    elif softness is not None:
        holds = (softness > 0) & (softness < math.inf)
        yield holds, "softness: {}; allowed where it is a tensor: more than 0", softness


def highest(shape: str, rank: int) -> float:
    """The highest frequency: that of the corner, or of an axis."""
    return 1.0 if shape == "box" else math.sqrt(rank)


def as_signal(x: Any, data_format: Any) -> tuple[tf.Tensor, int]:
    """The signal of an operator that needs no other size than its own, and its spatial rank."""
    one_of("data_format", data_format, DATA_FORMATS)
    x = as_tensor("x", x, DTYPES)
    rank = None if x.shape.rank is None else x.shape.rank - 2
    if rank is None or not 1 <= rank <= MAX_SPATIAL_RANK:
        raise ValueError(
            f"x: shape {x.shape}; its rank must be known, 3 to {MAX_SPATIAL_RANK + 2}: "
            f"{layout(data_format)}"
        )
    refuse(signal_rules(x, data_format, running=False))
    return x, rank


def signal_rules(x: tf.Tensor, data_format: str, *, running: bool) -> Rules:
    """What the lengths of a signal must keep."""
    _, lengths, _ = signal_axes(shape_of(x, x.shape.rank, running), data_format)
    return length_rules(INPUT_LENGTH, lengths)
