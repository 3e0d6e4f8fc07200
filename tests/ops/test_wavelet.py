"""`dwt` and `idwt`: their values, first gradients, shapes and signatures."""

from functools import partial
from types import ModuleType
from typing import Any

import numpy as np
import pytest
import pywt
import tensorflow as tf
import wavelet_oracle as oracle
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from samples import DATA_FORMATS, DTYPES, array_shape, pairwise, same_bits, signal, window_dtype
from tolerances import PYWAVELETS, assert_close, relative_error
from wavelet_samples import FEW, NAMES, SIZES, extended, filters_of

from ops.graphs import ORDERS, traced, turned
from spectral_ops import wavelets

F32, F64 = DTYPES[:2]
RULES = ("dwt", "idwt")


def pair(name: str, rule: str, dtype: Any) -> list[np.ndarray]:
    """The filters of one side as they are given with input of this type."""
    return [f.astype(window_dtype(dtype)) for f in filters_of(name, reconstruction=rule == "idwt")]


def bands_of(spatial: Any, taps: int, mode: str, data_format: str) -> tuple[int, ...]:
    """The shape of the bands of two images with three channels."""
    lengths = [oracle.coefficients(n, taps, mode) for n in spatial]
    last = data_format == "channels_last"
    return (2, *lengths, 2 ** len(lengths), 3) if last else (2, 2 ** len(lengths), 3, *lengths)


def test_matches_oracle(implementation: ModuleType) -> None:
    """Values, and gradients for a random cotangent with respect to the signal and the filters."""
    for spatial, mode, name, dtype, data_format, rule in pairwise(
        SIZES, oracle.MODES, FEW, DTYPES, DATA_FORMATS, RULES
    ):
        spatial = extended(spatial, mode)
        filters = pair(name, rule, dtype)
        how: dict[str, Any] = dict(mode=mode, data_format=data_format)
        samples = signal(0, array_shape(2, spatial, 3, data_format), dtype)
        bands = signal(1, bands_of(spatial, len(filters[0]), mode, data_format), dtype)
        x, g = (samples, bands) if rule == "dwt" else (bands, samples)
        sources = [tf.constant(x), *map(tf.constant, filters)]
        with tf.GradientTape() as tape:
            tape.watch(sources)
            if rule == "dwt":
                y = implementation.dwt(sources[0], sources[1:], **how)
            else:
                bank = [f[::-1] for f in sources[1:]]  # of two alone the reverse reconstructs
                y = implementation.idwt(sources[0], bank, output_size=spatial, **how)
        grad_x, *slopes = tape.gradient(y, sources, tf.constant(g))
        each = [np.stack(filters)] * len(spatial)
        there = oracle.analysis(samples, each, rule=rule, **how)
        back = oracle.synthesis(bands, spatial, each, rule=rule, **how)
        assert_close(y.numpy(), there if rule == "dwt" else back, dtype)
        assert_close(grad_x.numpy(), back if rule == "dwt" else there, dtype)
        total = sum(
            oracle.filter_gradient(samples, bands, each, axis, rule=rule, **how)
            for axis in range(len(spatial))
        )
        assert_close(np.stack(slopes), total, window_dtype(dtype))


def test_every_wavelet_is_pywavelets(implementation: ModuleType) -> None:
    """To the last digits in float64, there and back; the modes take turns."""
    for number, name in enumerate(NAMES):
        mode = oracle.MODES[number % len(oracle.MODES)]
        x = signal(number, (1, 21 + number % 2, 6, 1), F64)
        expected = pywt.dwtn(x, name, mode, axes=(1, 2))
        y = implementation.dwt(x, name, mode=mode)
        bands = np.stack([expected[band] for band in ("aa", "ad", "da", "dd")], -2)
        assert_close(y.numpy(), bands, F64, allowed=PYWAVELETS)
        back = pywt.idwtn(expected, name, mode, axes=(1, 2))
        assert_close(implementation.idwt(y, name, mode=mode).numpy(), back, F64, allowed=PYWAVELETS)
        single = implementation.dwt(x.astype(F32), name, mode=mode)
        assert_close(single.numpy(), bands, F32)


def test_reconstructs_as_far_as_the_table_does(implementation: ModuleType) -> None:
    """By each wavelet's own defect: what there and back makes of a unit, beside the unit."""
    for number, name in enumerate(NAMES):
        (low, high), (back_low, back_high) = filters_of(name), filters_of(name, reconstruction=True)
        response = (np.convolve(low, back_low) + np.convolve(high, back_high)) / 2
        response[len(low) - 1] -= 1
        defect = np.abs(response).sum()
        mode = oracle.MODES[number % len(oracle.MODES)]
        x = signal(number, (1, 64 + number % 2, 2), F64)
        bands = implementation.dwt(x, name, mode=mode)
        y = implementation.idwt(bands, name, mode=mode, output_size=x.shape[1])
        assert relative_error(y.numpy(), x) <= 2 * defect + 1e-14, name


