"""`resample_adjoint` and `resample_window_gradient` of the kernels."""

from types import ModuleType

import numpy as np
import oracle
import pytest
from hypothesis import given
from hypothesis import strategies as st
from samples import (
    DATA_FORMATS,
    DTYPES,
    NORMS,
    SHAPES,
    array_shape,
    same_bits,
    signal,
    window_dtype,
    windows_for,
)
from tolerances import assert_close, tolerance

PAIRS = [  # a length to a shorter, an equal and a longer one
    (1, 1),
    (1, 5),
    (2, 1),
    (2, 2),
    (2, 3),
    (3, 2),
    (8, 4),
    (8, 5),
    (8, 8),
    (8, 12),
    (9, 6),
    (9, 9),
    (13, 26),
    (64, 33),
    (97, 130),
    (130, 64),
]


def centred(seed: int, shape: tuple[int, ...], dtype: np.dtype) -> np.ndarray:
    return np.random.default_rng(seed).standard_normal(shape).astype(dtype)


@pytest.mark.parametrize("data_format", DATA_FORMATS)
@pytest.mark.parametrize("dtype", DTYPES, ids=str)
@pytest.mark.parametrize(("spatial", "output_size"), SHAPES)
def test_adjoint_matches_oracle(
    kernels: ModuleType,
    simd: str,
    spatial: tuple[int, ...],
    output_size: tuple[int, ...],
    dtype: np.dtype,
    data_format: str,
) -> None:
    g = signal(0, array_shape(2, output_size, 5, data_format), dtype)
    for norm in NORMS:
        for windows in (None, windows_for(1, spatial, output_size, dtype)):
            settings = dict(norm=norm, windows=windows, data_format=data_format)
            y = kernels.resample_adjoint(g, spatial, simd=simd, **settings)
            assert_close(y, oracle.resample_adjoint(g, spatial, **settings), dtype)


@pytest.mark.parametrize("dtype", DTYPES, ids=str)
@pytest.mark.parametrize("norm", NORMS)
def test_adjoint_identity(kernels: ModuleType, simd: str, norm: str, dtype: np.dtype) -> None:
    """<Ax, y> = <x, A^T y>, in every pair of lengths on one axis while another is cropped."""
    for case, (n, m) in enumerate(PAIRS):
        x, y = centred(case, (2, n, 6, 5), dtype), centred(case + 99, (2, m, 3, 5), dtype)
        windows = windows_for(case, (n, 6), (m, 3), dtype) if case % 2 else None
        settings = dict(norm=norm, windows=windows, simd=simd)
        ax = kernels.resample(x, (m, 3), **settings).astype(np.float64)
        aty = kernels.resample_adjoint(y, (n, 6), **settings).astype(np.float64)
        left, right = np.vdot(ax, y.astype(np.float64)), np.vdot(x.astype(np.float64), aty)
        bound = np.linalg.norm(ax.ravel()) * np.linalg.norm(y.astype(np.float64).ravel())
        assert abs(left - right) <= 2 * tolerance(dtype) * bound, f"{n} -> {m}"
        assert np.any(ax) and np.any(aty)


@given(
    sizes=st.lists(st.tuples(st.integers(1, 12), st.integers(1, 12)), min_size=1, max_size=3),
    channels=st.integers(1, 18),
    norm=st.sampled_from(NORMS),
    data_format=st.sampled_from(DATA_FORMATS),
    windowed=st.booleans(),
)
def test_adjoint_identity_of_any_shape(
    kernels: ModuleType,
    sizes: list[tuple[int, int]],
    channels: int,
    norm: str,
    data_format: str,
    windowed: bool,
) -> None:
    spatial, output_size = zip(*sizes, strict=True)
    x = centred(0, array_shape(2, spatial, channels, data_format), np.dtype(np.float64))
    y = centred(1, array_shape(2, output_size, channels, data_format), x.dtype)
    windows = windows_for(0, spatial, output_size, x.dtype) if windowed else None
    settings = dict(norm=norm, windows=windows, data_format=data_format)
    ax = kernels.resample(x, output_size, **settings)
    aty = kernels.resample_adjoint(y, spatial, **settings)
    bound = np.linalg.norm(ax.ravel()) * np.linalg.norm(y.ravel())
    assert abs(np.vdot(ax, y) - np.vdot(x, aty)) <= 1e-14 * bound


