"""`algorithm="auto"`: the forward pass and each gradient go their own ways, to the same results."""

import importlib
import itertools
from functools import partial
from types import ModuleType
from typing import Any

import numpy as np
import pytest
import tensorflow as tf
from conv_samples import CALLS, make_call
from samples import DATA_FORMATS, pairwise, signal
from tolerances import assert_close, conv_tolerance

F16, F32, F64 = map(np.dtype, (np.float16, np.float32, np.float64))
OPS = ("Conv", "ConvInputGradient", "ConvFilterGradient")
EITHER = (True, False)
WAYS = tuple(itertools.product(EITHER, EITHER, EITHER))  # by FFTs or not, in the order of OPS


@pytest.fixture
def choose(native: ModuleType, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Sets what the shapes choose, None where only those of the run do."""
    module = importlib.import_module("spectral_ops.ops.conv")

    def chosen(ways: tuple[bool | None, ...]) -> None:
        monkeypatch.setattr(module, "_known_ways", lambda *_: ways)

    return chosen


def slopes(function: Any, x: Any, filters: Any, order: int = 1, **settings: Any) -> list[tf.Tensor]:
    """The result, the gradients of a loss that is not linear, and of order 2 those of a sum."""
    x, filters = map(tf.convert_to_tensor, (x, filters))
    with tf.GradientTape() as outer:
        outer.watch([x, filters])
        with tf.GradientTape() as inner:
            inner.watch([x, filters])
            y = function(x, filters, **settings)
            loss = 0.01 * tf.reduce_sum(tf.cast(y, tf.float64) ** 3)
        grads = inner.gradient(loss, [x, filters])
        total = tf.add_n([tf.reduce_sum(tf.cast(each, tf.float64) ** 2) for each in grads])
    return [y, *grads, *(outer.gradient(total, [x, filters]) if order == 2 else ())]


@pytest.mark.parametrize("eager", [True, False], ids=["eager", "graph"])
def test_results_are_those_of_either_way(native: ModuleType, choose: Any, eager: bool) -> None:
    for ways, kind, data_format, padding in pairwise(
        (*WAYS, (None, None, None), (True, None, False)),
        tuple(CALLS),
        DATA_FORMATS,
        ("same", "full", "circular"),
    ):
        call = make_call(kind, (6, 7), (3, 2), F64, padding, data_format)
        function = getattr(native, call.function)
        settings = dict(call.settings, order=2)
        expected = slopes(function, call.x, call.filters, algorithm="direct", **settings)
        choose(ways)
        run = partial(slopes, function, call.x, call.filters, **settings)
        results = run() if eager else tf.function(run, autograph=False)()
        for result, right in zip(results, expected, strict=True):
            assert_close(result.numpy(), right.numpy(), F64, factor=10)


def test_ops_of_the_ways(native: ModuleType, choose: Any) -> None:
    """And where nobody wants a gradient, nothing is there for it."""
    x, filters = signal(0, (2, 9, 9, 2), F32), signal(1, (3, 3, 2, 5), F32)
    for ways in WAYS:
        choose(ways)
        for wanted in ((0,), (1,), (0, 1)):

            @tf.function(autograph=False)
            def run(*arguments: tf.Tensor, wanted=wanted) -> Any:
                with tf.GradientTape() as tape:
                    tape.watch([arguments[i] for i in wanted])
                    y = native.conv(*arguments)
                return y, tape.gradient(y, [arguments[i] for i in wanted])

            graph = run.get_concrete_function(x, filters).graph
            ours = {node.type.removeprefix("SpectralOps>") for node in graph.get_operations()}
            asked = (0, *(1 + i for i in wanted))
            assert ours & set(OPS) == {OPS[i] for i in asked if ways[i]}
            assert ("ConvResult" in ours) == (len(set(ways)) > 1)


def test_half_types(native: ModuleType, choose: Any) -> None:
    x = signal(0, (2, 9, 9, 2), F16)
    for ways, wide in pairwise(WAYS, EITHER):
        filters = signal(1, (3, 3, 2, 5), F32 if wide else F16)
        expected = slopes(native.conv, x, filters, algorithm="direct")
        choose(ways)
        for result, right in zip(slopes(native.conv, x, filters), expected, strict=True):
            dtype = right.dtype.as_numpy_dtype
            assert_close(result.numpy(), right.numpy(), dtype, allowed=4 * conv_tolerance(F16))


def test_batch_of_unknown_size(native: ModuleType) -> None:
    """By the shapes as they are known, then as they run."""
    signature = [tf.TensorSpec([None, 40, 40, 3]), tf.TensorSpec([9, 15, 3, 2])]

    @tf.function(input_signature=signature, autograph=False)
    def run(x: tf.Tensor, filters: tf.Tensor) -> list[tf.Tensor]:
        return slopes(native.conv, x, filters)

    filters = signal(1, (9, 15, 3, 2), F32)
    for batch in (1, 3):
        x = signal(0, (batch, 40, 40, 3), F32)
        expected = slopes(native.conv, x, filters, algorithm="fft")
        for result, right in zip(run(x, filters), expected, strict=True):
            assert_close(result.numpy(), right.numpy(), F32, allowed=4 * conv_tolerance(F32))


def test_shapes_choose(native: ModuleType) -> None:
    """TensorFlow's gradient of these filters takes seconds, its forward pass is the faster one."""
    x, filters = tf.zeros((2, 8192, 32)), tf.zeros((31, 32, 1))

    @tf.function(autograph=False)
    def run(x: tf.Tensor, filters: tf.Tensor) -> Any:
        with tf.GradientTape() as tape:
            tape.watch([x, filters])
            y = native.depthwise_conv(x, filters)
        return y, tape.gradient(y, [x, filters])

    nodes = run.get_concrete_function(x, filters).graph.get_operations()
    types = {node.type for node in nodes}
    assert "SpectralOps>ConvFilterGradient" in types
    assert "SpectralOps>Conv" not in types and "DepthwiseConv2dNative" in types


def test_vectorized_map(native: ModuleType, choose: Any) -> None:
    """A gradient taken outside of the loop goes through it."""
    x, filters = signal(0, (4, 2, 9, 8, 2), F32), signal(1, (4, 3, 3, 2, 5), F32)
    # TensorFlow vectorizes its own forward pass only where the filters are the same for all.
    for ways, stacked in pairwise(WAYS[:4], ((True, False), (False, True), (True, True))):
        pair = [a if yes else a[0] for a, yes in zip((x, filters), stacked, strict=True)]

        def over_all(a: tf.Tensor, b: tf.Tensor, stacked=stacked, **settings: Any) -> Any:
            def one(each: list[tf.Tensor]) -> tf.Tensor:
                left = list(each)
                arguments = [
                    left.pop(0) if yes else t for t, yes in zip((a, b), stacked, strict=True)
                ]
                return native.conv(*arguments, **settings)

            each = [t for t, yes in zip((a, b), stacked, strict=True) if yes]
            return tf.vectorized_map(one, each, fallback_to_while_loop=False)

        expected = slopes(over_all, *pair, algorithm="fft")
        choose(ways)
        for result, right in zip(slopes(over_all, *pair), expected, strict=True):
            assert_close(result.numpy(), right.numpy(), F32, allowed=4 * conv_tolerance(F32))
