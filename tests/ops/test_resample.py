"""`pool` and `resample`: their values, shapes and signatures."""

import inspect
from types import ModuleType
from typing import Any

import numpy as np
import oracle
import pytest
import tensorflow as tf
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from samples import (
    DATA_FORMATS,
    DTYPES,
    NORMS,
    SHAPES,
    array_shape,
    same_bits,
    signal,
    windows_for,
)
from tolerances import assert_close


@pytest.mark.parametrize("data_format", DATA_FORMATS)
@pytest.mark.parametrize("dtype", DTYPES, ids=str)
@pytest.mark.parametrize(("spatial", "output_size"), SHAPES)
def test_matches_oracle(
    implementation: ModuleType,
    spatial: tuple[int, ...],
    output_size: tuple[int, ...],
    dtype: np.dtype,
    data_format: str,
) -> None:
    x = signal(0, array_shape(2, spatial, 3, data_format), dtype)
    for norm in NORMS:
        for windows in (None, windows_for(1, spatial, output_size, dtype)):
            settings = dict(norm=norm, windows=windows, data_format=data_format)
            expected = oracle.resample(x, output_size, **settings)
            y = implementation.resample(x, output_size, **settings).numpy()
            assert_close(y, expected, dtype)
            if all(m <= n for n, m in zip(spatial, output_size, strict=True)):
                pooled = implementation.pool(x, output_size, **settings).numpy()
                assert same_bits(pooled, y)


@pytest.mark.parametrize("data_format", DATA_FORMATS)
@pytest.mark.parametrize("dtype", DTYPES, ids=str)
def test_matches_reference(
    native: ModuleType, reference: ModuleType, dtype: np.dtype, data_format: str
) -> None:
    x = tf.constant(signal(0, array_shape(4, (31, 24), 17, data_format), dtype))
    windows = windows_for(1, (31, 24), (16, 12), dtype)
    for settings in (dict(), dict(windows=windows), dict(norm="ortho")):
        y = native.pool(x, (16, 12), data_format=data_format, **settings)
        expected = reference.pool(x, (16, 12), data_format=data_format, **settings)
        # each may err by the tolerance; half types may land on neighbouring numbers
        assert_close(y.numpy(), expected.numpy().astype(np.float64), dtype, factor=2)


@hypothesis_settings(max_examples=30)
@given(
    sizes=st.lists(st.tuples(st.integers(1, 14), st.integers(1, 14)), min_size=1, max_size=3),
    batch=st.integers(0, 3),
    channels=st.integers(0, 9),
    data_format=st.sampled_from(DATA_FORMATS),
    dtype=st.sampled_from(DTYPES),
    norm=st.sampled_from(NORMS),
    windowed=st.booleans(),
)
def test_any_shape(
    implementation: ModuleType,
    sizes: list[tuple[int, int]],
    batch: int,
    channels: int,
    data_format: str,
    dtype: np.dtype,
    norm: str,
    windowed: bool,
) -> None:
    spatial, output_size = zip(*sizes, strict=True)
    shape = array_shape(batch, spatial, channels, data_format)
    x = np.random.default_rng(0).uniform(0.5, 1.5, shape).astype(dtype)  # cannot cancel
    windows = windows_for(1, spatial, output_size, dtype) if windowed else None
    settings = dict(norm=norm, windows=windows, data_format=data_format)
    y = implementation.resample(x, output_size, **settings).numpy()
    assert_close(y, oracle.resample(x, output_size, **settings), dtype)


def test_signatures(native: ModuleType, reference: ModuleType) -> None:
    assert {"pool", "resample"} <= set(reference.__all__)
    for name in reference.__all__:
        public, plain = getattr(native, name), getattr(reference, name)
        assert inspect.signature(public) == inspect.signature(plain), name
        assert public.__doc__ and plain.__doc__


