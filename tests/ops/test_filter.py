"""`filter`: its values, shapes and gradients."""

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
    HALF_DTYPES,
    array_shape,
    pairwise,
    same_bits,
    signal,
    weights_for,
)
from tolerances import assert_close, tolerance

from ops.graphs import traced

F32, F64 = DTYPES[:2]
LENGTHS = (  # 1, 2, odd, even, prime
    (1,),
    (2,),
    (9,),
    (16,),
    (31,),
    (101,),
    (1, 7),
    (2, 2),
    (8, 6),
    (7, 5),
    (13, 12),
    (1, 1, 1),
    (4, 6, 5),
    (3, 2, 8),
)
CHANNELS = ((), (3,))  # of the response


def response_for(seed: int, n: tuple[int, ...], channels: tuple[int, ...], dtype: Any) -> Any:
    """Complex, and nowhere Hermitian."""
    return weights_for(seed, (*n[:-1], n[-1] // 2 + 1), channels, dtype)


def test_matches_oracle(implementation: ModuleType) -> None:
    for n, dtype, data_format, channels, is_real in pairwise(
        LENGTHS, DTYPES, DATA_FORMATS, CHANNELS, (False, True)
    ):
        x = signal(0, array_shape(2, n, 3, data_format), dtype)
        response = response_for(1, n, channels, dtype)
        if is_real:
            response = response.real
        y = implementation.filter(x, response, data_format=data_format)
        assert_close(y.numpy(), oracle.filter(x, response, data_format=data_format), dtype)


def test_larger_images(native: ModuleType) -> None:
    for n, dtype, data_format, (count, channels) in pairwise(
        ((64, 48), (61, 67), (600,), (9, 20, 16)),
        DTYPES,
        DATA_FORMATS,
        ((17, (17,)), (3, ()), (1, (1,))),
    ):
        x = signal(0, array_shape(3, n, count, data_format), dtype)
        response = response_for(1, n, channels, dtype)
        y = native.filter(x, response, data_format=data_format)
        assert_close(y.numpy(), oracle.filter(x, response, data_format=data_format), dtype)


def test_arguments_of_any_kind(implementation: ModuleType) -> None:
    x, response = signal(0, (2, 8, 3), F32), response_for(1, (8,), (3,), F32)
    expected = oracle.filter(x, response)
    for given in (response, tf.Variable(response), response.tolist()):
        assert_close(implementation.filter(x, given, name="layer").numpy(), expected, F32)
    expected = oracle.filter(x, response[:, 0].real)
    for given in (response[:, 0].real.copy(), response[:, 0].real.tolist()):
        assert_close(implementation.filter(x, given).numpy(), expected, F32)


def test_is_spectral_conv_at_all_modes(implementation: ModuleType) -> None:
    """To the bit, and a real response is a complex one with no imaginary part."""
    for n, data_format, channels in pairwise(((8, 7), (12,)), DATA_FORMATS, CHANNELS):
        x = tf.constant(signal(0, array_shape(2, n, 3, data_format), F32))
        response = tf.constant(response_for(1, n, channels, F32))
        y = implementation.filter(x, response, data_format=data_format)
        expected = implementation.spectral_conv(x, response, data_format=data_format)
        if implementation.__name__ == "spectral_ops":
            assert same_bits(y.numpy(), expected.numpy())
        assert_close(y.numpy(), oracle.filter(x, response.numpy(), data_format=data_format), F32)
        real = tf.math.real(response)
        y = implementation.filter(x, real, data_format=data_format)
        wide = implementation.filter(x, tf.complex(real, 0 * real), data_format=data_format)
        assert same_bits(y.numpy(), wide.numpy())


def test_is_a_circular_convolution(implementation: ModuleType) -> None:
    x, kernel = signal(0, (2, 6, 5, 3), F64), signal(1, (6, 5), F64)
    expected = np.zeros(x.shape)
    for i, j in np.ndindex(6, 5):
        expected += kernel[i, j] * np.roll(x, (i, j), (1, 2))
    y = implementation.filter(x, np.fft.rfft2(kernel))
    assert_close(y.numpy(), expected, F64)


def test_inner_products(implementation: ModuleType) -> None:
    """The operator is linear in x and in the response: <g, y> = <grad_x, x> = Re <grad_r, r>."""
    for n, dtype, data_format, channels, is_real in pairwise(
        ((9,), (8,), (8, 6), (5, 7), (4, 5, 6)), DTYPES, DATA_FORMATS, CHANNELS, (False, True)
    ):
        x = tf.constant(signal(0, array_shape(2, n, 3, data_format), dtype))
        response = response_for(1, n, channels, dtype)
        response = tf.constant(response.real if is_real else response)
        with tf.GradientTape() as tape:
            tape.watch([x, response])
            y = implementation.filter(x, response, data_format=data_format)
        g = signal(2, y.shape, dtype)
        grad_x, slope = tape.gradient(y, [x, response], tf.constant(g))
        assert grad_x.dtype == x.dtype and slope.dtype == response.dtype
        assert grad_x.shape == x.shape and slope.shape == response.shape
        wide = [np.asarray(a, np.float64) for a in (g, grad_x, x)]
        exact = oracle.filter(np.asarray(x), response.numpy(), data_format=data_format)
        product = np.vdot(wide[0], exact)
        size = np.linalg.norm(wide[0]) * np.linalg.norm(exact)
        # the reference's own gradient rounds y's half type once more
        factor = 2 if dtype in HALF_DTYPES else 1
        assert abs(np.vdot(wide[1], wide[2]) - product) <= factor * tolerance(dtype) * size
        by_response = np.vdot(slope.numpy().astype(np.complex128), response.numpy()).real
        assert abs(by_response - product) <= factor * tolerance(dtype) * size


def test_gradients_are_those_of_the_conventions(native: ModuleType) -> None:
    """Section 9: by x the filter of the conjugate, by the response (c/n) conj(X) G."""
    for n in ((9,), (8,), (6, 8), (7, 5)):
        axes = tuple(range(1, len(n) + 1))
        x, g = (tf.constant(signal(seed, (2, *n, 3), F64)) for seed in (0, 2))
        response = tf.constant(response_for(1, n, (3,), F64))
        with tf.GradientTape() as tape:
            tape.watch([x, response])
            y = native.filter(x, response)
        grad_x, slope = tape.gradient(y, [x, response], g)
        assert_close(grad_x.numpy(), oracle.filter(g, response.numpy().conj()), F64)
        spectra = [np.fft.rfftn(each, axes=axes) for each in (x, g)]
        k = np.arange(n[-1] // 2 + 1)
        twice = np.where(2 * k % n[-1] == 0, 1, 2)[:, np.newaxis]
        expected = (twice * spectra[0].conj() * spectra[1]).sum(0) / np.prod(n)
        assert np.linalg.norm(slope - expected) <= 1e-14 * np.linalg.norm(expected)


def test_to_second_order_as_the_reference(native: ModuleType, reference: ModuleType) -> None:
    for n, data_format, channels, is_real in pairwise(
        ((9,), (6, 8), (4, 3, 5)), DATA_FORMATS, CHANNELS, (False, True)
    ):
        x = tf.constant(signal(0, array_shape(2, n, 3, data_format), F64))
        response = response_for(1, n, channels, F64)
        response = tf.constant(response.real if is_real else response)
        results = []
        for implementation in (native, reference):
            with tf.GradientTape() as outer:
                outer.watch([x, response])
                with tf.GradientTape() as inner:
                    inner.watch([x, response])
                    y = implementation.filter(x, response, data_format=data_format)
                    loss = tf.reduce_sum(tf.sin(y))
                grad_x, slope = inner.gradient(loss, [x, response])
                parts = [grad_x, tf.math.real(slope), tf.math.imag(slope)]
                total = tf.add_n([tf.reduce_sum(part**3) for part in parts])
            results.append([y, grad_x, slope, *outer.gradient(total, [x, response])])
        for ours, theirs in zip(*results, strict=True):
            difference = np.linalg.norm((ours - theirs).numpy())
            assert difference <= 2e-13 * np.linalg.norm(theirs.numpy())


def test_only_what_is_asked_for(native: ModuleType) -> None:
    """A constant response costs no op in the gradient's graph, and no assertion ever does."""

    @tf.function
    def graph(x: tf.Tensor) -> tf.Tensor:
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = native.filter(x, np.ones((5, 3), np.complex64))
        return tape.gradient(y, x)

    nodes = graph.get_concrete_function(tf.zeros([2, 9, 3])).graph.get_operations()
    ops = {node.type for node in nodes}
    assert "SpectralOps>SpectralConv" in ops
    assert not ops & {"SpectralOps>SpectralConvWeightGradient", "Assert", "Transpose"}


SPECS: list[tuple[Any, Any, Any]] = [  # (x, response, the result's shape)
    ([2, 8, 6, 3], [8, 4, 3], [2, 8, 6, 3]),
    ([2, 8, 6, 3], [8, 4], [2, 8, 6, 3]),
    ([None, 8, None, 3], [None, 4, 3], [None, 8, None, 3]),
    ([None, None, None, None], [8, 4], [None, None, None, None]),
    ([None, None, None, 3], [None, None, None], [None, None, None, 3]),
]


def test_in_a_graph_with_sizes_unknown(implementation: ModuleType) -> None:
    """What is known when a graph is traced, and that the graph runs."""
    x = signal(0, (2, 8, 6, 3), F32)
    for x_shape, shape, known in SPECS:
        response = response_for(1, (8, 6), (3,)[: len(shape) - 2], F32)
        specs: list[Any] = [(x_shape, tf.float32), (shape, tf.complex64)]
        inferred, y = traced(implementation.filter, specs, tf.constant(x), tf.constant(response))
        assert inferred == known
        assert_close(y, oracle.filter(x, response), F32)


def test_gradients_in_a_graph_with_sizes_unknown(implementation: ModuleType) -> None:
    specs = [tf.TensorSpec([None] * 4, tf.float64), tf.TensorSpec([None] * 2, tf.float64)]

    @tf.function(input_signature=specs, autograph=False)
    def gradients(x: tf.Tensor, response: tf.Tensor) -> list[tf.Tensor]:
        with tf.GradientTape() as tape:
            tape.watch([x, response])
            y = implementation.filter(x, response)
        return [y, *tape.gradient(y, [x, response], y)]

    for n in ((8, 6), (5, 9)):
        x, response = signal(0, (2, *n, 3), F64), response_for(1, n, (), F64).real
        y, grad_x, slope = gradients(x, response)
        expected = oracle.filter(x, response)
        assert_close(y.numpy(), expected, F64)
        product = np.vdot(expected, expected)
        assert abs(np.vdot(grad_x, x) - product) <= 1e-13 * product
        assert abs(np.vdot(slope, response) - product) <= 1e-13 * product


def test_nothing_in_nothing_out(implementation: ModuleType) -> None:
    for (batch, channels), shared, dtype in pairwise(
        ((0, 3), (2, 0), (0, 0)), (False, True), DTYPES
    ):
        x = tf.Variable(tf.zeros((batch, 6, 5, channels), dtype))
        mixed = () if shared else (channels,)
        response = tf.Variable(response_for(1, (6, 5), mixed, dtype))
        with tf.GradientTape() as tape:
            y = implementation.filter(x, response)
        assert y.shape == x.shape and y.dtype == dtype
        grad_x, slope = tape.gradient(y, [x, response])
        assert grad_x.shape == x.shape and slope.shape == response.shape
        assert not slope.numpy().any()


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_not_finite_propagates(implementation: ModuleType, value: float) -> None:
    """Throughout its channel of its image, and nowhere else."""
    x = signal(0, (3, 6, 7, 4), F32)
    for channels in ((), (4,)):
        response = response_for(1, (6, 7), channels, F32)
        clean = implementation.filter(x, response).numpy()
        spoiled = x.copy()
        spoiled[1, 2, 3, 1] = value
        y = implementation.filter(spoiled, response).numpy()
        assert not np.isfinite(y[1, ..., 1]).any()
        others = np.ones(y.shape, bool)
        others[1, ..., 1] = False
        assert np.isfinite(y[others]).all()
        if implementation.__name__ == "spectral_ops":
            assert np.array_equal(y[others], clean[others])


def test_in_a_loop(native: ModuleType) -> None:
    """The iterations of `vectorized_map` in one call, with either kind of response."""
    x = tf.constant(signal(0, (3, 2, 8, 6, 4), F32))
    for channels in ((), (4,)):
        response = tf.constant(response_for(1, (8, 6), channels, F32))
        several = tf.stack([response, 2 * response, 3 * response])
        settings: dict[str, Any] = dict(fallback_to_while_loop=False)
        alike = partial(native.filter, response=response)
        y = tf.vectorized_map(alike, x, **settings)
        both = tf.vectorized_map(lambda each: native.filter(*each), (x, several), **settings)
        for i in range(3):
            assert same_bits(y[i].numpy(), native.filter(x[i], response).numpy())
            expected = native.filter(x[i], several[i]).numpy()
            assert np.abs(both[i] - expected).max() <= 1e-6 * np.abs(expected).max()


def test_layer_trains(implementation: ModuleType) -> None:
    """A real response from an optimizer reaches the one that made the data."""
    x = tf.constant(signal(0, (8, 12, 3), F32))
    true = response_for(1, (12,), (), F32).real
    y = implementation.filter(x, true)
    response = tf.Variable(tf.zeros(7))

    @tf.function
    def step() -> tf.Tensor:
        with tf.GradientTape() as tape:
            loss = tf.reduce_mean((implementation.filter(x, response) - y) ** 2)
        response.assign_sub(0.3 * tape.gradient(loss, response))
        return loss

    first = float(step())
    for _ in range(400):
        last = float(step())
    assert last < 1e-3 * first
