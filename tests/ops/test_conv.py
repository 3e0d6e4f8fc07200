"""`conv` and `depthwise_conv`: their values and shapes."""

import inspect
from types import ModuleType

import numpy as np
import oracle
import pytest
import tensorflow as tf
from conv_samples import ALGORITHMS, CALLS, PADDINGS, SHAPES, has_output, make_call
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from samples import DATA_FORMATS, DTYPES, array_shape, same_bits, signal
from tolerances import assert_close, conv_tolerance

F32, F64 = np.dtype(np.float32), np.dtype(np.float64)


@pytest.mark.parametrize("algorithm", ALGORITHMS)
@pytest.mark.parametrize("data_format", DATA_FORMATS)
@pytest.mark.parametrize("dtype", DTYPES, ids=str)
@pytest.mark.parametrize(("spatial", "taps"), SHAPES)
def test_matches_oracle(
    implementation: ModuleType,
    spatial: tuple[int, ...],
    taps: tuple[int, ...],
    dtype: np.dtype,
    data_format: str,
    algorithm: str,
) -> None:
    for kind in ("conv", "depthwise-multiplier"):
        for padding in PADDINGS:
            if has_output(spatial, taps, padding):
                check(implementation, kind, spatial, taps, dtype, padding, data_format, algorithm)


@pytest.mark.parametrize("algorithm", ALGORITHMS)
@pytest.mark.parametrize("padding", PADDINGS)
@pytest.mark.parametrize("kind", CALLS)
def test_groups_and_multipliers(
    implementation: ModuleType, kind: str, padding: str, algorithm: str
) -> None:
    for spatial, taps in (((20,), (5,)), ((9, 12), (4, 3)), ((5, 4, 6), (2, 3, 3))):
        for dtype in (F32, F64):
            for data_format in DATA_FORMATS:
                check(implementation, kind, spatial, taps, dtype, padding, data_format, algorithm)


def check(
    implementation: ModuleType,
    kind: str,
    spatial: tuple[int, ...],
    taps: tuple[int, ...],
    dtype: np.dtype,
    padding: str,
    data_format: str,
    algorithm: str,
) -> None:
    call = make_call(kind, spatial, taps, dtype, padding, data_format)
    function = getattr(implementation, call.function)
    y = function(call.x, call.filters, algorithm=algorithm, **call.settings).numpy()
    expected = oracle.conv(call.x, call.dense, **call.oracle_settings)
    assert_close(y, expected, dtype, allowed=conv_tolerance(dtype))


@pytest.mark.parametrize("algorithm", ALGORITHMS)
@pytest.mark.parametrize("kind", ["conv", "depthwise"])
def test_every_number_of_taps(implementation: ModuleType, kind: str, algorithm: str) -> None:
    """From 1 to 65 on an axis of 40, so that the last are longer than the image."""
    for taps in range(1, 66):
        for padding in ("same", "circular"):
            call = (kind, (40,), (taps,), F32, padding, "channels_last", algorithm)
            check(implementation, *call)


@pytest.mark.parametrize("algorithm", ALGORITHMS)
@pytest.mark.parametrize("taps", [(1, 1), (3, 3), (4, 4), (7, 5), (31, 31), (65, 65)])
def test_two_axes_up_to_65_taps(
    implementation: ModuleType, taps: tuple[int, int], algorithm: str
) -> None:
    """Images of several tiles."""
    for kind in ("conv", "depthwise"):
        for dtype in (F32, F64):
            call = (kind, (70, 81), taps, dtype, "same", "channels_last", algorithm)
            check(implementation, *call)