@hypothesis_settings(max_examples=hypothesis_settings.default.max_examples // 2)
@given(
    spatial=st.lists(st.integers(1, 14), min_size=1, max_size=3),
    batch=st.integers(0, 3),
    channels=st.integers(0, 9),
    data_format=st.sampled_from(DATA_FORMATS),
    dtype=st.sampled_from(DTYPES),
    mode=st.sampled_from(oracle.MODES),
    pairs=st.integers(1, 8),
)
def test_any_shape(
    implementation: ModuleType,
    spatial: list[int],
    batch: int,
    channels: int,
    data_format: str,
    dtype: np.dtype,
    mode: str,
    pairs: int,
) -> None:
    spatial = extended(spatial, mode)
    x = signal(0, array_shape(batch, spatial, channels, data_format), dtype)
    filters = signal(1, (2, 2 * pairs), window_dtype(dtype))
    how = dict(mode=mode, data_format=data_format)
    y = implementation.dwt(x, filters, **how)
    each = [filters] * len(spatial)
    assert_close(y.numpy(), oracle.analysis(x, each, **how), dtype)
    reverse = filters[:, ::-1]
    back = implementation.idwt(y, reverse, output_size=spatial, **how)
    assert_close(
        back.numpy(), oracle.synthesis(y.numpy(), spatial, each, rule="idwt", **how), dtype
    )


def test_results_that_no_cache_holds(native: ModuleType) -> None:
    """Such a result goes past the caches; each image has the bits that it has alone."""
    for spatial, channels, dtype in (((61, 63), 16, F32), ((4099,), 32, F32), ((30, 33), 8, F64)):
        image = tf.constant(signal(0, (1, *spatial, channels), dtype))
        batch = 2**26 // image.shape.num_elements() // dtype.itemsize  # 64 MB, and as much again
        x = tf.tile(image, [batch, *[1] * (len(spatial) + 1)])
        bands, expected = native.dwt(x, "db2"), native.dwt(image, "db2")
        assert tf.reduce_all(bands == expected)
        again = native.idwt(bands, "db2", output_size=spatial)
        assert tf.reduce_all(again == native.idwt(expected, "db2", output_size=spatial))


def test_nothing_in_nothing_out(implementation: ModuleType) -> None:
    for (batch, channels), dtype, mode in pairwise(
        ((0, 3), (2, 0), (0, 0)), DTYPES, ("symmetric", "periodization", "smooth")
    ):
        x = tf.Variable(tf.zeros((batch, 6, 5, channels), dtype))
        filters = [tf.Variable(f) for f in pair("db2", "dwt", dtype)]
        with tf.GradientTape() as tape:
            bands = implementation.dwt(x, filters, mode=mode)
            y = implementation.idwt(bands, filters, mode=mode, output_size=(6, 5))
        lengths = [oracle.coefficients(n, 4, mode) for n in (6, 5)]
        assert bands.shape == (batch, *lengths, 4, channels)
        assert y.shape == x.shape and y.dtype == bands.dtype == dtype
        grad_x, *slopes = tape.gradient(y, [x, *filters])
        assert grad_x.shape == x.shape
        assert [slope.numpy().tolist() for slope in slopes] == [[0.0] * 4] * 2


def test_not_finite_propagates(implementation: ModuleType) -> None:
    """To all that depends on it, and to no other coefficient, channel or image."""
    for dtype, value, mode in pairwise(DTYPES, (np.nan, np.inf, -np.inf), oracle.MODES):
        filters = pair("db2", "dwt", dtype)
        x = signal(0, (3, 12, 10, 4), dtype)
        clean = oracle.analysis(x, [filters] * 2, mode=mode)
        unit = np.zeros(x.shape)
        x[1, 5, 4, 1], unit[1, 5, 4, 1] = value, 1
        y = implementation.dwt(x, filters, mode=mode).numpy()
        depends = oracle.analysis(unit, [filters] * 2, mode=mode) != 0
        assert depends.any() and not np.isfinite(y[depends].astype(np.float64)).any()
        assert_close(y[~depends], clean[~depends], dtype)


def maps_of(module: ModuleType, filters: Any, size: Any, **how: Any) -> list[Any]:
    """Both maps and their adjoints, with the signal that each takes: samples first, then bands."""

    def slope(run: Any, like: Any) -> Any:
        """The adjoint; the map is linear, so that its gradient does not depend on where it is."""

        def adjoint(g: np.ndarray) -> tf.Tensor:
            at = tf.zeros((len(g), *like[1:]), g.dtype)
            with tf.GradientTape() as tape:
                tape.watch(at)
                y = run(at)
            return tape.gradient(y, at, tf.constant(g))

        return adjoint

    dwt = partial(module.dwt, wavelet=filters, **how)
    idwt = partial(module.idwt, wavelet=filters, output_size=size, **how)
    samples = (1, *size, 3) if how["data_format"] == "channels_last" else (1, 3, *size)
    bands = dwt(tf.zeros(samples)).shape
    return [
        (dwt, samples),
        (slope(idwt, bands), samples),
        (idwt, bands),
        (slope(dwt, samples), bands),
    ]


@pytest.mark.parametrize("data_format", DATA_FORMATS)
def test_images_and_channels_are_on_their_own(implementation: ModuleType, data_format: str) -> None:
    """The same bits alone and beside any other image; a quiet channel beside a loud one, a NaN."""
    native = implementation.__name__ == "spectral_ops"
    for size, mode, dtype in pairwise(
        ((50,), (9, 14), (4, 6, 5)), ("symmetric", "periodization", "antireflect"), DTYPES[:3]
    ):
        filters = pair("sym4", "dwt", dtype)
        how = dict(mode=mode, data_format=data_format)
        for run, shape in maps_of(implementation, np.stack(filters), size, **how):
            x = signal(0, (5, *shape[1:]), dtype)
            clean = np.asarray(run(x))
            if native:
                for image in (0, 3, 4):
                    assert same_bits(np.asarray(run(x[image : image + 1]))[0], clean[image])
            # the channels of a signal, and those of bands, behind the images
            taken, made = (
                each - 1 if data_format == "channels_last" else each - len(size) - 1
                for each in (x.ndim, clean.ndim)
            )
            loud = np.moveaxis(x.copy(), taken, 1)
            loud[2] = np.nan
            loud[4] *= 100
            loud[:, 1] *= 1e4 if dtype != np.float16 else 10
            y = np.moveaxis(np.asarray(run(np.moveaxis(loud, 1, taken))), made, 1)
            clean = np.moveaxis(clean, made, 1)
            for image in (0, 1, 3):
                for quiet in (0, 2):
                    assert same_bits(y[image, quiet], clean[image, quiet])


def test_wavelet_in_any_form(implementation: ModuleType) -> None:
    x = signal(0, (2, 9, 8, 3), F32)
    expected = implementation.dwt(x, "bior2.4")
    back = implementation.idwt(expected, "bior2.4")
    bank = pywt.Wavelet("bior2.4").filter_bank
    single = [np.float32(each) for each in bank]
    for wavelet in (
        "BIOR2.4",
        pywt.Wavelet("bior2.4"),
        wavelets.filter_bank("bior2.4"),
        bank,
        list(bank),
        np.array(bank),
        single,
        tf.constant(single),
        [tf.constant(each) for each in single],
        tuple(tf.Variable(each) for each in single),
        [tf.keras.Variable(each) for each in single],
    ):
        assert same_bits(implementation.dwt(x, wavelet).numpy(), expected.numpy())
        assert same_bits(implementation.idwt(expected, wavelet).numpy(), back.numpy())
    for two in (bank[:2], np.array(bank[:2]), tf.constant(single[:2])):
        assert same_bits(implementation.dwt(x, two).numpy(), expected.numpy())
    two = [each[::-1] for each in bank[2:]]
    assert same_bits(implementation.idwt(expected, two).numpy(), back.numpy())


def test_output_size_in_any_form(implementation: ModuleType) -> None:
    bands = implementation.dwt(signal(0, (2, 9, 8, 3), F32), "db2")
    expected = implementation.idwt(bands, "db2").numpy()[:, :9]
    for size in (
        (9, 8),
        np.array([9, 8]),
        tf.constant([9, 8], tf.int32),
        tf.constant([9, 8], tf.int64),
        (tf.constant(9), 8),
        tf.TensorShape([9, 8]),
        tf.Variable([9, 8]),
    ):
        y = implementation.idwt(bands, "db2", output_size=size)
        assert_close(y.numpy(), expected.astype(np.float64), F32)


SPECS = (  # (shape, whether the taps are known, what is known of the bands)
    ([2, 9, 6, 3], True, [2, 6, 4, 4, 3]),
    ([None, 9, 6, 3], True, [None, 6, 4, 4, 3]),
    ([2, None, 6, 3], True, [2, None, 4, 4, 3]),
    ([None, None, None, None], True, [None, None, None, 4, None]),
    ([2, 9, 6, 3], False, [2, None, None, 4, 3]),
)


def turned_bands(shape: list[int | None], data_format: str) -> list[int | None]:
    order = (0, 1, 2, 3, 4) if data_format == "channels_last" else (0, 3, 4, 1, 2)
    return [shape[axis] for axis in order]


@pytest.mark.parametrize("data_format", DATA_FORMATS)
def test_shape_function(implementation: ModuleType, data_format: str) -> None:
    """What is known when a graph is traced, and that the graph runs: there and back."""
    x = signal(0, (2, 9, 6, 3), F32)
    filters = pair("db2", "dwt", F32)
    bands = oracle.analysis(x, [filters] * 2)
    y = oracle.synthesis(bands, (9, 6), [np.flip(filters, 1)] * 2)
    x, y = (each.transpose(ORDERS[data_format]) for each in (x, y))
    bands = bands.transpose(turned_bands([0, 1, 2, 3, 4], data_format))
    how = dict(data_format=data_format)
    for shape, known_taps, known in SPECS:
        taps = (4 if known_taps else None,)
        specs = [(turned(shape, data_format), tf.float32), *[(taps, tf.float32)] * 2]
        run = lambda x, *f: implementation.dwt(x, f, **how)  # noqa: E731
        inferred, actual = traced(run, specs, tf.constant(x), *map(tf.constant, filters))
        assert inferred == turned_bands(known, data_format)
        assert_close(actual, bands, F32)
        given = [*known[:3], known[3], known[4]]
        specs[0] = (turned_bands(given, data_format), tf.float32)
        tensors = tf.constant(bands.astype(F32)), *map(tf.constant, filters)
        most = [None if h is None else 2 * h - 2 for h in known[1:3]]
        run = lambda b, *f: implementation.idwt(b, f, **how)  # noqa: E731
        inferred, actual = traced(run, specs, *tensors)
        assert inferred == turned([known[0], *most, known[4]], data_format)
        cut = [slice(None)] * 4
        cut[1 if data_format == "channels_last" else 2] = slice(9)
        assert_close(actual[tuple(cut)], y, F32)
        for size in ((9, 6), tf.int32, tf.int64):
            if isinstance(size, tf.DType):
                run = lambda b, m, *f: implementation.idwt(b, f, output_size=m, **how)  # noqa: E731
                more = [specs[0], ([2], size), *specs[1:]]
                fed = tensors[0], tf.constant((9, 6), size), *tensors[1:]
                inferred, actual = traced(run, more, *fed)
                sizes = [None, None]
            else:
                run = lambda b, *f: implementation.idwt(b, f, output_size=(9, 6), **how)  # noqa: E731
                inferred, actual = traced(run, specs, *tensors)
                sizes = [9, 6]
            assert inferred == turned([known[0], *sizes, known[4]], data_format)
            assert_close(actual, y, F32)


def test_every_mode_in_a_graph_of_unknown_sizes(implementation: ModuleType) -> None:
    specs = [tf.TensorSpec([None] * 3, tf.float32), tf.TensorSpec([2, None], tf.float32)]
    for mode in oracle.MODES:
        graph = tf.function(partial(implementation.dwt, mode=mode), specs, autograph=False)
        for n, taps in ((9, 4), (2, 8)):
            x, filters = signal(0, (2, n, 3), F32), signal(1, (2, taps), F32)
            y = graph(x, filters).numpy()
            assert_close(y, oracle.analysis(x, [filters], mode=mode), F32)


def test_bands_of_unknown_rank(implementation: ModuleType) -> None:
    """The size that is asked for says how many axes there are."""
    bands = implementation.dwt(signal(0, (2, 9, 6, 3), F32), "db2")
    run = partial(implementation.idwt, wavelet="db2", output_size=(9, 6))
    inferred, y = traced(run, [(None, tf.float32)], bands)
    assert inferred == [None, 9, 6, None]
    assert same_bits(y, run(bands).numpy())


def test_new_filters_do_not_retrace(implementation: ModuleType) -> None:
    x = tf.constant(signal(0, (2, 8, 6, 3), F32))
    graph = tf.function(lambda x, f: implementation.dwt(x, f))
    for seed in range(3):
        filters = signal(seed, (2, 4), F32)
        expected = oracle.analysis(x.numpy(), [filters] * 2)
        assert_close(graph(x, tf.constant(filters)).numpy(), expected, F32)
    assert graph.experimental_get_tracing_count() == 1


def test_name(implementation: ModuleType) -> None:
    with tf.Graph().as_default():
        bands = implementation.dwt(tf.zeros((2, 8, 6, 3)), "haar", name="split")
        assert bands.op.name.startswith("split")
        assert implementation.idwt(bands, "haar", name="join").op.name.startswith("join")
