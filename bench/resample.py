"""`pool` and `resample`, and what TensorFlow's users write or run in their place."""

import functools
import math
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import tensorflow as tf

import spectral_ops
from bench import graphs, signals
from bench.signals import times
from bench.subject import OURS, Subject
from tests import oracle


class Pool(NamedTuple):
    """Pools float32 `[batch, *lengths, channels]` to `sizes`, one for each spatial axis.

    An axis may also grow.
    """

    batch: int
    lengths: tuple[int, ...]
    channels: int
    sizes: tuple[int, ...]
    data_format: str = "channels_last"

    @property
    def name(self) -> str:
        """For instance `8x112x112x64-to-56x56-channels_last`."""
        return f"{times(self.shape(self.lengths))}-to-{times(self.sizes)}-{self.data_format}"

    def shape(self, lengths: tuple[int, ...]) -> tuple[int, ...]:
        """Of an array of these lengths."""
        return signals.shape(self.batch, lengths, self.channels, self.data_format)

    @property
    def scale(self) -> float:
        """Output samples per input sample: the factor of norm="forward" on an unscaled irfft."""
        return math.prod(self.sizes) / math.prod(self.lengths)

    @property
    def blocks(self) -> int | None:
        """The side of the blocks that `avg_pool2d` takes for the same output, if it can."""
        sides = {n // m for n, m in zip(self.lengths, self.sizes, strict=True)}
        k = sides.pop()
        fits = not sides and k > 1 and tuple(n // k for n in self.lengths) == self.sizes
        # TensorFlow pools channels_first on GPUs only.
        return k if fits and len(self.sizes) == 2 and self.data_format == "channels_last" else None

    def inputs(self) -> tuple[tf.Tensor, ...]:
        """The signal."""
        return graphs.normal(tf.TensorSpec(self.shape(self.lengths)))

    def ours(self, x: tf.Tensor) -> tf.Tensor:
        """The operator under test."""
        grows = any(m > n for n, m in zip(self.lengths, self.sizes, strict=True))
        operator = spectral_ops.resample if grows else spectral_ops.pool
        return operator(x, self.sizes, data_format=self.data_format)

    def signal_chain(self, x: tf.Tensor) -> tf.Tensor:
        """The chain of `tf.signal`: transpose, rfft, crop, irfft, transpose.

        Of an even band it keeps the bin -b/2 where the axis is a full spectrum, and what irfft
        makes of the bin b/2 on the last axis: the crop of most published code. Its error at even
        sizes is that convention; at odd sizes it is rounding alone.
        """
        spectrum = self._fft("rfft")(self._first(x))[..., : self.sizes[-1] // 2 + 1]
        spectrum = signals.fitted(spectrum, self.sizes[:-1])
        return self._back(self._fft("irfft")(spectrum, self.sizes) * self.scale)

    def complex_chain(self, x: tf.Tensor) -> tf.Tensor:
        """The textbook's: real(ifft(ifftshift(crop(fftshift(fft(x)))))), DC kept in the centre.

        It differs from `spectral_ops.pool` where a bin is Nyquist on more than one even axis, and
        nowhere else.
        """
        axes = list(range(2, 2 + len(self.sizes)))
        spectrum = tf.signal.fftshift(self._fft("fft")(tf.complex(self._first(x), 0.0)), axes)
        bands = [min(n, m) for n, m in zip(self.lengths, self.sizes, strict=True)]
        begin = [n // 2 - band // 2 for n, band in zip(self.lengths, bands, strict=True)]
        spectrum = tf.slice(spectrum, [0, 0, *begin], [-1, -1, *bands])
        if bands != list(self.sizes):
            before = [m // 2 - band // 2 for m, band in zip(self.sizes, bands, strict=True)]
            ends = zip(before, self.sizes, bands, strict=True)
            padding = [[start, m - band - start] for start, m, band in ends]
            spectrum = tf.pad(spectrum, [[0, 0], [0, 0], *padding])
        y = tf.math.real(self._fft("ifft")(tf.signal.ifftshift(spectrum, axes)))
        return self._back(y * self.scale)

    def average_pool(self, x: tf.Tensor) -> tf.Tensor:
        """`tf.nn.avg_pool2d`: another answer, and the one whose speed users are used to."""
        return tf.nn.avg_pool2d(x, self.blocks, self.blocks, "VALID")

    def matmuls(self, x: tf.Tensor) -> tf.Tensor:
        """One product by the whole matrix of each axis, the innermost axis first."""
        shape = list(self.shape(self.lengths))
        first = 1 if self.data_format == "channels_last" else 2
        for axis, m in reversed(list(enumerate(self.sizes, start=first))):
            matrix = dense_matrix(shape[axis], m)
            inner = math.prod(shape[axis + 1 :])
            if inner == 1:
                x = tf.matmul(tf.reshape(x, [-1, shape[axis]]), matrix, transpose_b=True)
            else:
                x = tf.matmul(matrix, tf.reshape(x, [-1, shape[axis], inner]))
            shape[axis] = m
        return tf.reshape(x, shape)

    def truth(self, x: tf.Tensor) -> tf.Tensor:
        """Called eagerly, in float64."""

        def resample(x: tf.Tensor, sizes: tuple[int, ...], norm: str) -> tf.Tensor:
            return tf.constant(
                oracle.resample(x.numpy(), sizes, norm=norm, data_format=self.data_format)
            )

        @tf.custom_gradient
        def run(x: tf.Tensor) -> tuple[tf.Tensor, Callable[[tf.Tensor], tf.Tensor]]:
            # docs/conventions.md, section 7: the transpose has the dual norm.
            return (
                resample(x, self.sizes, "forward"),
                lambda grad: resample(grad, self.lengths, "backward"),
            )

        return run(x)

    def _fft(self, kind: str) -> graphs.Function:
        return signals.fft(kind, len(self.sizes))

    def _first(self, x: tf.Tensor) -> tf.Tensor:
        return signals.planes(x, self.data_format)

    def _back(self, y: tf.Tensor) -> tf.Tensor:
        return signals.back(y, self.data_format)


@functools.lru_cache(maxsize=6)
def dense_matrix(n: int, m: int) -> tf.Tensor:  # [m, n]
    """What `resample` does on one axis, as float32: docs/conventions.md, section 5."""
    band = min(n, m)
    turns = (np.arange(m)[:, np.newaxis] * n - np.arange(n) * m) / (n * m)
    angles = np.pi * (turns - np.rint(turns))
    below = np.sin(angles) if band % 2 else np.tan(angles)
    here = angles == 0
    kernel = np.sin(band * angles) / np.where(here, 1.0, below)
    with tf.init_scope():  # a tensor that all graphs may use
        return tf.constant(np.where(here, band, kernel) / n, tf.float32)


@tf.custom_gradient
def add_one(x: tf.Tensor) -> tuple[tf.Tensor, Callable[[tf.Tensor], tf.Tensor]]:
    """Reads and writes an array of the input's size, once each way."""
    return x + 1.0, lambda grad_output: grad_output + 1.0


def subjects(pool: Pool, inputs: graphs.Inputs | None = None) -> list[Subject]:
    """Forward and gradient of one case, of normal deviates where no inputs are given."""
    functions = {
        OURS: pool.ours,
        "tf.signal": pool.signal_chain,
        "complex FFT": pool.complex_chain,
        **({"avg_pool2d": pool.average_pool} if pool.blocks else {}),
        "x + 1": add_one,
    }
    return graphs.pair(
        "pool",
        pool.name,
        inputs or pool.inputs,
        functions,
        pool.truth,
        unlike=("avg_pool2d", "x + 1"),
        # TensorFlow has no gradient of rfft3d and irfft3d.
        without_gradient=("tf.signal",) if len(pool.sizes) == 3 else (),
        call=pool,
    )


# The feature maps of a convolutional network from its last stage to its first, halved.
HALVINGS = (
    Pool(32, (32, 32), 64, (16, 16)),
    Pool(16, (56, 56), 64, (28, 28)),
    Pool(8, (112, 112), 64, (56, 56)),
    Pool(4, (224, 224), 32, (112, 112)),
    Pool(1, (512, 512), 16, (256, 256)),
)
POOLS = (
    *HALVINGS,
    Pool(16, (56, 56), 64, (47, 47)),
    Pool(16, (61, 67), 48, (31, 29)),
    Pool(1, (427, 640), 3, (213, 320)),
    Pool(8, (16384,), 16, (4096,)),
    Pool(2, (32, 64, 64), 8, (16, 32, 32)),
    Pool(4, (224, 224), 32, (160, 160)),
    Pool(1, (1080, 1920), 3, (720, 1280)),
    Pool(1, (450_000,), 1, (45_000,)),
    *(pool._replace(data_format="channels_first") for pool in HALVINGS),
)
SUBJECTS = [subject for pool in POOLS for subject in subjects(pool)]
