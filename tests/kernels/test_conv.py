"""Convolution by FFTs: values, adjoints and plans of the kernels."""

from types import ModuleType
from typing import Any

import numpy as np
import oracle
import pytest
from conv_samples import PADDINGS
from samples import DATA_FORMATS, DTYPES, array_shape, same_bits, signal
from tolerances import assert_close, conv_tolerance

CASES = (  # (spatial size, kernel, in channels, out channels, groups)
    ((1,), (1,), 1, 1, 1),
    ((2,), (3,), 2, 3, 1),
    ((12,), (3,), 4, 5, 1),
    ((40,), (17,), 3, 3, 1),
    ((9, 11), (3, 5), 3, 20, 1),
    ((9, 11), (4, 2), 33, 7, 1),
    ((8, 8), (9, 11), 3, 4, 1),
    ((16, 16), (5, 5), 8, 8, 8),
    ((10, 9), (3, 3), 8, 16, 8),
    ((10, 9), (3, 3), 12, 6, 3),
    ((13, 6), (2, 3), 40, 40, 2),
    ((6, 7, 5), (3, 2, 3), 4, 6, 1),
    ((6, 7, 5), (3, 2, 3), 6, 6, 6),
    ((2, 1, 3), (3, 4, 1), 2, 2, 1),
)
KERNELS = (1, 2, 3, 4, 5, 7, 8, 11, 15, 16, 23, 31, 32, 49, 64, 65)


