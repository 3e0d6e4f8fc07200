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
    "wavelet transform 1D": case(
        layers.WaveletTransform1D,
        (21, 3),
        lambda layer, x: tf.reshape(so.dwt(x, "db2", mode="reflect"), (2, 12, 6)),
        "db2",
        mode="reflect",
    ),
    "wavelet transform 2D, learned filters": case(
        layers.WaveletTransform2D,
        (9, 8, 3),
        lambda layer, x: tf.reshape(so.dwt(x, layer.filters), (2, 6, 5, 12)),
        "db2",
        trainable_filters=True,
    ),
    "wavelet transform 3D": case(
        layers.WaveletTransform3D,
        (4, 5, 6, 2),
        lambda layer, x: tf.reshape(so.dwt(x, "haar", mode="periodization"), (2, 2, 3, 3, 16)),
        [[0.5**0.5] * 2, [-(0.5**0.5), 0.5**0.5]],
        mode="periodization",
    ),
    "inverse wavelet transform 1D": case(
        layers.InverseWaveletTransform1D,
        (12, 6),
        lambda layer, x: so.idwt(tf.reshape(x, (2, 12, 2, 3)), "bior2.2", output_size=19),
        "bior2.2",
        19,
    ),
    "inverse wavelet transform 2D, learned filters": case(
        layers.InverseWaveletTransform2D,
        (5, 6, 8),
        lambda layer, x: so.idwt(tf.reshape(x, (2, 5, 6, 4, 2)), layer.filters),
        "db2",
        trainable_filters=True,
    ),
    "inverse wavelet transform 3D": case(
        layers.InverseWaveletTransform3D,
        (2, 3, 3, 16),
        lambda layer, x: so.idwt(tf.reshape(x, (2, 2, 3, 3, 8, 2)), "haar", output_size=(3, 6, 5)),
        "haar",
        (3, 6, 5),
    ),
    "wavelet pooling 1D": case(
        layers.WaveletPooling1D, (21, 3), lambda layer, x: so.wavelet_pool(x, "sym4"), "sym4"
    ),
    "wavelet pooling 2D, learned filters": case(
        layers.WaveletPooling2D,
        (9, 8, 3),
        lambda layer, x: so.wavelet_pool(x, layer.filters, mode="smooth"),
        "db2",
        mode="smooth",
        trainable_filters=True,
    ),
    "wavelet pooling 3D": case(
        layers.WaveletPooling3D, (4, 5, 6, 2), lambda layer, x: so.wavelet_pool(x)
    ),
    "wavelet denoising 1D": case(
        layers.WaveletDenoising1D,
        (33, 3),
        lambda layer, x: so.wavelet_denoise(x, "db2", level=2, threshold=0.4, method="garrote"),
        "db2",
        2,
        0.4,
        "garrote",
    ),
    "wavelet denoising 2D, learned filters": case(
        layers.WaveletDenoising2D,
        (9, 8, 3),
        lambda layer, x: so.wavelet_denoise(x, layer.filters, level=1),
        "db2",
        1,
        trainable_filters=True,
    ),
    "wavelet denoising 3D": case(
        layers.WaveletDenoising3D,
        (4, 5, 6, 2),
        lambda layer, x: so.wavelet_denoise(x, "haar", level=1, threshold="universal"),
        "haar",
        level=1,
        threshold="universal",
    ),
}


def channels_first(x: Any) -> Any:
    return np.moveaxis(np.asarray(x), -1, 1)


def channels_last(x: Any) -> Any:
    return np.moveaxis(np.asarray(x), 1, -1)
