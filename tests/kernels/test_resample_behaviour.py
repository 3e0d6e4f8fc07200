"""What `resample` of the kernels promises beside its numbers."""

import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import ModuleType

import numpy as np
import oracle
import pytest
from fresh_process import output_of
from samples import (
    DATA_FORMATS,
    DTYPES,
    NORMS,
    array_shape,
    pairwise,
    same_bits,
    signal,
    windows_for,
)
from tolerances import assert_close

F32 = np.dtype(np.float32)


def test_same_size_is_a_copy(kernels: ModuleType, simd: str) -> None:
    spatials = ((1,), (8,), (5, 6), (3, 4, 5))
    for spatial, dtype, data_format, norm in pairwise(spatials, DTYPES, DATA_FORMATS, NORMS):
        special = np.array([-0.0, np.inf, -np.inf, np.nan, np.finfo(np.float16).tiny / 4], dtype)
        x = signal(0, array_shape(2, spatial, 5, data_format), dtype)
        x.ravel()[: special.size] = special
        settings = dict(norm=norm, data_format=data_format, simd=simd)
        y = kernels.resample(x, spatial, **settings)
        assert same_bits(y, x)
        assert not np.shares_memory(y, x)
        assert same_bits(kernels.resample_adjoint(x, spatial, **settings), x)


def test_not_finite_propagates(kernels: ModuleType, simd: str) -> None:
    """To what depends on it, and to no other image or channel."""
    sizes = (((9, 8), (5, 4)), ((8, 8), (4, 4)), ((4, 6), (8, 9)), ((6,), (9,)))
    values = (np.nan, np.inf, -np.inf)
    for (spatial, output_size), dtype, data_format, value in pairwise(
        sizes, DTYPES, DATA_FORMATS, values
    ):
        image, channel, pixel = 1, 2, tuple(n // 2 for n in spatial)
        clean = signal(0, array_shape(3, spatial, 5, data_format), dtype)
        x, unit = clean.copy(), np.zeros(clean.shape)
        at = (image, *pixel, channel)
        plane = (image, ..., channel)
        if data_format == "channels_first":
            at, plane = (image, channel, *pixel), (image, channel)
        x[at], unit[at] = value, 1
        settings = dict(data_format=data_format, simd=simd)
        y = kernels.resample(x, output_size, **settings)
        depends = abs(oracle.resample(unit, output_size, data_format=data_format)) > 1e-9
        assert depends.any()
        assert not np.isfinite(y[depends].astype(np.float64)).any()
        expected = kernels.resample(clean, output_size, **settings)
        untouched = np.ones(y.shape, bool)
        untouched[plane] = False
        assert same_bits(y[untouched], expected[untouched])


def test_nothing_in_nothing_out(kernels: ModuleType) -> None:
    sizes = (((7,), (3,)), ((6, 5), (4, 9)), ((2, 3, 4), (2, 1, 4)))
    for (batch, channels), (spatial, output_size), dtype, data_format in pairwise(
        ((0, 3), (2, 0), (0, 0)), sizes, DTYPES, DATA_FORMATS
    ):
        x = np.zeros(array_shape(batch, spatial, channels, data_format), dtype)
        y = kernels.resample(x, output_size, data_format=data_format, threads=2)
        assert y.shape == array_shape(batch, output_size, channels, data_format)
        assert y.dtype == dtype


def test_repeats_to_the_bit(kernels: ModuleType, simd: str) -> None:
    """Forward, adjoint and window gradients: from run to run and for any number of threads."""
    sizes = (
        ((48, 31), (20, 37)),
        ((300,), (150,)),
        ((8, 9, 10), (4, 5, 12)),
        ((24, 18), (13, 20)),
    )
    for (spatial, output_size), dtype, data_format in pairwise(sizes, DTYPES, DATA_FORMATS):
        x = signal(0, array_shape(3, spatial, 18, data_format), dtype)
        g = signal(1, array_shape(3, output_size, 18, data_format), dtype)
        settings = dict(
            windows=windows_for(1, spatial, output_size, dtype), data_format=data_format, simd=simd
        )
        first = None
        for threads in (1, 1, 2, 2, 3, 16):
            results = [
                kernels.resample(x, output_size, threads=threads, **settings),
                kernels.resample_adjoint(g, spatial, threads=threads, **settings),
                *(
                    kernels.resample_window_gradient(x, g, axis, threads=threads, **settings)
                    for axis in range(len(spatial))
                ),
            ]
            first = first or results
            assert all(map(same_bits, first, results)), f"threads={threads}"


VIEWS = {
    "step": lambda x: x[::2],
    "reversed": lambda x: x[:, ::-1],
    "slice": lambda x: x[..., 1:4],
    "transposed": lambda x: x.transpose(0, 2, 1, 3),
    "fortran": np.asfortranarray,
    "broadcast": lambda x: np.broadcast_to(x[:, :, :, :1], x.shape),
}


@pytest.mark.parametrize("view", VIEWS)
def test_any_strides(kernels: ModuleType, view: str) -> None:
    for dtype in DTYPES:
        x = VIEWS[view](signal(0, (4, 9, 8, 7), dtype))
        y = kernels.resample(x, (5, 4))
        assert same_bits(y, kernels.resample(np.array(x, order="C"), (5, 4)))
        slope = kernels.resample_window_gradient(x, y, 1)
        assert same_bits(slope, kernels.resample_window_gradient(np.array(x, order="C"), y, 1))


def test_input_is_left_alone(kernels: ModuleType, simd: str) -> None:
    """Read-only and unaligned memory is read where it lies, and nothing that is read is written."""
    for dtype in DTYPES:
        x, windows = signal(0, (2, 9, 8, 7), dtype), windows_for(1, (9, 8), (5, 12), dtype)
        shifted = np.frombuffer(b"\0" + x.tobytes(), np.uint8)[1:].view(dtype).reshape(x.shape)
        assert not shifted.flags.writeable and not shifted.flags.aligned
        kept, kept_windows = x.copy(), [window.copy() for window in windows]
        y = kernels.resample(x, (5, 12), windows=windows, simd=simd, threads=2)
        assert same_bits(y, kernels.resample(shifted, (5, 12), windows=windows, simd=simd))
        assert same_bits(x, kept)
        assert all(map(same_bits, windows, kept_windows))


def test_foreign_byte_order_is_never_misread(kernels: ModuleType) -> None:
    x = signal(0, (2, 9, 5), F32)
    try:
        y = kernels.resample(x.astype(x.dtype.newbyteorder()), 4)
    except TypeError as error:
        assert "x" in str(error)
    else:
        assert_close(y, oracle.resample(x, (4,)), F32)


def test_output_size_may_be_one_int(kernels: ModuleType) -> None:
    x = signal(0, (2, 9, 3), F32)
    y = kernels.resample(x, (4,))
    for size in (4, [4], np.int64(4), np.array([4])):
        assert same_bits(kernels.resample(x, size), y)


def test_calls_from_many_threads(kernels: ModuleType) -> None:
    def call(case: int) -> None:
        dtype, n, m = DTYPES[case % 4], 5 + case % 23, 3 + case % 17
        x = signal(case, (2, n, 12, 6), dtype)
        y = kernels.resample(x, (m, 5), threads=1 + case % 2)
        assert_close(y, oracle.resample(x, (m, 5)), dtype)

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(call, range(200)))


