"""`spectral_conv`, and the gradients of its ops."""

from typing import Any

import tensorflow as tf

from spectral_ops import _library
from spectral_ops._arguments.common import dynamic_lengths
from spectral_ops._arguments.spectral_conv import (
    kept_weights,
    spectral_conv_arguments,
    spectral_conv_output_shape,
)
from spectral_ops.ops._fallback import with_fallback
from spectral_ops.ops._gradient import Entries, gradient_of

_ATTRIBUTES = ("modes", "norm", "data_format")


@with_fallback
def spectral_conv(
    x: Any,
    weights: Any,
    *,
    modes: Any = None,
    output_size: Any = None,
    norm: str = "forward",
    data_format: str = "channels_last",
    name: str | None = None,
) -> tf.Tensor:
    """Mixes the channels of the low Fourier modes of `x`: the layer of Fourier neural operators.

    Equivalent to, at the input's own size (h, w) and channels first:
    `irfft2(pad(einsum("bihw,hwio->bohw", crop(rfft2(x)), weights)), (h, w))`, `crop` keeping the
    frequencies that `weights` has; and `spectral_conv(x, weights, output_size=size)` is
    `resample(spectral_conv(x, weights), size)`, in one pass: nothing of the input's size is
    transformed back.

    Weights that break Hermitian symmetry act by their Hermitian part: in one dimension, the
    imaginary part at frequency 0 has no effect.

    Args:
      x: float [batch, *spatial, in], 1, 2 or 3 spatial axes of 1 to 2**24 samples. float16 and
        bfloat16 are computed in float32.
      weights: complex128 for float64 `x`, else complex64; dense [*modes, in, out], separable
        [*modes, channels], each channel by itself, or [*modes], shared by all channels, each by
        itself. Its mode axes are in `numpy.fft.fftfreq` order but for the last, which is a half
        spectrum: the frequencies 0, 1, .. of modes//2 + 1 entries. Or the same as real pairs
        [.., 2], real and imaginary parts last: float64 for float64 `x`, else float32 (with half
        `x` also a half type, cast up). Keras' optimizers are wrong on complex variables, so keep
        pairs there.
      modes: None for all that `weights` has; an int for one axis, ints or an int tensor for each:
        restricts the weights to so many low modes, modes//2 + 1 entries of the last axis. The
        others act as zeros, and their gradient is zero. So do those that `x` is too coarse for:
        n samples keep min(modes, n), and weights serve at any resolution.
      output_size: samples per spatial axis of the result, smaller or larger than `x`: an int for
        one axis, a sequence of ints, or an int tensor whose length is known. None: the size of
        `x`.
      norm: that of `resample`, where the size changes: "forward" (a constant keeps its value),
        "ortho" or "backward". It makes no difference where it does not.
      data_format: "channels_last", or "channels_first": [batch, channels, *spatial].
      name: of the operation.

    Returns:
      As `x`, of `output_size` samples and `out` channels.

    Raises:
      TypeError, ValueError: an argument that can be seen to be wrong; the message names it, its
        value and what is allowed.
      InvalidArgumentError: the same, where only the running graph can see it.

    Gradient:
      For `x` the exact adjoint, for `weights` the exact gradient (Hermitian where the weights act
      by their Hermitian part), summed over all that share them; any order. In a graph on the CPU,
      where both are wanted, the spectrum of `x` is kept until then: of dense weights its modes in
      float32 (float64 for float64 `x`), channels padded to whole vectors of the processor; of
      others only where they are a filter, or a single axis is long.

    Source:
      Li et al. 2020, arXiv:2010.08895, section 4. With a change of resolution it differs from
      neuraloperator's SpectralConv, whose negative frequencies then fall on wrong bins.
    """
    arguments = spectral_conv_arguments(x, weights, modes, output_size, norm, data_format)
    kept, counts = kept_weights(arguments)
    y = _convolve(
        arguments.x,
        kept,
        arguments.output_size,
        modes=counts,
        norm=norm,
        data_format=data_format,
        adjoint=False,
        # Outside of a graph nobody knows whether a gradient will want it.
        keeps=not tf.executing_eagerly(),
        name=name,
    )
    y.set_shape(spectral_conv_output_shape(arguments))
    return y


