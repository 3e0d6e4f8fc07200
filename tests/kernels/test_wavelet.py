"""Wavelets in the kernels: every rule and mode against the oracle, the adjoints, and the bits."""

import itertools
from types import ModuleType

import numpy as np
import pytest
import wavelet_oracle
from samples import DATA_FORMATS, DTYPES, array_shape, pairwise, same_bits, signal, window_dtype
from tolerances import assert_close, assert_each_close, tolerance
from wavelet_oracle import MODES, coefficients
from wavelet_samples import FEW, SIZES, extended, filters_of

F32, F64 = DTYPES[:2]
RULES = ("dwt", "idwt", "swt")
LARGER = ((100,), (257,), (40, 33), (33, 64), (9, 20, 16))


def bands_shape(
    batch: int, spatial: tuple[int, ...], channels: int, data_format: str, h: list[int]
) -> tuple[int, ...]:
    bands = 2 ** len(spatial)
    if data_format == "channels_last":
        return (batch, *h, bands, channels)
    return (batch, bands, channels, *h)


@pytest.mark.parametrize("rule", RULES)
def test_matches_oracle(kernels: ModuleType, simd: str, rule: str) -> None:
    """Analysis, synthesis and the gradients of filters, of different filters on each axis."""
    rows = pairwise(
        (*SIZES, *LARGER), MODES, FEW, FEW, DTYPES, DATA_FORMATS, (1, 3, 5, 8, 40), (0, 1, 3)
    )
    for spatial, mode, first, other, dtype, data_format, channels, level in rows:
        spatial = extended(spatial, mode) if rule == "dwt" else spatial
        level = level if rule == "swt" else 0
        wide = window_dtype(dtype)
        filters = [filters_of(name).astype(wide) for name in (first, other, "db2")[: len(spatial)]]
        h = [coefficients(n, f.shape[1], mode, rule) for n, f in zip(spatial, filters, strict=True)]
        settings = dict(rule=rule, mode=mode, level=level, data_format=data_format)
        x = signal(0, array_shape(2, spatial, channels, data_format), dtype)
        g = signal(1, bands_shape(2, spatial, channels, data_format, h), dtype)
        y = kernels.wavelet_analysis(x, filters, simd=simd, **settings)
        assert_close(y, wavelet_oracle.analysis(x, filters, **settings), dtype)
        back = kernels.wavelet_synthesis(g, spatial, filters, simd=simd, **settings)
        assert_close(back, wavelet_oracle.synthesis(g, spatial, filters, **settings), dtype)
        x, g = x.astype(wide), g.astype(wide)
        for axis in range(len(spatial)):
            slope = kernels.wavelet_filter_gradient(x, g, filters, axis, simd=simd, **settings)
            expected = wavelet_oracle.filter_gradient(x, g, filters, axis, **settings)
            assert_close(slope, expected, wide)


@pytest.mark.parametrize("mode", MODES)
def test_every_length(kernels: ModuleType, simd: str, mode: str) -> None:
    """Shorter than the filter, where every row is one of an end, and longer."""
    for n in range(1 if wavelet_oracle.can_extend(1, mode) else 2, 40):
        name = FEW[n % len(FEW)]
        filters = [filters_of(name)]
        for channels in (1, 9):
            x = signal(n, (2, n, channels), F64)
            y = kernels.wavelet_analysis(x, filters, mode=mode, simd=simd)
            assert_close(y, wavelet_oracle.analysis(x, filters, mode=mode), F64)
            back = kernels.wavelet_synthesis(y, n, filters, mode=mode, simd=simd)
            expected = wavelet_oracle.synthesis(y, (n,), filters, rule="dwt", mode=mode)
            assert_close(back, expected, F64)


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("dtype", DTYPES, ids=str)
def test_adjoint_identity(kernels: ModuleType, simd: str, dtype: np.dtype, rule: str) -> None:
    rng = np.random.default_rng(0)
    for mode, spatial in zip(MODES, 2 * LARGER, strict=False):
        filters = [filters_of("bior2.2").astype(window_dtype(dtype))] * len(spatial)
        settings = dict(rule=rule, mode=mode, level=2 if rule == "swt" else 0, simd=simd)
        x = rng.standard_normal((2, *spatial, 5)).astype(dtype)
        y = kernels.wavelet_analysis(x, filters, **settings)
        g = rng.standard_normal(y.shape).astype(dtype)
        back = kernels.wavelet_synthesis(g, spatial, filters, **settings)
        x, y, g, back = (each.astype(F64) for each in (x, y, g, back))
        bound = np.linalg.norm(y) * np.linalg.norm(g)
        assert abs(np.vdot(y, g) - np.vdot(x, back)) <= 2 * tolerance(dtype) * bound
        assert np.any(y) and np.any(back)


