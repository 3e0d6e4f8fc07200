"""The seam for new kinds of axes, tried by a kind of the tests: a band with dense rows at its ends.

It runs in the plan, the walk, the cache and the prefetch of `resample` as they are, beside
`resample`'s own axes (csrc/python/testing/axis_banded.h), and is held against dense matrices.
"""

import itertools
from collections.abc import Sequence
from types import ModuleType
from typing import Any, NamedTuple

import numpy as np
import oracle
import pytest
from samples import DATA_FORMATS, array_shape, pairwise, same_bits, signal
from tolerances import assert_close, relative_error, tolerance

pytestmark = pytest.mark.parametrize("simd", ("scalar", "avx2"), indirect=True)


class Band(NamedTuple):
    """The rows of an axis: row phases * q + p has band[p] from sample stride * q + start[p] on."""

    stride: int
    start: tuple[int, ...]
    taps: int

    @property
    def phases(self) -> int:
        return len(self.start)

    def values(self) -> np.ndarray:
        """[phases, taps]"""
        return np.random.default_rng(self.taps).standard_normal((self.phases, self.taps))

    def rows(self, n: int) -> int:
        return self.phases * -(-n // self.stride)


BANDS = (
    Band(1, (-1,), 3),  # a filter
    Band(2, (-3,), 8),  # the smooth half of a level of wavelets
    Band(2, (0, -2), 6),  # a level: n -> 2 * ceil(n / 2), smooth and detail in turns
    Band(1, (0, -1), 4),  # n -> 2 n
    Band(3, (-1, 0), 5),
)
BORDERS = ("zero", "symmetric", "periodic")


def matrix_of(band: Band, n: int, border: str) -> np.ndarray:
    """[m, n]: rows that reach beyond the ends are folded back by the border's rule."""
    m = band.rows(n)
    matrix = np.zeros((m, n))
    values = band.values()
    for j, t in itertools.product(range(m), range(band.taps)):
        i = band.stride * (j // band.phases) + band.start[j % band.phases] + t
        if border == "periodic":
            i %= n
        elif border == "symmetric":
            i = min(i % (2 * n), -1 - i % (2 * n) + 2 * n)
        if 0 <= i < n:
            matrix[j, i] += values[j % band.phases, t]
    return matrix


def axis_of(
    testing: ModuleType, matrix: np.ndarray, stride: int, start: Sequence[int], band: np.ndarray
) -> tuple[Any, int]:
    """The axis of a matrix, and how many of its rows are dense: those that are not the band's."""
    m, n = matrix.shape
    phases, taps = band.shape

    def in_band(j: int) -> bool:
        first = stride * (j // phases) + start[j % phases]
        if first < 0 or first + taps > n:
            return False
        row = np.zeros(n)
        row[first : first + taps] = band[j % phases]
        return np.array_equal(row, matrix[j])

    inside, begin = range(0), 0  # the longest run of the band's rows
    for j in range(m + 1):
        if j == m or not in_band(j):
            inside, begin = max(inside, range(begin, j), key=len), j + 1
    first, last = inside.start, m - inside.stop
    reach = n
    while reach > 1 and not (
        matrix[:first, reach - 1].any() or matrix[m - last :, n - reach].any()
    ):
        reach -= 1
    axis = testing.BandedAxis(
        n,
        m,
        stride=stride,
        start=list(start),
        band=band.tolist(),
        first=matrix[:first, :reach].tolist(),
        last=matrix[m - last :, n - reach :].tolist(),
    )
    return axis, first + last


def banded(testing: ModuleType, band: Band, n: int, border: str) -> tuple[Any, np.ndarray]:
    matrix = matrix_of(band, n, border)
    return axis_of(testing, matrix, band.stride, band.start, band.values())[0], matrix


def along(axis: int, matrix: np.ndarray, x: np.ndarray) -> np.ndarray:
    return np.moveaxis(np.tensordot(matrix, x.astype(np.float64), (1, axis)), 0, axis)


def apply(matrices: Sequence[np.ndarray], x: np.ndarray, data_format: str) -> np.ndarray:
    for i, matrix in enumerate(matrices):
        x = along(i + (1 if data_format == "channels_last" else 2), matrix, x)
    return x


SIZES = ((1,), (2,), (7,), (16,), (33,), (200,), (1, 9), (8, 8), (31, 12), (100, 70))
SIZES += ((4, 6, 5), (1, 8, 3), (16, 9, 20))
CALLS = pairwise(SIZES, BANDS, BORDERS, (1, 33), (3, 33), DATA_FORMATS, (1, 3))


def test_matches_the_dense_matrix(testing: ModuleType, simd: str) -> None:
    met = set()
    for case, (spatial, band, border, batch, channels, data_format, threads) in enumerate(CALLS):
        turned = [BANDS[(BANDS.index(band) + i) % len(BANDS)] for i in range(len(spatial))]
        axes, matrices = zip(
            *(banded(testing, *each, border) for each in zip(turned, spatial, strict=True)),
            strict=True,
        )
        shape = array_shape(batch, spatial, channels, data_format)
        settings = dict(data_format=data_format, simd=simd, threads=threads)
        met.add(testing.resample_banded_plan(shape, axes, **settings)["stages"])
        x = signal(case, shape, np.float32)
        y = testing.resample_banded(x, axes, **settings)
        assert_close(y, apply(matrices, x, data_format), np.float32)
    text = "\n".join(met)
    parts = ["banded", "banded, dense edges", "x->y", "x->tile", "tile->y", "volume", "shared"]
    parts += [" channels"] if simd == "scalar" else [" channels", " rows", " images"]
    assert not [part for part in parts if part not in text]


def test_beside_other_axes(testing: ModuleType, simd: str) -> None:
    """A banded axis before, between and behind axes that keep their lengths or are resampled."""
    x = signal(0, (2, 12, 10, 9, 5), np.float32)
    for place, m in itertools.product(range(3), (None, 6, 15)):
        axis, matrix = banded(testing, BANDS[2], x.shape[1 + place], "symmetric")
        size = [m or n for n in x.shape[1:4]]
        size[place] = x.shape[1 + place]
        expected = along(1 + place, matrix, oracle.resample(x, size))
        axes = [*size[:place], axis, *size[place + 1 :]]
        stages = testing.resample_banded_plan(x.shape, axes, simd=simd)["stages"]
        assert stages.count("banded") == 1
        assert stages.count("matrix") == (0 if m is None else 2)
        assert_close(testing.resample_banded(x, axes, simd=simd), expected, np.float32)


def test_keeps_its_own_rules(testing: ModuleType, simd: str) -> None:
    """n -> n is no copy, and n -> n / 2 has no samples that are only copied."""
    axis, _ = banded(testing, BANDS[0], 96, "zero")
    half, _ = banded(testing, BANDS[1], 96, "zero")
    shape = (1, 96, 96, 512)

    def stages(*axes: Any) -> str:
        return testing.resample_banded_plan(shape, axes, simd=simd)["stages"]

    assert stages(axis, 96) == stages(96, axis) == "axis 2 banded, dense edges x->y channels"
    assert stages(96, 96) == "copy"
    assert "copies left out" in stages(48, 48)
    assert "copies left out" not in stages(half, 48)
    work = testing.resample_banded_plan((1, 96, 1), [axis], simd=simd)["multiply_adds"]
    assert work == 94 * 3 + 2 * 2  # the band, and a dense row at either end


def test_the_adjoint_is_of_the_same_kind(testing: ModuleType, simd: str) -> None:
    """A's transpose has stride and phases exchanged, and as many phases of bands as A's stride."""
    for band, border, n in itertools.product(BANDS, ("zero", "symmetric"), (40, 41)):
        axis, matrix = banded(testing, band, n, border)
        values = band.values()
        steps = [
            (start + t - u) // band.stride
            for start, t, u in itertools.product(band.start, range(band.taps), range(band.stride))
            if (start + t - u) % band.stride == 0
        ]
        # Sample stride * r + u meets row phases * (r + k) + p by tap u - stride * k - start[p].
        reach = range(-max(steps), -min(steps) + 1)
        turned = np.zeros((band.stride, band.phases * len(reach)))
        for u, (at, k), p in itertools.product(
            range(band.stride), enumerate(reach), range(band.phases)
        ):
            t = u - band.stride * k - band.start[p]
            if 0 <= t < band.taps:
                turned[u, band.phases * at + p] = values[p, t]
        start = [band.phases * reach[0]] * band.stride
        back, dense = axis_of(testing, matrix.T, band.phases, start, turned)
        assert dense < n
        x = signal(n, (2, n, 3), np.float32)
        y = signal(n + 1, (2, len(matrix), 3), np.float32)
        forward = testing.resample_banded(x, [axis], simd=simd)
        adjoint = testing.resample_banded(y, [back], simd=simd)
        assert_close(adjoint, apply([matrix.T], y, "channels_last"), np.float32)
        size = np.linalg.norm(forward) * np.linalg.norm(y)
        difference = np.vdot(forward.astype(float), y) - np.vdot(x, adjoint.astype(float))
        assert abs(difference) <= tolerance(np.float32) * size


def test_bits_do_not_depend_on_the_batch(testing: ModuleType, simd: str) -> None:
    for case, (spatial, channels, data_format) in enumerate(
        pairwise(((33,), (24, 17), (6, 8, 5)), (1, 3, 33), DATA_FORMATS)
    ):
        axes = [banded(testing, BANDS[2 - i], n, "periodic")[0] for i, n in enumerate(spatial)]
        x = signal(case, array_shape(33, spatial, channels, data_format), np.float32)
        settings = dict(data_format=data_format, simd=simd)
        whole = testing.resample_banded(x, axes, threads=3, **settings)
        for image in (0, 16, 32):
            alone = testing.resample_banded(x[image : image + 1], axes, threads=1, **settings)
            assert same_bits(alone, whole[image : image + 1])


def test_the_cache_tells_rules_apart(testing: ModuleType, simd: str) -> None:
    n = 50 if simd == "scalar" else 51
    x = signal(0, (1, n, 4), np.float32)
    before = testing.banded_cache()
    results = []
    for border in ("zero", "symmetric", "zero"):
        axis, _ = banded(testing, BANDS[0], n, border)
        results.append(testing.resample_banded(x, [axis], simd=simd))
    assert testing.banded_cache() == before + 2
    assert same_bits(results[0], results[2])
    assert relative_error(results[0], results[1]) > 1e-3
