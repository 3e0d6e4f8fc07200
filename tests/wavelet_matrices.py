"""One level of a wavelet transform by the matrices of its rules, one virtual sample after another.

Where matrices would be too large, tap by tap.
"""

from collections.abc import Sequence
from functools import cache

import numpy as np

F64 = np.dtype(np.float64)
Rule = tuple[str, str, int]  # rule, mode, level
Taps = list[tuple[np.ndarray, np.ndarray]]


def extension(mode: str, n: int, p: int) -> dict[int, float]:
    """The weights of the samples that stand for sample p."""
    if 0 <= p < n:
        return {p: 1.0}
    last = n - 1
    edge = 0 if p < 0 else last
    mirrored = 2 * edge - p
    if mode == "zero":
        return {}
    if mode == "constant":
        return {edge: 1.0}
    if mode == "periodic":
        return {p % n: 1.0}
    if mode == "periodization":
        return {min(p % (n + n % 2), last): 1.0}
    if mode == "smooth":
        beyond = float(abs(p - edge))
        inward = min(1, last) if p < 0 else max(last - 1, 0)
        return combined([(1 + beyond, {edge: 1.0}), (-beyond, {inward: 1.0})])
    if mode == "reflect":
        return extension(mode, n, mirrored)
    if mode == "antireflect":
        return combined([(2.0, {edge: 1.0}), (-1.0, extension(mode, n, mirrored))])
    beside = mirrored + (-1 if p < 0 else 1)
    sign = 1.0 if mode == "symmetric" else -1.0
    return combined([(sign, extension(mode, n, beside))])


def combined(terms: Sequence[tuple[float, dict[int, float]]]) -> dict[int, float]:
    total: dict[int, float] = {}
    for factor, weights in terms:
        for i, weight in weights.items():
            total[i] = total.get(i, 0.0) + factor * weight
    return total


def count_coefficients(rule: str, mode: str, n: int, taps: int) -> int:
    if rule == "swt":
        return n
    return (n + 1) // 2 if mode == "periodization" else (n + taps - 1) // 2


def met(rule: Rule, n: int, taps: int, t: int, o: int) -> dict[int, float]:
    """The weights of the samples that tap t meets in coefficient o."""
    name, mode, level = rule
    circular = mode == "periodization"
    if name == "dwt":
        return extension(mode, n, (taps // 2 if circular else 1) + 2 * o - t)
    if name == "swt":
        i = (2**level * (taps // 2 - t) + o) % n
    elif circular:
        i = (2 * o + t - (taps // 2 - 1)) % (2 * count_coefficients(name, mode, n, taps))
    else:
        i = 2 * o + t - (taps - 2)
    return {i: 1.0} if 0 <= i < n else {}


@cache
def entries(rule: Rule, n: int, taps: int) -> np.ndarray:
    """The weights [taps, h, n] of all entries."""
    weights = np.zeros((taps, count_coefficients(*rule[:2], n, taps), n))
    for t, o in np.ndindex(*weights.shape[:2]):
        for i, weight in met(rule, n, taps, t, o).items():
            weights[t, o, i] = weight
    return weights


def tap_lists(rule: Rule, n: int, taps: int) -> Taps:
    """The same for long axes: of each tap the samples [h] that it meets, at most one in each
    coefficient, and their weights."""
    h = count_coefficients(*rule[:2], n, taps)
    lists = []
    for t in range(taps):
        samples, weights = np.zeros(h, np.int64), np.zeros(h)
        for o in range(h):
            for i, weight in met(rule, n, taps, t, o).items():
                assert weights[o] == 0, "a rule that mixes samples"
                samples[o], weights[o] = i, weight
        lists.append((samples, weights))
    return lists


# The maps, of channels that come last: bands as [*bands of each axis, batch, *h, channels].


def matrices(rule: Rule, size: Sequence[int], filters: Sequence[np.ndarray]) -> list[np.ndarray]:
    """The matrices [2, h, n] of each axis."""
    return [
        np.tensordot(f.astype(F64), entries(rule, n, f.shape[1]), 1)
        for n, f in zip(size, filters, strict=True)
    ]


def analyzed(x: np.ndarray, maps: Sequence[np.ndarray]) -> np.ndarray:
    for matrix in reversed(maps):
        at = len(maps)  # of the axis: behind the bands so far, the batch and the axes before it
        x = np.moveaxis(np.tensordot(matrix, x, (2, at)), 1, at + 1)
    return x


def synthesized(bands: np.ndarray, maps: Sequence[np.ndarray]) -> np.ndarray:
    for matrix in maps:
        at = len(maps) + 1
        bands = np.moveaxis(np.tensordot(matrix, bands, ((0, 1), (0, at))), 0, at - 1)
    return bands


def filter_gradient(
    x: np.ndarray, bands: np.ndarray, rule: Rule, maps: Sequence[np.ndarray], axis: int, taps: int
) -> np.ndarray:
    each = [*maps]
    each[axis] = entries(rule, x.shape[1 + axis], taps)
    by_tap = np.moveaxis(analyzed(x, each), axis, 0).reshape(taps, -1)
    return np.moveaxis(bands, axis, 0).reshape(2, -1) @ by_tap.T


# The same by lists of taps.


def met_by_tap(x: np.ndarray, at: int, tap: tuple[np.ndarray, np.ndarray]) -> np.ndarray:
    samples, weights = tap
    return np.take(x, samples, at) * weights.reshape(-1, *[1] * (x.ndim - at - 1))


def analyzed_along(x: np.ndarray, at: int, taps: Taps, f: np.ndarray) -> np.ndarray:
    """Along axis `at`; the bands come first."""
    shape = list(x.shape)
    shape[at] = len(taps[0][0])
    bands = np.zeros((2, *shape))
    for t, tap in enumerate(taps):
        each = met_by_tap(x, at, tap)
        for band in range(2):
            bands[band] += f[band, t] * each
    return bands


def analyzed_by_taps(
    x: np.ndarray, filters: Sequence[np.ndarray], taps: Sequence[Taps], but: int | None = None
) -> np.ndarray:
    """Along all axes but one."""
    done = 0
    for axis in reversed(range(len(filters))):
        if axis != but:
            x = analyzed_along(x, done + 1 + axis, taps[axis], filters[axis])
            done += 1
    return x


def synthesized_by_taps(
    bands: np.ndarray, size: Sequence[int], filters: Sequence[np.ndarray], taps: Sequence[Taps]
) -> np.ndarray:
    for axis, (n, f) in enumerate(zip(size, filters, strict=True)):
        at = len(filters) - axis - 1 + 1 + axis  # behind the bands that are left, and the batch
        low, high = (np.moveaxis(band, at, 0) for band in bands)
        x = np.zeros((n, *low.shape[1:]))
        for t, (samples, weights) in enumerate(taps[axis]):
            each = f[0, t] * low + f[1, t] * high
            np.add.at(x, samples, each * weights.reshape(-1, *[1] * (each.ndim - 1)))
        bands = np.moveaxis(x, 0, at)
    return bands


def filter_gradient_by_taps(
    x: np.ndarray,
    bands: np.ndarray,
    filters: Sequence[np.ndarray],
    taps: Sequence[Taps],
    axis: int,
) -> np.ndarray:
    others = analyzed_by_taps(x, filters, taps, but=axis)
    gradient = np.zeros((2, len(taps[axis])))
    for t, tap in enumerate(taps[axis]):
        each = met_by_tap(others, len(filters) + axis, tap)
        for band in range(2):
            gradient[band, t] = np.vdot(np.take(bands, band, axis), each)
    return gradient
