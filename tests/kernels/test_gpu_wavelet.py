"""A level of a wavelet transform as a GPU runs it, against matrices of its rules and the CPU."""

from collections.abc import Iterator, Sequence
from itertools import product
from types import ModuleType
from typing import Any

import numpy as np
import pytest
from gpu_backends import make_backend
from samples import DATA_FORMATS, DTYPES, HALF_DTYPES, pairwise, same_bits, signal, window_dtype
from tolerances import assert_close, tolerance
from wavelet_matrices import (
    F64,
    Rule,
    analyzed,
    analyzed_by_taps,
    count_coefficients,
    entries,
    filter_gradient,
    filter_gradient_by_taps,
    matrices,
    synthesized,
    synthesized_by_taps,
    tap_lists,
)

F32 = np.dtype(np.float32)
MODES = (
    "zero",
    "constant",
    "symmetric",
    "reflect",
    "periodic",
    "smooth",
    "periodization",
    "antisymmetric",
    "antireflect",
)
RULES: tuple[Rule, ...] = (
    *(("dwt", mode, 0) for mode in MODES),
    ("idwt", "symmetric", 0),
    ("idwt", "periodization", 0),
    *(("swt", "periodization", level) for level in (0, 1, 3)),
)
LENGTHS = (*range(1, 10), 16, 17, 30, 41)
TAPS = (2, 4, 10, 62)  # of haar, db2, bior4.4, dmey
BACKENDS = ["emulated", "emulated, tight", pytest.param("cuda", marks=pytest.mark.gpu)]

each_rule = pytest.mark.parametrize("rule", RULES, ids=lambda rule: "-".join(map(str, rule)))


@pytest.fixture(params=BACKENDS)
def gpu(request: pytest.FixtureRequest, kernels: ModuleType) -> Any:
    """With room for all images at once, and with so little that they go in chunks."""
    return make_backend(request.param, kernels)


def to_samples(x: np.ndarray, data_format: str) -> np.ndarray:
    """The kernels' array of one whose channels come last."""
    return x if data_format == "channels_last" else np.ascontiguousarray(np.moveaxis(x, -1, 1))


def from_samples(x: np.ndarray, data_format: str) -> np.ndarray:
    return x if data_format == "channels_last" else np.moveaxis(x, 1, -1)


def to_bands(bands: np.ndarray, data_format: str) -> np.ndarray:
    """The kernels' array of [*bands of each axis, batch, *h, channels]."""
    rank = (bands.ndim - 2) // 2
    flat = bands.reshape(2**rank, *bands.shape[rank:])
    if data_format == "channels_last":
        return np.ascontiguousarray(np.moveaxis(flat, 0, -2))
    return np.ascontiguousarray(np.moveaxis(np.moveaxis(flat, 0, 1), -1, 2))


def from_bands(bands: np.ndarray, data_format: str) -> np.ndarray:
    rank = bands.ndim - 3
    if data_format == "channels_last":
        flat = np.moveaxis(bands, -2, 0)
    else:
        flat = np.moveaxis(np.moveaxis(bands, 2, -1), 1, 0)
    return flat.reshape(*[2] * rank, *flat.shape[1:])


