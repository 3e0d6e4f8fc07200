"""`aliasing`: the share of energy that taking samples would fold."""

from functools import partial
from types import ModuleType
from typing import Any

import numpy as np
import pytest
import tensorflow as tf
from bad_calls import FORMATS, GOOD_RESAMPLE, LONGEST, SIZES
from refusals import check_all_refused, ones
from samples import DATA_FORMATS, DTYPES, array_shape, pairwise, signal

from ops.graphs import ORDERS, traced, turned

F32, F64 = np.dtype(np.float32), np.dtype(np.float64)
CASES = (  # (spatial size, output size)
    ((1,), (1,)),
    ((2,), (1,)),
    ((9,), (4,)),
    ((8,), (5,)),
    ((8, 6), (4, 6)),
    ((8, 6), (4, 3)),
    ((7, 9), (7, 9)),
    ((31, 40), (9, 20)),
    ((4, 6, 5), (2, 6, 3)),
    ((5, 3, 8), (3, 2, 1)),
)


def stays(n: int, m: int) -> np.ndarray:
    """The part of the energy of each frequency of an axis that is not folded."""
    twice = 2 * abs(np.fft.fftfreq(n, 1 / n)).round()
    return np.ones(n) if n == m else np.where(twice < m, 1, np.where(twice == m, 0.5, 0))


def expected_of(x: np.ndarray, size: tuple[int, ...], data_format: str) -> np.ndarray:
    x = x.astype(np.float64)
    x = x if data_format == "channels_first" else np.moveaxis(x, -1, 1)
    axes = tuple(range(2, x.ndim))
    energy = abs(np.fft.fftn(x, axes=axes)) ** 2
    kept = np.ones(())
    for n, m in zip(x.shape[2:], size, strict=True):
        kept = np.multiply.outer(kept, stays(n, m))
    return np.sum((1 - kept) * energy, axes) / np.sum(energy, axes)


def test_definition(implementation: ModuleType) -> None:
    for (spatial, size), dtype, data_format in pairwise(CASES, DTYPES, DATA_FORMATS):
        x = signal(0, array_shape(2, spatial, 3, data_format), dtype)
        share = implementation.aliasing(x, size, data_format=data_format).numpy()
        assert share.dtype == (F64 if dtype == F64 else F32) and share.shape == (2, 3)
        expected = expected_of(x, size, data_format)
        assert np.allclose(share, expected, rtol=1e-13 if dtype == F64 else 3e-6, atol=0)


def test_what_is_folded(implementation: ModuleType) -> None:
    """Waves below, at and above the Nyquist frequency of the samples that are taken."""
    j = np.arange(24)
    for k, share in ((0, 0), (3, 0), (5, 0), (6, 0.5), (7, 1), (12, 1)):
        x = np.cos(2 * np.pi * k * j / 24 + 0.3)[np.newaxis, :, np.newaxis]
        assert np.isclose(implementation.aliasing(x, 12), share, atol=1e-14)
        assert np.isclose(implementation.aliasing(x, 11), float(k > 5), atol=1e-14)
        assert implementation.aliasing(x, 24) == 0
    corner = np.cos(np.pi * j / 2)[:, np.newaxis] * np.cos(np.pi * j / 2)
    share = implementation.aliasing(corner[np.newaxis, ..., np.newaxis], (12, 12))
    assert np.isclose(share, 0.75)  # at Nyquist's on both axes a quarter stays


def test_nothing_and_a_constant_alias_nothing(implementation: ModuleType) -> None:
    x = np.zeros((2, 8, 6, 2), np.float32)
    x[1, ..., 1] = 5
    assert np.abs(implementation.aliasing(x, (4, 3))).max() <= 1e-13
    for shape in ((0, 8, 6, 3), (2, 8, 6, 0)):
        assert implementation.aliasing(tf.zeros(shape), (4, 3)).shape == (shape[0], shape[-1])


def band(kept: bool) -> np.ndarray:
    """Noise in or out of the band of half as many samples, [1, 64, 48, 1]."""
    x = np.random.default_rng(1).standard_normal((64, 48))
    inside = np.multiply.outer(stays(64, 32) == 1, stays(48, 24) == 1)
    spectrum = np.fft.fft2(x) * (inside if kept else ~inside)
    return np.fft.ifft2(spectrum).real[np.newaxis, ..., np.newaxis]


@pytest.mark.parametrize("faint", [1e-3, 1e-5])
def test_a_small_share_is_exact(implementation: ModuleType, faint: float) -> None:
    """Not the difference of two sums: 1e-10 of the energy, in float32."""
    x = (band(True) + faint * band(False)).astype(np.float32)
    expected = expected_of(x, (32, 24), "channels_last")
    assert expected < 10 * faint**2
    share = implementation.aliasing(x, (32, 24)).numpy()
    assert abs(share / expected - 1) <= 2e-3


@pytest.mark.parametrize("scale", [1e-30, 1e30])
def test_scale_is_no_matter(implementation: ModuleType, scale: float) -> None:
    """Where squares would vanish or overflow; with the gradient's own scale."""
    x = tf.constant(signal(2, (2, 9, 8, 3), F32))
    shares, slopes = [], []
    for factor in (1.0, scale):
        given = x * factor
        with tf.GradientTape() as tape:
            tape.watch(given)
            share = implementation.aliasing(given, (4, 4))
        shares.append(share.numpy())
        slopes.append(tape.gradient(share, given).numpy().astype(np.float64) * factor)
    assert np.allclose(*shares, rtol=1e-5)
    assert np.allclose(*slopes, rtol=1e-3, atol=1e-6)


