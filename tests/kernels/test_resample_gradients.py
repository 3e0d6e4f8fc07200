"""Gradients of `resample` in the kernels: adjointness, and sums over much and over nothing."""

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
    RULES,
    array_shape,
    signal,
    window_dtype,
    windows_for,
)
from tolerances import assert_close, tolerance

F64 = np.dtype(np.float64)
SIZES = {1: (1, 5), 2: (1, 2, 3), 3: (2,), 8: (4, 5, 8, 12), 9: (6, 9), 13: (26,), 64: (33,)}
SIZES |= {97: (130,), 130: (64,)}
PAIRS = [(n, m) for n, sizes in SIZES.items() for m in sizes]  # shorter, equal and longer


def centred(seed: int, shape: tuple[int, ...], dtype: np.dtype) -> np.ndarray:
    return np.random.default_rng(seed).standard_normal(shape).astype(dtype)


@pytest.mark.parametrize("rule", RULES, ids=str)
@pytest.mark.parametrize("dtype", DTYPES, ids=str)
def test_adjoint_identity(kernels: ModuleType, simd: str, dtype: np.dtype, rule: dict) -> None:
    """<Ax, y> = <x, A^T y>, in every pair of lengths on one axis while another is cropped."""
    for case, (n, m) in enumerate(PAIRS):
        x, y = centred(case, (2, n, 6, 5), dtype), centred(case + 99, (2, m, 3, 5), dtype)
        windows = windows_for(case, (n, 6), (m, 3), dtype, **rule) if case % 2 else None
        settings = dict(norm=NORMS[case % 3], windows=windows, simd=simd, **rule)
        ax = kernels.resample(x, (m, 3), **settings).astype(F64)
        aty = kernels.resample_adjoint(y, (n, 6), **settings).astype(F64)
        left, right = np.vdot(ax, y.astype(F64)), np.vdot(x.astype(F64), aty)
        bound = np.linalg.norm(ax.ravel()) * np.linalg.norm(y.astype(F64).ravel())
        assert abs(left - right) <= 2 * tolerance(dtype) * bound, f"{n} -> {m}"
        assert np.any(ax) and np.any(aty)


@given(
    sizes=st.lists(st.tuples(st.integers(1, 12), st.integers(1, 12)), min_size=1, max_size=3),
    channels=st.integers(1, 18),
    norm=st.sampled_from(NORMS),
    rule=st.sampled_from(RULES),
    data_format=st.sampled_from(DATA_FORMATS),
    windowed=st.booleans(),
)
def test_adjoint_identity_of_any_shape(
    kernels: ModuleType,
    sizes: list[tuple[int, int]],
    channels: int,
    norm: str,
    rule: dict,
    data_format: str,
    windowed: bool,
) -> None:
    spatial, output_size = zip(*sizes, strict=True)
    x = centred(0, array_shape(2, spatial, channels, data_format), F64)
    y = centred(1, array_shape(2, output_size, channels, data_format), F64)
    windows = windows_for(0, spatial, output_size, F64, **rule) if windowed else None
    settings = dict(norm=norm, windows=windows, data_format=data_format, **rule)
    ax = kernels.resample(x, output_size, **settings)
    aty = kernels.resample_adjoint(y, spatial, **settings)
    bound = np.linalg.norm(ax.ravel()) * np.linalg.norm(y.ravel())
    assert abs(np.vdot(ax, y) - np.vdot(x, aty)) <= 1e-14 * bound


@pytest.mark.parametrize("rule", RULES, ids=str)
@pytest.mark.parametrize("dtype", DTYPES, ids=str)
def test_window_gradient_of_each_length(
    kernels: ModuleType, simd: str, dtype: np.dtype, rule: dict
) -> None:
    for case, (n, m) in enumerate(PAIRS):
        channels = (17, 2)[case % 2]  # vectors of channels, and of rows
        x, g = signal(n, (3, n, channels), dtype), signal(m + 1000, (3, m, channels), dtype)
        slope = kernels.resample_window_gradient(x, g, 0, simd=simd, **rule)
        assert slope.shape == (oracle.window_length(n, m, rule.get("boundary", "periodic")),)
        assert_close(slope, oracle.resample_window_gradient(x, g, 0, **rule), window_dtype(dtype))


def test_window_gradient_sums_over_many_images(kernels: ModuleType) -> None:
    """Long sums keep the accuracy of short ones, on one thread and on two."""
    x, g = signal(0, (32, 24, 20, 33), np.float32), signal(1, (32, 12, 11, 33), np.float32)
    for axis in (0, 1):
        expected = oracle.resample_window_gradient(x, g, axis)
        for threads in (1, 2):
            slope = kernels.resample_window_gradient(x, g, axis, threads=threads)
            assert_close(slope, expected, np.float32)


def test_gradients_of_nothing(kernels: ModuleType) -> None:
    """Empty batch and zero channels: empty gradients, and window gradients of 0."""
    for batch, channels in ((0, 3), (2, 0), (0, 0)):
        for dtype in DTYPES:
            x, g = np.ones((batch, 6, 5, channels), dtype), np.ones((batch, 4, 8, channels), dtype)
            assert kernels.resample_adjoint(g, (6, 5)).shape == x.shape
            for axis, bins in ((0, 3), (1, 3)):
                slope = kernels.resample_window_gradient(x, g, axis)
                assert slope.dtype == window_dtype(dtype)
                assert np.array_equal(slope, np.zeros(bins))
