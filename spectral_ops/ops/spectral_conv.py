"""`spectral_conv`, and the gradients of its ops."""

from typing import Any

import tensorflow as tf

from spectral_ops import _arguments, _library
from spectral_ops.ops._fallback import with_fallback


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
      weights: complex128 for float64 `x`, else complex64; dense [*modes, in, out], or separable
        [*modes, channels], each channel by itself. Its mode axes are in `numpy.fft.fftfreq` order
        but for the last, which is a half spectrum: the frequencies 0, 1, .. of modes//2 + 1
        entries. No axis has more modes than that of `x` (the last: length//2 + 1 entries).
      modes: None for all that `weights` has; an int for one axis, or ints for each: restricts the
        weights to so many low modes, modes//2 + 1 entries of the last axis. The others act as
        zeros, and their gradient is zero.
      output_size: samples per spatial axis of the result, smaller or larger than `x`: an int for
        one axis, a sequence of ints, or an int32 or int64 tensor whose length is known. None: the
        size of `x`.
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
      by their Hermitian part); any order.

    Source:
      Li et al. 2020, arXiv:2010.08895, section 4. With a change of resolution it differs from
      neuraloperator's SpectralConv, whose negative frequencies then fall on wrong bins.
    """
    arguments = _arguments.spectral_conv_arguments(
        x, weights, modes, output_size, norm, data_format
    )
    y = _library.ops.spectral_ops_spectral_conv(
        x=arguments.x,
        weights=arguments.weights,
        output_size=arguments.output_size,
        modes=arguments.modes,
        norm=norm,
        data_format=data_format,
        adjoint=False,
        name=name,
    )
    y.set_shape(_arguments.spectral_conv_output_shape(arguments))
    return y


class _Maps:
    """The three maps of one call, each linear in both of its tensors."""

    def __init__(self, op: Any) -> None:
        self._modes = list(op.get_attr("modes"))
        self._norm = op.get_attr("norm").decode()
        self._data_format = op.get_attr("data_format").decode()

    def size(self, signal: tf.Tensor) -> tf.Tensor:  # [rank]
        """The spatial lengths of `signal`."""
        first = 1 if self._data_format == "channels_last" else 2
        return tf.shape(signal)[first : first + signal.shape.rank - 2]

    def convolve(
        self, x: tf.Tensor, weights: tf.Tensor, like: tf.Tensor, *, adjoint: bool
    ) -> tf.Tensor:
        """Forward or the adjoint in x, at the size of `like`, which has the result's shape."""
        y = _library.ops.spectral_ops_spectral_conv(
            x=x,
            weights=weights,
            output_size=self.size(like),
            modes=self._modes,
            norm=self._norm,
            data_format=self._data_format,
            adjoint=adjoint,
        )
        y.set_shape(like.shape)
        return y

    def weight_gradient(
        self, x: tf.Tensor, grad_output: tf.Tensor, weights: tf.Tensor
    ) -> tf.Tensor:
        """The gradient of <grad_output, forward(x, weights)> by `weights`."""
        gradient = _library.ops.spectral_ops_spectral_conv_weight_gradient(
            x=x,
            grad_output=grad_output,
            weights_shape=tf.shape(weights),
            W=weights.dtype,
            modes=self._modes,
            norm=self._norm,
            data_format=self._data_format,
        )
        gradient.set_shape(weights.shape)
        return gradient


def _skipped(op: Any) -> Any:
    """The inputs whose gradient nobody wants, where that is known."""
    return getattr(op, "skip_input_indices", None) or ()


def _spectral_conv_gradient(op: Any, upstream: tf.Tensor) -> list[tf.Tensor | None]:
    """With F forward, A its adjoint, G the weight gradient: <g, F(x, w)> = <A(g, w), x>."""
    x, weights, _ = op.inputs
    maps = _Maps(op)
    adjoint = op.get_attr("adjoint")
    skipped = _skipped(op)
    grad_x = grad_weights = None
    if 0 not in skipped:
        grad_x = maps.convolve(upstream, weights, x, adjoint=not adjoint)
    if 1 not in skipped:
        signals = (upstream, x) if adjoint else (x, upstream)
        grad_weights = maps.weight_gradient(*signals, weights)
    return [grad_x, grad_weights, None]


def _weight_gradient_gradient(op: Any, upstream: tf.Tensor) -> list[tf.Tensor | None]:
    """<v, G(x, g)> = <g, F(x, v)>, with `upstream` for the weights v."""
    x, grad_output, _ = op.inputs
    maps = _Maps(op)
    skipped = _skipped(op)
    grad_x = grad_grad = None
    if 0 not in skipped:
        grad_x = maps.convolve(grad_output, upstream, x, adjoint=True)
    if 1 not in skipped:
        grad_grad = maps.convolve(x, upstream, grad_output, adjoint=False)
    return [grad_x, grad_grad, None]


_library.register_gradient("SpectralOps>SpectralConv", _spectral_conv_gradient)
_library.register_gradient("SpectralOps>SpectralConvWeightGradient", _weight_gradient_gradient)
