"""Bad input to `filter`: refused, naming the argument, its value and what is allowed.

What is known when the call is made is refused there, eagerly and when a graph is traced alike;
the rest when the graph runs.
"""

from functools import partial
from types import ModuleType
from typing import Any

import numpy as np
import pytest
import tensorflow as tf
from bad_calls import LONGEST
from refusals import Refusal, check_all_refused, check_refused, complex_ones, ones

from ops.graphs import raw_spectral_conv

REFUSED = tf.errors.InvalidArgumentError
GOOD: dict[str, Any] = dict(x=ones(2, 8, 6, 3), response=complex_ones(8, 4, 3))
BOTH = (r"\[8, 4\], shared", r"\[8, 4, 3\], one for each")  # what is allowed for x
TABLE: list[Refusal] = [
    (dict(x=None), TypeError, (r"\bx\b", "None")),
    (dict(x="image"), TypeError, (r"\bx\b", "string", "float32")),
    (dict(x=ones(2, 8, 6, 3, dtype=np.int32)), TypeError, (r"\bx\b", "int32", "float32")),
    (dict(x=complex_ones(2, 8, 6, 3)), TypeError, (r"\bx\b", "complex64", "float32")),
    (dict(x=ones(2, 3)), ValueError, (r"\bx\b", r"rank 2\b", "3 to 5")),
    (dict(x=ones(2, 3, 3, 3, 3, 3)), ValueError, (r"\bx\b", r"rank 6\b", "3 to 5")),
    (dict(x=ones(2, 0, 6, 3)), ValueError, (r"\bx\b", r"\b0\b", LONGEST)),
    (dict(x=ones(0, 8, 0, 3)), ValueError, (r"\bx\b", r"\b0\b", LONGEST)),
    (dict(x=ones(2, 8, 6, 4)), ValueError, ("response", r"\[8, 4, 3\]", r"\[8, 4, 4\], one")),
    (dict(x=ones(2, 6, 8, 3)), ValueError, ("response", r"\[8, 4, 3\]", r"\[6, 5\], shared")),
    (dict(x=ones(2, 8, 7, 3)), None, ()),  # as many frequencies as 6 samples have
    (dict(x=ones(2, 8, 8, 3)), ValueError, ("response", r"\[8, 4, 3\]", r"\[8, 5\], shared")),
    (dict(response=None), TypeError, ("response", "None", "complex64")),
    (dict(response="low"), TypeError, ("response", "complex64")),
    (dict(response=complex_ones(4)), ValueError, ("response", r"\[4\]", *BOTH)),
    (dict(response=complex_ones()), ValueError, ("response", r"\[\]", *BOTH)),
    (dict(response=complex_ones(8, 4, 3, 3)), ValueError, ("response", r"\[8, 4, 3, 3\]", *BOTH)),
    (dict(response=complex_ones(8, 6)), ValueError, ("response", r"shape \[8, 6\]", *BOTH)),
    (dict(response=complex_ones(8, 3)), ValueError, ("response", r"shape \[8, 3\]", *BOTH)),
    (dict(response=complex_ones(4, 4)), ValueError, ("response", r"shape \[4, 4\]", *BOTH)),
    (dict(response=complex_ones(8, 4, 1)), ValueError, ("response", r"\[8, 4, 1\]", *BOTH)),
    (dict(response=complex_ones(3, 8, 4)), ValueError, ("response", r"\[3, 8, 4\]", *BOTH)),
    (dict(response=complex_ones(0, 4, 3)), ValueError, ("response", r"\[0, 4, 3\]", *BOTH)),
    (dict(response=ones(8, 4, 2)), ValueError, ("response", r"\[8, 4, 2\]", *BOTH)),
    (
        dict(response=complex_ones(8, 4, dtype=np.complex128)),
        TypeError,
        ("response", "complex128", "complex64, float32"),
    ),
    (dict(response=ones(8, 4, dtype=np.float64)), TypeError, ("response", "float64", "complex64")),
    (dict(response=ones(8, 4, dtype=np.float16)), TypeError, ("response", "float16", "float32")),
    (dict(response=ones(8, 4, dtype=np.int32)), TypeError, ("response", "int32", "complex64")),
    (dict(x=ones(2, 8, 6, 3, dtype=np.float64)), TypeError, ("response", "complex64", "float64")),
    (
        dict(x=ones(2, 8, 6, 3, dtype=np.float64), response=ones(8, 4)),
        TypeError,
        ("response", "float32", "complex128, float64"),
    ),
    (dict(data_format="NHWC"), ValueError, ("data_format", "NHWC", "channels_last")),
    (dict(data_format=1), TypeError, ("data_format", r"\b1\b")),
    (dict(data_format="channels_first"), ValueError, ("response", r"\[6, 2, 8\], one for each")),
    (dict(norm="ortho"), TypeError, ("norm",)),
]


@pytest.mark.parametrize("traced", [False, True], ids=["eager", "graph"])
def test_refused_at_the_call(implementation: ModuleType, traced: bool) -> None:
    def check() -> None:
        refused = [row for row in TABLE if row[1]]
        check_all_refused(implementation.filter, GOOD, refused)
        for changes, error, _ in TABLE:
            if not error:
                assert implementation.filter(**{**GOOD, **changes}).shape == changes["x"].shape

    (tf.function(check, autograph=False) if traced else check)()


