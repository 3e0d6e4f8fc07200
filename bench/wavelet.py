"""`dwt`: one level, against PyWavelets and the strided convolution that TensorFlow users write."""

import dataclasses
import functools
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import pywt
import tensorflow as tf

import spectral_ops
from bench import graphs, signals
from bench.resample import add_one
from bench.signals import times
from bench.subject import OURS, Contender, Run, Subject


class Wavelet(NamedTuple):
    """One level of float32 `[batch, *lengths, channels]`."""

    wavelet: str
    mode: str
    batch: int
    lengths: tuple[int, ...]
    channels: int

    @property
    def name(self) -> str:
        """For instance `4x224x224x32, db4 symmetric`."""
        return f"{times(self.shape)}, {self.wavelet} {self.mode}"

    @property
    def shape(self) -> tuple[int, ...]:
        """Of the input."""
        return signals.shape(self.batch, self.lengths, self.channels, "channels_last")

    @property
    def inputs(self) -> graphs.Inputs:
        """Normal deviates."""
        return functools.partial(graphs.normal, tf.TensorSpec(self.shape))

    def ours(self, x: tf.Tensor) -> tf.Tensor:
        """The operator under test."""
        return spectral_ops.dwt(x, self.wavelet, mode=self.mode)

    def by_pywavelets(self) -> Run:
        """PyWavelets on its own axes; its arrays are not put together."""
        (x,) = (each.numpy() for each in self.inputs())
        axes = tuple(range(1, len(self.lengths) + 1))
        return lambda: pywt.dwtn(x, self.wavelet, self.mode, axes=axes)

    def by_convolution(self, x: tf.Tensor) -> tf.Tensor:
        """The signal extended, and a strided convolution: two axes, symmetric extension alone."""
        bank = np.array(pywt.Wavelet(self.wavelet).filter_bank[:2])[:, ::-1]
        taps = bank.shape[1]
        h = [(n + taps - 1) // 2 for n in self.lengths]
        pads = [
            [taps - 2, 2 * m + taps - 2 - (taps - 2) - n]
            for n, m in zip(self.lengths, h, strict=True)
        ]
        x = tf.pad(x, [[0, 0], *pads, [0, 0]], "SYMMETRIC")
        kernel = np.einsum("ax,by->xyab", bank, bank).reshape(taps, taps, 1, 4)
        filters = tf.constant(np.tile(kernel, (1, 1, self.channels, 1)), x.dtype)
        y = tf.nn.depthwise_conv2d(x, filters, [1, 2, 2, 1], "VALID")
        y = tf.reshape(y, [self.batch, *h, self.channels, 4])
        return tf.transpose(y, [0, 1, 2, 4, 3])

    def truth(self, x: tf.Tensor) -> tf.Tensor:
        """Called eagerly, in float64."""
        return spectral_ops.reference.dwt(x, self.wavelet, mode=self.mode)


def subjects(case: Wavelet) -> list[Subject]:
    """Forward and gradient of one case."""
    functions: dict[str, Callable[[tf.Tensor], tf.Tensor]] = {OURS: case.ours, "x + 1": add_one}
    if case.mode == "symmetric" and len(case.lengths) == 2:
        functions["depthwise_conv2d"] = case.by_convolution
    made = graphs.pair(
        "dwt", case.name, case.inputs, functions, case.truth, unlike=("x + 1",), call=case
    )
    pywavelets = Contender(case.by_pywavelets, None)
    forward = {OURS: made[0].contenders[OURS], "PyWavelets": pywavelets}
    return [
        dataclasses.replace(made[0], contenders=forward | dict(made[0].contenders)),
        made[1],
    ]


CASES = [
    *(Wavelet(name, "symmetric", 4, (224, 224), 32) for name in ("haar", "db2", "db4", "sym8")),
    Wavelet("db2", "symmetric", 16, (56, 56), 64),
    Wavelet("db2", "periodization", 16, (56, 56), 64),
    Wavelet("bior4.4", "symmetric", 16, (56, 56), 64),
    Wavelet("db4", "symmetric", 8, (16384,), 16),
    Wavelet("haar", "symmetric", 2, (32, 64, 64), 8),
]
SUBJECTS = [subject for case in CASES for subject in subjects(case)]
