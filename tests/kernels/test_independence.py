"""Images, and channels that are not mixed, know nothing of each other: not by rounding, not by NaN.

What is loud or not finite stays where it is, and the rest keeps the accuracy that it has alone. But
for the convolutions, an image even keeps its bits, in any batch.
"""

import math
from collections.abc import Sequence
from types import ModuleType
from typing import Any

import numpy as np
import oracle
import pytest
from neighbours import (
    Case,
    Conv,
    Resample,
    SpectralConv,
    along,
    among_others,
    check_window_gradients,
    disturbed,
    given_to,
    loud_in,
    noise,
    parts,
    poisoned,
    undisturbed,
)
from samples import DATA_FORMATS, DTYPES, array_shape, same_bits, signal
from tolerances import assert_each_close, tolerance

FFT, MATRIX = 0.0, math.inf
BATCHES = (1, 2, 3, 7, 16, 17, 32, 33)

RESAMPLES = (
    # Whole ratios go by phases, some of which are copies; a window ends that.
    Resample("half", (64,), (32,), 16, fft_cost=FFT),
    Resample("third, window", (96,), (32,), 33, windowed=True, fft_cost=FFT),
    Resample("quarter", (96,), (24,), 3, fft_cost=FFT),
    Resample("half, window", (60,), (30,), 5, windowed=True, fft_cost=FFT),
    Resample("double", (30,), (60,), 2, fft_cost=FFT),
    Resample("triple", (31,), (93,), 64, fft_cost=FFT),
    Resample("fourfold, window", (24,), (96,), 16, windowed=True, fft_cost=FFT),
    # Other ratios: odd, even, with large radices, and prime lengths that go by grids.
    Resample("ratio", (60,), (35,), 16, fft_cost=FFT),
    Resample("ratio up, window", (35,), (60,), 33, windowed=True, fft_cost=FFT),
    Resample("radix 97", (194,), (97,), 3, fft_cost=FFT),
    Resample("grid down", (101,), (50,), 17, fft_cost=FFT),
    Resample("grid up, window", (127,), (200,), 1, windowed=True, fft_cost=FFT, batch=35),
    Resample("long grid", (1009,), (504,), 2),
    Resample("long", (300,), (120,), 16),
    Resample("long, few channels", (512,), (256,), 5),
    # Samples of one signal as lanes: full vectors of phases, partial ones, a chirp; and channels.
    Resample("signal", (4096,), (1000,), 1),
    Resample("signal up, window", (3000,), (7000,), 2, windowed=True),
    Resample("signal by chirp", (9973,), (4096,), 1),
    Resample("half of a signal", (8192,), (4096,), 1),
    Resample("half of a signal, window", (8192,), (4096,), 1, windowed=True),
    Resample("signal, odd", (3003,), (2184,), 3),
    # Matrices: folded to halves and to quarters.
    Resample("halves", (45,), (31,), 64, fft_cost=MATRIX),
    Resample("halves up, window", (31,), (45,), 5, windowed=True, fft_cost=MATRIX),
    Resample("quarters", (48,), (24,), 33, fft_cost=MATRIX),
    Resample("quarters up", (12,), (34,), 1, fft_cost=MATRIX),
    # Centered and symmetric axes: each way, and samples of one signal as lanes.
    Resample("centered", (60,), (35,), 16, fft_cost=FFT, alignment="center"),
    Resample("centered half", (64,), (32,), 3, fft_cost=FFT, alignment="center"),
    Resample("centered, up", (31,), (93,), 33, windowed=True, fft_cost=FFT, alignment="center"),
    Resample("centered quarters", (48,), (20,), 5, fft_cost=MATRIX, alignment="center"),
    Resample("centered signal", (4096,), (1000,), 2, alignment="center"),
    Resample("cosines", (60,), (35,), 16, fft_cost=FFT, boundary="symmetric"),
    Resample("cosines up", (31,), (93,), 3, windowed=True, fft_cost=FFT, boundary="symmetric"),
    Resample("cosines by grid", (101,), (50,), 33, fft_cost=FFT, boundary="symmetric"),
    Resample("even quarters", (46,), (20,), 33, fft_cost=MATRIX, boundary="symmetric"),
    Resample("symmetric halves", (45,), (31,), 5, fft_cost=MATRIX, boundary="symmetric"),
    Resample("cosines of a signal", (4096,), (1000,), 1, boundary="symmetric"),
    Resample("cosines of a signal, up", (3000,), (7000,), 2, windowed=True, boundary="symmetric"),
    Resample("symmetric images", (8, 9), (4, 4), 3, boundary="symmetric", batch=33),
    # Two axes: rows as lanes, either axis first; odd numbers of rows; many small images as lanes.
    Resample("rows", (37, 40), (20, 20), 3, fft_cost=FFT),
    Resample("rows, last first", (13, 48), (32, 24), 1, fft_cost=FFT),
    Resample("rows, middle first", (48, 13), (16, 26), 2, windowed=True, fft_cost=FFT),
    Resample("rows by matrix", (33, 45), (21, 29), 5, fft_cost=MATRIX),
    Resample("small images", (8, 8), (4, 4), 3, fft_cost=MATRIX, batch=33),
    Resample("small images by FFT", (5, 18), (7, 9), 1, fft_cost=FFT, batch=35),
    Resample("small images, middle first", (64, 64), (13, 37), 1, batch=33),
    Resample("columns", (20, 21), (10, 34), 33, fft_cost=FFT),
    Resample("columns by matrix", (21, 20), (34, 10), 16, windowed=True, fft_cost=MATRIX),
    Resample("last axis stays", (36, 5), (18, 5), 7, fft_cost=FFT),
    Resample("first axis stays", (5, 36), (5, 27), 2, fft_cost=FFT),
    Resample("copies last by FFT", (64, 8), (32, 64), 80, fft_cost=FFT),
    Resample("copies last by matrix", (66, 8), (22, 64), 80, fft_cost=MATRIX),
    # As the model chooses, and with work for several threads at one image.
    Resample("large", (128, 128), (64, 64), 3),
    Resample("tall, window", (256, 20), (128, 31), 16, windowed=True),
    Resample("deep", (3, 128, 36), (5, 64, 20), 1),
    # Three axes: slices first, or the volume first.
    Resample("slices", (9, 20, 12), (5, 10, 7), 3, fft_cost=FFT),
    Resample("volume", (5, 6, 12), (9, 10, 31), 1, fft_cost=FFT),
    Resample("volume, lanes", (6, 7, 8), (4, 9, 4), 17, windowed=True, fft_cost=FFT),
    Resample("volume by matrix", (7, 6, 9), (9, 3, 12), 2, fft_cost=MATRIX),
)
SPECTRAL_CONVS = (
    SpectralConv("long, few modes", (4096,), (16,), (4096,), 3, 4),
    SpectralConv("long, many modes", (1024,), (300,), (1000,), 16, 5),
    SpectralConv("long, all modes", (1024,), (513,), (1024,), 16, 0),
    SpectralConv("long, few channels", (512,), (200,), (600,), 3, 0),
    SpectralConv("long prime", (1009,), (200,), (1009,), 2, 3),
    SpectralConv("chirp, lanes", (127,), (40,), (101,), 33, 0, fft_cost=FFT),
    SpectralConv("short", (40,), (9,), (31,), 17, 16, fft_cost=MATRIX),
    SpectralConv("many short", (24,), (9,), (30,), 3, 2, fft_cost=FFT, batch=33),
    SpectralConv("many small", (16, 9), (9, 5), (13, 12), 3, 0, batch=33),
    SpectralConv("plane", (33, 30), (12, 10), (20, 35), 16, 20, fft_cost=FFT),
    SpectralConv("plane, few channels", (18, 60), (6, 23), (18, 60), 5, 0, fft_cost=FFT),
    SpectralConv("plane by matrix", (21, 22), (12, 10), (21, 22), 33, 0, fft_cost=MATRIX),
    SpectralConv("volume", (6, 8, 10), (4, 5, 4), (5, 9, 12), 4, 3, fft_cost=FFT),
    SpectralConv("volume by matrix", (6, 7, 9), (4, 5, 4), (6, 7, 9), 17, 0, fft_cost=MATRIX),
    # Shared by all channels, few and all modes: filters.
    SpectralConv("plane, shared", (12, 10), (5, 4), (9, 12), 5, 0, shared=True),
    SpectralConv("filter of rows", (60,), (31,), (60,), 17, 0, shared=True, batch=35),
    SpectralConv("filter of odd rows", (45,), (23,), (45,), 3, 0, fft_cost=FFT),
    SpectralConv("filter of prime rows", (127,), (64,), (127,), 2, 0, shared=True, fft_cost=FFT),
    SpectralConv("filter", (20, 18), (20, 10), (20, 18), 33, 0, fft_cost=FFT),
    SpectralConv("filter, few channels", (30, 28), (30, 15), (30, 28), 3, 0, fft_cost=FFT),
    SpectralConv("filter, one channel", (21, 25), (21, 13), (21, 25), 1, 0, shared=True),
    SpectralConv("filter of small images", (8, 8), (8, 5), (8, 8), 2, 0, batch=33),
    SpectralConv("filter by matrix", (15, 14), (15, 8), (15, 14), 9, 0, fft_cost=MATRIX),
    SpectralConv("large filter", (96, 120), (96, 61), (96, 120), 3, 0),
    SpectralConv("filter of volumes", (6, 8, 10), (6, 8, 6), (6, 8, 10), 9, 0, fft_cost=FFT),
    SpectralConv("small volumes", (5, 4, 6), (5, 4, 4), (5, 4, 6), 2, 0, shared=True),
)
CONVS = (
    Conv("depthwise row", (64,), (9,), 33, 33, 33),
    Conv("depthwise, long", (300,), (31,), 3, 3, 3, "full"),
    Conv("depthwise", (21, 23), (4, 5), 40, 40, 40),
    Conv("depthwise, multiplied", (12, 13), (3, 3), 5, 10, 5, "circular"),
    Conv("depthwise volume", (9, 8, 7), (3, 2, 3), 6, 6, 6, "valid"),
    Conv("small groups", (20, 20), (3, 3), 6, 4, 2),
    Conv("wide groups", (13, 14), (3, 5), 40, 40, 2),
    Conv("wide groups, one row", (37,), (5,), 48, 51, 3, "circular"),
    Conv("wide groups, one tap", (7, 9), (1, 3), 34, 34, 2, "valid"),
    Conv("dense", (12, 11), (3, 3), 16, 20),
    Conv("dense row", (61,), (7,), 3, 33, 1, "full"),
    Conv("dense, little memory", (40, 9), (5, 3), 20, 40, workspace_bytes=1),
    Conv("dense volume", (5, 6, 7), (3, 2, 3), 4, 6),
)
CASES: tuple[Case, ...] = (*RESAMPLES, *SPECTRAL_CONVS, *CONVS)
SIGNALS = ("forward", "adjoint")  # the maps that give signals
TARGETS = ("scalar", "avx2", "avx512")


