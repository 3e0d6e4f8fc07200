"""Gradients of `pool` and `resample` of the first, second and third order.

The map is linear in `x` and in each window, so S = sum(c * resample(x, windows)**2) is of degree
two in each of them, and its mixed differences over steps of 1 are its derivatives exactly.
"""

import itertools
from collections.abc import Callable
from functools import partial
from types import ModuleType
from typing import Any

import numpy as np
import oracle
import pytest
import tensorflow as tf
from samples import (
    DATA_FORMATS,
    DTYPES,
    NORMS,
    RULES,
    array_shape,
    pairwise,
    signal,
    window_dtype,
    windows_for,
)
from tolerances import assert_close, relative_error, tolerance

F64 = np.dtype(np.float64)
PERIODIC, CENTERED, SYMMETRIC = RULES
CASES = [  # (spatial size, output size, in a graph, rule): small, to differentiate entry by entry
    ((5,), (3,), False, PERIODIC),
    ((4,), (2,), True, PERIODIC),
    ((4, 3), (2, 5), False, PERIODIC),
    ((4, 3), (2, 5), True, PERIODIC),
    ((3, 4), (4, 4), False, PERIODIC),
    ((2, 3, 4), (3, 1, 2), False, PERIODIC),
    ((4,), (2,), True, CENTERED),
    ((4, 3), (2, 5), False, CENTERED),
    ((5,), (3,), False, SYMMETRIC),
    ((4, 3), (2, 5), True, SYMMETRIC),
    ((2, 3, 4), (3, 1, 2), False, SYMMETRIC),
]
Point = list[np.ndarray]  # x, then the windows


def test_adjoint_identity(implementation: ModuleType) -> None:
    """<Ax, y> = <x, A^T y>."""
    lengths = ((9, 4), (8, 8), (8, 4), (6, 13), (1, 5), (31, 1))
    for case, ((n, m), dtype, norm, data_format, rule) in enumerate(
        pairwise(lengths, DTYPES, NORMS, DATA_FORMATS, RULES)
    ):
        settings = dict(rule, norm=norm, data_format=data_format)
        rng = np.random.default_rng(case)
        x = rng.standard_normal(array_shape(2, (n, 7), 5, data_format)).astype(dtype)
        y = rng.standard_normal(array_shape(2, (m, 6), 5, data_format)).astype(dtype)
        source = tf.constant(x)
        with tf.GradientTape() as tape:
            tape.watch(source)
            result = implementation.resample(source, (m, 6), **settings)
        ax = result.numpy().astype(F64)
        aty = tape.gradient(result, source, tf.constant(y)).numpy().astype(F64)
        left, right = np.vdot(ax, y.astype(F64)), np.vdot(x.astype(F64), aty)
        bound = np.linalg.norm(ax.ravel()) * np.linalg.norm(y.astype(F64).ravel())
        assert abs(left - right) <= 2 * tolerance(dtype) * bound, f"{n} -> {m}"
        assert np.any(ax) and np.any(aty)


def test_gradient_of_pool_is_resample(implementation: ModuleType) -> None:
    """pool's gradient is the image resampled up, times h*w/(H*W): as its docstring says."""
    for dtype, rule in pairwise(DTYPES, RULES):
        x, g = tf.zeros((2, 8, 9, 3), dtype), tf.constant(signal(0, (2, 4, 6, 3), dtype))
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = implementation.pool(x, (4, 6), **rule)
        expected = oracle.resample(g.numpy(), (8, 9), **rule) * (4 * 6) / (8 * 9)
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


