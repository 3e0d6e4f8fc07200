"""Gradients of the wavelet functions: inner products, second order, differences."""

from collections.abc import Callable
from functools import partial
from types import ModuleType
from typing import Any

import numpy as np
import pytest
import tensorflow as tf
import wavelet_oracle as oracle
from samples import DATA_FORMATS, DTYPES, HALF_DTYPES, array_shape, pairwise, signal, window_dtype
from tolerances import tolerance
from wavelet_samples import SIZES, extended

F32, F64 = DTYPES[:2]
Function = Callable[..., Any]


def filters_for(seed: int, taps: int, dtype: Any) -> tf.Tensor:
    """So small that sums stay in the range of float16, however a signal is extended."""
    return tf.constant(signal(seed, (2, taps), window_dtype(dtype)) / (2 * taps))


def norm_and_product(a: Any, b: Any) -> tuple[float, float]:
    a, b = (np.asarray(each, np.float64).ravel() for each in (a, b))
    return float(np.linalg.norm(a) * np.linalg.norm(b)), float(a @ b)


def test_adjoint_identity(implementation: ModuleType) -> None:
    """<g, A x> = <A* g, x> in every mode and type: no border is left out of a gradient."""
    for spatial, mode, taps, dtype, data_format in pairwise(
        SIZES, oracle.MODES, (2, 6, 10), DTYPES, DATA_FORMATS
    ):
        spatial = extended(spatial, mode)
        x = tf.constant(signal(0, array_shape(2, spatial, 3, data_format), dtype))
        filters = filters_for(1, taps, dtype)
        how = dict(mode=mode, data_format=data_format)
        runs: list[Function] = [partial(implementation.dwt, wavelet=filters, **how)]
        runs.append(partial(implementation.idwt, wavelet=filters, output_size=spatial, **how))
        given = [x, runs[0](x)]
        for run, at in zip(runs, given, strict=True):
            with tf.GradientTape() as tape:
                tape.watch(at)
                y = run(at)
            g = tf.constant(signal(2, y.shape, dtype))
            sizes, products = zip(
                norm_and_product(g, y), norm_and_product(tape.gradient(y, at, g), at), strict=True
            )
            assert abs(products[0] - products[1]) <= 2 * tolerance(dtype) * max(sizes)


def second_order(run: Function, sources: list[tf.Tensor]) -> list[tf.Tensor]:
    """Values, gradients, and the gradients of a function of those."""
    with tf.GradientTape() as outer:
        outer.watch(sources)
        with tf.GradientTape() as inner:
            inner.watch(sources)
            values = tf.nest.flatten(run(*sources))
            loss = tf.add_n([tf.reduce_sum(tf.sin(y)) for y in values])
        slopes = inner.gradient(loss, sources)
        total = tf.add_n([tf.reduce_sum(slope**3) for slope in slopes])
    return [*values, *slopes, *outer.gradient(total, sources)]


CALLS: dict[str, tuple[tuple[int, ...], Callable[..., Function]]] = {  # shape of the signal
    "dwt": ((2, 7, 6, 3), lambda so, **how: lambda x, f: so.dwt(x, f, **how)),
    "dwt of volumes": ((1, 4, 3, 5, 2), lambda so, **how: lambda x, f: so.dwt(x, f, **how)),
    "idwt": (
        (2, 5, 6, 4, 3),
        lambda so, **how: lambda x, f: so.idwt(x, f, output_size=None, **how),
    ),
    "wavedec": ((2, 11, 3), lambda so, **how: lambda x, f: so.wavedec(x, f, level=2, **how)),
    "there and back": (
        (2, 11, 3),
        lambda so, **how: lambda x, f: so.waverec(
            so.wavedec(x, f, level=2, **how), f, output_size=11, **how
        ),
    ),
    "swt and back": ((2, 5, 6, 3), lambda so, mode: lambda x, f: so.iswt(so.swt(x, f, 2), f)),
    "packets": ((2, 9, 3), lambda so, **how: lambda x, f: so.wavelet_packets(x, f, 2, **how)),
    "pool": ((2, 7, 6, 3), lambda so, **how: lambda x, f: so.wavelet_pool(x, f, **how)),
}


def test_to_second_order_as_the_reference(native: ModuleType, reference: ModuleType) -> None:
    """By the signal and by the filters, which are small: sines of sums of large ones are not to be
    compared, for an input's last bit changes them as much."""
    for (name, (shape, call)), mode, taps in pairwise(
        tuple(CALLS.items()), oracle.MODES, (2, 4, 6)
    ):
        sources = [tf.constant(signal(0, shape, F64)), filters_for(1, taps, F64) * 2]
        results = [second_order(call(module, mode=mode), sources) for module in (native, reference)]
        for ours, theirs in zip(*results, strict=True):
            error = np.linalg.norm((ours - theirs).numpy())
            assert error <= 2e-13 * np.linalg.norm(theirs.numpy()), (name, mode, taps)


