"""Through the public functions, too, images and channels that are not mixed are on their own."""

from collections.abc import Sequence
from types import ModuleType, SimpleNamespace
from typing import Any

import numpy as np
import pytest
import tensorflow as tf
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
from samples import DATA_FORMATS, DTYPES, array_shape, same_bits
from tolerances import assert_each_close

RESAMPLES = (
    Resample("row", (300,), (150,), 3),
    Resample("row, window", (120,), (97,), 16, windowed=True),
    Resample("plane", (128, 128), (64, 64), 3),
    Resample("small images", (8, 9), (4, 12), 2, windowed=True, batch=33),
    Resample("volume", (6, 8, 5), (3, 8, 9), 2),
)
CASES: tuple[Case, ...] = (
    *RESAMPLES,
    SpectralConv("row", (512,), (200,), (512,), 16, 5),
    SpectralConv("row, separable", (127,), (40,), (100,), 3, 0),
    SpectralConv("plane", (12, 10), (5, 4), (12, 10), 4, 0),
    SpectralConv("volume", (4, 5, 6), (3, 4, 3), (4, 6, 6), 3, 2),
    SpectralConv("shared", (13, 9), (6, 4), (13, 9), 5, 0, shared=True),
    SpectralConv("filter", (24, 20), (24, 11), (24, 20), 9, 0),
    Conv("row", (50,), (7,), 4, 18),
    Conv("groups", (9, 11), (3, 3), 40, 40, 2),
    Conv("depthwise", (13, 12), (3, 4), 5, 10, 5, "circular"),
    Conv("volume", (4, 5, 6), (2, 1, 3), 4, 4, 4, "valid"),
)


SIGNALS = ("forward", "adjoint")  # the maps that give signals
BATCHES = (1, 2, 7, 16, 33)


def each_map(among: Sequence[str] = (*SIGNALS, "gradient")) -> pytest.MarkDecorator:
    """Each map of each case in float32 and in another type, in one layout each."""
    chosen = []
    maps = [(case, map) for case in CASES for map in case.maps if map in among]
    for number, (case, map) in enumerate(maps):
        for other in (0, 1):
            dtype = DTYPES[other * (1 + number % 3)]
            data_format = DATA_FORMATS[(number // 3 + other) % 2]
            name = f"{type(case).__name__}: {case.name}, {map}-{dtype}-{data_format}"
            chosen.append(pytest.param(case, map, dtype, data_format, id=name))
    return pytest.mark.parametrize(("case", "map", "dtype", "data_format"), chosen)


def call(module: ModuleType, case: Case, x: Any, parameter: Any, data_format: str) -> tf.Tensor:
    how = dict(data_format=data_format)
    if isinstance(case, Resample):
        return module.resample(x, case.output_size, windows=parameter, **case.rule, **how)
    if isinstance(case, SpectralConv):
        return module.spectral_conv(x, parameter, output_size=case.output_size, **how)
    how |= dict(padding=case.padding, algorithm="fft")
    if case.groups != case.inputs:
        return module.conv(x, parameter, groups=case.groups, **how)
    filters = tf.reshape(parameter, [*case.taps, case.inputs, -1])
    return module.depthwise_conv(x, filters, **how)


def run(
    module: ModuleType, case: Case, map: str, given: list[np.ndarray], data_format: str
) -> np.ndarray:
    """The function itself, or its gradient by `x` or by its parameter."""
    dtype = given[0].dtype
    x = tf.constant(given[0])
    if map == "adjoint":  # the functions are linear: any x serves
        shape = array_shape(len(given[0]), case.spatial, case.inputs, data_format)
        x = tf.zeros(shape, dtype)
    parameter = case.parameter(dtype)
    if map == "gradient":
        parameter = tf.constant(parameter)
    with tf.GradientTape() as tape:
        tape.watch([x, parameter] if map == "gradient" else x)
        y = call(module, case, x, parameter, data_format)
    if map == "forward":
        return y.numpy()
    source = x if map == "adjoint" else parameter
    return tape.gradient(y, source, tf.constant(given[-1])).numpy()


def allowed(module: ModuleType, case: Case, y: np.ndarray) -> float:
    """TensorFlow's own kernels, of which the reference is made, round once more."""
    return case.tolerance(y.real.dtype) * (2 if module.__name__.endswith("reference") else 1)


@each_map()
def test_loud_neighbour(
    implementation: ModuleType, case: Case, map: str, dtype: np.dtype, data_format: str
) -> None:
    """Beside a loud image, and beside a loud channel or group, the others are as exact as alone."""
    for given, expected, quiet in disturbed(case, map, dtype, data_format, 1e6):
        y = run(implementation, case, map, given, data_format)
        floor = noise(case, map, given, data_format)
        actual, bound = parts(case, map, y, data_format), allowed(implementation, case, y)
        assert_each_close(actual, expected, floor, bound, where=quiet)


@each_map()
def test_not_finite_neighbour(
    implementation: ModuleType, case: Case, map: str, dtype: np.dtype, data_format: str
) -> None:
    """A NaN, and an infinity, in one sample stays in its image and its channel or group."""
    clean, expected = undisturbed(case, map, dtype, data_format)
    floor = noise(case, map, clean, data_format)
    for value, which in ((np.nan, 0), (np.inf, -1)):
        given, reached = poisoned(case, map, clean, data_format, value, which)
        y = run(implementation, case, map, given, data_format)
        actual, bound = parts(case, map, y, data_format), allowed(implementation, case, y)
        assert not np.isfinite(actual[reached].astype(np.float64)).all()
        assert_each_close(actual, expected, floor, bound, where=~reached)


@each_map(SIGNALS)
def test_bits_do_not_depend_on_the_others(
    native: ModuleType, case: Case, map: str, dtype: np.dtype, data_format: str
) -> None:
    """Nor, but for the convolutions, on the size of the batch."""
    (x,) = given_to(case, map, dtype, data_format, BATCHES[-1])
    y = run(native, case, map, [x[:3]], data_format)
    assert same_bits(run(native, case, map, [among_others(x[:3], 1)], data_format)[1], y[1])
    if case.batch_may_plan:
        return
    alone = {}
    for batch in BATCHES:
        y = run(native, case, map, [x[:batch]], data_format)
        for image in {0, batch // 2, batch - 1}:
            if image not in alone:
                alone[image] = run(native, case, map, [x[image : image + 1]], data_format)
            assert same_bits(y[image : image + 1], alone[image]), f"image {image} of {batch}"


@pytest.mark.parametrize("data_format", DATA_FORMATS)
@pytest.mark.parametrize("dtype", DTYPES[:3], ids=str)
def test_window_gradients_add_up_what_is_exact(
    implementation: ModuleType, dtype: np.dtype, data_format: str
) -> None:
    def by_window(
        x: np.ndarray,
        grad_output: np.ndarray,
        axis: int,
        *,
        windows: list,
        data_format: str,
        **_: Any,  # the rule, which `call` knows
    ) -> np.ndarray:
        sources = [tf.constant(window) for window in windows]
        with tf.GradientTape() as tape:
            tape.watch(sources)
            y = call(implementation, case, tf.constant(x), sources, data_format)
        return tape.gradient(y, sources[axis], tf.constant(grad_output)).numpy()

    for case in RESAMPLES:
        if case.windowed:
            backend = SimpleNamespace(resample_window_gradient=by_window)
            check_window_gradients(backend, case, dtype, data_format)
