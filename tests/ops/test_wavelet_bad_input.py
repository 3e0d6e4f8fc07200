"""Bad input to the wavelet functions: refused, naming argument, value and what is allowed.

What is known when the call is made is refused there, eagerly and when a graph is traced alike;
the rest when the graph runs.
"""

from collections.abc import Sequence
from types import ModuleType
from typing import Any

import numpy as np
import pytest
import tensorflow as tf
from bad_calls import FORMATS, LONGEST
from refusals import Refusal, check_all_refused, ones

REFUSED = tf.errors.InvalidArgumentError
X = ones(2, 9, 6, 3)
BANDS = ones(2, 6, 4, 4, 3)  # of X by four taps
COARSE, FINE = ones(2, 4, 3, 3), [ones(2, 4, 3, 3, 3), ones(2, 6, 4, 3, 3)]  # of two levels
TAPS = ones(4)
WIDE = ones(4, dtype=np.float64)


class Bank:
    """An object with filters."""

    def __init__(self, filter_bank: Any) -> None:
        self.filter_bank = filter_bank


MODES: list[Refusal] = [
    (dict(mode="symmetrical"), ValueError, ("mode", "symmetrical", "'symmetric'", "'antireflect'")),
    (dict(mode="sym"), ValueError, ("mode", "sym", "'zero'", "'periodization'")),
    (dict(mode=None), TypeError, ("mode", "None", "'symmetric'")),
    (dict(mode=("zero", "zero")), TypeError, ("mode", "zero", "string")),
]
LAYOUTS: list[Refusal] = [
    (dict(data_format="NHWC"), ValueError, FORMATS),
    (dict(data_format=None), TypeError, ("data_format", "None", "channels_last")),
]
WAVELETS: list[Refusal] = [
    (
        dict(wavelet="db39"),
        ValueError,
        ("wavelet", "'db39'", "near it: .*'db38'", r"wavelets\.names"),
    ),
    (dict(wavelet="simlet4"), ValueError, ("wavelet", "'simlet4'", "106")),
    (dict(wavelet="morl"), ValueError, ("wavelet", "'morl'", "106", "'haar'")),
    (dict(wavelet=None), TypeError, ("wavelet", "None", "filter_bank", "dec_lo")),
    (dict(wavelet=2), TypeError, ("wavelet", r"\b2\b", "filter_bank", "dec_lo")),
    (dict(wavelet=b"haar"), TypeError, ("wavelet", "haar", "filter_bank")),
    (dict(wavelet=[TAPS]), ValueError, ("wavelet", "1 filters", "dec_lo", "rec_hi")),
    (dict(wavelet=[TAPS] * 3), ValueError, ("wavelet", "3 filters", "dec_lo", "rec_hi")),
    (dict(wavelet=ones(3, 4)), ValueError, ("wavelet", r"\(3, 4\)", "dec_lo")),
    (dict(wavelet=tf.ones(4)), ValueError, ("wavelet", r"\(4,\)", "dec_lo")),
    (dict(wavelet=[TAPS, ones(6)]), ValueError, (r"wavelet\[1\]", r"\b6 taps", r"\b4\b")),
    (
        dict(wavelet=[TAPS, TAPS, TAPS, ones(6)]),
        ValueError,
        (r"wavelet\[3\]", r"\b6 taps", r"\b4\b"),
    ),
    (dict(wavelet=[ones(3), ones(3)]), ValueError, ("wavelet", r"\b3 taps", "even", "2 to 1024")),
    (dict(wavelet=[ones(0), ones(0)]), ValueError, ("wavelet", r"\b0 taps", "even", "2 to 1024")),
    (dict(wavelet=ones(2, 1026)), ValueError, ("wavelet", "1026 taps", "even", "2 to 1024")),
    (dict(wavelet=[0.7, 0.7]), ValueError, (r"wavelet\[0\]", r"\(\)", "1-D")),
    (dict(wavelet=[TAPS, ones(1, 4)]), ValueError, (r"wavelet\[1\]", r"\(1, 4\)", "1-D")),
    (dict(wavelet=[TAPS, None]), TypeError, (r"wavelet\[1\]", "None", "float32")),
    (dict(wavelet=["haar", "db2"]), TypeError, (r"wavelet\[0\]", "haar", "float32")),
    (
        dict(wavelet=[tf.ones(4, tf.float64), TAPS]),
        TypeError,
        (r"wavelet\[0\]", "float64", "float32"),
    ),
    (dict(wavelet=[TAPS, tf.ones(4, tf.float16)]), TypeError, (r"wavelet\[1\]", "float16")),
    (dict(wavelet=Bank(None)), TypeError, (r"wavelet\.filter_bank", "None", "dec_lo")),
    (dict(wavelet=Bank([TAPS])), ValueError, (r"wavelet\.filter_bank", "1 filters")),
    (dict(wavelet=Bank([TAPS, ones(2)])), ValueError, (r"wavelet\.filter_bank\[1\]", "2 taps")),
]
SIGNALS: list[Refusal] = [
    (dict(x=None), TypeError, (r"\bx\b", "None", "float32")),
    (dict(x="image"), TypeError, (r"\bx\b", "string", "float32")),
    (dict(x=ones(2, 9, 6, 3, dtype=np.int32)), TypeError, (r"\bx\b", "int32", "float32")),
    (dict(x=ones(2, 9, 6, 3, dtype=np.complex64)), TypeError, (r"\bx\b", "complex64", "float32")),
    (dict(x=ones(9, 6)), ValueError, (r"\bx\b", "rank 2", "3 to 5", "batch")),
    (dict(x=ones(2, 2, 2, 2, 2, 2)), ValueError, (r"\bx\b", "rank 6", "3 to 5", "batch")),
    (dict(x=ones(2, 0, 6, 3)), ValueError, (r"\bx\b", "axis 0", r"\b0\b", LONGEST)),
    (dict(x=ones(0, 9, 0, 3)), ValueError, (r"\bx\b", "axis 1", r"\b0\b", LONGEST)),
]
LEVELS: list[Refusal] = [
    (dict(level=-1), ValueError, ("level", "-1", "0 to 24")),
    (dict(level=25), ValueError, ("level", r"\b25\b", "0 to 24")),
    (dict(level=10**30), ValueError, ("level", "1" + "0" * 30, "0 to 24")),
    (dict(level=1.0), TypeError, ("level", r"1\.0", "int", "0 to 24")),
    (dict(level="1"), TypeError, ("level", "'1'", "int", "0 to 24")),
    (dict(level=True), TypeError, ("level", "True", "int", "0 to 24")),
    (dict(level=tf.constant(1)), TypeError, ("level", "int", "0 to 24")),
]
ONE_SAMPLE: list[Refusal] = [
    (
        dict(x=ones(2, 1, 6, 3), mode=mode),
        ValueError,
        (r"\bx\b", "axis 0", "length 1", f"'{mode}'", "2 or more"),
    )
    for mode in ("reflect", "antireflect")
]
BAD_BANDS: list[Refusal] = [
    (dict(bands=None), TypeError, ("bands", "None", "float32")),
    (dict(bands=ones(2, 6, 4, 4, 3, dtype=np.int32)), TypeError, ("bands", "int32", "float32")),
    (dict(bands=ones(6, 4, 3)), ValueError, ("bands", "rank 3", "4 to 6", "batch")),
    (dict(bands=ones(2, 6, 4, 3, 3)), ValueError, ("bands", "3 bands", r"2 spatial axes: 4\b")),
    (dict(bands=ones(2, 6, 4, 5, 3)), ValueError, ("bands", "5 bands", r"2 spatial axes: 4\b")),
    (dict(bands=ones(2, 0, 4, 4, 3)), ValueError, ("bands", "axis 0", r"\b0\b", LONGEST)),
    (dict(bands=ones(2, 6, 1, 4, 3)), ValueError, ("bands", "axis 1", "length 1", "2 or more")),
    (dict(output_size=9), ValueError, ("bands", "rank 5", "rank 4")),
    (dict(output_size=(9, 7)), ValueError, (r"output_size\[1\]", r"\b7\b", r"\b5 to 6\b")),
    (dict(output_size=(8, 6)), ValueError, (r"output_size\[0\]", r"\b8\b", r"\b9 to 10\b")),
    (dict(output_size=(0, 6)), ValueError, (r"output_size\[0\]", r"\b0\b", LONGEST)),
    (dict(output_size=(9, 2**30)), ValueError, (r"output_size\[1\]", "1073741824", LONGEST)),
    (dict(output_size=(9, 10**30)), ValueError, (r"output_size\[1\]", "1" + "0" * 30, LONGEST)),
    (dict(output_size=(9.0, 6)), TypeError, ("output_size", r"9\.0", "int")),
    (dict(output_size="96"), TypeError, ("output_size", "96", "int")),
    (
        dict(mode="periodization", output_size=(9, 7)),
        ValueError,
        (r"output_size\[0\]", r"\b9\b", r"\b11 to 12\b"),
    ),
]
COEFFICIENTS: list[Refusal] = [
    (dict(coefficients=COARSE), TypeError, ("coefficients", "list", "details_L")),
    (dict(coefficients=None), TypeError, ("coefficients", "None", "details_L")),
    (dict(coefficients=[]), ValueError, ("coefficients", "0 tensors", "details_L")),
    (dict(coefficients=[COARSE] * 26), ValueError, ("coefficients", "26 tensors", "0 to 24")),
    (dict(coefficients=[None, *FINE]), TypeError, (r"coefficients\[0\]", "None")),
    (dict(coefficients=[COARSE, *FINE[:1], None]), TypeError, (r"coefficients\[2\]", "None")),
    (
        dict(coefficients=[COARSE, FINE[0].astype(np.float64), FINE[1]]),
        TypeError,
        (r"coefficients\[1\]", "float64", r"coefficients\[0\]", "float32"),
    ),
    (dict(coefficients=[COARSE, COARSE]), ValueError, (r"coefficients\[1\]", "rank 4", "rank 5")),
    (
        dict(coefficients=[COARSE, ones(2, 4, 3, 4, 3), FINE[1]]),
        ValueError,
        (r"coefficients\[1\]", "4 bands", r"2 spatial axes: 3\b"),
    ),
    (
        dict(coefficients=[COARSE, ones(1, 4, 3, 3, 3), FINE[1]]),
        ValueError,
        (r"coefficients\[1\]", "batch 1", r"coefficients\[0\], 2"),
    ),
    (
        dict(coefficients=[COARSE, FINE[0], ones(2, 6, 4, 3, 5)]),
        ValueError,
        (r"coefficients\[2\]", "channels 5", r"coefficients\[0\], 3"),
    ),
]
OF_WAVEREC: list[Refusal] = [
    (
        dict(coefficients=[COARSE, FINE[0], ones(2, 4, 4, 3, 3)]),
        ValueError,
        (r"coefficients\[2\]", "axis 0", "length 4", "of 6: 5 to 6"),
    ),
    (
        dict(coefficients=[COARSE, ones(2, 5, 3, 3, 3), FINE[1]]),
        ValueError,
        (r"coefficients\[1\]", "axis 0", "length 5", "of 4: 3 to 4"),
    ),
    (
        dict(coefficients=[ones(2, 1, 3, 3), ones(2, 1, 3, 3, 3)]),
        ValueError,
        (r"coefficients\[1\]", "axis 0", "length 1", "4 taps: 2 or more"),
    ),
    (
        dict(coefficients=[ones(2, 0, 3, 3)]),
        ValueError,
        (r"coefficients\[0\]", "axis 0", r"\b0\b", LONGEST),
    ),
    (dict(output_size=(8, 6)), ValueError, (r"output_size\[0\]", r"\b8\b", r"\b9 to 10\b")),
    (dict(output_size=9), ValueError, (r"coefficients\[0\]", "rank 4", "rank 3")),
]
THRESHOLDS: list[Refusal] = [
    (dict(threshold="sure"), ValueError, ("threshold", "'sure'", "'bayes'", "'universal'")),
    (dict(threshold=-1), ValueError, ("threshold", "-1", "0 or more")),
    (dict(threshold=float("nan")), ValueError, ("threshold", "nan", "0 or more")),
    (dict(threshold=float("inf")), ValueError, ("threshold", "inf", "0 or more")),
    (dict(threshold=None), TypeError, ("threshold", "None", "'bayes'", "number")),
    (dict(threshold=True), TypeError, ("threshold", "True", "'bayes'", "number")),
    (dict(threshold=tf.ones(3)), ValueError, ("threshold", r"\(3,\)", "number")),
    (dict(threshold=tf.constant(1)), TypeError, ("threshold", "int32", "float32")),
    (dict(method="firm"), ValueError, ("method", "'firm'", "'soft'", "'garrote'")),
    (dict(method=None), TypeError, ("method", "None", "'soft'")),
]
NORM: list[Refusal] = [
    (dict(norm="ortho"), TypeError, ("norm", "'ortho'", "True or False")),
    (dict(norm=1), TypeError, ("norm", r"\b1\b", "True or False")),
]
STILL = [ones(2, 4, 3, 3), ones(2, 4, 3, 3, 3), ones(2, 4, 3, 3, 3)]
OF_ISWT: list[Refusal] = [
    (
        dict(coefficients=[*STILL[:2], ones(2, 3, 3, 3, 3)]),
        ValueError,
        (r"coefficients\[2\]", "axis 0", "length 3", "of 4: 4 to 4"),
    ),
]

