"""Bad input to the kernels: refused, naming the argument, its value and what is allowed."""

from types import ModuleType
from typing import Any

import numpy as np
import pytest
from refusals import check_refused, ones

X = np.ones((2, 8, 6, 3), np.float32)
ONES = np.ones(3, np.float32)  # a window of the right length on both axes
LONGEST = "16777216"
FLOATS = "float16|float32|float64|bfloat16"


def check(kernel: Any, arguments: dict[str, Any], error: Any, fragments: tuple[str, ...]) -> None:
    check_refused(lambda: kernel(**arguments), error, fragments)


OUTPUT_SIZES = [  # (value, error, what the message must hold)
    ((0, 4), ValueError, (r"\b0\b", LONGEST)),
    ((4, -1), ValueError, (r"-1\b", LONGEST)),
    ((1.5, 4), TypeError, (r"1\.5", "int")),
    ((4, np.float32(4)), TypeError, (r"4\.0", "int")),
    ((4, float("nan")), TypeError, ("nan", "int")),
    (("4", "4"), TypeError, ("'?4'?", "int")),
    ("44", TypeError, ("44", "int")),
    (None, TypeError, ("None", "int")),
    ((4, None), TypeError, ("None", "int")),
    ({}, (TypeError, ValueError), ("int",)),
    ((4, 2**24 + 1), ValueError, ("16777217", LONGEST)),
    ((2**31 - 1, 4), ValueError, ("2147483647", LONGEST)),
    ((4, 2**40), ValueError, ("1099511627776", LONGEST)),
    ((4, 2**63), (ValueError, TypeError), ("9223372036854775808", LONGEST)),
    ((4, 10**30), (ValueError, TypeError), ("1" + "0" * 30, LONGEST)),
    ((), ValueError, (r"\b0\b", r"\b3\b")),
    ((4, 4, 4, 4), ValueError, (r"\b4\b", r"\b3\b")),
]


@pytest.mark.parametrize(("value", "error", "fragments"), OUTPUT_SIZES, ids=lambda v: repr(v)[:40])
def test_output_size(
    kernels: ModuleType, value: Any, error: Any, fragments: tuple[str, ...]
) -> None:
    check(kernels.resample, dict(x=X, output_size=value), error, ("output_size", *fragments))


@pytest.mark.parametrize(("value", "error", "fragments"), OUTPUT_SIZES, ids=lambda v: repr(v)[:40])
def test_input_size_of_adjoint(
    kernels: ModuleType, value: Any, error: Any, fragments: tuple[str, ...]
) -> None:
    arguments = dict(grad_output=X, input_size=value)
    check(kernels.resample_adjoint, arguments, error, ("input_size", *fragments))


@pytest.mark.parametrize(
    ("x", "output_size", "error", "fragments"),
    [
        (ones(2, 8, 3), (4, 4), ValueError, (r"\b3\b", r"\b4\b")),
        (ones(2, 8, 6, 3), 4, ValueError, (r"\b4\b", r"\b3\b")),
        (ones(2, 8, 6, 5, 3), (4, 4), ValueError, (r"\b5\b", r"\b4\b")),
        (ones(), 4, ValueError, (r"\b0\b", r"\b3\b")),
        (ones(8), 4, ValueError, (r"\b1\b", r"\b3\b")),
        (ones(2, 0, 6, 3), (4, 4), ValueError, (r"\b0\b", LONGEST)),
        (ones(2, 8, 0, 3), (4, 4), ValueError, (r"\b0\b", LONGEST)),
        (ones(0, 8, 0, 3), (4, 4), ValueError, (r"\b0\b", LONGEST)),
        (ones(2, 8, 3, dtype=np.int32), 4, TypeError, ("int32", FLOATS)),
        (ones(2, 8, 3, dtype=np.bool_), 4, TypeError, ("bool", FLOATS)),
        (ones(2, 8, 3, dtype=np.uint16), 4, TypeError, ("uint16", FLOATS)),
        (ones(2, 8, 3, dtype=np.complex64), 4, TypeError, ("complex64", FLOATS)),
        (ones(2, 8, 3, dtype=np.longdouble), 4, TypeError, ("float128|longdouble", FLOATS)),
        (np.full((2, 8, 3), None), 4, TypeError, ("object", FLOATS)),
        (np.full((2, 8, 3), "a"), 4, TypeError, ("<U1|str", FLOATS)),
        ("image", 4, TypeError, ("image", "array")),
        (None, 4, TypeError, ("None", "array")),
        (3, 4, TypeError, (r"\b3\b", "array")),
    ],
    ids=lambda v: f"{v.dtype}{v.shape}" if isinstance(v, np.ndarray) else repr(v)[:20],
)
def test_x(
    kernels: ModuleType, x: Any, output_size: Any, error: Any, fragments: tuple[str, ...]
) -> None:
    check(kernels.resample, dict(x=x, output_size=output_size), error, (r"\bx\b", *fragments))