class Level:
    """Random filters, samples and bands of one level, and what the kernels must make of them."""

    def __init__(
        self,
        rule: Rule,
        size: Sequence[int],
        taps: Sequence[int],
        *,
        batch: int = 2,
        channels: int = 3,
        dtype: np.dtype = F64,
        data_format: str = "channels_last",
    ) -> None:
        self.rule, self.size, self.taps = rule, tuple(size), taps
        self.dtype, self.data_format = dtype, data_format
        name, mode, level = rule
        rng = np.random.default_rng([*size, *taps])
        self.filters = [rng.standard_normal((2, F)).astype(window_dtype(dtype)) for F in taps]
        lengths = [count_coefficients(name, mode, n, F) for n, F in zip(size, taps, strict=True)]
        self.x = to_samples(signal(1, (batch, *size, channels), dtype), data_format)
        bands = signal(2, (*[2] * len(size), batch, *lengths, channels), dtype)
        self.bands = to_bands(bands, data_format)
        self.how = dict(rule=name, mode=mode, level=level, data_format=data_format)

    # As a backend does it.
    def analysis(self, backend: Any, x: np.ndarray | None = None) -> np.ndarray:
        x = self.x if x is None else x
        return backend.wavelet_analysis(x, self.filters, **self.how)

    def synthesis(self, backend: Any, bands: np.ndarray | None = None) -> np.ndarray:
        bands = self.bands if bands is None else bands
        return backend.wavelet_synthesis(bands, self.size, self.filters, **self.how)

    def gradients(self, backend: Any) -> Iterator[np.ndarray]:
        for axis in range(len(self.size)):
            yield backend.wavelet_filter_gradient(
                self.x, self.bands, self.filters, axis, **self.how
            )

    def check(self, backend: Any, kernels: ModuleType) -> None:
        """All maps against the matrices, and against the CPU's where there are some."""
        maps = matrices(self.rule, self.size, self.filters)
        x = from_samples(self.x.astype(F64), self.data_format)
        bands = from_bands(self.bands.astype(F64), self.data_format)
        actual = self.analysis(backend)
        assert_close(actual, to_bands(analyzed(x, maps), self.data_format), self.dtype)
        has_cpu = hasattr(kernels, "wavelet_analysis")
        if has_cpu:
            assert_close(self.analysis(kernels), actual.astype(F64), self.dtype, factor=2)
        actual = self.synthesis(backend)
        assert_close(actual, to_samples(synthesized(bands, maps), self.data_format), self.dtype)
        if has_cpu:
            assert_close(self.synthesis(kernels), actual.astype(F64), self.dtype, factor=2)
        if self.dtype in HALF_DTYPES:
            return
        for axis, actual in enumerate(self.gradients(backend)):
            expected = filter_gradient(x, bands, self.rule, maps, axis, self.taps[axis])
            assert_close(actual, expected, self.dtype)
        if has_cpu:
            both = zip(self.gradients(backend), self.gradients(kernels), strict=True)
            for actual, by_cpu in both:
                assert_close(by_cpu, actual.astype(F64), self.dtype, factor=2)


def takes(rule: Rule, *lengths: int) -> bool:
    return not (rule[0] == "dwt" and rule[1] in ("reflect", "antireflect") and 1 in lengths)


