"""What is peculiar to `resample` on a GPU; its values and refusals are tested with the CPU's."""

from collections.abc import Sequence
from itertools import product
from types import ModuleType
from typing import Any

import numpy as np
import oracle
import pytest
from gpu_backends import DEVICES, make_backend
from samples import (
    DATA_FORMATS,
    DTYPES,
    HALF_DTYPES,
    NORMS,
    RULES,
    SHAPES,
    array_shape,
    pairwise,
    signal,
    window_dtype,
    windows_for,
)
from tolerances import assert_close, relative_error, tolerance

F32, F64 = np.dtype(np.float32), np.dtype(np.float64)
each_rule = pytest.mark.parametrize("rule", RULES, ids=["periodic", "centered", "symmetric"])


def check_maps(
    gpu: Any,
    rule: dict[str, str],
    spatial: Sequence[int],
    output_size: Sequence[int],
    dtype: np.dtype,
    *,
    channels: int = 2,
    windowed: bool = False,
    **settings: str,
) -> None:
    """The forward map, its adjoint and the gradients of the windows."""
    data_format = settings.get("data_format", "channels_last")
    x = signal(0, array_shape(2, spatial, channels, data_format), dtype)
    g = signal(1, array_shape(2, output_size, channels, data_format), dtype)
    windows = windows_for(2, spatial, output_size, dtype, **rule) if windowed else None
    given = dict(windows=windows, **rule, **settings)
    y = gpu.resample(x, output_size, **given)
    assert_close(y, oracle.resample(x, output_size, **given), dtype)
    grad_x = gpu.resample_adjoint(g, spatial, **given)
    assert_close(grad_x, oracle.resample_adjoint(g, spatial, **given), dtype)
    x, g = x.astype(window_dtype(dtype)), g.astype(window_dtype(dtype))
    for axis in range(len(spatial)):
        slope = gpu.resample_window_gradient(x, g, axis, **given)
        expected = oracle.resample_window_gradient(x, g, axis, **given)
        assert_close(slope, expected, window_dtype(dtype))


def test_every_rule(gpu: Any) -> None:
    """In one, two and three axes."""
    rows = pairwise(RULES, SHAPES, DTYPES, DATA_FORMATS, NORMS, (False, True), (1, 3, 9))
    for rule, (spatial, output_size), dtype, data_format, norm, windowed, channels in rows:
        how = dict(channels=channels, windowed=windowed, data_format=data_format, norm=norm)
        check_maps(gpu, rule, spatial, output_size, dtype, **how)


@each_rule
def test_short_axes(gpu: Any, rule: dict[str, str]) -> None:
    """Every pair of lengths from 1 to 12."""
    for n, m in product(range(1, 13), repeat=2):
        check_maps(gpu, rule, (n,), (m,), F64)
        check_maps(gpu, rule, (n,), (m,), F32, windowed=True)


@each_rule
def test_folded_axes(gpu: Any, rule: dict[str, str]) -> None:
    """The least that is folded, odd and even; few and many columns next to each other."""
    for n, m in product((32, 33, 46, 65), (1, 2, 17, 33, 64)):
        check_maps(gpu, rule, (n,), (m,), F64, channels=9, windowed=True)
        check_maps(gpu, rule, (n,), (m,), F32, channels=1)


@each_rule
def test_long_axes(gpu: Any, rule: dict[str, str]) -> None:
    """Odd and prime lengths up to what goes by a matrix, and beyond.

    For a window w, <window gradient, w> is <g, resample(x) with w>.
    """
    for n, m in ((1009, 504), (1021, 37), (512, 1024), (997, 996), (1031, 450), (1200, 1201)):
        for dtype in (F32, F64):
            x = signal(n, (1, n, 2), dtype)
            assert_close(gpu.resample(x, m, **rule), oracle.resample(x, (m,), **rule), dtype)
            g = signal(m, (1, m, 2), dtype)
            slope = gpu.resample_window_gradient(x, g, 0, **rule)
            (w,) = windows_for(n, (n,), (m,), dtype, **rule)
            expected = np.vdot(g, oracle.resample(x, (m,), windows=[w], **rule))
            bound = np.linalg.norm(slope) * np.linalg.norm(w)
            assert abs(np.vdot(slope, w) - expected) <= tolerance(dtype) * bound


