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
    learns_size: bool = False  # so that shapes do not know it

    def layer(self, **settings: Any) -> Any:
        return self.make(**settings)

    def knows(self, shape: Any, actual: Any) -> bool:
        """Whether `shape` is that of a result, as far as the layer can know it."""
        if not self.learns_size:
            return tuple(shape) == tuple(actual)
        fits = all(n in (None, m) for n, m in zip(shape, actual, strict=True))
        return fits and shape.count(None) == len(self.shape) - 1

    def input(self, dtype: Any = np.float32, batch: int = 2) -> np.ndarray:
        values = np.random.default_rng(0).standard_normal((batch, *self.shape))
        return values.astype(dtype)


def case(kind: Any, shape: tuple[int, ...], expected: Any, /, *given: Any, **settings: Any) -> Case:
    learns_size = "DiffStride" in kind.__name__
    return Case(lambda **others: kind(*given, **settings, **others), shape, expected, learns_size)


def complex_response(layer: Any) -> tf.Tensor:
    return tf.complex(layer.response[..., 0], layer.response[..., 1])


def pooled_by_strides(layer: Any, x: tf.Tensor) -> tf.Tensor:
    strides = np.broadcast_to(layer.strides.numpy(), layer.rank)
    pairs = [
        so.windows.diffstride(n, stride, layer.smoothness)
        for n, stride in zip(x.shape[1:-1], strides, strict=True)
    ]
    masks, sizes = zip(*pairs, strict=True)
    return so.pool(x, sizes, windows=masks, norm=layer.norm)


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
    "pooling 1D, centered": case(
        layers.SpectralPooling1D,
        (14, 2),
        lambda layer, x: so.pool(x, 7, alignment="center", windows="hamming"),
        7,
        alignment="center",
        windows="hamming",
    ),
    "pooling 2D, symmetric, learned windows": case(
        layers.SpectralPooling2D,
        (9, 8, 3),
        lambda layer, x: so.pool(x, (6, 4), boundary="symmetric", windows=layer.weights),
        (6, 4),
        boundary="symmetric",
        windows="learned",
    ),
    "resampling 2D, symmetric": case(
        layers.SpectralResampling2D,
        (7, 6, 3),
        lambda layer, x: so.resample(
            x, (9, 6), boundary="symmetric", windows=[("tukey", 0.5), "hann"]
        ),
        (9, 6),
        boundary="symmetric",
        windows=[("tukey", 0.5), "hann"],
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
    "global filter 1D": case(
        layers.GlobalFilter1D,
        (9, 3),
        lambda layer, x: so.filter(x, complex_response(layer)),
    ),
    "global filter 2D": case(
        layers.GlobalFilter2D,
        (9, 8, 3),
        lambda layer, x: so.filter(x, so.responses.resize(complex_response(layer), (6, 7), (9, 8))),
        size=(6, 7),
    ),
    "global filter 3D": case(
        layers.GlobalFilter3D,
        (4, 5, 6, 2),
        lambda layer, x: so.filter(x, complex_response(layer)),
        response_initializer="ones",
        response_regularizer="l2",
    ),
    "low pass 1D": case(
        layers.FrequencyFilter1D, (9, 3), lambda layer, x: so.low_pass(x, 0.5), "low", 0.5
    ),
    "high pass 2D, learned": case(
        layers.FrequencyFilter2D,
        (9, 8, 3),
        lambda layer, x: so.high_pass(x, layer.weights[0][0], softness=0.3),
        "high",
        0.7,
        softness=0.3,
        learned=True,
    ),
    "band pass 2D, learned": case(
        layers.FrequencyFilter2D,
        (9, 8, 3),
        lambda layer, x: so.band_pass(x, *tf.unstack(layer.weights[0]), shape="box", softness=0.2),
        "band",
        (0.3, 0.8),
        shape="box",
        softness=0.2,
        learned=True,
    ),
    "low pass 3D": case(
        layers.FrequencyFilter3D,
        (4, 5, 6, 2),
        lambda layer, x: so.low_pass(x, 0.6, shape="box", softness=0.5),
        "low",
        0.6,
        shape="box",
        softness=0.5,
    ),
    "learned strides 1D": case(
        layers.DiffStride1D, (40, 3), pooled_by_strides, 2.5, smoothness=3.0, norm="ortho"
    ),
    "learned strides 2D": case(layers.DiffStride2D, (20, 24, 2), pooled_by_strides, (2, 3)),
    "learned strides 2D, shared": case(
        layers.DiffStride2D, (20, 24, 2), pooled_by_strides, 1.7, shared_stride=True
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
