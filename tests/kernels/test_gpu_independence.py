"""As a GPU runs them, images and channels that are not mixed know nothing of each other either."""

from collections.abc import Sequence
from types import ModuleType
from typing import Any

import numpy as np
import pytest
from gpu_backends import BACKENDS, BY_FFTS, make_backend
from neighbours import (
    Case,
    Conv,
    Resample,
    SpectralConv,
    among_others,
    check_window_gradients,
    disturbed,
    given_to,
    noise,
    parts,
    poisoned,
    undisturbed,
)
from samples import DATA_FORMATS, DTYPES, same_bits
from tolerances import assert_each_close

RESAMPLES = (
    Resample("half", (32,), (16,), 9),
    Resample("ratio, window", (36,), (50,), 3, windowed=True),
    Resample("prime", (37,), (18,), 1, batch=5),
    Resample("folded", (150,), (60,), 2),
    Resample("long", (256,), (150,), 3),
    Resample("long and odd, window", (175,), (189,), 9, windowed=True),
    Resample("plane", (12, 10), (6, 14), 5),
    Resample("plane, window", (9, 16), (5, 16), 17, windowed=True),
    Resample("many small", (4, 6), (2, 3), 1, batch=33),
    Resample("volume", (4, 6, 5), (6, 3, 5), 2),
    Resample("centered, folded", (150,), (61,), 2, alignment="center"),
    Resample("symmetric, window", (36,), (50,), 3, windowed=True, boundary="symmetric"),
    Resample("symmetric plane", (12, 9), (7, 14), 5, boundary="symmetric"),
)
SPECTRAL_CONVS = (
    SpectralConv("row", (40,), (9,), (31,), 3, 5),
    SpectralConv("row, separable", (30,), (16,), (30,), 9, 0),
    SpectralConv("plane", (8, 9), (5, 4), (8, 12), 3, 0),
    SpectralConv("plane, dense", (9, 8), (6, 5), (7, 8), 9, 10),
    SpectralConv("volume", (4, 5, 6), (3, 4, 3), (4, 5, 6), 2, 3),
    SpectralConv("shared", (8, 9), (5, 4), (8, 12), 9, 0, shared=True),
    SpectralConv("filter", (9, 8), (9, 5), (9, 8), 3, 0),
)
CONVS = (
    Conv("depthwise row", (40,), (5,), 9, 9, 9),
    Conv("depthwise", (9, 11), (3, 4), 3, 6, 3, "circular"),
    Conv("groups", (7, 8), (3, 3), 6, 4, 2),
    Conv("dense", (8, 7), (3, 2), 3, 5, 1, "full"),
    Conv("volume", (4, 5, 6), (2, 1, 3), 4, 4, 4, "valid"),
)
CASES: tuple[Case, ...] = (*RESAMPLES, *SPECTRAL_CONVS, *CONVS)
SIGNALS = ("forward", "adjoint")  # the maps that give signals
# What goes by cuFFT is promised accuracy alone.
BY_MATRICES = [
    backend for backend in BACKENDS if getattr(backend, "values", (backend,))[0] not in BY_FFTS
]
BATCHES = (2, 7, 16, 33)


def each_map(among: Sequence[str] = (*SIGNALS, "gradient")) -> pytest.MarkDecorator:
    """Each map of each case in float32 or float64 and in a half type, each in one layout."""
    chosen = []
    maps = [(case, map) for case in CASES for map in case.maps if map in among]
    for number, (case, map) in enumerate(maps):
        for half in (0, 1):
            dtype = DTYPES[2 * half + (number % 3 == 2)]
            data_format = DATA_FORMATS[(number // 2 + half) % 2]
            name = f"{type(case).__name__}: {case.name}, {map}-{dtype}-{data_format}"
            chosen.append(pytest.param(case, map, dtype, data_format, id=name))
    return pytest.mark.parametrize(("case", "map", "dtype", "data_format"), chosen)


@each_map()
def test_loud_neighbour(gpu: Any, case: Case, map: str, dtype: np.dtype, data_format: str) -> None:
    """Beside a loud image, and beside a loud channel or group, the others are as exact as alone."""
    for given, expected, quiet in disturbed(case, map, dtype, data_format, 1e6):
        y = case.run(gpu, map, given, data_format=data_format)
        allowed = case.tolerance(y.real.dtype)
        floor = noise(case, map, given, data_format)
        assert_each_close(parts(case, map, y, data_format), expected, floor, allowed, where=quiet)


@each_map()
def test_not_finite_neighbour(
    gpu: Any, case: Case, map: str, dtype: np.dtype, data_format: str
) -> None:
    """A NaN, and an infinity, in one sample stays in its image and its channel or group."""
    clean, expected = undisturbed(case, map, dtype, data_format)
    floor = noise(case, map, clean, data_format)
    for value, which in ((np.nan, 0), (np.inf, -1)):
        given, reached = poisoned(case, map, clean, data_format, value, which)
        y = case.run(gpu, map, given, data_format=data_format)
        actual, allowed = parts(case, map, y, data_format), case.tolerance(y.real.dtype)
        assert not np.isfinite(actual[reached].astype(np.float64)).all()
        assert_each_close(actual, expected, floor, allowed, where=~reached)


@pytest.mark.parametrize("backend", BY_MATRICES)
@each_map(SIGNALS)
def test_bits_do_not_depend_on_the_others(
    kernels: ModuleType, backend: str, case: Case, map: str, dtype: np.dtype, data_format: str
) -> None:
    """Nor, but for the convolutions, on the size of the batch."""
    gpu = make_backend(backend, kernels)
    how = dict(data_format=data_format)
    (x,) = given_to(case, map, dtype, data_format, BATCHES[-1])
    y = case.run(gpu, map, [x[:3]], **how)
    assert same_bits(case.run(gpu, map, [among_others(x[:3], 1)], **how)[1], y[1])
    if case.batch_may_plan:
        return
    alone = {}
    for batch in BATCHES:
        y = case.run(gpu, map, [x[:batch]], **how)
        for image in {0, batch // 2, batch - 1}:
            if image not in alone:
                alone[image] = case.run(gpu, map, [x[image : image + 1]], **how)
            assert same_bits(y[image : image + 1], alone[image]), f"image {image} of {batch}"


@pytest.mark.parametrize("data_format", DATA_FORMATS)
@pytest.mark.parametrize("case", RESAMPLES, ids=[case.name for case in RESAMPLES])
def test_window_gradient_adds_up_what_is_exact(gpu: Any, case: Resample, data_format: str) -> None:
    dtype = DTYPES[RESAMPLES.index(case) % 2]
    check_window_gradients(gpu, case, dtype, data_format)
