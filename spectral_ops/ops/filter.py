"""`filter`, and the gradients of its ops, by those of `spectral_conv` at all modes."""

from typing import Any

import tensorflow as tf

from spectral_ops import _library
from spectral_ops._arguments.filter import filter_arguments
from spectral_ops.ops._fallback import with_fallback
from spectral_ops.ops._gradient import Entries, gradient_of
from spectral_ops.ops.spectral_conv import convolve


@with_fallback
def filter(
    x: Any, response: Any, *, data_format: str = "channels_last", name: str | None = None
) -> tf.Tensor:
    """Filters `x` in the frequency domain: multiplies its spectrum by `response`.

    Equivalent to, with channels first: `irfftn(response * rfftn(x), n)`; the circular convolution
    of `x` with `irfftn(response, n)`. A response that breaks Hermitian symmetry acts by its
    Hermitian part, as in NumPy: in one dimension, the imaginary part at frequency 0 has no effect.

    Args:
      x: float [batch, *n, channels], 1, 2 or 3 spatial axes of 1 to 2**24 samples. float16 and
        bfloat16 are computed in float32. Its rank must be known.
      response: real or complex, [*n[:-1], n_last//2 + 1], shared by all channels, or
        [.., channels], one for each; the rank says which. All axes are in `numpy.fft.fftfreq`
        order but for the last, which is a half spectrum: the frequencies 0 to n_last//2. float64
        or complex128 for float64 `x`, else float32 or complex64 (with half `x` also a half type,
        cast up).
      data_format: "channels_last", or "channels_first": [batch, channels, *n].
      name: of the operation.

    Returns:
      As `x`.

    Raises:
      TypeError, ValueError: an argument that can be seen to be wrong; the message names it, its
        value and what is allowed.
      InvalidArgumentError: the same, where only the running graph can see it.

    Gradient:
      For `x` the exact adjoint, the filter of the conjugate; for `response`, in its own type, the
      exact gradient (Hermitian where the response acts by its Hermitian part), summed over the
      batch and all channels that share it; any order. In a graph on the CPU, where both are
      wanted, `filter` keeps the spectrum of `x` until then: about the memory of `x` in float32
      (float64 for float64 `x`), its channels padded to whole vectors of the processor.

    Source:
      docs/conventions.md, sections 9, 10 and 18. As a layer's global filter: Rao et al. 2021,
      arXiv:2107.00645.
    """
    arguments = filter_arguments(x, response, data_format)
    y, _ = _library.ops.spectral_ops_filter(
        x=arguments.x,
        response=arguments.response,
        S=tf.float64 if arguments.x.dtype == tf.float64 else tf.float32,
        data_format=data_format,
        # Outside of a graph nobody knows whether a gradient will want it.
        keeps=not tf.executing_eagerly(),
        name=name,
    )
    return y


def _both_gradients(
    inputs: Any, outputs: Any, grad_output: tf.Tensor, _: Any, data_format: str
) -> list[tf.Tensor]:
    """At once, for both need the spectrum of `grad_output`; and the one of `x` may be there."""
    x, response = inputs
    return list(
        _library.ops.spectral_ops_filter_gradients(
            x=x,
            response=response,
            grad_output=grad_output,
            spectrum=outputs[1],
            data_format=data_format,
        )
    )


@gradient_of("SpectralOps>Filter", "data_format", at_once=_both_gradients)
def _filter_gradient(inputs: Any, grad_output: tf.Tensor, _: Any, data_format: str) -> Entries:
    """<g, F(x, h)> = <A(g, h), x> = <G(x, g), h>."""
    x, response = inputs
    attributes = _attributes(data_format)
    return (
        lambda: convolve(grad_output, response, x, adjoint=True, whole=True, **attributes),
        lambda: _response_gradient(x, grad_output, response, **attributes),
    )


@gradient_of("SpectralOps>FilterGradients", "data_format")
def _filter_gradients_gradient(
    inputs: Any, v: tf.Tensor, weight: tf.Tensor, data_format: str
) -> Entries:
    """<v, A(g, h)> + <w, G(x, g)> = <A(g, w), x> + <G(v, g), h> + <F(v, h) + F(x, w), g>."""
    x, response, grad_output, _ = inputs
    attributes = _attributes(data_format)

    def by_grad_output() -> tf.Tensor:
        parts = ((v, response), (x, weight))
        return tf.add(*(convolve(*each, x, adjoint=False, **attributes) for each in parts))

    return (
        lambda: convolve(grad_output, weight, x, adjoint=True, **attributes),
        lambda: _response_gradient(v, grad_output, response, **attributes),
        by_grad_output,
        None,  # a spectrum only saves time: x has its part of the gradient
    )


def _attributes(data_format: str) -> dict[str, Any]:
    return dict(modes=(), norm="forward", data_format=data_format)


def _response_gradient(
    x: tf.Tensor, grad_output: tf.Tensor, response: tf.Tensor, **attributes: Any
) -> tf.Tensor:
    return _library.ops.spectral_ops_spectral_conv_weight_gradient(
        x=x,
        grad_output=grad_output,
        weights_shape=tf.shape(response),
        W=response.dtype,
        **attributes,
    )
