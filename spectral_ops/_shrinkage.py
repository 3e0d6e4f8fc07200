"""Thresholds of wavelet coefficients, and what is done by them."""

from collections.abc import Callable
from typing import Any

import tensorflow as tf

from spectral_ops._arguments.rules import shape_of
from spectral_ops._arguments.wavelet import band_axes, band_shape

_NORMAL = 1 / 0.6744897501960817  # the deviation of normal deviates x by the median of |x|

# What becomes of a coefficient x whose size is above the threshold t; the others become 0.
_METHODS: dict[str, Callable[[tf.Tensor, tf.Tensor], tf.Tensor]] = {
    "soft": lambda x, t: x - tf.sign(x) * t,
    "hard": lambda x, t: x,
    "garrote": lambda x, t: x - t * (t / x),
}


def shrink(
    details: list[tf.Tensor],  # [batch, *h, bands, channels] each, the coarsest first
    threshold: Any,  # "bayes", "universal" or a scalar tensor
    method: str,
    data_format: str,
    samples: tf.Tensor,  # int, of one image's channel
) -> list[tf.Tensor]:
    """The details without what is noise, as each image, band and channel by itself says."""
    if not details or not isinstance(threshold, str):
        return [_beyond(each, threshold, method) for each in details]
    middle = _middle(details[-1], data_format)
    if threshold == "universal":
        # One factor: where graphs are optimized, the bits do not depend on what is known.
        factor = _NORMAL * tf.sqrt(2 * tf.math.log(tf.cast(samples, tf.float64)))
        limit = middle * tf.cast(factor, middle.dtype)
        return [_beyond(each, limit, method) for each in details]
    noise = middle * _NORMAL
    return [_beyond(each, _bayes(each, noise, data_format), method) for each in details]


def _beyond(x: tf.Tensor, threshold: tf.Tensor, method: str) -> tf.Tensor:
    """A NaN is no noise."""
    small = tf.abs(x) <= threshold
    others = tf.where(small, tf.ones_like(x), x)  # nothing is divided by 0, in gradients neither
    return tf.where(small, tf.zeros_like(x), _METHODS[method](others, threshold))


def _middle(finest: tf.Tensor, data_format: str) -> tf.Tensor:
    """The median size of the coefficients of all highpass filters, which are noise but for a few.

    Of [batch, *h, bands, channels] it is [batch, 1, .., 1, channels].
    """
    rank = finest.shape.rank - 3
    band = finest[:, -1]
    if data_format == "channels_last":
        band = tf.transpose(finest[..., -1, :], [0, rank + 1, *range(1, rank + 1)])
    batch, channels, *lengths = shape_of(band, rank + 2, True)
    sizes = tf.abs(tf.reshape(band, [batch, channels, tf.reduce_prod(lengths)]))
    shape = band_shape(batch, [1] * rank, 1, channels, data_format)
    return tf.reshape(_median(sizes), shape)


def _median(x: tf.Tensor) -> tf.Tensor:  # [.., .., n] -> [.., ..]
    n = tf.shape(x)[-1]
    order = tf.math.top_k(x, n // 2 + 1).indices  # pfor cannot vectorize the gradient of its values
    middle = tf.stack([order[..., n // 2], order[..., (n - 1) // 2]], -1)
    return tf.reduce_sum(tf.gather(x, middle, batch_dims=2), -1) * 0.5


def _bayes(band: tf.Tensor, noise: tf.Tensor, data_format: str) -> tf.Tensor:
    """The variance of noise by the deviation of what else is in the band, for each of them.

    Where noise explains all there is, the threshold is the largest coefficient: nothing is left.
    """
    axes = list(range(band.shape.rank))
    _, spatial, _, _ = band_axes(axes, data_format)
    power = tf.reduce_mean(tf.square(band), spatial, keepdims=True)
    excess = power - tf.square(noise)
    has_signal = excess > 1e-6 * power  # below, float32 cannot tell, and slopes would be too steep
    excess = tf.where(has_signal, excess, tf.ones_like(excess))
    largest = tf.reduce_max(tf.abs(band), spatial, keepdims=True)
    return tf.where(has_signal, tf.square(noise) * tf.math.rsqrt(excess), largest)
