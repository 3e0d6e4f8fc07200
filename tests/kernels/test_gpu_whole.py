"""Chains whose axes all go by FFTs: one transform over all of them, and one back."""

from itertools import product
from types import ModuleType
from typing import Any

import numpy as np
import oracle
import pytest
from samples import DATA_FORMATS, DTYPES, NORMS, array_shape, pairwise, signal, windows_for
from tolerances import assert_close

# Odd and even; one sample; axes that shrink beside others that grow, or that nothing happens to.
SIZES = (
    ((8, 6), (4, 3)),
    ((7, 9), (4, 12)),
    ((6, 8), (9, 16)),
    ((5, 12), (10, 6)),
    ((1, 6), (4, 1)),
    ((6, 1), (1, 4)),
    ((2, 2), (1, 5)),
    ((4, 6, 5), (2, 6, 8)),
    ((6, 8, 4), (3, 10, 2)),
    ((3, 1, 6), (5, 4, 4)),
    ((5, 4, 6), (5, 2, 3)),
    ((4, 6, 3), (2, 8, 3)),
)
F32, F64 = np.dtype(np.float32), np.dtype(np.float64)
ALIGNMENTS = ("first", "center")


@pytest.fixture(params=[1 << 20, 700], ids=["at once", "in turns"])
def whole(request: pytest.FixtureRequest, testing: ModuleType) -> Any:
    """The kernels by FFTs, of many rows at once or of few."""
    return testing.GpuEmulation(algorithm="fft", fft_bytes=request.param)


def test_resample(whole: Any) -> None:
    """In both directions, of every type, layout, norm and alignment."""
    rows = pairwise(SIZES, DTYPES, DATA_FORMATS, NORMS, (False, True), (1, 9), ALIGNMENTS)
    for (spatial, sizes), dtype, data_format, norm, windowed, channels, alignment in rows:
        rule = dict(alignment=alignment)
        how: dict[str, Any] = dict(norm=norm, data_format=data_format, **rule)
        if windowed:
            how["windows"] = windows_for(2, spatial, sizes, dtype, **rule)
        x = signal(0, array_shape(2, spatial, channels, data_format), dtype)
        g = signal(1, array_shape(2, sizes, channels, data_format), dtype)
        ffts = whole.ffts
        assert_close(whole.resample(x, sizes, **how), oracle.resample(x, sizes, **how), dtype)
        grad_x = whole.resample_adjoint(g, spatial, **how)
        assert_close(grad_x, oracle.resample_adjoint(g, spatial, **how), dtype)
        assert whole.ffts > ffts


def test_every_pair_of_short_lengths(testing: ModuleType) -> None:
    """Where the other axis shrinks to an even length and where it grows from one."""
    whole = testing.GpuEmulation(algorithm="fft")
    lengths = product(range(1, 8), repeat=2)
    for (n, m), (a, b), alignment in product(lengths, ((6, 4), (4, 6)), ALIGNMENTS):
        for spatial, sizes in (((n, a), (m, b)), ((a, n), (b, m))):
            x = signal(n, (1, *spatial, 2), F64)
            y = whole.resample(x, sizes, alignment=alignment)
            assert_close(y, oracle.resample(x, sizes, alignment=alignment), F64)


@pytest.mark.parametrize("dtype", DTYPES, ids=str)
@pytest.mark.parametrize("data_format", DATA_FORMATS)
def test_loud_neighbour(whole: Any, dtype: np.dtype, data_format: str) -> None:
    """An image that is loud, or NaN, changes no other by more than rounding."""
    x = signal(0, array_shape(3, (6, 9), 2, data_format), dtype)
    expected = oracle.resample(x, (4, 12), data_format=data_format)
    for loud in (1e4, np.nan, np.inf):
        other = x.copy()
        other[1] = (other[1].astype(np.float64) * loud).astype(dtype)
        y = whole.resample(other, (4, 12), data_format=data_format)
        for image in (0, 2):
            assert_close(y[image], expected[image], dtype)


def test_transforms_go_over_all_axes(testing: ModuleType) -> None:
    """One there and one back; axis by axis where an axis is symmetric or goes by its matrix."""
    x = signal(0, (2, 6, 8, 4, 3), F32)
    for settings, rule, launches, ffts in (
        (dict(algorithm="fft"), {}, 3, 2),
        (dict(direct_depth=0), {}, 3, 2),
        (dict(algorithm="fft"), dict(boundary="symmetric"), 9, 6),
        (dict(direct_depth=4), {}, 8, 4),
    ):
        gpu = testing.GpuEmulation(**settings)
        y = gpu.resample(x, (3, 4, 2), **rule)
        assert_close(y, oracle.resample(x, (3, 4, 2), **rule), F32)
        assert (gpu.launches, gpu.ffts) == (launches, ffts)
