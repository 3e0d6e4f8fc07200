"""`conv` and `depthwise_conv`, and what TensorFlow's users write in their place."""

import functools
from typing import Any

import scipy.fft
import tensorflow as tf

import spectral_ops
from bench.subject import Function, Subject

CONV_SHAPE = (4, 64, 64, 32)
DEPTHWISE_SHAPE = (4, 64, 64, 64)


def _ours(algorithm: str, depthwise: bool) -> Function:
    operator = spectral_ops.depthwise_conv if depthwise else spectral_ops.conv

    def run(x: tf.Tensor, filters: tf.Tensor) -> tf.Tensor:
        y: tf.Tensor = operator(x, filters, algorithm=algorithm)
        return y

    return run


def direct(x: tf.Tensor, filters: tf.Tensor, *, depthwise: bool) -> tf.Tensor:
    """TensorFlow's own kernels."""
    if depthwise:
        return tf.nn.depthwise_conv2d(x, filters, [1] * 4, "SAME")
    return tf.nn.conv2d(x, filters, 1, "SAME")


def signal_chain(x: tf.Tensor, filters: tf.Tensor, *, depthwise: bool) -> tf.Tensor:
    """The chain of `tf.signal`: transpose, rfft2d of both, product, irfft2d, crop, transpose."""
    n, k = x.shape[1:3], filters.shape[:2]
    sizes = [scipy.fft.next_fast_len(a + b - 1, real=True) for a, b in zip(n, k, strict=True)]
    before = [(size - 1) // 2 for size in k]
    spectrum = tf.signal.rfft2d(tf.transpose(x, [0, 3, 1, 2]), sizes)
    response = tf.signal.rfft2d(tf.transpose(filters, [2, 3, 0, 1]), sizes)
    if depthwise:
        product = spectrum * tf.math.conj(response[:, 0])
    else:
        product = tf.einsum("bihw,iohw->bohw", spectrum, tf.math.conj(response))
    y = tf.roll(tf.signal.irfft2d(product, sizes), before, [2, 3])
    return tf.transpose(y[:, :, : n[0], : n[1]], [0, 2, 3, 1])


def _subject(kernel: int, depthwise: bool) -> Subject:
    shape = DEPTHWISE_SHAPE if depthwise else CONV_SHAPE
    channels = shape[-1]
    last = (channels, 1) if depthwise else (channels, channels)
    kind: dict[str, Any] = {"depthwise": depthwise}
    size = "x".join(map(str, shape))
    return Subject(
        f"{size} depthwise, {kernel}x{kernel}" if depthwise else f"{size}, {kernel}x{kernel}",
        shape,
        (kernel, kernel, *last),
        _ours("auto", depthwise),
        {
            "tf.nn": functools.partial(direct, **kind),
            "tf.signal": functools.partial(signal_chain, **kind),
        },
        functools.partial(direct, **kind),
        others={"fft": _ours("fft", depthwise)},
        too_slow=("tf.nn",) if kernel > 30 and not depthwise else (),
    )


SUBJECTS = [
    *(_subject(kernel, False) for kernel in (3, 7, 15, 31)),
    *(_subject(kernel, True) for kernel in (7, 15, 31, 63)),
]
