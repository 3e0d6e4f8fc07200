"""`conv` and `depthwise_conv`, and what TensorFlow's users write in their place."""

from typing import NamedTuple

import scipy.fft
import tensorflow as tf

import spectral_ops
from bench import graphs
from bench.subject import OURS


class Conv(NamedTuple):
    """Convolves float32 `[batch, size, size, channels]` with `kernel` x `kernel` taps."""

    batch: int
    size: int
    channels: int
    out: int | None  # None: depthwise
    kernel: int

    @property
    def name(self) -> str:
        """For instance `4x64x64x32, 7x7`; the output has other channels only if it says so."""
        kind = " depthwise" if self.out is None else f"->{self.out}"
        shape = f"{self.batch}x{self.size}x{self.size}x{self.channels}"
        return f"{shape}{'' if self.out == self.channels else kind}, {self.kernel}x{self.kernel}"

    def inputs(self) -> tuple[tf.Tensor, ...]:
        """The signal and the filters."""
        filters = (self.kernel, self.kernel, self.channels, self.out or 1)
        shape = (self.batch, self.size, self.size, self.channels)
        return graphs.normal(tf.TensorSpec(shape), tf.TensorSpec(filters))

    def ours(self, algorithm: str) -> graphs.Function:
        """The operator under test."""
        operator = spectral_ops.depthwise_conv if self.out is None else spectral_ops.conv
        return lambda x, filters: operator(x, filters, algorithm=algorithm)

    def direct(self, x: tf.Tensor, filters: tf.Tensor) -> tf.Tensor:
        """TensorFlow's own kernels."""
        if self.out is None:
            return tf.nn.depthwise_conv2d(x, filters, [1] * 4, "SAME")
        return tf.nn.conv2d(x, filters, 1, "SAME")

    def signal_chain(self, x: tf.Tensor, filters: tf.Tensor) -> tf.Tensor:
        """The chain of `tf.signal`: transpose, rfft2d of both, product, irfft2d, crop, back."""
        n, k = self.size, self.kernel
        sizes = [scipy.fft.next_fast_len(n + k - 1, real=True)] * 2
        spectrum = tf.signal.rfft2d(tf.transpose(x, [0, 3, 1, 2]), sizes)
        response = tf.math.conj(tf.signal.rfft2d(tf.transpose(filters, [2, 3, 0, 1]), sizes))
        if self.out is None:
            product = spectrum * response[:, 0]
        else:
            product = tf.einsum("bihw,iohw->bohw", spectrum, response)
        y = tf.roll(tf.signal.irfft2d(product, sizes), [(k - 1) // 2] * 2, [2, 3])
        return tf.transpose(y[:, :, :n, :n], [0, 2, 3, 1])


CONVS = (
    *(Conv(4, 64, 32, 32, kernel) for kernel in (3, 7, 15, 31)),
    *(Conv(4, 64, 64, None, kernel) for kernel in (7, 15, 31, 63)),
)
SUBJECTS = [
    subject
    for conv in CONVS
    for subject in graphs.pair(
        "conv",
        conv.name,
        conv.inputs,
        {
            OURS: conv.ours("auto"),
            "ours, fft": conv.ours("fft"),
            "tf.nn": conv.direct,
            "tf.signal": conv.signal_chain,
        },
        conv.signal_chain,
        # TensorFlow's gradient of large dense kernels takes minutes.
        without_gradient=("tf.nn",) if conv.kernel > 30 and conv.out else (),
        call=conv,
    )
]
