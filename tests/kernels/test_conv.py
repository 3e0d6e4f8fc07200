"""Convolution by FFTs in the kernels: values, gradients and plans, on CPU and GPU alike."""

from types import ModuleType
from typing import Any

import numpy as np
import oracle
import pytest
from conv_samples import PADDINGS, with_output
from samples import DATA_FORMATS, DTYPES, array_shape, pairwise, same_bits, signal
from tolerances import assert_close, conv_tolerance

F32 = np.dtype(np.float32)

CASES = (  # (spatial size, kernel, in channels, out channels, groups)
    ((1,), (1,), 1, 1, 1),
    ((2,), (3,), 2, 3, 1),
    ((12,), (3,), 4, 5, 1),
    ((40,), (17,), 3, 3, 1),
    ((9, 11), (3, 5), 3, 20, 1),
    ((5, 7), (4, 2), 33, 7, 1),
    ((8, 8), (9, 11), 3, 4, 1),
    ((12, 11), (5, 5), 8, 8, 8),
    ((10, 9), (3, 3), 8, 16, 8),
    ((10, 9), (3, 4), 12, 6, 3),
    ((7, 5), (2, 3), 40, 40, 2),
    ((6, 7, 5), (3, 2, 3), 4, 6, 1),
    ((6, 7, 5), (3, 2, 3), 6, 6, 6),
    ((2, 1, 3), (3, 4, 1), 2, 2, 1),
)


