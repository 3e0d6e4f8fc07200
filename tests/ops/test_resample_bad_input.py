"""Bad input to `pool` and `resample`: refused, naming the argument, its value and what is allowed.

What is known when the call is made is refused there, eagerly and when a graph is traced alike;
the rest when the graph runs.
"""

from types import ModuleType
from typing import Any

import numpy as np
import pytest
import tensorflow as tf
from refusals import check_refused, ones

LONGEST = "16777216"
ONES = np.ones(3, np.float32)  # a window of the right length on both axes


X = ones(2, 8, 6, 3)
CALLS = [  # (changes to a good call, error, what the message must hold)
    (dict(output_size=(0, 4)), ValueError, (r"output_size\[0\]", r"\b0\b", LONGEST)),
    (dict(output_size=(4, -1)), ValueError, (r"output_size\[1\]", "-1", LONGEST)),
    (dict(output_size=(1.5, 4)), TypeError, ("output_size", r"1\.5", "int")),
    (dict(output_size=("4", "4")), TypeError, ("output_size", "'4'", "int")),
    (dict(output_size="44"), TypeError, ("output_size", "44", "int")),
    (dict(output_size=None), TypeError, ("output_size", "None", "int")),
    (dict(output_size=(4, None)), TypeError, ("output_size", "None", "int")),
    (dict(output_size=(True, 4)), TypeError, ("output_size", "True", "int")),
    (dict(output_size=(2**31 - 1, 4)), ValueError, ("output_size", "2147483647", LONGEST)),
    (dict(output_size=(4, 2**40)), ValueError, ("output_size", "1099511627776", LONGEST)),
    (dict(output_size=(4, 10**30)), ValueError, ("output_size", "1" + "0" * 30, LONGEST)),
    (dict(output_size=()), ValueError, ("output_size", r"\b0\b", r"\b3\b")),
    (dict(output_size=(4, 4, 4, 4)), ValueError, ("output_size", r"\b4\b", r"\b3\b")),
    (dict(output_size=np.array([4.0, 4.0])), TypeError, ("output_size", r"4\.0", "int")),
    (dict(output_size=np.ones((2, 2), int)), (TypeError, ValueError), ("output_size", "int")),
    (dict(output_size=tf.constant([4.0, 4.0])), TypeError, ("output_size", "float32", "int")),
    (dict(output_size=tf.ones([2, 2], tf.int32)), ValueError, ("output_size", r"\(2, 2\)", "int")),
    (dict(output_size=tf.constant([0, 4])), ValueError, ("output_size", r"\b0\b", LONGEST)),
    (dict(x=ones(2, 8, 3)), ValueError, (r"\bx\b", r"\b3\b", r"\b4\b")),
    (dict(x=ones(2, 8, 6, 5, 3)), ValueError, (r"\bx\b", r"\b5\b", r"\b4\b")),
    (dict(x=1.0), ValueError, (r"\bx\b", r"\b0\b", r"\b4\b")),
    (dict(x=ones(2, 0, 6, 3)), ValueError, (r"\bx\b", r"\b0\b", LONGEST)),
    (dict(x=ones(2, 8, 0, 3)), ValueError, (r"\bx\b", r"\b0\b", LONGEST)),
    (dict(x=ones(2, 8, 6, 3, dtype=np.int32)), TypeError, (r"\bx\b", "int32", "float32")),
    (dict(x=ones(2, 8, 6, 3, dtype=np.complex64)), TypeError, (r"\bx\b", "complex64", "float32")),
    (dict(x=[[1, 2], [3, 4]]), TypeError, (r"\bx\b", "int32", "float32")),
    (dict(x=[[1.0, 2.0], [3.0]]), (TypeError, ValueError), (r"\bx\b",)),
    (dict(x="image"), TypeError, (r"\bx\b", "string", "float32")),
    (dict(x=None), TypeError, (r"\bx\b", "None", "float")),
    (dict(windows=[ONES]), ValueError, ("windows", r"\b1\b", r"\b2\b")),
    (dict(windows=[ONES] * 3), ValueError, ("windows", r"\b3\b", r"\b2\b")),
    (dict(windows=[]), ValueError, ("windows", r"\b0\b", r"\b2\b")),
    (dict(windows=[ones(4), ONES]), ValueError, (r"windows\[0\]", r"\b4\b", r"= 3\b")),
    (dict(windows=[ONES, ones(2)]), ValueError, (r"windows\[1\]", r"\b2\b", r"= 3\b")),
    (dict(windows=[ones(1, 3), ONES]), ValueError, (r"windows\[0\]", r"\(1, 3\)", "1-D")),
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
    (dict(windows=["ham", "ming"]), TypeError, (r"windows\[0\]", "ham", "float32")),
    (dict(windows="hamming"), TypeError, ("windows", "hamming", "sequence")),
    (dict(windows=3), TypeError, ("windows", r"\b3\b", "sequence")),
    (dict(norm="Forward"), ValueError, ("norm", "Forward", "'forward'", "ortho", "backward")),
    (dict(norm=None), TypeError, ("norm", "None", "'forward'", "ortho", "backward")),
    (dict(norm=3), TypeError, ("norm", r"\b3\b", "'forward'", "ortho", "backward")),
    (
        dict(data_format="NHWC"),
        ValueError,
        ("data_format", "NHWC", "channels_last", "channels_first"),
    ),
    (dict(data_format=None), TypeError, ("data_format", "None", "channels_last")),
]


