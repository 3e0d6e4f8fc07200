"""`low_pass`, `high_pass` and `band_pass`."""

import math
from collections.abc import Callable
from functools import partial
from types import ModuleType
from typing import Any

import numpy as np
import pytest
import tensorflow as tf
from bad_calls import FORMATS, LONGEST
from refusals import check_all_refused, check_refused, ones
from samples import DATA_FORMATS, DTYPES, array_shape, pairwise, signal
from tolerances import assert_close, assert_each_close, tolerance

from ops.graphs import ORDERS, traced, turned

F32 = np.dtype(np.float32)
F64 = np.dtype(np.float64)
SIZES = ((1,), (9,), (16,), (1, 1), (8, 9), (7, 12), (4, 5, 6), (3, 3, 1))
KINDS = {  # how each is called, and the mask that it keeps, of that below a cutoff
    "low_pass": ((0.6,), lambda below: below(0.6)),
    "high_pass": ((0.6,), lambda below: 1 - below(0.6)),
    "band_pass": ((0.3, 0.7), lambda below: below(0.7) - below(0.3)),
}
EVERY_KIND = pytest.mark.parametrize("kind", KINDS)


def below(size: tuple[int, ...], shape: str, softness: float, cutoff: float) -> np.ndarray:
    """The mask of a low pass over all frequencies, in the order of `fftn`."""
    places = np.meshgrid(*[abs(np.fft.fftfreq(n)) * 2 for n in size], indexing="ij")

    def step(r: np.ndarray) -> np.ndarray:
        if softness == 0:
            return np.where(r <= cutoff * (1 + 1e-6), 1.0, 0.0)
        t = np.clip((r - cutoff) / softness, -0.5, 0.5)
        return (1 - np.sin(np.pi * t)) / 2

    if shape == "box":
        return np.prod([step(place) for place in places], axis=0)
    return step(np.sqrt(np.sum(np.square(places), axis=0)))


def expected_of(
    x: np.ndarray, kind: str, shape: str, softness: float, data_format: str = "channels_last"
) -> np.ndarray:
    """By a full complex FFT."""
    last = data_format == "channels_last"
    x = np.asarray(x, np.float64) if last else np.moveaxis(np.asarray(x, np.float64), 1, -1)
    size = x.shape[1:-1]
    mask = KINDS[kind][1](partial(below, size, shape, softness))
    axes = tuple(range(1, x.ndim - 1))
    y = np.fft.ifftn(np.fft.fftn(x, axes=axes) * mask[..., np.newaxis], axes=axes).real
    return y if last else np.moveaxis(y, -1, 1)


@EVERY_KIND
def test_definition(implementation: ModuleType, kind: str) -> None:
    """Each image and channel by its own measure, for a high pass may leave next to nothing."""
    for size, dtype, data_format, shape, softness in pairwise(
        SIZES, DTYPES, DATA_FORMATS, ("radial", "box"), (0.0, 0.4)
    ):
        x = signal(0, array_shape(2, size, 3, data_format), dtype)
        settings: dict[str, Any] = dict(shape=shape, softness=softness, data_format=data_format)
        y = getattr(implementation, kind)(x, *KINDS[kind][0], **settings).numpy()
        expected = expected_of(x, kind, **settings)
        assert y.dtype == dtype and y.shape == x.shape

        def rows(values: np.ndarray, data_format: str = data_format) -> np.ndarray:
            values = values if data_format == "channels_first" else np.moveaxis(values, -1, 1)
            return values.reshape(2, 3, -1)

        noise = np.linalg.norm(rows(x.astype(np.float64)), axis=-1)
        assert_each_close(rows(y), rows(expected), noise, 2 * tolerance(dtype))


def test_high_is_what_low_leaves(implementation: ModuleType) -> None:
    for dtype, shape, softness, cutoff in pairwise(
        DTYPES[:2], ("radial", "box"), (0.0, 0.3), (0.2, 0.5, 1.0)
    ):
        x = signal(1, (2, 31, 24, 3), dtype)
        settings = dict(shape=shape, softness=softness)
        low = implementation.low_pass(x, cutoff, **settings).numpy()
        high = implementation.high_pass(x, cutoff, **settings).numpy()
        assert_close(low + high, x.astype(np.float64), dtype, factor=2)
        assert np.linalg.norm(low) > 0.1 and (shape == "box" or np.linalg.norm(high) > 0.1)