@each_rule
def test_errors_do_not_grow_with_lengths(gpu: Any, rule: dict[str, str]) -> None:
    """Tensor cores cut sums toward zero: of one that ran on along an axis, it would be 1e-5."""
    for number, (spatial, output_size) in enumerate(
        (((1024, 8), (512, 4)), ((9, 1000), (9, 750)), ((128, 40), (64, 20)))
    ):
        how = dict(data_format=DATA_FORMATS[number % 2], **rule)
        x = signal(0, array_shape(1, spatial, 1, how["data_format"]), F32)
        y = gpu.resample(x, output_size, **how)
        assert_close(y, oracle.resample(x, output_size, **how), F32)


@each_rule
@pytest.mark.parametrize("dtype", DTYPES, ids=str)
def test_adjoint_identity(gpu: Any, rule: dict[str, str], dtype: np.dtype) -> None:
    """<Ax, y> = <x, A^T y>."""
    rng = np.random.default_rng(0)
    for spatial, output_size in (((64,), (45,)), ((9, 12), (14, 6)), ((3, 8, 5), (4, 3, 5))):
        x = rng.standard_normal((2, *spatial, 3)).astype(dtype)
        y = rng.standard_normal((2, *output_size, 3)).astype(dtype)
        windows = windows_for(1, spatial, output_size, dtype, **rule)
        ax = gpu.resample(x, output_size, windows=windows, **rule).astype(F64)
        aty = gpu.resample_adjoint(y, spatial, windows=windows, **rule).astype(F64)
        left, right = np.vdot(ax, y.astype(F64)), np.vdot(x.astype(F64), aty)
        bound = np.linalg.norm(ax.ravel()) * np.linalg.norm(y.astype(F64).ravel())
        assert abs(left - right) <= 2 * tolerance(dtype) * bound
        assert np.any(ax) and np.any(aty)


@pytest.mark.parametrize("boundary", ["periodic", "symmetric"])
def test_flips_commute(gpu: Any, boundary: str) -> None:
    """Where samples are centers of cells, with the axis turned end for end."""
    rule = dict(boundary=boundary, alignment="center")
    for spatial, output_size in (((33,), (20,)), ((48,), (77,)), ((8, 13), (5, 16))):
        x = signal(0, (2, *spatial, 3), F32)
        y = gpu.resample(x, output_size, **rule)
        for axis in range(1, 1 + len(spatial)):
            flipped = gpu.resample(np.flip(x, axis).copy(), output_size, **rule)
            assert_close(flipped, np.flip(y, axis), F32)


@pytest.mark.parametrize("data_format", DATA_FORMATS)
def test_half_types_round_once(gpu: Any, data_format: str) -> None:
    """Sums are float32 ones, of any length, and between passes nothing is rounded."""
    for dtype in HALF_DTYPES:
        x = signal(0, array_shape(1, (60, 48), 2, data_format), dtype)
        exact = gpu.resample(x.astype(F32), (30, 20), data_format=data_format)
        y = gpu.resample(x, (30, 20), data_format=data_format)
        unit = 2.0**-11 if dtype == np.float16 else 2.0**-8
        error = np.abs(y.astype(F64) - exact) / np.abs(exact)
        assert error.max() <= 1.01 * unit


def test_rounding_of_half_types(gpu: Any) -> None:
    """Every finite bit pattern of both types goes in and comes out, subnormal numbers too."""
    for dtype in HALF_DTYPES:
        values = np.arange(1 << 16, dtype=np.uint16).view(dtype)
        values = values[np.isfinite(values.astype(F32))]
        tiny = np.abs(values.astype(F32)) < 2.0**-120  # what float32 cannot halve
        values = np.where(tiny, np.zeros_like(values), values)
        # A mean of two equal numbers is that number.
        pairs = np.repeat(values, 2).reshape(1, -1, 2, 1)
        large = np.abs(pairs.astype(F32)) > 2.0**126
        pairs = np.where(large, np.zeros_like(pairs), pairs)
        y = gpu.resample(pairs, (pairs.shape[1], 1))
        assert np.array_equal(y[0, :, 0, 0].astype(F32), pairs[0, :, 0, 0].astype(F32))


