"""`spectral_conv` of long single axes, whose samples are the lanes."""

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
FFT, MATRIX = 0.0, math.inf
SIZES = (  # samples of x, of y, bins of the weights: smooth, prime, odd, one side too short
    (14000, 14000, 33),
    (13007, 14000, 40),
    (14000, 13007, 17),
    (13122, 13121, 5),
    (20000, 900, 60),
    (900, 20000, 60),
    (14000, 13500, 1),
)
# Channels of x, of the weights; of channels_last some sides have too many for this.
CHANNELS = ((1, (1, 1)), (2, (2, 3)), (3, (3,)), (2, ()), (3, (3, 40)))


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


def test_agrees_with_matrices(kernels: ModuleType) -> None:
    """Which are in the larger type; and the same bits for every number of threads."""
    cases = pairwise(SIZES, CHANNELS, (1, 3), DATA_FORMATS, DTYPES, NORMS)
    for (n, m, bins), (channels, mixed), batch, data_format, dtype, norm in cases:
        out = mixed[-1] if mixed else channels
        x = signal(0, array_shape(batch, (n,), channels, data_format), dtype)
        g = signal(1, array_shape(batch, (m,), out, data_format), dtype)
        w = weights_for(2, (bins,), mixed, dtype)
        how: dict[str, Any] = dict(data_format=data_format, norm=norm)
        wide = [each.astype(F64) for each in (x, g)]
        exact = all_of(
            kernels, wide[0], w.astype(np.complex128), wide[1], m, fft_cost=MATRIX, **how
        )
        for simd in kernels.simd_targets():
            ours = all_of(kernels, x, w, g, m, fft_cost=FFT, simd=simd, **how)
            for each, true in zip(ours[:2], exact, strict=False):
                assert_close(each, true, dtype)
            limit = 3 * tolerance(w.real.dtype) * np.linalg.norm(exact[2])
            assert np.linalg.norm(ours[2] - exact[2]) <= limit
            for threads in (2, 5):
                again = all_of(kernels, x, w, g, m, fft_cost=FFT, simd=simd, threads=threads, **how)
                assert all(map(same_bits, ours, again))


def test_matches_oracle_up_to_the_last_bin(kernels: ModuleType, simd: str) -> None:
    for n in (14000, 13007):
        for data_format in DATA_FORMATS:
            x = signal(0, array_shape(2, (n,), 2, data_format), F32)
            for bins in (n // 2, n // 2 + 1):
                w = weights_for(1, (bins,), (2, 2), F32)
                y = kernels.spectral_conv(x, w, simd=simd, fft_cost=FFT, data_format=data_format)
                assert_close(y, oracle.spectral_conv(x, w, data_format=data_format), F32)


@pytest.mark.parametrize("data_format", DATA_FORMATS)
def test_neighbours_do_not_matter(kernels: ModuleType, data_format: str) -> None:
    """An image has the same bits in any batch; loud and NaN ones, and channels, stay alone."""
    x = signal(0, array_shape(33, (14000,), 2, data_format), F32)
    at = (slice(None), 1) if data_format == "channels_first" else (..., 1)
    rest = (slice(None), 0) if data_format == "channels_first" else (..., 0)
    w = weights_for(1, (20,), (2,), F32)
    for simd in kernels.simd_targets():
        how: dict[str, Any] = dict(data_format=data_format, simd=simd, output_size=13500)
        y = kernels.spectral_conv(x, w, **how)
        for batch in (1, 2, 17):
            assert same_bits(kernels.spectral_conv(x[:batch], w, **how), y[:batch])
        for value in (1e9, np.nan, np.inf):
            beside = x.copy()
            beside[at] *= np.float32(value)
            beside[5] = value
            changed = np.delete(kernels.spectral_conv(beside, w, **how)[rest], 5, 0)
            expected = np.delete(y[rest], 5, 0)
            assert np.linalg.norm(changed - expected) <= 1e-6 * np.linalg.norm(expected)


def test_which_way(kernels: ModuleType, lanes: int) -> None:
    """Long ones of planes or few channels by FFTs; by the shape of one image alone."""

    def way(shape: tuple[int, ...], weights: tuple[int, ...], **how: Any) -> Any:
        return kernels.spectral_conv_plan(shape, weights, **how)["lanes"][0]

    samples = "samples" if lanes > 1 else "planes"
    first: dict[str, Any] = dict(data_format="channels_first", fft_cost=FFT)
    for batch in (1, 100):
        assert way((batch, 16, 14000), (33, 16, 16), **first) == samples
        assert way((batch, 16, 9000), (33, 16, 16), **first) == "planes"
        assert way((batch, 14000, 64), (33, 64, 64), fft_cost=FFT) == "channels"
        by_matrix = first | dict(fft_cost=MATRIX)
        assert way((batch, 16, 14000), (8, 16, 16), **by_matrix) == "planes"


def test_few_signals_go_to_all_workers(kernels: ModuleType, lanes: int) -> None:
    plan = kernels.spectral_conv_plan(
        (1, 16, 65536), (65, 16, 16), threads=4, data_format="channels_first"
    )
    assert plan["workers"] == 4 or lanes == 1
