"""Windows by name and DiffStride's, and `pool` and `resample` with them."""

import math
from collections.abc import Callable
from types import ModuleType
from typing import Any

import numpy as np
import oracle
import pytest
import scipy.signal
import tensorflow as tf
from refusals import check_all_refused
from samples import RULES, same_bits, signal
from tolerances import assert_close

from spectral_ops import windows

NAMES: tuple[Any, ...] = ("hamming", "hann", ("tukey", 0.5), ("tukey", 0), ("tukey", 1))
BOUNDARIES = ("periodic", "symmetric")
F32 = np.dtype(np.float32)


def by_definition(name: Any, n: int, m: int, boundary: str) -> list[float]:
    band = min(n, m)
    values = []
    for k in range(band if boundary == "symmetric" else band // 2 + 1):
        u = k / band if boundary == "symmetric" else 2 * k / band
        if name == "hamming":
            values.append(0.54 + 0.46 * math.cos(math.pi * u))
        elif name == "hann":
            values.append((1 + math.cos(math.pi * u)) / 2)
        else:
            a = name[1]
            inside = u <= 1 - a
            values.append(1.0 if inside else (1 + math.cos(math.pi * (u - 1 + a) / a)) / 2)
    return values


@pytest.mark.parametrize("boundary", BOUNDARIES)
@pytest.mark.parametrize("name", NAMES, ids=str)
def test_definition(name: Any, boundary: str) -> None:
    for n in range(1, 20):
        for m in (1, 2, n, n + 1, 19):
            expected = by_definition(name, n, m, boundary)
            window = windows.make(name, n, m, boundary, tf.float64).numpy()
            assert window.shape == (len(expected),)
            assert np.abs(window - expected).max() <= 1e-14
            assert windows.make(name, n, m, boundary).dtype == tf.float32


def test_are_scipys() -> None:
    """The upper half of a window of odd length, whose ends are the Nyquist frequencies."""
    rivals: dict[Any, Callable[[int], np.ndarray]] = {
        "hamming": scipy.signal.windows.hamming,
        "hann": scipy.signal.windows.hann,
        ("tukey", 0.3): lambda length: scipy.signal.windows.tukey(length, 0.3),
    }
    for name, rival in rivals.items():
        for band in (2, 8, 30):
            whole = rival(band + 1)[band // 2 :]
            assert np.allclose(windows.make(name, band, 99), whole, atol=1e-6)
            whole = rival(2 * band + 1)[band:-1]
            assert np.allclose(windows.make(name, 99, band, "symmetric"), whole, atol=1e-6)


def test_lengths_that_only_a_running_graph_knows() -> None:
    for dtype in (tf.int32, tf.int64, tf.uint8):
        lengths = tf.TensorSpec([], dtype)
        for boundary in BOUNDARIES:
            graph = tf.function(
                lambda n, m, boundary=boundary: windows.make("hann", n, m, boundary),
                input_signature=[lengths, lengths],
            )
            for n, m in ((9, 6), (1, 5), (7, 7)):
                expected = windows.make("hann", n, m, boundary).numpy()
                given = (tf.constant(n, dtype), tf.constant(m, dtype))
                assert same_bits(graph(*given).numpy(), expected)
                assert same_bits(windows.make("hann", *given, boundary).numpy(), expected)
            refused = tf.errors.InvalidArgumentError
            rows = [(dict(n=tf.constant(0, dtype)), refused, (r"\bn\b", r"\b0\b", "16777216"))]
            check_all_refused(graph, dict(n=tf.constant(4, dtype), m=tf.constant(4, dtype)), rows)


def test_bad_input_to_make() -> None:
    table = [
        (dict(name="ham"), ValueError, ("name: 'ham'", "'hamming'", "'hann'", "tukey")),
        (dict(name="tukey"), ValueError, ("name: 'tukey'", r"\('tukey', a\)")),
        (dict(name=("tukey", 2)), ValueError, (r"\('tukey', 2\)", "from 0 to 1")),
        (dict(name=("tukey", "a")), TypeError, (r"\('tukey', 'a'\)", "from 0 to 1")),
        (dict(name=("tukey", True)), TypeError, ("name", "True", "from 0 to 1")),
        (dict(name=None), TypeError, ("name: None", "'hamming'")),
        (dict(n=0), ValueError, ("n: 0", "1 to 16777216")),
        (dict(m=-1), ValueError, ("m: -1", "1 to 16777216")),
        (dict(n=2**24 + 1), ValueError, ("n: 16777217", "1 to 16777216")),
        (dict(n=4.0), TypeError, (r"n: 4\.0", "int")),
        (dict(m=(4, 4)), TypeError, (r"m: \(4, 4\)", "int")),
        (dict(n=tf.constant([4, 4])), ValueError, ("n: shape", r"\(2,\)", "without axes")),
        (dict(n=tf.constant(4.0)), TypeError, ("n: dtype float32", "int32")),
        (dict(boundary="reflect"), ValueError, ("boundary", "reflect", "'symmetric'")),
        (dict(boundary=None), TypeError, ("boundary", "None", "'periodic'")),
        (dict(dtype=tf.int32), TypeError, ("dtype: int32", "float32")),
        (dict(dtype="wide"), TypeError, ("dtype: 'wide'", "float32")),
    ]
    check_all_refused(windows.make, dict(name="hann", n=8, m=4), table)


@pytest.mark.parametrize("rule", RULES)
def test_pool_takes_names(implementation: ModuleType, rule: dict[str, str]) -> None:
    """For all axes, or mixed with tensors and None; to the bit as the windows themselves."""
    boundary = rule.get("boundary", "periodic")
    for dtype in (np.float32, np.float64, np.float16):
        wide = np.float64 if dtype == np.float64 else np.float32
        x = signal(0, (2, 9, 8, 3), dtype)
        for name in NAMES:
            made = [windows.make(name, n, m, boundary, wide) for n, m in ((9, 5), (8, 4))]
            expected = implementation.pool(x, (5, 4), windows=made, **rule).numpy()
            for given in (name, [name, name], (made[0], name), [name, made[1]]):
                y = implementation.pool(x, (5, 4), windows=given, **rule).numpy()
                assert same_bits(y, expected), given
            y = implementation.pool(x, (5, 4), windows=[None, name], **rule).numpy()
            alone = implementation.pool(x, (5, 4), windows=[None, made[1]], **rule).numpy()
            assert same_bits(y, alone)
    if "boundary" in rule:  # a list, as JSON has it, of one axis is no list of two
        y = implementation.pool(x, (5, 4), windows=["tukey", 0.5], **rule).numpy()
        assert same_bits(y, implementation.pool(x, (5, 4), windows=("tukey", 0.5), **rule).numpy())


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("shape", [[None, None, None, 3], None], ids=str)
def test_names_where_shapes_are_unknown(
    implementation: ModuleType, shape: Any, rule: dict[str, str]
) -> None:
    x = signal(0, (2, 8, 6, 3), F32)
    boundary = rule.get("boundary", "periodic")

    @tf.function(
        input_signature=[tf.TensorSpec(shape), tf.TensorSpec([2], tf.int64)], autograph=False
    )
    def graph(x: tf.Tensor, size: tf.Tensor) -> tf.Tensor:
        return implementation.resample(x, size, windows=["hamming", ("tukey", 0.7)], **rule)

    for size in ((4, 9), (8, 6), (11, 1)):
        made = [
            windows.make("hamming", 8, size[0], boundary, "float64").numpy(),
            windows.make(("tukey", 0.7), 6, size[1], boundary, "float64").numpy(),
        ]
        expected = oracle.resample(x, size, windows=made, **rule)
        assert_close(graph(x, tf.constant(size, tf.int64)).numpy(), expected, F32)
    with pytest.raises(tf.errors.InvalidArgumentError, match="output_size"):
        graph(x, tf.constant([4, -3], tf.int64))


# DiffStride

STRIDES = ((64, 2.0, 4.0), (64, 4.0, 4.0), (20, 2.6, 1.5), (32, 3.1, 6.0), (24, 1.6, 4.0))


def papers_mask(n: int, stride: float, smoothness: float) -> np.ndarray:
    """Equation 2 of the paper, for the rows of a spectrum with frequency 0 in its centre."""
    i = np.arange(n)
    slope = (smoothness + n / (2 * stride) - abs(n / 2 - i)) / smoothness
    return np.minimum(np.maximum(slope, 0), 1)


@pytest.mark.parametrize(("n", "stride", "smoothness"), STRIDES)
def test_diffstride_is_the_papers(n: int, stride: float, smoothness: float) -> None:
    window, size = windows.diffstride(n, stride, smoothness)
    assert window.dtype == tf.float32 and size.dtype == tf.int32 and size.shape == ()
    assert size == min(n, math.floor(round(n / stride + 2 * smoothness, 5)))
    mask = papers_mask(n, stride, smoothness)
    kept = size.numpy() // 2
    assert window.shape == (kept + 1,)
    assert np.allclose(mask[n // 2 : n // 2 + kept + 1], window[: n - n // 2], atol=1e-6)
    assert np.allclose(mask[n // 2 :: -1][: kept + 1], window, atol=1e-6)
    left_out = np.delete(mask, np.arange(max(0, n // 2 - kept), min(n, n // 2 + kept + 1)))
    assert not left_out.any()  # what is cropped has no weight


def test_sizes_of_the_published_layer() -> None:
    """Of its own test: 64 x 64 with strides 2 and 4."""
    assert [windows.diffstride(64, stride)[1].numpy() for stride in (2, 4)] == [40, 24]


def test_diffstride_crops_the_masked_spectrum(implementation: ModuleType) -> None:
    """Masks on all frequencies, then the crop: what `pool` does in one pass."""
    n, strides, smoothness = (20, 24), (2.6, 1.6), 3.0
    x = signal(0, (2, *n, 3), np.float64)
    spectrum = np.fft.fft2(x, axes=(1, 2))
    rows, columns = (
        np.fft.ifftshift(papers_mask(length, stride, smoothness))
        for length, stride in zip(n, strides, strict=True)
    )
    masked = np.fft.ifft2(spectrum * np.multiply.outer(rows, columns)[..., None], axes=(1, 2))
    made = [
        windows.diffstride(length, tf.constant(stride, tf.float64), smoothness)
        for length, stride in zip(n, strides, strict=True)
    ]
    sizes = [int(size) for _, size in made]
    expected = oracle.resample(masked.real, sizes)
    y = implementation.pool(x, sizes, windows=[window for window, _ in made])
    assert_close(y.numpy(), expected, np.float64)


def test_gradient_of_a_stride(implementation: ModuleType) -> None:
    """That of the mask: -n/(2 R s^2) on its slope; through `pool`, as differences say."""
    n, smoothness = 24, 4.0
    x = tf.constant(signal(0, (2, n, 3), np.float64))
    stride = tf.Variable(2.3, dtype=tf.float64)

    def loss(stride: Any) -> tf.Tensor:
        stride = tf.convert_to_tensor(stride, tf.float64)
        window, size = windows.diffstride(n, stride, smoothness)
        return tf.reduce_sum(implementation.pool(x, [size], windows=[window]) ** 2)

    with tf.GradientTape() as outer:
        with tf.GradientTape(persistent=True) as tape:
            window, _ = windows.diffstride(n, stride, smoothness)
            value = loss(stride)
        of_window = tape.gradient(window, stride)
        slope = tape.gradient(value, stride)
    on_slope = np.sum((window.numpy() > 0) & (window.numpy() < 1))
    assert on_slope >= 3
    assert np.isclose(of_window, -on_slope * n / (2 * smoothness * 2.3**2))
    step = 1e-3
    difference = (loss(2.3 + step) - loss(2.3 - step)) / (2 * step)
    assert np.isclose(slope, difference, rtol=1e-6)
    second = (loss(2.3 + step) - 2 * value + loss(2.3 - step)) / step**2
    assert np.isclose(outer.gradient(slope, stride), second, rtol=1e-3)


def test_diffstride_in_a_graph_of_unknown_numbers() -> None:
    @tf.function(
        input_signature=[tf.TensorSpec([], tf.int32), tf.TensorSpec([]), tf.TensorSpec([])]
    )
    def graph(n: Any, stride: Any, smoothness: Any) -> Any:
        return windows.diffstride(n, stride, smoothness)

    for n, stride, smoothness in STRIDES:
        expected = windows.diffstride(n, np.float32(stride), smoothness)
        given = graph(tf.constant(n), tf.constant(stride), tf.constant(smoothness))
        for a, b in zip(given, expected, strict=True):
            assert same_bits(a.numpy(), b.numpy())
    refused = tf.errors.InvalidArgumentError
    table: list[Any] = [
        (dict(n=0), refused, (r"\bn\b", r"\b0\b")),
        (dict(stride=0.5), refused, ("stride", r"0\.5", ": 1, at most")),
        (dict(stride=float("nan")), refused, ("stride", "nan")),
        (dict(smoothness=0.0), refused, ("smoothness", r"\b0\b", "more than 0")),
    ]
    good = dict(n=tf.constant(8), stride=tf.constant(2.0), smoothness=tf.constant(4.0))
    rows = [
        ({k: tf.constant(v, good[k].dtype) for k, v in bad.items()}, error, words)
        for bad, error, words in table
    ]
    check_all_refused(graph, good, rows)


def test_bad_input_to_diffstride() -> None:
    table = [
        (dict(n=0), ValueError, ("n: 0", "1 to 16777216")),
        (dict(n="8"), TypeError, ("n: '8'", "int")),
        (dict(stride=0.9), ValueError, (r"stride: 0\.9", ": 1, at most")),
        (dict(stride=-2), ValueError, (r"stride: -2", ": 1, at most")),
        (dict(stride=math.nan), ValueError, ("stride: nan", ": 1, at most")),
        (dict(stride=math.inf), ValueError, ("stride: inf", "16777216")),
        (dict(stride=(2, 2)), TypeError, (r"stride: \(2, 2\)", "number")),
        (dict(stride=tf.constant([2.0, 2.0])), TypeError, ("stride", r"\(2,\)", "without axes")),
        (dict(stride=tf.constant(2)), TypeError, ("stride", "int32", "float")),
        (dict(stride=True), TypeError, ("stride: True", "number")),
        (dict(smoothness=0), ValueError, ("smoothness: 0", "more than 0")),
        (dict(smoothness=None), TypeError, ("smoothness: None", "number")),
    ]
    check_all_refused(windows.diffstride, dict(n=8, stride=2.0, smoothness=4.0), table)