def each_map(
    cases: Sequence[Case], among: Sequence[str] = (*SIGNALS, "gradient")
) -> pytest.MarkDecorator:
    """Each map of each case: float32 with the channels last on every target, the rest in turn.

    Every pair of type, layout and target is met, with each operator.
    """
    chosen = []
    maps = [(case, map) for case in cases for map in case.maps if map in among]
    for number, (case, map) in enumerate(maps):
        rest = [
            (DTYPES[0], "channels_first"),
            (DTYPES[1], DATA_FORMATS[number // 3 % 2]),
            (DTYPES[2 + number % 2], DATA_FORMATS[number // 6 % 2]),
        ]
        types = [(DTYPES[0], "channels_last", simd) for simd in TARGETS]
        types += [(*pair, TARGETS[(number + i) % 3]) for i, pair in enumerate(rest)]
        for dtype, data_format, simd in types:
            name = f"{type(case).__name__}: {case.name}, {map}-{dtype}-{data_format}-{simd}"
            chosen.append(pytest.param(case, map, dtype, data_format, simd, id=name))
    names = ("case", "map", "dtype", "data_format", "simd")
    return pytest.mark.parametrize(names, chosen, indirect=["simd"])


@pytest.mark.parametrize("loudness", [1e6, 1e8], ids=["loud", "very loud"])
@each_map(CASES)
def test_loud_neighbour(
    kernels: ModuleType,
    simd: str,
    case: Case,
    map: str,
    dtype: np.dtype,
    data_format: str,
    loudness: float,
) -> None:
    """Beside a loud image, and beside a loud channel or group, the others are as exact as alone."""
    how = dict(case.way(map), data_format=data_format, simd=simd)
    for given, expected, quiet in disturbed(case, map, dtype, data_format, loudness):
        y = case.run(kernels, map, given, **how)
        allowed = case.tolerance(y.real.dtype)
        floor = noise(case, map, given, data_format)
        assert_each_close(parts(case, map, y, data_format), expected, floor, allowed, where=quiet)


@each_map(CASES)
def test_not_finite_neighbour(
    kernels: ModuleType, simd: str, case: Case, map: str, dtype: np.dtype, data_format: str
) -> None:
    """A NaN, and an infinity, in one sample stays in its image and its channel or group."""
    how = dict(case.way(map), data_format=data_format, simd=simd)
    clean, expected = undisturbed(case, map, dtype, data_format)
    floor = noise(case, map, clean, data_format)
    for value, which in ((np.nan, 0), (np.inf, -1)):
        given, reached = poisoned(case, map, clean, data_format, value, which)
        y = case.run(kernels, map, given, **how)
        actual, allowed = parts(case, map, y, data_format), case.tolerance(y.real.dtype)
        assert not np.isfinite(actual[reached].astype(np.float64)).all()
        assert_each_close(actual, expected, floor, allowed, where=~reached)


@each_map([case for case in CASES if not case.batch_may_plan], SIGNALS)
def test_bits_do_not_depend_on_the_batch(
    kernels: ModuleType, simd: str, case: Case, map: str, dtype: np.dtype, data_format: str
) -> None:
    """Alone, in batches of any size, beside any images, on one thread and on three."""
    how = dict(case.way(map), data_format=data_format, simd=simd)
    (x,) = given_to(case, map, dtype, data_format, BATCHES[-1])
    batches = BATCHES if x[0].size < 8000 else BATCHES[:4]

    def run(x: np.ndarray, threads: int) -> np.ndarray:
        return case.run(kernels, map, [x], threads=threads, **how)

    alone = {}
    for number, batch in enumerate(batches):
        y = run(x[:batch], (1, 3)[number % 2])
        for image in {0, batch // 2, batch - 1}:
            if image not in alone:
                alone[image] = run(x[image : image + 1], 1)
            assert same_bits(y[image : image + 1], alone[image]), f"image {image} of {batch}"
    others = among_others(x[:7], 3)
    for threads in (1, 3):
        assert same_bits(run(x[3:4], threads), alone[3])
        assert same_bits(run(others, threads)[3:4], alone[3])


@each_map([case for case in CASES if case.batch_may_plan], SIGNALS)
def test_bits_of_a_convolution_do_not_depend_on_the_others(
    kernels: ModuleType, simd: str, case: Case, map: str, dtype: np.dtype, data_format: str
) -> None:
    """Its plan may depend on the size of the batch, but on no value."""
    how = dict(case.way(map), data_format=data_format, simd=simd)
    for batch in (2, 3, 16):
        (x,) = given_to(case, map, dtype, data_format, batch)
        image = batch // 2
        y = case.run(kernels, map, [x], **how)
        others = among_others(x, image)
        for threads in (1, 3):
            again = case.run(kernels, map, [others], threads=threads, **how)
            assert same_bits(again[image], y[image])


WINDOWS = (
    Resample("half", (64,), (32,), 16, windowed=True),
    Resample("ratio", (45,), (60,), 33, windowed=True),
    Resample("prime", (97,), (48,), 3, windowed=True),
    Resample("one channel", (24,), (36,), 1, windowed=True, batch=35),
    Resample("plane", (12, 13), (6, 20), 5, windowed=True),
    Resample("volume", (5, 6, 7), (4, 9, 7), 2, windowed=True),
)


@pytest.mark.parametrize("case", WINDOWS, ids=[case.name for case in WINDOWS])
@pytest.mark.parametrize("data_format", DATA_FORMATS)
@pytest.mark.parametrize("dtype", DTYPES[:3], ids=str)
def test_window_gradient_adds_up_what_is_exact(
    kernels: ModuleType, simd: str, dtype: np.dtype, data_format: str, case: Resample
) -> None:
    check_window_gradients(kernels, case, dtype, data_format, simd=simd)


@each_map([case for case in CASES if case.groups == 1 and case.inputs > 1])
def test_loud_channel_of_a_dense_map(
    kernels: ModuleType, simd: str, case: Conv, map: str, dtype: np.dtype, data_format: str
) -> None:
    """What mixes channels does not mix all of them in everything.

    A channel of the output knows nothing of another's weights, nor one of the gradient by `x`; and
    the weights of two channels have a gradient in which no third one has a part.
    """
    how: dict[str, Any] = dict(data_format=data_format)
    channel_axis = 1 if data_format == "channels_first" else -1
    clean, _ = undisturbed(case, map, dtype, data_format)
    for side in (0, 1) if map == "gradient" else (0,):
        given, weights = [x.copy() for x in clean], case.parameter(dtype).copy()
        if map == "gradient":
            loud, axis = np.moveaxis(given[side], channel_axis, 0)[1], side - 2
        else:
            loud, axis = np.moveaxis(weights, -1 if map == "forward" else -2, 0)[1], channel_axis
        loud *= loud_in(dtype, 1e6)
        how["parameter"] = weights
        y = case.run(kernels, map, given, simd=simd, **case.way(map), **how)
        expected = along(case.expected(map, given, **how), axis)
        quiet = np.arange(expected.shape[1])[np.newaxis] != 1
        none = np.zeros(quiet.shape)
        allowed = case.tolerance(y.real.dtype)
        assert_each_close(along(y, axis), expected, none, allowed, where=quiet)


@pytest.mark.parametrize("fft_cost", [FFT, MATRIX])
@pytest.mark.parametrize("dtype", DTYPES, ids=str)
def test_little_that_is_left_of_much(
    kernels: ModuleType, simd: str, dtype: np.dtype, fft_cost: float
) -> None:
    """Errors are held to what went in where pooling takes nearly all of it away."""
    case = Resample("little left", (64,), (16,), 3, fft_cost=fft_cost)
    wave = 4 * np.cos(2 * np.pi * np.arange(64) * 25 / 64)
    x = (wave[:, np.newaxis] + 1e-4 * signal(0, (3, 64, 3), np.float64)).astype(dtype)
    expected = oracle.resample(x, (16,))
    assert np.linalg.norm(expected) < 1e-2 * np.linalg.norm(x.astype(np.float64))
    y = case.run(kernels, "forward", [x], fft_cost=fft_cost, simd=simd)
    actual, expected = (parts(case, "forward", each, "channels_last") for each in (y, expected))
    floor = noise(case, "forward", [x], "channels_last")
    assert_each_close(actual, expected, floor, tolerance(dtype))


def test_the_cases_copy_rows_last(kernels: ModuleType) -> None:
    for case in RESAMPLES:
        plan = kernels.resample_plan(
            array_shape(3, case.spatial, case.channels, "channels_last"),
            case.output_size,
            windowed=case.windowed,
            fft_cost=case.fft_cost,
        )
        assert plan["copies_last"] == case.name.startswith("copies last")
