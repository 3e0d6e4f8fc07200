"""`spectral_conv`, and the chain of `tf.signal` that users write in its place."""

import functools

import tensorflow as tf

import spectral_ops
from bench.subject import Subject


def ours(x: tf.Tensor, weights: tf.Tensor, *, output_size: tuple[int, int]) -> tf.Tensor:
    """The operator under test."""
    size = None if output_size == tuple(x.shape[1:3]) else output_size
    y: tf.Tensor = spectral_ops.spectral_conv(x, weights, output_size=size)
    return y


def signal_chain(x: tf.Tensor, weights: tf.Tensor, *, output_size: tuple[int, int]) -> tf.Tensor:
    """Transpose, rfft2d, the low modes, einsum, padding, irfft2d, transpose."""
    height, width = x.shape[1], x.shape[2]
    rows, columns = weights.shape[0], weights.shape[1]
    low, high = (rows + 1) // 2, rows // 2
    z = tf.signal.rfft2d(tf.transpose(x, [0, 3, 1, 2]))[..., :columns]
    z = tf.concat([z[..., :low, :], z[..., height - high :, :]], -2)
    z = tf.einsum("bixy,xyio->boxy", z, weights)
    zeros = tf.zeros((*z.shape[:2], output_size[0] - rows, columns), z.dtype)
    z = tf.concat([z[..., :low, :], zeros, z[..., low:, :]], -2)
    z = tf.pad(z, [[0, 0]] * 3 + [[0, output_size[1] // 2 + 1 - columns]])
    scale = output_size[0] * output_size[1] / (height * width)
    return tf.transpose(tf.signal.irfft2d(z, output_size), [0, 2, 3, 1]) * scale


def _subject(shape: tuple[int, ...], modes: int, output_size: tuple[int, int]) -> Subject:
    size = "x".join(map(str, shape))
    resized = "" if output_size == shape[1:3] else f" to {output_size[0]}x{output_size[1]}"
    chain = functools.partial(signal_chain, output_size=output_size)
    return Subject(
        f"{size}{resized}, {modes}x{modes} modes",
        shape,
        (modes, modes // 2 + 1, shape[-1], shape[-1]),
        functools.partial(ours, output_size=output_size),
        {"tf.signal": chain},
        chain,
        is_complex=True,
    )


SUBJECTS = [
    _subject((batch, size, size, channels), modes, (size // shrink, size // shrink))
    for batch, size, channels, modes in ((8, 64, 64, 16), (4, 128, 32, 32))
    for shrink in (1, 2)
]