def test_nothing_to_do(gpu: Any) -> None:
    x = signal(0, (2, 5, 4, 3), F32)
    assert np.array_equal(gpu.resample(x, (5, 4)), x)
    for shape in ((0, 5, 4, 3), (2, 5, 4, 0)):
        empty = np.zeros(shape, np.float32)
        assert gpu.resample(empty, (3, 2)).shape == (shape[0], 3, 2, shape[3])
    windows = [None, np.ones(3, np.float32)]
    gradient = gpu.resample_window_gradient(
        np.zeros((0, 5, 4, 3), np.float32), np.zeros((0, 3, 4, 3), np.float32), 1, windows=windows
    )
    assert np.array_equal(gradient, np.zeros(3))


def test_infinity_and_nan_stay_in_their_image(gpu: Any) -> None:
    x = signal(0, (3, 8, 8, 2), F32)
    x[1, 3, 4, 0] = np.inf
    x[1, 3, 4, 1] = np.nan
    y = gpu.resample(x, (4, 5))
    assert not np.isfinite(y[1]).any()
    assert_close(y[::2], oracle.resample(x[::2], (4, 5)), F32)


@pytest.mark.parametrize("data_format", DATA_FORMATS)
def test_planes_of_every_kind_of_job(gpu: Any, data_format: str) -> None:
    """Of one, two or three fragments of rows; results stored in pairs or not."""
    sizes = (7, 8, 16, 17, 24, 33, 47, 48, 49)
    rows = pairwise(sizes, sizes, (18, 21), (1, 2, 3, 16), (F32, F64, np.dtype(np.float16)))
    for m, results, height, channels, dtype in rows:
        x = signal(0, array_shape(3, (height, 20), channels, data_format), dtype)
        y = gpu.resample(x, (results, m), data_format=data_format)
        assert_close(y, oracle.resample(x, (results, m), data_format=data_format), dtype)


@each_rule
def test_a_kernel_for_each_plane_or_pass(kernels: ModuleType, rule: dict[str, str]) -> None:
    """The matrices and one kernel where a plane fits, else a kernel for each axis or three."""
    x = signal(0, (2, 8, 8, 8), F32)
    fused, unfused = (make_backend(name, kernels) for name in ("emulated", "emulated, unfused"))
    y = fused.resample(x, (4, 4), **rule)
    assert np.array_equal(y, unfused.resample(x, (4, 4), **rule))
    assert (fused.launches, unfused.launches) == (2, 3)
    by_fft = make_backend("emulated, FFTs", kernels)
    y = by_fft.resample(x, (4, 4), **rule)
    assert relative_error(y, oracle.resample(x, (4, 4), **rule)) <= 1e-6
    symmetric = rule.get("boundary") == "symmetric"  # these go axis by axis
    assert (by_fft.launches, by_fft.ffts) == ((6, 4) if symmetric else (3, 2))


