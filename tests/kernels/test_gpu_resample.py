"""What is peculiar to `resample` on a GPU; its values and refusals are tested with the CPU's."""

from types import ModuleType
from typing import Any

import numpy as np
import oracle
import pytest
from gpu_backends import make_backend
from samples import DATA_FORMATS, DTYPES, HALF_DTYPES, array_shape, signal
from tolerances import assert_close, relative_error

F32, F64 = np.dtype(np.float32), np.dtype(np.float64)


def test_long_axes(gpu: Any) -> None:
    """Odd and prime lengths up to what goes by a matrix."""
    for n, m in ((1009, 504), (1021, 37), (512, 1024), (997, 996)):
        for dtype in (F32, F64):
            x = signal(n, (1, n, 2), dtype)
            assert_close(gpu.resample(x, m), oracle.resample(x, (m,)), dtype)


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


def test_a_kernel_for_each_plane_or_pass(kernels: ModuleType) -> None:
    """Two matrices and one kernel where a plane fits, else a kernel for each axis."""
    x = signal(0, (2, 8, 8, 8), F32)
    fused, unfused = (make_backend(name, kernels) for name in ("emulated", "emulated, unfused"))
    assert np.array_equal(fused.resample(x, (4, 4)), unfused.resample(x, (4, 4)))
    assert (fused.launches, unfused.launches) == (3, 4)
    by_fft = make_backend("emulated, FFTs", kernels)
    assert relative_error(by_fft.resample(x, (4, 4)), oracle.resample(x, (4, 4))) <= 1e-6
    assert by_fft.ffts == 4


@pytest.mark.gpu
def test_images_of_real_sizes(kernels: ModuleType) -> None:
    gpu = make_backend("cuda", kernels)
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
        for data_format in DATA_FORMATS:
            for dtype in DTYPES:
                x = signal(0, array_shape(2, spatial, channels, data_format), dtype)
                settings = dict(data_format=data_format)
                expected = oracle.resample(x, output_size, **settings)
                assert_close(gpu.resample(x, output_size, **settings), expected, dtype)
                expected = oracle.resample_adjoint(expected, spatial, **settings)
                g = oracle.resample(x, output_size, **settings).astype(dtype)
                y = gpu.resample_adjoint(g, spatial, **settings)
                assert_close(y, oracle.resample_adjoint(g, spatial, **settings), dtype)


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
