"""Bad input to `pool` and `resample`: refused, naming the argument, its value and what is allowed.

What is known when the call is made is refused there, eagerly and when a graph is traced alike;
the rest when the graph runs.
"""

from types import ModuleType
from typing import Any

import numpy as np
import pytest
import tensorflow as tf
from bad_calls import GOOD_RESAMPLE, LONGEST, ONES, RESAMPLE
from refusals import check_all_refused, check_refused, ones
from samples import pairwise

X = GOOD_RESAMPLE["x"]
ONLY_HERE = [  # (changes to a good call, error, what the message must hold)
    (dict(output_size=np.ones((2, 2), int)), (TypeError, ValueError), ("output_size", "int")),
    (dict(output_size=tf.constant([4.0, 4.0])), TypeError, ("output_size", "float32", "int")),
    (dict(output_size=tf.ones([2, 2], tf.int32)), ValueError, ("output_size", r"\(2, 2\)", "int")),
    (dict(output_size=tf.constant([0, 4])), ValueError, ("output_size", r"\b0\b", LONGEST)),
    (dict(x=1.0), ValueError, (r"\bx\b", r"\b0\b", r"\b4\b")),
    (dict(x=[[1, 2], [3, 4]]), TypeError, (r"\bx\b", "int32", "float32")),
    (dict(x=[[1.0, 2.0], [3.0]]), (TypeError, ValueError), (r"\bx\b",)),
    (dict(x="image"), TypeError, (r"\bx\b", "string", "float32")),
    (dict(windows=[1.0, ONES]), ValueError, (r"windows\[0\]", r"\(\)", "1-D")),
    (
        dict(windows=[tf.ones(3, tf.float64), ONES]),
        TypeError,
        (r"windows\[0\]", "float64", "float32"),
    ),
    (
        dict(windows=[ONES, tf.ones(3, tf.complex64)]),
        TypeError,
        (r"windows\[1\]", "complex64", "float32"),
    ),
    (dict(windows=["ham", "ming"]), ValueError, (r"windows\[0\]", "ham", "'hamming'", "tukey")),
    (dict(windows="ham"), ValueError, ("windows: 'ham'", "'hamming'", "'hann'", "tukey")),
    (dict(windows="tukey"), ValueError, ("windows: 'tukey'", r"\('tukey', a\)")),
    (dict(windows=("tukey", 1.5)), ValueError, (r"windows: \('tukey', 1\.5\)", "from 0 to 1")),
    (dict(windows=("tukey", float("nan"))), ValueError, ("windows", "nan", "from 0 to 1")),
    (dict(windows=("hann", 0.5)), ValueError, (r"windows: \('hann', 0\.5\)", "'hann'")),
    (dict(windows=[None, ("tukey", -1)]), ValueError, (r"windows\[1\]", "-1", "from 0 to 1")),
    (dict(windows=["hann"]), ValueError, ("windows", r"\b1\b", r"\b2\b")),
    (dict(windows=b"hann"), TypeError, ("windows", "hann", "sequence")),
    (dict(norm=None), TypeError, ("norm", "None", "'forward'", "ortho", "backward")),
    (dict(norm=3), TypeError, ("norm", r"\b3\b", "'forward'", "ortho", "backward")),
    (dict(data_format=None), TypeError, ("data_format", "None", "channels_last")),
]


@pytest.mark.parametrize("function", ["pool", "resample"])
@pytest.mark.parametrize("traced", [False, True], ids=["eager", "graph"])
def test_refused_at_the_call(implementation: ModuleType, function: str, traced: bool) -> None:
    def check() -> None:
        called = getattr(implementation, function)
        check_all_refused(called, GOOD_RESAMPLE, RESAMPLE + ONLY_HERE)

    (tf.function(check, autograph=False) if traced else check)()


@pytest.mark.parametrize("graph", [False, True], ids=["eager", "tf.function"])
def test_pool_only_shrinks(implementation: ModuleType, graph: bool) -> None:
    def call() -> tf.Tensor:
        return implementation.pool(X, (8, 7))

    check_refused(tf.function(call) if graph else call, ValueError, (r"output_size\[1\]", "7", "6"))


SIZES = [  # (output_size, what the message must hold)
    ([0, 4], (r"\[0\]", r": \W*0\b", LONGEST)),
    ([4, -3], (r"\[1\]", "-3", LONGEST)),
    ([4, 2**31 - 1], (r"\[1\]", "2147483647", LONGEST)),
]
TOO_LARGE = [([9, 4], (r"\[0\]", r"\b9\b", r"\b8\b")), ([4, 7], (r"\[1\]", r"\b7\b", r"\b6\b"))]