def convolve(
    x: tf.Tensor, weights: tf.Tensor, like: tf.Tensor, *, data_format: str, **attributes: Any
) -> tf.Tensor:
    """The op, forward or the adjoint in x, at the size of `like`."""
    size = dynamic_lengths(like, data_format)
    return _convolve(x, weights, size, data_format=data_format, **attributes)


def _convolve(x: tf.Tensor, weights: tf.Tensor, output_size: Any, **attributes: Any) -> tf.Tensor:
    y, _ = _library.ops.spectral_ops_spectral_conv(
        x=x,
        weights=weights,
        output_size=output_size,
        **attributes,
    )
    return y


def _weight_gradient(
    x: tf.Tensor, grad_output: tf.Tensor, weights: tf.Tensor, **attributes: Any
) -> tf.Tensor:
    return _library.ops.spectral_ops_spectral_conv_weight_gradient(
        x=x,
        grad_output=grad_output,
        weights_shape=tf.shape(weights),
        W=weights.dtype,
        **attributes,
    )


def _both_gradients(
    inputs: Any, outputs: Any, grad_output: tf.Tensor, _: Any, adjoint: bool, **attributes: Any
) -> list[tf.Tensor | None] | None:
    """At once, for both need the spectrum of `grad_output`; and the one of `x` may be there."""
    if adjoint:
        return None
    x, weights, _ = inputs
    both = _library.ops.spectral_ops_spectral_conv_gradients(
        x=x, weights=weights, grad_output=grad_output, spectrum=outputs[1], **attributes
    )
    return [*both, None]


@gradient_of("SpectralOps>SpectralConv", "adjoint", "whole", *_ATTRIBUTES, at_once=_both_gradients)
def _spectral_conv_gradient(
    inputs: Any, grad_output: tf.Tensor, _: Any, adjoint: bool, whole: bool, **attributes: Any
) -> Entries:
    """With F forward, A its adjoint, G the weight gradient: <g, F(x, w)> = <A(g, w), x>."""
    x, weights, _ = inputs
    analyzed, synthesized = (grad_output, x) if adjoint else (x, grad_output)
    return (
        lambda: convolve(grad_output, weights, x, adjoint=not adjoint, whole=whole, **attributes),
        lambda: _weight_gradient(analyzed, synthesized, weights, **attributes),
        None,
    )


@gradient_of("SpectralOps>SpectralConvGradients", "whole", *_ATTRIBUTES)
def _both_gradients_gradient(
    inputs: Any, v: tf.Tensor, u: tf.Tensor, whole: bool, **attributes: Any
) -> Entries:
    """<v, A(g, w)> + <u, G(x, g)> = <A(g, u), x> + <G(v, g), w> + <F(v, w) + F(x, u), g>."""
    x, weights, grad_output, _ = inputs

    def by_grad_output() -> tf.Tensor:
        parts = ((v, weights), (x, u))
        return tf.add(
            *(
                convolve(*each, grad_output, adjoint=False, whole=whole, **attributes)
                for each in parts
            )
        )

    return (
        lambda: convolve(grad_output, u, x, adjoint=True, whole=whole, **attributes),
        lambda: _weight_gradient(v, grad_output, weights, **attributes),
        by_grad_output,
        None,  # a spectrum only saves time: x has its part of the gradient
    )


@gradient_of("SpectralOps>SpectralConvWeightGradient", *_ATTRIBUTES)
def _weight_gradient_gradient(inputs: Any, weight: tf.Tensor, **attributes: Any) -> Entries:
    """<v, G(x, g)> = <g, F(x, v)>, with `weight` for v."""
    x, grad_output, _ = inputs
    return (
        lambda: convolve(grad_output, weight, x, adjoint=True, **attributes),
        lambda: convolve(x, weight, grad_output, adjoint=False, **attributes),
        None,
    )
