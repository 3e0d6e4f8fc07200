"""Both gradients of `spectral_conv` and `filter` by one op, and the spectrum that it is given."""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
import tensorflow as tf
from filter_samples import response_for
from fresh_process import output_with_tensorflow
from refusals import check_all_refused, complex_ones, ones
from samples import DTYPES, same_bits, signal, weights_for

from ops.graphs import raw_spectral_conv

F32 = DTYPES[0]
CONV, BOTH = "SpectralOps>SpectralConv", "SpectralOps>SpectralConvGradients"
SINGLE = {CONV, "SpectralOps>SpectralConvWeightGradient"}
Operator = Callable[..., tf.Tensor]


def cases(native: ModuleType) -> list[tuple[Operator, np.ndarray, np.ndarray, np.ndarray]]:
    """An operator, x, weights and a gradient of the result."""
    made: list[Any] = []
    for shape in ((2, 12, 9, 17), (3, 8, 10, 2), (2, 4, 6, 5, 3), (2, 30, 18)):
        response = response_for(shape[1:-1], shape[-1:], F32)
        made.append((native.filter, shape, response, shape))
    conv = native.spectral_conv
    for shape, size, modes, channels, settings in (
        ((2, 12, 10, 17), (12, 10), (5, 4), (17, 3), {}),
        ((3, 9, 8, 2), (11, 6), (9, 5), (2, 20), dict(modes=(5, 3), norm="ortho")),
        ((2, 30, 18), (21,), (6,), (18, 4), dict(norm="backward")),
        ((2, 6, 8, 5, 3), (6, 8, 5), (3, 4, 3), (3, 3), {}),
        ((2, 12, 10, 5), (12, 10), (5, 4), (5,), {}),
        ((2, 12, 10, 5), (12, 10), (5, 4), (), {}),
    ):
        operator = partial(conv, output_size=size, **settings)
        out = (channels or shape[-1:])[-1]
        made.append((operator, shape, weights_for(1, modes, channels, F32), (2, *size, out)))
    return [
        (operator, signal(0, shape, F32), weights, signal(2, (shape[0], *y[1:]), F32))
        for operator, shape, weights, y in made
    ]


def gradients(operator: Operator, g: tf.Tensor, x: tf.Tensor, weights: tf.Tensor) -> Any:
    with tf.GradientTape() as tape:
        tape.watch((x, weights))
        y = operator(x, weights)
    return tape.gradient(y, (x, weights), g)


def ops_of(function: Any, *arguments: Any) -> list[Any]:
    return function.get_concrete_function(*arguments).graph.get_operations()


def both_orders(
    operator: Operator, g: tf.Tensor, v: tf.Tensor, x: tf.Tensor, weights: tf.Tensor
) -> Any:
    """The gradients, and those of a number that is made of them."""
    with tf.GradientTape() as outer:
        outer.watch((x, weights))
        first = gradients(operator, g, x, weights)
        product = tf.reduce_sum(first[0] * v) + tf.reduce_sum(tf.math.real(first[1]))
    return *first, *outer.gradient(product, (x, weights))


def test_a_graph_keeps_the_spectrum(native: ModuleType) -> None:
    """Outside of one x is analysed again; the bits are the same, of any order."""
    for operator, *arrays in cases(native):
        x, weights, g = map(tf.constant, arrays)
        run = partial(both_orders, operator, g, tf.constant(signal(3, x.shape, F32)))
        graph = tf.function(run, autograph=False)
        both = [node for node in ops_of(graph, x, weights) if node.type == BOTH]
        assert [node.inputs[3].op.type for node in both] == [CONV]
        for kept, eager in zip(graph(x, weights), run(x, weights), strict=True):
            assert same_bits(kept.numpy(), eager.numpy())


def some_gradients(
    operator: Operator, g: tf.Tensor, given: dict[str, tf.Tensor], *wanted: str
) -> list[tf.Tensor]:
    with tf.GradientTape() as tape:
        tape.watch([given[name] for name in wanted])
        y = operator(*given.values())
    return tape.gradient(y, [given[name] for name in wanted], g)


def test_they_are_one_op(native: ModuleType) -> None:
    """Where it is known that both are wanted; their bits are those of each by itself."""
    for operator, *arrays in cases(native):
        x, weights, g = map(tf.constant, arrays)
        given = dict(x=x, weights=weights)
        some = partial(some_gradients, operator, g, given)
        at_once = some(*given)
        whole = tf.function(partial(some, *given), autograph=False)
        assert BOTH in {node.type for node in ops_of(whole)}
        for i, wanted in enumerate(given):
            alone = tf.function(partial(some, wanted), autograph=False)
            found = {node.type for node in ops_of(alone)}
            assert BOTH not in found and found & SINGLE
            assert same_bits(some(wanted)[0].numpy(), at_once[i].numpy())
        # Of a graph that is there already.
        later = some_gradients(tf.function(operator), g, given, *given)
        for first, second in zip(later, at_once, strict=True):
            assert same_bits(first.numpy(), second.numpy())


