"""Long axes that a GPU resamples by FFTs in shared memory."""

import math
from itertools import product
from types import ModuleType
from typing import Any

import numpy as np
import oracle
import pytest
from gpu_backends import NEVER
from neighbours import DUAL
from samples import (
    DATA_FORMATS,
    DTYPES,
    NORMS,
    RULES,
    array_shape,
    pairwise,
    same_bits,
    signal,
    windows_for,
)
from tolerances import assert_close, relative_error

F32, F64 = np.dtype(np.float32), np.dtype(np.float64)
FROM = 128  # samples that go this way here
RATIOS = (  # halves, fractions, larger, the same; odd at either end or at both
    (512, 256),
    (1024, 512),
    (768, 500),
    (640, 448),
    (700, 350),
    (630, 441),
    (525, 375),
    (375, 512),
    (512, 700),
    (512, 512),
    (512, 2),
    (512, 1),
    (2, 512),
    (1, 500),
)
LONG = ((2048, 1024), (4096, 2048), (4096, 3000), (1000, 4096), (2187, 2048), (4096, 4096))


def plans(testing: ModuleType, **sizes: Any) -> Any:
    """For an H100."""
    given = dict(processors=132, pair_bytes=113 << 10, block_bytes=227 << 10)
    made = testing.GpuPlans(**given | sizes)
    made.block_fft_length = FROM
    return made


def check(gpu: Any, shape: tuple[int, ...], size: tuple[int, ...], dtype: Any, **how: Any) -> None:
    """The forward map and its adjoint, by FFTs in shared memory on every axis.

    The adjoint is the map back with the other norm (docs/conventions.md, section 7).
    """
    first = how.get("data_format") == "channels_first"
    spatial = shape[2:] if first else shape[1:-1]
    out_shape = (*shape[:2], *size) if first else (shape[0], *size, shape[-1])
    launches = gpu.launches
    y = gpu.resample(signal(0, shape, dtype), size, **how)
    assert_close(y, oracle.resample(signal(0, shape, dtype), size, **how), dtype)
    g = signal(1, out_shape, dtype)
    grad_x = gpu.resample_adjoint(g, spatial, **how)
    back = how | dict(norm=DUAL[how.get("norm", "forward")])
    assert_close(grad_x, oracle.resample(g, spatial, **back), dtype)
    assert gpu.ffts == 0
    assert gpu.launches - launches == 2 * (1 + len(size))  # the tables and a kernel for each axis


def test_ratios(testing: ModuleType) -> None:
    """Types, layouts, norms, windows, rules and numbers of channels, in pairs."""
    rows = pairwise(
        RATIOS, DTYPES, DATA_FORMATS, NORMS, (False, True), (1, 2, 3, 7, 8, 19), RULES[:2]
    )
    for (n, m), dtype, data_format, norm, windowed, channels, rule in rows:
        gpu = testing.GpuEmulation(block_fft_length=0)
        windows = windows_for(2, (n,), (m,), dtype) if windowed else None
        if n == m and not windowed:
            continue
        shape = array_shape(2, (n,), channels, data_format)
        check(gpu, shape, (m,), dtype, windows=windows, norm=norm, data_format=data_format, **rule)


def test_long_axes(testing: ModuleType) -> None:
    """To 4096 samples, as many as there is shared memory for."""
    for number, (n, m) in enumerate(LONG):
        windows = windows_for(3, (n,), (m,), F32) if n == m or number % 2 else None
        for data_format in DATA_FORMATS:
            gpu = testing.GpuEmulation(block_fft_length=FROM)
            shape = array_shape(1, (n,), 8, data_format)
            check(gpu, shape, (m,), F32, windows=windows, data_format=data_format)


