"""`resample` of the kernels against the float64 oracle."""

from functools import cache
from types import ModuleType

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
    SHAPES,
    array_shape,
    signal,
    windows_for,
)
from tolerances import assert_close, relative_error, tolerance

LONGEST = 130  # the accuracy bar holds for every length up to this


def length_pairs() -> list[tuple[int, int]]:
    """Every length to its neighbours, half, double, mirror, 1, 2 and two scattered others."""
    pairs = set()
    for n in range(1, LONGEST + 1):
        near = (n - 1, n, n + 1, n // 2, 2 * n, LONGEST + 1 - n, 1, 2)
        far = (37 * n % LONGEST + 1, 71 * n % LONGEST + 1)
        pairs |= {(n, m) for m in (*near, *far) if 1 <= m <= LONGEST}
    return sorted(pairs)


@cache
def pair_cases(dtype: np.dtype) -> list[tuple[np.ndarray, np.ndarray, str]]:
    """(input, expected, what it is) in channels_last, without and with a window by turns."""
    cases = []
    for case, (n, m) in enumerate(length_pairs()):
        x = signal(case, (2, n, 3), dtype)
        windows = windows_for(case, (n,), (m,), dtype) if case % 2 else None
        cases.append((x, windows, oracle.resample(x, (m,), windows=windows)))
    return cases


def test_length_pairs_hold_every_length() -> None:
    lengths = set(range(1, LONGEST + 1))
    assert {n for n, _ in length_pairs()} == {m for _, m in length_pairs()} == lengths


@pytest.mark.parametrize("data_format", DATA_FORMATS)
@pytest.mark.parametrize("dtype", DTYPES, ids=str)
def test_every_length(kernels: ModuleType, simd: str, dtype: np.dtype, data_format: str) -> None:
    for x, windows, expected in pair_cases(dtype):
        n, m = x.shape[1], expected.shape[1]
        if data_format == "channels_first":
            x, expected = x.swapaxes(1, 2).copy(), expected.swapaxes(1, 2)
        y = kernels.resample(x, m, windows=windows, data_format=data_format, simd=simd)
        assert y.dtype == dtype and y.shape == expected.shape
        error = relative_error(y, expected)
        assert error <= tolerance(dtype), f"{n} -> {m}: relative error {error:.2e}"


@pytest.mark.parametrize("data_format", DATA_FORMATS)
@pytest.mark.parametrize("dtype", DTYPES, ids=str)
@pytest.mark.parametrize(("spatial", "output_size"), SHAPES)
def test_matches_oracle(
    kernels: ModuleType,
    simd: str,
    spatial: tuple[int, ...],
    output_size: tuple[int, ...],
    dtype: np.dtype,
    data_format: str,
) -> None:
    x = signal(0, array_shape(2, spatial, 5, data_format), dtype)
    for norm in NORMS:
        for windows in (None, windows_for(1, spatial, output_size, dtype)):
            settings = dict(norm=norm, windows=windows, data_format=data_format)
            y = kernels.resample(x, output_size, simd=simd, **settings)
            assert_close(y, oracle.resample(x, output_size, **settings), dtype)


@pytest.mark.parametrize("data_format", DATA_FORMATS)
@pytest.mark.parametrize("channels", [1, 2, 3, 7, 8, 15, 16, 17, 33, 64])
def test_channels(kernels: ModuleType, simd: str, channels: int, data_format: str) -> None:
    for dtype in DTYPES:
        x = signal(channels, array_shape(3, (9, 14), channels, data_format), dtype)
        for output_size in ((5, 7), (4, 14), (9, 15), (12, 6)):
            expected = oracle.resample(x, output_size, data_format=data_format)
            y = kernels.resample(x, output_size, data_format=data_format, simd=simd)
            assert_close(y, expected, dtype)


@pytest.mark.parametrize("data_format", DATA_FORMATS)
@pytest.mark.parametrize(
    ("spatial", "output_size"),
    [
        ((224, 224), (112, 112)),
        ((61, 67), (31, 29)),
        ((56, 300), (47, 299)),
        ((2000,), (777,)),
        ((600,), (1024,)),
        ((32, 64, 20), (16, 32, 33)),
    ],
)
def test_larger_images(
    kernels: ModuleType, spatial: tuple[int, ...], output_size: tuple[int, ...], data_format: str
) -> None:
    for dtype in DTYPES:
        x = signal(0, array_shape(1, spatial, 9, data_format), dtype)
        y = kernels.resample(x, output_size, data_format=data_format, threads=2)
        assert_close(y, oracle.resample(x, output_size, data_format=data_format), dtype)


@st.composite
def calls(draw: st.DrawFn) -> tuple[np.ndarray, tuple[int, ...], dict]:
    longest = {1: 70, 2: 24, 3: 9}[rank := draw(st.integers(1, 3))]
    sizes = st.tuples(*[st.integers(1, longest)] * rank)
    spatial, output_size = draw(sizes), draw(sizes)
    dtype, data_format = draw(st.sampled_from(DTYPES)), draw(st.sampled_from(DATA_FORMATS))
    shape = array_shape(draw(st.integers(0, 3)), spatial, draw(st.integers(0, 19)), data_format)
    windows = windows_for(1, spatial, output_size, dtype) if draw(st.booleans()) else None
    settings = dict(norm=draw(st.sampled_from(NORMS)), windows=windows, data_format=data_format)
    x = np.random.default_rng(0).uniform(0.5, 1.5, shape).astype(dtype)  # cannot cancel
    return x, output_size, settings


@given(call=calls(), threads=st.integers(1, 3))
def test_any_shape(
    kernels: ModuleType,
    simd: str,
    call: tuple[np.ndarray, tuple[int, ...], dict],
    threads: int,
) -> None:
    x, output_size, settings = call
    y = kernels.resample(x, output_size, threads=threads, simd=simd, **settings)
    assert_close(y, oracle.resample(x, output_size, **settings), x.dtype)


@pytest.mark.parametrize("dtype", DTYPES, ids=str)
def test_images_and_channels_do_not_mix(kernels: ModuleType, simd: str, dtype: np.dtype) -> None:
    """Each image and channel is accurate on its own scale."""
    scale = 10.0 ** np.arange(-3, 3).reshape(2, 1, 1, 3)
    for data_format in DATA_FORMATS:
        x = (signal(0, (2, 9, 8, 3), np.float64) * scale).astype(dtype)
        if data_format == "channels_first":
            x = np.moveaxis(x, -1, 1).copy()
        y = kernels.resample(x, (6, 5), data_format=data_format, simd=simd)
        expected = oracle.resample(x, (6, 5), data_format=data_format)
        for image in range(2):
            for channel in range(3):
                one = np.s_[image, ..., channel]
                if data_format == "channels_first":
                    one = np.s_[image, channel]
                assert_close(y[one], expected[one], dtype, factor=2)


@pytest.mark.parametrize("dtype", DTYPES, ids=str)
def test_constant_image_keeps_its_value(kernels: ModuleType, simd: str, dtype: np.dtype) -> None:
    for n, m in ((8, 4), (7, 4), (4, 7), (6, 9), (130, 65), (33, 1), (1, 33)):
        x = np.full((1, n, n, 3), 0.75, dtype)
        y = kernels.resample(x, (m, m), simd=simd)
        assert_close(y, np.full((1, m, m, 3), 0.75), dtype)


def test_mean_is_kept(kernels: ModuleType, simd: str) -> None:
    x = signal(0, (2, 11, 8, 5), np.float64)
    for output_size in ((5, 4), (11, 4), (16, 3), (1, 1)):
        y = kernels.resample(x, output_size, simd=simd)
        assert_close(y.mean((1, 2)), x.mean((1, 2)), np.float64)


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


def test_transpose_commutes(kernels: ModuleType, simd: str) -> None:
    x = signal(0, (2, 9, 12, 5), np.float32)
    y = kernels.resample(x, (4, 15), simd=simd)
    turned = kernels.resample(x.swapaxes(1, 2).copy(), (15, 4), simd=simd)
    assert_close(turned.swapaxes(1, 2), y, np.float32)


@pytest.mark.parametrize(("n", "m"), [(9, 4), (12, 6), (12, 5), (8, 13), (10, 16)])
def test_flip_commutes(kernels: ModuleType, simd: str, n: int, m: int) -> None:
    """Flips about sample 0, as they act on periodic signals: i -> -i mod n."""
    x = signal(0, (2, n, 5), np.float32)
    y = kernels.resample(x, m, simd=simd)
    flipped = kernels.resample(x[:, -np.arange(n)], m, simd=simd)
    assert_close(flipped, y[:, -np.arange(m)], np.float32)