def test_a_pass_of_a_pass(implementation: ModuleType) -> None:
    """Hard ones are projections; of a constant a low pass leaves all, a high pass nothing."""
    x = signal(2, (2, 9, 8, 3), F64)
    for shape in ("radial", "box"):
        for kind, (cutoffs, _) in KINDS.items():
            keep = partial(getattr(implementation, kind), shape=shape)
            once = keep(x, *cutoffs)
            assert_close(keep(once, *cutoffs).numpy(), once.numpy(), F64, factor=4)
        constant = np.full((1, 9, 8, 1), 3.0)
        low = implementation.low_pass(constant, 1e-3, shape=shape)
        assert np.allclose(low, 3, atol=1e-14)
        assert np.allclose(implementation.high_pass(constant, 1e-3, shape=shape), 0, atol=1e-14)
    everything = implementation.low_pass(x, math.sqrt(2))
    assert_close(everything.numpy(), x, F64, factor=4)


def test_box_is_faster_for_it_is_resample(native: ModuleType) -> None:
    """To the bit, by the windows of its axes; so is every pass of one axis."""
    x = signal(3, (2, 9, 8, 3), F32)
    windows = [native.responses.radial(n, high=0.6, softness=0.2) for n in (9, 8)]
    y = native.low_pass(x, 0.6, shape="box", softness=0.2)
    assert np.array_equal(y, native.resample(x, (9, 8), windows=windows))
    row = x[:, 0]
    window = native.responses.radial(8, 0.3, 0.6)
    for shape in ("box", "radial"):
        y = native.band_pass(row, 0.3, 0.6, shape=shape)
        assert np.array_equal(y, native.resample(row, 8, windows=[window]))


@EVERY_KIND
@pytest.mark.parametrize("shape", ["radial", "box"])
def test_gradients(implementation: ModuleType, kind: str, shape: str) -> None:
    """For x the pass itself; for cutoffs as differences say; second order, in a graph."""
    pass_of = partial(getattr(implementation, kind), shape=shape, softness=0.4)
    x = tf.constant(signal(4, (2, 7, 6, 2), F64))
    g = np.random.default_rng(5).standard_normal(x.shape)
    cutoffs = [tf.constant(value, tf.float64) for value in KINDS[kind][0]]

    @tf.function(autograph=False)
    def derivatives(x: tf.Tensor, cutoffs: list[tf.Tensor]) -> Any:
        with tf.GradientTape() as outer:
            outer.watch([x, *cutoffs])
            with tf.GradientTape() as tape:
                tape.watch([x, *cutoffs])
                y = pass_of(x, *cutoffs)
            slopes = tape.gradient(y, [x, *cutoffs], tf.constant(g))
            total = tf.add_n([tf.reduce_sum(slope * slope) for slope in slopes])
        return slopes, outer.gradient(total, [x, *cutoffs])

    slopes, second = derivatives(x, cutoffs)
    assert_close(slopes[0].numpy(), pass_of(g, *cutoffs).numpy(), F64, factor=4)

    def moved(index: int, by: float) -> list[tf.Tensor]:
        return [c + by * (i == index) for i, c in enumerate(cutoffs)]

    def total(x: tf.Tensor, cutoffs: list[tf.Tensor]) -> float:
        first, _ = derivatives(x, cutoffs)
        return float(sum(tf.reduce_sum(slope * slope) for slope in first))

    h = 1e-5
    for i in range(len(cutoffs)):
        values = [np.sum(pass_of(x, *moved(i, by)).numpy() * g) for by in (h, -h)]
        assert np.isclose(slopes[1 + i], (values[0] - values[1]) / (2 * h), rtol=1e-5)
        values = [total(x, moved(i, by)) for by in (h, -h)]
        assert np.isclose(second[1 + i], (values[0] - values[1]) / (2 * h), rtol=1e-5)
    direction = np.random.default_rng(6).standard_normal(x.shape)
    values = [total(x + by * direction, cutoffs) for by in (h, -h)]
    assert np.isclose(np.sum(second[0] * direction), (values[0] - values[1]) / (2 * h), rtol=1e-5)