NAMED = dict(wavelet="db2")
DEEP = (dict(x=ones(2, 3, 6, 3), wavelet="haar", mode="reflect", level=3), "'reflect'")
CALLS: dict[str, tuple[dict[str, Any], Sequence[Refusal]]] = {
    "dwt": (dict(NAMED, x=X), [*MODES, *LAYOUTS, *WAVELETS, *SIGNALS, *ONE_SAMPLE]),
    "idwt": (dict(NAMED, bands=BANDS), [*MODES, *LAYOUTS, *WAVELETS, *BAD_BANDS]),
    "wavedec": (
        dict(NAMED, x=X),
        [
            *MODES,
            *WAVELETS[:2],
            *SIGNALS,
            *LEVELS,
            *ONE_SAMPLE,
            (DEEP[0], ValueError, ("level: 3", "level 3", "length 1", "axis 0", DEEP[1])),
        ],
    ),
    "waverec": (
        dict(NAMED, coefficients=[COARSE, *FINE]),
        [*MODES, *LAYOUTS, *WAVELETS[:2], *COEFFICIENTS, *OF_WAVEREC],
    ),
    "swt": (dict(NAMED, x=X, level=2), [*LAYOUTS, *WAVELETS[:2], *SIGNALS, *LEVELS, *NORM]),
    "iswt": (
        dict(NAMED, coefficients=STILL),
        [*LAYOUTS, *WAVELETS[:2], *COEFFICIENTS[:8], *OF_ISWT, *NORM],
    ),
    "wavelet_packets": (
        dict(NAMED, x=X, level=2),
        [
            *MODES,
            *WAVELETS[:2],
            *SIGNALS,
            *LEVELS,
            (dict(level=None), TypeError, ("level", "None", "int")),
            (dict(level=13), ValueError, ("level: 13", "67108864 bands", LONGEST)),
        ],
    ),
    "wavelet_pool": (dict(NAMED, x=X), [*MODES, *WAVELETS[:2], *SIGNALS, *ONE_SAMPLE]),
    "wavelet_denoise": (
        dict(NAMED, x=X),
        [*MODES, *WAVELETS[:2], *SIGNALS, *LEVELS, *THRESHOLDS],
    ),
}


