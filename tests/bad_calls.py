"""Calls that the kernels and the public functions refuse alike, with what their messages hold.

Each table is (changes to a good call, error, what the message must hold).
"""

from typing import Any

import numpy as np
from refusals import Refusal, complex_ones, ones

LONGEST = "16777216"
FLOATS = "float16|float32|float64|bfloat16"
FORMATS = ("data_format", "NHWC", "channels_last", "channels_first")
ONES = ones(3)  # a window of the right length on both axes

GOOD_RESAMPLE: dict[str, Any] = dict(x=ones(2, 8, 6, 3), output_size=(4, 4))
SIZES: list[tuple[Any, Any, tuple[str, ...]]] = [  # in the place of two ints
    ((0, 4), ValueError, (r"\[0\]", r"\b0\b", LONGEST)),
    ((4, -1), ValueError, (r"\[1\]", r"-1\b", LONGEST)),
    ((1.5, 4), TypeError, (r"1\.5", "int")),
    ((4, np.float32(4)), TypeError, (r"4\.0", "int")),
    ((4, float("nan")), TypeError, ("nan", "int")),
    (("4", "4"), TypeError, ("'4'", "int")),
    ("44", TypeError, ("44", "int")),
    (None, TypeError, ("None", "int")),
    ((4, None), TypeError, ("None", "int")),
    ((True, 4), TypeError, ("True", "int")),
    ((4, np.True_), TypeError, ("True", "int")),
    (np.array([True, True]), TypeError, ("True|bool", "int")),
    ([[4], [4]], TypeError, (r"\[4\]", "int")),
    (np.array([[4], [4]]), (TypeError, ValueError), (r"\[4\]|\(2, 1\)|2-D", "int")),
    ({}, (TypeError, ValueError), ("int",)),
    ((4, 2**24 + 1), ValueError, ("16777217", LONGEST)),
    ((2**31 - 1, 4), ValueError, ("2147483647", LONGEST)),
    ((4, 2**40), ValueError, ("1099511627776", LONGEST)),
    ((4, 2**63), ValueError, ("9223372036854775808", LONGEST)),
    ((4, 10**30), ValueError, ("1" + "0" * 30, LONGEST)),
    ((), ValueError, (r"\b0\b", r"\b3\b")),
    ((4, 4, 4, 4), ValueError, (r"\b4\b", r"\b3\b")),
    (np.array([4.0, 4.0]), TypeError, (r"4\.0", "int")),
]
RESAMPLE: list[Refusal] = [
    *((dict(output_size=size), error, ("output_size", *rest)) for size, error, rest in SIZES),
    (dict(x=ones(2, 8, 3)), ValueError, (r"\bx\b", r"\b3\b", r"\b4\b")),
    (dict(output_size=4), ValueError, (r"\bx\b", r"\b4\b", r"\b3\b")),
    (dict(x=ones(2, 8, 6, 5, 3)), ValueError, (r"\bx\b", r"\b5\b", r"\b4\b")),
    (dict(x=ones(8), output_size=4), ValueError, (r"\bx\b", r"\b1\b", r"\b3\b")),
    (dict(x=ones(), output_size=4), ValueError, (r"\bx\b", r"\b0\b", r"\b3\b")),
    (dict(x=ones(2, 0, 6, 3)), ValueError, (r"\bx\b", r"\b0\b", LONGEST)),
    (dict(x=ones(2, 8, 0, 3)), ValueError, (r"\bx\b", r"\b0\b", LONGEST)),
    (dict(x=ones(0, 8, 0, 3)), ValueError, (r"\bx\b", r"\b0\b", LONGEST)),
    (dict(x=ones(2, 8, 6, 3, dtype=np.int32)), TypeError, (r"\bx\b", "int32", FLOATS)),
    (dict(x=ones(2, 8, 6, 3, dtype=np.bool_)), TypeError, (r"\bx\b", "bool", FLOATS)),
    (dict(x=ones(2, 8, 6, 3, dtype=np.uint16)), TypeError, (r"\bx\b", "uint16", FLOATS)),
    (dict(x=ones(2, 8, 6, 3, dtype=np.complex64)), TypeError, (r"\bx\b", "complex64", FLOATS)),
    (dict(x=None), TypeError, (r"\bx\b", "None", "array|float")),
    (dict(windows=[ONES]), ValueError, ("windows", r"\b1\b", r"\b2\b")),
    (dict(windows=[ONES] * 3), ValueError, ("windows", r"\b3\b", r"\b2\b")),
    (dict(windows=[]), ValueError, ("windows", r"\b0\b", r"\b2\b")),
    (dict(windows=[ones(4), ONES]), ValueError, (r"windows\[0\]", r"\b4\b", r"= 3\b")),
    (dict(windows=[ONES, ones(2)]), ValueError, (r"windows\[1\]", r"\b2\b", r"= 3\b")),
    (dict(windows=[ones(0), ONES]), ValueError, (r"windows\[0\]", r"\b0\b", r"= 3\b")),
    (dict(windows=[ones(1, 3), ONES]), ValueError, (r"windows\[0\]", r"\(1, 3\)", "1-D")),
    (dict(windows=[ones(), ONES]), ValueError, (r"windows\[0\]", r"\(\)", "1-D")),
    (dict(windows=["ham", "ming"]), (TypeError, ValueError), (r"windows\[0\]", "ham")),
    (dict(windows="ham"), (TypeError, ValueError), ("windows", "ham")),
    (dict(windows=3), TypeError, ("windows", r"\b3\b", "sequence")),
    (
        dict(boundary="symmetric", windows=[ONES, ONES]),
        ValueError,
        (r"windows\[0\]", r"\b3\b", "'symmetric'", r"= 4\b"),
    ),
    (dict(boundary="reflect"), ValueError, ("boundary", "reflect", "'periodic'", "symmetric")),
    (dict(boundary=""), ValueError, ("boundary", "'periodic'", "symmetric")),
    (dict(boundary=None), TypeError, ("boundary", "None", "str|'periodic'")),
    (dict(boundary=3), TypeError, ("boundary", r"\b3\b", "str|'periodic'")),
    (dict(alignment="centre"), ValueError, ("alignment", "centre", "'first'", "center")),
    (dict(alignment=3), TypeError, ("alignment", r"\b3\b", "str|'first'")),
    (
        dict(boundary="symmetric", alignment="first"),
        ValueError,
        ("alignment", "'first'", "'symmetric'", "'center'", "mirrored"),
    ),
    (dict(norm="Forward"), ValueError, ("norm", "Forward", "'forward'", "ortho", "backward")),
    (dict(norm=""), ValueError, ("norm", "'forward'", "ortho", "backward")),
    (dict(norm=None), TypeError, ("norm", "None", "str|'forward'")),
    (dict(norm=3), TypeError, ("norm", r"\b3\b", "str|'forward'")),
    (dict(data_format="NHWC"), ValueError, FORMATS),
    (dict(data_format=None), TypeError, ("data_format", "None", "str|channels_last")),
    (dict(unheard_of=1), TypeError, ("unheard_of",)),
]

