"""Bad input to `spectral_conv` of the kernels: refused, naming the argument and what is allowed."""

from types import ModuleType
from typing import Any

import numpy as np
import pytest
from bad_calls import GOOD_SPECTRAL, LARGE, LARGE_MODES, LONGEST, MANY_MODES, SPECTRAL
from refusals import check_all_refused, complex_ones, ones

X, W = GOOD_SPECTRAL["x"], GOOD_SPECTRAL["weights"]
GRAD = ones(2, 8, 6, 5)
ONLY_HERE = [
    (dict(x=[[1.0]]), TypeError, (r"\bx\b", "array")),
    (dict(modes=(4, 2.5)), TypeError, (r"modes\[1\]", r"2\.5")),
    (dict(output_size=(8, True)), TypeError, (r"output_size\[1\]", "True")),
    (dict(simd="mmx"), ValueError, ("simd", "mmx", "scalar")),
    (dict(threads=0), ValueError, ("threads", r"\b0\b")),
]
ADJOINT = [
    (dict(grad_output=ones(2, 8, 6, 3)), ValueError, ("weights", "5 output", "grad_output, 3")),
    (dict(grad_output=ones(2, 0, 6, 5)), ValueError, ("grad_output", r"\b0\b", LONGEST)),
    (dict(input_size=(3, 6)), ValueError, ("weights", "4 modes", "at most 3")),
    (dict(input_size=(8,)), ValueError, ("input_size", "1 entries")),
]
WEIGHT_GRADIENT = [
    (dict(grad_output=ones(2, 8, 6, 4)), ValueError, ("weights", "5 output", "grad_output, 4")),
    (dict(grad_output=ones(3, 8, 6, 5)), ValueError, ("grad_output", r"\b3\b", "x, 2")),
    (dict(grad_output=ones(2, 8, 5)), ValueError, ("grad_output", "rank 3")),
    (dict(grad_output=GRAD.astype(np.float64)), TypeError, ("grad_output", "float64")),
    (dict(weights_shape=(4, 3, 2, 5)), ValueError, ("weights", "2 input", "x, 3")),
    (dict(weights_shape=(4,)), ValueError, ("weights", "rank 1", r"2, \[\*modes\]")),
    (dict(weights_shape=(4, 3)), ValueError, ("grad_output", "5 channels", "x, 3")),
    (dict(weights_shape=(9, 3, 3, 5)), ValueError, ("weights", "9 modes", "at most 8")),
    (dict(weights_shape=(4, -3, 3, 5)), ValueError, ("weights",)),
    (dict(modes=(5, 3)), ValueError, (r"modes\[0\]", r"\b5\b", "1 to 4")),
]
GRADIENTS = [
    *WEIGHT_GRADIENT[:4],
    (dict(weights=complex_ones(4, 3, 2, 5)), ValueError, ("weights", "2 input", "x, 3")),
    (dict(weights=complex_ones(4)), ValueError, ("weights", "rank 1", r"2, \[\*modes\]")),
    (dict(weights=complex_ones(9, 3, 3, 5)), ValueError, ("weights", "9 modes", "at most 8")),
    (dict(weights=ones(4, 3, 3, 5)), TypeError, ("weights", "complex64")),
    (dict(modes=(5, 3)), ValueError, (r"modes\[0\]", r"\b5\b", "1 to 4")),
    (dict(x=ones(2, 6)), ValueError, (r"\bx\b", "rank 2")),
    (dict(data_format="NHWC"), ValueError, ("data_format", "NHWC")),
    (dict(norm="max"), ValueError, ("norm", "max")),
    (dict(spectrum=np.zeros(0)), TypeError, ("spectrum", "float64", "float32")),
    (dict(spectrum=[0.0]), TypeError, ("spectrum", "NumPy array")),
]


def test_refused(kernels: ModuleType) -> None:
    check_all_refused(kernels.spectral_conv, GOOD_SPECTRAL, SPECTRAL + MANY_MODES + ONLY_HERE)
    good = dict(grad_output=GRAD, weights=W, input_size=(8, 6))
    check_all_refused(kernels.spectral_conv_adjoint, good, ADJOINT)
    good = dict(x=X, grad_output=GRAD, weights_shape=W.shape)
    check_all_refused(kernels.spectral_conv_weight_gradient, good, WEIGHT_GRADIENT)
    good = dict(x=X, weights=W, grad_output=GRAD)
    check_all_refused(kernels.spectral_conv_gradients, good, GRADIENTS)
    table = SPECTRAL + ONLY_HERE
    check_all_refused(kernels.spectral_conv_and_spectrum, GOOD_SPECTRAL, table)
    assert kernels.spectral_conv(X, W).shape == (2, 8, 6, 5)  # nothing was left behind


def test_on_a_gpu(gpu: Any) -> None:
    table = [
        (dict(weights=W.astype(np.complex128)), TypeError, ("weights",)),
        (dict(weights=complex_ones(9, 3, 3, 5)), ValueError, ("weights",)),
        (dict(output_size=(0, 4)), ValueError, ("output_size",)),
    ]

    def spectral_conv(x: np.ndarray, weights: np.ndarray, **settings: Any) -> Any:
        return gpu.spectral_conv(x, weights, **settings)

    check_all_refused(spectral_conv, GOOD_SPECTRAL, table)


def test_modes_may_make_large_weights_fit(kernels: ModuleType) -> None:
    assert kernels.spectral_conv(X, LARGE, modes=(8, 6)).shape == (2, 8, 6, 5)
    check_all_refused(kernels.spectral_conv, dict(x=X, weights=LARGE), LARGE_MODES)


def test_absurd_sizes_are_refused_before_memory_is_taken(kernels: ModuleType) -> None:
    x, weights = ones(1, 1, 1, 1, 1), complex_ones(1, 1, 1, 1, 1)
    with pytest.raises(ValueError, match="output_size"):
        kernels.spectral_conv(x, weights, output_size=(2**24,) * 3)
    x, weights = np.broadcast_to(np.float32(1), (1, 1, 1, 1)), complex_ones(1, 1, 1, 1)
    assert kernels.spectral_conv(x, weights, output_size=(3, 5)).shape == (1, 3, 5, 1)
