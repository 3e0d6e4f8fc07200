"""Gradients of `spectral_conv`: against differences and against TensorFlow's of the reference."""

from types import ModuleType

import numpy as np
import oracle
import pytest
import tensorflow as tf
from samples import DATA_FORMATS, DTYPES, HALF_DTYPES, array_shape, pairwise, signal, weights_for
from tolerances import assert_close, tolerance

F32, F64 = DTYPES[:2]
CASES = (  # (spatial, modes of the weights, settings)
    ((9,), (4,), dict()),
    ((8,), (5,), dict(output_size=(5,), norm="ortho")),
    ((8, 6), (8, 4), dict()),
    ((6, 8), (4, 5), dict(output_size=(4, 9))),
    ((5, 7), (5, 3), dict(output_size=(8, 4), norm="backward", modes=(3, 3))),
    ((4, 5, 6), (3, 4, 3), dict(output_size=(4, 4, 7))),
)


CHANNELS = ((3, 4), (3,), ())


def test_inner_products(implementation: ModuleType) -> None:
    """The operator is linear in x and in the weights: <g, y> = <grad_x, x> = Re <grad_w, w>."""
    for (spatial, modes, settings), dtype, data_format, channels in pairwise(
        CASES, DTYPES, DATA_FORMATS, CHANNELS
    ):
        given = dict(settings, data_format=data_format)
        x = tf.constant(signal(0, array_shape(2, spatial, 3, data_format), dtype))
        weights = tf.constant(weights_for(1, modes, channels, dtype))
        with tf.GradientTape() as tape:
            tape.watch([x, weights])
            y = implementation.spectral_conv(x, weights, **given)
        g = signal(2, y.shape, dtype)
        grad_x, slope = tape.gradient(y, [x, weights], tf.constant(g))
        assert grad_x.dtype == x.dtype and slope.dtype == weights.dtype
        wide = [np.asarray(a, np.float64) for a in (g, grad_x, x)]
        exact = oracle.spectral_conv(np.asarray(x), weights.numpy(), **given)
        product = np.vdot(wide[0], exact)
        size = np.linalg.norm(wide[0]) * np.linalg.norm(exact)
        # the reference's own gradient rounds y's half type once more
        factor = 2 if dtype in HALF_DTYPES else 1
        assert abs(np.vdot(wide[1], wide[2]) - product) <= factor * tolerance(dtype) * size
        by_weights = np.vdot(slope.numpy().astype(np.complex128), weights.numpy()).real
        assert abs(by_weights - product) <= factor * tolerance(dtype) * size


def test_to_second_order_as_the_reference(native: ModuleType, reference: ModuleType) -> None:
    for (spatial, modes, settings), channels, data_format in pairwise(
        CASES, CHANNELS, DATA_FORMATS
    ):
        x = tf.constant(signal(0, array_shape(2, spatial, 3, data_format), F64))
        weights = tf.constant(weights_for(1, modes, channels, F64))
        results = []
        for implementation in (native, reference):
            with tf.GradientTape() as outer:
                outer.watch([x, weights])
                with tf.GradientTape() as inner:
                    inner.watch([x, weights])
                    y = implementation.spectral_conv(
                        x, weights, data_format=data_format, **settings
                    )
                    loss = tf.reduce_sum(tf.sin(y))
                grad_x, slope = inner.gradient(loss, [x, weights])
                parts = (grad_x, tf.math.real(slope), tf.math.imag(slope))
                total = tf.add_n([tf.reduce_sum(part**3) for part in parts])
            results.append([y, grad_x, slope, *outer.gradient(total, [x, weights])])
        for ours, theirs in zip(*results, strict=True):
            difference = np.linalg.norm((ours - theirs).numpy())
            assert difference <= 2e-13 * np.linalg.norm(theirs.numpy())