def test_number_of_threads_and_batch_change_no_bit(kernels: ModuleType, simd: str) -> None:
    for dtype, spatial, channels, data_format in pairwise(
        DTYPES[:3], LARGER, (1, 3, 16), DATA_FORMATS
    ):
        filters = [filters_of("sym8").astype(window_dtype(dtype))] * len(spatial)
        settings = dict(mode="smooth", data_format=data_format, simd=simd)
        x = signal(0, array_shape(5, spatial, channels, data_format), dtype)
        y = kernels.wavelet_analysis(x, filters, threads=1, **settings)
        back = kernels.wavelet_synthesis(y, spatial, filters, threads=1, **settings)
        for threads in (2, 3, 7):
            again = kernels.wavelet_analysis(x, filters, threads=threads, **settings)
            assert same_bits(again, y)
            again = kernels.wavelet_synthesis(y, spatial, filters, threads=threads, **settings)
            assert same_bits(again, back)
        alone = kernels.wavelet_analysis(x[3:4], filters, threads=2, **settings)
        assert same_bits(alone, y[3:4])
        alone = kernels.wavelet_synthesis(y[3:4], spatial, filters, threads=2, **settings)
        assert same_bits(alone, back[3:4])
        if dtype in DTYPES[:2]:
            slopes = [
                kernels.wavelet_filter_gradient(x, y, filters, 0, threads=threads, **settings)
                for threads in (1, 2, 5)
            ]
            assert same_bits(slopes[0], slopes[1]) and same_bits(slopes[0], slopes[2])


@pytest.mark.parametrize(
    ("spatial", "batch", "channels"),
    [
        ((150,), 1, (2, 9, 40, 200)),
        ((3,), 33, (3, 16)),
        ((21, 150), 1, (3, 8, 17, 64)),
        ((5, 64), 1, (600,)),  # tiles of a row fill a cache
        ((7, 9, 21), 1, (4, 8, 33)),
    ],
    ids=str,
)
def test_number_of_channels_changes_no_bit(
    kernels: ModuleType,
    simd: str,
    spatial: tuple[int, ...],
    batch: int,
    channels: tuple[int, ...],
) -> None:
    """Every way of lanes, of blocks of rows and of pieces of a row adds up in the same order."""
    modes = ("symmetric", "smooth", "periodization")
    names = ("haar", "bior2.2", "sym8") if len(channels) > 1 else ("sym8",)
    for rule, mode, name, count, dtype in pairwise(RULES, modes, names, channels, DTYPES[:2]):
        filters = [filters_of(name).astype(dtype)] * len(spatial)
        h = [coefficients(n, filters[0].shape[1], mode, rule) for n in spatial]
        settings = dict(rule=rule, mode=mode, simd=simd)
        x = signal(0, (batch, *spatial, count), dtype)
        g = signal(1, bands_shape(batch, spatial, count, "channels_last", h), dtype)
        y = kernels.wavelet_analysis(x, filters, **settings)
        back = kernels.wavelet_synthesis(g, spatial, filters, **settings)
        for few in (np.s_[..., :1], np.s_[..., -5:]):
            part = np.ascontiguousarray(x[few])
            assert same_bits(kernels.wavelet_analysis(part, filters, **settings), y[few])
            part = np.ascontiguousarray(g[few])
            again = kernels.wavelet_synthesis(part, spatial, filters, **settings)
            assert same_bits(again, back[few])
        assert_close(
            y[..., :1], wavelet_oracle.analysis(x[..., :1], filters, rule=rule, mode=mode), dtype
        )
        expected = wavelet_oracle.synthesis(g[..., -1:], spatial, filters, rule=rule, mode=mode)
        assert_close(back[..., -1:], expected, dtype)


def test_neighbours_stay_out(kernels: ModuleType, simd: str) -> None:
    """A loud image and channel, and one of NaN, change no bit of the others."""
    for data_format in DATA_FORMATS:
        filters = [filters_of("db2").astype(F32)] * 2
        shape = array_shape(3, (21, 18), 5, data_format)
        x = signal(0, shape, F32)
        channel = np.s_[1, ..., 2] if data_format == "channels_last" else np.s_[1, 2]
        y = kernels.wavelet_analysis(x, filters, data_format=data_format, simd=simd)
        back = kernels.wavelet_synthesis(y, (21, 18), filters, data_format=data_format, simd=simd)
        for loud in (np.float32(1e30), np.float32(np.nan)):
            spoiled = x.copy()
            spoiled[channel] = loud
            z = kernels.wavelet_analysis(spoiled, filters, data_format=data_format, simd=simd)
            spoiled_bands = y.copy()
            own = np.s_[1, ..., 2] if data_format == "channels_last" else np.s_[1, :, 2]
            spoiled_bands[own] = loud
            w = kernels.wavelet_synthesis(
                spoiled_bands, (21, 18), filters, data_format=data_format, simd=simd
            )
            for clean, other, place in ((y, z, own), (back, w, channel)):
                rest = np.ones(clean.shape, bool)
                rest[place] = False
                assert same_bits(clean[rest], other[rest])


