"""`resample` of the kernels and its gradients against the float64 oracle, on CPU and GPU alike."""

import math
from functools import cache
from types import ModuleType
from typing import Any

import numpy as np
import oracle
import pytest
from hypothesis import given
from hypothesis import strategies as st
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

F32, F64 = DTYPES[:2]
LONGEST = 130  # the accuracy bar holds for every length up to this
TYPES_AND_LAYOUTS = [(dtype, data_format) for dtype in DTYPES for data_format in DATA_FORMATS]


def test_matches_oracle(backend: Any) -> None:
    """Forward, adjoint and the gradients of the windows."""
    rows = pairwise(SHAPES, DTYPES, RULES, DATA_FORMATS, NORMS, (False, True), (1, 3, 5, 40))
    for (spatial, output_size), dtype, rule, data_format, norm, windowed, channels in rows:
        x = signal(0, array_shape(2, spatial, channels, data_format), dtype)
        g = signal(1, array_shape(2, output_size, channels, data_format), dtype)
        windows = windows_for(2, spatial, output_size, dtype, **rule) if windowed else None
        settings = dict(norm=norm, windows=windows, data_format=data_format, **rule)
        y = backend.resample(x, output_size, **settings)
        assert_close(y, oracle.resample(x, output_size, **settings), dtype)
        grad_x = backend.resample_adjoint(g, spatial, **settings)
        assert_close(grad_x, oracle.resample_adjoint(g, spatial, **settings), dtype)
        if dtype in HALF_DTYPES and not getattr(backend, "takes_half_slopes", False):
            x, g = x.astype(F32), g.astype(F32)
        for axis in range(len(spatial)):
            slope = backend.resample_window_gradient(x, g, axis, **settings)
            expected = oracle.resample_window_gradient(x, g, axis, **settings)
            assert_close(slope, expected, window_dtype(dtype))


