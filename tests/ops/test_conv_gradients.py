"""The gradients of `conv` and `depthwise_conv`: values, adjointness, second order."""

from types import ModuleType

import numpy as np
import oracle
import pytest
import tensorflow as tf
from conv_samples import ALGORITHMS, CALLS, PADDINGS, SHAPES, make_call, with_output
from samples import DATA_FORMATS, DTYPES, pairwise, signal
from tolerances import assert_close, conv_tolerance, tolerance

F64 = np.dtype(np.float64)
FEW_SHAPES = (((9,), (4,)), ((6, 9), (2, 4)), ((4, 5), (11, 8)), ((4, 6, 5), (3, 3, 2)))


def test_matches_oracle(implementation: ModuleType) -> None:
    for (spatial, taps), kind, dtype, padding, data_format, algorithm in pairwise(
        FEW_SHAPES, tuple(CALLS), DTYPES, PADDINGS, DATA_FORMATS, ("fft", "direct")
    ):
        padding = with_output(spatial, taps, padding)
        call = make_call(kind, spatial, taps, dtype, padding, data_format)
        function = getattr(implementation, call.function)
        x, filters = tf.Variable(call.x), tf.Variable(call.filters)
        with tf.GradientTape() as tape:
            y = function(x, filters, algorithm=algorithm, **call.settings)
        g = signal(2, y.shape, dtype)
        grad_x, grad_f = tape.gradient(y, [x, filters], tf.constant(g))
        settings = call.oracle_settings
        expected = oracle.conv_input_gradient(g, call.dense, spatial, **settings)
        # TensorFlow rounds the half types of the reference once more on the way.
        allowed = 2 * conv_tolerance(dtype)
        assert_close(grad_x.numpy(), expected, dtype, allowed=allowed)
        expected = oracle.conv_filter_gradient(call.x, g, taps, **settings)
        assert_close(grad_f.numpy(), expected.reshape(filters.shape), dtype, allowed=allowed)


@pytest.mark.parametrize("taps", [(1, 1), (7, 7), (15, 4), (31, 31)])
def test_is_tensorflows(native: ModuleType, taps: tuple[int, int]) -> None:
    x, filters = signal(0, (2, 40, 33, 5), F64), signal(1, (*taps, 5, 18), F64)
    results = []
    for convolve in (
        lambda x, f: native.conv(x, f, algorithm="fft"),
        lambda x, f: tf.nn.conv2d(x, f, 1, "SAME"),
    ):
        a, b = tf.Variable(x), tf.Variable(filters)
        with tf.GradientTape() as tape:
            y = convolve(a, b)
        results.append(tape.gradient(y, [a, b], tf.constant(signal(2, y.shape, F64))))
    for ours, theirs in zip(*results, strict=True):
        assert_close(ours.numpy(), theirs.numpy(), F64)


def test_adjoint_identity(native: ModuleType) -> None:
    """<conv(v, f), g> = <v, grad_x> and <conv(x, w), g> = <w, grad_f> for any v and w."""
    for (spatial, taps), kind, dtype in pairwise(SHAPES, tuple(CALLS), DTYPES[:2]):
        call = make_call(kind, spatial, taps, dtype)
        function = getattr(native, call.function)
        x, filters = tf.constant(call.x), tf.constant(call.filters)
        settings = dict(call.settings, algorithm="fft")
        with tf.GradientTape() as tape:
            tape.watch([x, filters])
            y = function(x, filters, **settings)
        g = signal(3, y.shape, dtype)
        grad_x, grad_f = tape.gradient(y, [x, filters], tf.constant(g))
        v, w = signal(4, x.shape, dtype), signal(5, filters.shape, dtype)
        for image, adjoint in (
            (function(v, filters, **settings), np.vdot(v, grad_x)),
            (function(x, w, **settings), np.vdot(w, grad_f)),
        ):
            scale = np.linalg.norm(image) * np.linalg.norm(g)
            product = np.vdot(image.numpy().astype(F64), g)
            assert abs(product - adjoint) <= 10 * tolerance(dtype) * scale


@pytest.mark.parametrize("kind", CALLS)
def test_second_order(native: ModuleType, kind: str) -> None:
    """Of a loss that is not linear, in a graph, against TensorFlow's own derivatives."""
    call = make_call(kind, (6, 7), (3, 2), F64, "full")
    function = getattr(native, call.function)
    results = {}
    for way in ALGORITHMS:

        @tf.function(autograph=False)
        def run(x: tf.Tensor, filters: tf.Tensor, way=way) -> list[tf.Tensor]:
            with tf.GradientTape() as outer:
                outer.watch([x, filters])
                with tf.GradientTape() as inner:
                    inner.watch([x, filters])
                    y = function(x, filters, algorithm=way, **call.settings)
                    loss = tf.reduce_sum(y**3)
                grads = inner.gradient(loss, [x, filters])
                total = tf.add_n([tf.reduce_sum(grad**2) for grad in grads])
            return [*grads, *outer.gradient(total, [x, filters])]

        results[way] = run(call.x, call.filters)
    theirs = results.pop("direct")
    for ours in results.values():
        for result, expected in zip(ours, theirs, strict=True):
            assert_close(result.numpy(), expected.numpy(), F64, factor=10)


def test_only_what_is_asked_for(native: ModuleType) -> None:
    """A constant input costs no op in the gradient's graph."""
    x, filters = (
        tf.constant(signal(0, (1, 9, 9, 2), F64)),
        tf.constant(signal(1, (3, 3, 2, 2), F64)),
    )
    for place, kind in enumerate(("Input", "Filter")):

        @tf.function
        def run(*arguments: tf.Tensor, place=place) -> tf.Tensor:
            with tf.GradientTape() as tape:
                tape.watch(arguments[place])
                y = native.conv(*arguments, algorithm="fft")
            return tape.gradient(y, arguments[place])

        types = {node.type for node in run.get_concrete_function(x, filters).graph.get_operations()}
        gradients = {name for name in types if name.endswith("Gradient")}
        assert gradients == {f"SpectralOps>Conv{kind}Gradient"}


def test_unknown_shapes(native: ModuleType) -> None:
    signature = [tf.TensorSpec([None] * 4, tf.float64), tf.TensorSpec(None, tf.float64)]
    x, filters = signal(0, (2, 9, 8, 4), F64), signal(1, (3, 2, 2, 6), F64)
    for algorithm in ALGORITHMS:

        @tf.function(input_signature=signature, autograph=False)
        def run(x: tf.Tensor, filters: tf.Tensor, algorithm=algorithm) -> list[tf.Tensor]:
            with tf.GradientTape() as tape:
                tape.watch([x, filters])
                y = native.conv(x, filters, groups=2, algorithm=algorithm)
            return tape.gradient(y, [x, filters], tf.ones_like(y))

        grad_x, grad_f = run(x, filters)
        g = np.ones((2, 9, 8, 6))
        expected = oracle.conv_input_gradient(g, filters, (9, 8), groups=2)
        assert_close(grad_x.numpy(), expected, F64)
        expected = oracle.conv_filter_gradient(x, g, (3, 2), groups=2)
        assert_close(grad_f.numpy(), expected, F64)
