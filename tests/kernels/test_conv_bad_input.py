"""Bad input to the kernels of convolution: refused, naming argument, value and what is allowed."""

from types import ModuleType
from typing import Any

import numpy as np
import pytest
from refusals import check_refused, ones

LONGEST = "16777216"


GOOD: dict[str, Any] = dict(x=ones(2, 8, 6, 4), filters=ones(3, 3, 4, 6))
CALLS = [  # (changes to a good call, error, what the message must hold)
    (dict(x=ones(2, 8, 4)), ValueError, (r"\bx\b", r"\b3\b", r"\b4\b")),
    (dict(x=ones(2, 0, 6, 4)), ValueError, (r"\bx\b", r"\b0\b", LONGEST)),
    (dict(x=ones(2, 8, 6, 4, dtype=np.int32)), TypeError, (r"\bx\b", "int32", "float32")),
    (dict(x=[[1.0]]), TypeError, (r"\bx\b", "array")),
    (dict(filters=ones(3, 3)), ValueError, ("filters", r"\b2\b", r"\b3 to 5\b")),
    (dict(filters=ones(1, 1, 3, 3, 4, 6)), ValueError, ("filters", r"\b6\b", r"\b3 to 5\b")),
    (dict(filters=ones(3, 0, 4, 6)), ValueError, ("filters", r"\b0\b", LONGEST)),
    (dict(filters=ones(3, 3, 5, 6)), ValueError, ("filters", r"\b5\b", r": 4\b")),
    (
        dict(filters=ones(3, 3, 4, 6, dtype=np.float64)),
        TypeError,
        ("filters", "float64", "float32"),
    ),
    (dict(filters=ones(9, 3, 4, 6), padding="valid"), ValueError, ("filters", r"\b9\b", r"\b8\b")),
    (dict(padding="SAME"), ValueError, ("padding", "SAME", "'same'", "circular")),
    (dict(groups=0), ValueError, ("groups", r"\b0\b", r"\b1\b")),
    (dict(groups=-2), ValueError, ("groups", "-2", r"\b1\b")),
    (dict(groups=3), ValueError, ("groups", r"\b3\b", r"\b4 channels of x\b")),
    (
        dict(groups=4, filters=ones(3, 3, 1, 6)),
        ValueError,
        ("groups", r"\b4\b", r"\b6 output channels\b"),
    ),
    (
        dict(groups=None, filters=ones(3, 3, 5, 2)),
        ValueError,
        ("filters", r"\b5 channels\b", r"\b4, as x has"),
    ),
    (dict(data_format="NHWC"), ValueError, ("data_format", "NHWC", "channels_last")),
    (dict(threads=0), ValueError, ("threads", r"\b0\b")),
    (dict(simd="mmx"), ValueError, ("simd", "mmx", "scalar")),
    (dict(workspace_bytes=0), ValueError, ("workspace_bytes", r"\b0\b")),
]


@pytest.mark.parametrize(("changes", "error", "fragments"), CALLS, ids=lambda v: repr(v)[:50])
def test_conv(
    kernels: ModuleType, changes: dict[str, Any], error: Any, fragments: tuple[str, ...]
) -> None:
    check_refused(lambda: kernels.conv(**{**GOOD, **changes}), error, fragments)


@pytest.mark.parametrize(
    "shape", [(2, 8, 6), (2, 8, 6, 5), (2, 8, 7, 6), (3, 8, 6, 6), (2, 6, 8, 6)], ids=str
)
def test_gradients_of_another_shape(kernels: ModuleType, shape: tuple[int, ...]) -> None:
    x, filters = GOOD["x"], GOOD["filters"]
    grad = ones(*shape)
    fragments = ("grad_output", str(shape[-1]) if len(shape) == 4 else "rank 3")
    for call in (
        lambda: kernels.conv_input_gradient(x.shape, filters, grad),
        lambda: kernels.conv_filter_gradient(x, filters.shape, grad),
    ):
        check_refused(call, ValueError, fragments)


def test_gradients_of_another_type(kernels: ModuleType) -> None:
    x, filters = GOOD["x"], GOOD["filters"]
    grad = ones(2, 8, 6, 6, dtype=np.float64)
    with pytest.raises(TypeError, match=r"filters: dtype .*float32.*float64"):
        kernels.conv_input_gradient(x.shape, filters, grad)
    with pytest.raises(TypeError, match=r"grad_output: dtype .*float64.*float32"):
        kernels.conv_filter_gradient(x, filters.shape, grad)


def test_an_output_beyond_all_bounds(kernels: ModuleType) -> None:
    with pytest.raises(ValueError, match="x: the output would have more than"):
        kernels.conv_plan((2**40, 2**23, 1), (3, 1, 2**10))


def test_plan_of_an_unknown_map(kernels: ModuleType) -> None:
    with pytest.raises(ValueError, match="map: 'backward'; allowed: 'forward'"):
        kernels.conv_plan((1, 8, 1), (3, 1, 1), map="backward")