def test_against_differences(native: ModuleType) -> None:
    """Of first and second order, for a function that is not linear."""
    x, weights = signal(0, (2, 6, 8, 2), F64), weights_for(1, (4, 3), (2, 2), F64)
    direction = (signal(2, x.shape, F64), weights_for(3, (4, 3), (2, 2), F64))

    def derivatives(step: float) -> tuple[float, np.ndarray, np.ndarray]:
        at = tf.constant(x + step * direction[0]), tf.constant(weights + step * direction[1])
        with tf.GradientTape() as tape:
            tape.watch(at)
            y = native.spectral_conv(*at, output_size=(5, 9))
            loss = tf.reduce_sum(tf.sin(y))
        return float(loss), *(g.numpy() for g in tape.gradient(loss, at))

    def slope_along(step: float) -> float:
        _, grad_x, grad_w = derivatives(step)
        along = np.vdot(grad_x, direction[0]) + np.vdot(grad_w, direction[1]).real
        return float(along)

    h = 1e-5
    change = (derivatives(h)[0] - derivatives(-h)[0]) / (2 * h)
    assert abs(change - slope_along(0)) <= 1e-7 * abs(change)

    def second(step: float) -> tf.Tensor:
        at = tf.constant(x + step * direction[0]), tf.constant(weights + step * direction[1])
        with tf.GradientTape() as outer:
            outer.watch(at)
            with tf.GradientTape() as inner:
                inner.watch(at)
                loss = tf.reduce_sum(tf.sin(native.spectral_conv(*at, output_size=(5, 9))))
            grad_x, grad_w = inner.gradient(loss, at)
            along = tf.reduce_sum(grad_x * direction[0]) + tf.reduce_sum(
                tf.math.real(tf.math.conj(grad_w) * direction[1])
            )
        by_x, by_w = outer.gradient(along, at)
        return np.vdot(by_x, direction[0]) + np.vdot(by_w, direction[1]).real

    change = (slope_along(h) - slope_along(-h)) / (2 * h)
    assert abs(change - second(0)) <= 1e-6 * abs(change)


def test_left_out_weights_have_no_gradient(implementation: ModuleType) -> None:
    x, weights = (
        tf.constant(signal(0, (2, 9, 12, 3), F64)),
        tf.Variable(weights_for(1, (6, 5), (3, 2), F64)),
    )
    with tf.GradientTape() as tape:
        y = implementation.spectral_conv(x, weights, modes=(3, 4))
    slope = tape.gradient(y, weights, tf.constant(signal(2, y.shape, F64))).numpy()
    kept = np.zeros((6, 5), bool)
    kept[np.ix_([0, 1, 5], [0, 1, 2])] = True
    assert not slope[~kept].any() and slope[kept].any(axis=(-2, -1)).all()


def test_only_what_is_asked_for(native: ModuleType) -> None:
    """A constant input costs no op in the gradient's graph."""
    x, weights = tf.constant(signal(0, (2, 9, 3), F32)), weights_for(1, (4,), (3, 2), F32)

    def ops(watched: str) -> list[str]:
        @tf.function
        def graph(x: tf.Tensor, w: tf.Tensor) -> tf.Tensor:
            with tf.GradientTape(watch_accessed_variables=False) as tape:
                tape.watch(x if watched == "x" else w)
                y = native.spectral_conv(x, w)
            return tape.gradient(y, x if watched == "x" else w)

        nodes = graph.get_concrete_function(x, tf.constant(weights)).graph.get_operations()
        return sorted(node.type for node in nodes if node.type.startswith("SpectralOps"))

    assert "SpectralOps>SpectralConvWeightGradient" not in ops("x")
    assert ops("w").count("SpectralOps>SpectralConv") <= 1


@pytest.mark.parametrize("shape", [[None, None, None, 3], None], ids=["rank", "nothing"])
def test_in_a_graph_with_sizes_unknown(
    implementation: ModuleType, shape: list[int | None] | None
) -> None:
    @tf.function(
        input_signature=[
            tf.TensorSpec(shape, tf.float64),
            tf.TensorSpec([None, None, 3, 2], tf.complex128),
            tf.TensorSpec([2], tf.int64),
        ]
    )
    def gradients(x: tf.Tensor, weights: tf.Tensor, size: tf.Tensor) -> list[tf.Tensor]:
        with tf.GradientTape() as tape:
            tape.watch([x, weights])
            y = implementation.spectral_conv(x, weights, output_size=size)
        return [y, *tape.gradient(y, [x, weights], y)]

    for spatial, counts, size in (((8, 6), (4, 3), (5, 7)), ((5, 9), (5, 5), (5, 9))):
        x, weights = signal(0, (2, *spatial, 3), F64), weights_for(1, counts, (3, 2), F64)
        y, grad_x, slope = gradients(x, weights, size)
        expected = oracle.spectral_conv(x, weights, output_size=size)
        assert_close(y.numpy(), expected, F64)
        product = np.vdot(expected, expected)
        assert abs(np.vdot(grad_x, x) - product) <= 1e-13 * product
        assert abs(np.vdot(slope, weights).real - product) <= 1e-13 * product