def arrays(
    case: Any, dtype: Any, data_format: str = "channels_last", batch: int = 2
) -> tuple[np.ndarray, Any]:
    """x and filters of a case."""
    spatial, kernel, channels, out, groups = case
    x = signal(0, array_shape(batch, spatial, channels, data_format), dtype)
    filters = np.random.default_rng(1).standard_normal((*kernel, channels // groups, out))
    return x, (filters + 0.1).astype(dtype)


def gradients(x: np.ndarray, filters: Any, grad: np.ndarray, **settings: Any) -> list[np.ndarray]:
    """By the oracle, for x and for the filters."""
    axes = oracle.spatial_axes(x.ndim - 2, settings.get("data_format", "channels_last"))
    size = [x.shape[axis] for axis in axes]
    return [
        oracle.conv_input_gradient(grad, filters, size, **settings),
        oracle.conv_filter_gradient(x, grad, filters.shape[:-2], **settings),
    ]


def run(
    backend: Any, x: np.ndarray, filters: Any, grad: np.ndarray, **settings: Any
) -> list[np.ndarray]:
    """The output and both gradients."""
    return [
        backend.conv(x, filters, **settings),
        backend.conv_input_gradient(x.shape, filters, grad, **settings),
        backend.conv_filter_gradient(x, filters.shape, grad, **settings),
    ]


def assert_near(actual: list[np.ndarray], expected: list[np.ndarray], dtype: Any) -> None:
    for ours, exact in zip(actual, expected, strict=True):
        assert_close(ours, exact, dtype, allowed=conv_tolerance(dtype))


def test_matches_oracle_and_adjoint_identities(backend: Any) -> None:
    """And <conv(x, f), g> = <x, input gradient(f, g)> = <f, filter gradient(x, g)>."""
    for case, padding, dtype, data_format in pairwise(CASES, PADDINGS, DTYPES, DATA_FORMATS):
        padding = with_output(case[0], case[1], padding)
        x, filters = arrays(case, dtype, data_format)
        settings = dict(padding=padding, groups=case[4], data_format=data_format)
        y = oracle.conv(x, filters, **settings)
        grad = signal(2, y.shape, dtype)
        results = run(backend, x, filters, grad, **settings)
        assert_near(results, [y, *gradients(x, filters, grad, **settings)], dtype)

        pairs = zip(results, (grad, x, filters), strict=True)
        wide = [(a.astype(np.float64).ravel(), b.astype(np.float64).ravel()) for a, b in pairs]
        products = [a @ b for a, b in wide]
        scale = sum(np.linalg.norm(a) * np.linalg.norm(b) for a, b in wide)
        assert abs(products[0] - products[1]) <= conv_tolerance(dtype) * scale
        assert abs(products[0] - products[2]) <= conv_tolerance(dtype) * scale


def test_kernels_of_all_lengths(kernels: ModuleType) -> None:
    lengths = (1, 2, 3, 4, 5, 7, 8, 11, 15, 16, 23, 31, 32, 49, 64, 65)
    images = (((70,), ()), ((66, 20), (3,)), ((67, 9), (2,)))
    for taps, (spatial, others), padding, dtype, turned in pairwise(
        lengths, images, PADDINGS, DTYPES[:2], (False, True)
    ):
        kernel = (taps, *others)
        if turned:
            spatial, kernel = spatial[::-1], kernel[::-1]
        x, filters = arrays((spatial, kernel, 2, 18, 1), dtype)
        y = kernels.conv(x, filters, padding=with_output(spatial, kernel, padding))
        expected = oracle.conv(x, filters, padding=with_output(spatial, kernel, padding))
        assert_near([y], [expected], dtype)


def test_tiles_on_a_gpu(gpu: Any) -> None:
    """Axes of several tiles, with kernels that overlap them little and by half."""
    for spatial, kernel in (((300,), (9,)), ((280,), (70,)), ((3, 150), (2, 5))):
        for padding in ("same", "circular"):
            x, filters = arrays((spatial, kernel, 1, 2, 1), F32)
            y = oracle.conv(x, filters, padding=padding)
            grad = signal(2, y.shape, F32)
            expected = [y, *gradients(x, filters, grad, padding=padding)]
            assert_near(run(gpu, x, filters, grad, padding=padding), expected, F32)


TILED = (
    ((70, 66), (5, 7), 20, 40, 1),
    ((300,), (9,), 3, 70, 1),
    ((30, 30), (3, 3), 40, 80, 2),
    ((33, 31), (4, 5), 64, 64, 64),
    ((10, 9, 8), (3, 3, 2), 20, 36, 1),
)


def test_chunks_of_tiles_and_blocks_of_filters(kernels: ModuleType) -> None:
    targets = kernels.simd_targets()
    several: dict[str, set[str]] = {simd: set() for simd in targets}
    for case, workspace_bytes, padding in pairwise(
        TILED, (1, 100_000, 1_000_000), ("same", "circular")
    ):
        x, filters = arrays(case, F32)
        settings = dict(padding=padding, groups=case[4])
        grad = signal(2, (*x.shape[:-1], case[3]), F32)
        expected = [oracle.conv(x, filters, **settings), *gradients(x, filters, grad, **settings)]
        for simd in targets:
            tight = dict(settings, workspace_bytes=workspace_bytes, simd=simd)
            assert_near(run(kernels, x, filters, grad, **tight), expected, F32)
            plan = kernels.conv_plan(x.shape, filters.shape, **tight)
            several[simd] |= {
                f"{name}, {workspace_bytes}" for name in ("chunks", "blocks") if plan[name] > 1
            }
    for met in several.values():
        assert met >= {"chunks, 1", "chunks, 100000", "chunks, 1000000", "blocks, 1"}


@pytest.mark.parametrize("map", ["forward", "input_gradient", "filter_gradient"])
def test_scratch_obeys_its_limit(kernels: ModuleType, map: str) -> None:
    """Of large batches too: 24 MB, tables, and less than 3 MB for each thread."""
    for kernel in (3, 7, 15, 31, 63):
        for batch in (1, 8, 512):
            for channels, groups in ((32, 1), (64, 64)):
                shapes = (batch, 128, 128, channels), (kernel, kernel, channels // groups, channels)
                plan = kernels.conv_plan(*shapes, map=map, groups=groups, threads=2)
                assert plan["worker_bytes"] <= 3 * 2**20
                assert plan["workspace_bytes"] <= 25 * 2**20 + 2 * plan["worker_bytes"]


def test_same_bits_for_any_number_of_threads(kernels: ModuleType, simd: str) -> None:
    for case in (((64, 64), (5, 5), 32, 32, 1), ((40, 41), (7, 7), 32, 32, 32)):
        x, filters = arrays(case, F32)
        grad = signal(2, x.shape, F32)
        one, many = (
            run(kernels, x, filters, grad, groups=case[4], simd=simd, threads=threads)
            for threads in (1, 5)
        )
        assert all(map(same_bits, one, many))


def test_nothing_in(backend: Any) -> None:
    for dtype in DTYPES:
        for batch, channels, out in ((0, 3, 2), (2, 0, 2), (2, 3, 0)):
            x = np.ones((batch, 6, 5, channels), dtype)
            filters = np.ones((3, 3, channels, out), dtype)
            grad = np.zeros((batch, 6, 5, out), dtype)
            results = run(backend, x, filters, grad)
            for result, like in zip(results, (grad, x, filters), strict=True):
                assert result.shape == like.shape and result.dtype == dtype and not result.any()


def test_not_finite_reaches_what_depends_on_it(kernels: ModuleType) -> None:
    """By FFTs it also reaches the rest of the tile, but no other image."""
    x, filters = arrays(((9, 11), (3, 5), 3, 4, 1), F32, batch=3)
    clean = oracle.conv(x, filters)
    for value in (np.nan, np.inf):
        x[1, 4, 5, 1] = value
        y = kernels.conv(x, filters)
        assert not np.isfinite(y[1, 3:6, 3:8]).any()
        assert_near([y[::2]], [clean[::2]], F32)


def test_depthwise(backend: Any) -> None:
    x, filters = signal(0, (2, 8, 9, 4), F32), signal(1, (3, 2, 4, 2), F32)
    dense, groups = oracle.depthwise_as_conv(filters)
    expected = oracle.conv(x, dense, groups=groups)
    assert_near([backend.conv(x, filters, groups=None)], [expected], F32)


def test_images_fill_lanes(kernels: ModuleType, simd: str) -> None:
    """Where a group has one source channel; a loud image and one that is not finite stay alone."""
    cases = (  # spatial size, kernel, channels, out, data format
        ((23, 40), (5, 6), 1, 1, "channels_last"),
        ((23, 40), (5, 6), 1, 3, "channels_first"),
        ((300,), (31,), 2, 4, "channels_first"),
        ((9, 8, 11), (3, 2, 4), 1, 1, "channels_first"),
    )
    joined = set()
    for (spatial, kernel, channels, out, data_format), padding, dtype in pairwise(
        cases, PADDINGS, DTYPES
    ):
        padding = with_output(spatial, kernel, padding)
        case = (spatial, kernel, channels, out, channels)
        x, filters = arrays(case, dtype, data_format, batch=33)
        settings = dict(padding=padding, groups=channels, data_format=data_format)
        grad = signal(2, oracle.conv(x, filters, **settings).shape, dtype)
        expected = [oracle.conv(x, filters, **settings), *gradients(x, filters, grad, **settings)]
        assert_near(run(kernels, x, filters, grad, **settings, simd=simd), expected, dtype)
        x[4] *= dtype.type(1e4) if dtype.itemsize > 2 else dtype.type(8)
        x[7].flat[5] = np.nan
        y = kernels.conv(x, filters, **settings, simd=simd)
        others = np.delete(np.arange(33), (4, 7))
        assert_near([y[others]], [expected[0][others]], dtype)
        assert np.isnan(y[7]).any()
        joined.add(kernels.conv_plan(x.shape, filters.shape, **settings, simd=simd)["images"])
    assert 33 in joined or simd == "scalar"


def test_repeated_filters_stay_small(kernels: ModuleType) -> None:
    shapes = (2**22, 5, 5, 1), (63, 63, 1, 1)
    plan = kernels.conv_plan(*shapes, padding="full")
    assert plan["images"] == 1 and plan["workspace_bytes"] < 2**26


def test_plan_prefers_tiles_to_one_long_transform(kernels: ModuleType) -> None:
    plan = kernels.conv_plan((1, 2**20, 16), (9, 16, 16))
    assert plan["lengths"][0] < 2**12 and plan["tiles"] > 2**8


LAST, FIRST = DATA_FORMATS
CHOICES = (  # (x, taps, out: None for depthwise, layout; whether FFTs are faster: forward, and for
    # the gradients of x and of the filters), as `python -m bench.conv_choice` measured them
    ((1, 512, 64, 64), (31, 31), 1, FIRST, (True, True, True)),
    ((2, 128, 128, 64), (7, 7), 1, LAST, (True, False, True)),
    ((2, 128, 128, 32), (9, 9), 2, LAST, (True, True, True)),
    ((1, 44100, 1), (31,), 16, LAST, (False, True, None)),  # None: much the same
    ((2, 64, 64, 32), (15, 15), 32, LAST, (True, True, True)),
    ((16, 1, 24000), (31,), 1, FIRST, (True, True, True)),
    ((1, 16000, 8), (127,), 8, LAST, (True, True, True)),
    ((1, 901, 901, 4), (5, 5), 4, LAST, (False, False, False)),
    ((4, 64, 64, 64), (3, 3), None, LAST, (False, False, False)),
    ((4, 64, 64, 64), (7, 3), None, LAST, (False, False, False)),
    ((4, 64, 64, 64), (7, 7), None, LAST, (False, False, True)),
    ((4, 64, 64, 64), (31, 31), None, LAST, (True, True, True)),
    ((1, 256, 256, 3), (15, 15), None, LAST, (True, True, True)),
    ((1, 32, 32, 32, 64), (5, 5, 5), None, LAST, (True, True, True)),
    ((8, 32, 32, 32, 3), (3, 3, 3), 3, LAST, (False, False, False)),
)


def test_the_model_prefers_each_way_where_it_belongs(kernels: ModuleType) -> None:
    for x, taps, out, data_format, expected in CHOICES:
        channels = x[-1 if data_format == LAST else 1]
        filters = (*taps, channels, out or 1)
        settings = dict(groups=1 if out else None, data_format=data_format)
        plans = [
            kernels.conv_plan(x, filters, map=each, **settings)
            for each in ("forward", "input_gradient", "filter_gradient")
        ]
        for plan, prefers_fft in zip(plans, expected, strict=True):
            assert prefers_fft in (None, plan["prefers_fft"]), (x, filters)
    for each in ("forward", "input_gradient", "filter_gradient"):
        assert not kernels.conv_plan((4, 64, 64, 32), (1, 1, 32, 32), map=each)["prefers_fft"]
