"""Bad input to `conv` and `depthwise_conv`: refused, naming argument, value and what is allowed.

What is known when the call is made is refused there, eagerly and when a graph is traced alike;
the rest when the graph runs.
"""

from types import ModuleType
from typing import Any

import numpy as np
import pytest
import tensorflow as tf
from bad_calls import CONV, GOOD_CONV, GROUPS, LONGEST
from conv_samples import ALGORITHMS
from refusals import check_all_refused, check_refused, ones
from samples import pairwise

X, FILTERS = GOOD_CONV["x"], GOOD_CONV["filters"]
BOTH = [  # (changes to a good call, error, what the message must hold)
    *CONV,
    (dict(x="image"), TypeError, (r"\bx\b", "string")),
    (dict(algorithm="winograd"), ValueError, ("algorithm", "winograd", "'auto'", "'direct'")),
    (dict(algorithm=None), TypeError, ("algorithm", "None", "'auto'")),
]
CONV_ALONE = [
    *GROUPS,
    (dict(groups=2.0), TypeError, ("groups", r"2\.0", "int")),
    (dict(groups=True), TypeError, ("groups", "True", "int")),
    (dict(groups="2"), TypeError, ("groups", "'2'", "int")),
    (dict(groups=None), TypeError, ("groups", "None", "int")),
    (dict(groups=10**20), ValueError, ("groups", "1" + "0" * 20, r"\b1\b")),
]


@pytest.mark.parametrize("traced", [False, True], ids=["eager", "graph"])
def test_refused_at_the_call(implementation: ModuleType, traced: bool) -> None:
    def check() -> None:
        check_all_refused(implementation.conv, GOOD_CONV, BOTH + CONV_ALONE)
        good = GOOD_CONV | dict(filters=ones(3, 3, 4, 2))
        check_all_refused(implementation.depthwise_conv, good, BOTH)

    (tf.function(check, autograph=False) if traced else check)()


ROWS: list[tuple[np.ndarray, np.ndarray, dict[str, Any], tuple[str, ...]]] = [
    (X, ones(3, 3, 5, 6), {}, ("filters", r"\b5\b", r"\b4\b", "groups=1")),
    (X, ones(9, 3, 4, 6), dict(padding="valid"), ("filters", r"\b9\b", r"\b8\b", "valid")),
    (X, FILTERS, dict(groups=3), ("groups: 3", r"\b4\W+channels of x")),
    (X, ones(3, 3, 2, 5), dict(groups=2), ("groups: 2", r"\b5\W+output channels")),
    (ones(2, 0, 6, 4), FILTERS, {}, (r"\bx\b", "axis 0", r"\b0\b", LONGEST)),
    (X, ones(3, 0, 4, 6), {}, ("filters", "axis 1", r"\b0\W+taps", LONGEST)),
]


def test_what_only_a_running_graph_knows(native: ModuleType, reference: ModuleType) -> None:
    spec = tf.TensorSpec([None] * 4, tf.float32)
    for (x, filters, settings, fragments), algorithm, implementation in pairwise(
        ROWS, ALGORITHMS, (native, reference)
    ):

        @tf.function(input_signature=[spec, spec], autograph=False)
        def run(
            x: tf.Tensor,
            filters: tf.Tensor,
            conv=implementation.conv,
            settings=settings | dict(algorithm=algorithm),
        ) -> tf.Tensor:
            return conv(x, filters, **settings)

        call = lambda run=run, x=x, filters=filters: run(x, filters)  # noqa: E731
        check_refused(call, tf.errors.InvalidArgumentError, fragments)


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