@pytest.mark.parametrize(("changes", "error", "fragments"), CALLS, ids=lambda v: repr(v)[:50])
@pytest.mark.parametrize("function", ["pool", "resample"])
@pytest.mark.parametrize("graph", [False, True], ids=["eager", "tf.function"])
def test_rejects_bad_input(
    implementation: ModuleType,
    function: str,
    graph: bool,
    changes: dict[str, Any],
    error: Any,
    fragments: tuple[str, ...],
) -> None:
    def call() -> tf.Tensor:
        return getattr(implementation, function)(**dict(x=X, output_size=(4, 4)) | changes)

    check_refused(tf.function(call) if graph else call, error, fragments)


@pytest.mark.parametrize("graph", [False, True], ids=["eager", "tf.function"])
def test_pool_only_shrinks(implementation: ModuleType, graph: bool) -> None:
    def call() -> tf.Tensor:
        return implementation.pool(X, (8, 7))

    check_refused(tf.function(call) if graph else call, ValueError, (r"output_size\[1\]", "7", "6"))


@pytest.mark.parametrize("dtype", [tf.int32, tf.int64], ids=lambda d: d.name)
@pytest.mark.parametrize(
    ("function", "sizes", "fragments"),
    [
        ("pool", [9, 4], (r"\b9\b", r"\b8\b")),
        ("pool", [4, 7], (r"\b7\b", r"\b6\b")),
        ("pool", [4, 0], (r"\b0\b",)),
        ("resample", [0, 4], (r"\b0\b",)),
        ("resample", [4, -3], ("-3",)),
        ("resample", [4, 2**31 - 1], ("2147483647", LONGEST)),
    ],
)
def test_rejects_sizes_that_only_a_running_graph_knows(
    implementation: ModuleType,
    function: str,
    sizes: list[int],
    fragments: tuple[str, ...],
    dtype: tf.DType,
) -> None:
    @tf.function(input_signature=[tf.TensorSpec(None, tf.float32), tf.TensorSpec([2], dtype)])
    def graph(x: tf.Tensor, output_size: tf.Tensor) -> tf.Tensor:
        return getattr(implementation, function)(x, output_size)

    def call() -> None:
        graph(tf.constant(X), tf.constant(sizes, dtype))

    check_refused(call, tf.errors.InvalidArgumentError, ("output_size", *fragments))
    assert graph(tf.constant(X), tf.constant([4, 4], dtype)).shape == (2, 4, 4, 3)


@pytest.mark.parametrize(
    ("x", "fragments"),
    [
        (ones(2, 0, 6, 3), (r"\bx\b", r"\b0\b")),
        (ones(2, 8, 0, 3), (r"\bx\b", r"\b0\b")),
        (ones(0, 0, 6, 3), (r"\bx\b", r"\b0\b")),
        (ones(2, 3, 6, 3), ("output_size", r"\b4\b", r"\b3\b")),
    ],
    ids=lambda v: str(getattr(v, "shape", "")),
)
def test_rejects_images_that_only_a_running_graph_knows(
    implementation: ModuleType, x: np.ndarray, fragments: tuple[str, ...]
) -> None:
    @tf.function(input_signature=[tf.TensorSpec([None, None, None, 3], tf.float32)])
    def graph(x: tf.Tensor) -> tf.Tensor:
        return implementation.pool(x, (4, 4))

    check_refused(lambda: graph(tf.constant(x)), tf.errors.InvalidArgumentError, fragments)


@pytest.mark.parametrize("shape", [(2, 8, 3), (2, 8, 6, 5, 3), ()], ids=str)
def test_rejects_ranks_that_only_a_running_graph_knows(
    implementation: ModuleType, shape: tuple[int, ...]
) -> None:
    @tf.function(input_signature=[tf.TensorSpec(None, tf.float32)])
    def graph(x: tf.Tensor) -> tf.Tensor:
        return implementation.pool(x, (4, 4))

    fragments = (r"\bx\b", rf"\b{len(shape)}\b|\[\]", r"\b4\b")
    if implementation.__name__ == "spectral_ops.reference":
        fragments = ()  # TensorFlow's own words
    check_refused(lambda: graph(tf.ones(shape)), tf.errors.InvalidArgumentError, fragments)


@pytest.mark.parametrize("length", [0, 2, 4])
def test_rejects_windows_that_only_a_running_graph_knows(
    implementation: ModuleType, length: int
) -> None:
    @tf.function(input_signature=[tf.TensorSpec([None], tf.float32)])
    def graph(window: tf.Tensor) -> tf.Tensor:
        return implementation.pool(X, (4, 4), windows=[ONES, window])

    fragments = (r"windows\[1\]", rf"\b{length}\b", r"\b3\b")
    check_refused(lambda: graph(tf.ones(length)), tf.errors.InvalidArgumentError, fragments)
    assert graph(tf.ones(3)).shape == (2, 4, 4, 3)


@pytest.mark.parametrize("length", [None, 1, 4])
def test_output_size_must_have_a_known_length(
    implementation: ModuleType, length: int | None
) -> None:
    """For it fixes the number of spatial axes."""

    @tf.function(input_signature=[tf.TensorSpec([length], tf.int32)])
    def graph(output_size: tf.Tensor) -> tf.Tensor:
        return implementation.resample(X, output_size)

    name = ValueError, ("output_size",)
    check_refused(lambda: graph(tf.ones(length or 2, tf.int32)), *name)


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
