"""What is raced: `spectral_ops.pool` and what TensorFlow's users write or run in its place.

Every contender is compiled by `tf.function` for one static shape, all in the same way.
"""

import functools
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
import tensorflow as tf
from numpy.typing import ArrayLike, NDArray

import spectral_ops
from bench import oracle
from bench.cases import PoolCase

RFFT = {1: tf.signal.rfft, 2: tf.signal.rfft2d, 3: tf.signal.rfft3d}
IRFFT = {1: tf.signal.irfft, 2: tf.signal.irfft2d, 3: tf.signal.irfft3d}
FFT = {1: tf.signal.fft, 2: tf.signal.fft2d, 3: tf.signal.fft3d}
IFFT = {1: tf.signal.ifft, 2: tf.signal.ifft2d, 3: tf.signal.ifft3d}


def ours(x: tf.Tensor, case: PoolCase) -> tf.Tensor:
    """The operator under test."""
    return spectral_ops.pool(x, case.output_size, data_format=case.data_format)


def signal_chain(x: tf.Tensor, case: PoolCase) -> tf.Tensor:
    """The chain of `tf.signal`: transpose, rfft, crop, irfft, transpose.

    Of an even band it keeps the bin -b/2 where the axis is a full spectrum, and what irfft makes
    of the bin b/2 on the last axis: the crop of most published code. Its error at even sizes is
    that convention; at odd sizes it is rounding alone.
    """
    spectrum = RFFT[case.rank](_channels_first(x, case))
    spectrum = spectrum[..., : case.output_size[-1] // 2 + 1]
    for axis, m in enumerate(case.output_size[:-1], start=2):
        n = case.lengths[axis - 2]
        low, _, high = tf.split(spectrum, [(m + 1) // 2, n - m, m // 2], axis)
        spectrum = tf.concat([low, high], axis)
    y = IRFFT[case.rank](spectrum, case.output_size) * case.scale
    return _back(y, case)


def complex_chain(x: tf.Tensor, case: PoolCase) -> tf.Tensor:
    """The textbook's: real(ifft(ifftshift(crop(fftshift(fft(x)))))), DC kept in the centre.

    It differs from `spectral_ops.pool` where a bin is Nyquist on more than one even axis, and
    nowhere else.
    """
    axes = list(range(2, 2 + case.rank))
    complex_x = tf.complex(_channels_first(x, case), 0.0)
    spectrum = tf.signal.fftshift(FFT[case.rank](complex_x), axes)
    sizes = zip(case.lengths, case.output_size, strict=True)
    begin = [0, 0, *(n // 2 - m // 2 for n, m in sizes)]
    spectrum = tf.slice(spectrum, begin, [-1, -1, *case.output_size])
    y = tf.math.real(IFFT[case.rank](tf.signal.ifftshift(spectrum, axes))) * case.scale
    return _back(y, case)


def average_pool(x: tf.Tensor, case: PoolCase) -> tf.Tensor:
    """`tf.nn.avg_pool2d`: another answer, and the one whose speed users are used to."""
    return tf.nn.avg_pool2d(x, case.integer_ratio, case.integer_ratio, "VALID")


@tf.custom_gradient
def _add_one(x: tf.Tensor) -> tuple[tf.Tensor, Callable[[tf.Tensor], tf.Tensor]]:
    return x + 1.0, lambda grad_output: grad_output + 1.0


def memory_floor(x: tf.Tensor, case: PoolCase) -> tf.Tensor:
    """Reads and writes an array of the input's size, once each way."""
    del case
    return _add_one(x)


@dataclass(frozen=True)
class Contender:
    """One way to do a case, or to do something whose time is worth knowing beside it."""

    name: str
    pool: Callable[[tf.Tensor, PoolCase], tf.Tensor]
    is_spectral: bool  # its answer is spectral pooling, so that its error means something
    applies: Callable[[PoolCase, bool], bool] = lambda case, gradient: True


def _chain_applies(case: PoolCase, gradient: bool) -> bool:
    return not (gradient and case.rank == 3)  # TensorFlow has no gradient of rfft3d and irfft3d.


def _average_applies(case: PoolCase, gradient: bool) -> bool:
    del gradient
    is_block_pooling = case.rank == 2 and case.integer_ratio is not None
    return is_block_pooling and case.data_format == "channels_last"  # channels_first: GPUs only.


OURS = Contender("spectral_ops", ours, True)
CHAIN = Contender("tf.signal", signal_chain, True, _chain_applies)
COMPLEX = Contender("complex FFT", complex_chain, True)
AVERAGE = Contender("avg_pool2d", average_pool, False, _average_applies)
FLOOR = Contender("x + 1", memory_floor, False)
RIVALS = (CHAIN, COMPLEX, AVERAGE, FLOOR)


class Trial:
    """One case, forward or with its gradient: inputs that all contenders share, and the answer."""

    def __init__(
        self, case: PoolCase, *, gradient: bool, x: ArrayLike | None = None, seed: int = 0
    ) -> None:
        rng = np.random.default_rng(seed)
        self.case = case
        self.gradient = gradient
        self.x = tf.constant(rng.standard_normal(case.shape) if x is None else x, tf.float32)
        self.cotangent = tf.constant(rng.standard_normal(case.output_shape), tf.float32)

    def contenders(self, candidates: Iterable[Contender] = (OURS, *RIVALS)) -> list[Contender]:
        """Those of `candidates` that can do the case."""
        return [c for c in candidates if c.applies(self.case, self.gradient)]

    def compile(self, contender: Contender) -> Callable[[], tf.Tensor]:
        """A call that computes the pooled array, or that and the gradient of sum(y * cotangent).

        Gives the pooled array or the gradient.
        """
        # The floor's output has the input's shape, and so has its cotangent.
        cotangent = self.x if contender is FLOOR else self.cotangent

        def forward(x: tf.Tensor) -> tf.Tensor:
            return contender.pool(x, self.case)

        def forward_and_gradient(x: tf.Tensor, cotangent: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
            with tf.GradientTape() as tape:
                tape.watch(x)
                y = contender.pool(x, self.case)
            # A linear map's gradient does not need y: were it not returned, it would be pruned.
            return y, tape.gradient(y, x, output_gradients=cotangent)

        if self.gradient:
            both = _graph(forward_and_gradient, self.x, cotangent)
            return lambda: both(self.x, cotangent)[1]
        alone = _graph(forward, self.x)
        return lambda: alone(self.x)

    def error(self, contender: Contender, result: tf.Tensor) -> float | None:
        """Relative L2 error of `result` against float64; None where it is not spectral pooling."""
        return oracle.relative_error(result, self._expected) if contender.is_spectral else None

    @functools.cached_property
    def _expected(self) -> NDArray[np.float64]:
        if self.gradient:
            return oracle.resample_adjoint(self.cotangent, self.case.axes, self.case.lengths)
        return oracle.resample(self.x, self.case.axes, self.case.output_size)


def _graph(function: Callable[..., Any], *arguments: tf.Tensor) -> Callable[..., Any]:
    specs = [tf.TensorSpec(argument.shape, argument.dtype) for argument in arguments]
    return tf.function(function, input_signature=specs, autograph=False).get_concrete_function()


def _channels_first(x: tf.Tensor, case: PoolCase) -> tf.Tensor:
    if case.data_format == "channels_first":
        return x
    return tf.transpose(x, [0, case.rank + 1, *range(1, case.rank + 1)])


def _back(y: tf.Tensor, case: PoolCase) -> tf.Tensor:
    if case.data_format == "channels_first":
        return y
    return tf.transpose(y, [0, *range(2, case.rank + 2), 1])
