"""Axes between samples and modes by a grid; with fft_cost=0 other FFTs come first."""

import math
from types import ModuleType
from typing import Any

import numpy as np
import pytest
from samples import DATA_FORMATS, DTYPES, array_shape, pairwise, signal, weights_for
from spectral_conv_samples import all_three, check_neighbours, check_one_axis
from tolerances import assert_close, tolerance

F32, F64 = DTYPES[:2]
MATRIX = dict(fft_cost=math.inf)


def test_a_single_axis(kernels: ModuleType) -> None:
    """From and to other lengths; few modes, and all that a length has."""

    def check_plan(plan: dict[str, Any], n: int, m: int) -> None:
        assert "grid" in (plan["analysis"][0], plan["synthesis"][0]), (n, m, plan)

    sizes = ((1031, 1031, 65), (1031, 700, 33), (562, 1327, 40), (719, 1019, 360))
    sizes += ((562, 1327, 282), (1327, 562, 282))  # Nyquist modes
    channels = ((16, (16, 3)), (17, (17,)), (20, ()), (48, (48, 16)))
    check_one_axis(kernels, sizes, channels, {}, MATRIX, check_plan)


def test_leading_axes(kernels: ModuleType) -> None:
    """Complex signals, with even and odd numbers of modes, at a new size, and in three axes."""
    cases = (
        ((397, 397), (397, 397), (64, 65)),
        ((457, 263), (331, 389), (71, 60)),
        ((509, 2, 263), (509, 2, 263), (90, 2, 50)),
        ((334, 64), (454, 64), (334, 20)),  # Nyquist modes
        ((454, 64), (334, 64), (334, 20)),
    )
    met = set()
    for (n, m, bins), shared, data_format, dtype in pairwise(
        cases, (False, True), DATA_FORMATS, (F32, F64)
    ):
        x = signal(0, array_shape(1, n, 16, data_format), dtype)
        g = signal(1, array_shape(1, m, 16, data_format), dtype)
        w = weights_for(2, bins, () if shared else (16,), dtype)
        how: dict[str, Any] = dict(data_format=data_format)
        plan = kernels.spectral_conv_plan(
            x.shape, w.shape, output_size=m, dtype=dtype.name, data_format=data_format
        )
        for side in ("analysis", "synthesis"):
            met |= {(side, i) for i, way in enumerate(plan[side]) if way == "grid"}
        wide = (x.astype(F64), w.astype(np.complex128), g.astype(F64))
        exact = all_three(kernels, *wide, **how, **MATRIX)
        for simd in kernels.simd_targets():
            ours = all_three(kernels, x, w, g, simd=simd, threads=2, **how)
            for each, true in zip(ours[:2], exact, strict=False):
                assert_close(each, true, dtype)
            limit = 3 * tolerance(dtype) * np.linalg.norm(exact[2])
            assert np.linalg.norm(ours[2] - exact[2]) <= limit
    assert met >= {(side, i) for side in ("analysis", "synthesis") for i in (0, 2)}


@pytest.mark.parametrize("data_format", DATA_FORMATS)
def test_neighbours(kernels: ModuleType, data_format: str) -> None:
    shape = array_shape(33, (1031,), 17, data_format)
    plan = kernels.spectral_conv_plan(shape, (20, 17), data_format=data_format)
    assert plan["analysis"] == plan["synthesis"] == ["grid"]
    check_neighbours(kernels, 1031, 17, data_format, 0)
