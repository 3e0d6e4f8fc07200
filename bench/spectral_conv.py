"""`spectral_conv`, and the chain of `tf.signal` that users write in its place."""

import functools
import math
from typing import NamedTuple

import tensorflow as tf

import spectral_ops
from bench import graphs, signals
from bench.signals import times
from bench.subject import OURS, Subject


class SpectralConv(NamedTuple):
    """Mixes the channels of float32 `[batch, *lengths, channels]`; the result has `sizes`."""

    batch: int
    lengths: tuple[int, ...]
    channels: int
    modes: tuple[int, ...]
    sizes: tuple[int, ...]
    data_format: str = "channels_last"

    @property
    def name(self) -> str:
        """For instance `8x64x64x64 to 32x32, 16x16 modes`; it says so if channels are first."""
        resized = "" if self.sizes == self.lengths else f" to {times(self.sizes)}"
        layout = "" if self.data_format == "channels_last" else f", {self.data_format}"
        return f"{times(self.shape)}{resized}, {times(self.modes)} modes{layout}"

    @property
    def shape(self) -> tuple[int, ...]:
        """Of the input."""
        return signals.shape(self.batch, self.lengths, self.channels, self.data_format)

    @property
    def inputs(self) -> graphs.Inputs:
        """The signal and the weights."""
        half = (*self.modes[:-1], self.modes[-1] // 2 + 1)
        weights = tf.TensorSpec((*half, self.channels, self.channels), tf.complex64)
        return functools.partial(graphs.normal, tf.TensorSpec(self.shape), weights)

    def ours(self, x: tf.Tensor, weights: tf.Tensor) -> tf.Tensor:
        """The operator under test."""
        size = None if self.sizes == self.lengths else self.sizes
        return spectral_ops.spectral_conv(
            x, weights, output_size=size, data_format=self.data_format
        )

    def signal_chain(self, x: tf.Tensor, weights: tf.Tensor) -> tf.Tensor:
        """Transpose, rfft, the low modes, einsum, padding, irfft, transpose."""
        rank = len(self.lengths)
        z = signals.fft("rfft", rank)(signals.planes(x, self.data_format))
        z = signals.fitted(z[..., : self.modes[-1] // 2 + 1], self.modes[:-1])
        axes = "xyz"[:rank]
        z = tf.einsum(f"bi{axes},{axes}io->bo{axes}", z, weights)
        z = signals.fitted(z, self.sizes[:-1])
        missing = self.sizes[-1] // 2 - self.modes[-1] // 2
        z = tf.pad(z, [[0, 0]] * (rank + 1) + [[0, missing]])
        y = signals.fft("irfft", rank)(z, self.sizes)
        return signals.back(y * (math.prod(self.sizes) / math.prod(self.lengths)), self.data_format)


def subjects(conv: SpectralConv) -> list[Subject]:
    """Forward and gradient of one case."""
    return graphs.pair(
        "spectral_conv",
        conv.name,
        conv.inputs,
        {OURS: conv.ours, "tf.signal": conv.signal_chain},
        conv.signal_chain,
        call=conv.inputs if conv.sizes == conv.lengths else None,
    )


CONVS = [
    SpectralConv(batch, (n, n), channels, (modes, modes), (size, size))
    for batch, n, channels, modes in ((8, 64, 64, 16), (4, 128, 32, 32))
    for size in (n, n // 2)
]
SUBJECTS = [subject for conv in CONVS for subject in subjects(conv)]
