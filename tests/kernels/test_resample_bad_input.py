"""Bad input to `resample` of the kernels: refused, naming argument, value and what is allowed."""

from types import ModuleType
from typing import Any

import numpy as np
import pytest
from bad_calls import FLOATS, GOOD_RESAMPLE, ONES, RESAMPLE, SIZES
from refusals import check_all_refused, check_refused, ones

X = GOOD_RESAMPLE["x"]
GRADIENT = dict(x=X, grad_output=ones(2, 4, 4, 3), axis=0)

ONLY_HERE = [
    (
        dict(x=ones(2, 8, 6, 3, dtype=np.longdouble)),
        TypeError,
        (r"\bx\b", "float128|longd", FLOATS),
    ),
    (dict(x=np.full((2, 8, 6, 3), None)), TypeError, (r"\bx\b", "object", FLOATS)),
    (dict(x=np.full((2, 8, 6, 3), "a")), TypeError, (r"\bx\b", "<U1|str", FLOATS)),
    (dict(x="image"), TypeError, (r"\bx\b", "image", "array")),
    (dict(x=3), TypeError, (r"\bx\b", r"\b3\b", "array")),
    (dict(threads=0), ValueError, ("threads", r"\b0\b", r"\b1\b")),
    (dict(threads=-4), ValueError, ("threads", "-4", r"\b1\b")),
    (dict(threads=1.5), TypeError, ("threads", r"1\.5")),
    (dict(simd="sse9"), ValueError, ("simd", "sse9", "scalar")),
    (dict(simd=2), TypeError, ("simd", r"\b2\b")),
    (
        dict(output_size=(8, 7), downsample_only=True),
        ValueError,
        (r"output_size\[1\]", r"\b7\b", r"\b6\b", "pool only shrinks"),
    ),
]
WINDOW_TYPES = [  # a public function converts them
    (
        dict(windows=[ONES.astype(np.float64), ONES]),
        TypeError,
        (r"windows\[0\]", "float64", "float32"),
    ),
    (
        dict(windows=[ONES, ONES.astype(np.float16)]),
        TypeError,
        (r"windows\[1\]", "float16", "float32"),
    ),
    (dict(windows=[ONES, ONES.astype(np.int32)]), TypeError, (r"windows\[1\]", "int32", "float32")),
    (
        dict(windows=[ONES, ONES.astype(np.complex64)]),
        TypeError,
        (r"windows\[1\]", "complex64", "float32"),
    ),
    (dict(windows=["ham", "ming"]), TypeError, (r"windows\[0\]", "ham", "array")),
    (dict(windows="hamming"), TypeError, ("windows", "hamming", "sequence")),  # no names here
]
WINDOWS = [row for row in RESAMPLE if "windows" in row[0]] + WINDOW_TYPES
GRADIENTS = [
    (dict(axis=2), ValueError, ("axis", r"\b2\b", r"\b1\b")),
    (dict(axis=-1), ValueError, ("axis", "-1")),
    (dict(axis=0.5), TypeError, ("axis", r"0\.5")),
    (dict(axis=None), TypeError, ("axis", "None")),
    (dict(grad_output=ones(3, 4, 4, 3)), ValueError, ("grad_output", r"\b3\b", r"\b2\b")),
    (dict(grad_output=ones(2, 4, 4, 5)), ValueError, ("grad_output", r"\b5\b", r"\b3\b")),
    (dict(grad_output=ones(2, 4, 3)), ValueError, ("grad_output", r"\b3\b")),
    (dict(grad_output=ones(2, 0, 4, 3)), ValueError, ("grad_output", r"\b0\b")),
    (
        dict(grad_output=ones(2, 4, 4, 3, dtype=np.float64)),
        TypeError,
        ("grad_output", "float64", "float32"),
    ),
    (dict(grad_output=None), TypeError, ("grad_output",)),
    (dict(x=None), TypeError, (r"\bx\b",)),
]


def test_resample(kernels: ModuleType) -> None:
    check_all_refused(kernels.resample, GOOD_RESAMPLE, RESAMPLE + ONLY_HERE + WINDOW_TYPES)
    assert kernels.resample(X, (8, 6), downsample_only=True).shape == X.shape
    arguments = dict(x=X.astype(np.float64), output_size=(4, 4), windows=[ONES, ONES])
    call = lambda: kernels.resample(**arguments)  # noqa: E731
    check_refused(call, TypeError, (r"windows\[0\]", "float32", "float64"))


def test_gradients(kernels: ModuleType) -> None:
    rows = [(dict(input_size=size), error, ("input_size", *rest)) for size, error, rest in SIZES]
    good = dict(grad_output=GRADIENT["grad_output"], input_size=(8, 6))
    check_all_refused(kernels.resample_adjoint, good, rows + WINDOWS)
    check_all_refused(kernels.resample_window_gradient, GRADIENT, GRADIENTS + WINDOWS)


def test_on_a_gpu(gpu: Any) -> None:
    table = [
        (dict(output_size=(3, 0)), ValueError, (r"output_size\[1\]",)),
        (dict(output_size=(3,)), ValueError, ("rank",)),
        (dict(output_size=(9, 4), downsample_only=True), ValueError, ("pool only shrinks",)),
        (dict(windows=[ones(5), None]), ValueError, (r"windows\[0\]",)),
        (dict(windows=[ones(3, dtype=np.float64), None]), TypeError, ("float32",)),
        (dict(x=X.astype(np.int32)), TypeError, ("dtype",)),
    ]

    def resample(x: np.ndarray, output_size: Any, **settings: Any) -> Any:
        return gpu.resample(x, output_size, **settings)

    check_all_refused(resample, GOOD_RESAMPLE, table)


@pytest.mark.parametrize("output_size", [(2**24,) * 3, (2**24, 2**24, 1), (2**24, 2**23)])
def test_output_too_large_for_any_memory(kernels: ModuleType, output_size: tuple[int, ...]) -> None:
    """2^72 elements, which an int64 does not count; 2^48 and 2^47, which no machine holds."""
    x = ones(1, *[1] * len(output_size), 1)
    with pytest.raises((ValueError, MemoryError)) as caught:
        kernels.resample(x, output_size)
    assert str(caught.value)


def test_a_refused_call_leaves_the_kernels_whole(kernels: ModuleType) -> None:
    before = kernels.resample(X, (4, 4))
    for size in ((0, 4), (2**40, 4), "a"):
        with pytest.raises((ValueError, TypeError)):
            kernels.resample(X, size)
    assert np.array_equal(kernels.resample(X, (4, 4)), before)
