"""Windows, weights, spectra and filters of half types with half `x`: as Keras' policies give them.

They are cast up and used in float32, and their gradients have their own type.
"""

from collections.abc import Callable
from types import ModuleType
from typing import Any

import numpy as np
import pytest
import tensorflow as tf
from refusals import check_refused, ones
from samples import signal

HALVES = (tf.float16, tf.bfloat16)
Call = Callable[[Any, Any], tf.Tensor]


def calls(module: ModuleType) -> dict[str, tuple[tuple[int, ...], Call]]:
    """For each function the shape of its parameter, and how it is called with `x`."""
    settings = dict(padding="circular")
    return {
        "pool": ((3,), lambda x, w: module.pool(x, (4, 5), windows=[w, None])),
        "resample": ((4,), lambda x, w: module.resample(x, (9, 7), windows=[None, w])),
        "symmetric pool": (
            (4,),
            lambda x, w: module.pool(x, (4, 5), boundary="symmetric", windows=[w, None]),
        ),
        "spectral_conv": ((3, 2, 4, 5, 2), lambda x, w: module.spectral_conv(x, w)),
        "shared weights": ((3, 2, 2), lambda x, w: module.spectral_conv(x, w)),
        "wavelet": ((2, 4), lambda x, f: module.dwt(x, f, mode="smooth")),
        "inverse wavelet": ((4, 6), lambda x, f: module.idwt(x[:, :, :2], f, mode="zero")),
        "filter": ((8, 4), lambda x, r: module.filter(x, r)),
        "filter of each": ((8, 4, 4), lambda x, r: module.filter(x, r)),
        "conv by FFTs": ((3, 3, 4, 5), lambda x, f: module.conv(x, f, algorithm="fft")),
        "conv": ((3, 2, 2, 6), lambda x, f: module.conv(x, f, groups=2, algorithm="direct")),
        "depthwise": ((3, 3, 4, 2), lambda x, f: module.depthwise_conv(x, f, **settings)),
    }


@pytest.mark.parametrize("dtype", HALVES, ids=lambda dtype: dtype.name)
def test_parameters_of_any_type(implementation: ModuleType, dtype: tf.DType) -> None:
    """Either half type or float32: the bits of float32 parameters of the same values."""
    for name, (shape, call) in calls(implementation).items():
        x = tf.cast(signal(0, (2, 8, 7, 4), np.float32), dtype)
        for half in HALVES:
            given = tf.cast(signal(1, shape, np.float32), half)
            wide = tf.cast(given, tf.float32)
            with tf.GradientTape(persistent=True) as tape:
                tape.watch([x, given, wide])
                y, expected = call(x, given), call(x, wide)
            assert y.dtype == dtype and np.abs(y.numpy()).max() > 0
            close = np.allclose if name.startswith(("conv", "depth")) else np.array_equal
            bits = [np.asarray(each, np.float32) for each in (y, expected)]
            bound = dict(rtol=2e-2, atol=2e-2) if close is np.allclose else {}
            assert close(*bits, **bound), name
            slope = tape.gradient(y, given)
            assert slope.dtype == half and np.abs(slope.numpy()).max() > 0
            assert tape.gradient(expected, wide).dtype == tf.float32
            assert tape.gradient(expected, x).dtype == dtype


@pytest.mark.parametrize("algorithm", ["fft", "direct"])
@pytest.mark.parametrize("dtype", HALVES, ids=lambda dtype: dtype.name)
def test_float32_filters_are_not_rounded(
    implementation: ModuleType, dtype: tf.DType, algorithm: str
) -> None:
    x = tf.cast(signal(0, (2, 8, 7, 4), np.float32), dtype)
    filters = signal(1, (3, 3, 4, 5), np.float32)
    y = implementation.conv(x, filters, algorithm=algorithm)
    wide = implementation.conv(tf.cast(x, tf.float32), filters, algorithm=algorithm)
    assert np.array_equal(y.numpy(), tf.cast(wide, dtype).numpy())


@pytest.mark.parametrize("half", HALVES, ids=lambda dtype: dtype.name)
def test_spectra(native: ModuleType, half: tf.DType) -> None:
    filters = tf.cast(signal(0, (3, 4, 2, 5), np.float32), half)
    wide = tf.cast(filters, tf.float32)
    for form in ("packed", "pairs"):
        spectrum = native.spectrum_from_filters(filters, form=form)
        assert np.array_equal(spectrum, native.spectrum_from_filters(wide, form=form))
        given = tf.cast(spectrum, half)
        made = native.filters_from_spectrum(given, (3, 4))
        assert made.dtype == tf.float32
        expected = native.filters_from_spectrum(tf.cast(given, tf.float32), (3, 4))
        assert np.array_equal(made, expected)
        x = tf.cast(ones(1, 8, 7, 2), half)
        assert native.conv(x, made).dtype == half


def test_half_parameters_need_half_x(implementation: ModuleType) -> None:
    for name, (shape, call) in calls(implementation).items():
        windows = {
            "pool": r"windows\[0\]",
            "symmetric pool": r"windows\[0\]",
            "resample": r"windows\[1\]",
        }
        argument = windows.get(name, "weights|filters|response|wavelet")
        for dtype in (np.float32, np.float64):
            x, given = ones(2, 8, 7, 4, dtype=dtype), tf.ones(shape, tf.float16)
            check_refused(
                lambda x=x, given=given, call=call: call(x, given),
                TypeError,
                (argument, "float16", np.dtype(dtype).name),
            )


SIZES = (
    np.uint8([4, 5]),
    (np.int16(4), np.uint64(5)),
    tf.constant([4, 5], tf.uint8),
    tf.constant([4, 5], tf.int16),
    (tf.constant(4, tf.uint8), 5),
)


def test_sizes_of_any_integer_type(implementation: ModuleType) -> None:
    x = signal(0, (2, 8, 7, 4), np.float32)
    expected = implementation.pool(x, (4, 5)).numpy()
    for size in SIZES:
        assert np.array_equal(implementation.pool(x, size).numpy(), expected)


def test_a_bool_is_no_size(implementation: ModuleType) -> None:
    x = ones(2, 8, 7, 4)
    for size in (np.array([True, True]), (4, np.True_), np.array(True), tf.constant([True, True])):
        check_refused(
            lambda size=size: implementation.pool(x, size), TypeError, ("output_size", "True|bool")
        )