def test_gil_is_released(kernels: ModuleType) -> None:
    """This thread runs while another is in the kernel.

    The interpreter is told not to switch threads by itself, so that this thread can only run when
    the other one gives up the GIL, and all that it does is to call the kernel.
    """
    x = signal(0, (2, 400, 300, 8), F32)
    kernels.resample(x, (200, 150))
    woken = threading.Event()
    calls_until_woken = []

    def work() -> None:
        calls = 0
        while calls < 1000 and not woken.is_set():
            kernels.resample(x, (200, 150))
            calls += 1
        calls_until_woken.append(calls)

    interval = sys.getswitchinterval()
    sys.setswitchinterval(1000)
    try:
        worker = threading.Thread(target=work)
        worker.start()
        woken.set()
        worker.join()
    finally:
        sys.setswitchinterval(interval)
    assert calls_until_woken[0] < 1000


def test_runs_without_tensorflow(kernels: ModuleType, tmp_path: Path) -> None:
    printed = output_of(
        """
        import sys
        sys.modules["tensorflow"] = None  # any import of it now fails
        import numpy as np
        from spectral_ops import _kernels
        print(_kernels.resample(np.ones((1, 8, 3), np.float32), 4).sum())
        """,
        tmp_path,
        package_parents=[Path(kernels.__file__).parents[1]],
    )
    assert float(printed) == pytest.approx(12)
