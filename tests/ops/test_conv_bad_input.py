"""Bad input to `conv` and `depthwise_conv`: refused, naming argument, value and what is allowed.

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


CONV: dict[str, Any] = dict(x=ones(2, 8, 6, 4), filters=ones(3, 3, 4, 6))
DEPTHWISE: dict[str, Any] = dict(x=ones(2, 8, 6, 4), filters=ones(3, 3, 4, 2))
BOTH = [  # (changes to a good call, error, what the message must hold)
    (dict(x=ones(2, 8, 4)), ValueError, (r"\bx\b", r"\b3\b", r"\b4\b")),
    (dict(x=ones(2, 0, 6, 4)), ValueError, (r"\bx\b", r"\b0\b", LONGEST)),
    (dict(x=ones(2, 8, 6, 4, dtype=np.int32)), TypeError, (r"\bx\b", "int32", "float32")),
    (dict(x=None), TypeError, (r"\bx\b", "None")),
    (dict(x="image"), TypeError, (r"\bx\b", "string")),
    (dict(filters=None), TypeError, ("filters", "None")),
    (dict(filters=ones(3, 3)), ValueError, ("filters", r"\(3, 3\)", r"\b3 to 5\b")),
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
    (dict(algorithm="winograd"), ValueError, ("algorithm", "winograd", "'auto'", "'direct'")),
    (dict(algorithm=None), TypeError, ("algorithm", "None", "'auto'")),
    (dict(data_format="NHWC"), ValueError, ("data_format", "NHWC", "channels_last")),
    (dict(data_format=3), TypeError, ("data_format", r"\b3\b", "channels_last")),
]
GROUPS = [
    (dict(groups=0), ValueError, ("groups", r"\b0\b", r"\b1\b")),
    (dict(groups=-2), ValueError, ("groups", "-2", r"\b1\b")),
    (dict(groups=2.0), TypeError, ("groups", r"2\.0", "int")),
    (dict(groups=True), TypeError, ("groups", "True", "int")),
    (dict(groups="2"), TypeError, ("groups", "'2'", "int")),
    (dict(groups=None), TypeError, ("groups", "None", "int")),
    (dict(groups=10**20), ValueError, ("groups", "1" + "0" * 20, r"\b1\b")),
    (dict(groups=3), ValueError, ("groups", r"\b3\b", r"\b4 channels of x\b")),
    (
        dict(groups=4, filters=ones(3, 3, 1, 6)),
        ValueError,
        ("groups", r"\b4\b", r"\b6 output channels\b"),
    ),
    (dict(groups=2), ValueError, ("filters", r"\b4\b", r"groups=2: 2\b")),
]
ALL = BOTH + GROUPS


@pytest.mark.parametrize("traced", [False, True], ids=["eager", "graph"])
@pytest.mark.parametrize(
    ("changes", "error", "fragments"), BOTH + GROUPS, ids=lambda v: repr(v)[:50]
)
def test_conv(
    implementation: ModuleType,
    changes: dict[str, Any],
    error: Any,
    fragments: tuple[str, ...],
    traced: bool,
) -> None:
    arguments = {**CONV, **changes}
    call = lambda: implementation.conv(**arguments)  # noqa: E731
    check_refused(tf.function(call) if traced else call, error, fragments)


@pytest.mark.parametrize(("changes", "error", "fragments"), BOTH, ids=lambda v: repr(v)[:50])
def test_depthwise_conv(
    implementation: ModuleType, changes: dict[str, Any], error: Any, fragments: tuple[str, ...]
) -> None:
    arguments = {**DEPTHWISE, **changes}
    check_refused(lambda: implementation.depthwise_conv(**arguments), error, fragments)


@pytest.mark.parametrize("algorithm", ["fft", "auto", "direct"])
@pytest.mark.parametrize(
    ("x", "filters", "settings", "fragments"),
    [
        (ones(2, 8, 6, 4), ones(3, 3, 5, 6), {}, ("filters",)),
        (ones(2, 8, 6, 4), ones(9, 3, 4, 6), dict(padding="valid"), ("filters", "valid")),
        (ones(2, 8, 6, 4), ones(3, 3, 4, 6), dict(groups=3), ("groups", "3")),
        (ones(2, 8, 6, 4), ones(3, 3, 2, 5), dict(groups=2), ("groups", "2")),
        (ones(2, 0, 6, 4), ones(3, 3, 4, 6), {}, (r"\bx\b",)),
        (ones(2, 8, 6, 4), ones(3, 0, 4, 6), {}, ("filters",)),
    ],
    ids=lambda v: repr(v)[:40],
)
def test_what_only_a_running_graph_knows(
    implementation: ModuleType,
    x: np.ndarray,
    filters: np.ndarray,
    settings: dict[str, Any],
    fragments: tuple[str, ...],
    algorithm: str,
) -> None:
    spec = tf.TensorSpec([None] * 4, tf.float32)

    @tf.function(input_signature=[spec, spec])
    def run(x: tf.Tensor, filters: tf.Tensor) -> tf.Tensor:
        return implementation.conv(x, filters, algorithm=algorithm, **settings)

    check_refused(lambda: run(x, filters), tf.errors.InvalidArgumentError, fragments)


def test_the_ops_refuse_what_the_functions_would_not_pass_on(native: ModuleType) -> None:
    """Called by themselves, from a damaged graph for instance."""
    from spectral_ops import _library

    ops = _library.ops
    x, filters, g = ones(2, 8, 6, 4), ones(3, 3, 4, 6), ones(2, 8, 6, 6)
    settings = dict(padding="same", groups=1, data_format="channels_last")
    shape = [2, 8, 6, 4]
    for call in (
        lambda: ops.spectral_ops_conv(x=x[0], filters=filters, **settings),
        lambda: ops.spectral_ops_conv(x=x, filters=filters[0], **settings),
        lambda: ops.spectral_ops_conv_input_gradient(
            x_shape=shape, filters=filters, grad_output=g[1:], **settings
        ),
        lambda: ops.spectral_ops_conv_input_gradient(
            x_shape=[2, 8, -6, 4], filters=filters, grad_output=g, **settings
        ),
        lambda: ops.spectral_ops_conv_input_gradient(
            x_shape=[shape], filters=filters, grad_output=g, **settings
        ),
        lambda: ops.spectral_ops_conv_filter_gradient(
            x=x, filters_shape=[3, 3, 4, 7], grad_output=g, **settings
        ),
        lambda: ops.spectral_ops_conv_filter_gradient(
            x=x, filters_shape=[3, 3, 4], grad_output=g, **settings
        ),
        lambda: ops.spectral_ops_conv_prefers_fft(
            x_shape=[2, 8], filters_shape=[3, 3, 4, 6], T=tf.float32, **settings
        ),
    ):
        with pytest.raises((tf.errors.InvalidArgumentError, ValueError)):
            call()
