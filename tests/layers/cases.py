"""Every layer, with an input's shape and the functions that it stands for."""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import tensorflow as tf

import spectral_ops as so
from spectral_ops import layers


class Case(NamedTuple):
    """A layer of channels_last, and the shape of its input without the batch."""

    make: Callable[..., Any]
    shape: tuple[int, ...]
    expected: Callable[[Any, tf.Tensor], tf.Tensor]  # of the layer and its input

    def layer(self, **settings: Any) -> Any:
        return self.make(**settings)

    def input(self, dtype: Any = np.float32, batch: int = 2) -> np.ndarray:
        values = np.random.default_rng(0).standard_normal((batch, *self.shape))
        return values.astype(dtype)


def case(kind: Any, shape: tuple[int, ...], expected: Any, *given: Any, **settings: Any) -> Case:
    return Case(lambda **others: kind(*given, **settings, **others), shape, expected)


WINDOW = np.linspace(1, 0.5, 4)

CASES = {
    "pooling 1D": case(
        layers.SpectralPooling1D, (21, 3), lambda layer, x: so.pool(x, 15), strides=1.4
    ),
    "pooling 2D": case(
        layers.SpectralPooling2D, (9, 8, 3), lambda layer, x: so.pool(x, (5, 6)), (5, 6)
    ),
    "pooling 2D, learned windows": case(
        layers.SpectralPooling2D,
        (9, 8, 3),
        lambda layer, x: so.pool(x, (3, 3), windows=layer.weights, norm="ortho"),
        strides=3,
        windows="learned",
        norm="ortho",
    ),
    "pooling 3D": case(
        layers.SpectralPooling3D,
        (4, 6, 5, 2),
        lambda layer, x: so.pool(x, (2, 6, 2), norm="ortho"),
        strides=(2, 1, 3),
        norm="ortho",
    ),
    "resampling 1D": case(
        layers.SpectralResampling1D, (9, 3), lambda layer, x: so.resample(x, 18), strides=0.5
    ),
    "resampling 2D": case(
        layers.SpectralResampling2D,
        (7, 6, 3),
        lambda layer, x: so.resample(x, (9, 6), windows=[WINDOW, None]),
        (9, 6),
        windows=[WINDOW, None],
    ),
    "resampling 3D": case(
        layers.SpectralResampling3D,
        (4, 3, 5, 2),
        lambda layer, x: so.resample(x, (6, 2, 5)),
        (6, 2, 5),
    ),
    "spectral_conv 1D": case(
        layers.SpectralConv1D,
        (12, 3),
        lambda layer, x: so.spectral_conv(x, layer.kernel) + layer.bias,
        4,
        7,
    ),
    "spectral_conv 2D": case(
        layers.SpectralConv2D,
        (8, 7, 3),
        lambda layer, x: tf.nn.relu(so.spectral_conv(x, layer.kernel, output_size=(9, 5))),
        5,
        (12, 4),
        output_size=(9, 5),
        use_bias=False,
        activation="relu",
    ),
    "spectral_conv 3D, separable": case(
        layers.SpectralConv3D,
        (4, 5, 6, 2),
        lambda layer, x: so.spectral_conv(x, layer.kernel) + layer.bias,
        2,
        3,
        separable=True,
    ),
    "conv 1D": case(
        layers.FFTConv1D,
        (30, 3),
        lambda layer, x: so.conv(x, layer.kernel, padding="valid") + layer.bias,
        5,
        9,
    ),
    "conv 2D": case(
        layers.FFTConv2D,
        (9, 8, 4),
        lambda layer, x: tf.nn.relu(so.conv(x, layer.kernel, groups=2) + layer.bias),
        6,
        (5, 3),
        padding="SAME",
        groups=2,
        activation="relu",
    ),
    "conv 2D, spectral": case(
        layers.FFTConv2D,
        (9, 8, 3),
        lambda layer, x: so.conv(
            x, so.filters_from_spectrum(layer.weights[0], (5, 5)), padding="circular"
        ),
        4,
        5,
        padding="circular",
        use_bias=False,
        parametrization="spectral",
    ),
    "conv 3D": case(
        layers.FFTConv3D,
        (4, 5, 6, 2),
        lambda layer, x: so.conv(x, layer.kernel, padding="full", algorithm="fft") + layer.bias,
        3,
        (2, 3, 3),
        padding="full",
        algorithm="fft",
    ),
    "depthwise 1D": case(
        layers.FFTDepthwiseConv1D,
        (20, 3),
        lambda layer, x: so.depthwise_conv(x, layer.kernel, padding="valid") + layer.bias,
        7,
        depth_multiplier=2,
    ),
    "depthwise 2D, spectral": case(
        layers.FFTDepthwiseConv2D,
        (9, 8, 3),
        lambda layer, x: so.depthwise_conv(x, layer.kernel) + layer.bias,
        (5, 4),
        padding="same",
        parametrization="spectral",
    ),
    "depthwise 3D": case(
        layers.FFTDepthwiseConv3D,
        (4, 5, 6, 2),
        lambda layer, x: so.depthwise_conv(x, layer.kernel) + layer.bias,
        3,
        padding="same",
    ),
    "dropout 1D": case(layers.FrequencyDropout1D, (9, 3), lambda layer, x: x, 0.5),
    "dropout 2D": case(layers.FrequencyDropout2D, (9, 8, 3), lambda layer, x: x, 0.25, seed=3),
    "dropout 3D": case(layers.FrequencyDropout3D, (4, 5, 6, 2), lambda layer, x: x, 0),
}


def channels_first(x: Any) -> Any:
    return np.moveaxis(np.asarray(x), -1, 1)


def channels_last(x: Any) -> Any:
    return np.moveaxis(np.asarray(x), 1, -1)
