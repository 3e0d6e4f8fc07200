"""`spectral_conv` of few modes of a long single axis, which goes by moments of blocks."""

import math
from types import ModuleType
from typing import Any

import numpy as np
import oracle
import pytest
from samples import DATA_FORMATS, weights_for
from spectral_conv_samples import F32, F64, check_neighbours, check_one_axis
from tolerances import assert_close

FFT, MOMENTS = 0.0, math.inf  # a matrix of so many modes takes longer
SIZES = (  # samples of x, of y, bins of the weights
    (4000, 4000, 16),
    (8191, 7013, 14),  # primes: the last blocks are short, or empty
    (1920, 2000, 16),  # blocks of 32 samples, the least
    (5000, 300, 20),  # one side is too short
    (90, 3001, 14),
    (90, 30001, 46),  # all modes of that one: the last is its Nyquist bin
    (30001, 90, 46),
    (20011, 20000, 40),
)
CHANNELS = ((17, (17, 20)), (20, (20, 30)), (33, (33,)), (17, ()))


def test_agrees_with_ffts(kernels: ModuleType) -> None:
    def check(plan: dict[str, Any], n: int, m: int) -> None:
        assert plan["analysis"][0] == ("moments" if n > 300 else "matrix")
        assert plan["synthesis"][0] == ("moments" if m > 300 else "matrix")

    check_one_axis(kernels, SIZES, CHANNELS, dict(fft_cost=MOMENTS), dict(fft_cost=FFT), check)


@pytest.mark.parametrize("data_format", DATA_FORMATS)
@pytest.mark.parametrize("dtype", [F32, F64])
def test_each_mode_matches_the_oracle(
    kernels: ModuleType, data_format: str, dtype: np.dtype, simd: str
) -> None:
    """The highest has the largest error of all, for it turns furthest in a block."""
    n, bins, channels = 3001, 16, 17
    for k in range(bins):
        wave = np.cos(2 * np.pi * k * np.arange(n) / n + np.arange(channels)[:, None] + k)
        x = (wave if data_format == "channels_first" else wave.T)[None].astype(dtype)
        w = weights_for(1, (bins,), (channels,), dtype)
        how: dict[str, Any] = dict(data_format=data_format)
        y = kernels.spectral_conv(x, w, simd=simd, fft_cost=MOMENTS, **how)
        assert_close(y, oracle.spectral_conv(x, w, **how), dtype)


def test_memory_is_bounded(kernels: ModuleType) -> None:
    """Images go in groups, by their moments too."""
    for x, w, how in (
        ((4096, 4096, 16), (32, 16, 16), {}),
        ((1024, 16, 131072), (64, 16, 16), dict(data_format="channels_first")),
    ):
        plan = kernels.spectral_conv_plan(x, w, **how)
        assert plan["analysis"] == plan["synthesis"] == ["moments"]
        assert plan["workspace_bytes"] < 40 << 20


@pytest.mark.parametrize("data_format", DATA_FORMATS)
def test_neighbours_do_not_matter(kernels: ModuleType, data_format: str) -> None:
    check_neighbours(kernels, 3001, 20, data_format, 0, fft_cost=MOMENTS)


def test_which_way(kernels: ModuleType) -> None:
    """Few modes of many samples, of planes and of channels that fill lanes; by one image alone."""

    def way(shape: tuple[int, ...], weights: tuple[int, ...], **how: Any) -> Any:
        return kernels.spectral_conv_plan(shape, weights, **how)["analysis"][0]

    moments = "moments"
    first: dict[str, Any] = dict(data_format="channels_first")
    for batch in (1, 100):
        assert way((batch, 131072, 16), (64, 16, 16)) == moments
        assert way((batch, 16, 8000), (8, 16, 16), **first) == moments
        assert way((batch, 1024, 64), (16, 64, 64)) != moments
        assert way((batch, 64, 1024), (64, 64, 64), **first) != moments
        assert way((batch, 131072, 16), (4096, 16, 16)) != moments


def test_few_planes(kernels: ModuleType, lanes: int) -> None:
    """Few leave most lanes of the matrix empty, while their samples would fill all."""
    how: dict[str, Any] = dict(data_format="channels_first")
    for channels, way in ((1, "fft"), (16, "moments")):
        plan = kernels.spectral_conv_plan((1, channels, 65536), (64, channels, channels), **how)
        assert plan["analysis"][0] == way or lanes < 16
    plan = kernels.spectral_conv_plan((1, 65536, 1), (64, 1, 1))
    assert plan["analysis"][0] == "fft" or lanes < 16


def test_one_signal_goes_to_all_workers(kernels: ModuleType) -> None:
    plan = kernels.spectral_conv_plan((1, 131072, 16), (64, 16, 16), threads=4)
    assert plan["workers"] == 4