def test_against_differences(implementation: ModuleType) -> None:
    """Of first and second order, along a direction in signal and filters."""
    for (shape, call), mode in pairwise(tuple(CALLS.values()), oracle.MODES[::2]):
        run = call(implementation, mode=mode)
        at, along = (
            [0.4 * signal(seed, shape, F64), 0.4 * signal(seed + 1, (2, 4), F64)] for seed in (0, 2)
        )

        def derivatives(step: float, run: Any = run, at: Any = at, along: Any = along) -> Any:
            """The loss, its slope along the direction, and how that changes along it."""
            points = [tf.constant(p + step * d) for p, d in zip(at, along, strict=True)]
            with tf.GradientTape() as outer:
                outer.watch(points)
                with tf.GradientTape() as inner:
                    inner.watch(points)
                    values = tf.nest.flatten(run(*points))
                    loss = tf.add_n([tf.reduce_sum(tf.sin(y)) for y in values])
                slopes = inner.gradient(loss, points)
                slope = tf.add_n([tf.reduce_sum(g * d) for g, d in zip(slopes, along, strict=True)])
            bends = outer.gradient(slope, points)
            bend = sum(np.vdot(g, d) for g, d in zip(bends, along, strict=True))
            return float(loss), float(slope), float(bend)

        h = 1e-5
        (ahead, slope_ahead, _), (behind, slope_behind, _) = derivatives(h), derivatives(-h)
        _, slope, bend = derivatives(0)
        assert abs((ahead - behind) / (2 * h) - slope) <= 1e-6 * abs(slope)
        assert abs((slope_ahead - slope_behind) / (2 * h) - bend) <= 1e-6 * abs(bend)


def test_only_what_is_asked_for(native: ModuleType) -> None:
    """A constant wavelet costs no op in the gradient's graph, nor does a constant signal."""
    x, filters = tf.constant(signal(0, (2, 9, 8, 3), F32)), filters_for(1, 4, F32)

    def ops(watched: str) -> list[str]:
        @tf.function
        def graph(x: tf.Tensor, f: tf.Tensor) -> tf.Tensor:
            source = x if watched == "x" else f
            with tf.GradientTape(watch_accessed_variables=False) as tape:
                tape.watch(source)
                y = native.dwt(x, f)
            return tape.gradient(y, source)

        nodes = graph.get_concrete_function(x, filters).graph.get_operations()
        return [node.type for node in nodes if node.type.startswith("SpectralOps")]

    assert "SpectralOps>WaveletFilterGradient" not in ops("x")
    assert "SpectralOps>WaveletSynthesis" not in ops("filters")
    assert ops("filters").count("SpectralOps>WaveletFilterGradient") == 2  # one for each axis


@pytest.mark.parametrize("shape", [[None, None, None, 3], [None] * 4], ids=["channels", "rank"])
def test_in_a_graph_with_sizes_unknown(implementation: ModuleType, shape: list[int | None]) -> None:
    """A gradient has the static shape of its source, and the identity of adjoints holds."""

    @tf.function(input_signature=[tf.TensorSpec(shape, tf.float64), tf.TensorSpec([2, None])])
    def gradients(x: tf.Tensor, filters: tf.Tensor) -> list[tf.Tensor]:
        wide = tf.cast(filters, tf.float64)
        with tf.GradientTape() as tape:
            tape.watch([x, wide])
            y = implementation.dwt(x, wide, mode="smooth")
        slopes = tape.gradient(y, [x, wide], y)
        assert slopes[0].shape.as_list() == shape
        return [y, *slopes]

    for spatial, taps in (((8, 6), 4), ((5, 9), 8)):
        x, filters = signal(0, (2, *spatial, 3), F64), filters_for(1, taps, F32)
        y, grad_x, slope = gradients(x, filters)
        size = float(tf.reduce_sum(y**2))
        assert abs(np.vdot(grad_x, x) - size) <= 1e-13 * size
        # each of the two axes has the filters once
        assert abs(np.vdot(slope, np.float64(filters)) - 2 * size) <= 1e-13 * size


def test_half_types_have_their_own_gradients(implementation: ModuleType) -> None:
    for dtype, half in pairwise(HALF_DTYPES, HALF_DTYPES):
        x = tf.constant(signal(0, (2, 9, 8, 3), dtype))
        filters = tf.cast(filters_for(1, 4, F32), half)
        wide = tf.cast(filters, tf.float32)
        with tf.GradientTape(persistent=True) as tape:
            tape.watch([x, filters, wide])
            y, expected = implementation.dwt(x, filters), implementation.dwt(x, wide)
        assert np.array_equal(y.numpy(), expected.numpy()) and y.dtype == dtype
        slope = tape.gradient(y, filters)
        assert slope.dtype == half and np.abs(slope.numpy()).max() > 0
        assert tape.gradient(expected, wide).dtype == tf.float32
        assert tape.gradient(expected, x).dtype == dtype