def test_a_pass_that_is_run_again_keeps_nothing_before(native: ModuleType) -> None:
    for operator, *arrays in cases(native)[3:5]:
        x, weights, g = map(tf.constant, arrays)
        again = tf.function(partial(gradients, tf.recompute_grad(operator), g), autograph=False)
        made = [node for node in ops_of(again, x, weights) if node.type == CONV]
        readers = [{op.type for op in node.outputs[1].consumers()} for node in made]
        assert [BOTH in of_one for of_one in readers] == [False, True]
        once = gradients(operator, g, x, weights)
        for first, second in zip(again(x, weights), once, strict=True):
            assert same_bits(first.numpy(), second.numpy())


def test_what_is_kept(native: ModuleType) -> None:
    """The bins of x for the op of both gradients, and nothing where `keeps` is false."""
    x = tf.constant(signal(0, (2, 8, 6, 20), F32))
    response = tf.constant(response_for((8, 6), (20,), F32))
    dense = tf.constant(weights_for(1, (5, 3), (20, 3), F32))
    for weights, numbers in ((response, 2 * 2 * 8 * 4 * 20), (dense, 2 * 2 * 5 * 3 * 20)):
        for keeps in (False, True):
            call = partial(raw_spectral_conv, weights=weights, output_size=[8, 6], keeps=keeps)
            for run in (call, tf.function(call)):
                y, spectrum = run(x)
                assert (tf.size(spectrum) >= 4 * numbers) == keeps
                assert same_bits(y.numpy(), native.spectral_conv(x, weights).numpy())


@pytest.mark.parametrize("operator", ["filter", "spectral_conv"])
def test_a_spectrum_takes_memory_only_where_it_is_read(operator: str, tmp_path: Path) -> None:
    script = """
        import tensorflow as tf
        import spectral_ops

        def peak():
            lines = open("/proc/self/status").read().splitlines()
            return 1024 * next(int(line.split()[1]) for line in lines if line.startswith("VmHWM"))

        def gradients(x, weights):
            with tf.GradientTape() as tape:
                tape.watch((x, weights))
                y = spectral_ops.OPERATOR(x, weights)
            return y, tape.gradient(y, (x, weights))

        graph = tf.function(spectral_ops.OPERATOR, autograph=False)

        def outside(x, weights):
            with tf.GradientTape() as tape:
                tape.watch(x)
                y = graph(x, weights)
            return y, tape.gradient(y, x, x)

        forward = graph
        run = outside if "RUN" == "outside" else tf.function(RUN, autograph=False)
        weights = tf.ones(SHAPE, tf.complex64)
        run(tf.ones((8, 64, 64, CHANNELS)), weights)
        x = tf.ones((6400 // CHANNELS, 64, 64, CHANNELS))  # 105 MB
        before = peak()
        result = run(x, weights)
        print((peak() - before) / (4 * tf.size(x).numpy()))
    """
    # Few channels, padded to whole vectors, have a spectrum larger than x.
    channels, shape, most = (64, (64, 33, 64), 1.5)
    if operator == "spectral_conv":
        channels, shape, most = (4, (64, 33, 4, 4), 2.5)
    for name, value in (("OPERATOR", operator), ("SHAPE", shape), ("CHANNELS", channels)):
        script = script.replace(name, str(value))
    forward, both, outside = (
        float(output_with_tensorflow(script.replace("RUN", name), tmp_path))
        for name in ("forward", "gradients", "outside")
    )
    assert 0.5 < forward < most  # y, and no spectrum beside it but that of a group of images
    assert both > forward + 1.5  # a spectrum, and a gradient of x
    assert outside < forward + most  # of a tape that is not in the graph: only the latter


def test_the_op_refuses_what_python_did_not_see(native: ModuleType) -> None:
    from spectral_ops import _library

    def op(**given: Any) -> Any:
        return _library.ops.spectral_ops_spectral_conv_gradients(
            data_format="channels_last", **{"modes": [], "norm": "forward"} | given
        )

    x, none = ones(2, 8, 6, 3), np.zeros(0, np.uint8)
    weights = complex_ones(4, 3, 3, 5)
    good = dict(x=x, weights=weights, grad_output=ones(2, 9, 7, 5), spectrum=none)
    by_x, slope = op(**good)
    assert by_x.shape == x.shape and slope.shape == weights.shape
    refused = (ValueError, tf.errors.InvalidArgumentError)
    table = [
        (dict(weights=complex_ones(4, 3, 2, 5)), refused, ("weights", "2 input", "x, 3")),
        (dict(weights=complex_ones(9, 3, 3, 5)), refused, ("weights", "9 modes", "at most 8")),
        (dict(weights=weights.astype(np.complex128)), refused, ("weights", "complex64")),
        (dict(grad_output=ones(2, 9, 7, 4)), refused, ("weights", "5 output", "grad_output, 4")),
        (dict(grad_output=ones(3, 9, 7, 5)), refused, ("grad_output", r"\b3\b", "x, 2")),
        (dict(grad_output=ones(2, 9, 5)), refused, ("grad_output", "rank 3")),
        (dict(modes=[5, 3]), refused, (r"modes\[0\]", r"\b5\b", "1 to 4")),
        (dict(spectrum=tf.zeros([0])), (*refused, TypeError), ("spectrum|uint8",)),
    ]
    check_all_refused(op, good, table)