@pytest.mark.parametrize("data_format", DATA_FORMATS)
@pytest.mark.parametrize("dtype", DTYPES, ids=str)
@pytest.mark.parametrize(("spatial", "output_size"), SHAPES)
def test_window_gradient_matches_oracle(
    kernels: ModuleType,
    simd: str,
    spatial: tuple[int, ...],
    output_size: tuple[int, ...],
    dtype: np.dtype,
    data_format: str,
) -> None:
    x = signal(0, array_shape(2, spatial, 5, data_format), dtype)
    g = signal(1, array_shape(2, output_size, 5, data_format), dtype)
    for norm in NORMS:
        for windows in (None, windows_for(2, spatial, output_size, dtype)):
            settings = dict(norm=norm, windows=windows, data_format=data_format)
            for axis in range(len(spatial)):
                slope = kernels.resample_window_gradient(x, g, axis, simd=simd, **settings)
                expected = oracle.resample_window_gradient(x, g, axis, **settings)
                assert_close(slope, expected, window_dtype(dtype))


@pytest.mark.parametrize("dtype", DTYPES, ids=str)
def test_window_gradient_of_each_length(kernels: ModuleType, simd: str, dtype: np.dtype) -> None:
    for n, m in PAIRS:
        x, g = signal(n, (3, n, 17), dtype), signal(m + 1000, (3, m, 17), dtype)
        slope = kernels.resample_window_gradient(x, g, 0, simd=simd)
        assert slope.shape == (min(n, m) // 2 + 1,)
        assert_close(slope, oracle.resample_window_gradient(x, g, 0), window_dtype(dtype))


def test_window_gradient_sums_over_many_images(kernels: ModuleType) -> None:
    """Long sums keep the accuracy of short ones, on one thread and on two."""
    x, g = signal(0, (32, 24, 20, 33), np.float32), signal(1, (32, 12, 11, 33), np.float32)
    for axis in (0, 1):
        expected = oracle.resample_window_gradient(x, g, axis)
        for threads in (1, 2):
            slope = kernels.resample_window_gradient(x, g, axis, threads=threads)
            assert_close(slope, expected, np.float32)


@pytest.mark.parametrize("dtype", DTYPES, ids=str)
def test_gradients_of_nothing(kernels: ModuleType, dtype: np.dtype) -> None:
    """Empty batch and zero channels: empty gradients, and window gradients of 0."""
    for batch, channels in ((0, 3), (2, 0), (0, 0)):
        x, g = np.ones((batch, 6, 5, channels), dtype), np.ones((batch, 4, 8, channels), dtype)
        assert kernels.resample_adjoint(g, (6, 5)).shape == x.shape
        for axis, bins in ((0, 3), (1, 3)):
            slope = kernels.resample_window_gradient(x, g, axis)
            assert slope.dtype == window_dtype(dtype)
            assert np.array_equal(slope, np.zeros(bins))


@pytest.mark.parametrize("dtype", DTYPES, ids=str)
def test_gradients_repeat_to_the_bit(kernels: ModuleType, simd: str, dtype: np.dtype) -> None:
    x, g = signal(0, (5, 24, 18, 9), dtype), signal(1, (5, 13, 20, 9), dtype)
    windows = windows_for(2, (24, 18), (13, 20), dtype)

    def results(threads: int) -> list[np.ndarray]:
        settings = dict(windows=windows, simd=simd, threads=threads)
        slopes = [kernels.resample_window_gradient(x, g, axis, **settings) for axis in (0, 1)]
        return [kernels.resample_adjoint(g, (24, 18), **settings), *slopes]

    for threads in (1, 2, 2, 3):
        for first, again in zip(results(1), results(threads), strict=True):
            assert same_bits(first, again), f"threads={threads}"
