"""`pool` and `resample`: their values, first gradients, shapes and signatures."""

import inspect
from functools import partial
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
    RULES,
    SHAPES,
    array_shape,
    pairwise,
    same_bits,
    signal,
    window_dtype,
    windows_for,
)
from tolerances import assert_close

from ops.graphs import ORDERS, traced, turned


def test_matches_oracle(implementation: ModuleType) -> None:
    """Values, and gradients for a random cotangent with respect to `x` and to the windows."""
    for (spatial, output_size), dtype, data_format, norm, windowed, rule in pairwise(
        SHAPES, DTYPES, DATA_FORMATS, NORMS, (False, True), RULES
    ):
        x = signal(0, array_shape(2, spatial, 3, data_format), dtype)
        g = signal(1, array_shape(2, output_size, 3, data_format), dtype)
        windows = windows_for(2, spatial, output_size, dtype, **rule) if windowed else None
        settings: dict[str, Any] = dict(rule, norm=norm, windows=windows, data_format=data_format)
        sources = [tf.constant(x), *map(tf.constant, windows or [])]
        with tf.GradientTape() as tape:
            tape.watch(sources)
            given = settings | dict(windows=sources[1:] or None)
            y = implementation.resample(sources[0], output_size, **given)
        assert_close(y.numpy(), oracle.resample(x, output_size, **settings), dtype)
        grad_x, *slopes = tape.gradient(y, sources, tf.constant(g))
        assert_close(grad_x.numpy(), oracle.resample_adjoint(g, spatial, **settings), dtype)
        for axis, slope in enumerate(slopes):
            expected = oracle.resample_window_gradient(x, g, axis, **settings)
            assert_close(slope.numpy(), expected, window_dtype(dtype))
        if all(m <= n for n, m in zip(spatial, output_size, strict=True)):
            assert same_bits(implementation.pool(x, output_size, **settings).numpy(), y.numpy())


def test_matches_reference(native: ModuleType, reference: ModuleType) -> None:
    """On a larger image."""
    for dtype, data_format, norm, windowed, rule in pairwise(
        DTYPES, DATA_FORMATS, NORMS, (False, True), RULES
    ):
        x = tf.constant(signal(0, array_shape(4, (31, 24), 17, data_format), dtype))
        windows = windows_for(1, (31, 24), (16, 12), dtype, **rule) if windowed else None
        settings = dict(rule, windows=windows, norm=norm, data_format=data_format)
        y = native.pool(x, (16, 12), **settings)
        expected = reference.pool(x, (16, 12), **settings)
        # each may err by the tolerance; half types may land on neighbouring numbers
        assert_close(y.numpy(), expected.numpy().astype(np.float64), dtype, factor=2)


