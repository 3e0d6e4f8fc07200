"""Wavelet functions of several levels, and pooling and denoising, against PyWavelets."""

import math
import warnings
from collections.abc import Iterator
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
from samples import DATA_FORMATS, DTYPES, array_shape, pairwise, same_bits, signal
from tolerances import PYWAVELETS, assert_close
from wavelet_samples import FEW, filters_of

from spectral_ops import wavelets

F32, F64 = DTYPES[:2]
SPATIAL = ((37,), (24,), (13, 22), (6, 9, 5))


@pytest.fixture(autouse=True)
def no_advice() -> Iterator[None]:
    """PyWavelets' about levels that are too high for a signal, which it computes all the same."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", module="pywt")
        yield


def turned(x: Any, data_format: str) -> Any:
    """A signal or bands, or a list of them, from one layout to the other if that is first."""
    if isinstance(x, list):
        return [x[0] if data_format == "channels_last" else np.moveaxis(x[0], -1, 1)] + [
            each if data_format == "channels_last" else np.moveaxis(each, (-2, -1), (1, 2))
            for each in x[1:]
        ]
    return x if data_format == "channels_last" else np.moveaxis(x, -1, 1)


def as_list(coefficients: list[Any], rank: int) -> list[np.ndarray]:
    """PyWavelets' coefficients as ours."""
    names = wavelets.band_names(rank)[1:]
    first, *details = coefficients
    return [first, *(np.stack([each[name] for name in names], -2) for each in details)]


def axes(x: np.ndarray) -> tuple[int, ...]:
    return tuple(range(1, x.ndim - 1))


def test_wavedec_and_waverec(implementation: ModuleType) -> None:
    """To the default level and to others, in every mode and layout; odd sizes with and without."""
    for spatial, mode, name, level, data_format in pairwise(
        SPATIAL, oracle.MODES, FEW, (None, 0, 1, 4), DATA_FORMATS
    ):
        x = signal(0, (2, *spatial, 3), F64)
        coefficients = pywt.wavedecn(x, name, mode, level, axes=axes(x))
        expected = turned(as_list(coefficients, len(spatial)), data_format)
        how = dict(mode=mode, data_format=data_format)
        given = turned(x, data_format)
        actual = implementation.wavedec(given, name, level=level, **how)
        assert isinstance(actual, list) and len(actual) == len(expected)
        for ours, theirs in zip(actual, expected, strict=True):
            assert_close(ours.numpy(), theirs, F64, allowed=PYWAVELETS)
        back = turned(pywt.waverecn(coefficients, name, mode, axes=axes(x)), data_format)
        y = implementation.waverec(actual, name, **how)
        assert_close(y.numpy(), back, F64, allowed=PYWAVELETS)
        y = implementation.waverec(actual, name, output_size=spatial, **how)
        # sym8's own table does not do better
        assert_close(y.numpy(), given, F64, allowed=5e-11 if name == "sym8" else PYWAVELETS)


def flat(y: Any) -> np.ndarray:
    """All numbers of a tensor or of a list of them."""
    return np.concatenate([each.numpy().ravel() for each in (y if isinstance(y, list) else [y])])