def test_planes_that_leave_warps_without_work_go_axis_by_axis(testing: ModuleType) -> None:
    """On an H100 there is room for a plane of 112 x 112 with six rows at a time, two jobs."""
    for n, launches in ((40, 2), (112, 3)):
        gpu = testing.GpuEmulation(processors=132)
        x = signal(0, (1, n, n, 8), np.float16)
        y = gpu.resample(x, (n // 2, n // 2))
        assert_close(y, oracle.resample(x, (n // 2, n // 2)), np.float16)
        assert gpu.launches == launches


def check_all_types(
    gpu: Any, spatial: Sequence[int], output_size: Sequence[int], channels: int
) -> None:
    """Both maps in all types and layouts, on numbers that each of these holds."""
    rng = np.random.default_rng([*spatial, *output_size])
    x, g = (rng.integers(-15, 49, (2, *size, channels)) / 16 for size in (spatial, output_size))
    y = oracle.resample(x, output_size)
    grad_x = oracle.resample(g, spatial, norm="backward")  # docs/conventions.md, section 7
    for dtype, data_format in product(DTYPES, DATA_FORMATS):

        def laid_out(array: np.ndarray, data_format: str = data_format) -> np.ndarray:
            last = data_format == "channels_last"
            return array if last else np.ascontiguousarray(np.moveaxis(array, -1, 1))

        how = dict(data_format=data_format)
        actual = gpu.resample(laid_out(x).astype(dtype), output_size, **how)
        assert_close(actual, laid_out(y), dtype)
        actual = gpu.resample_adjoint(laid_out(g).astype(dtype), spatial, **how)
        assert_close(actual, laid_out(grad_x), dtype)


def test_all_types(gpu: Any) -> None:
    for spatial, output_size in (((30, 17), (15, 9)), ((16, 12), (8, 15)), ((61,), (75,))):
        check_all_types(gpu, spatial, output_size, 3)


def test_shifted_halves(gpu: Any) -> None:
    """Of planes and of passes, with one job for a half and with several; odd and even channels."""
    for spatial, output_size, channels in (
        ((64, 80), (48, 34), 2),
        ((64, 9), (80, 7), 3),
        ((96,), (130,), 1),
    ):
        check_all_types(gpu, spatial, output_size, channels)


@pytest.mark.gpu
@pytest.mark.parametrize("backend", DEVICES)
def test_images_of_real_sizes(kernels: ModuleType, backend: str) -> None:
    gpu = make_backend(backend, kernels)
    for spatial, output_size, channels in (
        ((56, 56), (28, 28), 64),
        ((56, 56), (47, 47), 64),
        ((61, 67), (31, 29), 48),
        ((224, 224), (112, 112), 32),
        ((512, 512), (256, 256), 16),
        ((427, 640), (213, 320), 3),
        ((16384,), (4096,), 16),
        ((131072,), (65536,), 1),
    ):
        check_all_types(gpu, spatial, output_size, channels)


def test_algorithms(testing: ModuleType) -> None:
    """Each does what it is called, of whatever length; what cannot be had is refused."""
    for n, m, ffts in ((24, 10, 0), (1200, 600, 0), (1201, 600, 2)):
        x = signal(0, (1, n, 2), F32)
        expected = oracle.resample(x, (m,))
        for algorithm, count in (("auto", ffts), ("matrix", 0), ("fft", 2)):
            gpu = testing.GpuEmulation(algorithm=algorithm)
            assert_close(gpu.resample(x, (m,)), expected, F32)
            assert gpu.ffts == count
    by_matrix = testing.GpuEmulation(algorithm="matrix")
    with pytest.raises(ValueError, match=r"algorithm: 'matrix'.*4096.*'auto', 'fft'"):
        by_matrix.resample(signal(0, (1, 4096, 1), F32), (2048,))
    with pytest.raises(ValueError, match=r"algorithm: 'dft' is unknown.*'auto', 'matrix', 'fft'"):
        testing.GpuEmulation(algorithm="dft")


@pytest.mark.gpu
def test_graph_capture(kernels: ModuleType) -> None:
    """A call waits for nothing and takes no memory of its own: a CUDA graph can hold it."""
    gpu = make_backend("cuda", kernels)
    torch = gpu.torch
    for spatial, output_size in (
        ((56, 56), (28, 28)),
        ((224, 224), (112, 112)),
        ((4096,), (1000,)),
    ):
        x = torch.randn((4, *spatial, 8), device="cuda")
        side = torch.cuda.Stream()
        side.wait_stream(torch.cuda.current_stream())  # which makes x
        with torch.cuda.stream(side):
            backend = gpu.on_stream(side)
            expected = backend.resample(x, output_size)
            graph = torch.cuda.CUDAGraph()
            with torch.cuda.graph(graph, stream=side):
                y = backend.resample(x, output_size)
            y.zero_()
            graph.replay()
        torch.cuda.synchronize()
        assert torch.equal(y, expected)
