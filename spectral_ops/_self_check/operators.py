"""Every operator and its gradients against the reference in float64."""

from collections.abc import Callable
from functools import partial

import numpy as np
import tensorflow as tf

import spectral_ops
from spectral_ops import reference
from spectral_ops._self_check import DTYPES, Pairs, fails

_SIGNAL = (2, 31, 40, 5)  # [batch, height, width, channels]
_BANDS = (2, 18, 22, 4, 5)  # [batch, height, width, bands, channels]
_BANK = [(6,), (6,)]  # lowpass and highpass filter

# How `spectral_ops` or `reference` is called, and the shapes of the inputs after it. Not by
# algorithm="auto", which may choose TensorFlow's own kernels.
_CASES: dict[str, tuple[Callable[..., tf.Tensor], list[tuple[int, ...]]]] = {
    "pool": (lambda package, x: package.pool(x, (9, 16)), [_SIGNAL]),
    "resample": (
        lambda package, x, window: package.resample(x, (47, 30), windows=[window, None]),
        [_SIGNAL, (16,)],
    ),
    "conv": (
        lambda package, x, filters: package.conv(x, filters, algorithm="fft"),
        [_SIGNAL, (5, 7, 5, 3)],
    ),
    "depthwise_conv": (
        lambda package, x, filters: package.depthwise_conv(x, filters, algorithm="fft"),
        [_SIGNAL, (5, 7, 5, 2)],
    ),
    "spectral_conv": (
        lambda package, x, weights: package.spectral_conv(x, weights),
        [_SIGNAL, (8, 6, 5, 3, 2)],
    ),
    "filter": (lambda package, x, response: package.filter(x, response), [_SIGNAL, (31, 21)]),
    "dwt": (lambda package, x, *bank: package.dwt(x, bank), [_SIGNAL, *_BANK]),
    "idwt": (lambda package, bands, *bank: package.idwt(bands, bank), [_BANDS, *_BANK]),
    "swt": (
        lambda package, x, *bank: package.swt(x, bank, 1)[1],  # the details
        [_SIGNAL, *_BANK],
    ),
    "iswt": (
        lambda package, bands, *bank: package.iswt([bands[..., 0, :], bands[..., 1:, :]], bank),
        [_BANDS, *_BANK],
    ),
}


def failures() -> int:
    """Prints a line for each operator and type; returns how many failed."""
    return sum(
        fails(operator, dtype, partial(_pairs, operator, dtype))
        for operator in _CASES
        for dtype in DTYPES
    )


def _pairs(operator: str, dtype: str) -> Pairs:
    """The value and the gradient of each input."""
    run, shapes = _CASES[operator]
    rng = np.random.default_rng(0)
    inputs = [tf.constant(rng.standard_normal(shape), dtype) for shape in shapes]
    wide = [tf.cast(each, tf.float64) for each in inputs]
    with tf.GradientTape(persistent=True) as tape:
        tape.watch([*inputs, *wide])
        actual, expected = run(spectral_ops, *inputs), run(reference, *wide)
    slope = tf.constant(rng.standard_normal(expected.shape), dtype)
    yield tf.cast(actual, tf.float64), expected
    gradients = tape.gradient(actual, inputs, slope)
    truths = tape.gradient(expected, wide, tf.cast(slope, tf.float64))
    for gradient, truth in zip(gradients, truths, strict=True):
        yield tf.cast(gradient, tf.float64), truth
