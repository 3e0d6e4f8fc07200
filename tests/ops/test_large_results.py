"""Results too large to stay near go past the caches (`near_bytes` of csrc/cpu/base/tuning.h).

Those of a batch do, those of each image alone do not: both have the same bits.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import pytest
import tensorflow as tf
from samples import same_bits

import spectral_ops

BATCH = 10
NEAR = 4 << 20  # so much where the L3 has 32 MB, or is far and the L2 has 2 MB; nowhere more


def noise(*shape: int, seed: int = 0) -> np.ndarray:
    """Float32, as all machines draw it."""
    return np.random.default_rng(seed).standard_normal(shape).astype(np.float32)


def response(*shape: int) -> tf.Tensor:
    """Complex numbers."""
    return tf.constant(noise(*shape, seed=1) + 1j * noise(*shape, seed=2))


def gradient(run: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """The gradient of x, where that of y is y itself."""

    def both(x: tf.Tensor) -> Any:
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = run(x)
        return tape.gradient(y, x, output_gradients=y)

    return both


class Case(NamedTuple):
    """A call, and the shape of one image."""

    shape: tuple[int, ...]
    run: Callable[[Any], Any]
    dtype: str = "float32"


def filtered(x: tf.Tensor) -> tf.Tensor:
    """By a response for each channel."""
    return spectral_ops.filter(x, response(84, 44, 64))


CASES = {
    "halves": Case((61, 64, 64), lambda x: spectral_ops.resample(x, (88, 88))),
    "quarters": Case((56, 56, 64), lambda x: spectral_ops.resample(x, (112, 112))),
    "rows that join": Case((176, 176, 64), lambda x: spectral_ops.pool(x, (88, 88))),
    "FFTs": Case((320, 320, 16), lambda x: spectral_ops.pool(x, (160, 240))),
    "five vectors": Case((96, 96, 80), lambda x: spectral_ops.pool(x, (80, 72))),
    "symmetric": Case(
        (90, 90, 64),
        lambda x: spectral_ops.pool(x, (80, 88), boundary="symmetric", alignment="center"),
    ),
    "one axis": Case((6000, 80), lambda x: spectral_ops.pool(x, (5600,))),
    "volumes": Case((24, 24, 24, 32), lambda x: spectral_ops.resample(x, (25, 24, 26))),
    "float64": Case((61, 64, 32), lambda x: spectral_ops.resample(x, (88, 88)), "float64"),
    "float16": Case((61, 64, 128), lambda x: spectral_ops.resample(x, (88, 88)), "float16"),
    "gradient": Case((88, 88, 64), gradient(lambda x: spectral_ops.pool(x, (61, 64)))),
    "filter": Case((84, 86, 64), filtered),
    "gradient of filter": Case((84, 86, 64), gradient(filtered)),
    "spectral_conv": Case(
        (80, 96, 16), lambda x: spectral_ops.spectral_conv(x, response(12, 7, 16, 64))
    ),
    "spectral_conv, one axis": Case(
        (7000, 8), lambda x: spectral_ops.spectral_conv(x, response(17, 8, 64))
    ),
    "spectral_conv, long planes": Case(
        (16, 16000),
        lambda x: spectral_ops.spectral_conv(x, response(17, 16, 16), data_format="channels_first"),
    ),
    "dwt": Case((88, 90, 64), lambda x: spectral_ops.dwt(x, "db2")),
}


@pytest.mark.parametrize("name", CASES)
def test_bits_are_those_of_each_image(name: str) -> None:
    case = CASES[name]
    x = tf.constant(noise(BATCH, *case.shape), case.dtype)
    whole = case.run(x).numpy()
    assert whole.nbytes > NEAR > whole[0].nbytes
    for image in (0, BATCH - 1):
        assert same_bits(whole[image : image + 1], case.run(x[image : image + 1]).numpy())


@pytest.mark.parametrize("map", ["forward", "gradient"])
def test_convolution(map: str) -> None:
    x, filters = tf.constant(noise(9, 90, 90, 64)), tf.constant(noise(7, 7, 64, 1, seed=1))

    def ours(x: tf.Tensor) -> tf.Tensor:
        return spectral_ops.depthwise_conv(x, filters, algorithm="fft")

    def theirs(x: tf.Tensor) -> tf.Tensor:
        return tf.nn.depthwise_conv2d(x, filters, (1, 1, 1, 1), "SAME")

    runs = [ours, theirs] if map == "forward" else [gradient(ours), gradient(theirs)]
    result, expected = (run(x).numpy() for run in runs)
    assert result.nbytes > NEAR
    error, norm = (np.linalg.norm(each, axis=(1, 2)) for each in (result - expected, expected))
    assert np.all(error <= 4e-6 * norm)


def test_gradient_of_weights() -> None:
    """Has the bits of the gradients of a few columns, which stay near."""
    x, g, w = noise(2, 64, 128), noise(2, 64, 136, seed=3), response(33, 128, 136)

    def by_columns(first: int, end: int) -> np.ndarray:
        columns = w[..., first:end]
        with tf.GradientTape() as tape:
            tape.watch(columns)
            y = spectral_ops.spectral_conv(x, columns)
        return tape.gradient(y, columns, output_gradients=tf.constant(g[..., first:end])).numpy()

    whole = by_columns(0, 136)
    assert whole.nbytes > NEAR
    for first in (0, 64, 120):
        part = np.ascontiguousarray(whole[..., first : first + 16])
        assert same_bits(part, by_columns(first, first + 16))