def test_a_step_has_no_gradient_for_its_cutoff(implementation: ModuleType) -> None:
    x, cutoff = tf.constant(signal(7, (1, 8, 6, 2), F32)), tf.Variable(0.6)
    for shape in ("radial", "box"):
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = implementation.low_pass(x, cutoff, shape=shape)
        grad_x, slope = tape.gradient(y, [x, cutoff], unconnected_gradients="none")
        assert slope is None and np.abs(grad_x).max() > 0


@pytest.mark.parametrize("data_format", DATA_FORMATS)
@pytest.mark.parametrize("shape", ["radial", "box"])
@EVERY_KIND
def test_shapes_and_numbers_that_only_a_running_graph_knows(
    implementation: ModuleType, kind: str, shape: str, data_format: str
) -> None:
    x = signal(8, (2, 8, 6, 3), F32)
    cutoffs = KINDS[kind][0]
    expected = expected_of(x, kind, shape, 0.25).transpose(ORDERS[data_format])
    settings = dict(shape=shape, softness=0.25, data_format=data_format)
    given = tf.constant(x.transpose(ORDERS[data_format]))
    numbers = [([], tf.float32)] * len(cutoffs)
    for known in ([2, 8, 6, 3], [None, 8, None, 3], [None] * 4):
        specs: list[Any] = [(turned(known, data_format), tf.float32), *numbers]
        run = partial(getattr(implementation, kind), **settings)
        inferred, y = traced(run, specs, given, *map(tf.constant, cutoffs))
        assert inferred == turned(known, data_format)
        norm = np.linalg.norm(x)
        assert np.linalg.norm(y - expected) <= 2 * tolerance(F32) * norm


def test_nothing_in_nothing_out(implementation: ModuleType) -> None:
    for shape in ((0, 8, 6, 3), (2, 8, 6, 0)):
        for kind, (cutoffs, _) in KINDS.items():
            for form in ("radial", "box"):
                y = getattr(implementation, kind)(tf.zeros(shape), *cutoffs, shape=form)
                assert y.shape == shape


def test_not_finite_stays_in_its_channel(implementation: ModuleType) -> None:
    x = signal(9, (2, 8, 6, 3), F32)
    clean = {
        (kind, shape): getattr(implementation, kind)(x, *cutoffs, shape=shape).numpy()
        for kind, (cutoffs, _) in KINDS.items()
        for shape in ("radial", "box")
    }
    x[1, 2, 3, 1] = np.nan
    for (kind, shape), y in clean.items():
        actual = getattr(implementation, kind)(x, *KINDS[kind][0], shape=shape).numpy()
        assert not np.isfinite(actual[1, ..., 1]).any()
        for index in ((0,), (1, ..., 0), (1, ..., 2)):
            assert np.linalg.norm(actual[index] - y[index]) <= 1e-6 * np.linalg.norm(x[0])


CUTOFFS = [  # (value, error, what the message must hold)
    (None, TypeError, ("None", "number")),
    ("half", TypeError, ("'half'", "number")),
    (True, TypeError, ("True", "number")),
    (1j, TypeError, ("1j", "number")),
    ([0.5], TypeError, (r"\[0\.5\]", "number")),
    (tf.constant([0.5]), TypeError, (r"\(1,\)", "without axes")),
    (tf.constant(1), TypeError, ("int32", "float")),
    (0, ValueError, (r"\b0\.0\b", "more than 0", r"at most 1\.414")),
    (-0.5, ValueError, (r"-0\.5", "more than 0")),
    (1.42, ValueError, (r"1\.42", r"at most 1\.414", "radial", "2 spatial axes")),
    (math.nan, ValueError, ("nan", r"at most 1\.414")),
    (math.inf, ValueError, ("inf", r"at most 1\.414")),
    (tf.constant(-1.0), ValueError, (r"-1\.0", "more than 0")),
    (np.float32(7), ValueError, (r"7\.0", "at most")),
]
OTHERS: list[Any] = [
    (dict(softness=-0.1), ValueError, (r"softness: -0\.1", "0 \\(a step\\) or more")),
    (dict(softness=math.nan), ValueError, ("softness: nan", "0 \\(a step\\) or more")),
    (dict(softness=math.inf), ValueError, ("softness: inf", "0 \\(a step\\) or more")),
    (dict(softness="soft"), TypeError, ("softness: 'soft'", "number")),
    (dict(softness=None), TypeError, ("softness: None", "number")),
    (dict(shape="disc"), ValueError, ("shape: 'disc'", "'radial'", "'box'")),
    (dict(shape=None), TypeError, ("shape: None", "'radial'")),
    (dict(data_format="NHWC"), ValueError, FORMATS),
    (dict(x=None), TypeError, (r"\bx\b", "None")),
    (dict(x=ones(2, 8)), ValueError, (r"\bx\b", r"\(2, 8\)", "3 to 5")),
    (dict(x=ones(1, 1, 1, 1, 1, 1)), ValueError, (r"\bx\b", "3 to 5")),
    (dict(x=ones(2, 0, 6, 3)), ValueError, (r"\bx\b", "axis 0", r"\b0\b", LONGEST)),
    (dict(x=ones(2, 8, 6, 3, dtype=np.int32)), TypeError, (r"\bx\b", "int32", "float32")),
    (dict(unheard_of=1), TypeError, ("unheard_of",)),
]