GOOD_CONV: dict[str, Any] = dict(x=ones(2, 8, 6, 4), filters=ones(3, 3, 4, 6))
CONV: list[Refusal] = [  # of depthwise_conv, too
    (dict(x=ones(2, 8, 4)), ValueError, (r"\bx\b", r"\b3\b", r"\b4\b")),
    (dict(x=ones(2, 0, 6, 4)), ValueError, (r"\bx\b", r"\b0\b", LONGEST)),
    (dict(x=ones(2, 8, 6, 4, dtype=np.int32)), TypeError, (r"\bx\b", "int32", "float32")),
    (dict(x=None), TypeError, (r"\bx\b", "None", "array|float")),
    (dict(filters=None), TypeError, ("filters", "None")),
    (dict(filters=ones(3, 3)), ValueError, ("filters", r"rank 2\b|\(3, 3\)", r"\b3 to 5\b")),
    (dict(filters=ones(1, 1, 3, 3, 4, 6)), ValueError, ("filters", r"\b6\b", r"\b3 to 5\b")),
    (dict(filters=ones(3, 0, 4, 6)), ValueError, ("filters", r"\b0\b", LONGEST)),
    (dict(filters=ones(3, 3, 5, 6)), ValueError, ("filters", r"\b5\b", r"\b4\b")),
    (
        dict(filters=ones(3, 3, 4, 6, dtype=np.float64)),
        TypeError,
        ("filters", "float64", "float32"),
    ),
    (dict(filters=ones(3, 3, 4, 6, dtype=np.complex64)), TypeError, ("filters", "complex64")),
    (
        dict(filters=ones(9, 3, 4, 6), padding="valid"),
        ValueError,
        ("filters", r"\b9\b", r"\b8\b", "valid"),
    ),
    (dict(padding="SAME"), ValueError, ("padding", "SAME", "'same'", "circular")),
    (dict(padding=None), TypeError, ("padding", "None", "'same'")),
    (dict(padding=1), TypeError, ("padding", r"\b1\b", "'same'")),
    (dict(data_format="NHWC"), ValueError, ("data_format", "NHWC", "channels_last")),
    (dict(data_format=3), TypeError, ("data_format", r"\b3\b", "channels_last")),
]
GROUPS: list[Refusal] = [
    (dict(groups=0), ValueError, ("groups", r"\b0\b", r"\b1\b")),
    (dict(groups=-2), ValueError, ("groups", "-2", r"\b1\b")),
    (dict(groups=3), ValueError, ("groups", r"\b3\b", r"\b4 channels of x\b")),
    (
        dict(groups=4, filters=ones(3, 3, 1, 6)),
        ValueError,
        ("groups", r"\b4\b", r"\b6 output channels\b"),
    ),
    (dict(groups=2), ValueError, ("filters", r"\b4\b", r"groups=2: 2\b")),
]

