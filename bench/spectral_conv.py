"""`spectral_conv`, and the chain of `tf.signal` that users write in its place."""

import functools

import tensorflow as tf

import spectral_ops
from bench import graphs
from bench.subject import OURS, Subject


def ours(x: tf.Tensor, weights: tf.Tensor, *, size: int) -> tf.Tensor:
    """The operator under test."""
    resized = None if size == x.shape[1] else (size, size)
    return spectral_ops.spectral_conv(x, weights, output_size=resized)


def signal_chain(x: tf.Tensor, weights: tf.Tensor, *, size: int) -> tf.Tensor:
    """Transpose, rfft2d, the low modes, einsum, padding, irfft2d, transpose."""
    rows, columns = weights.shape[:2]
    low, high = (rows + 1) // 2, rows // 2
    z = tf.signal.rfft2d(tf.transpose(x, [0, 3, 1, 2]))[..., :columns]
    z = tf.concat([z[..., :low, :], z[..., x.shape[1] - high :, :]], -2)
    z = tf.einsum("bixy,xyio->boxy", z, weights)
    zeros = tf.zeros((*z.shape[:2], size - rows, columns), z.dtype)
    z = tf.concat([z[..., :low, :], zeros, z[..., low:, :]], -2)
    z = tf.pad(z, [[0, 0]] * 3 + [[0, size // 2 + 1 - columns]])
    y = tf.signal.irfft2d(z, (size, size)) * (size**2 / (x.shape[1] * x.shape[2]))
    return tf.transpose(y, [0, 2, 3, 1])


def subjects(batch: int, n: int, channels: int, modes: int, size: int) -> list[Subject]:
    """Forward and gradient of one case: `modes` x `modes` modes, `size` x `size` outputs."""
    weights = (modes, modes // 2 + 1, channels, channels)
    specs = tf.TensorSpec((batch, n, n, channels)), tf.TensorSpec(weights, tf.complex64)
    inputs = functools.partial(graphs.normal, *specs)
    resized = "" if size == n else f" to {size}x{size}"
    chain = functools.partial(signal_chain, size=size)
    return graphs.pair(
        "spectral_conv",
        f"{batch}x{n}x{n}x{channels}{resized}, {modes}x{modes} modes",
        inputs,
        {OURS: functools.partial(ours, size=size), "tf.signal": chain},
        chain,
        call=None if resized else inputs,
    )


SUBJECTS = [
    subject
    for batch, n, channels, modes in ((8, 64, 64, 16), (4, 128, 32, 32))
    for size in (n, n // 2)
    for subject in subjects(batch, n, channels, modes, size)
]