@pytest.mark.parametrize(
    ("shape", "size_dtype", "which", "rule"),
    pairwise(([None, None, None, 3], None), (tf.int32, tf.int64), ("native", "reference"), RULES),
)
def test_gradients_where_shapes_are_unknown(
    native: ModuleType,
    reference: ModuleType,
    shape: list[int | None] | None,
    size_dtype: tf.DType,
    which: str,
    rule: dict[str, str],
) -> None:
    """In a graph that knows the rank, or nothing at all: first order, and of each the product."""
    x, g = signal(0, (2, 8, 6, 3), F64), signal(1, (2, 4, 9, 3), F64)
    windows = windows_for(2, (8, 6), (4, 9), F64, **rule)
    spec = tf.TensorSpec(shape, tf.float64)
    window_spec = tf.TensorSpec([None], tf.float64)

    @tf.function(input_signature=[spec, spec, [window_spec] * 2, tf.TensorSpec([2], size_dtype)])
    def graph(
        x: tf.Tensor, g: tf.Tensor, windows: list[tf.Tensor], output_size: tf.Tensor
    ) -> list[tf.Tensor]:
        with tf.GradientTape(persistent=True) as outer:
            outer.watch([x, g])
            with tf.GradientTape() as inner:
                inner.watch([x, *windows])
                resample = (native if which == "native" else reference).resample
                y = resample(x, output_size, windows=windows, **rule)
            first = inner.gradient(y, [x, *windows], g)
            of_window = tf.reduce_sum(first[1] * windows[0])
            of_x = tf.reduce_sum(first[0] * tf.stop_gradient(x))
        return [*first, outer.gradient(of_window, x), outer.gradient(of_x, g)]

    results = graph(x, g, windows, tf.constant([4, 9], size_dtype))
    settings: dict[str, Any] = dict(rule, windows=windows)
    adjoint = oracle.resample_adjoint(g, (8, 6), **settings)
    slopes = [oracle.resample_window_gradient(x, g, i, **settings) for i in (0, 1)]
    y = oracle.resample(x, (4, 9), **settings)
    # <dy/dw0, w0> and <dy/dx, x> are <g, y>, whose gradients are the adjoint again and y
    for result, expected in zip(results, [adjoint, *slopes, adjoint, y], strict=True):
        assert_close(result.numpy(), expected, F64)


def example(
    spatial: tuple[int, ...], output_size: tuple[int, ...], rule: dict[str, str]
) -> tuple[Point, np.ndarray, Callable[[Point], float]]:
    """A point, the weights c, and S by the oracle."""
    windows = windows_for(1, spatial, output_size, F64, **rule)
    point = [signal(0, (2, *spatial, 2), F64), *windows]
    weights = np.random.default_rng(2).standard_normal((2, *output_size, 2))

    def objective(point: Point) -> float:
        y = oracle.resample(point[0], output_size, windows=point[1:], **rule)
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
    resample: Callable[..., tf.Tensor], weights: np.ndarray, sources: list[tf.Tensor]
) -> tf.Tensor:
    x, *windows = sources
    y = resample(x, weights.shape[1:-1], windows=windows)
    return tf.reduce_sum(tf.constant(weights) * y**2)


def derivatives(
    resample: Callable[..., tf.Tensor],
    weights: np.ndarray,
    sources: list[tf.Tensor],
    directions: Any,
) -> list[list[tf.Tensor]]:
    """The gradients of S, and for each part those of <dS/d(part), its direction>."""
    with tf.GradientTape(persistent=True) as outer:
        outer.watch(sources)
        with tf.GradientTape() as inner:
            inner.watch(sources)
            total = objective_of(resample, weights, sources)
        slopes = inner.gradient(total, sources)
    pairs = zip(slopes, directions, strict=True)
    return [slopes, *(outer.gradient(slope, sources, direction) for slope, direction in pairs)]


