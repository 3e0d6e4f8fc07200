"""`spectral_conv` by `tf.signal`: each axis to its modes, the mixing, each axis back."""

from typing import Any

import tensorflow as tf

from spectral_ops._arguments.spectral_conv import (
    kept_weights,
    low_modes,
    spectral_conv_arguments,
    spectral_conv_checks,
    spectral_conv_output_shape,
)
from spectral_ops.reference.resample import resample

_AXES = "xyz"


def spectral_conv(
    x: Any,
    weights: Any,
    *,
    modes: Any = None,
    output_size: Any = None,
    norm: str = "forward",
    data_format: str = "channels_last",
    name: str | None = None,
) -> tf.Tensor:
    """As `spectral_ops.spectral_conv`, in plain TensorFlow."""
    with tf.name_scope(name or "spectral_conv"):
        arguments = spectral_conv_arguments(x, weights, modes, output_size, norm, data_format)
        with tf.control_dependencies(spectral_conv_checks(arguments)):
            signal = tf.identity(arguments.x)
            kept, counts = kept_weights(arguments)
            kept = tf.identity(kept)
        rank = arguments.rank
        if counts:
            kept = low_modes(kept, (*counts[:-1], counts[-1] // 2 + 1), rank)
        signal = tf.ensure_shape(signal, [None] * (rank + 2))
        storage = signal.dtype
        if storage != tf.float64:
            signal = tf.cast(signal, tf.float32)
        if data_format == "channels_last":
            signal = tf.transpose(signal, to_first(rank))
        y = convolve(signal, kept, rank)
        y = resample(y, arguments.output_size, norm=norm, data_format="channels_first")
        if data_format == "channels_last":
            y = tf.transpose(y, tf.math.invert_permutation(to_first(rank)))
        y.set_shape(spectral_conv_output_shape(arguments))
        return tf.cast(y, storage)


def to_first(rank: int) -> list[int]:
    """The transpose that puts the channels before the spatial axes."""
    return [0, rank + 1, *range(1, rank + 1)]


def convolve(
    x: tf.Tensor,  # [batch, in, *n]
    weights: tf.Tensor,  # [*modes, in, out], [*modes, channels] or [*modes]
    rank: int,
) -> tf.Tensor:  # [batch, out, *n]
    """The spectral convolution at the input's own size, channels first, by all of the weights."""
    lengths = tf.shape(x)[2:]
    counts = tf.shape(weights)[:rank]
    spectrum = tf.signal.rfft(x, lengths[-1:])[..., : counts[-1]]
    for axis in range(rank - 1):
        spectrum = _along(axis, spectrum, lambda z: tf.signal.fft(z))
        spectrum = _along(axis, spectrum, lambda z, a=axis: _crop(z, counts[a]))

    axes = _AXES[:rank]
    of_weights, out = (("", "c"), ("c", "c"), ("cd", "d"))[weights.shape.rank - rank]
    spectrum = tf.einsum(f"bc{axes},{axes}{of_weights}->b{out}{axes}", spectrum, weights)

    for axis in range(rank - 1):
        spectrum = _along(axis, spectrum, lambda z, a=axis: _pad(z, lengths[a]))
        spectrum = _along(axis, spectrum, lambda z: tf.signal.ifft(z))
    # Only the real part of the bins that are their own mirror acts.
    n = lengths[-1]
    bins = tf.range(counts[-1])
    is_real = tf.logical_or(tf.equal(bins, 0), tf.equal(2 * bins, n))
    imaginary = tf.math.imag(spectrum)
    imaginary = tf.where(is_real, tf.zeros_like(imaginary), imaginary)
    spectrum = tf.complex(tf.math.real(spectrum), imaginary)
    padding = [[0, 0]] * (rank + 1) + [[0, n // 2 + 1 - counts[-1]]]
    return tf.signal.irfft(tf.pad(spectrum, padding), [n])


def _along(axis: int, z: tf.Tensor, run: Any) -> tf.Tensor:
    """`run` on the innermost axis, with a spatial one there."""
    to_last = [i for i in range(z.shape.rank) if i != axis + 2] + [axis + 2]
    return tf.transpose(run(tf.transpose(z, to_last)), tf.math.invert_permutation(to_last))


def _crop(z: tf.Tensor, count: tf.Tensor) -> tf.Tensor:
    """The `count` bins of lowest frequency of the innermost axis, in fftfreq order."""
    n = tf.shape(z)[-1]
    return tf.concat([z[..., : (count + 1) // 2], z[..., n - count // 2 :]], -1)


def _pad(z: tf.Tensor, n: tf.Tensor) -> tf.Tensor:
    """The way back: zeros between the bins of positive and of negative frequency."""
    count = tf.shape(z)[-1]
    half = (count + 1) // 2
    zeros = tf.zeros(tf.concat([tf.shape(z)[:-1], [n - count]], 0), z.dtype)
    return tf.concat([z[..., :half], zeros, z[..., half:]], -1)