def length_pairs() -> list[tuple[int, int]]:
    """Every length to its neighbours, half, double, mirror, 1, 2 and two scattered others."""
    pairs = set()
    for n in range(1, LONGEST + 1):
        near = (n - 1, n, n + 1, n // 2, 2 * n, LONGEST + 1 - n, 1, 2)
        far = (37 * n % LONGEST + 1, 71 * n % LONGEST + 1)
        pairs |= {(n, m) for m in (*near, *far) if 1 <= m <= LONGEST}
    return sorted(pairs)


@cache
def pair_cases(dtype: np.dtype, number: int) -> list[tuple[np.ndarray, dict, np.ndarray]]:
    """(input, settings, expected): windows and layouts by turns."""
    rule = RULES[number]
    cases = []
    for case, (n, m) in enumerate(length_pairs()):
        data_format = DATA_FORMATS[case // 2 % 2]
        x = signal(case, array_shape(2, (n,), 3, data_format), dtype)
        windows = windows_for(case, (n,), (m,), dtype, **rule) if case % 2 else None
        settings = dict(windows=windows, data_format=data_format, **rule)
        cases.append((x, settings, oracle.resample(x, (m,), **settings)))
    return cases


def test_length_pairs_hold_every_length() -> None:
    lengths = set(range(1, LONGEST + 1))
    assert {n for n, _ in length_pairs()} == {m for _, m in length_pairs()} == lengths


@pytest.mark.parametrize(
    ("dtype", "rule"), [*((dtype, 0) for dtype in DTYPES), (F32, 1), (F64, 1), (F32, 2), (F64, 2)]
)
def test_every_length(kernels: ModuleType, simd: str, dtype: np.dtype, rule: int) -> None:
    cases = zip(length_pairs(), pair_cases(dtype, rule), strict=True)
    for (n, m), (x, settings, expected) in cases:
        y = kernels.resample(x, m, simd=simd, **settings)
        assert y.dtype == dtype and y.shape == expected.shape
        error = relative_error(y, expected)
        assert error <= tolerance(dtype), f"{n} -> {m}: relative error {error:.2e}"


def test_every_length_on_a_gpu(gpu: Any) -> None:
    """Up to 70 in float64: to its half, its neighbours, its double and 1."""
    for n in range(1, 71):
        x = signal(n, (2, n, 1), F64)
        for m in {max(1, n // 2), max(1, n - 1), n + 1, 2 * n, 1}:
            assert_close(gpu.resample(x, m), oracle.resample(x, (m,)), F64)


@pytest.mark.parametrize("fft_cost", [0.0, math.inf], ids=["fft", "matrix"])
def test_each_rule_by_each_way(kernels: ModuleType, simd: str, fft_cost: float) -> None:
    """Every pair of lengths to 12 and some beyond, where axes fold in every way."""
    lengths = (*range(1, 13), 16, 22, 30, 37, 61, 96)
    rows = pairwise(lengths, lengths, RULES, DTYPES, (1, 5, 17), (False, True))
    for n, m, rule, dtype, channels, windowed in rows:
        x = signal(n, (2, n, channels), dtype)
        windows = windows_for(m, (n,), (m,), dtype, **rule) if windowed else None
        y = kernels.resample(x, m, windows=windows, simd=simd, fft_cost=fft_cost, **rule)
        assert_close(y, oracle.resample(x, (m,), windows=windows, **rule), dtype)


def test_channels(kernels: ModuleType, simd: str) -> None:
    """Lanes full and partly full, of every width: those of each type in each layout."""
    counts, sizes = (1, 2, 3, 7, 8, 15, 16, 17, 33, 64), ((5, 7), (4, 14), (9, 15), (12, 6))
    for channels, (dtype, data_format), output_size in pairwise(counts, TYPES_AND_LAYOUTS, sizes):
        x = signal(channels, array_shape(3, (9, 14), channels, data_format), dtype)
        y = kernels.resample(x, output_size, data_format=data_format, simd=simd)
        assert_close(y, oracle.resample(x, output_size, data_format=data_format), dtype)


LARGER = (
    ((224, 224), (112, 112)),
    ((61, 67), (31, 29)),
    ((56, 300), (47, 299)),
    ((2000,), (777,)),
    ((600,), (1024,)),
    ((32, 64, 20), (16, 32, 33)),
)


def test_larger_images(kernels: ModuleType) -> None:
    rows = pairwise(LARGER, DTYPES, DATA_FORMATS, RULES)
    for (spatial, output_size), dtype, data_format, rule in rows:
        x = signal(0, array_shape(1, spatial, 9, data_format), dtype)
        settings = dict(data_format=data_format, **rule)
        y = kernels.resample(x, output_size, threads=2, **settings)
        assert_close(y, oracle.resample(x, output_size, **settings), dtype)


@st.composite
def calls(draw: st.DrawFn) -> tuple[np.ndarray, tuple[int, ...], dict]:
    longest = {1: 70, 2: 24, 3: 9}[rank := draw(st.integers(1, 3))]
    sizes = st.tuples(*[st.integers(1, longest)] * rank)
    spatial, output_size = draw(sizes), draw(sizes)
    dtype, data_format = draw(st.sampled_from(DTYPES)), draw(st.sampled_from(DATA_FORMATS))
    shape = array_shape(draw(st.integers(0, 3)), spatial, draw(st.integers(0, 19)), data_format)
    rule = draw(st.sampled_from(RULES))
    windows = windows_for(1, spatial, output_size, dtype, **rule) if draw(st.booleans()) else None
    norm = draw(st.sampled_from(NORMS))
    settings = dict(norm=norm, windows=windows, data_format=data_format, **rule)
    x = np.random.default_rng(0).uniform(0.5, 1.5, shape).astype(dtype)  # cannot cancel
    return x, output_size, settings


@given(call=calls(), threads=st.integers(1, 3))
def test_any_shape(kernels: ModuleType, simd: str, call: tuple, threads: int) -> None:
    x, output_size, settings = call
    y = kernels.resample(x, output_size, threads=threads, simd=simd, **settings)
    assert_close(y, oracle.resample(x, output_size, **settings), x.dtype)


def test_images_and_channels_do_not_mix(kernels: ModuleType, simd: str) -> None:
    """Each image and channel is accurate on its own scale."""
    scale = 10.0 ** np.arange(-3, 3).reshape(2, 1, 1, 3)
    for dtype, data_format in TYPES_AND_LAYOUTS:
        x = (signal(0, (2, 9, 8, 3), F64) * scale).astype(dtype)
        x = np.moveaxis(x, -1, 1).copy() if data_format == "channels_first" else x
        y = kernels.resample(x, (6, 5), data_format=data_format, simd=simd)
        expected = oracle.resample(x, (6, 5), data_format=data_format)
        for image, channel in np.ndindex(2, 3):
            last = data_format == "channels_last"
            one = np.s_[image, ..., channel] if last else np.s_[image, channel]
            assert_close(y[one], expected[one], dtype, factor=2)


@pytest.mark.parametrize("rule", RULES, ids=str)
def test_constant_and_mean_are_kept(kernels: ModuleType, simd: str, rule: dict) -> None:
    for n, m in ((8, 4), (7, 4), (4, 7), (6, 9), (130, 65), (33, 1), (1, 33)):
        for dtype in DTYPES:
            y = kernels.resample(np.full((1, n, n, 3), 0.75, dtype), (m, m), simd=simd, **rule)
            assert_close(y, np.full((1, m, m, 3), 0.75), dtype)
    x = signal(0, (2, 11, 8, 5), F64)
    for output_size in ((5, 4), (11, 4), (16, 3), (1, 1)):
        y = kernels.resample(x, output_size, simd=simd, **rule)
        assert_close(y.mean((1, 2)), x.mean((1, 2)), F64)


@pytest.mark.parametrize("dtype", HALF_DTYPES, ids=str)
def test_half_types_round_to_nearest_even(kernels: ModuleType, simd: str, dtype: np.dtype) -> None:
    """The mean of two neighbouring numbers is a tie, for every pair of neighbours there is."""
    bits = np.arange(2**15, dtype=np.uint16).view(dtype)
    finite = bits[bits.astype(np.float32) < 1e38]  # what can be added in float32
    finite = np.concatenate([-finite[:0:-1], finite])
    x = np.stack([finite[:-1], finite[1:]])[np.newaxis]  # [1, 2, channels]
    expected = (x.astype(np.float64).sum(1, keepdims=True) / 2).astype(dtype)
    y = kernels.resample(x, 1, simd=simd)
    wrong = np.flatnonzero(y.ravel() != expected.ravel())
    assert not wrong.size, f"{wrong.size} wrong; first: {x[0, :, wrong[0]]} -> {y[0, 0, wrong[0]]}"


@pytest.mark.parametrize("dtype", HALF_DTYPES, ids=str)
def test_half_types_accumulate_in_float32(kernels: ModuleType, simd: str, dtype: np.dtype) -> None:
    """Between the axes too: the result is the rounded float32 result, give or take a tie."""
    x = signal(0, (2, 40, 37, 9), dtype)
    windows = windows_for(0, (40, 37), (19, 41), dtype)
    y = kernels.resample(x, (19, 41), windows=windows, simd=simd)
    y32 = kernels.resample(x.astype(np.float32), (19, 41), windows=windows, simd=simd)
    assert np.mean(y != y32.astype(dtype)) < 0.01


def test_half_types_overflow_to_infinity(kernels: ModuleType, simd: str) -> None:
    x = np.full((1, 8, 3), 60000, np.float16)
    y = kernels.resample(x, 4, norm="backward", simd=simd)  # twice the value
    assert np.isposinf(y).all()


def test_transpose_and_flip_commute(kernels: ModuleType, simd: str) -> None:
    """Flips about sample 0, as they act on periodic signals: i -> -i mod n."""
    x = signal(0, (2, 9, 12, 5), F32)
    y = kernels.resample(x, (4, 15), simd=simd)
    turned = kernels.resample(x.swapaxes(1, 2).copy(), (15, 4), simd=simd)
    assert_close(turned.swapaxes(1, 2), y, F32)
    for n, m in ((9, 4), (12, 6), (12, 5), (8, 13), (10, 16)):
        x = signal(0, (2, n, 5), F32)
        y = kernels.resample(x, m, simd=simd)
        flipped = kernels.resample(x[:, -np.arange(n)], m, simd=simd)
        assert_close(flipped, y[:, -np.arange(m)], F32)


@pytest.mark.parametrize("rule", RULES[1:], ids=str)
def test_image_flips_commute_where_samples_are_centred(
    kernels: ModuleType, simd: str, rule: dict
) -> None:
    """np.flip, as images are flipped in augmentation; and a ramp keeps its borders if mirrored."""
    for n, m in ((9, 4), (12, 6), (12, 5), (8, 13), (10, 16)):
        x = signal(0, (2, n, 5), F32)
        y = kernels.resample(x, m, simd=simd, **rule)
        assert_close(kernels.resample(x[:, ::-1].copy(), m, simd=simd, **rule), y[:, ::-1], F32)
    if "boundary" in rule:
        ramp = np.linspace(0, 1, 64, dtype=F32)[np.newaxis, :, np.newaxis]
        ringing = np.abs(np.diff(kernels.resample(ramp, 16, simd=simd, **rule)[0, :, 0]) - 16 / 252)
        periodic = np.abs(np.diff(kernels.resample(ramp, 16, simd=simd)[0, :, 0]) - 16 / 252)
        assert 5 * ringing.max() < periodic.max()