@pytest.mark.parametrize("algorithm", ALGORITHMS)
@pytest.mark.parametrize("channels", [(1, 1), (8, 8), (32, 40), (70, 17)], ids=str)
def test_many_channels(
    implementation: ModuleType, channels: tuple[int, int], algorithm: str
) -> None:
    inputs, outputs = channels
    x, filters = signal(0, (3, 18, 21, inputs), F32), signal(1, (5, 6, inputs, outputs), F32)
    y = implementation.conv(x, filters, algorithm=algorithm).numpy()
    assert_close(y, oracle.conv(x, filters), F32, allowed=conv_tolerance(F32))
    filters = signal(1, (5, 6, inputs, 1), F32)
    dense, groups = oracle.depthwise_as_conv(filters)
    y = implementation.depthwise_conv(x, filters, algorithm=algorithm).numpy()
    expected = oracle.conv(x, dense, groups=groups)
    assert_close(y, expected, F32, allowed=conv_tolerance(F32))


@pytest.mark.parametrize("algorithm", ALGORITHMS)
@pytest.mark.parametrize("padding", ["same", "valid"])
@pytest.mark.parametrize("taps", [(1, 1), (3, 3), (4, 5), (9, 2)])
def test_is_tensorflows(
    implementation: ModuleType, taps: tuple[int, int], padding: str, algorithm: str
) -> None:
    x, filters = tf.constant(signal(0, (2, 11, 9, 4), F64)), signal(1, (*taps, 4, 3), F64)
    y = implementation.conv(x, filters, padding=padding, algorithm=algorithm)
    expected = tf.nn.convolution(x, filters, padding=padding.upper(), data_format="NHWC")
    assert_close(y.numpy(), expected.numpy(), F64)
    y = implementation.depthwise_conv(x, filters, padding=padding, algorithm=algorithm)
    expected = tf.nn.depthwise_conv2d(x, filters, [1] * 4, padding.upper())
    assert_close(y.numpy(), expected.numpy(), F64)


@hypothesis_settings(max_examples=30)
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


@pytest.mark.parametrize("algorithm", ALGORITHMS)
@pytest.mark.parametrize("padding", PADDINGS)
def test_one_tap_that_is_one_moves_the_image(
    implementation: ModuleType, padding: str, algorithm: str
) -> None:
    x = signal(0, (1, 9, 7, 1), F64)
    for taps in ((4, 3), (5, 6), (1, 1)):
        for index in np.ndindex(*taps):
            filters = np.zeros((*taps, 1, 1))
            filters[index] = 1
            y = implementation.conv(x, filters, padding=padding, algorithm=algorithm).numpy()
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


@pytest.mark.parametrize("dtype", DTYPES, ids=str)
@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_nothing_in(implementation: ModuleType, algorithm: str, dtype: np.dtype) -> None:
    """No image, no channel, no filter; gradients are zeros."""
    for batch, inputs, outputs in ((0, 3, 2), (2, 0, 2), (2, 3, 0), (0, 0, 0)):
        x = tf.Variable(tf.ones((batch, 6, 5, inputs), dtype))
        filters = tf.Variable(tf.ones((3, 2, inputs, outputs), dtype))
        with tf.GradientTape() as tape:
            y = implementation.conv(x, filters, algorithm=algorithm)
        assert y.shape == (batch, 6, 5, outputs) and y.dtype == dtype and not np.any(y)
        for source, gradient in zip((x, filters), tape.gradient(y, [x, filters]), strict=True):
            assert gradient.shape == source.shape and not np.any(gradient)
        with tf.GradientTape() as tape:
            y = implementation.depthwise_conv(x, filters, algorithm=algorithm)
        assert y.shape == (batch, 6, 5, inputs * outputs) and y.dtype == dtype
        for source, gradient in zip((x, filters), tape.gradient(y, [x, filters]), strict=True):
            assert gradient.shape == source.shape and not np.any(gradient)


@pytest.mark.parametrize("algorithm", ALGORITHMS)
@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_not_finite_propagates(implementation: ModuleType, value: float, algorithm: str) -> None:
    x, filters = signal(0, (3, 8, 9, 2), F32), signal(1, (3, 4, 2, 3), F32)
    clean = oracle.conv(x, filters)
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


