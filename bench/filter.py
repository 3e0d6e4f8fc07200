"""`filter`, and the chain of `tf.signal` that users write in its place."""

from typing import Any, NamedTuple

import tensorflow as tf

import spectral_ops
from bench import graphs, signals
from bench.signals import times
from bench.subject import OURS, Contender, Subject


class Filter(NamedTuple):
    """Filters float32 `[batch, *lengths, channels]`, by a response for each channel or for all."""

    batch: int
    lengths: tuple[int, ...]
    channels: int
    shared: bool = False
    data_format: str = "channels_last"

    @property
    def name(self) -> str:
        """For instance `8x64x64x64`; it says so if the response is shared or channels are first."""
        shared = ", shared" if self.shared else ""
        layout = "" if self.data_format == "channels_last" else f", {self.data_format}"
        return f"{times(self.shape)}{shared}{layout}"

    @property
    def shape(self) -> tuple[int, ...]:
        """Of the input."""
        return signals.shape(self.batch, self.lengths, self.channels, self.data_format)

    def inputs(self) -> tuple[tf.Tensor, ...]:
        """The signal and the response."""
        half = (*self.lengths[:-1], self.lengths[-1] // 2 + 1)
        response = tf.TensorSpec(half if self.shared else (*half, self.channels), tf.complex64)
        return graphs.normal(tf.TensorSpec(self.shape), response)

    def planes(self) -> tuple[tf.Tensor, ...]:
        """The same with the response as the chain has it: its channels first."""
        x, response = self.inputs()
        return x, response if self.shared else tf.constant(self._first(response))

    def ours(self, x: tf.Tensor, response: tf.Tensor) -> tf.Tensor:
        """The operator under test."""
        return spectral_ops.filter(x, response, data_format=self.data_format)

    def signal_chain(self, x: tf.Tensor, response: tf.Tensor) -> tf.Tensor:
        """Transpose, rfft, the product, irfft, transpose."""
        rank = len(self.lengths)
        z = signals.fft("rfft", rank)(signals.planes(x, self.data_format)) * response
        return signals.back(signals.fft("irfft", rank)(z, self.lengths), self.data_format)

    def truth(self, x: tf.Tensor, response: tf.Tensor) -> tf.Tensor:
        """Called eagerly, in float64."""
        return self.signal_chain(x, response if self.shared else self._first(response))

    def _first(self, response: tf.Tensor) -> tf.Tensor:
        rank = len(self.lengths)
        return tf.transpose(response, [rank, *range(rank)])


def subjects(case: Filter) -> list[Subject]:
    """Forward and gradient of one case."""
    made = graphs.pair("filter", case.name, case.inputs, {OURS: case.ours}, case.truth, call=case)
    if len(case.lengths) == 3:  # TensorFlow has no gradient of rfft3d
        made = made[:1]
    return [
        Subject(
            each.operator,
            each.case,
            each.direction,
            {**each.contenders, "tf.signal": _chain(case, each.direction)},
            each.truth,
            each.call,
        )
        for each in made
    ]


def _chain(case: Filter, direction: str) -> Contender:
    """With the gradient of its response in the place of ours."""
    chain = graphs.contender(case.signal_chain, case.planes, direction)
    if case.shared or direction == "forward":
        return chain

    def arrays(results: Any) -> list[Any]:
        assert chain.arrays
        x, response = chain.arrays(results)
        return [x, response.transpose([*range(1, response.ndim), 0])]

    return chain._replace(arrays=arrays)


FILTERS = [
    Filter(32, (32, 32), 64),
    Filter(16, (56, 56), 64),
    Filter(8, (112, 112), 64),
    Filter(4, (224, 224), 32),
    Filter(1, (512, 512), 16),
    Filter(16, (61, 67), 48),
    Filter(1, (427, 640), 3),
    Filter(8, (112, 112), 64, shared=True),
    Filter(8, (112, 112), 64, data_format="channels_first"),
    Filter(8, (16384,), 16),
    Filter(1, (450_000,), 1, shared=True),
    Filter(2, (32, 64, 64), 8),
]
SUBJECTS = [subject for case in FILTERS for subject in subjects(case)]
