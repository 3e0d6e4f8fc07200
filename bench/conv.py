"""`conv` and `depthwise_conv`, and what TensorFlow's users write in their place."""

import math
from typing import NamedTuple

import scipy.fft
import tensorflow as tf

import spectral_ops
from bench import graphs, signals
from bench.signals import times
from bench.subject import OURS
from spectral_ops import reference


class Conv(NamedTuple):
    """Convolves float32 `[batch, *lengths, channels]` with `taps`, padded to the same lengths."""

    batch: int
    lengths: tuple[int, ...]
    channels: int
    out: int | None  # None: depthwise
    taps: tuple[int, ...]
    data_format: str = "channels_last"

    @property
    def name(self) -> str:
        """For instance `4x64x64x32, 7x7`; it says so if the output has other channels."""
        kind = " depthwise" if self.out is None else f"->{self.out}"
        layout = "" if self.data_format == "channels_last" else f", {self.data_format}"
        kind = "" if self.out == self.channels else kind
        return f"{times(self.shape)}{kind}, {times(self.taps)}{layout}"

    @property
    def shape(self) -> tuple[int, ...]:
        """Of the input."""
        return signals.shape(self.batch, self.lengths, self.channels, self.data_format)

    @property
    def multiply_adds(self) -> int:
        """Of the sum over all taps."""
        return math.prod((*self.shape, *self.taps, self.out or 1))

    def inputs(self) -> tuple[tf.Tensor, ...]:
        """The signal and the filters."""
        filters = (*self.taps, self.channels, self.out or 1)
        return graphs.normal(tf.TensorSpec(self.shape), tf.TensorSpec(filters))

    def ours(self, algorithm: str) -> graphs.Function:
        """The operator under test."""
        operator = spectral_ops.depthwise_conv if self.out is None else spectral_ops.conv
        return lambda x, filters: operator(
            x, filters, data_format=self.data_format, algorithm=algorithm
        )

    def direct(self, x: tf.Tensor, filters: tf.Tensor) -> tf.Tensor:
        """TensorFlow's own kernels; the reference knows how where they refuse a layout or rank."""
        if len(self.lengths) == 2 and self.data_format == "channels_last":
            if self.out is None:
                return tf.nn.depthwise_conv2d(x, filters, [1] * 4, "SAME")
            return tf.nn.conv2d(x, filters, 1, "SAME")
        operator = reference.depthwise_conv if self.out is None else reference.conv
        return operator(x, filters, data_format=self.data_format)

    def signal_chain(self, x: tf.Tensor, filters: tf.Tensor) -> tf.Tensor:
        """The chain of `tf.signal`: transpose, rfft of both, product, irfft, crop, back."""
        rank = len(self.lengths)
        sizes = [
            scipy.fft.next_fast_len(n + k - 1, real=True)
            for n, k in zip(self.lengths, self.taps, strict=True)
        ]
        rfft, irfft = signals.fft("rfft", rank), signals.fft("irfft", rank)
        spectrum = rfft(signals.planes(x, self.data_format), sizes)
        to_first = [rank, rank + 1, *range(rank)]
        response = tf.math.conj(rfft(tf.transpose(filters, to_first), sizes))
        axes = "xyz"[:rank]
        if self.out is None:
            product = spectrum * response[:, 0]
        else:
            product = tf.einsum(f"bi{axes},io{axes}->bo{axes}", spectrum, response)
        shifts = [(k - 1) // 2 for k in self.taps]
        y = tf.roll(irfft(product, sizes), shifts, list(range(2, rank + 2)))
        y = y[(slice(None), slice(None), *(slice(n) for n in self.lengths))]
        return signals.back(y, self.data_format)


CONVS = (
    *(Conv(4, (64, 64), 32, 32, (k, k)) for k in (3, 7, 15, 31)),
    *(Conv(4, (64, 64), 64, None, (k, k)) for k in (7, 15, 31, 63)),
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
        without_gradient=("tf.nn",) if conv.taps[0] > 30 and conv.out else (),
        call=conv,
    )
]