@EVERY_KIND
@pytest.mark.parametrize("graph", [False, True], ids=["eager", "graph"])
def test_refused_at_the_call(implementation: ModuleType, kind: str, graph: bool) -> None:
    names = ("low", "high") if kind == "band_pass" else ("cutoff",)
    good = dict(x=ones(2, 8, 6, 3)) | dict(zip(names, (0.3, 0.7), strict=False))
    table = [
        (dict([(name, value)]), error, (name, *words))
        for name in names
        for value, error, words in CUTOFFS
    ]
    if kind == "band_pass":
        table += [
            (dict(low=0.7), ValueError, (r"low: 0\.7", r"less than high, 0\.7")),
            (dict(low=tf.constant(0.75)), ValueError, (r"low: 0\.75", r"less than high, 0\.7")),
        ]
    box = [(dict(zip(names[-1:], (1.2,), strict=True), shape="box"), ValueError, ("at most 1 *$",))]
    called = getattr(implementation, kind)

    def check() -> None:
        check_all_refused(called, good, [*table, *box, *OTHERS])

    (tf.function(check, autograph=False) if graph else check)()


def test_what_only_a_running_graph_knows(implementation: ModuleType) -> None:
    number = tf.TensorSpec([])

    @tf.function(input_signature=[tf.TensorSpec([None, None, None, 3]), *[number] * 3])
    def graph(x: Any, low: Any, high: Any, softness: Any) -> Any:
        return implementation.band_pass(x, low, high, softness=softness)

    good: dict[str, Any] = dict(
        x=ones(2, 8, 6, 3), **{k: tf.constant(v) for k, v in (("low", 0.3), ("high", 0.7))}
    )
    good["softness"] = tf.constant(0.1)
    refused = tf.errors.InvalidArgumentError
    table: list[Any] = [
        (dict(low=-1.0), refused, ("low", "-1", "more than 0")),
        (dict(low=math.nan), refused, ("low", "nan", "more than 0")),
        (dict(high=1.5), refused, ("high", r"1\.5", r"at most 1\.414")),
        (dict(low=0.75), refused, ("low", r"0\.75", "less than high")),
        (dict(softness=-0.1), refused, ("softness", r"-0\.1", "more than 0")),
        (dict(x=ones(2, 0, 6, 3)), refused, (r"\bx\b", "axis 0", r"\b0\b")),
    ]
    rows = [
        ({k: v if k == "x" else tf.constant(v) for k, v in bad.items()}, error, words)
        for bad, error, words in table
    ]
    check_all_refused(graph, good, rows)
    assert graph(**good).shape == (2, 8, 6, 3)
    rank = tf.function(lambda x: implementation.low_pass(x, 0.5), [tf.TensorSpec(None)])
    check_refused(rank.get_concrete_function, ValueError, (r"\bx\b", "rank must be known"))


@EVERY_KIND
def test_name(implementation: ModuleType, kind: str) -> None:
    with tf.Graph().as_default():
        x = tf.zeros((2, 8, 6, 3))
        run: Callable[..., tf.Tensor] = getattr(implementation, kind)
        assert run(x, *KINDS[kind][0]).op.name.startswith(kind)
        assert run(x, *KINDS[kind][0], name="mine").op.name.startswith("mine")
