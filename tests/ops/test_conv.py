"""`conv` and `depthwise_conv`: their values and shapes."""

import inspect
from functools import partial
from types import ModuleType
from typing import Any

import numpy as np
import oracle
import pytest
import tensorflow as tf
from conv_samples import ALGORITHMS, CALLS, PADDINGS, SHAPES, make_call, with_output
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from samples import DATA_FORMATS, DTYPES, array_shape, pairwise, same_bits, signal
from tolerances import assert_close, conv_tolerance

from ops.graphs import ORDERS, traced, turned

F32, F64 = np.dtype(np.float32), np.dtype(np.float64)


def check(
    implementation: ModuleType,
    kind: str,
    spatial: tuple[int, ...],
    taps: tuple[int, ...],
    dtype: np.dtype,
    *,
    algorithm: str,
    padding: str = "same",
    data_format: str = "channels_last",
) -> None:
    padding = with_output(spatial, taps, padding)
    call = make_call(kind, spatial, taps, dtype, padding, data_format)
    function = getattr(implementation, call.function)
    y = function(call.x, call.filters, algorithm=algorithm, **call.settings).numpy()
    expected = oracle.conv(call.x, call.dense, **call.oracle_settings)
    assert_close(y, expected, dtype, allowed=conv_tolerance(dtype))


def test_matches_oracle(implementation: ModuleType) -> None:
    for (spatial, taps), kind, dtype, padding, data_format, algorithm in pairwise(
        SHAPES, tuple(CALLS), DTYPES, PADDINGS, DATA_FORMATS, ALGORITHMS
    ):
        settings = dict(padding=padding, data_format=data_format, algorithm=algorithm)
        check(implementation, kind, spatial, taps, dtype, **settings)


def test_every_number_of_taps(implementation: ModuleType) -> None:
    """From 1 to 65 on an axis of 40, so that the last are longer than the image."""
    for taps, algorithm, padding, kind in pairwise(
        range(1, 66), ALGORITHMS, ("same", "circular"), ("conv", "depthwise")
    ):
        check(implementation, kind, (40,), (taps,), F32, padding=padding, algorithm=algorithm)


def test_two_axes_up_to_65_taps(native: ModuleType, reference: ModuleType) -> None:
    """Images of several tiles."""
    many = ((1, 1), (3, 3), (4, 4), (7, 5), (31, 31), (65, 65))
    for taps, algorithm, implementation, kind, dtype in pairwise(
        many, ALGORITHMS, (native, reference), ("conv", "depthwise"), (F32, F64)
    ):
        check(implementation, kind, (70, 81), taps, dtype, algorithm=algorithm)


def test_many_channels(native: ModuleType, reference: ModuleType) -> None:
    counts = ((1, 1), (8, 8), (32, 40), (70, 17))
    for (inputs, outputs), algorithm, implementation in pairwise(
        counts, ALGORITHMS, (native, reference)
    ):
        x, filters = signal(0, (3, 18, 21, inputs), F32), signal(1, (5, 6, inputs, outputs), F32)
        y = implementation.conv(x, filters, algorithm=algorithm).numpy()
        assert_close(y, oracle.conv(x, filters), F32, allowed=conv_tolerance(F32))
        filters = signal(1, (5, 6, inputs, 1), F32)
        dense, groups = oracle.depthwise_as_conv(filters)
        y = implementation.depthwise_conv(x, filters, algorithm=algorithm).numpy()
        expected = oracle.conv(x, dense, groups=groups)
        assert_close(y, expected, F32, allowed=conv_tolerance(F32))


def test_is_tensorflows(implementation: ModuleType) -> None:
    x = tf.constant(signal(0, (2, 11, 9, 4), F64))
    for taps, padding, algorithm in pairwise(
        ((1, 1), (3, 3), (4, 5), (9, 2)), ("same", "valid"), ALGORITHMS
    ):
        filters, settings = (
            signal(1, (*taps, 4, 3), F64),
            dict(padding=padding, algorithm=algorithm),
        )
        y = implementation.conv(x, filters, **settings)
        expected = tf.nn.convolution(x, filters, padding=padding.upper(), data_format="NHWC")
        assert_close(y.numpy(), expected.numpy(), F64)
        y = implementation.depthwise_conv(x, filters, **settings)
        expected = tf.nn.depthwise_conv2d(x, filters, [1] * 4, padding.upper())
        assert_close(y.numpy(), expected.numpy(), F64)