@pytest.mark.parametrize("function", CALLS)
@pytest.mark.parametrize("traced", [False, True], ids=["eager", "graph"])
def test_refused_at_the_call(implementation: ModuleType, function: str, traced: bool) -> None:
    good, table = CALLS[function]

    def check() -> None:
        called = getattr(implementation, function)
        called(**good)
        check_all_refused(called, good, table)

    (tf.function(check, autograph=False) if traced else check)()


def test_what_must_be_known_at_the_call(implementation: ModuleType) -> None:
    """Ranks, which fix the number of axes, and lengths for the default level."""
    unknown = tf.TensorSpec(None, tf.float32)
    lengths = tf.TensorSpec([2, None, 6, 3], tf.float32)
    for function, spec, fragments in (
        ("dwt", unknown, (r"\bx\b", "rank", "spatial axes")),
        ("swt", unknown, (r"\bx\b", "rank", "spatial axes")),
        ("idwt", unknown, ("bands", "rank", "spatial axes")),
        ("wavedec", lengths, ("level", "None", "known", "0 to 24")),
        ("wavelet_denoise", lengths, ("level", "None", "known", "0 to 24")),
    ):
        settings = dict(wavelet="db2") | (dict(level=1) if function == "swt" else {})
        called = getattr(implementation, function)
        graph = tf.function(lambda t, f=called, s=settings: f(t, **s), [spec], autograph=False)
        check_all_refused(graph.get_concrete_function, {}, [({}, ValueError, fragments)])


