"""Every operator of `_kernels` and its gradients, on one axis, against sums in NumPy.

There an operator is y[b, j, o] = sum of T[k, j, i] x[b, i, c] w[k, c, o] over k, i and c. T is made
from its definition, without FFTs, and the gradients are such sums again.
"""

from collections.abc import Callable
from functools import partial

import numpy as np
from numpy.typing import NDArray

from spectral_ops import _kernels
from spectral_ops._self_check import DTYPES, Pairs, fails

Array = NDArray[np.float64]

_BATCH, _N, _IN, _OUT = 2, 30, 5, 3  # x is [batch, n, in]
_TAPS, _BINS = 7, 6


def failures() -> int:
    """Prints a line for each operator and type; returns how many failed."""
    return sum(
        fails(operator, dtype, partial(pairs, dtype))
        for operator, pairs in _OPERATORS.items()
        for dtype in DTYPES
    )


def _resample(m: int, dtype: str) -> Pairs:
    bins = min(_N, m) // 2 + 1
    x, window, slope = _numbers(dtype, (_BATCH, _N, _IN), (bins,), (_BATCH, m, _IN))
    window = window.astype(_wide(dtype))
    return zip(
        (
            _kernels.resample(x, m, windows=[window]),
            _kernels.resample_adjoint(slope, _N, windows=[window]),
            _kernels.resample_window_gradient(x, slope, 0),
        ),
        _sums("bic,k->bjc", _waves(bins, m)[0], x, window, slope),
        strict=True,
    )


def _conv(dtype: str) -> Pairs:
    given = (_BATCH, _N, _IN), (_TAPS, _IN, _OUT), (_BATCH, _N, _OUT)
    x, filters, slope = _numbers(dtype, *given)
    return zip(
        (
            _kernels.conv(x, filters),
            _kernels.conv_input_gradient(x.shape, filters, slope),
            _kernels.conv_filter_gradient(x, filters.shape, slope),
        ),
        _sums("bic,kco->bjo", _shifts(), x, filters, slope),
        strict=True,
    )


def _depthwise_conv(dtype: str) -> Pairs:
    given = (_BATCH, _N, _IN), (_TAPS, _IN, _OUT), (_BATCH, _N, _IN, _OUT)
    x, filters, slope = _numbers(dtype, *given)
    flat = slope.reshape(_BATCH, _N, _IN * _OUT)
    return zip(
        (
            _kernels.conv(x, filters, groups=None).reshape(slope.shape),
            _kernels.conv_input_gradient(x.shape, filters, flat, groups=None),
            _kernels.conv_filter_gradient(x, filters.shape, flat, groups=None),
        ),
        _sums("bic,kco->bjco", _shifts(), x, filters, slope),
        strict=True,
    )


def _spectral_conv(dtype: str) -> Pairs:
    """With real and imaginary parts of the weights one after the other on the axis of k."""
    given = (_BATCH, _N, _IN), (2 * _BINS, _IN, _OUT), (_BATCH, _N, _OUT)
    x, parts, slope = _numbers(dtype, *given)
    parts = parts.astype(_wide(dtype))
    weights = parts[:_BINS] + 1j * parts[_BINS:]
    gradient = _kernels.spectral_conv_weight_gradient(x, slope, weights.shape)
    return zip(
        (
            _kernels.spectral_conv(x, weights),
            _kernels.spectral_conv_adjoint(slope, weights, _N),
            np.concatenate([gradient.real, gradient.imag]),
        ),
        _sums("bic,kco->bjo", np.concatenate(_waves(_BINS, _N)), x, parts, slope),
        strict=True,
    )


def _filter(dtype: str) -> Pairs:
    """By the same kernels: a response of its own for each channel."""
    bins = _N // 2 + 1
    x, parts, slope = _numbers(dtype, (_BATCH, _N, _IN), (2 * bins, _IN), (_BATCH, _N, _IN))
    parts = parts.astype(_wide(dtype))
    response = parts[:bins] + 1j * parts[bins:]
    gradient = _kernels.spectral_conv_weight_gradient(x, slope, response.shape)
    kept_y, spectrum = _kernels.spectral_conv_and_spectrum(x, response)
    by_x, at_once = _kernels.spectral_conv_gradients(x, response, slope, spectrum=spectrum)
    y, *gradients = _sums("bic,kc->bjc", np.concatenate(_waves(bins, _N)), x, parts, slope)
    return zip(
        (
            _kernels.spectral_conv(x, response),
            _kernels.spectral_conv_adjoint(slope, response, _N),
            np.concatenate([gradient.real, gradient.imag]),
            kept_y,
            by_x,
            np.concatenate([at_once.real, at_once.imag]),
        ),
        (y, *gradients, y, *gradients),
        strict=True,
    )


_OPERATORS: dict[str, Callable[[str], Pairs]] = {
    "pool": partial(_resample, 18),
    "resample": partial(_resample, 41),
    "conv": _conv,
    "depthwise_conv": _depthwise_conv,
    "spectral_conv": _spectral_conv,
    "filter": _filter,
}


def _numbers(dtype: str, *shapes: tuple[int, ...]) -> list[NDArray]:
    rng = np.random.default_rng(0)
    return [rng.standard_normal(shape).astype(dtype) for shape in shapes]


def _wide(dtype: str) -> str:
    return "float64" if dtype == "float64" else "float32"


def _sums(subscripts: str, t: Array, x: NDArray, w: NDArray, grad_output: NDArray) -> list[Array]:
    """The value, the gradient of x and that of w, in float64."""
    inputs, y = subscripts.split("->")
    of_x, of_w = inputs.split(",")
    return [
        np.einsum(f"kji,{a},{b}->{c}", t, *(each.astype(np.float64) for each in given))
        for a, b, c, given in (
            (of_x, of_w, y, (x, w)),
            (of_w, y, of_x, (w, grad_output)),
            (of_x, y, of_w, (x, grad_output)),
        )
    ]


def _waves(bins: int, m: int) -> tuple[Array, Array]:  # [bins, m, n] each
    """Bin k from n samples to m by a real and by an imaginary weight: docs/conventions.md, 2."""
    k, j, i = np.ogrid[:bins, :m, :_N]
    turns = k * (j * _N - i * m) % (m * _N) / (m * _N)  # exact until the division
    once = (k == 0) | (2 * k == min(_N, m))
    scale = np.where(once, 1, 2) / _N
    return scale * np.cos(2 * np.pi * turns), -scale * np.sin(2 * np.pi * turns)


def _shifts() -> Array:  # [taps, n, n]
    """Tap k of padding "same" takes output j from input i."""
    k, j, i = np.ogrid[:_TAPS, :_N, :_N]
    return (i == j + k - (_TAPS - 1) // 2).astype(np.float64)
