"""The ways through a tensor: images or rows as lanes, shared tasks, volumes, the cache of axes."""

import math
import threading
from concurrent.futures import ThreadPoolExecutor
from types import ModuleType

import numpy as np
import oracle
import pytest
from samples import (
    DATA_FORMATS,
    DTYPES,
    NORMS,
    array_shape,
    pairwise,
    same_bits,
    signal,
    windows_for,
)
from tolerances import assert_close, relative_error, tolerance

PRIMES = [n for n in range(131, 1100) if all(n % p for p in range(2, math.isqrt(n) + 1))]


def test_prime_lengths_to_1100(kernels: ModuleType, simd: str) -> None:
    """With their smooth neighbours; pooled to a prime, by a whole ratio and by a ratio near 1."""
    for case, prime in enumerate(PRIMES[:: 1 if simd == "avx512" else 6]):
        n = prime + case % 2
        for m in (PRIMES[case] // 2, n // 2, 7 * n // 8):
            x = signal(case, (1, n, 2), np.float32)
            y = kernels.resample(x, m, simd=simd)
            error = relative_error(y, oracle.resample(x, (m,)))
            assert error <= tolerance(np.float32), f"{n} -> {m}: relative error {error:.2e}"


def test_large_radices_skip_what_is_cropped(kernels: ModuleType) -> None:
    """Two large prime factors beside small ones: of their bins only the band's are computed."""
    lengths = ((427, 213), (213, 427), (244, 183), (366, 305), (94, 141))
    for (n, m), channels, dtype, windowed in pairwise(
        lengths, (2, 3, 16, 21), DTYPES[:2], (False, True)
    ):
        x = signal(n, (2, n, channels), dtype)
        windows = windows_for(n, (n,), (m,), dtype) if windowed else None
        expected = oracle.resample(x, (m,), windows=windows)
        for simd in kernels.simd_targets():
            y = kernels.resample(x, m, windows=windows, simd=simd, fft_cost=0.0)
            assert_close(y, expected, dtype)


def test_long_single_axes(kernels: ModuleType) -> None:
    """Whole ratios either way, with the copied phase and, by the window, without it; the band.

    Passes ask for samples that lie behind the end of the last row.
    """
    lengths = ((8192, 4096), (12288, 4096), (16384, 4096), (16384, 2048), (4096, 16384))
    lengths += ((16384, 12288),)
    for (n, m), channels, dtype, windowed in pairwise(
        lengths, (16, 21, 32), DTYPES[:2], (False, True)
    ):
        x = signal(n, (3, n, channels), dtype)
        windows = windows_for(n, (n,), (m,), dtype) if windowed else None
        expected = oracle.resample(x, (m,), windows=windows)
        for simd in kernels.simd_targets():
            y = kernels.resample(x, m, windows=windows, simd=simd, threads=2)
            assert_close(y, expected, dtype)
            assert same_bits(kernels.resample(x, m, windows=windows, simd=simd, threads=1), y)


SMALL = (  # (batch, spatial size, channels, output size)
    (33, (8, 8), 3, (4, 4)),
    (40, (5, 9), 1, (7, 4)),
    (65, (1, 16), 1, (1, 8)),
    (34, (47, 56), 2, (40, 28)),
    (32, (30, 113), 1, (30, 112)),
    (37, (3, 4, 5), 1, (2, 4, 9)),
)


def test_many_small_images(kernels: ModuleType) -> None:
    """As lanes, whole groups of them and a rest."""
    for (batch, spatial, channels, output_size), dtype, data_format, windowed in pairwise(
        SMALL, DTYPES, DATA_FORMATS, (False, True)
    ):
        x = signal(batch, array_shape(batch, spatial, channels, data_format), dtype)
        windows = windows_for(batch, spatial, output_size, dtype) if windowed else None
        settings = dict(windows=windows, data_format=data_format)
        expected = oracle.resample(x, output_size, **settings)
        for simd in kernels.simd_targets():
            y = kernels.resample(x, output_size, simd=simd, threads=2, **settings)
            assert_close(y, expected, dtype)


def test_rows_as_lanes(kernels: ModuleType) -> None:
    """Whole and half-empty blocks of rows, either axis first."""
    sizes = (
        ((67, 45), (33, 29)),
        ((33, 200), (32, 100)),
        ((200, 33), (61, 34)),
        ((16, 48), (40, 96)),
        ((9, 40, 24), (5, 20, 13)),
        ((5, 12, 24), (9, 20, 31)),
    )
    for (spatial, output_size), channels, data_format in pairwise(
        sizes, (1, 2, 3, 5, 7), DATA_FORMATS
    ):
        x = signal(channels, array_shape(2, spatial, channels, data_format), np.float32)
        expected = oracle.resample(x, output_size, data_format=data_format)
        for simd in kernels.simd_targets():
            y = kernels.resample(x, output_size, simd=simd, data_format=data_format)
            assert_close(y, expected, np.float32)


COPIED = (  # (spatial size, channels, output size)
    ((128, 96), 64, (64, 48)),
    ((144, 80), 72, (48, 33)),
    ((160, 64), 50, (40, 50)),
    ((150, 60), 64, (75, 40)),
    ((130, 40), 64, (65, 90)),
    ((300, 60), 64, (1, 30)),
)


def test_copied_rows_last(kernels: ModuleType) -> None:
    """Whole ratios of the middle axis where the tile would be large; alone and shared."""
    ways = (("fft", 0.0), ("matrix", math.inf))
    for (spatial, channels, output_size), dtype, (way, fft_cost), batch, norm in pairwise(
        COPIED, DTYPES, ways, (1, 3), NORMS
    ):
        x = signal(channels, (batch, *spatial, channels), dtype)
        expected = oracle.resample(x, output_size, norm=norm)
        for simd in kernels.simd_targets():
            settings = dict(simd=simd, fft_cost=fft_cost)
            plan = kernels.resample_plan(x.shape, output_size, dtype=dtype.name, **settings)
            assert plan["copies_last"] and plan["ways"][0] == way
            y = kernels.resample(x, output_size, norm=norm, threads=3, **settings)
            assert_close(y, expected, dtype)
            one = kernels.resample(x, output_size, norm=norm, threads=1, **settings)
            assert same_bits(one, y)


def test_copied_rows_come_with_the_others(kernels: ModuleType) -> None:
    """Where the tile is small, the middle axis has a window, is no whole ratio or is enlarged."""
    for shape, output_size, windowed in (
        ((2, 32, 32, 64), (16, 16), False),
        ((2, 128, 96, 64), (64, 48), True),
        ((2, 128, 96, 64), (63, 48), False),
        ((2, 64, 96, 64), (128, 48), False),
    ):
        assert not kernels.resample_plan(shape, output_size, windowed=windowed)["copies_last"]


SHARED = (  # (shape, output size)
    ((1, 96, 80, 16), (48, 40)),  # one task that all share
    ((1, 61, 160, 3), (30, 160)),
    ((1, 200, 384, 3), (100, 192)),  # by FFTs
    ((3, 64, 48, 33), (31, 24)),
    ((40, 24, 20, 1), (12, 10)),
    ((1, 12, 40, 30, 8), (6, 20, 15)),
    ((2, 4096, 2), (1024,)),
    ((3, 60, 60, 48), (30, 45)),
    ((5, 90, 33), (45,)),
    ((7, 64, 2), (48,)),
)


@pytest.mark.parametrize("fft_cost", [None, 0.0, math.inf], ids=["any", "fft", "matrix"])
def test_number_of_threads_changes_no_bit(kernels: ModuleType, fft_cost: float | None) -> None:
    for shape, output_size in SHARED:
        for dtype in DTYPES[:3]:
            x = signal(0, shape, dtype)
            one = kernels.resample(x, output_size, threads=1, fft_cost=fft_cost)
            assert_close(one, oracle.resample(x, output_size), dtype)
            for threads in (2, 3, 7):
                again = kernels.resample(x, output_size, threads=threads, fft_cost=fft_cost)
                assert same_bits(one, again)


def test_these_cases_meet_every_state_of_a_plan(kernels: ModuleType, simd: str) -> None:
    """Else a constant that moves would leave a path without its test."""
    cases = [*SHARED, *(((batch, *size, c), out) for batch, size, c, out in SMALL)]
    cases += [((1, *size, c), out) for size, c, out in COPIED]
    met = set()
    for shape, output_size in cases:
        plan = kernels.resample_plan(shape, output_size, simd=simd, threads=3)
        met |= {f"{way} on axis {axis}" for axis, way in enumerate(plan["ways"])}
        met |= {
            "copied rows last" if plan["copies_last"] else "copied rows with the others",
            "a shared task" if plan["tasks"] < plan["workers"] else "a task for each worker",
            "one worker" if plan["workers"] == 1 else "several workers",
            "some channels" if plan["channel_block"] < shape[-1] else "all channels",
        }
        if len(shape) > 3 and plan["channel_block"] > shape[-1]:
            met.add("images as lanes")
    states = {f"{way} on axis {axis}" for way in ("fft", "matrix") for axis in (0, 1)}
    states |= {"copied rows last", "copied rows with the others", "some channels", "all channels"}
    states |= {"a shared task", "a task for each worker", "several workers"}
    if simd != "scalar":  # which has one lane
        states |= {"images as lanes", "one worker"}
    assert not states - met


def test_cache_of_axes_is_bounded(kernels: ModuleType) -> None:
    for n in range(900, 1000):
        kernels.resample(np.ones((1, n, 1), np.float64), n - 1, fft_cost=math.inf)
        use = kernels.axis_cache()
        assert use["entries"] > 0
        assert 0 < use["bytes"] <= use["limit_bytes"]
    # A hundred matrices of 900 x 900 doubles, folded to a half, are more than it may hold.
    assert use["entries"] < 100


def test_cache_of_axes_serves_threads_at_once(kernels: ModuleType) -> None:
    lengths = list(range(400, 440))
    inputs = [signal(n, (2, n, 3), np.float32) for n in lengths]
    expected = [kernels.resample(x, n // 3) for x, n in zip(inputs, lengths, strict=True)]
    start = threading.Barrier(4)

    def run(offset: int) -> None:
        start.wait()
        for i in range(len(lengths)):
            at = (i * 7 + offset) % len(lengths)
            y = kernels.resample(inputs[at], lengths[at] // 3, threads=2)
            assert same_bits(y, expected[at])

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(run, range(4)))