@pytest.mark.parametrize(("spatial", "output_size", "graph", "rule"), CASES)
def test_first_and_second_gradient(
    implementation: ModuleType,
    spatial: tuple[int, ...],
    output_size: tuple[int, ...],
    graph: bool,
    rule: dict[str, str],
) -> None:
    """Every block of the Hessian (x-x, x-window, window-x, window-window) times a vector."""
    point, weights, objective = example(spatial, output_size, rule)
    rng = np.random.default_rng(3)
    directions = [rng.standard_normal(value.shape) for value in point]
    function = partial(derivatives, partial(implementation.resample, **rule), weights)
    sources = [tf.constant(value) for value in point]
    results = (tf.function(function, autograph=False) if graph else function)(sources, directions)
    steps = [[], *([along(point, i, direction)] for i, direction in enumerate(directions))]
    for block, (row, step) in enumerate(zip(results, steps, strict=True)):
        for other, result in enumerate(row):
            expected = gradient_by_differences(objective, point, other, *step)
            assert relative_error(result.numpy(), expected) < 1e-12, f"block {block}, {other}"


@pytest.mark.parametrize(
    ("order", "rule"),
    [
        ((0, 1, 0), PERIODIC),
        ((1, 0, 2), PERIODIC),
        ((2, 1, 0), PERIODIC),
        ((1, 1, 0), PERIODIC),
        ((0, 0, 1), PERIODIC),
        ((1, 0, 2), CENTERED),
        ((0, 1, 0), SYMMETRIC),
        ((1, 0, 2), SYMMETRIC),
    ],
    ids=str,
)
def test_third_gradient(
    implementation: ModuleType, order: tuple[int, int, int], rule: dict[str, str]
) -> None:
    """Part by part as `order` says: 0 is x, 1 and 2 are the windows."""
    point, weights, objective = example((4, 3), (2, 5), rule)
    rng = np.random.default_rng(4)
    first, second = (rng.standard_normal(point[part].shape) for part in order[:2])
    sources = [tf.constant(value) for value in point]
    resample = partial(implementation.resample, **rule)
    with tf.GradientTape() as outer:
        outer.watch(sources)
        with tf.GradientTape() as middle:
            middle.watch(sources)
            with tf.GradientTape() as inner:
                inner.watch(sources)
                total = objective_of(resample, weights, sources)
            slope = inner.gradient(total, sources[order[0]])
        curvature = middle.gradient(slope, sources[order[1]], tf.constant(first))
    result = outer.gradient(curvature, sources[order[2]], tf.constant(second))
    steps = [along(point, order[0], first), along(point, order[1], second)]
    expected = gradient_by_differences(objective, point, order[2], *steps)
    assert relative_error(result.numpy(), expected) < 1e-12


@pytest.mark.parametrize(("dtype", "rule"), pairwise(DTYPES, RULES), ids=str)
def test_second_gradient_matches_reference(
    native: ModuleType, reference: ModuleType, dtype: np.dtype, rule: dict[str, str]
) -> None:
    """In each type against nested tapes over the reference in float64, on a larger image."""
    spatial, output_size = (9, 14), (5, 16)
    x = signal(0, (2, *spatial, 7), dtype)
    windows = windows_for(1, spatial, output_size, dtype, **rule)
    directions = [signal(2, x.shape, dtype), *windows_for(3, spatial, output_size, dtype, **rule)]

    def products(module: ModuleType, wide: bool) -> list[np.ndarray]:
        def constant(value: np.ndarray) -> tf.Tensor:
            return tf.constant(value.astype(np.float64) if wide else value)

        sources, vectors = [constant(x), *map(constant, windows)], list(map(constant, directions))
        with tf.GradientTape() as outer:
            outer.watch(sources)
            with tf.GradientTape() as inner:
                inner.watch(sources)
                y = module.resample(sources[0], output_size, windows=sources[1:], **rule)
                total = tf.reduce_sum(tf.cast(y, tf.float64) ** 2)
            slopes = inner.gradient(total, sources)
        return [g.numpy() for g in outer.gradient(slopes, sources, vectors)]

    for part, (ours, theirs) in enumerate(
        zip(products(native, False), products(reference, True), strict=True)
    ):
        # the gradient passes through a y that is rounded to `dtype`
        assert ours.dtype == (dtype if part == 0 else window_dtype(dtype))
        assert relative_error(ours, theirs) <= 3 * tolerance(dtype)