@hypothesis_settings(max_examples=hypothesis_settings.default.max_examples // 2)
@given(
    sizes=st.lists(st.tuples(st.integers(1, 14), st.integers(1, 14)), min_size=1, max_size=3),
    batch=st.integers(0, 3),
    channels=st.integers(0, 9),
    data_format=st.sampled_from(DATA_FORMATS),
    dtype=st.sampled_from(DTYPES),
    norm=st.sampled_from(NORMS),
    windowed=st.booleans(),
    rule=st.sampled_from(RULES),
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
    rule: dict[str, str],
) -> None:
    spatial, output_size = zip(*sizes, strict=True)
    shape = array_shape(batch, spatial, channels, data_format)
    x = np.random.default_rng(0).uniform(0.5, 1.5, shape).astype(dtype)  # cannot cancel
    windows = windows_for(1, spatial, output_size, dtype, **rule) if windowed else None
    settings = dict(rule, norm=norm, windows=windows, data_format=data_format)
    y = implementation.resample(x, output_size, **settings).numpy()
    assert_close(y, oracle.resample(x, output_size, **settings), dtype)


def test_signatures(native: ModuleType, reference: ModuleType) -> None:
    assert {"pool", "resample"} <= set(reference.__all__)
    for name in reference.__all__:
        public, plain = getattr(native, name), getattr(reference, name)
        assert inspect.signature(public) == inspect.signature(plain), name
        assert public.__doc__ and plain.__doc__


def test_nothing_in_nothing_out(implementation: ModuleType) -> None:
    for (batch, channels), dtype, rule in pairwise(((0, 3), (2, 0), (0, 0)), DTYPES, RULES):
        x = tf.Variable(tf.zeros((batch, 6, 5, channels), dtype))
        windows = [tf.Variable(w) for w in windows_for(0, (6, 5), (4, 9), dtype, **rule)]
        with tf.GradientTape() as tape:
            y = implementation.resample(x, (4, 9), windows=windows, **rule)
        assert y.shape == (batch, 4, 9, channels) and y.dtype == dtype
        grad_x, *slopes = tape.gradient(y, [x, *windows])
        assert grad_x.shape == x.shape
        for window, slope in zip(windows, slopes, strict=True):
            assert slope.numpy().tolist() == [0.0] * len(window.numpy())


def test_not_finite_propagates(implementation: ModuleType) -> None:
    for dtype, value, rule in pairwise(DTYPES, (np.nan, np.inf, -np.inf), RULES):
        x = signal(0, (3, 8, 6, 4), dtype)
        clean = oracle.resample(x, (4, 5), **rule)
        unit = np.zeros(x.shape)
        x[1, 3, 2, 1], unit[1, 3, 2, 1] = value, 1
        y = implementation.resample(x, (4, 5), **rule).numpy()
        depends = abs(oracle.resample(unit, (4, 5), **rule)) > 1e-9
        assert depends.any() and not np.isfinite(y[depends].astype(np.float64)).any()
        assert_close(y[::2], clean[::2], dtype)
        assert_close(y[1, ..., 2:], clean[1, ..., 2:], dtype)


def test_output_size_in_any_form(implementation: ModuleType) -> None:
    x = signal(0, (2, 8, 6, 3), np.float32)
    expected = implementation.resample(x, (4, 5)).numpy()
    for size in (
        [4, 5],
        np.array([4, 5]),
        (np.int64(4), np.int32(5)),
        tf.constant([4, 5], tf.int32),
        tf.constant([4, 5], tf.int64),
        (tf.constant(4), 5),
        tf.TensorShape([4, 5]),
        tf.Variable([4, 5]),
        tf.keras.Variable([4, 5], dtype="int32"),
        [4, tf.keras.Variable(5, dtype="int32")],
    ):
        assert same_bits(implementation.resample(x, size).numpy(), expected), size
    x = signal(0, (2, 9, 3), np.float32)
    for size in (4, np.int64(4), (4,), tf.constant(4), tf.constant([4])):
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


SPECS = (  # (shape, output_size or its type, what is known of the result)
    ([2, 8, 6, 3], (4, 5), [2, 4, 5, 3]),
    ([None, 8, 6, 3], (4, 5), [None, 4, 5, 3]),
    ([2, None, None, 3], (4, 5), [2, 4, 5, 3]),
    ([None, None, 6, None], (4, 5), [None, 4, 5, None]),
    (None, (4, 5), [None, 4, 5, None]),
    ([2, 8, 6, 3], tf.int32, [2, None, None, 3]),
    ([2, 8, 6, 3], tf.int64, [2, None, None, 3]),
    ([None, None, None, 3], tf.int32, [None, None, None, 3]),
    (None, tf.int64, [None, None, None, None]),
)


@pytest.mark.parametrize(
    ("data_format", "rule"), zip((*DATA_FORMATS, "channels_last"), RULES, strict=True)
)
def test_shape_function(implementation: ModuleType, data_format: str, rule: dict[str, str]) -> None:
    """What is known when a graph is traced, and that the graph runs."""
    x = signal(0, (2, 8, 6, 3), np.float32)
    expected = oracle.resample(x, (4, 5), **rule)
    x, expected = (value.transpose(ORDERS[data_format]) for value in (x, expected))
    resample = partial(implementation.resample, data_format=data_format, **rule)
    # What the reference knows are TensorFlow's shape functions: each row in one layout does.
    first = DATA_FORMATS.index(data_format)
    rows = SPECS if implementation.__name__ == "spectral_ops" else SPECS[first::2]
    for shape, size, known in rows:
        specs: list[Any] = [(turned(shape, data_format), tf.float32)]
        if isinstance(size, tf.DType):
            specs.append(([2], size))
            inferred, y = traced(resample, specs, tf.constant(x), tf.constant([4, 5], size))
        else:
            inferred, y = traced(partial(resample, output_size=size), specs, tf.constant(x))
        assert inferred == turned(known, data_format), (shape, size)
        assert_close(y, expected, np.float32)


@pytest.mark.parametrize("rule", RULES)
def test_windows_of_unknown_length_in_a_graph(
    implementation: ModuleType, rule: dict[str, str]
) -> None:
    x = signal(0, (2, 8, 6, 3), np.float32)
    windows = windows_for(0, (8, 6), (4, 5), x.dtype, **rule)

    @tf.function(
        input_signature=[
            tf.TensorSpec(None, tf.float32),
            tf.TensorSpec([2], tf.int32),
            [tf.TensorSpec([None], tf.float32), tf.TensorSpec(None, tf.float32)],
        ]
    )
    def graph(x: tf.Tensor, output_size: tf.Tensor, windows: list[tf.Tensor]) -> tf.Tensor:
        return implementation.resample(x, output_size, windows=windows, **rule)

    y = graph(x, tf.constant([4, 5]), [tf.constant(w) for w in windows])
    assert_close(y.numpy(), oracle.resample(x, (4, 5), windows=windows, **rule), np.float32)


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
