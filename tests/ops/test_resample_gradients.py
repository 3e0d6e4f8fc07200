"""Gradients of `pool` and `resample` of the first, second and third order.

The map is linear in `x` and in each window, so S = sum(c * resample(x, windows)**2) is of degree
two in each of them, and its mixed differences over steps of 1 are its derivatives exactly.
"""

import itertools
from collections.abc import Callable
from types import ModuleType

import numpy as np
import oracle
import pytest
import tensorflow as tf
from samples import (
    DATA_FORMATS,
    DTYPES,
    NORMS,
    SHAPES,
    array_shape,
    signal,
    window_dtype,
    windows_for,
)
from tolerances import assert_close, relative_error, tolerance

F64 = np.dtype(np.float64)
CASES = [  # (spatial size, output size, in a graph): small, to differentiate entry by entry
    ((5,), (3,), False),
    ((4,), (2,), True),
    ((4, 3), (2, 5), False),
    ((4, 3), (2, 5), True),
    ((3, 4), (4, 4), False),
    ((2, 3, 4), (3, 1, 2), False),
]
Point = list[np.ndarray]  # x, then the windows


@pytest.mark.parametrize("data_format", DATA_FORMATS)
@pytest.mark.parametrize("dtype", DTYPES, ids=str)
@pytest.mark.parametrize(("spatial", "output_size"), SHAPES)
def test_first_gradient_matches_oracle(
    implementation: ModuleType,
    spatial: tuple[int, ...],
    output_size: tuple[int, ...],
    dtype: np.dtype,
    data_format: str,
) -> None:
    """With respect to `x` and to the windows, for a random cotangent, in every type."""
    x = signal(0, array_shape(2, spatial, 3, data_format), dtype)
    g = signal(1, array_shape(2, output_size, 3, data_format), dtype)
    for norm in NORMS:
        for windows in ([], windows_for(2, spatial, output_size, dtype)):
            settings = dict(norm=norm, windows=windows or None, data_format=data_format)
            sources = [tf.constant(x), *map(tf.constant, windows)]
            with tf.GradientTape() as tape:
                tape.watch(sources)
                y = implementation.resample(
                    sources[0], output_size, **settings | dict(windows=sources[1:] or None)
                )
            grad_x, *slopes = tape.gradient(y, sources, tf.constant(g))
            expected = oracle.resample_adjoint(g, spatial, **settings)
            assert_close(grad_x.numpy(), expected, dtype)
            for axis, slope in enumerate(slopes):
                expected = oracle.resample_window_gradient(x, g, axis, **settings)
                assert_close(slope.numpy(), expected, window_dtype(dtype))


@pytest.mark.parametrize("dtype", DTYPES, ids=str)
@pytest.mark.parametrize("norm", NORMS)
def test_adjoint_identity(implementation: ModuleType, norm: str, dtype: np.dtype) -> None:
    """<Ax, y> = <x, A^T y>."""
    for case, ((n, m), data_format) in enumerate(
        itertools.product([(9, 4), (8, 8), (8, 4), (6, 13), (1, 5), (31, 1)], DATA_FORMATS)
    ):
        rng = np.random.default_rng(case)
        x = rng.standard_normal(array_shape(2, (n, 7), 5, data_format)).astype(dtype)
        y = rng.standard_normal(array_shape(2, (m, 6), 5, data_format)).astype(dtype)
        source = tf.constant(x)
        with tf.GradientTape() as tape:
            tape.watch(source)
            result = implementation.resample(source, (m, 6), norm=norm, data_format=data_format)
        ax = result.numpy().astype(np.float64)
        aty = tape.gradient(result, source, tf.constant(y)).numpy().astype(np.float64)
        left, right = np.vdot(ax, y.astype(np.float64)), np.vdot(x.astype(np.float64), aty)
        bound = np.linalg.norm(ax.ravel()) * np.linalg.norm(y.astype(np.float64).ravel())
        assert abs(left - right) <= 2 * tolerance(dtype) * bound, f"{n} -> {m}"
        assert np.any(ax) and np.any(aty)


@pytest.mark.parametrize("dtype", DTYPES, ids=str)
def test_gradient_of_pool_is_resample(implementation: ModuleType, dtype: np.dtype) -> None:
    """pool's gradient is the image resampled up, times h*w/(H*W): as its docstring says."""
    x, g = tf.zeros((2, 8, 9, 3), dtype), tf.constant(signal(0, (2, 4, 6, 3), dtype))
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = implementation.pool(x, (4, 6))
    expected = oracle.resample(g.numpy(), (8, 9)) * (4 * 6) / (8 * 9)
    assert_close(tape.gradient(y, x, g).numpy(), expected, dtype)


