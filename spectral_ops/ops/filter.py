"""`filter`: `spectral_conv` at all modes."""

from typing import Any

import tensorflow as tf

from spectral_ops._arguments.filter import filter_arguments
from spectral_ops.ops._fallback import with_fallback
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
    return convolve(
        arguments.x,
        arguments.response,
        arguments.x,
        adjoint=False,
        whole=True,
        modes=(),
        norm="forward",
        data_format=data_format,
        # Outside of a graph nobody knows whether a gradient will want it.
        keeps=not tf.executing_eagerly(),
        name=name,
    )