def test_accurate_beside_loud_channels(kernels: ModuleType, simd: str) -> None:
    filters = [filters_of("sym8").astype(F32)]
    x = (signal(0, (2, 300, 4), F64) * 10.0 ** np.arange(-6, 2).reshape(2, 1, 4)).astype(F32)
    y = kernels.wavelet_analysis(x, filters, simd=simd)
    expected = wavelet_oracle.analysis(x, filters)
    actual, exact = (np.moveaxis(each, -1, 1).reshape(2, 4, -1) for each in (y, expected))
    assert_each_close(actual, exact, np.zeros((2, 4)), tolerance(F32))


def test_nothing(kernels: ModuleType) -> None:
    for spatial, (batch, channels) in itertools.product(
        ((6,), (6, 5), (6, 5, 4)), ((0, 3), (2, 0), (0, 0))
    ):
        filters = [filters_of("db2").astype(F32)] * len(spatial)
        x = np.ones((batch, *spatial, channels), F32)
        y = kernels.wavelet_analysis(x, filters)
        assert y.shape[0] == batch and y.shape[-2:] == (2 ** len(spatial), channels)
        assert kernels.wavelet_synthesis(y, spatial, filters).shape == x.shape
        slope = kernels.wavelet_filter_gradient(x, y, filters, len(spatial) - 1)
        assert np.array_equal(slope, np.zeros((2, 4), F32))


def test_the_highest_level_of_short_signals(kernels: ModuleType, simd: str) -> None:
    """Its filters reach around the signal many times; memory is that of the signal."""
    filters = [filters_of("db14")]
    for n in (1, 2, 7, 8, 9):
        x = signal(n, (2, n, 3), np.float64)
        for level in (3, 23, 24):
            how = dict(rule="swt", level=level)
            y = kernels.wavelet_analysis(x, filters, simd=simd, **how)
            assert_close(y, wavelet_oracle.analysis(x, filters, **how), np.float64)
            back = kernels.wavelet_synthesis(y, n, filters, simd=simd, **how)
            assert_close(back, wavelet_oracle.synthesis(y, (n,), filters, **how), np.float64)


BAD = (  # function, arguments, what the message holds
    ("wavelet_analysis", (np.ones((2, 8, 3)), [np.ones((2, 3))]), r"filters\[0\]: shape \[2, 3\]"),
    ("wavelet_analysis", (np.ones((2, 8, 3)), [np.ones((3, 4))]), r"filters\[0\]: shape \[3, 4\]"),
    ("wavelet_analysis", (np.ones((2, 8, 3)), [np.ones((2, 4), F32)]), r"filters\[0\]: dtype"),
    ("wavelet_analysis", (np.ones((2, 8, 3)), []), r"filters: 0 of them; allowed: 1 to 3"),
    ("wavelet_analysis", (np.ones((2, 8)), [np.ones((2, 4))]), r"x: shape \[2, 8\].* rank must"),
    ("wavelet_analysis", (np.ones((2, 0, 3)), [np.ones((2, 4))]), r"x: spatial axis 0 has length"),
    (
        "wavelet_synthesis",
        (np.ones((2, 5, 2, 3)), 9, [np.ones((2, 4))]),
        r"bands: 5 coefficients on spatial axis 0; allowed for 9 samples and 4 taps: 6",
    ),
    (
        "wavelet_synthesis",
        (np.ones((2, 5, 3, 3)), 7, [np.ones((2, 4))]),
        r"bands: 3 bands on dimension 2; allowed with 1 spatial axes: 2",
    ),
    ("wavelet_synthesis", (np.ones((2, 5, 2, 3)), 0, [np.ones((2, 4))]), r"size"),
    (
        "wavelet_filter_gradient",
        (np.ones((2, 7, 3)), np.ones((2, 5, 2, 3)), [np.ones((2, 4))], 1),
        r"axis: 1; allowed: 0 to 0",
    ),
)


@pytest.mark.parametrize(("function", "arguments", "message"), BAD)
def test_refuses(kernels: ModuleType, function: str, arguments: tuple, message: str) -> None:
    with pytest.raises((ValueError, TypeError), match=message):
        getattr(kernels, function)(*arguments)


def test_refuses_names_and_levels(kernels: ModuleType) -> None:
    x, filters = np.ones((2, 8, 3)), [np.ones((2, 4))]
    for settings, message in (
        (dict(mode="mirror"), r"mode: 'mirror' is unknown; allowed: 'zero', 'constant'"),
        (dict(rule="fwt"), r"rule: 'fwt' is unknown; allowed: 'dwt', 'idwt', 'swt'"),
        (dict(level=-1), r"level: -1; allowed: 0 to 24"),
    ):
        with pytest.raises(ValueError, match=message):
            kernels.wavelet_analysis(x, filters, **settings)
    with pytest.raises(ValueError, match=r"x: spatial axis 0 has length 1; allowed with mode"):
        kernels.wavelet_analysis(np.ones((2, 1, 3)), filters, mode="reflect")
