"""Signals of 1 to 3 axes in either layout, and what the chains of `tf.signal` do with them."""

from collections.abc import Sequence

import tensorflow as tf

from bench import graphs


def times(sizes: Sequence[int]) -> str:
    """For instance 8x64x64."""
    return "x".join(map(str, sizes))


def shape(batch: int, lengths: tuple[int, ...], channels: int, data_format: str) -> tuple[int, ...]:
    """Of a batch of signals."""
    if data_format == "channels_last":
        return (batch, *lengths, channels)
    return (batch, channels, *lengths)


def planes(x: tf.Tensor, data_format: str) -> tf.Tensor:
    """With the channels first."""
    last = x.shape.rank - 1
    return tf.transpose(x, [0, last, *range(1, last)]) if data_format == "channels_last" else x


def back(y: tf.Tensor, data_format: str) -> tf.Tensor:
    """From the channels first to the layout."""
    rank = y.shape.rank
    return tf.transpose(y, [0, *range(2, rank), 1]) if data_format == "channels_last" else y


def fft(kind: str, rank: int) -> graphs.Function:
    """`tf.signal`'s, over the last `rank` axes."""
    return getattr(tf.signal, kind + ("", "2d", "3d")[rank - 1])


def fitted(spectrum: tf.Tensor, sizes: Sequence[int]) -> tf.Tensor:
    """Crops or pads each axis from the third on that has a size; all of these are full spectra."""
    for axis, m in enumerate(sizes, start=2):
        n = spectrum.shape[axis]
        band = min(n, m)
        parts = [(band + 1) // 2, n - band, band // 2]
        low, _, high = tf.split(spectrum, parts, axis)
        middle = []
        if m > n:
            middle = [tf.zeros((*low.shape[:axis], m - n, *low.shape[axis + 1 :]), low.dtype)]
        spectrum = tf.concat([low, *middle, high], axis)
    return spectrum