def test_signals_that_only_a_running_graph_knows(implementation: ModuleType) -> None:
    images, taps = tf.TensorSpec([None] * 4, tf.float32), tf.TensorSpec([None], tf.float32)

    @tf.function(input_signature=[images, taps, taps], autograph=False)
    def graph(x: tf.Tensor, low: tf.Tensor, high: tf.Tensor) -> tf.Tensor:
        return implementation.dwt(x, (low, high), mode="reflect")

    good = dict(x=X, low=TAPS, high=TAPS)
    assert graph(**good).shape == BANDS.shape
    table = [
        (dict(x=ones(2, 0, 6, 3)), REFUSED, (r"\bx\b", "axis 0", r"\b0\b", LONGEST)),
        (dict(x=ones(0, 9, 0, 3)), REFUSED, (r"\bx\b", "axis 1", r"\b0\b", LONGEST)),
        (dict(x=ones(2, 9, 1, 3)), REFUSED, (r"\bx\b", "axis 1", r"length\W+1\b", r"reflect\W")),
        (dict(high=ones(6)), REFUSED, (r"wavelet\[1\]", r"\b6\W+taps", r"\b4\b")),
        (dict(low=ones(3), high=ones(3)), REFUSED, ("wavelet|filters", r"\b3\b", "even", "1024")),
        (dict(low=ones(0), high=ones(0)), REFUSED, ("wavelet|filters", r"\b0\b", "even", "1024")),
    ]
    check_all_refused(graph, good, table)