@hypothesis_settings(max_examples=hypothesis_settings.default.max_examples // 2)
@given(
    spatial=st.lists(st.integers(1, 14), min_size=1, max_size=3),
    batch=st.integers(0, 3),
    channels=st.integers(0, 5),
    data_format=st.sampled_from(DATA_FORMATS),
    mode=st.sampled_from(oracle.MODES),
    name=st.sampled_from(FEW),
    level=st.integers(0, 3),
    norm=st.booleans(),
    threshold=st.sampled_from(("bayes", "universal", 0.3)),
    method=st.sampled_from(("soft", "garrote")),  # "hard" jumps at the threshold
)
def test_any_levels(
    native: ModuleType,
    reference: ModuleType,
    spatial: list[int],
    batch: int,
    channels: int,
    data_format: str,
    mode: str,
    name: str,
    level: int,
    norm: bool,
    threshold: Any,
    method: str,
) -> None:
    """Both implementations give the same, there and back; in some modes short axes lose digits."""
    if not oracle.can_extend(1, mode):
        spatial = [n + 4 for n in spatial]  # so that the third level has two samples
    x = signal(0, array_shape(batch, spatial, channels, data_format), F64)
    layout: dict[str, Any] = dict(data_format=data_format)
    how: dict[str, Any] = dict(mode=mode, **layout)
    shrunk: dict[str, Any] = dict(level=level, threshold=threshold, method=method, **how)
    coefficients = native.wavedec(x, name, level=level, **how)
    still = native.swt(x, name, level, norm=norm, **layout)
    for ours, theirs in (
        (coefficients, reference.wavedec(x, name, level=level, **how)),
        (still, reference.swt(x, name, level, norm=norm, **layout)),
        *(
            (call(native), call(reference))
            for call in (
                lambda m: m.waverec(coefficients, name, output_size=spatial, **how),
                lambda m: m.iswt(still, name, norm=norm, **layout),
                lambda m: m.wavelet_pool(x, name, **how),
                lambda m: m.wavelet_denoise(x, name, **shrunk),
            )
        ),
    ):
        assert_close(flat(ours), flat(theirs).astype(F64), F64, allowed=100 * PYWAVELETS)


def test_half_types_go_through_levels(implementation: ModuleType) -> None:
    for dtype in DTYPES[2:]:
        x = signal(0, (2, 40, 3), dtype)
        actual = implementation.wavedec(x, "db2", level=3)
        expected = as_list(pywt.wavedecn(x.astype(F64), "db2", "symmetric", 3, axes=(1,)), 1)
        for ours, theirs in zip(actual, expected, strict=True):
            assert_close(ours.numpy(), theirs, dtype)
        assert_close(implementation.waverec(actual, "db2").numpy(), x.astype(F64), dtype, factor=2)


def test_an_approximation_may_be_one_longer(implementation: ModuleType) -> None:
    """PyWavelets trims it; coefficients of other sizes are refused (bad input)."""
    a, d, e = (signal(k, shape, F64) for k, shape in enumerate(((2, 7, 3), (2, 6, 3), (2, 9, 3))))
    expected = pywt.waverec([a, d, e], "db2", axis=1)
    y = implementation.waverec([a, d[:, :, None], e[:, :, None]], "db2")
    assert_close(y.numpy(), expected, F64, allowed=PYWAVELETS)
    assert_close(implementation.waverec([a], "db2", output_size=6).numpy(), a[:, :6], F64)


def test_default_level_is_pywavelets(implementation: ModuleType) -> None:
    for n in (*range(1, 40), 127, 128, 129):
        for name in ("haar", "db2", "bior2.2", "sym8"):
            level = len(implementation.wavedec(tf.zeros((1, n, 1)), name)) - 1
            assert level == pywt.dwt_max_level(n, name)
    assert len(implementation.wavedec(tf.zeros((1, 64, 7, 1)), "db2")) - 1 == 1


@pytest.mark.parametrize("norm", [False, True])
def test_swt_and_iswt(implementation: ModuleType, norm: bool) -> None:
    for spatial, name, level, data_format in pairwise(
        ((32,), (16, 8), (8, 4, 4)), FEW, (0, 1, 2), DATA_FORMATS
    ):
        x = signal(0, (2, *spatial, 3), F64)
        how = dict(norm=norm, data_format=data_format)
        actual = implementation.swt(turned(x, data_format), name, level, **how)
        assert len(actual) == level + 1
        if level:
            coefficients = pywt.swtn(x, name, level, axes=axes(x), trim_approx=True, norm=norm)
            expected = turned(as_list(coefficients, len(spatial)), data_format)
            for ours, theirs in zip(actual, expected, strict=True):
                assert_close(ours.numpy(), theirs, F64, allowed=PYWAVELETS)
        others = [signal(k, each.shape, F64) for k, each in enumerate(actual)]
        y = implementation.iswt(others, name, **how)
        first, *details = turned_back(others, data_format)
        names = wavelets.band_names(len(spatial))[1:]
        given = [{n: each[..., k, :] for k, n in enumerate(names)} for each in details]
        if level:
            theirs = pywt.iswtn([first, *given], name, axes=axes(x), norm=norm)
            assert_close(y.numpy(), turned(theirs, data_format), F64, allowed=PYWAVELETS)


def turned_back(x: list[np.ndarray], data_format: str) -> list[np.ndarray]:
    if data_format == "channels_last":
        return x
    return [np.moveaxis(x[0], 1, -1), *(np.moveaxis(each, (1, 2), (-2, -1)) for each in x[1:])]


def test_swt_of_any_length(implementation: ModuleType) -> None:
    """Circular over what there is, shorter than the dilated filters or longer; exact back."""
    for spatial, name, dtype, norm in pairwise(
        ((1,), (2,), (7,), (30,), (5, 9), (3, 4, 5)), FEW[:4], DTYPES, (False, True)
    ):
        x = signal(0, (2, *spatial, 3), dtype)
        filters = [filters_of(name) * (math.sqrt(0.5) if norm else 1)] * len(spatial)
        actual = implementation.swt(x, name, 3, norm=norm)
        a, expected = x.astype(F64), []
        for level in range(3):
            bands = oracle.analysis(a, filters, rule="swt", level=level)
            a, expected = bands[..., 0, :], [bands[..., 1:, :], *expected]
        for ours, theirs in zip(actual, [a, *expected], strict=True):
            assert ours.dtype == dtype and ours.shape == theirs.shape
        # together, for of one sample the details are 0
        ours = np.concatenate([each.numpy().ravel() for each in actual])
        assert_close(
            ours, np.concatenate([each.ravel() for each in [a, *expected]]), dtype, factor=2
        )
        y = implementation.iswt(actual, name, norm=norm)
        assert_close(y.numpy(), x.astype(F64), dtype, factor=6)


def test_swt_moves_with_its_input(implementation: ModuleType) -> None:
    x = signal(0, (2, 11, 3), F64)
    moved = implementation.swt(np.roll(x, 4, 1), "db3", 3)
    for ours, there in zip(implementation.swt(x, "db3", 3), moved, strict=True):
        assert_close(np.roll(ours.numpy(), 4, 1), there.numpy(), F64)


def test_packets(implementation: ModuleType) -> None:
    for spatial, mode, name, level, data_format in pairwise(
        SPATIAL, oracle.MODES, FEW, (0, 1, 2, 3), DATA_FORMATS
    ):
        level = min(level, 2) if len(spatial) > 1 else level
        x = signal(0, (2, *spatial, 3), F64)
        y = implementation.wavelet_packets(
            turned(x, data_format), name, level, mode=mode, data_format=data_format
        )
        if not level:
            expected = x[..., np.newaxis, :]
        else:
            packets = pywt.WaveletPacketND(x, name, mode, level, axes=axes(x))
            paths = [""]
            for _ in range(level):
                paths = [p + band for p in paths for band in wavelets.band_names(len(spatial))]
            expected = np.stack([packets[path].data for path in paths], -2)
        _, expected = turned([x, expected], data_format)
        assert_close(y.numpy(), expected, F64, allowed=PYWAVELETS)


def test_pooling_keeps_a_constant(implementation: ModuleType) -> None:
    for spatial, mode, name, dtype in pairwise(SPATIAL, oracle.MODES, FEW, DTYPES):
        value = np.full((2, *spatial, 3), 3.25, dtype)
        y = implementation.wavelet_pool(value, name, mode=mode).numpy()
        if mode not in ("zero", "antisymmetric"):
            assert_close(y, np.full(y.shape, 3.25), dtype, factor=2)
        x = signal(0, value.shape, dtype)
        y = implementation.wavelet_pool(x, name, mode=mode)
        filters = [filters_of(name)] * len(spatial)
        expected = oracle.analysis(x, filters, mode=mode)[..., 0, :] / 2 ** (len(spatial) / 2)
        assert_close(y.numpy(), expected, dtype)


def test_pooling_by_haar_is_average_pooling(implementation: ModuleType) -> None:
    x = signal(0, (2, 8, 6, 3), F32)
    expected = tf.nn.avg_pool2d(x, 2, 2, "VALID").numpy().astype(F64)
    assert_close(implementation.wavelet_pool(x).numpy(), expected, F32)
    y = implementation.wavelet_pool(np.moveaxis(x, -1, 1), data_format="channels_first")
    assert_close(y.numpy(), np.moveaxis(expected, -1, 1), F32)


def denoised(x: np.ndarray, name: str, level: int, threshold: Any, method: str) -> np.ndarray:
    """One image's channel by PyWavelets and its `threshold`."""
    first, *details = pywt.wavedecn(x, name, "symmetric", level)
    noise = np.median(np.abs(details[-1]["d" * x.ndim])) / 0.6744897501960817
    for bands in details:
        for band, d in bands.items():
            excess = np.mean(d**2) - noise**2
            if threshold == "universal":
                limit = noise * np.sqrt(2 * np.log(x.size))
            elif threshold != "bayes":
                limit = threshold
            elif excess > 1e-6 * np.mean(d**2):
                limit = noise**2 / np.sqrt(excess)
            else:
                bands[band] = np.zeros_like(d)
                continue
            bands[band] = np.where(d == 0, 0, pywt.threshold(d, limit, method))  # theirs is 0/0
    y = pywt.waverecn([first, *details], name, "symmetric")
    return y[tuple(slice(n) for n in x.shape)]


@pytest.mark.parametrize("method", ["soft", "hard", "garrote"])
def test_denoise(implementation: ModuleType, method: str) -> None:
    for spatial, name, threshold, data_format in pairwise(
        SPATIAL, ("haar", "db2", "bior2.2"), ("bayes", "universal", 0.3, 0.01), DATA_FORMATS
    ):
        level = 2
        x = signal(0, (2, *spatial, 3), F64)
        x[..., 1] = np.linspace(-1, 1, x[..., 1].size).reshape(x.shape[:-1])  # almost no noise
        x[1, ..., 2] *= 100
        expected = np.empty(x.shape)
        for image, channel in np.ndindex(2, 3):
            one = denoised(x[image, ..., channel], name, level, threshold, method)
            expected[image, ..., channel] = one
        how: dict[str, Any] = dict(level=level, method=method, data_format=data_format)
        y = implementation.wavelet_denoise(turned(x, data_format), name, threshold=threshold, **how)
        assert_close(y.numpy(), turned(expected, data_format), F64, allowed=PYWAVELETS)


def test_denoise_in_every_type(implementation: ModuleType) -> None:
    """Half types are rounded once: what float32 gives of the same input."""
    for dtype in DTYPES:
        x = signal(0, (2, 33, 3), dtype)
        y = implementation.wavelet_denoise(x, "db2", level=2)
        wide = implementation.wavelet_denoise(x.astype(F64), "db2", level=2)
        assert_close(y.numpy(), wide.numpy(), dtype, factor=4)


def test_denoise_removes_noise(implementation: ModuleType) -> None:
    """A step, which Fourier would blur; the default level, and a threshold as a tensor."""
    clean = np.repeat([0.0, 1.0, 0.25, 0.75], 128)[np.newaxis, :, np.newaxis]
    noise = 0.1 * np.random.default_rng(0).standard_normal(clean.shape)
    for threshold in ("bayes", "universal", tf.constant(0.3)):
        y = implementation.wavelet_denoise((clean + noise).astype(F32), "haar", threshold=threshold)
        assert np.linalg.norm(y - clean) <= 0.4 * np.linalg.norm(noise)


def test_denoise_keeps_images_and_channels_apart(implementation: ModuleType) -> None:
    x = signal(0, (3, 16, 12, 4), F32)
    clean = implementation.wavelet_denoise(x, "db2", level=2).numpy()
    x[1, ..., 2] *= 1e4
    x[2, 4, 5, 1] = np.nan
    y = implementation.wavelet_denoise(x, "db2", level=2).numpy()
    others = np.ones((3, 4), bool)
    others[1, 2] = others[2, 1] = False
    assert same_bits(y.transpose(0, 3, 1, 2)[others], clean.transpose(0, 3, 1, 2)[others])
    assert np.isnan(y[2, ..., 1]).any() and np.isfinite(y[1]).all()


def test_denoise_has_finite_gradients(implementation: ModuleType) -> None:
    """Of a constant, of zeros, of one sample that differs, of a ramp, of next to nothing."""
    images = np.zeros((5, 12, 10, 2))
    images[0] = 7
    images[2, 5, 4] = 1
    images[3] = np.arange(12)[:, np.newaxis, np.newaxis]
    images[4] = 1e-30
    for threshold, method, dtype, name, batch in pairwise(
        ("bayes", "universal", 0.5), ("soft", "hard", "garrote"), DTYPES, ("haar", "db3"), (5, 0)
    ):
        x = tf.constant(images[:batch].astype(dtype))
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = implementation.wavelet_denoise(x, name, level=2, threshold=threshold, method=method)
        slope = tape.gradient(y, x, tf.ones_like(y)).numpy().astype(F64)
        assert slope.shape == x.shape and np.isfinite(slope).all()
        assert np.isfinite(y.numpy().astype(F64)).all()


def test_denoise_slopes_are_differences(implementation: ModuleType) -> None:
    """Those by the thresholds, too."""
    x, direction = signal(0, (2, 21, 3), F64), signal(1, (2, 21, 3), F64)
    for threshold, method in pairwise(("bayes", "universal", 0.4), ("soft", "garrote")):
        run = partial(
            implementation.wavelet_denoise,
            wavelet="db2",
            level=2,
            threshold=threshold,
            method=method,
        )
        at = tf.constant(x)
        with tf.GradientTape() as tape:
            tape.watch(at)
            loss = tf.reduce_sum(tf.sin(run(at)))
        along = np.vdot(tape.gradient(loss, at), direction)
        h = 1e-6
        ahead, behind = (np.sin(run(x + s * h * direction)).sum() for s in (1, -1))
        assert abs((ahead - behind) / (2 * h) - along) <= 1e-6 * abs(along)


def test_a_threshold_can_be_learned(implementation: ModuleType) -> None:
    threshold = tf.Variable(0.4)
    x = signal(0, (2, 21, 3), F32)
    with tf.GradientTape() as tape:
        y = implementation.wavelet_denoise(x, "haar", level=2, threshold=threshold)
        energy = tf.reduce_sum(y**2)
    assert tape.gradient(energy, threshold).numpy() < -1


def test_in_a_graph_of_unknown_sizes(implementation: ModuleType) -> None:
    """Every function, there and back, with the bits of the eager one."""
    filters = [tf.constant(f, tf.float32) for f in filters_of("db2")]
    specs = [tf.TensorSpec([None] * 4, tf.float32), *[tf.TensorSpec([None], tf.float32)] * 2]

    def run(x: tf.Tensor, *wavelet: tf.Tensor) -> Any:
        spatial = tf.shape(x)[1:3]
        down = implementation.wavedec(x, wavelet, level=2)
        still = implementation.swt(x, wavelet, 2)
        return [
            *down,
            implementation.waverec(down, wavelet, output_size=spatial),
            implementation.waverec(down, wavelet),
            *still,
            implementation.iswt(still, wavelet),
            implementation.wavelet_packets(x, wavelet, 2),
            implementation.wavelet_pool(x, wavelet),
            implementation.wavelet_denoise(x, wavelet, level=2),
        ]

    graph = tf.function(run, input_signature=specs)
    for shape in ((2, 13, 10, 3), (1, 8, 4, 5), (0, 5, 6, 1)):
        x = tf.constant(signal(0, shape, F32))
        for eager, traced in zip(run(x, *filters), graph(x, *filters), strict=True):
            assert eager.shape == traced.shape
            assert np.allclose(eager, traced, atol=1e-5)
