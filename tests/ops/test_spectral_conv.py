"""`spectral_conv`: its values and shapes."""

from types import ModuleType
from typing import Any

import numpy as np
import oracle
import pytest
import tensorflow as tf
from refusals import check_refused
from samples import (
    DATA_FORMATS,
    DTYPES,
    NORMS,
    SPECTRAL_SHAPES,
    array_shape,
    pairwise,
    same_bits,
    signal,
    weights_for,
)
from tolerances import assert_close

from ops.graphs import raw_spectral_conv, traced

F32, F64 = DTYPES[:2]


def test_matches_oracle(implementation: ModuleType) -> None:
    sizes = ("same", "other", "other, fewer modes")
    for shapes, dtype, data_format, channels, size, norm in pairwise(
        SPECTRAL_SHAPES, DTYPES, DATA_FORMATS, ((3, 4), (3,), ()), sizes, NORMS
    ):
        spatial, counts, output_size = shapes
        x = signal(0, array_shape(2, spatial, 3, data_format), dtype)
        weights = weights_for(1, counts, channels, dtype)
        settings: dict[str, Any] = dict(data_format=data_format, norm=norm)
        if size != "same":
            settings["output_size"] = output_size
        if size == "other, fewer modes":
            settings["modes"] = tuple(max(1, k - 1) for k in counts)
        y = implementation.spectral_conv(x, weights, **settings)
        assert_close(y.numpy(), oracle.spectral_conv(x, weights, **settings), dtype)


def test_matches_reference(native: ModuleType, reference: ModuleType) -> None:
    """On a larger image."""
    choices = (dict(), dict(output_size=(16, 12)), dict(modes=(7, 9), norm="ortho"))
    for dtype, settings, data_format in pairwise(DTYPES, choices, DATA_FORMATS):
        x = tf.constant(signal(0, array_shape(4, (31, 24), 17, data_format), dtype))
        weights = tf.constant(weights_for(1, (12, 9), (17, 20), dtype))
        y = native.spectral_conv(x, weights, data_format=data_format, **settings)
        expected = reference.spectral_conv(x, weights, data_format=data_format, **settings)
        # each may err by the tolerance; half types may land on neighbouring numbers
        assert_close(y.numpy(), expected.numpy().astype(np.float64), dtype, factor=2)


def test_arguments_of_any_kind(implementation: ModuleType) -> None:
    """Sizes as ints, arrays and tensors; weights as variables and nested lists."""
    x, weights = signal(0, (2, 8, 3), F32), weights_for(1, (4,), (3, 2), F32)
    expected = oracle.spectral_conv(x, weights, output_size=(6,), modes=(5,))
    sizes = (6, [6], np.array([6]), tf.constant(6), tf.constant([6], tf.int64))
    kinds = (weights, tf.Variable(weights), weights.tolist())
    for output_size, modes, given in pairwise(sizes, (5, (5,), np.int64(5), np.array([5])), kinds):
        settings = dict(output_size=output_size, modes=modes, name="layer")
        assert_close(implementation.spectral_conv(x, given, **settings).numpy(), expected, F32)


def test_real_pairs(implementation: ModuleType) -> None:
    """The same bits as complex weights, and as gradient the pairs of theirs."""
    for dtype, channels in ((F32, (3, 2)), (F64, (3,)), (F64, ())):
        x, weights = signal(0, (2, 8, 7, 3), dtype), weights_for(1, (4, 3), channels, dtype)
        pairs = tf.constant(np.stack([weights.real, weights.imag], -1))
        weights = tf.constant(weights)
        with tf.GradientTape(persistent=True) as tape:
            tape.watch([weights, pairs])
            expected = implementation.spectral_conv(x, weights, modes=(3, 4))
            y = implementation.spectral_conv(x, pairs, modes=(3, 4))
        assert same_bits(y.numpy(), expected.numpy())
        slope, expected_slope = tape.gradient(y, pairs), tape.gradient(expected, weights).numpy()
        assert same_bits(slope.numpy(), np.stack([expected_slope.real, expected_slope.imag], -1))


COARSE = [  # (spatial size, modes of the weights, `modes`, the entries that act)
    ((3,), (5,), None, (2,)),
    ((4,), (2,), None, (2,)),
    ((3, 6), (4, 3), None, (3, 3)),
    ((8, 2), (5, 4), None, (5, 2)),
    ((5, 4), (9, 8), (7, 9), (5, 3)),
    ((6, 9), (9, 8), (4, 6), (4, 4)),
    ((2, 3, 5), (4, 2, 6), None, (2, 2, 3)),
]