@pytest.mark.parametrize("dtype", DTYPES, ids=str)
def test_nothing_in_nothing_out(implementation: ModuleType, dtype: np.dtype) -> None:
    for batch, channels in ((0, 3), (2, 0), (0, 0)):
        x = tf.Variable(tf.zeros((batch, 6, 5, channels), dtype))
        windows = [tf.Variable(w) for w in windows_for(0, (6, 5), (4, 9), dtype)]
        with tf.GradientTape() as tape:
            y = implementation.resample(x, (4, 9), windows=windows)
        assert y.shape == (batch, 4, 9, channels) and y.dtype == dtype
        grad_x, *slopes = tape.gradient(y, [x, *windows])
        assert grad_x.shape == x.shape
        assert [slope.numpy().tolist() for slope in slopes] == [[0.0] * 3, [0.0] * 3]


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("dtype", DTYPES, ids=str)
def test_not_finite_propagates(implementation: ModuleType, dtype: np.dtype, value: float) -> None:
    x = signal(0, (3, 8, 6, 4), dtype)
    clean = oracle.resample(x, (4, 5))
    unit = np.zeros(x.shape)
    x[1, 3, 2, 1], unit[1, 3, 2, 1] = value, 1
    y = implementation.resample(x, (4, 5)).numpy()
    depends = abs(oracle.resample(unit, (4, 5))) > 1e-9
    assert depends.any() and not np.isfinite(y[depends].astype(np.float64)).any()
    assert_close(y[::2], clean[::2], dtype)
    assert_close(y[1, ..., 2:], clean[1, ..., 2:], dtype)


@pytest.mark.parametrize(
    "output_size",
    [
        (4, 5),
        [4, 5],
        np.array([4, 5]),
        (np.int64(4), np.int32(5)),
        tf.constant([4, 5], tf.int32),
        tf.constant([4, 5], tf.int64),
        (tf.constant(4), 5),
        tf.TensorShape([4, 5]),
    ],
    ids=["tuple", "list", "array", "scalars", "int32", "int64", "mixed", "TensorShape"],
)
def test_output_size_in_any_form(implementation: ModuleType, output_size: Any) -> None:
    x = signal(0, (2, 8, 6, 3), np.float32)
    expected = implementation.resample(x, (4, 5)).numpy()
    assert same_bits(implementation.resample(x, output_size).numpy(), expected)


@pytest.mark.parametrize("size", [4, np.int64(4), (4,), tf.constant(4), tf.constant([4])], ids=str)
def test_one_spatial_axis(implementation: ModuleType, size: Any) -> None:
    x = signal(0, (2, 9, 3), np.float32)
    assert_close(implementation.pool(x, size).numpy(), oracle.resample(x, (4,)), np.float32)


def test_x_in_any_form(implementation: ModuleType) -> None:
    x = signal(0, (2, 8, 6, 3), np.float32)
    expected = implementation.pool(x, (4, 5)).numpy()
    for form in (x.tolist(), tf.constant(x), tf.Variable(x), np.asfortranarray(x)):
        assert same_bits(implementation.pool(form, (4, 5)).numpy(), expected)


def test_some_windows_may_be_none(implementation: ModuleType) -> None:
    x = signal(0, (2, 8, 6, 3), np.float32)
    window = windows_for(0, (8, 6), (4, 5), x.dtype)[1]
    expected = oracle.resample(x, (4, 5), windows=[None, window])
    for windows in ([None, window], (None, tf.constant(window)), [None, tf.Variable(window)]):
        y = implementation.resample(x, (4, 5), windows=windows).numpy()
        assert_close(y, expected, np.float32)
    y = implementation.resample(x, (4, 5), windows=[None, None]).numpy()
    assert same_bits(y, implementation.resample(x, (4, 5)).numpy())