def on_constants(graph: Any, **given: Any) -> tf.Tensor:
    return graph(*map(tf.constant, given.values()))


def test_refused_when_the_graph_runs(implementation: ModuleType) -> None:
    for rank in (2, 3):
        specs = [tf.TensorSpec([None] * 4), tf.TensorSpec([None] * rank, tf.complex64)]
        graph = tf.function(implementation.filter, input_signature=specs, autograph=False)
        channels = (3,)[: rank - 2]
        good = dict(x=ones(2, 8, 6, 3), response=complex_ones(8, 4, *channels))
        # An assertion has its numbers on lines of their own.
        allowed = (r"\b8\W+4\W+shared", r"\b8\W+4\W+3\W+one for each")  # TensorFlow cuts it
        table = [
            (dict(x=ones(2, 0, 6, 3)), REFUSED, (r"\bx\b", "axis 0", r"\b0\b", LONGEST)),
            (dict(response=complex_ones(8, 5, *channels)), REFUSED, ("response", *allowed)),
            (dict(response=complex_ones(8, 3, *channels)), REFUSED, ("response", *allowed)),
            (dict(response=complex_ones(7, 4, *channels)), REFUSED, ("response", *allowed)),
            (dict(response=complex_ones(9, 4, *channels)), REFUSED, ("response", *allowed)),
        ]
        if channels:
            table.append((dict(response=complex_ones(8, 4, 1)), REFUSED, ("response", *allowed)))
        assert on_constants(graph, **good).shape == (2, 8, 6, 3)
        check_all_refused(partial(on_constants, graph), good, table)


def test_refused_as_far_as_it_is_known(implementation: ModuleType) -> None:
    """What is not, is no number in the message."""

    def trace(x: Any, response: Any) -> None:
        specs = [tf.TensorSpec(x, tf.float32), tf.TensorSpec(response, tf.complex64)]
        graph = tf.function(implementation.filter, input_signature=specs, autograph=False)
        graph.get_concrete_function()

    allowed = (r"\[\?, 4\], shared", r"\[\?, 4, 3\], one")
    check_refused(lambda: trace([2, None, 6, 3], [8, 5]), ValueError, (r"\[8, 5\]", *allowed))
    check_refused(lambda: trace([2, None, 6, 3], [8, None, 4]), ValueError, (r"\[8, \?, 4\]",))
    check_refused(lambda: trace(None, [8, 4]), ValueError, (r"\bx\b", "rank"))
    check_refused(lambda: trace([2, 8, 6, 3], None), ValueError, ("response", "rank"))


def test_absurd_sizes_are_refused_before_memory_is_taken(implementation: ModuleType) -> None:
    x, response = tf.zeros([0, 2**24 + 1, 1]), tf.zeros([1])
    check_refused(lambda: implementation.filter(x, response), ValueError, (r"\bx\b", LONGEST))


def test_the_op_refuses_what_python_did_not_see(native: ModuleType) -> None:
    """As in a saved graph."""

    def op(x: Any, weights: Any) -> tf.Tensor:
        return raw_spectral_conv(x, weights, [8, 6], whole=True)[0]

    good = dict(x=GOOD["x"], weights=GOOD["response"])
    assert op(**good).shape == (2, 8, 6, 3)
    table = [
        (dict(weights=complex_ones(4, 3)), REFUSED, (r"response: shape \[4, 3\]", *BOTH)),
        (dict(weights=complex_ones(8, 4, 1)), REFUSED, (r"response: shape \[8, 4, 1\]", *BOTH)),
        (dict(weights=complex_ones(8, 4, 3, 3)), REFUSED, ("response", r"\[8, 4, 3, 3\]", *BOTH)),
        (dict(weights=complex_ones(8)), REFUSED, (r"response: shape \[8\]", *BOTH)),
    ]
    check_all_refused(op, good, table)


def test_the_op_of_both_gradients_refuses_too(native: ModuleType) -> None:
    from spectral_ops import _library

    def op(**given: Any) -> Any:
        return _library.ops.spectral_ops_spectral_conv_gradients(
            modes=[], norm="forward", data_format="channels_last", whole=True, **given
        )

    x, response = GOOD["x"], GOOD["response"]
    good = dict(x=x, weights=response, grad_output=x, spectrum=np.zeros(0, np.uint8))
    by_x, slope = op(**good)
    assert by_x.shape == x.shape and slope.shape == response.shape
    refused = (ValueError, tf.errors.InvalidArgumentError)
    table = [
        (dict(weights=complex_ones(4, 3)), refused, (r"response: shape \[4, 3\]", *BOTH)),
        (dict(grad_output=ones(2, 8, 5, 3)), refused, ("grad_output", r"\[2, 8, 6, 3\]")),
        (dict(grad_output=ones(3, 8, 6, 3)), refused, ("grad_output",)),
        (dict(weights=response.astype(np.complex128)), refused, ("weights", "complex64")),
        (dict(spectrum=tf.zeros([0])), (*refused, TypeError), ("spectrum|uint8",)),
    ]
    check_all_refused(op, good, table)
    check_all_refused(tf.function(op), good, table[:3])