@pytest.mark.parametrize("known", [True, False], ids=["known", "unknown"])
def test_coarse_input_keeps_the_modes_that_it_has(implementation: ModuleType, known: bool) -> None:
    """Weights of finer modes act as zeros: their gradient is zero."""
    for spatial, held, modes, acting in COARSE:
        x, weights = signal(0, (2, *spatial, 3), F64), weights_for(1, held, (3, 2), F64)
        low = weights[..., : acting[-1], :, :]
        for axis, count in enumerate(acting[:-1]):
            k = held[axis]
            kept = [*range((count + 1) // 2), *range(k - count // 2, k)]
            low = np.take(low, kept, axis)
        expected = oracle.spectral_conv(x, low)
        specs: Any = [
            tf.TensorSpec(each.shape if known else [None] * each.ndim, each.dtype)
            for each in (x, weights)
        ]

        @tf.function(input_signature=specs, autograph=False)
        def run(x: tf.Tensor, weights: tf.Tensor, modes: Any = modes) -> Any:
            with tf.GradientTape() as tape:
                tape.watch(weights)
                y = implementation.spectral_conv(x, weights, modes=modes)
            return y, tape.gradient(y, weights)

        y, slope = run(tf.constant(x), tf.constant(weights))
        assert_close(y.numpy(), expected, F64)
        acts = (np.abs(slope.numpy()).sum((-2, -1)) > 0).sum()
        assert 0 < acts <= np.prod(acting)


@pytest.mark.parametrize("inside", [True, False], ids=["inside", "outside"])
def test_forward_differentiation_of_weights_that_are_cut(native: ModuleType, inside: bool) -> None:
    """The map is linear; an accumulator in a graph of unknown sizes, or around it."""
    x, weights = signal(0, (2, 6, 5, 3), F64), weights_for(1, (9, 4), (3, 2), F64)
    step = tf.constant(weights_for(2, (9, 4), (3, 2), F64))
    unknown = [None] * 4
    specs = [tf.TensorSpec(unknown, tf.float64), tf.TensorSpec(unknown, tf.complex128)]
    graph = tf.function(native.spectral_conv, input_signature=specs, autograph=False)

    def slope(x: tf.Tensor, weights: tf.Tensor) -> tf.Tensor:
        function = native.spectral_conv if inside else graph
        with tf.autodiff.ForwardAccumulator(weights, step) as accumulator:
            y = function(x, weights)
        return accumulator.jvp(y)

    if inside:
        slope = tf.function(slope, input_signature=specs, autograph=False)
    given = slope(tf.constant(x), tf.constant(weights)).numpy()
    assert_close(given, native.spectral_conv(x, step).numpy(), F64)


def test_modes_that_only_a_running_graph_knows(implementation: ModuleType) -> None:
    x, weights = signal(0, (2, 6, 9, 3), F32), weights_for(1, (9, 8), (3, 2), F32)
    specs = [tf.TensorSpec([2, None, 9, 3]), tf.TensorSpec([2], tf.int64)]
    traces = []

    @tf.function(input_signature=specs, autograph=False)
    def run(x: tf.Tensor, modes: tf.Tensor) -> tf.Tensor:
        traces.append(modes)
        return implementation.spectral_conv(x, weights, modes=modes)

    for modes in ((4, 6), (9, 15), (1, 1), (6, 9)):
        expected = implementation.spectral_conv(x, weights, modes=modes).numpy()
        assert_close(run(x, tf.constant(modes, tf.int64)).numpy(), expected, F32)
    assert len(traces) == 1
    for modes, axis in (((10, 3), 0), ((4, 16), 1), ((4, 0), 1)):
        call = lambda modes=modes: run(x, tf.constant(modes, tf.int64))  # noqa: E731
        fragments = (rf"modes\[{axis}\]", rf"\b{modes[axis]}\b", "allowed: 1 to")
        check_refused(call, tf.errors.InvalidArgumentError, fragments)


def test_nothing_in_nothing_out(implementation: ModuleType) -> None:
    sizes = ((0, 3, (3, 2)), (2, 0, (0, 3)), (2, 3, (3, 0)), (0, 0, (0,)), (0, 3, ()), (2, 0, ()))
    for (batch, channels, mixed), dtype in pairwise(sizes, DTYPES):
        x = tf.Variable(tf.zeros((batch, 6, 5, channels), dtype))
        weights = tf.Variable(weights_for(0, (3, 2), mixed, dtype))
        out = mixed[-1] if mixed else channels
        with tf.GradientTape() as tape:
            y = implementation.spectral_conv(x, weights, output_size=(4, 9))
        assert y.shape == (batch, 4, 9, out) and y.dtype == dtype and not y.numpy().any()
        grad_x, slope = tape.gradient(y, [x, weights])
        assert grad_x.shape == x.shape and slope.shape == weights.shape
        assert not slope.numpy().any()


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_not_finite_propagates(implementation: ModuleType, value: float) -> None:
    x, weights = signal(0, (3, 6, 7, 4), F32), weights_for(1, (3, 3), (4, 4), F32)
    clean = implementation.spectral_conv(x, weights).numpy()
    x[1, 2, 3, 1] = value
    y = implementation.spectral_conv(x, weights).numpy()
    assert not np.isfinite(y[1]).any()
    assert np.array_equal(y[[0, 2]], clean[[0, 2]])


SPECS: list[tuple[Any, Any, Any, Any]] = [  # (x, weights, output_size, the result's shape)
    ([2, 8, 6, 3], [4, 3, 3, 5], (4, 9), [2, 4, 9, 5]),
    ([2, 8, 6, 3], [4, 3, 3, 5], None, [2, 8, 6, 5]),
    ([2, 8, 6, 3], [4, 3, 3], None, [2, 8, 6, 3]),
    ([None, 8, None, 3], [4, None], (4, 9), [None, 4, 9, 3]),
    ([None, 8, None, 3], [4, 3, 3, 5], None, [None, 8, None, 5]),
    ([None, 8, None, 3], [4, 3, 3, 5], (4, 9), [None, 4, 9, 5]),
    ([None, None, None, None], [4, 3, 3, 5], (4, 9), [None, 4, 9, 5]),
    ([None, None, None, 3], [None, None, None, None], (4, 9), [None, 4, 9, None]),
    ([2, 8, 6, 3], [None, 3, None, 5], "tensor", [2, None, None, 5]),
    (None, [4, 3, 3, 5], (4, 9), [None, 4, 9, 5]),
]


def test_shape_function(implementation: ModuleType) -> None:
    """What is known when a graph is traced, and that the graph runs."""
    x = signal(0, (2, 8, 6, 3), F32)
    # What the reference knows are TensorFlow's shape functions: some of the rows do.
    rows = SPECS if implementation.__name__ == "spectral_ops" else SPECS[1::2]
    for x_shape, weights_shape, output_size, known in rows:
        weights = weights_for(1, (4, 3), (3, 5)[: len(weights_shape) - 2], F32)
        specs: list[Any] = [(x_shape, tf.float32), (weights_shape, tf.complex64)]
        arguments = [tf.constant(x), tf.constant(weights)]
        if output_size == "tensor":
            specs.append(([2], tf.int32))
            arguments.append(tf.constant((5, 7)))

        def call(x: tf.Tensor, weights: tf.Tensor, size: Any = output_size) -> tf.Tensor:
            return implementation.spectral_conv(x, weights, output_size=size)

        inferred, y = traced(call, specs, *arguments)
        assert inferred == known
        size = (5, 7) if output_size == "tensor" else output_size
        assert_close(y, oracle.spectral_conv(x, weights, output_size=size), F32)


def test_shape_of_the_op_alone(native: ModuleType) -> None:
    """What the op's own shape function knows, without what the public function adds."""

    @tf.function
    def shapes() -> None:
        def of(x: Any, weights: Any, size: Any, adjoint: bool = False) -> tf.TensorShape:
            given = tf.raw_ops.Placeholder(dtype=tf.float32, shape=x)
            by = tf.raw_ops.Placeholder(dtype=tf.complex64, shape=weights)
            return raw_spectral_conv(given, by, size, adjoint=adjoint)[0].shape

        placeholder = tf.raw_ops.Placeholder
        unknown = tf.TensorShape(None)
        assert of([2, 8, 6, 3], [4, 3, 3, 5], [4, 9]) == (2, 4, 9, 5)
        assert of([2, 8, 6, 5], [4, 3, 3, 5], [8, 9], adjoint=True) == (2, 8, 9, 3)
        assert of([2, 8, 6, 3], [4, 3, None], [4, 9]) == (2, 4, 9, 3)
        assert of([2, 8, 6, 3], [4, 3], [4, 9]) == (2, 4, 9, 3)
        assert of([2, 8, 6, 3], unknown, [4, 9]).as_list() == [2, 4, 9, None]
        assert of(unknown, unknown, [4, 9]).as_list() == [None, 4, 9, None]
        vector = placeholder(dtype=tf.int32, shape=[2])
        assert of([2, 8, 6, 3], [4, 3, 3, 5], vector).as_list() == [2, None, None, 5]
        any_vector = placeholder(dtype=tf.int32, shape=unknown)
        assert of([2, 8, 6, 3], [4, 3, 3, 5], any_vector).as_list() == [2, None, None, 5]
        assert of(unknown, [4, 3, 3, 5], any_vector).rank is None

    shapes.get_concrete_function()


def test_layer_trains(implementation: ModuleType) -> None:
    """Complex weights from an optimizer reach the weights that made the data."""
    x = tf.constant(signal(0, (8, 12, 3), F32))
    true = weights_for(1, (3,), (3, 2), F32)
    true[0] = true[0].real  # the imaginary part there cannot be learned
    y = implementation.spectral_conv(x, true)
    weights = tf.Variable(tf.zeros((3, 3, 2), tf.complex64))

    @tf.function
    def step() -> tf.Tensor:
        with tf.GradientTape() as tape:
            difference = implementation.spectral_conv(x, weights) - y
            loss = tf.reduce_mean(difference**2)
        weights.assign_sub(0.3 * tape.gradient(loss, weights))
        return loss

    first = float(step())
    for _ in range(400):
        last = float(step())
    assert last < 1e-3 * first
