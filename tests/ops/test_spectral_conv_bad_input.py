"""Bad input to `spectral_conv`: refused, naming the argument, its value and what is allowed.

What is known when the call is made is refused there, eagerly and when a graph is traced alike;
the rest when the graph runs.
"""

from types import ModuleType
from typing import Any

import numpy as np
import pytest
import tensorflow as tf
from bad_calls import GOOD_SPECTRAL, LARGE, LONGEST, SPECTRAL
from refusals import check_all_refused, check_refused, complex_ones, ones

X, W = GOOD_SPECTRAL["x"], GOOD_SPECTRAL["weights"]
REFUSED = tf.errors.InvalidArgumentError
ONLY_HERE = [  # (changes to a good call, error, what the message must hold)
    (dict(x="image"), TypeError, (r"\bx\b", "string", "float32")),
    (dict(modes=tf.constant([4.0, 3.0])), TypeError, ("modes", "float32", "int32")),
    (dict(modes=tf.constant([5, 3])), ValueError, (r"modes\[0\]", r"\b5\b", "1 to 4")),
    (dict(modes=tf.ones([2, 2], tf.int32)), ValueError, ("modes", r"\(2, 2\)", "int tensor")),
    (dict(modes=np.array([True, True])), TypeError, ("modes", "True", "ints")),
    (dict(weights=ones(4, 3, 3, 5, 3)), TypeError, ("weights", "float32", "pairs", "length 2")),
    (dict(weights=ones(4, 3, 3, 5, 2, dtype=np.float16)), TypeError, ("weights", "float16")),
    (dict(weights=ones(3, 2)), ValueError, ("weights", "rank 4", r"2, \[\*modes\]", "pairs")),
    (dict(weights=ones(4, 3, 4, 5, 2)), ValueError, ("weights", "4 input channels", "x, 3")),
]


@pytest.mark.parametrize("traced", [False, True], ids=["eager", "graph"])
def test_refused_at_the_call(implementation: ModuleType, traced: bool) -> None:
    def check() -> None:
        function = implementation.spectral_conv
        check_all_refused(function, GOOD_SPECTRAL, SPECTRAL + ONLY_HERE)
        assert function(X, LARGE).shape == function(X, LARGE, modes=(9, 8)).shape == (2, 8, 6, 5)

    (tf.function(check, autograph=False) if traced else check)()


def test_refused_when_the_graph_runs(implementation: ModuleType) -> None:
    @tf.function(
        input_signature=[
            tf.TensorSpec([None, None, None, None], tf.float32),
            tf.TensorSpec([None, None, None, None], tf.complex64),
            tf.TensorSpec([2], tf.int32),
        ],
        autograph=False,
    )
    def graph(x: tf.Tensor, weights: tf.Tensor, size: tf.Tensor) -> tf.Tensor:
        return implementation.spectral_conv(x, weights, output_size=size)

    table = [
        (dict(x=ones(2, 0, 6, 3)), REFUSED, (r"\bx\b", "axis 0", r"\b0\b", LONGEST)),
        (dict(x=ones(2, 8, 6, 4)), REFUSED, ("weights", r"\b3\W+input channels", r"of x,\W+4\b")),
        (dict(weights=complex_ones(0, 3, 3, 5)), REFUSED, ("weights", r"\b0\W+modes", "1 or more")),
        (dict(size=[0, 6]), REFUSED, (r"output_size\[0\]", r"\b0\b", LONGEST)),
        (dict(size=[8, -6]), REFUSED, (r"output_size\[1\]", "-6", LONGEST)),
        (dict(size=[8, 2**30]), REFUSED, (r"output_size\[1\]", "1073741824", LONGEST)),
    ]
    good = dict(x=X, weights=W, size=[8, 6])
    assert graph(*map(tf.constant, good.values())).shape == (2, 8, 6, 5)
    check_all_refused(lambda **given: graph(*map(tf.constant, given.values())), good, table)


def test_rank_must_be_known(implementation: ModuleType) -> None:
    def trace(x: Any, weights: Any) -> None:
        specs = [tf.TensorSpec(x, tf.float32), tf.TensorSpec(weights, tf.complex64)]
        tf.function(
            lambda x, w: implementation.spectral_conv(x, w), input_signature=specs, autograph=False
        ).get_concrete_function()

    check_refused(lambda: trace(None, [4, 3, 3, 5]), ValueError, (r"\bx\b", "rank"))
    check_refused(lambda: trace([2, 8, 6, 3], None), ValueError, ("weights", "rank"))


def test_raw_ops_refuse(native: ModuleType) -> None:
    """What the public function never passes, for a graph may come from elsewhere."""
    from spectral_ops import _library

    op = _library.ops.spectral_ops_spectral_conv
    shared = dict(modes=[], norm="forward", data_format="channels_last")
    good: dict[str, Any] = dict(x=X, weights=W, output_size=[8, 6], adjoint=False, **shared)
    y, spectrum = op(**good)
    assert y.shape == (2, 8, 6, 5) and spectrum.shape == (0,)
    table = [
        (dict(output_size=[8]), REFUSED, ("output_size", "1 entries", r"\b2\b")),
        (dict(output_size=[[8, 6]]), REFUSED, ("output_size",)),
        (dict(x=X[0, 0]), REFUSED, (r"\bx\b", "rank 2")),
        (dict(modes=[4]), REFUSED, ("modes", "1 entries")),
        (dict(modes=[4, 0]), REFUSED, (r"modes\[1\]", r"\b0\b")),
        (dict(weights=W.astype(np.complex128)), REFUSED, ("weights", "complex128", "complex64")),
        (dict(weights=W[0, 0, 0]), REFUSED, ("weights", "rank 1")),
        (dict(adjoint=True), REFUSED, ("weights", "5 output channels", "3")),
    ]
    check_all_refused(op, good, table)

    op = _library.ops.spectral_ops_spectral_conv_weight_gradient
    g = ones(2, 8, 6, 5)
    good = dict(x=X, grad_output=g, weights_shape=[4, 3, 3, 5], W=tf.complex64, **shared)
    assert op(**good).shape == (4, 3, 3, 5)
    table = [
        (dict(grad_output=g[..., :4]), REFUSED, ("weights", "5 output channels", "4")),
        (dict(grad_output=ones(2, 8, 5)), REFUSED, ("grad_output", "rank")),
        (dict(grad_output=ones(3, 8, 6, 5)), REFUSED, ("grad_output", "batch of 3")),
        (dict(weights_shape=[4]), REFUSED, ("weights", "rank 1")),
        (dict(weights_shape=[4, 3]), REFUSED, ("grad_output", "5 channels", "x, 3")),
        (dict(weights_shape=[[4, 3]]), REFUSED, ("weights_shape|Shape must be rank 1",)),
        (dict(weights_shape=[4, -3, 3, 5]), REFUSED, ("weights_shape|-3",)),
        (dict(weights_shape=[9, 3, 3, 5]), REFUSED, ("weights", "9 modes", "at most 8")),
        (dict(W=tf.complex128), REFUSED, ("weights", "complex128")),
    ]
    check_all_refused(op, good, table)
