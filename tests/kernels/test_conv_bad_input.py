"""Bad input to the kernels of convolution: refused, naming argument, value and what is allowed."""

from types import ModuleType
from typing import Any

import numpy as np
import pytest
from bad_calls import CONV, GOOD_CONV, GROUPS
from refusals import check_all_refused, ones

X, FILTERS = GOOD_CONV["x"], GOOD_CONV["filters"]
ONLY_HERE = [
    (dict(x=[[1.0]]), TypeError, (r"\bx\b", "array")),
    (
        dict(groups=None, filters=ones(3, 3, 5, 2)),
        ValueError,
        ("filters", r"\b5 channels\b", r"\b4, as x has"),
    ),
    (dict(threads=0), ValueError, ("threads", r"\b0\b")),
    (dict(simd="mmx"), ValueError, ("simd", "mmx", "scalar")),
    (dict(workspace_bytes=0), ValueError, ("workspace_bytes", r"\b0\b")),
]


def test_conv(kernels: ModuleType) -> None:
    check_all_refused(kernels.conv, GOOD_CONV, CONV + GROUPS + ONLY_HERE)


def test_gradients(kernels: ModuleType) -> None:
    shapes = ((2, 8, 6), (2, 8, 6, 5), (2, 8, 7, 6), (3, 8, 6, 6), (2, 6, 8, 6))
    table = [
        (
            dict(grad=ones(*shape)),
            ValueError,
            ("grad_output", str(shape[-1]) if len(shape) == 4 else "rank 3"),
        )
        for shape in shapes
    ]
    wide = dict(grad=ones(2, 8, 6, 6, dtype=np.float64))
    of_filters = (wide, TypeError, (r"grad_output: dtype .*float64.*float32",))
    of_x = (wide, TypeError, (r"filters: dtype .*float32.*float64",))
    check_all_refused(
        lambda grad: kernels.conv_input_gradient(X.shape, FILTERS, grad), {}, [*table, of_x]
    )
    check_all_refused(
        lambda grad: kernels.conv_filter_gradient(X, FILTERS.shape, grad), {}, [*table, of_filters]
    )


def test_on_a_gpu(gpu: Any) -> None:
    table = [
        (dict(filters=ones(9, 3, 4, 6), padding="valid"), ValueError, ("taps",)),
        (dict(groups=3), ValueError, ("groups",)),
        (dict(filters=ones(3, 3, 4, 6, dtype=np.float64)), TypeError, ("filters",)),
    ]

    def conv(x: np.ndarray, filters: np.ndarray, **settings: Any) -> Any:
        return gpu.conv(x, filters, **settings)

    check_all_refused(conv, GOOD_CONV, table)
    with pytest.raises(ValueError, match="grad_output"):
        gpu.conv_input_gradient(X.shape, FILTERS, ones(2, 4, 4, 4))


def test_plans(kernels: ModuleType) -> None:
    with pytest.raises(ValueError, match="x: the output would have more than"):
        kernels.conv_plan((2**40, 2**23, 1), (3, 1, 2**10))
    with pytest.raises(ValueError, match="map: 'backward' is unknown; allowed: 'forward'"):
        kernels.conv_plan((1, 8, 1), (3, 1, 1), map="backward")
