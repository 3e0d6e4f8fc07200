"""`spectral_conv` of few modes of a long single axis, which goes by moments of blocks."""

import math
from types import ModuleType
from typing import Any

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
    weights_for,
)
from tolerances import assert_close, tolerance

F32, F64 = DTYPES[:2]
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


def all_of(
    kernels: ModuleType, x: np.ndarray, w: np.ndarray, g: np.ndarray, m: int, **how: Any
) -> list[np.ndarray]:
    """The values, and both gradients."""
    n = x.shape[1 if how["data_format"] == "channels_last" else 2]
    return [
        kernels.spectral_conv(x, w, output_size=m, **how),
        kernels.spectral_conv_adjoint(g, w, n, **how),
        kernels.spectral_conv_weight_gradient(x, g, w.shape, **how),
    ]


def test_agrees_with_ffts(kernels: ModuleType) -> None:
    """Which are in the larger type; and the same bits for every number of threads."""
    cases = pairwise(SIZES, CHANNELS, (1, 3), DATA_FORMATS, DTYPES, NORMS)
    for (n, m, bins), (channels, mixed), batch, data_format, dtype, norm in cases:
        out = mixed[-1] if mixed else channels
        x = signal(0, array_shape(batch, (n,), channels, data_format), dtype)
        g = signal(1, array_shape(batch, (m,), out, data_format), dtype)
        w = weights_for(2, (bins,), mixed, dtype)
        how: dict[str, Any] = dict(data_format=data_format, norm=norm)
        wide = [each.astype(F64) for each in (x, g)]
        exact = all_of(kernels, wide[0], w.astype(np.complex128), wide[1], m, fft_cost=FFT, **how)
        for simd in kernels.simd_targets():
            plan = kernels.spectral_conv_plan(
                x.shape,
                w.shape,
                output_size=m,
                dtype=np.dtype(dtype).name,
                data_format=data_format,
                simd=simd,
                fft_cost=MOMENTS,
            )
            assert plan["analysis"][0] == ("moments" if n > 300 else "matrix")
            assert plan["synthesis"][0] == ("moments" if m > 300 else "matrix")
            ours = all_of(kernels, x, w, g, m, fft_cost=MOMENTS, simd=simd, **how)
            for each, true in zip(ours[:2], exact, strict=False):
                assert_close(each, true, dtype)
            limit = 3 * tolerance(w.real.dtype) * np.linalg.norm(exact[2])
            assert np.linalg.norm(ours[2] - exact[2]) <= limit
            for threads in (2, 5):
                again = all_of(
                    kernels, x, w, g, m, fft_cost=MOMENTS, simd=simd, threads=threads, **how
                )
                assert all(map(same_bits, ours, again))


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
    """An image has the same bits in any batch; loud and NaN ones, and channels, stay alone."""
    x = signal(0, array_shape(33, (3001,), 20, data_format), F32)
    at = (slice(None), 1) if data_format == "channels_first" else (..., 1)
    rest = (slice(None), 0) if data_format == "channels_first" else (..., 0)
    w = weights_for(1, (20,), (20,), F32)
    for simd in kernels.simd_targets():
        how: dict[str, Any] = dict(data_format=data_format, simd=simd, fft_cost=MOMENTS)
        y = kernels.spectral_conv(x, w, **how)
        for batch in (1, 2, 17):
            assert same_bits(kernels.spectral_conv(x[:batch], w, **how), y[:batch])
        for value in (1e9, np.nan, np.inf):
            beside = x.copy()
            beside[at] *= np.float32(value)
            beside[5] = value
            changed = np.delete(kernels.spectral_conv(beside, w, **how)[rest], 5, 0)
            assert same_bits(changed, np.delete(y[rest], 5, 0))


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
