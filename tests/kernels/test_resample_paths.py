"""The ways through a tensor: images or rows as lanes, shared tasks, volumes, the cache of axes."""

import math
import threading
from concurrent.futures import ThreadPoolExecutor
from types import ModuleType

import numpy as np
import oracle
import pytest
from samples import DATA_FORMATS, DTYPES, NORMS, array_shape, same_bits, signal, windows_for
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


# Two large prime factors beside small ones: of their bins only those of the band are computed.
@pytest.mark.parametrize(("n", "m"), [(427, 213), (213, 427), (244, 183), (366, 305), (94, 141)])
@pytest.mark.parametrize("channels", [2, 3, 16, 21])
def test_large_radices_skip_what_is_cropped(
    kernels: ModuleType, simd: str, n: int, m: int, channels: int
) -> None:
    for dtype in DTYPES[:2]:
        x = signal(n, (2, n, channels), dtype)
        for windows in (None, windows_for(n, (n,), (m,), dtype)):
            y = kernels.resample(x, m, windows=windows, simd=simd, fft_cost=0.0)
            assert_close(y, oracle.resample(x, (m,), windows=windows), dtype)


# Whole ratios either way, with the copied phase and, by the window, without it; the band. Passes
# ask for samples that lie behind the end of the last row.
@pytest.mark.parametrize(
    ("n", "m"),
    [(8192, 4096), (12288, 4096), (16384, 4096), (16384, 2048), (4096, 16384), (16384, 12288)],
)
@pytest.mark.parametrize("channels", [16, 21, 32])
def test_long_single_axes(kernels: ModuleType, simd: str, n: int, m: int, channels: int) -> None:
    for dtype in DTYPES[:2]:
        x = signal(n, (3, n, channels), dtype)
        for windows in (None, windows_for(n, (n,), (m,), dtype)):
            y = kernels.resample(x, m, windows=windows, simd=simd, threads=2)
            assert_close(y, oracle.resample(x, (m,), windows=windows), dtype)
            one = kernels.resample(x, m, windows=windows, simd=simd, threads=1)
            assert same_bits(one, y)


@pytest.mark.parametrize("data_format", DATA_FORMATS)
@pytest.mark.parametrize("dtype", DTYPES, ids=str)
def test_many_small_images(
    kernels: ModuleType, simd: str, dtype: np.dtype, data_format: str
) -> None:
    """As lanes, whole groups of them and a rest."""
    cases = (
        (33, (8, 8), 3, (4, 4)),
        (40, (5, 9), 1, (7, 4)),
        (65, (1, 16), 1, (1, 8)),
        (34, (47, 56), 2, (40, 28)),
        (32, (30, 113), 1, (30, 112)),
        (37, (3, 4, 5), 1, (2, 4, 9)),
    )
    for case, (batch, spatial, channels, output_size) in enumerate(cases):
        x = signal(case, array_shape(batch, spatial, channels, data_format), dtype)
        for windows in (None, windows_for(case, spatial, output_size, dtype)):
            settings = dict(windows=windows, data_format=data_format)
            y = kernels.resample(x, output_size, simd=simd, threads=2, **settings)
            assert_close(y, oracle.resample(x, output_size, **settings), dtype)


@pytest.mark.parametrize("data_format", DATA_FORMATS)
@pytest.mark.parametrize("channels", [1, 2, 3, 5, 7])
def test_rows_as_lanes(kernels: ModuleType, simd: str, channels: int, data_format: str) -> None:
    """Whole and half-empty blocks of rows, either axis first."""
    for case, (spatial, output_size) in enumerate(
        (
            ((67, 45), (33, 29)),
            ((33, 200), (32, 100)),
            ((200, 33), (61, 34)),
            ((16, 48), (40, 96)),
            ((9, 40, 24), (5, 20, 13)),
            ((5, 12, 24), (9, 20, 31)),
        )
    ):
        x = signal(case, array_shape(2, spatial, channels, data_format), np.float32)
        y = kernels.resample(x, output_size, simd=simd, data_format=data_format)
        assert_close(y, oracle.resample(x, output_size, data_format=data_format), np.float32)


@pytest.mark.parametrize("dtype", DTYPES, ids=str)
@pytest.mark.parametrize(("way", "fft_cost"), [("fft", 0.0), ("matrix", math.inf)])
def test_copied_rows_last(
    kernels: ModuleType, simd: str, way: str, fft_cost: float, dtype: np.dtype
) -> None:
    """Whole ratios of the middle axis where the tile would be large; alone and shared."""
    cases = (
        ((128, 96), 64, (64, 48)),
        ((144, 80), 72, (48, 33)),
        ((160, 64), 50, (40, 50)),
        ((150, 60), 64, (75, 40)),
        ((130, 40), 64, (65, 90)),
        ((300, 60), 64, (1, 30)),
    )
    for case, (spatial, channels, output_size) in enumerate(cases):
        for batch in (1, 3):
            shape = (batch, *spatial, channels)
            settings = dict(simd=simd, fft_cost=fft_cost)
            plan = kernels.resample_plan(shape, output_size, dtype=np.dtype(dtype).name, **settings)
            assert plan["copies_last"]
            assert plan["ways"][0] == way
            x = signal(case, shape, dtype)
            norm = NORMS[case % 3]
            y = kernels.resample(x, output_size, norm=norm, threads=3, **settings)
            assert_close(y, oracle.resample(x, output_size, norm=norm), dtype)
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


@pytest.mark.parametrize(
    ("shape", "output_size"),
    [
        ((1, 96, 80, 16), (48, 40)),  # one task that all share
        ((1, 61, 160, 3), (30, 160)),
        ((3, 64, 48, 33), (31, 24)),
        ((40, 24, 20, 1), (12, 10)),
        ((1, 12, 40, 30, 8), (6, 20, 15)),
        ((2, 4096, 2), (1024,)),
    ],
)
def test_number_of_threads_changes_no_bit(
    kernels: ModuleType, shape: tuple[int, ...], output_size: tuple[int, ...]
) -> None:
    for dtype in DTYPES[:3]:
        x = signal(0, shape, dtype)
        one = kernels.resample(x, output_size, threads=1)
        assert_close(one, oracle.resample(x, output_size), dtype)
        for threads in (2, 3, 7):
            assert same_bits(one, kernels.resample(x, output_size, threads=threads))


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