WINDOWS = [
    ([ONES], ValueError, ("windows", r"\b1\b", r"\b2\b")),
    ([ONES] * 3, ValueError, ("windows", r"\b3\b", r"\b2\b")),
    ([], ValueError, ("windows", r"\b0\b", r"\b2\b")),
    ([ones(4), ONES], ValueError, (r"windows\[0\]", r"\b4\b", r"\b3\b")),
    ([ONES, ones(2)], ValueError, (r"windows\[1\]", r"\b2\b", r"\b3\b")),
    ([ones(0), ONES], ValueError, (r"windows\[0\]", r"\b0\b", r"\b3\b")),
    ([ones(1, 3), ONES], ValueError, (r"windows\[0\]", "1-D|rank|shape")),
    ([ones(), ONES], ValueError, (r"windows\[0\]", "1-D|rank|shape")),
    ([ONES.astype(np.float64), ONES], TypeError, (r"windows\[0\]", "float64", "float32")),
    ([ONES, ONES.astype(np.float16)], TypeError, (r"windows\[1\]", "float16", "float32")),
    ([ONES, ONES.astype(np.int32)], TypeError, (r"windows\[1\]", "int32", "float32")),
    ([ONES, ONES.astype(np.complex64)], TypeError, (r"windows\[1\]", "complex64", "float32")),
    (["ham", "ming"], TypeError, (r"windows\[0\]", "ham", "array")),
    ("hamming", TypeError, ("windows", "hamming")),
    (3, TypeError, ("windows", r"\b3\b")),
]


@pytest.mark.parametrize(("windows", "error", "fragments"), WINDOWS, ids=lambda v: repr(v)[:40])
@pytest.mark.parametrize("which", ["resample", "resample_adjoint", "resample_window_gradient"])
def test_windows(
    kernels: ModuleType, which: str, windows: Any, error: Any, fragments: tuple[str, ...]
) -> None:
    arguments: dict[str, Any] = {
        "resample": dict(x=X, output_size=(4, 4)),
        "resample_adjoint": dict(grad_output=ones(2, 4, 4, 3), input_size=(8, 6)),
        "resample_window_gradient": dict(x=X, grad_output=ones(2, 4, 4, 3), axis=0),
    }[which]
    check(getattr(kernels, which), arguments | dict(windows=windows), error, fragments)


def test_windows_of_float64(kernels: ModuleType) -> None:
    arguments = dict(x=X.astype(np.float64), output_size=(4, 4), windows=[ONES, ONES])
    check(kernels.resample, arguments, TypeError, (r"windows\[0\]", "float32", "float64"))


SETTINGS = [
    (dict(norm="Forward"), ValueError, ("norm", "Forward", "forward", "ortho", "backward")),
    (dict(norm=""), ValueError, ("norm", "forward", "ortho", "backward")),
    (dict(norm=None), TypeError, ("norm", "None", "str")),
    (dict(norm=3), TypeError, ("norm", r"\b3\b", "str")),
    (
        dict(data_format="NHWC"),
        ValueError,
        ("data_format", "NHWC", "channels_last", "channels_first"),
    ),
    (dict(data_format=None), TypeError, ("data_format", "None", "str")),
    (dict(threads=0), ValueError, ("threads", r"\b0\b", r"\b1\b")),
    (dict(threads=-4), ValueError, ("threads", "-4", r"\b1\b")),
    (dict(threads=1.5), TypeError, ("threads", r"1\.5")),
    (dict(simd="sse9"), ValueError, ("simd", "sse9", "scalar")),
    (dict(simd=2), TypeError, ("simd", r"\b2\b")),
    (dict(unheard_of=1), TypeError, ("unheard_of",)),
]


@pytest.mark.parametrize(("settings", "error", "fragments"), SETTINGS, ids=repr)
def test_settings(
    kernels: ModuleType, settings: dict[str, Any], error: Any, fragments: tuple[str, ...]
) -> None:
    check(kernels.resample, dict(x=X, output_size=(4, 4)) | settings, error, fragments)


def test_pool_only_shrinks(kernels: ModuleType) -> None:
    arguments = dict(x=X, output_size=(8, 7), downsample_only=True)
    check(kernels.resample, arguments, ValueError, (r"output_size\[1\]", r"\b7\b", r"\b6\b"))
    assert kernels.resample(X, (8, 6), downsample_only=True).shape == X.shape


@pytest.mark.parametrize(
    ("changes", "error", "fragments"),
    [
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
    ],
    ids=lambda v: repr(v)[:30],
)
def test_window_gradient(
    kernels: ModuleType, changes: dict[str, Any], error: Any, fragments: tuple[str, ...]
) -> None:
    arguments = dict(x=X, grad_output=ones(2, 4, 4, 3), axis=0) | changes
    check(kernels.resample_window_gradient, arguments, error, fragments)


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