@each_rule
def test_every_length(gpu: Any, kernels: ModuleType, rule: Rule) -> None:
    """Filters that overhang a signal not at all, once and many times."""
    for number, n in enumerate(LENGTHS):
        for taps in TAPS:
            if takes(rule, n):
                data_format = DATA_FORMATS[(number + taps // 2) % 2]
                Level(rule, (n,), (taps,), data_format=data_format).check(gpu, kernels)


SIZES = (  # of the axes, taps, channels: short, odd, rows in groups of 2, 4 and 8, three axes
    ((5, 7), (4, 2), 3),
    ((1, 9), (2, 4), 1),
    ((16, 12), (10, 4), 2),
    ((34, 20), (4, 10), 40),
    ((13, 70), (62, 4), 1),
    ((3, 4, 5), (4, 2, 4), 2),
    ((8, 9, 6), (2, 10, 4), 1),
    ((2, 33, 3), (4, 4, 2), 33),
)


@each_rule
def test_axes_types_and_layouts(gpu: Any, kernels: ModuleType, rule: Rule) -> None:
    start = RULES.index(rule)
    for number, (index, dtype, data_format) in enumerate(
        pairwise(range(len(SIZES)), DTYPES, DATA_FORMATS)
    ):
        size, taps, channels = SIZES[index]
        if (number + start) % 3 == 0 and takes(rule, *size):
            level = Level(rule, size, taps, channels=channels, dtype=dtype, data_format=data_format)
            level.check(gpu, kernels)


@pytest.mark.parametrize("data_format", DATA_FORMATS)
@pytest.mark.parametrize("dtype", DTYPES, ids=str)
def test_adjoints(gpu: Any, dtype: np.dtype, data_format: str) -> None:
    """<analysis(x), bands> = <x, synthesis(bands)> = <filter, its gradient>."""
    for rule in RULES:
        level = Level(rule, (9, 14), (4, 10), dtype=dtype, data_format=data_format)
        bands, x = (map(gpu).astype(F64) for map in (level.analysis, level.synthesis))
        given, wanted = level.bands.astype(F64), level.x.astype(F64)
        number = np.vdot(bands, given)
        allowed = tolerance(dtype) * np.linalg.norm(bands) * np.linalg.norm(given)
        assert abs(number - np.vdot(x, wanted)) <= allowed
        if dtype not in HALF_DTYPES:
            for f, gradient in zip(level.filters, level.gradients(gpu), strict=True):
                assert abs(number - np.vdot(gradient.astype(F64), f.astype(F64))) <= allowed


def test_of_pywavelets(gpu: Any) -> None:
    """Its filters, and what it makes of them."""
    pywt = pytest.importorskip("pywt")
    for name in ("haar", "db2", "bior4.4", "dmey"):
        wavelet = pywt.Wavelet(name)
        dec, rec = (np.array(wavelet.filter_bank[i : i + 2]) for i in (0, 2))
        for mode in MODES:
            for n in (2, 5, 8, 31):
                x = signal(n, (2, n, 3), F64)
                how = dict(rule="dwt", mode=mode)
                low, high = pywt.dwt(x, wavelet, mode, axis=1)
                bands = gpu.wavelet_analysis(x, [dec], **how)
                assert_close(bands, np.stack([low, high], 2), F64)
                how = dict(rule="idwt", mode=mode)
                expected = pywt.idwt(low, high, wavelet, mode, axis=1)[:, :n]
                y = gpu.wavelet_synthesis(bands, (n,), [rec], **how)
                assert_close(y, expected, F64)
        x = signal(0, (2, 16, 3), F64)
        for level in range(3):
            bands = gpu.wavelet_analysis(x, [dec], rule="swt", level=level)
            ((low, high),) = pywt.swt(x, wavelet, 1, start_level=level, axis=1)
            assert_close(bands, np.stack([low, high], 2), F64)


def test_filters_far_longer_than_signals(gpu: Any, kernels: ModuleType) -> None:
    for mode in ("antireflect", "smooth", "periodization"):
        Level(("dwt", mode, 0), (5,), (300,)).check(gpu, kernels)
    for level in (6, 24):
        Level(("swt", "zero", level), (7,), (1024,)).check(gpu, kernels)
        Level(("swt", "zero", level), (96,), (4,)).check(gpu, kernels)


def test_many_blocks(gpu: Any, kernels: ModuleType) -> None:
    """Long axes and many lines, and sums of filters in several slices and chunks."""
    for data_format in DATA_FORMATS:
        how: dict[str, Any] = dict(dtype=F32, data_format=data_format)
        Level(("dwt", "symmetric", 0), (3001,), (4,), batch=1, channels=3, **how).check(
            gpu, kernels
        )
        level = Level(("dwt", "periodic", 0), (40, 36), (4, 2), batch=5, channels=7, **how)
        level.check(gpu, kernels)
        for first, again in zip(level.gradients(gpu), level.gradients(gpu), strict=True):
            assert same_bits(first, again)


@pytest.mark.parametrize("data_format", DATA_FORMATS)
def test_chunks(testing: ModuleType, data_format: str) -> None:
    """As many images, or planes, at once as fit; which ones makes no difference."""
    level = Level(
        ("dwt", "reflect", 0),
        (6, 8, 4),
        (4, 2, 4),
        batch=3,
        channels=5,
        dtype=F32,
        data_format=data_format,
    )
    whole = testing.GpuEmulation()
    last = data_format == "channels_last"
    between = 4 * 6 * max(8 * 2 * 3, (2 * 4) * (2 * 3)) * (5 if last else 1)
    images = 3 if last else 15
    expected = level.analysis(whole), level.synthesis(whole)
    assert whole.launches == 2 * 3
    for fit in (1, 2, 4, 7):
        parts = testing.GpuEmulation(chunk_bytes=fit * between)
        assert same_bits(level.analysis(parts), expected[0])
        assert same_bits(level.synthesis(parts), expected[1])
        assert parts.launches == 2 * 3 * -(-images // fit)


@pytest.mark.parametrize("data_format", DATA_FORMATS)
def test_half_types_round_once(gpu: Any, data_format: str) -> None:
    """Between passes nothing is rounded."""
    for dtype in HALF_DTYPES:
        half = Level(("dwt", "smooth", 0), (9, 12), (4, 6), dtype=dtype, data_format=data_format)
        for map, given in ((half.analysis, half.x), (half.synthesis, half.bands)):
            exact = map(gpu, given.astype(F32))
            assert same_bits(map(gpu, given), exact.astype(dtype))


@each_rule
@pytest.mark.parametrize("dtype", DTYPES[::2], ids=str)
def test_bits_do_not_depend_on_other_images(gpu: Any, rule: Rule, dtype: np.dtype) -> None:
    for data_format in DATA_FORMATS:
        level = Level(rule, (7, 34), (4, 6), batch=6, dtype=dtype, data_format=data_format)
        for map, given in ((level.analysis, level.x), (level.synthesis, level.bands)):
            all_at_once = map(gpu)
            for image in (0, 2, 5):
                alone = map(gpu, given[image : image + 1])
                assert same_bits(alone, all_at_once[image : image + 1])


@each_rule
@pytest.mark.parametrize("dtype", DTYPES, ids=str)
def test_bits_do_not_depend_on_other_channels(gpu: Any, rule: Rule, dtype: np.dtype) -> None:
    """Of twelve a thread takes several at once, of one of them it cannot."""
    for size in ((7, 34), (40, 8)):
        level = Level(rule, size, (4, 6), channels=12, dtype=dtype)
        for map, given in ((level.analysis, level.x), (level.synthesis, level.bands)):
            together = map(gpu)
            for channel in (0, 5, 11):
                part = slice(channel, channel + 1)
                assert same_bits(map(gpu, given[..., part].copy()), together[..., part])


@each_rule
@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_what_is_not_finite_reaches_what_it_meets(gpu: Any, rule: Rule, value: float) -> None:
    """One sample, or coefficient, reaches what an entry joins it to, in its image and channel."""
    for data_format in DATA_FORMATS:
        level = Level(rule, (6, 19), (4, 10), dtype=F32, data_format=data_format)
        maps = [abs(matrix) for matrix in matrices(rule, level.size, level.filters)]
        x = from_samples(level.x.copy(), data_format)
        for place in ((1, 0, 18, 1), (0, 5, 3, 2), (1, 2, 9, 0)):
            x_hit = x.copy()
            x_hit[place] = value
            where = np.zeros(x.shape)
            where[place] = 1
            reached = analyzed(where, maps) > 0
            bands = level.analysis(gpu, to_samples(x_hit, data_format))
            assert np.array_equal(np.isfinite(from_bands(bands, data_format)), ~reached)
        bands = from_bands(level.bands, data_format)
        for coefficient in ((0, 1, 1, 0, 0, 1), (1, 0, 0, -1, -1, 2), (1, 1, 1, 1, 4, 0)):
            bands_hit = bands.copy()
            bands_hit[coefficient] = value
            where = np.zeros(bands.shape)
            where[coefficient] = 1
            reached = synthesized(where, maps) > 0
            y = level.synthesis(gpu, to_bands(bands_hit, data_format))
            assert np.array_equal(np.isfinite(from_samples(y, data_format)), ~reached)


@each_rule
def test_a_gradient_takes_what_its_tap_meets(gpu: Any, rule: Rule) -> None:
    """A coefficient that is not finite reaches the taps that have an entry with it."""
    for n in (3, 20):
        for o in (0, -1):
            level = Level(rule, (n,), (10,), dtype=F32)
            level.bands[1, o, 1, 2] = np.nan
            (gradient,) = level.gradients(gpu)
            meets = entries(rule, n, 10)[:, o].any(axis=1)
            assert np.array_equal(np.isfinite(gradient), [[True] * 10, ~meets])


def test_nothing_to_do(gpu: Any) -> None:
    for batch, channels in ((0, 3), (2, 0), (0, 0)):
        for data_format in DATA_FORMATS:
            level = Level(
                ("dwt", "symmetric", 0),
                (5, 8),
                (4, 2),
                batch=batch,
                channels=channels,
                dtype=F32,
                data_format=data_format,
            )
            assert level.analysis(gpu).shape == level.bands.shape
            assert level.synthesis(gpu).shape == level.x.shape
            for gradient, f in zip(level.gradients(gpu), level.filters, strict=True):
                assert same_bits(gradient, np.zeros_like(f))


def test_refuses_before_it_runs(gpu: Any) -> None:
    x, filters = np.ones((1, 8, 1), F32), [np.ones((2, 4), F32)]
    with pytest.raises(ValueError, match=r"rule.*'dft'.*'dwt'"):
        gpu.wavelet_analysis(x, filters, rule="dft")
    with pytest.raises(ValueError, match=r"filters\[0\].*\[2, 3\].*even"):
        gpu.wavelet_analysis(x, [np.ones((2, 3), F32)])
    with pytest.raises(ValueError, match=r"bands: 4 coefficients.*8 samples and 4 taps: 5"):
        gpu.wavelet_synthesis(np.ones((1, 4, 2, 1), F32), (8,), filters)
    with pytest.raises(ValueError, match=r"x: a half type.*float32, float64"):
        half = np.ones((1, 8, 1), np.float16), np.ones((1, 5, 2, 1), np.float16)
        gpu.wavelet_filter_gradient(*half, filters, 0)


def check_all_types(
    gpu: Any, rule: Rule, size: Sequence[int], lengths: Sequence[int], channels: int
) -> None:
    """All maps in all types and layouts, on numbers that each of these holds."""
    rng = np.random.default_rng([*size, *lengths])

    def numbers(*shape: int) -> np.ndarray:
        return rng.integers(-15, 49, shape) / 16

    filters = [numbers(2, F) - 1 for F in lengths]
    taps = [tap_lists(rule, n, F) for n, F in zip(size, lengths, strict=True)]
    x = numbers(2, *size, channels)
    bands = numbers(*analyzed_by_taps(x[..., :1], filters, taps).shape[:-1], channels)
    analysis = analyzed_by_taps(x, filters, taps)
    synthesis = synthesized_by_taps(bands, size, filters, taps)
    gradients = [filter_gradient_by_taps(x, bands, filters, taps, i) for i in range(len(size))]
    for dtype, data_format in product(DTYPES, DATA_FORMATS):
        how = dict(rule=rule[0], mode=rule[1], level=rule[2], data_format=data_format)
        given = [f.astype(window_dtype(dtype)) for f in filters]
        samples = to_samples(x, data_format).astype(dtype)
        coefficients = to_bands(bands, data_format).astype(dtype)
        y = gpu.wavelet_analysis(samples, given, **how)
        assert_close(y, to_bands(analysis, data_format), dtype)
        y = gpu.wavelet_synthesis(coefficients, size, given, **how)
        assert_close(y, to_samples(synthesis, data_format), dtype)
        if dtype not in HALF_DTYPES:
            for axis, expected in enumerate(gradients):
                slope = gpu.wavelet_filter_gradient(samples, coefficients, given, axis, **how)
                assert_close(slope, expected, dtype)


REAL_RULES = (("dwt", "symmetric", 0), ("idwt", "periodization", 0), ("swt", "zero", 2))


@pytest.mark.parametrize("rule", REAL_RULES, ids=lambda rule: rule[0])
def test_all_types(gpu: Any, rule: Rule) -> None:
    for size, lengths, channels in (
        ((30, 17), (10, 4), 3),
        ((6, 5, 9), (8, 4, 10), 2),
        ((90,), (8,), 1),
    ):
        check_all_types(gpu, rule, size, lengths, channels)


@pytest.mark.gpu
@pytest.mark.parametrize("rule", REAL_RULES, ids=lambda rule: rule[0])
def test_images_of_real_sizes(kernels: ModuleType, rule: Rule) -> None:
    gpu = make_backend("cuda", kernels)
    for size, lengths, channels in (
        ((56, 56), (4, 4), 64),
        ((224, 224), (10, 10), 32),
        ((427, 640), (62, 62), 3),
        ((131072,), (8,), 1),
        ((48, 56, 40), (8, 4, 10), 5),
    ):
        check_all_types(gpu, rule, size, lengths, channels)