def test_channels_and_images_are_their_own(implementation: ModuleType) -> None:
    x = signal(3, (3, 9, 8, 3), F32)
    clean = implementation.aliasing(x, (4, 4)).numpy()
    x[1, ..., 1] *= 1e6
    x[2, 3, 4, 0] = np.nan
    share = implementation.aliasing(x, (4, 4)).numpy()
    assert np.isnan(share[2, 0])
    share[2, 0] = clean[2, 0]
    assert np.allclose(share, clean, rtol=1e-5)


def test_gradients(implementation: ModuleType) -> None:
    """As differences say, to second order, in a graph of unknown sizes."""
    x = signal(4, (2, 6, 5, 2), F64)
    g = np.random.default_rng(5).standard_normal((2, 2))

    @tf.function(input_signature=[tf.TensorSpec([None] * 4, tf.float64)], autograph=False)
    def derivatives(x: tf.Tensor) -> Any:
        with tf.GradientTape() as outer:
            outer.watch(x)
            with tf.GradientTape() as tape:
                tape.watch(x)
                value = tf.reduce_sum(g * implementation.aliasing(x, (3, 2)))
            slope = tape.gradient(value, x)
            total = tf.reduce_sum(slope**2)
        return value, slope, total, outer.gradient(total, x)

    _, slope, _, second = derivatives(x)
    direction, h = np.random.default_rng(6).standard_normal(x.shape), 1e-5
    ahead, behind = derivatives(x + h * direction), derivatives(x - h * direction)
    for of, gradient in ((0, slope), (2, second)):
        difference = (ahead[of] - behind[of]) / (2 * h)
        assert np.isclose(np.sum(gradient * direction), difference, rtol=1e-5)
    assert np.allclose(np.sum(slope * x, (1, 2)), 0, atol=1e-12)  # scale is no matter


def test_gradients_where_there_is_nothing(implementation: ModuleType) -> None:
    x = tf.zeros((1, 8, 6, 2))
    with tf.GradientTape() as outer:
        outer.watch(x)
        with tf.GradientTape() as tape:
            tape.watch(x)
            share = implementation.aliasing(x, (4, 3))
        slope = tape.gradient(share, x)
    assert not share.numpy().any() and not slope.numpy().any()
    assert not outer.gradient(slope, x).numpy().any()


@pytest.mark.parametrize("data_format", DATA_FORMATS)
def test_shapes_that_only_a_running_graph_knows(
    implementation: ModuleType, data_format: str
) -> None:
    x = signal(7, (2, 8, 6, 3), F32)
    given = tf.constant(x.transpose(ORDERS[data_format]))
    aliasing = partial(implementation.aliasing, data_format=data_format)
    for shape in ([2, 8, 6, 3], [None, 8, None, 3], [None] * 4, None):
        specs: list[Any] = [(turned(shape, data_format), tf.float32), ([2], tf.int64)]
        for size in ((4, 3), (8, 6), (8, 2)):
            inferred, share = traced(aliasing, specs, given, tf.constant(size, tf.int64))
            assert inferred == [shape and shape[0], shape and shape[-1]]
            expected = expected_of(x, size, "channels_last")
            assert np.allclose(share, expected, rtol=3e-6, atol=1e-12)


def test_bad_input(implementation: ModuleType) -> None:
    table: list[Any] = [
        *((dict(output_size=size), error, ("output_size", *rest)) for size, error, rest in SIZES),
        (dict(output_size=(9, 4)), ValueError, (r"output_size\[0\]", r"\b9\b", r"\b8\b")),
        (dict(x=ones(2, 8, 3)), ValueError, (r"\bx\b", r"\b3\b", r"\b4\b")),
        (dict(x=ones(2, 0, 6, 3)), ValueError, (r"\bx\b", r"\b0\b", LONGEST)),
        (dict(x=ones(2, 8, 6, 3, dtype=np.int32)), TypeError, (r"\bx\b", "int32")),
        (dict(x=None), TypeError, (r"\bx\b", "None")),
        (dict(data_format="NHWC"), ValueError, FORMATS),
        (dict(norm="forward"), TypeError, ("norm",)),
    ]
    check_all_refused(implementation.aliasing, GOOD_RESAMPLE, table)

    graph = tf.function(
        implementation.aliasing,
        [tf.TensorSpec([None] * 4), tf.TensorSpec([2], tf.int32)],
        autograph=False,
    )
    refused = tf.errors.InvalidArgumentError
    rows: list[Any] = [
        (dict(output_size=tf.constant([0, 4])), refused, (r"output_size\[0\]", r"\b0\b", LONGEST)),
        (dict(output_size=tf.constant([4, 7])), refused, (r"output_size\[1\]", "7", "6")),
        (dict(x=ones(2, 8, 0, 3)), refused, (r"\bx\b", "axis 1", r"\b0\b")),
    ]
    good = dict(x=GOOD_RESAMPLE["x"], output_size=tf.constant([4, 4]))
    check_all_refused(graph, good, rows)