def test_gradient_of_each_source_alone(implementation: ModuleType) -> None:
    x, g = signal(0, (2, 8, 6, 3), F64), signal(1, (2, 4, 9, 3), F64)
    windows = windows_for(2, (8, 6), (4, 9), F64)
    expected = [oracle.resample_adjoint(g, (8, 6), windows=windows)]
    expected += [oracle.resample_window_gradient(x, g, i, windows=windows) for i in (0, 1)]
    sources = [tf.constant(value) for value in (x, *windows)]
    for source, gradient in zip(sources, expected, strict=True):
        with tf.GradientTape(watch_accessed_variables=False) as tape:
            tape.watch(source)
            y = implementation.resample(sources[0], (4, 9), windows=sources[1:])
        assert_close(tape.gradient(y, source, tf.constant(g)).numpy(), gradient, F64)


@pytest.mark.parametrize("size_dtype", [tf.int32, tf.int64], ids=lambda d: d.name)
@pytest.mark.parametrize("shape", [[None, None, None, 3], None], ids=["rank", "nothing"])
def test_gradients_where_shapes_are_unknown(
    implementation: ModuleType, shape: list[int | None] | None, size_dtype: tf.DType
) -> None:
    """In a graph that knows the rank, or nothing at all: first order, and the product of both."""
    x, g = signal(0, (2, 8, 6, 3), F64), signal(1, (2, 4, 9, 3), F64)
    windows = windows_for(2, (8, 6), (4, 9), F64)
    spec = tf.TensorSpec(shape, tf.float64)
    window_spec = tf.TensorSpec([None], tf.float64)

    @tf.function(input_signature=[spec, spec, [window_spec] * 2, tf.TensorSpec([2], size_dtype)])
    def graph(
        x: tf.Tensor, g: tf.Tensor, windows: list[tf.Tensor], output_size: tf.Tensor
    ) -> list[tf.Tensor]:
        with tf.GradientTape() as outer:
            outer.watch(x)
            with tf.GradientTape() as inner:
                inner.watch([x, *windows])
                y = implementation.resample(x, output_size, windows=windows)
            first = inner.gradient(y, [x, *windows], g)
            product = tf.reduce_sum(first[1] * windows[0])
        return [*first, outer.gradient(product, x)]

    results = graph(x, g, windows, tf.constant([4, 9], size_dtype))
    adjoint = oracle.resample_adjoint(g, (8, 6), windows=windows)
    slopes = [oracle.resample_window_gradient(x, g, i, windows=windows) for i in (0, 1)]
    # <dy/dw0, w0> is <g, y>, whose gradient is the adjoint again
    for result, expected in zip(results, [adjoint, *slopes, adjoint], strict=True):
        assert_close(result.numpy(), expected, F64)


def example(
    spatial: tuple[int, ...], output_size: tuple[int, ...]
) -> tuple[Point, np.ndarray, Callable[[Point], float]]:
    """A point, the weights c, and S by the oracle."""
    point = [signal(0, (2, *spatial, 2), F64), *windows_for(1, spatial, output_size, F64)]
    weights = np.random.default_rng(2).standard_normal((2, *output_size, 2))

    def objective(point: Point) -> float:
        y = oracle.resample(point[0], output_size, windows=point[1:])
        return float(np.sum(weights * y**2))

    return point, weights, objective


def difference(function: Callable[[Point], float], point: Point, *steps: Point) -> float:
    """The mixed central difference of `function` along all `steps`."""
    total = 0.0
    for signs in itertools.product((1, -1), repeat=len(steps)):
        moved = [
            value + sum(sign * step[part] for sign, step in zip(signs, steps, strict=True))
            for part, value in enumerate(point)
        ]
        total += np.prod(signs) * function(moved)
    return total / 2 ** len(steps)


def along(point: Point, part: int, direction: np.ndarray) -> Point:
    return [direction if i == part else np.zeros_like(v) for i, v in enumerate(point)]


def gradient_by_differences(
    function: Callable[[Point], float], point: Point, part: int, *steps: Point
) -> np.ndarray:
    """The gradient with respect to one part of the point, differentiated along all `steps`."""
    gradient = np.zeros(point[part].shape)
    for index in np.ndindex(gradient.shape):
        unit = np.zeros_like(gradient)
        unit[index] = 1
        gradient[index] = difference(function, point, along(point, part, unit), *steps)
    return gradient


def objective_of(
    implementation: ModuleType, weights: np.ndarray, sources: list[tf.Tensor]
) -> tf.Tensor:
    x, *windows = sources
    y = implementation.resample(x, weights.shape[1:-1], windows=windows)
    return tf.reduce_sum(tf.constant(weights) * y**2)