@pytest.mark.parametrize(
    ("which", "function", "dtype"),
    pairwise(("native", "reference"), ("pool", "resample"), (tf.int32, tf.int64)),
)
def test_sizes_that_only_a_running_graph_knows(
    native: ModuleType, reference: ModuleType, which: str, function: str, dtype: tf.DType
) -> None:
    called = getattr(native if which == "native" else reference, function)

    signature = [tf.TensorSpec(None, tf.float32), tf.TensorSpec([2], dtype)]
    graph = tf.function(called, signature, autograph=False)

    refused = tf.errors.InvalidArgumentError
    rows = SIZES + (TOO_LARGE if function == "pool" else [])
    check_all_refused(
        lambda size: graph(tf.constant(X), tf.constant(size, dtype)),
        {},
        [(dict(size=size), refused, ("output_size", *fragments)) for size, fragments in rows],
    )
    assert graph(tf.constant(X), tf.constant([4, 4], dtype)).shape == (2, 4, 4, 3)


def test_images_that_only_a_running_graph_knows(implementation: ModuleType) -> None:
    @tf.function(
        input_signature=[tf.TensorSpec([None, None, None, 3], tf.float32)], autograph=False
    )
    def graph(x: tf.Tensor) -> tf.Tensor:
        return implementation.pool(x, (4, 4))

    images = (
        (ones(2, 0, 6, 3), (r"\bx\b", "axis 0", r"length\W+0\b", LONGEST)),
        (ones(2, 8, 0, 3), (r"\bx\b", "axis 1", r"length\W+0\b", LONGEST)),
        (ones(0, 0, 6, 3), (r"\bx\b", "axis 0", r"length\W+0\b", LONGEST)),
        (ones(2, 3, 6, 3), ("output_size", r"\b4\b", r"\b3\b")),
    )
    refused = tf.errors.InvalidArgumentError
    check_all_refused(graph, {}, [(dict(x=x), refused, words) for x, words in images])


def test_ranks_that_only_a_running_graph_knows(implementation: ModuleType) -> None:
    @tf.function(input_signature=[tf.TensorSpec(None, tf.float32)], autograph=False)
    def graph(x: tf.Tensor) -> tf.Tensor:
        return implementation.pool(x, (4, 4))

    for shape in ((2, 8, 3), (2, 8, 6, 5, 3), ()):
        fragments: tuple[str, ...] = (r"\bx\b", rf"\b{len(shape)}\b|\[\]", r"\b4\b")
        if implementation.__name__ == "spectral_ops.reference":
            fragments = ()  # TensorFlow's own words
        call = lambda shape=shape: graph(tf.ones(shape))  # noqa: E731
        check_refused(call, tf.errors.InvalidArgumentError, fragments)


def test_windows_that_only_a_running_graph_knows(implementation: ModuleType) -> None:
    @tf.function(input_signature=[tf.TensorSpec([None], tf.float32)], autograph=False)
    def graph(window: tf.Tensor) -> tf.Tensor:
        return implementation.pool(X, (4, 4), windows=[ONES, window])

    refused = tf.errors.InvalidArgumentError
    rows: list[tuple[dict[str, Any], Any, tuple[str, ...]]] = [
        (dict(window=tf.ones(length)), refused, (r"windows\[1\]", rf"\b{length}\b", r"\b3\b"))
        for length in (0, 2, 4)
    ]
    check_all_refused(graph, {}, rows)
    assert graph(tf.ones(3)).shape == (2, 4, 4, 3)


def test_output_size_must_have_a_known_length(implementation: ModuleType) -> None:
    """For it fixes the number of spatial axes."""
    for length in (None, 1, 4):
        signature = [tf.TensorSpec([length], tf.int32)]
        graph = tf.function(lambda size: implementation.resample(X, size), signature)
        check_refused(graph.get_concrete_function, ValueError, ("output_size",))


def test_more_elements_than_can_be_counted(native: ModuleType) -> None:
    """2^72, which an int64 does not hold."""
    x, output_size = tf.ones((1, 1, 1, 1, 1)), (2**24, 2**24, 2**24)
    with pytest.raises((ValueError, tf.errors.InvalidArgumentError)):
        native.resample(x, output_size)
    with pytest.raises((ValueError, tf.errors.InvalidArgumentError)):
        tf.function(native.resample)(x, tf.constant(output_size))


def test_a_refused_call_leaves_the_ops_whole(implementation: ModuleType) -> None:
    before = implementation.pool(X, (4, 4)).numpy()
    for size in ((0, 4), (9, 4), "a"):
        with pytest.raises((ValueError, TypeError)):
            implementation.pool(X, size)
    assert np.array_equal(implementation.pool(X, (4, 4)).numpy(), before)
