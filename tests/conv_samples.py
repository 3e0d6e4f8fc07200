"""What the tests of `conv` and `depthwise_conv` share: shapes, inputs, and one call for both."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import oracle
from samples import array_shape, signal

PADDINGS = ("same", "valid", "full", "circular")
ALGORITHMS = ("fft", "direct", "auto")

SHAPES = (  # (spatial size, taps): 1, odd, even, prime, rectangular, and more taps than samples
    ((1,), (1,)),
    ((1,), (4,)),
    ((9,), (3,)),
    ((16,), (16,)),
    ((7,), (65,)),
    ((150,), (31,)),
    ((1, 1), (3, 3)),
    ((8, 8), (1, 1)),
    ((8, 8), (3, 3)),
    ((6, 9), (2, 4)),
    ((13, 7), (7, 7)),
    ((5, 12), (1, 15)),
    ((17, 70), (9, 5)),
    ((4, 5), (11, 8)),
    ((12, 10), (31, 2)),
    ((33, 40), (33, 17)),
    ((1, 1, 1), (2, 1, 3)),
    ((4, 6, 5), (3, 3, 3)),
    ((5, 3, 8), (2, 5, 4)),
    ((3, 4, 2), (5, 2, 7)),
)


class Call(NamedTuple):
    """A call of one of the two functions, and the same for the oracle."""

    function: str  # "conv" or "depthwise_conv"
    x: np.ndarray
    filters: np.ndarray  # as the function takes them
    settings: dict[str, Any]  # as the function takes them
    dense: np.ndarray  # the filters as the oracle takes them
    oracle_settings: dict[str, Any]


CALLS = {  # function, channels, last two axes of the filters, groups
    "conv": ("conv", 3, (3, 5), 1),
    "conv-groups": ("conv", 6, (3, 4), 2),
    "conv-a-group-each": ("conv", 3, (1, 6), 3),
    "depthwise": ("depthwise_conv", 3, (3, 1), 3),
    "depthwise-multiplier": ("depthwise_conv", 2, (2, 3), 2),
}


def make_call(
    kind: str,
    spatial: Sequence[int],
    taps: Sequence[int],
    dtype: Any,
    padding: str = "same",
    data_format: str = "channels_last",
    *,
    batch: int = 2,
) -> Call:
    """The call of that name in CALLS at these sizes."""
    function, channels, last, groups = CALLS[kind]
    x = signal(0, array_shape(batch, spatial, channels, data_format), dtype)
    filters = signal(1, (*taps, *last), dtype)
    settings: dict[str, Any] = dict(padding=padding, data_format=data_format)
    oracle_settings = settings | dict(groups=groups)
    if function == "conv":
        return Call(function, x, filters, settings | dict(groups=groups), filters, oracle_settings)
    dense, _ = oracle.depthwise_as_conv(filters)
    return Call(function, x, filters, settings, dense, oracle_settings)


def has_output(spatial: Sequence[int], taps: Sequence[int], padding: str) -> bool:
    return padding != "valid" or all(k <= n for n, k in zip(spatial, taps, strict=True))


def with_output(spatial: Sequence[int], taps: Sequence[int], padding: str) -> str:
    """The padding, but "full" for "valid" where the taps are longer than the image."""
    return padding if has_output(spatial, taps, padding) else "full"
