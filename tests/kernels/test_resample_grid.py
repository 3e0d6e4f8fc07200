"""Axes by a grid: transforms of another length, and sums between its points and the samples."""

from types import ModuleType
from typing import Any

import numpy as np
import oracle
import pytest
from samples import DATA_FORMATS, DTYPES, array_shape, signal, windows_for
from tolerances import assert_close, relative_error

F32, F64 = (np.dtype(dtype) for dtype in DTYPES[:2])

# From and to, and the ways there and back: by a grid or not.
AXES = {
    (699, 1049): "grid to grid",
    (277, 545): "grid to grid",
    (487, 365): "grid to real passes",
    (853, 213): "grid to real passes",
    (543, 272): "grid to packed",
    (251, 178): "grid to packed",
    (768, 543): "packed to grid",
    (800, 309): "packed to grid",
    (160, 113): "packed to grid",
    (998, 499): "phases in, copies, grid",
    (499, 998): "phases out, copies, grid",
    (579, 193): "phases in, copies, grid",
}
RULES: tuple[dict[str, Any], ...] = ({}, {"alignment": "center"}, {"boundary": "symmetric"})


def stages(kernels: ModuleType, n: int, m: int, dtype: Any = F32) -> str:
    plan = kernels.resample_plan((2, n, 4, 32), (m, 4), dtype=dtype.name, fft_cost=0.0)
    return str(plan["stages"])


@pytest.mark.parametrize(("n", "m"), AXES)
def test_axes_go_by_a_grid(kernels: ModuleType, n: int, m: int) -> None:
    assert AXES[n, m] in stages(kernels, n, m)


@pytest.mark.parametrize("dtype", [F32, F64], ids=str)
@pytest.mark.parametrize(("n", "m"), AXES)
def test_matches_the_oracle(
    kernels: ModuleType, simd: str, n: int, m: int, dtype: np.dtype
) -> None:
    """As near as transforms of the length itself come: half of what `tolerances` allows."""
    for rule in RULES:
        for channels, windowed in ((1, False), (19, True)):
            x = signal(n, (2, n, 3, channels), dtype)
            settings: dict[str, Any] = dict(rule)
            if windowed:
                settings["windows"] = windows_for(m, (n, 3), (m, 3), dtype, **rule)
            y = kernels.resample(x, (m, 3), fft_cost=0.0, simd=simd, **settings)
            assert_close(y, oracle.resample(x, (m, 3), **settings), dtype, factor=0.5)


@pytest.mark.parametrize("dtype", [F32, F64], ids=str)
@pytest.mark.parametrize(("n", "m"), [(699, 1049), (853, 213), (998, 499), (499, 998)])
def test_each_frequency(kernels: ModuleType, n: int, m: int, dtype: np.dtype) -> None:
    """Those at the end of the band too, which the kernel's transform has least of."""
    assert "grid" in stages(kernels, n, m, dtype)
    highest = (min(n, m) - 1) // 2
    k = np.arange(highest + 1)
    x = np.cos(2 * np.pi * (np.outer(np.arange(n), k) % n) / n + k)[None].astype(dtype)
    y = kernels.resample(x, (m,), fft_cost=0.0)[0]
    exact = oracle.resample(x, (m,))[0]
    errors = [relative_error(y[:, j], exact[:, j]) for j in k]
    assert max(errors) <= (1e-6 if dtype == F32 else 4e-15)


@pytest.mark.parametrize("data_format", DATA_FORMATS)
def test_gradients(kernels: ModuleType, data_format: str) -> None:
    for n, m in ((160, 113), (579, 193), (193, 579)):
        for channels in (1, 3, 16):
            shape = array_shape(2, (m, 5), channels, data_format)
            plan = kernels.resample_plan(shape, (n, 5), data_format=data_format)
            assert "grid" in str(plan["stages"]), (n, m, channels, plan)
            g = signal(m, shape, F32)
            x = kernels.resample_adjoint(g, (n, 5), data_format=data_format)
            exact = oracle.resample_adjoint(g, (n, 5), data_format=data_format)
            assert_close(x, exact, F32)


def test_many_samples_and_few_bins(kernels: ModuleType) -> None:
    """No sum is so long that it rounds more than a transform does."""
    for n, m in ((65536, 65), (40009, 301), (20011, 90), (4001, 160)):
        x = np.ones((1, n, 16), F32)
        assert_close(kernels.resample(x, (m,)), np.ones((1, m, 16), F32), F32, factor=0.5)


def test_half_types(kernels: ModuleType) -> None:
    for dtype in DTYPES[2:]:
        x = signal(1, (2, 487, 33), dtype)
        assert_close(kernels.resample(x, (365,)), oracle.resample(x, (365,)), np.dtype(dtype))


@pytest.mark.parametrize(("n", "m"), AXES)
def test_signals_are_alone(kernels: ModuleType, n: int, m: int) -> None:
    """A loud, a NaN and an infinite neighbour change no bit; all of a signal knows its own NaN."""
    x = signal(n, (3, n, 2), F32)
    y = kernels.resample(x, (m,), fft_cost=0.0)
    for value in (1e8, np.nan, np.inf):
        spoiled = x.copy()
        spoiled[1, n // 2, 1] = value
        beside = kernels.resample(spoiled, (m,), fft_cost=0.0)
        np.testing.assert_array_equal(beside[::2], y[::2])
        np.testing.assert_array_equal(beside[1, :, 0], y[1, :, 0])
        if value != 1e8 and max(n, m) % min(n, m) != 0:
            assert not np.isfinite(beside[1, :, 1]).any()


def test_batches_threads_and_vectors_have_the_same_bits(kernels: ModuleType) -> None:
    x = signal(3, (33, 277, 3), F32)
    y = kernels.resample(x, (545,), fft_cost=0.0)
    for threads in (2, 5):
        np.testing.assert_array_equal(kernels.resample(x, (545,), fft_cost=0.0, threads=threads), y)
    for batch in (1, 7):
        np.testing.assert_array_equal(kernels.resample(x[:batch], (545,), fft_cost=0.0), y[:batch])


def test_lengths_about_the_least(kernels: ModuleType) -> None:
    """Where a kernel is nearly as long as the signal, or as the grid."""
    met = {F32: 0, F64: 0}
    for n in range(17, 128):
        for m in (n - 1, n // 2 + 1, n // 7 + 2, 2 * n - 3):
            for dtype in (F32, F64):
                if "grid" not in stages(kernels, n, m, dtype):
                    continue
                met[dtype] += 1
                x = signal(n, (1, n, 4, 2), dtype)
                y = kernels.resample(x, (m, 4), fft_cost=0.0)
                assert_close(y, oracle.resample(x, (m, 4)), dtype)
    assert min(met.values()) > 20, met