@pytest.mark.parametrize("dtype", [tf.int32, tf.int64], ids=lambda dtype: dtype.name)
def test_bands_that_only_a_running_graph_knows(implementation: ModuleType, dtype: tf.DType) -> None:
    specs = [tf.TensorSpec([None] * 5, tf.float32), tf.TensorSpec([2], dtype)]

    @tf.function(input_signature=specs, autograph=False)
    def graph(bands: tf.Tensor, size: tf.Tensor) -> tf.Tensor:
        return implementation.idwt(bands, "db2", output_size=size)

    good = dict(bands=BANDS, size=tf.constant((9, 6), dtype))
    assert graph(**good).shape == X.shape
    table = [
        (dict(bands=ones(2, 6, 4, 3, 3)), REFUSED, ("bands", r"\b3\b", r"\b4\b")),
        (dict(bands=ones(2, 6, 1, 4, 3)), REFUSED, ("bands", "axis 1", r"\b1\b")),
        (dict(bands=ones(2, 5, 4, 4, 3)), REFUSED, ("bands|output_size", r"\b9\b")),
        *(
            (dict(size=tf.constant(size, dtype)), REFUSED, ("output_size", f"{value}"))
            for size, value in (((0, 6), 0), ((9, -6), -6), ((2**25, 6), 2**25))
        ),
        (dict(size=tf.constant((9, 7), dtype)), REFUSED, ("bands|output_size", r"\b7\b")),
    ]
    check_all_refused(graph, good, table)


def test_coefficients_that_only_a_running_graph_knows(implementation: ModuleType) -> None:
    specs = [tf.TensorSpec([None] * rank, tf.float32) for rank in (4, 5, 5)]

    @tf.function(input_signature=specs, autograph=False)
    def graph(a: tf.Tensor, d: tf.Tensor, e: tf.Tensor) -> tf.Tensor:
        return implementation.waverec([a, d, e], "db2")

    good = dict(a=COARSE, d=FINE[0], e=FINE[1])
    assert graph(**good).shape == (2, 10, 6, 3)
    table = [
        (dict(e=ones(2, 4, 4, 3, 3)), REFUSED, (r"coefficients\[2\]", "axis 0", r"\b5\b", r"6\b")),
        (dict(d=ones(2, 4, 3, 4, 3)), REFUSED, (r"coefficients\[1\]", r"\b4\W+bands", r"\b3\b")),
        (dict(d=ones(3, 4, 3, 3, 3)), REFUSED, (r"coefficients\[1\]", r"batch\W+3", r"\b2\b")),
        (dict(a=ones(2, 6, 3, 3)), REFUSED, (r"coefficients\[1\]", "axis 0", r"\b6\b")),
    ]
    check_all_refused(graph, good, table)


def test_a_refused_call_leaves_the_ops_whole(implementation: ModuleType) -> None:
    before = implementation.dwt(X, "db2").numpy()
    for settings in (dict(wavelet="db0"), dict(wavelet="db2", mode="none")):
        with pytest.raises(ValueError):
            implementation.dwt(X, **settings)
    assert np.array_equal(implementation.dwt(X, "db2").numpy(), before)