def arrays(case: Any, dtype: Any, data_format: str = "channels_last") -> tuple[np.ndarray, Any]:
    """x and filters of a case."""
    spatial, kernel, channels, out, groups = case
    x = signal(0, array_shape(3, spatial, channels, data_format), dtype)
    filters = np.random.default_rng(1).standard_normal((*kernel, channels // groups, out))
    return x, (filters + 0.1).astype(dtype)


def fits(case: Any, padding: str) -> bool:
    return padding != "valid" or all(k <= n for n, k in zip(case[0], case[1], strict=True))


def input_gradient(x: np.ndarray, filters: Any, grad: np.ndarray, **settings: Any) -> np.ndarray:
    axes = oracle.spatial_axes(x.ndim - 2, settings.get("data_format", "channels_last"))
    return oracle.conv_input_gradient(grad, filters, [x.shape[a] for a in axes], **settings)


def filter_gradient(x: np.ndarray, filters: Any, grad: np.ndarray, **settings: Any) -> np.ndarray:
    return oracle.conv_filter_gradient(x, grad, filters.shape[:-2], **settings)


def assert_near(actual: np.ndarray, expected: np.ndarray, dtype: Any) -> None:
    assert_close(actual, expected, dtype, allowed=conv_tolerance(dtype))


@pytest.mark.parametrize("data_format", DATA_FORMATS)
@pytest.mark.parametrize("padding", PADDINGS)
@pytest.mark.parametrize("dtype", DTYPES, ids=str)
def test_matches_oracle(
    kernels: ModuleType, simd: str, dtype: np.dtype, padding: str, data_format: str
) -> None:
    for case in CASES:
        if not fits(case, padding):
            continue
        x, filters = arrays(case, dtype, data_format)
        settings = dict(padding=padding, groups=case[4], data_format=data_format)
        expected = oracle.conv(x, filters, **settings)
        y = kernels.conv(x, filters, simd=simd, **settings)
        assert_near(y, expected, dtype)

        grad = signal(2, y.shape, dtype)
        grad_x = kernels.conv_input_gradient(x.shape, filters, grad, simd=simd, **settings)
        expected = input_gradient(x, filters, grad, **settings)
        assert_near(grad_x, expected, dtype)
        grad_f = kernels.conv_filter_gradient(x, filters.shape, grad, simd=simd, **settings)
        expected = filter_gradient(x, filters, grad, **settings)
        assert_near(grad_f, expected, dtype)


@pytest.mark.parametrize("padding", PADDINGS)
@pytest.mark.parametrize("taps", KERNELS)
def test_kernels_of_all_lengths(kernels: ModuleType, taps: int, padding: str) -> None:
    for spatial, kernel in (((70,), (taps,)), ((66, 20), (taps, 3)), ((9, 67), (2, taps))):
        case = (spatial, kernel, 2, 18, 1)
        if not fits(case, padding):
            continue
        for dtype in DTYPES[:2]:
            x, filters = arrays(case, dtype)
            y = kernels.conv(x, filters, padding=padding)
            assert_near(y, oracle.conv(x, filters, padding=padding), dtype)


@pytest.mark.parametrize("dtype", DTYPES, ids=str)
@pytest.mark.parametrize("padding", PADDINGS)
def test_adjoint_identities(kernels: ModuleType, dtype: np.dtype, padding: str) -> None:
    """<conv(x, f), g> = <x, input gradient(f, g)> = <f, filter gradient(x, g)>."""
    for case in CASES:
        if not fits(case, padding):
            continue
        x, filters = arrays(case, dtype)
        settings = dict(padding=padding, groups=case[4])
        y = kernels.conv(x, filters, **settings)
        grad = signal(3, y.shape, dtype)
        grad_x = kernels.conv_input_gradient(x.shape, filters, grad, **settings)
        grad_f = kernels.conv_filter_gradient(x, filters.shape, grad, **settings)
        wide = [a.astype(np.float64) for a in (y, grad, x, grad_x, filters, grad_f)]
        products = [np.vdot(a, b) for a, b in (wide[:2], wide[2:4], wide[4:])]
        scale = sum(np.linalg.norm(a) * np.linalg.norm(b) for a, b in (wide[:2], wide[2:4]))
        assert abs(products[0] - products[1]) <= conv_tolerance(dtype) * scale
        assert abs(products[0] - products[2]) <= conv_tolerance(dtype) * scale


TILED = (
    ((70, 66), (5, 7), 20, 40, 1),
    ((300,), (9,), 3, 70, 1),
    ((30, 30), (3, 3), 40, 80, 2),
    ((33, 31), (4, 5), 64, 64, 64),
    ((10, 9, 8), (3, 3, 2), 20, 36, 1),
)


@pytest.mark.parametrize("workspace_bytes", [1, 100_000, 1_000_000])
@pytest.mark.parametrize("padding", ["same", "circular"])
def test_chunks_of_tiles_and_blocks_of_filters(
    kernels: ModuleType, simd: str, padding: str, workspace_bytes: int
) -> None:
    several = set()
    for case in TILED:
        x, filters = arrays(case, np.float32)
        settings = dict(padding=padding, groups=case[4])
        tight = dict(settings, workspace_bytes=workspace_bytes, simd=simd)
        y = kernels.conv(x, filters, **tight)
        assert_near(y, oracle.conv(x, filters, **settings), np.float32)
        grad = signal(2, y.shape, np.float32)
        grad_x = kernels.conv_input_gradient(x.shape, filters, grad, **tight)
        assert_near(grad_x, input_gradient(x, filters, grad, **settings), np.float32)
        grad_f = kernels.conv_filter_gradient(x, filters.shape, grad, **tight)
        assert_near(grad_f, filter_gradient(x, filters, grad, **settings), np.float32)
        plan = kernels.conv_plan(x.shape, filters.shape, **tight)
        several |= {name for name in ("chunks", "blocks") if plan[name] > 1}
    assert "chunks" in several
    if workspace_bytes == 1:
        assert "blocks" in several


@pytest.mark.parametrize("map", ["forward", "input_gradient", "filter_gradient"])
@pytest.mark.parametrize("kernel", [3, 7, 15, 31, 63])
def test_scratch_obeys_its_limit(kernels: ModuleType, map: str, kernel: int) -> None:
    """Of large batches too: 24 MB, tables, and less than 3 MB for each thread."""
    for batch in (1, 8, 512):
        for channels, groups in ((32, 1), (64, 64)):
            plan = kernels.conv_plan(
                (batch, 128, 128, channels),
                (kernel, kernel, channels // groups, channels),
                map=map,
                groups=groups,
                threads=2,
            )
            assert plan["worker_bytes"] <= 3 * 2**20
            assert plan["workspace_bytes"] <= 25 * 2**20 + 2 * plan["worker_bytes"]


def test_same_bits_for_any_number_of_threads(kernels: ModuleType, simd: str) -> None:
    for case in (((64, 64), (5, 5), 32, 32, 1), ((40, 41), (7, 7), 32, 32, 32)):
        x, filters = arrays(case, np.float32)
        grad = signal(2, x.shape, np.float32)
        for name, arguments in (
            ("conv", (x, filters)),
            ("conv_input_gradient", (x.shape, filters, grad)),
            ("conv_filter_gradient", (x, filters.shape, grad)),
        ):
            one, many = (
                getattr(kernels, name)(*arguments, groups=case[4], simd=simd, threads=threads)
                for threads in (1, 5)
            )
            assert same_bits(one, many)


@pytest.mark.parametrize("dtype", DTYPES, ids=str)
def test_nothing_in(kernels: ModuleType, dtype: np.dtype) -> None:
    for batch, channels, out in ((0, 3, 2), (2, 0, 2), (2, 3, 0)):
        x = np.ones((batch, 6, 5, channels), dtype)
        filters = np.ones((3, 3, channels, out), dtype)
        y = kernels.conv(x, filters)
        assert y.shape == (batch, 6, 5, out) and y.dtype == dtype and not y.any()
        grad_x = kernels.conv_input_gradient(x.shape, filters, y)
        grad_f = kernels.conv_filter_gradient(x, filters.shape, y)
        assert grad_x.shape == x.shape and not grad_x.any()
        assert grad_f.shape == filters.shape and not grad_f.any()


def test_not_finite_reaches_what_depends_on_it(kernels: ModuleType) -> None:
    """By FFTs it also reaches the rest of the tile, but no other image."""
    x, filters = arrays(((9, 11), (3, 5), 3, 4, 1), np.float32)
    clean = oracle.conv(x, filters)
    for value in (np.nan, np.inf):
        x[1, 4, 5, 1] = value
        y = kernels.conv(x, filters)
        assert not np.isfinite(y[1, 3:6, 3:8]).any()
        assert_near(y[::2], clean[::2], np.float32)


def test_plan_prefers_tiles_to_one_long_transform(kernels: ModuleType) -> None:
    plan = kernels.conv_plan((1, 2**20, 16), (9, 16, 16))
    assert plan["lengths"][0] < 2**12 and plan["tiles"] > 2**8


def test_the_model_prefers_each_way_where_it_belongs(kernels: ModuleType) -> None:
    for kernel, prefers_fft in ((1, False), (31, True)):
        for groups, last in ((1, (32, 32)), (None, (32, 1))):
            plan = kernels.conv_plan((4, 64, 64, 32), (kernel, kernel, *last), groups=groups)
            assert plan["prefers_fft"] == prefers_fft
    assert not kernels.conv_plan((4, 64, 64, 32), (3, 3, 32, 1), groups=None)["prefers_fft"]
