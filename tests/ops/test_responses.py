"""`responses.radial`, `box` and `resize`."""

import itertools
import math
from typing import Any

import numpy as np
import oracle
import pytest
import tensorflow as tf
from refusals import check_all_refused
from samples import same_bits

from spectral_ops import responses

SIZES = ((1,), (2,), (7,), (8,), (1, 1), (4, 5), (7, 6), (8, 8), (3, 4, 5), (2, 3, 6))
F64 = np.dtype(np.float64)


def frequencies(size: tuple[int, ...]) -> list[np.ndarray]:
    """|f|/(n/2) of every bin on each axis."""
    lists = [[abs(f) for f in np.fft.fftfreq(n, 1 / n)] for n in size[:-1]]
    lists.append(list(range(size[-1] // 2 + 1)))
    scaled = [2 * np.array(f) / n for f, n in zip(lists, size, strict=True)]
    return list(np.meshgrid(*scaled, indexing="ij"))


def step(r: Any, cutoff: float, softness: float) -> Any:
    if softness == 0:
        return (r <= cutoff * (1 + 1e-6)).astype(float)
    slope = (1 - np.sin(np.pi * (r - cutoff) / softness)) / 2
    return np.where(r <= cutoff - softness / 2, 1, np.where(r >= cutoff + softness / 2, 0, slope))


def low(size: tuple[int, ...], cutoff: float, softness: float, shape: str) -> np.ndarray:
    places = frequencies(size)
    if shape == "radial":
        return step(np.sqrt(sum(place**2 for place in places)), cutoff, softness)
    return np.prod([step(place, cutoff, softness) for place in places], axis=0)


@pytest.mark.parametrize("softness", [0.0, 0.3, 2.5])
@pytest.mark.parametrize("shape", ["radial", "box"])
def test_definition(shape: str, softness: float) -> None:
    make = getattr(responses, shape)
    for size in SIZES:
        most = 1 if shape == "box" else math.sqrt(len(size))
        for a, b in ((0.3, 0.6), (0.5, most)):
            settings: dict[str, Any] = dict(softness=softness, dtype=tf.float64)
            inner, outer = (low(size, cutoff, softness, shape) for cutoff in (a, b))
            for limits, expected in (
                (dict(high=b), outer),
                (dict(low=a), 1 - inner),
                (dict(low=a, high=b), outer - inner),
                ({}, np.ones_like(outer)),
            ):
                response = make(size, **limits, **settings).numpy()
                assert response.shape == expected.shape
                assert np.abs(response - expected).max() <= 1e-14, (size, limits)
                narrow = make(size, **limits, softness=softness)
                assert narrow.dtype == tf.float32 and np.abs(narrow - expected).max() <= 1e-6


def test_every_frequency_is_at_its_own_cutoff() -> None:
    """A cutoff of r keeps r, however it is rounded: as Python computes it, and in float32."""
    for size in ((9,), (16,), (28, 28), (31, 30), (5, 6, 7)):
        r = np.sqrt(sum(place**2 for place in frequencies(size)))
        for cutoff in np.unique(r[r > 0]):
            below = np.sum(r <= cutoff * (1 + 1e-9))
            for given in (cutoff, np.float32(cutoff), tf.constant(cutoff, tf.float32)):
                assert np.sum(responses.radial(size, high=given)) == below
                assert np.sum(responses.radial(size, low=given)) == r.size - below


def test_nyquist_of_an_odd_length_is_its_half() -> None:
    """n/2, not n//2: the highest frequency of 9 samples is 8/9 of it."""
    assert responses.radial(9, high=8 / 9).numpy().tolist() == [1] * 5
    assert responses.radial(9, high=0.88).numpy().tolist() == [1] * 4 + [0]
    assert responses.box((9, 8), high=0.9).numpy().sum() == 9 * 4


@pytest.mark.parametrize("shape", ["radial", "box"])
def test_sizes_and_numbers_that_only_a_running_graph_knows(shape: str) -> None:
    make = getattr(responses, shape)
    number = tf.TensorSpec([])

    @tf.function(input_signature=[tf.TensorSpec([2], tf.int64), number, number, number])
    def graph(size: Any, low: Any, high: Any, softness: Any) -> Any:
        return make(size, low, high, softness=softness)

    for size in ((4, 5), (7, 6), (1, 2)):
        expected = make(size, np.float32(0.3), np.float32(0.8), softness=np.float32(0.2))
        given = graph(tf.constant(size, tf.int64), *map(tf.constant, (0.3, 0.8, 0.2)))
        assert same_bits(given.numpy(), expected.numpy())
    refused = tf.errors.InvalidArgumentError
    table: list[Any] = [
        (dict(size=[0, 4]), refused, (r"size\[0\]", r"\b0\b", "16777216")),
        (dict(size=[4, 2**24 + 1]), refused, (r"size\[1\]", "16777217", "16777216")),
        (dict(low=0.0), refused, ("low", r"\b0\b", "more than 0")),
        (dict(low=0.8), refused, ("low", r"0\.8", "less than high", r"0\.8")),
        (dict(high=1.5), refused, ("high", r"1\.5", "at most 1")),
        (dict(high=math.nan), refused, ("high", "nan", "at most 1")),
        (dict(softness=-0.1), refused, ("softness", r"-0\.1", "more than 0")),
        (dict(softness=0.0), refused, ("softness", r"\b0\b", "more than 0")),
        (dict(softness=math.inf), refused, ("softness", "inf")),
    ]
    good = dict(
        size=tf.constant([4, 5], tf.int64),
        low=tf.constant(0.3),
        high=tf.constant(0.8),
        softness=tf.constant(0.2),
    )
    rows = [
        ({k: tf.constant(v, good[k].dtype) for k, v in bad.items()}, error, words)
        for bad, error, words in table
    ]
    check_all_refused(graph, good, rows)


@pytest.mark.parametrize("shape", ["radial", "box"])
def test_gradient_of_cutoffs(shape: str) -> None:
    """As differences say, to second order; through float32 variables, too."""
    make = getattr(responses, shape)
    size = (9, 8)
    weights = np.random.default_rng(0).standard_normal((9, 5))
    low, high = tf.constant(0.4, tf.float64), tf.constant(0.7, tf.float64)

    def total(low: Any, high: Any) -> tf.Tensor:
        response = make(size, low, high, softness=0.35, dtype=tf.float64)
        return tf.reduce_sum(weights * response**2)

    with tf.GradientTape() as outer:
        outer.watch([low, high])
        with tf.GradientTape() as tape:
            tape.watch([low, high])
            value = total(low, high)
        slopes = tape.gradient(value, [low, high])
    h = 1e-5
    expected = [
        (total(low + h, high) - total(low - h, high)) / (2 * h),
        (total(low, high + h) - total(low, high - h)) / (2 * h),
    ]
    assert np.allclose(slopes, expected, rtol=1e-6)
    second = [
        s / h**2
        for s in (
            total(low + h, high)
            - 2 * value
            + total(low - h, high)
            + total(low + h, high + h)
            - total(low + h, high)
            - total(low, high + h)
            + value,
            total(low, high + h)
            - 2 * value
            + total(low, high - h)
            + total(low + h, high + h)
            - total(low + h, high)
            - total(low, high + h)
            + value,
        )
    ]
    assert np.allclose(outer.gradient(slopes, [low, high]), second, rtol=1e-2)

    variable = tf.Variable(0.7)
    with tf.GradientTape() as tape:
        response = make(size, high=variable, softness=0.35)
        value = tf.reduce_sum(tf.cast(weights, tf.float32) * response)
    slope = tape.gradient(value, variable)
    assert slope.dtype == tf.float32 and abs(slope) > 0


def test_bad_input() -> None:
    table: list[Any] = [
        (dict(size=0), ValueError, (r"size\[0\]: 0", "16777216")),
        (dict(size=(4, -1)), ValueError, (r"size\[1\]: -1", "16777216")),
        (dict(size=(4, 4, 4, 4)), ValueError, ("size", "4 entries", "3")),
        (dict(size=()), ValueError, ("size", "0 entries", "3")),
        (dict(size=4.0), TypeError, (r"size: 4\.0", "int")),
        (dict(size="44"), TypeError, ("size: '44'", "int")),
        (dict(size=None), TypeError, ("size: None", "int")),
        (dict(low="a"), TypeError, ("low: 'a'", "number")),
        (dict(low=True), TypeError, ("low: True", "number")),
        (dict(low=[0.5]), TypeError, (r"low: \[0\.5\]", "number")),
        (dict(low=1j), TypeError, ("low: 1j", "number")),
        (dict(low=tf.constant([0.5])), TypeError, ("low", r"\(1,\)", "without axes")),
        (dict(low=tf.constant(1)), TypeError, ("low", "int32", "float")),
        (dict(low=0.0), ValueError, (r"low: 0\.0", "more than 0")),
        (dict(low=tf.constant(-0.5)), ValueError, (r"low: -0\.5", "more than 0")),
        (dict(high=-0.5), ValueError, (r"high: -0\.5", "more than 0")),
        (dict(high=math.nan), ValueError, ("high: nan", "more than 0")),
        (dict(high=math.inf), ValueError, ("high: inf", "at most 1")),
        (dict(low=0.7, high=0.7), ValueError, (r"low: 0\.7", r"less than high, 0\.7")),
        (dict(low=0.8, high=0.7), ValueError, (r"low: 0\.8", r"less than high, 0\.7")),
        (dict(softness=-1), ValueError, (r"softness: -1", "0 \\(a step\\) or more")),
        (dict(softness=math.nan), ValueError, ("softness: nan", "0 \\(a step\\) or more")),
        (dict(softness=None), TypeError, ("softness: None", "number")),
        (dict(dtype=tf.int32), TypeError, ("dtype: int32", "float32")),
        (dict(dtype=tf.complex64), TypeError, ("dtype: complex64", "float32")),
        (dict(dtype=None), TypeError, ("dtype", "None", "float32")),
    ]
    for make, most in ((responses.radial, 1.5), (responses.box, 1.01)):
        beyond = [(dict(high=most), ValueError, (rf"high: {most}", r"at most 1\b"))]
        check_all_refused(make, dict(size=(4, 5)), [*table, *beyond])
    assert responses.radial((4, 5), high=math.sqrt(2)).numpy().all()
    assert responses.radial((4, 5), high=np.float32(math.sqrt(2))).numpy().all()


# resize

RESIZED = [
    (n, m)
    for lengths in (
        ((1,), (2,), (5,), (6,), (9,)),
        ((4, 5), (5, 4), (6, 6), (3, 8), (1, 2)),
        ((3, 4, 6), (4, 3, 5), (6, 2, 4)),
    )
    for n, m in itertools.product(lengths, lengths)
]


def response_of(size: tuple[int, ...], seed: int, *channels: int, real: bool = False) -> Any:
    """Of no symmetry."""
    rng = np.random.default_rng(seed)
    shape = (*size[:-1], size[-1] // 2 + 1, *channels)
    values = rng.standard_normal(shape)
    return values if real else values + 1j * rng.standard_normal(shape)


def impulse(response: Any, size: tuple[int, ...]) -> np.ndarray:
    return np.fft.irfftn(np.asarray(response), size, axes=range(len(size)))


def test_impulse_response_is_interpolated() -> None:
    """That of the result is the band-limited resampling of that of the response."""
    for (n, m), real in itertools.product(RESIZED, (False, True)):
        response = response_of(n, 0, 2, real=real)
        resized = responses.resize(response, n, m).numpy()
        assert resized.dtype == response.dtype
        assert resized.shape == (*m[:-1], m[-1] // 2 + 1, 2)
        expected = oracle.resample(impulse(response, n)[np.newaxis], m, norm="backward")[0]
        assert np.allclose(impulse(resized, m), expected, atol=1e-14), (n, m)
        alone = responses.resize(response[..., 0], n, m).numpy()
        assert same_bits(alone, np.ascontiguousarray(resized[..., 0]))


def test_the_same_size_is_the_identity() -> None:
    for n, _ in RESIZED:
        for real in (False, True):
            response = response_of(n, 1, 3, real=real)
            assert same_bits(responses.resize(response, n, n).numpy(), response)


def test_larger_and_back() -> None:
    """The identity where all lengths are odd, and else but for the Nyquist bins, halved."""
    for n, m in RESIZED:
        if any(b <= a for a, b in zip(n, m, strict=True)):
            continue
        response = response_of(n, 2)
        back = responses.resize(responses.resize(response, n, m), m, n).numpy()
        halves = np.ones(response.shape)
        for axis, place in enumerate(frequencies(n)):
            if n[axis] % 2 == 0:
                halves = np.where(place == 1, halves / 2, halves)
        expected = impulse(response * halves, n)
        assert np.allclose(impulse(back, n), expected, atol=1e-14)
        if all(length % 2 for length in n):
            assert same_bits(back, response)


def test_commutes_with_resampling() -> None:
    """Of images without the Nyquist bins that are split or joined."""
    for n, m in RESIZED:
        rng = np.random.default_rng(3)
        x = rng.standard_normal(n)
        spectrum = np.fft.fftn(x)
        for axis, (a, b) in enumerate(zip(n, m, strict=True)):
            f = abs(np.fft.fftfreq(a, 1 / a)).reshape(
                [-1 if i == axis else 1 for i in range(len(n))]
            )
            spectrum = np.where((2 * f == min(a, b)) & (a != b), 0, spectrum)
        x = np.fft.ifftn(spectrum).real
        response = response_of(n, 4)

        def filtered(x: np.ndarray, response: Any) -> np.ndarray:
            return impulse(np.fft.rfftn(x) * np.asarray(response), x.shape)

        left = oracle.resample(filtered(x, response)[np.newaxis, ..., np.newaxis], m)
        small = oracle.resample(x[np.newaxis, ..., np.newaxis], m)[0, ..., 0]
        right = filtered(small, responses.resize(response, n, m))
        assert np.allclose(left[0, ..., 0], right, atol=1e-13), (n, m)


@pytest.mark.parametrize("dtype", [tf.float32, tf.complex64, tf.complex128, tf.bfloat16])
def test_resize_in_a_graph_of_unknown_sizes(dtype: tf.DType) -> None:
    sizes = tf.TensorSpec([2], tf.int32)

    @tf.function(input_signature=[tf.TensorSpec([None] * 3, dtype), sizes, sizes])
    def graph(response: Any, old: Any, new: Any) -> Any:
        return responses.resize(response, old, new)

    for n, m in RESIZED:
        if len(n) == 2:
            given = tf.cast(response_of(n, 5, 2, real=not dtype.is_complex), dtype)
            y = graph(given, tf.constant(n), tf.constant(m))
            assert same_bits(y.numpy(), responses.resize(given, n, m).numpy())
    refused = tf.errors.InvalidArgumentError
    good = dict(
        response=tf.ones((4, 3, 2), dtype), old=tf.constant([4, 5]), new=tf.constant([5, 4])
    )
    table: list[Any] = [
        (dict(old=tf.constant([5, 5])), refused, ("response", "4", "axis 0", "5")),
        (dict(old=tf.constant([4, 7])), refused, ("response", "3", "axis 1", "4")),
        (dict(new=tf.constant([0, 5])), refused, (r"new_size\[0\]", r"\b0\b")),
    ]
    check_all_refused(graph, good, table)


def test_gradient_of_resize() -> None:
    """It is linear: <g, resize(H)> by H, and nothing of second order."""
    n, m = (4, 6), (6, 8)
    response = tf.constant(response_of(n, 6))
    g = tf.constant(response_of(m, 7))
    with tf.GradientTape() as tape:
        tape.watch(response)
        y = responses.resize(response, n, m)
    slope = tape.gradient(y, response, g).numpy()
    step = response_of(n, 8)
    moved = responses.resize(step, n, m).numpy()
    left = np.sum((np.conj(slope) * step).real)
    assert np.isclose(left, np.sum((np.conj(g.numpy()) * moved).real))


def test_bad_input_to_resize() -> None:
    good = dict(response=np.ones((4, 3), np.complex64), old_size=(4, 5), new_size=(8, 8))
    table: list[Any] = [
        (dict(response=None), TypeError, ("response", "None", "complex64")),
        (dict(response=np.ones((4, 3), np.int32)), TypeError, ("response", "int32", "complex64")),
        (dict(response=np.ones((5, 3))), ValueError, ("response: 5 bins", "axis 0", "4$")),
        (dict(response=np.ones((4, 4))), ValueError, ("response: 4 bins", "axis 1", "3$")),
        (dict(response=np.ones(4)), ValueError, ("response", r"\(4,\)", "rank 2", "3")),
        (dict(response=np.ones((4, 3, 2, 2))), ValueError, ("response", r"2, 2\)", "rank 2")),
        (dict(old_size=(4, 0)), ValueError, (r"old_size\[1\]: 0",)),
        (dict(old_size="45"), TypeError, ("old_size", "'45'", "int")),
        (dict(new_size=(8,)), ValueError, ("new_size: 1 entries", "2, as old_size")),
        (dict(new_size=(8, 2**24 + 1)), ValueError, (r"new_size\[1\]: 16777217",)),
        (dict(new_size=None), TypeError, ("new_size: None", "int")),
    ]
    check_all_refused(responses.resize, good, table)