@pytest.mark.parametrize(
    ("given_shape", "output_size", "inferred"),
    [
        ([2, 8, 6, 3], (4, 5), [2, 4, 5, 3]),
        ([None, 8, 6, 3], (4, 5), [None, 4, 5, 3]),
        ([2, None, None, 3], (4, 5), [2, 4, 5, 3]),
        ([None, None, 6, None], (4, 5), [None, 4, 5, None]),
        (None, (4, 5), [None, 4, 5, None]),
        ([2, 8, 6, 3], tf.int32, [2, None, None, 3]),
        ([2, 8, 6, 3], tf.int64, [2, None, None, 3]),
        ([None, None, None, 3], tf.int32, [None, None, None, 3]),
        (None, tf.int64, [None, None, None, None]),
    ],
    ids=str,
)
@pytest.mark.parametrize("data_format", DATA_FORMATS)
def test_shape_function(
    implementation: ModuleType,
    given_shape: list[int | None] | None,
    output_size: Any,
    inferred: list[int | None],
    data_format: str,
) -> None:
    """What is known when a graph is traced, and that the graph runs."""
    x = signal(0, (2, 8, 6, 3), np.float32)
    expected = oracle.resample(x, (4, 5))
    if data_format == "channels_first":
        x, expected = np.moveaxis(x, -1, 1), np.moveaxis(expected, -1, 1)
        inferred = [inferred[i] for i in (0, 3, 1, 2)]
        given_shape = given_shape and [given_shape[i] for i in (0, 3, 1, 2)]
    seen = []

    def call(x: tf.Tensor, output_size: Any) -> tf.Tensor:
        y = implementation.resample(x, output_size, data_format=data_format)
        seen.append(y.shape)
        return y

    spec = tf.TensorSpec(given_shape, tf.float32)
    if isinstance(output_size, tf.DType):
        signature = [spec, tf.TensorSpec([2], output_size)]
        graph = tf.function(call, input_signature=signature)
        y = graph(x, tf.constant([4, 5], output_size))
    else:
        graph = tf.function(lambda x: call(x, output_size), input_signature=[spec])
        y = graph(x)
    assert seen[0].rank == 4 and seen[0].as_list() == inferred
    assert_close(y.numpy(), expected, np.float32)


def test_windows_of_unknown_length_in_a_graph(implementation: ModuleType) -> None:
    x = signal(0, (2, 8, 6, 3), np.float32)
    windows = windows_for(0, (8, 6), (4, 5), x.dtype)

    @tf.function(
        input_signature=[
            tf.TensorSpec(None, tf.float32),
            tf.TensorSpec([2], tf.int32),
            [tf.TensorSpec([None], tf.float32), tf.TensorSpec(None, tf.float32)],
        ]
    )
    def graph(x: tf.Tensor, output_size: tf.Tensor, windows: list[tf.Tensor]) -> tf.Tensor:
        return implementation.resample(x, output_size, windows=windows)

    y = graph(x, tf.constant([4, 5]), [tf.constant(w) for w in windows])
    assert_close(y.numpy(), oracle.resample(x, (4, 5), windows=windows), np.float32)


def test_new_windows_do_not_retrace(implementation: ModuleType) -> None:
    x = tf.constant(signal(0, (2, 8, 6, 3), np.float32))

    @tf.function
    def graph(x: tf.Tensor, windows: list[tf.Tensor]) -> tf.Tensor:
        return implementation.pool(x, (4, 5), windows=windows)

    for seed in range(3):
        windows = windows_for(seed, (8, 6), (4, 5), np.float32)
        y = graph(x, [tf.constant(w) for w in windows])
        assert_close(y.numpy(), oracle.resample(x, (4, 5), windows=windows), np.float32)
    assert graph.experimental_get_tracing_count() == 1


def test_name(implementation: ModuleType) -> None:
    with tf.Graph().as_default():
        x = tf.zeros((2, 8, 6, 3))
        assert implementation.pool(x, (4, 5), name="shrink").op.name.startswith("shrink")
        assert implementation.resample(x, (4, 9), name="fit").op.name.startswith("fit")