def test_errors_hardly_grow(testing: ModuleType) -> None:
    """They are those of a few roundings a stage: noise, and one frequency alone."""
    for n in (128, 512, 4096):
        gpu = testing.GpuEmulation(block_fft_length=FROM)
        for x in (
            np.random.default_rng(n).standard_normal((1, n, 8)),
            np.cos(2 * np.pi * 17 * np.arange(n)[:, None] / n + np.arange(8.0))[None],
        ):
            x = x.astype(F32)
            expected = oracle.resample(x, (n // 2,))
            assert relative_error(gpu.resample(x, (n // 2,)), expected) <= 4e-7
        assert gpu.ffts == 0


@pytest.mark.parametrize("data_format", DATA_FORMATS)
@pytest.mark.parametrize("batch", [1, 33])
def test_images(testing: ModuleType, batch: int, data_format: str) -> None:
    """Of three channels: one axis after the other."""
    gpu = testing.GpuEmulation(chunk_bytes=1 << 24, block_fft_length=FROM)
    shape = array_shape(batch, (128, 150), 3, data_format)
    check(gpu, shape, (64, 100), F32, data_format=data_format)
    gpu = testing.GpuEmulation(block_fft_length=FROM)
    shape = array_shape(batch, (512,), 3, data_format)
    check(gpu, shape, (320,), DTYPES[2], data_format=data_format)


def test_one_axis_of_two(testing: ModuleType) -> None:
    """The other one, a prime or mirrored, goes its own way."""
    for spatial, size, rule in (
        ((256, 131), (100, 65), {}),
        ((9, 256), (5, 100), {}),
        ((128, 256), (64, 100), dict(boundary="symmetric")),
    ):
        gpu = testing.GpuEmulation(block_fft_length=FROM)
        x = signal(0, (2, *spatial, 3), F32)
        assert_close(gpu.resample(x, size, **rule), oracle.resample(x, size, **rule), F32)
        assert gpu.ffts == 0


@pytest.mark.parametrize("data_format", DATA_FORMATS)
def test_neighbours(testing: ModuleType, data_format: str) -> None:
    """Same bits alone, and beside a loud, an infinite and a NaN image or channel."""
    for channels, dtype in ((3, F32), (8, F64), (1, F32)):
        gpu = testing.GpuEmulation(block_fft_length=FROM)
        shape = array_shape(5, (500,), channels, data_format)
        x = signal(0, shape, dtype)
        alone = [gpu.resample(x[i : i + 1], (375,), data_format=data_format) for i in range(5)]
        lines = np.moveaxis(x, -1, 1) if data_format == "channels_last" else x  # a view
        lines[1] *= 1e30
        lines[2, :, 7] = np.nan
        lines[3, -1, 11] = np.inf
        y = gpu.resample(x, (375,), data_format=data_format)
        for i in (0, 4):
            assert same_bits(y[i : i + 1], alone[i])
        assert np.isfinite(np.moveaxis(y, -1, 1) if data_format == "channels_last" else y)[1].all()
        by_line = np.moveaxis(y, -1, 1) if data_format == "channels_last" else y
        before = np.moveaxis(alone[3], -1, 1) if data_format == "channels_last" else alone[3]
        assert np.isnan(by_line[2]).all()
        assert not np.isfinite(by_line[3, -1]).any()
        assert same_bits(by_line[3, :-1].copy(), before[0, :-1].copy())


def test_stages(testing: ModuleType) -> None:
    """Few ones, whose radices give the length; what has other factors goes its way."""
    for n, count in ((128, 2), (512, 2), (1024, 3), (2048, 3), (700, 3), (1920, 3), (525, 4)):
        (one,) = plans(testing).resample([64, n, 8], [100])["chain"]["passes"]
        packed = n if n % 2 else n // 2
        assert math.prod(one["block_fft"]["forth"]) == packed
        assert len(one["block_fft"]["forth"]) == count
    for n, by_fft in ((509, False), (1022, False), (2062, True), (1 << 14, True)):
        (one,) = plans(testing).resample([64, n, 8], [n // 2])["chain"]["passes"]
        assert one["block_fft"] is None and one["by_fft"] == by_fft


def test_lines(testing: ModuleType) -> None:
    """As many as leave room for a second block; whole runs; fewer where there are few in all."""
    for n, channels, lines, blocks in (
        (512, 16, 32, 2),
        (512, 1, 32, 2),
        (1024, 16, 16, 2),
        (1024, 3, 15, 2),
        (4096, 16, 8, 1),
        (4096, 7, 7, 1),
    ):
        (one,) = plans(testing).resample([1 << 16, n, channels], [n // 2])["chain"]["passes"]
        fft = one["block_fft"]
        assert fft["lines"] == lines
        assert (228 << 10) // (fft["shared_bytes"] + 1024) == blocks
        (one,) = plans(testing).resample([1, n, channels], [n // 2])["chain"]["passes"]
        assert one["block_fft"]["lines"] <= 8


def test_settings(testing: ModuleType) -> None:
    """From which length on, and whether at all."""
    x = signal(0, (1, 64, 40, 8), F32)
    expected = oracle.resample(x, (32, 20))
    for length, launches in ((NEVER, 2), (65, 2), (64, 4), (0, 3)):
        gpu = testing.GpuEmulation(block_fft_length=length)
        assert_close(gpu.resample(x, (32, 20)), expected, F32)
        assert gpu.launches == launches
    for algorithm, shared in product(("auto", "matrix", "fft"), (227 << 10, 20 << 10)):
        gpu = testing.GpuEmulation(algorithm=algorithm, shared_bytes=shared)
        if algorithm == "matrix" and shared < 50_000:
            continue  # too long for it
        x = signal(0, (1, 1000, 3), F32)
        assert_close(gpu.resample(x, (500,)), oracle.resample(x, (500,)), F32)
        assert gpu.launches == (2 if shared > 50_000 and algorithm != "fft" else 3)
