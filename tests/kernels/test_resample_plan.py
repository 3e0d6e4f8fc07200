"""The ways of one axis against the oracle and each other, and what a plan promises."""

import math
from types import ModuleType

import numpy as np
import oracle
import pytest
from samples import DATA_FORMATS, DTYPES, NORMS, array_shape, pairwise, signal, windows_for
from tolerances import assert_close, relative_error, tolerance

WAYS = {"fft": 0.0, "matrix": math.inf}
MEGABYTE = 2**20

LENGTHS = (
    [(n, m) for n in range(1, 33) for m in (1, n - 1, n, n + 1, n // 2, 2 * n, 3 * n) if m >= 1]
    + [(34, 22), (38, 95), (62, 93), (97, 89), (194, 97), (97, 291), (254, 127)]  # large radices
    + [(101, 50), (101, 202), (202, 101), (103, 107), (211, 422), (300, 103)]  # primes
    + [(303, 101), (404, 101), (101, 303), (183, 61), (61, 244)]  # the same, three phases and more
    + [(16 * 9, 16 * 4), (5 * 7 * 11, 11 * 13), (8 * 13, 4 * 13), (343, 49)]  # mixed radices
)


@pytest.mark.parametrize("dtype", DTYPES, ids=str)
def test_each_way_is_right_at_any_length(kernels: ModuleType, dtype: np.dtype) -> None:
    for case, (n, m) in enumerate(LENGTHS):
        x = signal(case, (1, n, 5), dtype)
        norm = NORMS[case % 3]
        for windows in (None, windows_for(case, (n,), (m,), dtype)):
            expected = oracle.resample(x, (m,), norm=norm, windows=windows)
            for simd in kernels.simd_targets():
                for way, fft_cost in WAYS.items():
                    settings = dict(norm=norm, windows=windows, simd=simd, fft_cost=fft_cost)
                    error = relative_error(kernels.resample(x, m, **settings), expected)
                    assert error <= tolerance(dtype), f"{n} -> {m}, {way}: {error:.2e}"


def test_each_way_in_each_layout(kernels: ModuleType) -> None:
    sizes = ((3, 12, 35), (12, 35, 24), (6, 8, 70))
    for channels, output_size, data_format in pairwise((1, 3, 16, 21), sizes, DATA_FORMATS):
        x = signal(channels, array_shape(2, (6, 24, 35), channels, data_format), np.float32)
        expected = oracle.resample(x, output_size, data_format=data_format)
        for simd in kernels.simd_targets():
            for fft_cost in WAYS.values():
                settings = dict(simd=simd, fft_cost=fft_cost, data_format=data_format)
                assert_close(kernels.resample(x, output_size, **settings), expected, np.float32)


def test_long_axes(kernels: ModuleType) -> None:
    lengths = [(n, m) for n in (521, 1000, 1021, 1024, 1087) for m in (n // 2, 2 * n, 7 * n // 8)]
    lengths += [(2**17, 2**16), (2**17, 1000), (131071, 65536)]
    for n, m in lengths:
        for dtype in DTYPES[:2]:
            x = signal(n, (1, n, 3 if n < 2000 else 1), dtype)
            assert_close(kernels.resample(x, m), oracle.resample(x, (m,)), dtype)


def test_model_chooses_either_way(kernels: ModuleType) -> None:
    def ways(n: int, m: int, **settings: float) -> list[str]:
        return kernels.resample_plan((1, n, 16), m, **settings)["ways"]

    assert ways(16, 8) == ["matrix"]
    assert ways(16, 8, fft_cost=0.0) == ["fft"]
    assert ways(4096, 2048) == ["fft"]
    assert ways(1024, 512, fft_cost=math.inf) == ["matrix"]
    # A matrix of more than a few million entries is never built.
    assert ways(2**14, 2**13, fft_cost=math.inf) == ["fft"]
    assert ways(12, 12) == []


def test_small_images_take_the_cheaper_order_in_any_batch(kernels: ModuleType, simd: str) -> None:
    if simd == "scalar":
        pytest.skip("rows and images are lanes of vectors alone")

    def stages(batch: int, size: tuple[int, int], output_size: tuple[int, int]) -> list[str]:
        plan = kernels.resample_plan((batch, *size, 1), output_size, threads=2, simd=simd)
        return [stage.strip() for stage in plan["stages"].removesuffix("; shared").split(";")]

    for batch in (1, 12, 500):
        # Few rows are left where the middle axis goes first, in whole vectors nearly all of them.
        first, second = stages(batch, (96, 96), (27, 81))
        assert first.startswith("axis 1") and second.startswith("axis 2"), batch
        assert second.endswith("rows")
        # Else the last one goes first, and the images of a large batch are lanes.
        first, _ = stages(batch, (28, 28), (46, 12))
        assert first.startswith("axis 2"), batch
        assert first.endswith("images" if batch == 500 else "rows")


def test_workers_share_a_task_only_where_each_has_a_unit(kernels: ModuleType, simd: str) -> None:
    def shares(batch: int, size: int, output_size: int, threads: int) -> bool:
        settings = dict(threads=threads, simd=simd)
        plan = kernels.resample_plan((batch, size, size, 1), (output_size, output_size), **settings)
        return plan["stages"].endswith("; shared")

    assert shares(1, 512, 300, 2)
    assert shares(3, 512, 300, 2)
    # Two rounds, the second one nearly idle; but vectors of 60 rows are not a unit for each of 16.
    assert shares(17, 96, 60, 16) == (simd == "scalar")
    assert shares(17, 1024, 1000, 16)


@pytest.mark.parametrize("data_format", DATA_FORMATS)
@pytest.mark.parametrize("dtype", ["float32", "float64", "float16"])
def test_scratch_stays_below_its_bound(
    kernels: ModuleType, simd: str, dtype: str, data_format: str
) -> None:
    """At most 5 MB for each worker, for images up to 256 x 256: a tile of one vector of lanes."""
    settings = dict(dtype=dtype, data_format=data_format, threads=2, simd=simd)
    for n, m in ((256, 255), (256, 128), (256, 256), (100, 256), (251, 241), (224, 112), (8, 4)):
        for channels in (1, 3, 7, 8, 12, 16, 17, 31, 64, 1000):
            for windowed in (False, True):
                shape = array_shape(2, (n, n), channels, data_format)
                plan = kernels.resample_plan(shape, (m, m), windowed=windowed, **settings)
                assert plan["worker_bytes"] <= 5 * MEGABYTE, (shape, m, windowed, plan)


def test_scratch_does_not_grow_with_the_batch(kernels: ModuleType) -> None:
    few, many = (
        kernels.resample_plan((batch, 56, 56, 64), (28, 28), threads=2) for batch in (8, 512)
    )
    assert few["workspace_bytes"] == many["workspace_bytes"] <= 5 * MEGABYTE


def test_vectors_are_full_where_channels_fill_them(kernels: ModuleType, lanes: int) -> None:
    for n, m in ((224, 160), (256, 255), (512, 300), (32, 20)):
        plan = kernels.resample_plan((1, n, n, 32), (m, m))
        assert plan["channel_block"] % lanes == 0, plan