@pytest.mark.parametrize(("spatial", "output_size", "graph"), CASES)
def test_gradient(
    implementation: ModuleType,
    spatial: tuple[int, ...],
    output_size: tuple[int, ...],
    graph: bool,
) -> None:
    point, weights, objective = example(spatial, output_size)

    def gradients(*sources: tf.Tensor) -> list[tf.Tensor]:
        with tf.GradientTape() as tape:
            tape.watch(sources)
            total = objective_of(implementation, weights, list(sources))
        return tape.gradient(total, list(sources))

    results = (tf.function(gradients) if graph else gradients)(*map(tf.constant, point))
    for part, result in enumerate(results):
        expected = gradient_by_differences(objective, point, part)
        assert relative_error(result.numpy(), expected) < 1e-12


@pytest.mark.parametrize(("spatial", "output_size", "graph"), CASES)
def test_second_gradient(
    implementation: ModuleType,
    spatial: tuple[int, ...],
    output_size: tuple[int, ...],
    graph: bool,
) -> None:
    """Every block of the Hessian (x-x, x-window, window-x, window-window) times a vector."""
    point, weights, objective = example(spatial, output_size)
    rng = np.random.default_rng(3)
    for part in range(len(point)):
        direction = rng.standard_normal(point[part].shape)
        products = hessian_product(implementation, weights, part)
        sources = [tf.constant(value) for value in point]
        results = (tf.function(products) if graph else products)(sources, tf.constant(direction))
        for other, result in enumerate(results):
            step = along(point, part, direction)
            expected = gradient_by_differences(objective, point, other, step)
            assert relative_error(result.numpy(), expected) < 1e-12, f"block {part}, {other}"


def hessian_product(
    implementation: ModuleType, weights: np.ndarray, part: int
) -> Callable[[list[tf.Tensor], tf.Tensor], list[tf.Tensor]]:
    """The gradients of <dS/d(part), direction> with respect to every part."""

    def products(sources: list[tf.Tensor], direction: tf.Tensor) -> list[tf.Tensor]:
        with tf.GradientTape() as outer:
            outer.watch(sources)
            with tf.GradientTape() as inner:
                inner.watch(sources)
                total = objective_of(implementation, weights, sources)
            slope = inner.gradient(total, sources[part])
        return outer.gradient(slope, sources, direction)

    return products


@pytest.mark.parametrize("order", [(0, 1, 0), (1, 0, 2), (2, 1, 0), (1, 1, 0), (0, 0, 1)], ids=str)
def test_third_gradient(implementation: ModuleType, order: tuple[int, int, int]) -> None:
    """Part by part as `order` says: 0 is x, 1 and 2 are the windows."""
    point, weights, objective = example((4, 3), (2, 5))
    rng = np.random.default_rng(4)
    first, second = (rng.standard_normal(point[part].shape) for part in order[:2])
    sources = [tf.constant(value) for value in point]
    with tf.GradientTape() as outer:
        outer.watch(sources)
        with tf.GradientTape() as middle:
            middle.watch(sources)
            with tf.GradientTape() as inner:
                inner.watch(sources)
                total = objective_of(implementation, weights, sources)
            slope = inner.gradient(total, sources[order[0]])
        curvature = middle.gradient(slope, sources[order[1]], tf.constant(first))
    result = outer.gradient(curvature, sources[order[2]], tf.constant(second))
    steps = [along(point, order[0], first), along(point, order[1], second)]
    expected = gradient_by_differences(objective, point, order[2], *steps)
    assert relative_error(result.numpy(), expected) < 1e-12


@pytest.mark.parametrize("dtype", DTYPES, ids=str)
def test_second_gradient_matches_reference(
    native: ModuleType, reference: ModuleType, dtype: np.dtype
) -> None:
    """In each type against nested tapes over the reference in float64, on a larger image."""
    spatial, output_size = (9, 14), (5, 16)
    x = signal(0, (2, *spatial, 7), dtype)
    windows = windows_for(1, spatial, output_size, dtype)
    directions = [signal(2, x.shape, dtype), *windows_for(3, spatial, output_size, dtype)]

    def products(module: ModuleType, wide: bool) -> list[np.ndarray]:
        def constant(value: np.ndarray) -> tf.Tensor:
            return tf.constant(value.astype(np.float64) if wide else value)

        sources, vectors = [constant(x), *map(constant, windows)], list(map(constant, directions))
        with tf.GradientTape() as outer:
            outer.watch(sources)
            with tf.GradientTape() as inner:
                inner.watch(sources)
                y = module.resample(sources[0], output_size, windows=sources[1:])
                total = tf.reduce_sum(tf.cast(y, tf.float64) ** 2)
            slopes = inner.gradient(total, sources)
        return [g.numpy() for g in outer.gradient(slopes, sources, vectors)]

    for part, (ours, theirs) in enumerate(
        zip(products(native, False), products(reference, True), strict=True)
    ):
        # the gradient passes through a y that is rounded to `dtype`
        assert ours.dtype == (dtype if part == 0 else window_dtype(dtype))
        assert relative_error(ours, theirs) <= 3 * tolerance(dtype)