@pytest.mark.parametrize("algorithm", ALGORITHMS)
@pytest.mark.parametrize("data_format", DATA_FORMATS)
@pytest.mark.parametrize(
    ("x_shape", "filters_shape", "padding", "inferred"),
    [
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
    ],
    ids=str,
)
def test_shape_function(
    implementation: ModuleType,
    x_shape: list[int | None] | None,
    filters_shape: list[int | None] | None,
    padding: str,
    inferred: list[int | None],
    data_format: str,
    algorithm: str,
) -> None:
    """What is known when a graph is traced, and that the graph runs."""
    x, filters = signal(0, (2, 8, 6, 4), F32), signal(1, (3, 2, 2, 6), F32)
    settings = dict(padding=padding, groups=2)
    expected = oracle.conv(x, filters, **settings)
    if data_format == "channels_first":
        x, expected = np.moveaxis(x, -1, 1), np.moveaxis(expected, -1, 1)
        inferred = [inferred[i] for i in (0, 3, 1, 2)]
        x_shape = x_shape and [x_shape[i] for i in (0, 3, 1, 2)]
    seen = []

    @tf.function(input_signature=[tf.TensorSpec(x_shape, tf.float32), tf.TensorSpec(filters_shape)])
    def graph(x: tf.Tensor, filters: tf.Tensor) -> tf.Tensor:
        y = implementation.conv(
            x, filters, data_format=data_format, algorithm=algorithm, **settings
        )
        seen.append(y.shape)
        return y

    y = graph(x, filters)
    assert seen[0].rank == 4 and seen[0].as_list() == inferred
    assert_close(y.numpy(), expected, F32, allowed=conv_tolerance(F32))


@pytest.mark.parametrize(
    ("x_shape", "filters_shape", "inferred"),
    [
        ([2, 8, 6, 4], [3, 2, 4, 3], [2, 8, 6, 12]),
        ([2, None, 6, None], [3, 2, 4, 3], [2, None, 6, 12]),
        ([2, 8, 6, 4], UNKNOWN, [2, 8, 6, None]),
        (None, UNKNOWN, UNKNOWN),
    ],
    ids=str,
)
def test_depthwise_shape_function(
    implementation: ModuleType,
    x_shape: list[int | None] | None,
    filters_shape: list[int | None],
    inferred: list[int | None],
) -> None:
    x, filters = signal(0, (2, 8, 6, 4), F32), signal(1, (3, 2, 4, 3), F32)
    dense, groups = oracle.depthwise_as_conv(filters)
    seen = []

    @tf.function(input_signature=[tf.TensorSpec(x_shape, tf.float32), tf.TensorSpec(filters_shape)])
    def graph(x: tf.Tensor, filters: tf.Tensor) -> tf.Tensor:
        y = implementation.depthwise_conv(x, filters)
        seen.append(y.shape)
        return y

    y = graph(x, filters)
    assert seen[0].rank == 4 and seen[0].as_list() == inferred
    expected = oracle.conv(x, dense, groups=groups)
    assert_close(y.numpy(), expected, F32, allowed=conv_tolerance(F32))


@pytest.mark.parametrize("rank", [1, 3])
def test_unknown_shapes_in_every_rank(implementation: ModuleType, rank: int) -> None:
    spatial, taps = (7, 6, 5)[:rank], (3, 4, 2)[:rank]
    spec = tf.TensorSpec([None] * (rank + 2), tf.float64)
    for kind in CALLS:
        for padding in PADDINGS:
            call = make_call(kind, spatial, taps, F64, padding)
            function = getattr(implementation, call.function)
            graph = tf.function(
                lambda x, filters, call=call, function=function: function(
                    x, filters, **call.settings
                ),
                input_signature=[spec, spec],
            )
            expected = oracle.conv(call.x, call.dense, **call.oracle_settings)
            assert_close(graph(call.x, call.filters).numpy(), expected, F64)


def test_name(implementation: ModuleType) -> None:
    with tf.Graph().as_default():
        x, filters = tf.zeros((2, 8, 6, 3)), tf.zeros((3, 3, 3, 2))
        assert implementation.conv(x, filters, name="blur").op.name.startswith("blur")
        y = implementation.depthwise_conv(x, filters, name="each")
        assert y.op.name.startswith("each")
