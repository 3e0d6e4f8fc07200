"""Bad input to `spectral_conv`: refused, naming the argument, its value and what is allowed.

What is known when the call is made is refused there, eagerly and when a graph is traced alike;
the rest when the graph runs.
"""

from types import ModuleType
from typing import Any

import numpy as np
import pytest
import tensorflow as tf
from refusals import check_refused, complex_ones, ones

LONGEST = "16777216"


X = ones(2, 8, 6, 3)
W = complex_ones(4, 3, 3, 5)
CALLS = [  # (changes to a good call, error, what the message must hold)
    (dict(x=None), TypeError, (r"\bx\b", "None", "float")),
    (dict(x="image"), TypeError, (r"\bx\b", "string", "float32")),
    (dict(x=ones(2, 3)), ValueError, (r"\bx\b", r"rank 2\b", "3 to 5")),
    (dict(x=ones(2, 3, 3, 3, 3, 3)), ValueError, (r"\bx\b", r"rank 6\b", "3 to 5")),
    (dict(x=ones(2, 8, 6, 4)), ValueError, ("weights", r"\b3 input channels", r"\bx, 4\b")),
    (dict(x=ones(2, 0, 6, 3)), ValueError, (r"\bx\b", r"\b0\b", LONGEST)),
    (dict(x=ones(2, 8, 6, 3, dtype=np.int32)), TypeError, (r"\bx\b", "int32", "float32")),
    (dict(x=ones(2, 8, 6, 3, dtype=np.complex64)), TypeError, (r"\bx\b", "complex64", "float32")),
    (dict(x=ones(2, 8, 6, 3, dtype=np.float64)), TypeError, ("weights", "complex64", "complex128")),
    (dict(x=ones(2, 3, 6, 3)), ValueError, ("weights", r"\b4 modes", "axis 0", "at most 3")),
    (dict(x=ones(2, 8, 3, 3)), ValueError, ("weights", r"\b3 entries", "axis 1", "at most 2")),
    (dict(weights=None), TypeError, ("weights", "None", "complex64")),
    (dict(weights="w"), TypeError, ("weights", "complex64")),
    (dict(weights=ones(4, 3, 3, 5)), TypeError, ("weights", "float32", "complex64")),
    (
        dict(weights=complex_ones(4, 3, 3, 5, dtype=np.complex128)),
        TypeError,
        ("weights", "complex128", "complex64"),
    ),
    (dict(weights=complex_ones(4, 3)), ValueError, ("weights", r"\(4, 3\)", r"\b4\b", r"\b3\b")),
    (dict(weights=complex_ones(1, 4, 3, 3, 5)), ValueError, ("weights", "rank 4", "or 3")),
    (dict(weights=complex_ones(0, 3, 3, 5)), ValueError, ("weights", "0 modes", "axis 0")),
    (dict(weights=complex_ones(9, 3, 3, 5)), ValueError, ("weights", r"\b9\b", "at most 8")),
    (dict(weights=complex_ones(4, 5, 3, 5)), ValueError, ("weights", r"\b5\b", r"at most 4\b")),
    (dict(weights=complex_ones(4, 3, 4)), ValueError, ("weights", r"\b4 channels", r"x, 3\b")),
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
    (dict(modes=tf.constant([4, 3])), TypeError, ("modes", "ints")),
    (dict(output_size=8), ValueError, ("output_size", r"\b1 entries", r"\b2\b")),
    (dict(output_size=(8, 6, 4)), ValueError, ("output_size", r"\b3 entries", r"\b2\b")),
    (dict(output_size=(0, 6)), ValueError, (r"output_size\[0\]", r"\b0\b", LONGEST)),
    (dict(output_size=(8, 2**30)), ValueError, (r"output_size\[1\]", "1073741824", LONGEST)),
    (dict(output_size=(8, 2.0)), TypeError, ("output_size", r"2\.0", "int")),
    (dict(norm="none"), ValueError, ("norm", "none", "forward")),
    (dict(norm=None), TypeError, ("norm", "None")),
    (dict(data_format="NHWC"), ValueError, ("data_format", "NHWC", "channels_last")),
    (dict(data_format=1), TypeError, ("data_format", r"\b1\b")),
]


@pytest.mark.parametrize(("changes", "error", "parts"), CALLS, ids=lambda v: repr(v)[:40])
def test_refused_at_the_call(
    implementation: ModuleType, changes: dict, error: Any, parts: tuple[str, ...]
) -> None:
    call = dict(x=X, weights=W) | changes
    x, weights = call.pop("x"), call.pop("weights")
    check_refused(lambda: implementation.spectral_conv(x, weights, **call), error, parts)
    graph = tf.function(lambda: implementation.spectral_conv(x, weights, **call), autograph=False)
    check_refused(graph, error, parts)


def test_modes_may_make_large_weights_fit(implementation: ModuleType) -> None:
    weights = complex_ones(20, 30, 3, 5)
    assert implementation.spectral_conv(X, weights, modes=(8, 6)).shape == (2, 8, 6, 5)
    for modes, parts in (
        ((9, 6), ("modes: 9 modes", "axis 0", "at most 8")),
        ((8, 8), ("modes: 5 entries", "axis 1", "at most 4")),
    ):
        check_refused(
            lambda m=modes: implementation.spectral_conv(X, weights, modes=m), ValueError, parts
        )


