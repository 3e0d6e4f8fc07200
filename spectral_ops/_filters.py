"""Filters from spectra and back, in plain TensorFlow: small matrices, one for each axis.

There is one implementation: it is as exact and as fast as these few numbers need.
"""

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from spectral_ops._arguments.common import HALF_DTYPES, as_ints, as_tensor, one_of

_FORMS = ("packed", "complex", "pairs")
_COMPLEX = {tf.float32: tf.complex64, tf.float64: tf.complex128}
_REAL = {tf.complex64: tf.float32, tf.complex128: tf.float64}


def filters_from_spectrum(spectrum: Any, kernel_size: Any) -> tf.Tensor:
    """Filters of a convolution from a learnable spectrum: Rippel's spectral parametrization.

    Equivalent to, for a complex spectrum: `irfftn(spectrum, kernel_size, axes, norm="ortho")` over
    the leading axes, tap 0 first. The map is an isometry of the packed form, so that a gradient
    step and an initializer's variance are the same in either domain.

    Args:
      spectrum: in one of three forms, told apart by type and rank, for K = prod(kernel_size). Half
        types are cast up to float32.
        packed: float [*kernel_size, in, out], exactly the K degrees of freedom of a real filter. On
          each axis of k taps the numbers X[0], sqrt(2) Re X[1], sqrt(2) Im X[1], .. and, for even
          k, X[k/2] of the unitary transform X.
        complex: [*kernel_size[:-1], kernel_size[-1]//2 + 1, in, out], a half spectrum. It holds
          more numbers than a filter has: prod(kernel_size[:-1]) too many, twice as many for an even
          last axis, all in the bins 0 and k/2 of the last axis, where its Hermitian part acts.
        pairs: the same as float [.., 2], real and imaginary parts last.
      kernel_size: taps on each spatial axis, an int or 1 to 3 of them.

    Returns: float32, or float64 as the spectrum, [*kernel_size, in, out]: filters for `conv` or,
      with channels and multiplier last, for `depthwise_conv`: both take them with half `x`, too.

    Raises:
      TypeError, ValueError: an argument that is known to be wrong.

    Gradient: TensorFlow's, of any order.

    Source: Rippel, Snoek & Adams 2015, arXiv:1506.03767, section 5.
    """
    sizes = _as_sizes(kernel_size)
    spectrum = _wide(as_tensor("spectrum", spectrum, (*_COMPLEX, *_REAL, *HALF_DTYPES)))
    rank = len(sizes)
    half = [*sizes[:-1], sizes[-1] // 2 + 1]
    if spectrum.dtype in _REAL:
        _check_shape("spectrum", spectrum, [*half, None, None])
        return _from_half(spectrum, sizes)
    if spectrum.shape.rank == rank + 3:
        _check_shape("spectrum", spectrum, [*half, None, None, 2])
        return _from_half(tf.complex(*tf.unstack(spectrum, 2, axis=-1)), sizes)
    _check_shape("spectrum", spectrum, [*sizes, None, None])
    return _each_axis(spectrum, sizes, lambda k: _real_basis(k).T)


def spectrum_from_filters(filters: Any, *, form: str = "packed") -> tf.Tensor:
    """The spectrum that `filters_from_spectrum` makes these filters of: for initialization.

    A spectral layer whose spectrum comes from an ordinary initializer's filters starts exactly
    where that initializer would.

    Equivalent to, for form="complex": `rfftn(filters, axes, norm="ortho")` over the leading axes.

    Args:
      filters: float [*kernel_size, in, out], 1 to 3 spatial axes; half types are cast up to
        float32.
      form: "packed", "complex" or "pairs", as `filters_from_spectrum` describes them.

    Returns: the spectrum in that form.

    Raises:
      TypeError, ValueError: an argument that is known to be wrong.

    Gradient: TensorFlow's, of any order.

    Source: Rippel, Snoek & Adams 2015, arXiv:1506.03767, section 5.
    """
    one_of("form", form, _FORMS)
    filters = _wide(as_tensor("filters", filters, (*_COMPLEX, *HALF_DTYPES)))
    shape = filters.shape
    if shape.rank not in (3, 4, 5) or None in shape.as_list()[:-2]:
        raise ValueError(
            f"filters: shape {shape}; allowed: [*kernel_size, in, out] with 1 to 3 axes of known "
            "length"
        )
    sizes = _as_sizes(shape.as_list()[:-2], "filters")
    if form == "packed":
        return _each_axis(filters, sizes, _real_basis)
    spectrum = tf.cast(filters, _COMPLEX[filters.dtype])
    spectrum = _each_axis(spectrum, sizes, lambda k: _waves(k).conj())
    spectrum = tf.gather(spectrum, range(sizes[-1] // 2 + 1), axis=len(sizes) - 1)
    if form == "complex":
        return spectrum
    return tf.stack([tf.math.real(spectrum), tf.math.imag(spectrum)], -1)


def _wide(tensor: tf.Tensor) -> tf.Tensor:
    return tf.cast(tensor, tf.float32) if tensor.dtype in HALF_DTYPES else tensor


def _from_half(spectrum: tf.Tensor, sizes: list[int]) -> tf.Tensor:
    """The real part of what the bins kept make, those with a mirror counted twice."""
    *_, last = sizes
    k = np.arange(last // 2 + 1)
    twice = np.where((k == 0) | (2 * k == last), 1, 2)
    matrices = [_waves(size) for size in sizes[:-1]] + [_waves(last)[:, k] * twice]
    filters = spectrum
    for axis, matrix in enumerate(matrices):
        filters = _apply(matrix, filters, axis)
    return tf.math.real(filters)


def _waves(k: int) -> NDArray[Any]:  # complex [k, k]
    """exp(2 pi i j f / k) / sqrt(k) at [j, f]."""
    j = np.arange(k)
    waves: NDArray[Any] = np.exp(2j * np.pi * (np.outer(j, j) % k) / k) / math.sqrt(k)
    return waves


def _real_basis(k: int) -> NDArray[np.float64]:  # [k, k], orthogonal
    """Rows 1/sqrt(k), then sqrt(2/k) cos and -sin of each frequency, then (-1)^j/sqrt(k)."""
    waves = _waves(k)
    rows: list[NDArray[Any]] = [waves[:, 0].real]
    for f in range(1, (k + 1) // 2):
        rows += [math.sqrt(2) * waves[:, f].real, -math.sqrt(2) * waves[:, f].imag]
    if k % 2 == 0:
        rows.append(waves[:, k // 2].real)
    basis: NDArray[np.float64] = np.stack(rows)
    return basis


def _each_axis(x: tf.Tensor, sizes: list[int], matrix: Callable[[int], NDArray[Any]]) -> tf.Tensor:
    for axis, size in enumerate(sizes):
        x = _apply(matrix(size), x, axis)
    return x


def _apply(matrix: NDArray[Any], x: tf.Tensor, axis: int) -> tf.Tensor:
    product = tf.tensordot(tf.constant(matrix, x.dtype), x, ([1], [axis]))
    order = list(range(1, x.shape.rank))
    return tf.transpose(product, [*order[:axis], 0, *order[axis:]])


def _as_sizes(kernel_size: Any, name: str = "kernel_size") -> list[int]:
    allowed = "allowed: an int or 1 to 3 ints, each from 1 to 4096"
    sizes = as_ints(kernel_size)
    if sizes is None:
        raise TypeError(f"{name}: {kernel_size!r} is not a size; {allowed}")
    if not 1 <= len(sizes) <= 3 or not all(1 <= size <= 4096 for size in sizes):
        raise ValueError(f"{name}: {kernel_size!r}; {allowed}")
    return sizes


def _check_shape(name: str, tensor: tf.Tensor, wanted: list[int | None]) -> None:
    if not tensor.shape.is_compatible_with(tf.TensorShape(wanted)) or tensor.shape.rank is None:
        text = ", ".join("any" if size is None else str(size) for size in wanted)
        raise ValueError(
            f"{name}: shape {tensor.shape}; allowed with this kernel_size and type: [{text}]"
        )