@hypothesis_settings(max_examples=hypothesis_settings.default.max_examples // 2)
@given(
    sizes=st.lists(st.tuples(st.integers(1, 12), st.integers(1, 12)), min_size=1, max_size=3),
    batch=st.integers(0, 3),
    groups=st.integers(1, 3),
    inputs=st.integers(0, 4),
    outputs=st.integers(0, 4),
    padding=st.sampled_from(PADDINGS),
    data_format=st.sampled_from(DATA_FORMATS),
    dtype=st.sampled_from(DTYPES),
    algorithm=st.sampled_from(ALGORITHMS),
)
def test_any_shape(
    implementation: ModuleType,
    sizes: list[tuple[int, int]],
    batch: int,
    groups: int,
    inputs: int,
    outputs: int,
    padding: str,
    data_format: str,
    dtype: np.dtype,
    algorithm: str,
) -> None:
    spatial, taps = zip(*sizes, strict=True)
    if padding == "valid":
        taps = tuple(map(min, spatial, taps))
    rng = np.random.default_rng(0)
    shape = array_shape(batch, spatial, groups * inputs, data_format)
    x = rng.uniform(0.5, 1.5, shape).astype(dtype)  # cannot cancel
    filters = rng.uniform(0.5, 1.5, (*taps, inputs, groups * outputs)).astype(dtype)
    settings = dict(padding=padding, groups=groups, data_format=data_format)
    y = implementation.conv(x, filters, algorithm=algorithm, **settings).numpy()
    assert_close(y, oracle.conv(x, filters, **settings), dtype, allowed=conv_tolerance(dtype))


def test_one_tap_that_is_one_moves_the_image(native: ModuleType, reference: ModuleType) -> None:
    x = signal(0, (1, 9, 7, 1), F64)
    for padding, algorithm, implementation in pairwise(PADDINGS, ALGORITHMS, (native, reference)):
        settings = dict(padding=padding, algorithm=algorithm)
        for taps in ((4, 3), (5, 6), (1, 1)):
            for index in np.ndindex(*taps):
                filters = np.zeros((*taps, 1, 1))
                filters[index] = 1
                y = implementation.conv(x, filters, **settings).numpy()
                assert_close(y, oracle.conv(x, filters, padding=padding), F64)


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_circular_goes_round(implementation: ModuleType, algorithm: str) -> None:
    """It commutes with a roll, and taps that wrap are as filters folded to the image's size."""
    x, filters = signal(0, (2, 7, 6, 2), F64), signal(1, (16, 13, 2, 3), F64)
    settings = dict(padding="circular", algorithm=algorithm)
    y = implementation.conv(x, filters, **settings).numpy()
    rolled = implementation.conv(np.roll(x, (3, -2), (1, 2)), filters, **settings).numpy()
    assert_close(rolled, np.roll(y, (3, -2), (1, 2)), F64)
    spectrum = np.fft.fft2(x, axes=(1, 2))
    folded = np.zeros((7, 6, 2, 3))
    for i, j in np.ndindex(16, 13):
        folded[(i - 7) % 7, (j - 6) % 6] += filters[i, j]
    response = np.conj(np.fft.fft2(folded, axes=(0, 1)))
    product = np.einsum("bhwi,hwio->bhwo", spectrum, response)
    assert_close(y, np.fft.ifft2(product, axes=(1, 2)).real, F64)


def test_nothing_in(implementation: ModuleType) -> None:
    """No image, no channel, no filter; gradients are zeros."""
    sizes = ((0, 3, 2), (2, 0, 2), (2, 3, 0), (0, 0, 0))
    functions = ("conv", "depthwise_conv")
    for (batch, inputs, outputs), dtype, algorithm, function in pairwise(
        sizes, DTYPES, ALGORITHMS, functions
    ):
        x = tf.Variable(tf.ones((batch, 6, 5, inputs), dtype))
        filters = tf.Variable(tf.ones((3, 2, inputs, outputs), dtype))
        with tf.GradientTape() as tape:
            y = getattr(implementation, function)(x, filters, algorithm=algorithm)
        last = outputs if function == "conv" else inputs * outputs
        assert y.shape == (batch, 6, 5, last) and y.dtype == dtype and not np.any(y)
        for source, gradient in zip((x, filters), tape.gradient(y, [x, filters]), strict=True):
            assert gradient.shape == source.shape and not np.any(gradient)


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_not_finite_propagates(implementation: ModuleType, algorithm: str) -> None:
    clean = oracle.conv(signal(0, (3, 8, 9, 2), F32), signal(1, (3, 4, 2, 3), F32))
    for value in (np.nan, np.inf, -np.inf):
        x, filters = signal(0, (3, 8, 9, 2), F32), signal(1, (3, 4, 2, 3), F32)
        x[1, 3, 2, 1] = value
        y = implementation.conv(x, filters, algorithm=algorithm).numpy()
        assert not np.isfinite(y[1, 2:5, 0:4]).any()
        assert_close(y[::2], clean[::2], F32, allowed=conv_tolerance(F32))
        filters[1, 1, 1, 1] = value
        y = implementation.conv(x, filters, algorithm=algorithm).numpy()
        assert not np.isfinite(y[..., 1:-1, 1:-1, 1]).any()


@pytest.mark.parametrize("function", ["conv", "depthwise_conv"])
def test_signatures(implementation: ModuleType, reference: ModuleType, function: str) -> None:
    ours, plain = getattr(implementation, function), getattr(reference, function)
    assert inspect.signature(ours) == inspect.signature(plain)
    assert ours.__doc__ and plain.__doc__
    defaults = inspect.signature(ours).parameters
    assert defaults["padding"].default == "same" and defaults["algorithm"].default == "auto"


def test_arguments_in_any_form(implementation: ModuleType) -> None:
    x, filters = signal(0, (2, 8, 6, 4), F32), signal(1, (3, 3, 2, 4), F32)
    expected = implementation.conv(x, filters, groups=2).numpy()
    for form in (list, tf.constant, tf.Variable, np.asfortranarray):
        a, b = (value.tolist() if form is list else form(value) for value in (x, filters))
        assert same_bits(implementation.conv(a, b, groups=np.int64(2)).numpy(), expected)


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_same_bits_every_time(implementation: ModuleType, algorithm: str) -> None:
    x, filters = signal(0, (4, 40, 33, 8), F32), signal(1, (9, 9, 8, 8), F32)
    first = implementation.conv(x, filters, algorithm=algorithm).numpy()
    for _ in range(5):
        again = implementation.conv(x, filters, algorithm=algorithm).numpy()
        assert same_bits(again, first)


UNKNOWN = [None, None, None, None]
SPECS: tuple[tuple[Any, Any, str, Any], ...] = (  # (x, filters, padding, the result's shape)
    ([2, 8, 6, 4], [3, 2, 2, 6], "same", [2, 8, 6, 6]),
    ([None, 8, 6, 4], [3, 2, 2, 6], "valid", [None, 6, 5, 6]),
    ([2, None, 6, 4], [3, 2, 2, 6], "full", [2, None, 7, 6]),
    ([2, None, None, None], [3, 2, 2, 6], "circular", [2, None, None, 6]),
    ([2, 8, 6, 4], [None, 2, 2, None], "valid", [2, None, 5, None]),
    ([2, 8, 6, 4], UNKNOWN, "same", [2, 8, 6, None]),
    (UNKNOWN, UNKNOWN, "full", UNKNOWN),
    (None, [3, 2, 2, 6], "same", [None, None, None, 6]),
    (None, UNKNOWN, "valid", UNKNOWN),
    ([2, 8, 6, 4], None, "same", [2, 8, 6, None]),
)


def test_shape_function(native: ModuleType, reference: ModuleType) -> None:
    """What is known when a graph is traced, and that the graph runs."""
    x, filters = signal(0, (2, 8, 6, 4), F32), signal(1, (3, 2, 2, 6), F32)
    ways = ((native, "fft"), (native, "auto"), (native, "direct"), (reference, "auto"))
    for row, (implementation, algorithm), data_format in pairwise(SPECS, ways, DATA_FORMATS):
        x_shape, filters_shape, padding, known = row
        settings = dict(padding=padding, groups=2)
        order = ORDERS[data_format]
        expected = oracle.conv(x, filters, **settings).transpose(order)
        settings |= dict(data_format=data_format, algorithm=algorithm)
        specs = ((turned(x_shape, data_format), tf.float32), (filters_shape, tf.float32))
        arguments = map(tf.constant, (x.transpose(order), filters))
        inferred, y = traced(partial(implementation.conv, **settings), specs, *arguments)
        assert inferred == turned(known, data_format), (row, data_format)
        assert_close(y, expected, F32, allowed=conv_tolerance(F32))


def test_depthwise_shape_function(implementation: ModuleType) -> None:
    x, filters = signal(0, (2, 8, 6, 4), F32), signal(1, (3, 2, 4, 3), F32)
    dense, groups = oracle.depthwise_as_conv(filters)
    expected = oracle.conv(x, dense, groups=groups)
    rows: tuple[tuple[Any, Any, Any], ...] = (
        ([2, 8, 6, 4], [3, 2, 4, 3], [2, 8, 6, 12]),
        ([2, None, 6, None], [3, 2, 4, 3], [2, None, 6, 12]),
        ([2, 8, 6, 4], UNKNOWN, [2, 8, 6, None]),
        (None, UNKNOWN, UNKNOWN),
    )
    for x_shape, filters_shape, known in rows:
        specs = ((x_shape, tf.float32), (filters_shape, tf.float32))
        arguments = map(tf.constant, (x, filters))
        inferred, y = traced(implementation.depthwise_conv, specs, *arguments)
        assert inferred == known
        assert_close(y, expected, F32, allowed=conv_tolerance(F32))


def test_unknown_shapes_in_every_rank(native: ModuleType, reference: ModuleType) -> None:
    for kind, padding, rank, implementation in pairwise(
        tuple(CALLS), PADDINGS, (1, 3), (native, reference)
    ):
        call = make_call(kind, (7, 6, 5)[:rank], (3, 4, 2)[:rank], F64, padding)
        function = partial(getattr(implementation, call.function), **call.settings)
        specs = [([None] * (rank + 2), tf.float64)] * 2
        _, y = traced(function, specs, tf.constant(call.x), tf.constant(call.filters))
        expected = oracle.conv(call.x, call.dense, **call.oracle_settings)
        assert_close(y, expected, F64)


def test_name(implementation: ModuleType) -> None:
    with tf.Graph().as_default():
        x, filters = tf.zeros((2, 8, 6, 3)), tf.zeros((3, 3, 3, 2))
        assert implementation.conv(x, filters, name="blur").op.name.startswith("blur")
        y = implementation.depthwise_conv(x, filters, name="each")
        assert y.op.name.startswith("each")