@pytest.mark.parametrize(
    ("changes", "parts"),
    [
        (dict(x=ones(2, 3, 6, 3)), ("weights", "modes")),
        (dict(x=ones(2, 8, 3, 3)), ("weights",)),
        (dict(x=ones(2, 0, 6, 3)), (r"\bx\b",)),
        (dict(x=ones(2, 8, 6, 4)), ("weights", "channels")),
        (dict(weights=complex_ones(9, 3, 3, 5)), ("weights", "modes")),
        (dict(weights=complex_ones(0, 3, 3, 5)), ("weights", "modes")),
        (dict(size=[0, 6]), ("output_size",)),
        (dict(size=[8, -6]), ("output_size",)),
        (dict(size=[8, 2**30]), ("output_size",)),
    ],
    ids=lambda v: repr(v)[:40],
)
def test_refused_when_the_graph_runs(
    implementation: ModuleType, changes: dict, parts: tuple[str, ...]
) -> None:
    @tf.function(
        input_signature=[
            tf.TensorSpec([None, None, None, None], tf.float32),
            tf.TensorSpec([None, None, None, None], tf.complex64),
            tf.TensorSpec([2], tf.int32),
        ]
    )
    def graph(x: tf.Tensor, weights: tf.Tensor, size: tf.Tensor) -> tf.Tensor:
        return implementation.spectral_conv(x, weights, output_size=size)

    good = dict(x=X, weights=W, size=[8, 6])
    assert graph(*map(tf.constant, good.values())).shape == (2, 8, 6, 5)
    call = good | changes
    arguments = [tf.constant(call[key]) for key in good]
    check_refused(lambda: graph(*arguments), tf.errors.InvalidArgumentError, parts)


def test_rank_must_be_known(implementation: ModuleType) -> None:
    def trace(x: Any, weights: Any) -> None:
        specs = [tf.TensorSpec(x, tf.float32), tf.TensorSpec(weights, tf.complex64)]
        tf.function(
            lambda x, w: implementation.spectral_conv(x, w), input_signature=specs, autograph=False
        ).get_concrete_function()

    check_refused(lambda: trace(None, [4, 3, 3, 5]), ValueError, (r"\bx\b", "rank"))
    check_refused(lambda: trace([2, 8, 6, 3], None), ValueError, ("weights", "rank"))


def test_raw_op_refuses(native: ModuleType) -> None:
    """What the public function never passes, for a graph may come from elsewhere."""
    from spectral_ops import _library

    def run(**changes: Any) -> tf.Tensor:
        call = dict(
            x=X,
            weights=W,
            output_size=[8, 6],
            modes=[],
            norm="forward",
            data_format="channels_last",
            adjoint=False,
        )
        return _library.ops.spectral_ops_spectral_conv(**(call | changes))

    assert run().shape == (2, 8, 6, 5)
    for changes, parts in (
        (dict(output_size=[8]), ("output_size", "1 entries", r"\b2\b")),
        (dict(output_size=[[8, 6]]), ("output_size",)),
        (dict(x=X[0, 0]), (r"\bx\b", "rank 2")),
        (dict(modes=[4]), ("modes", "1 entries")),
        (dict(modes=[4, 0]), (r"modes\[1\]", r"\b0\b")),
        (dict(weights=W.astype(np.complex128)), ("weights", "complex128", "complex64")),
        (dict(weights=W[0, 0]), ("weights", "rank 2")),
        (dict(adjoint=True), ("weights", "5 output channels", "3")),
    ):
        check_refused(lambda c=changes: run(**c), tf.errors.InvalidArgumentError, parts)

    def gradient(**changes: Any) -> tf.Tensor:
        call = dict(
            x=X,
            grad_output=ones(2, 8, 6, 5),
            weights_shape=[4, 3, 3, 5],
            W=tf.complex64,
            modes=[],
            norm="forward",
            data_format="channels_last",
        )
        return _library.ops.spectral_ops_spectral_conv_weight_gradient(**(call | changes))

    assert gradient().shape == (4, 3, 3, 5)
    for changes, parts in (
        (dict(grad_output=ones(2, 8, 6, 4)), ("weights", "5 output channels", "4")),
        (dict(grad_output=ones(2, 8, 5)), ("grad_output", "rank")),
        (dict(grad_output=ones(3, 8, 6, 5)), ("grad_output", "batch of 3")),
        (dict(weights_shape=[4, 3]), ("weights", "rank 2")),
        (dict(weights_shape=[[4, 3]]), ("weights_shape|Shape must be rank 1",)),
        (dict(weights_shape=[4, -3, 3, 5]), ("weights_shape|-3",)),
        (dict(weights_shape=[9, 3, 3, 5]), ("weights", "9 modes", "at most 8")),
        (dict(W=tf.complex128), ("weights", "complex128")),
    ):
        check_refused(lambda c=changes: gradient(**c), tf.errors.InvalidArgumentError, parts)