GOOD_SPECTRAL: dict[str, Any] = dict(x=ones(2, 8, 6, 3), weights=complex_ones(4, 3, 3, 5))
WIDE = np.complex128
SPECTRAL: list[Refusal] = [
    (dict(x=None), TypeError, (r"\bx\b", "None", "array|float")),
    (dict(x=ones(2, 3)), ValueError, (r"\bx\b", r"rank 2\b", "3 to 5")),
    (dict(x=ones(2, 3, 3, 3, 3, 3)), ValueError, (r"\bx\b", r"rank 6\b", "3 to 5")),
    (dict(x=ones(2, 8, 6, 4)), ValueError, ("weights", r"\b3 input channels", r"\bx, 4\b")),
    (dict(x=ones(2, 0, 6, 3)), ValueError, (r"\bx\b", r"\b0\b", LONGEST)),
    (dict(x=ones(2, 8, 6, 3, dtype=np.int32)), TypeError, (r"\bx\b", "int32", "float32")),
    (dict(x=ones(2, 8, 6, 3, dtype=np.complex64)), TypeError, (r"\bx\b", "complex64", "float32")),
    (dict(x=ones(2, 8, 6, 3, dtype=np.float64)), TypeError, ("weights", "complex64", "complex128")),
    (dict(weights=None), TypeError, ("weights", "None", "array|complex64")),
    (dict(weights="w"), TypeError, ("weights", "array|complex64")),
    (dict(weights=ones(4, 3, 3, 5)), TypeError, ("weights", "float32", "complex64")),
    (
        dict(weights=complex_ones(4, 3, 3, 5, dtype=WIDE)),
        TypeError,
        ("weights", "complex128", "complex64"),
    ),
    (dict(weights=complex_ones(4)), ValueError, ("weights", r"rank 1\b|\(4,\)", r"2, \[\*modes\]")),
    (dict(weights=complex_ones(1, 4, 3, 3, 5)), ValueError, ("weights", r"rank [45]\b", "or 2")),
    (dict(weights=complex_ones(0, 3, 3, 5)), ValueError, ("weights", "0 modes", "axis 0")),
    (dict(weights=complex_ones(4, 0, 3, 5)), ValueError, ("weights", "0 modes", "axis 1")),
    (dict(weights=complex_ones(4, 3, 4)), ValueError, ("weights", r"\b4 channels", r"x, 3\b")),
    (dict(weights=complex_ones(0, 3)), ValueError, ("weights", "0 modes", "axis 0")),
    (dict(modes=(5, 5)), ValueError, (r"modes\[0\]", r"\b5\b", "1 to 4")),
    (dict(modes=(4, 6)), ValueError, (r"modes\[1\]", r"\b6\b", "1 to 5")),
    (dict(modes=(0, 3)), ValueError, (r"modes\[0\]", r"\b0\b")),
    (dict(modes=(4, -1)), ValueError, (r"modes\[1\]", "-1")),
    (dict(modes=4), ValueError, ("modes", r"\b1 entries", r"\b2\b")),
    (dict(modes=(4, 3, 3)), ValueError, ("modes", r"\b3 entries", r"\b2\b")),
    (dict(modes=()), ValueError, ("modes", r"\b0 entries")),
    (dict(modes="43"), TypeError, ("modes", "43")),
    (dict(modes=(4, 2.5)), TypeError, ("modes", r"2\.5")),
    (dict(modes=(4, True)), TypeError, ("modes", "True")),
    (dict(output_size=8), ValueError, ("output_size", r"\b1 entries", r"\b2\b")),
    (dict(output_size=(8, 6, 4)), ValueError, ("output_size", r"\b3 entries", r"\b2\b")),
    (dict(output_size=(0, 6)), ValueError, (r"output_size\[0\]", r"\b0\b", LONGEST)),
    (dict(output_size=(8, 2**30)), ValueError, (r"output_size\[1\]", "1073741824", LONGEST)),
    (dict(output_size=(8, 10**30)), ValueError, (r"output_size\[1\]", "1" + "0" * 30)),
    (dict(output_size=(8, True)), TypeError, ("output_size", "True")),
    (dict(output_size=(8, 2.0)), TypeError, ("output_size", r"2\.0", "int")),
    (dict(norm="none"), ValueError, ("norm", "none", "forward")),
    (dict(norm=None), TypeError, ("norm", "None")),
    (dict(data_format="NHWC"), ValueError, ("data_format", "NHWC", "channels_last")),
    (dict(data_format=1), TypeError, ("data_format", r"\b1\b")),
]
# Kernels refuse more modes than the input has; the public functions take as many as it has.
MANY_MODES: list[Refusal] = [
    (dict(x=ones(2, 3, 6, 3)), ValueError, ("weights", r"\b4 modes", "axis 0", "at most 3")),
    (dict(x=ones(2, 8, 3, 3)), ValueError, ("weights", r"\b3 entries", "axis 1", "at most 2")),
    (dict(weights=complex_ones(9, 3, 3, 5)), ValueError, ("weights", r"\b9\b", "at most 8")),
    (dict(weights=complex_ones(4, 5, 3, 5)), ValueError, ("weights", r"\b5\b", r"at most 4\b")),
    (dict(weights=complex_ones(9, 3)), ValueError, ("weights", r"\b9\b", "at most 8")),
]
# They serve where `modes` takes few of them.
LARGE = complex_ones(20, 30, 3, 5)
LARGE_MODES: list[Refusal] = [
    (dict(modes=(9, 6)), ValueError, ("modes: 9 modes", "axis 0", "at most 8")),
    (dict(modes=(8, 8)), ValueError, ("modes: 5 entries", "axis 1", "at most 4")),
]
