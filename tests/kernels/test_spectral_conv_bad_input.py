"""Bad input to `spectral_conv` of the kernels: refused, naming the argument and what is allowed."""

from types import ModuleType

import numpy as np
import pytest
from refusals import complex_ones, ones

LONGEST = "16777216"


X = ones(2, 8, 6, 3)
W = complex_ones(4, 3, 3, 5)
CALLS = [  # (changes to a good call, error, what the message must hold)
    (dict(x=None), TypeError, (r"\bx\b", "None", "array")),
    (dict(x=[[1.0]]), TypeError, (r"\bx\b", "array")),
    (dict(x=ones(2, 3)), ValueError, (r"\bx\b", r"rank 2\b", "3 to 5")),
    (dict(x=ones(2, 3, 3, 3, 3, 3)), ValueError, (r"\bx\b", r"rank 6\b", "3 to 5")),
    (dict(x=ones(2, 8, 6, 4)), ValueError, ("weights", r"\b3\b", "input channels", r"\bx, 4\b")),
    (dict(x=ones(2, 0, 6, 3)), ValueError, (r"\bx\b", r"\b0\b", LONGEST)),
    (dict(x=ones(2, 8, 6, 3, dtype=np.int32)), TypeError, (r"\bx\b", "int32", "float32")),
    (dict(x=ones(2, 8, 6, 3, dtype=np.complex64)), TypeError, (r"\bx\b", "complex64", "float32")),
    (dict(x=ones(2, 8, 6, 3, dtype=np.float64)), TypeError, ("weights", "complex64", "complex128")),
    (dict(x=ones(2, 3, 6, 3)), ValueError, ("weights", r"\b4 modes", "axis 0", "at most 3")),
    (dict(x=ones(2, 8, 3, 3)), ValueError, ("weights", r"\b3 entries", "axis 1", "at most 2")),
    (dict(weights=None), TypeError, ("weights", "None", "array")),
    (dict(weights=ones(4, 3, 3, 5)), TypeError, ("weights", "float32", "complex64")),
    (
        dict(weights=complex_ones(4, 3, 3, 5, dtype=np.complex128)),
        TypeError,
        ("weights", "complex128", "complex64"),
    ),
    (dict(weights=complex_ones(4, 3)), ValueError, ("weights", r"rank 2\b", r"\b4\b", r"\b3\b")),
    (dict(weights=complex_ones(1, 4, 3, 3, 5)), ValueError, ("weights", r"rank 5\b")),
    (dict(weights=complex_ones(0, 3, 3, 5)), ValueError, ("weights", "0 modes", "axis 0")),
    (dict(weights=complex_ones(4, 0, 3, 5)), ValueError, ("weights", "0 modes", "axis 1")),
    (dict(weights=complex_ones(9, 3, 3, 5)), ValueError, ("weights", r"\b9\b", "at most 8")),
    (dict(weights=complex_ones(4, 5, 3, 5)), ValueError, ("weights", r"\b5\b", r"at most 4\b")),
    (dict(weights=complex_ones(4, 3, 4)), ValueError, ("weights", r"\b4 channels", r"x, 3\b")),
    (dict(modes=(5, 5)), ValueError, (r"modes\[0\]", r"\b5\b", "1 to 4")),
    (dict(modes=(4, 6)), ValueError, (r"modes\[1\]", r"\b6\b", "1 to 5")),
    (dict(modes=(0, 3)), ValueError, (r"modes\[0\]", r"\b0\b")),
    (dict(modes=(4, -1)), ValueError, (r"modes\[1\]", "-1")),
    (dict(modes=4), ValueError, ("modes", r"\b1 entries", r"\b2\b")),
    (dict(modes=(4, 3, 3)), ValueError, ("modes", r"\b3 entries", r"\b2\b")),
    (dict(modes="43"), TypeError, ("modes", "43")),
    (dict(modes=(4, 2.5)), TypeError, (r"modes\[1\]", r"2\.5")),
    (dict(output_size=8), ValueError, ("output_size", r"\b1 entries", r"\b2\b")),
    (dict(output_size=(8, 6, 4)), ValueError, ("output_size", r"\b3 entries", r"\b2\b")),
    (dict(output_size=(0, 6)), ValueError, (r"output_size\[0\]", r"\b0\b", LONGEST)),
    (dict(output_size=(8, 2**30)), ValueError, (r"output_size\[1\]", "1073741824", LONGEST)),
    (dict(output_size=(8, 10**30)), ValueError, (r"output_size\[1\]", "1" + "0" * 30)),
    (dict(output_size=(8, True)), TypeError, (r"output_size\[1\]", "True")),
    (dict(norm="none"), ValueError, ("norm", "none", "forward")),
    (dict(data_format="NHWC"), ValueError, ("data_format", "NHWC", "channels_last")),
    (dict(simd="mmx"), ValueError, ("simd", "mmx", "scalar")),
    (dict(threads=0), ValueError, ("threads", r"\b0\b")),
]


@pytest.mark.parametrize(("changes", "error", "parts"), CALLS)
def test_refused(kernels: ModuleType, changes: dict, error: type, parts: tuple[str, ...]) -> None:
    call = dict(x=X, weights=W) | changes
    x, weights = call.pop("x"), call.pop("weights")
    with pytest.raises(error) as caught:
        kernels.spectral_conv(x, weights, **call)
    for part in parts:
        assert caught.match(part)
    assert kernels.spectral_conv(X, W).shape == (2, 8, 6, 5)  # nothing was left behind


def test_modes_may_make_large_weights_fit(kernels: ModuleType) -> None:
    y = kernels.spectral_conv(X, complex_ones(20, 30, 3, 5), modes=(8, 6))
    assert y.shape == (2, 8, 6, 5)
    with pytest.raises(ValueError, match=r"modes: 9 modes on axis 0.*at most 8"):
        kernels.spectral_conv(X, complex_ones(20, 30, 3, 5), modes=(9, 6))
    with pytest.raises(ValueError, match=r"modes: 5 entries.*at most 4"):
        kernels.spectral_conv(X, complex_ones(20, 30, 3, 5), modes=(8, 8))


def test_absurd_sizes_are_refused_before_memory_is_taken(kernels: ModuleType) -> None:
    x = np.broadcast_to(np.float32(1), (1, 1, 1, 1))
    w = complex_ones(1, 1, 1, 1)
    with pytest.raises(ValueError, match="output_size"):
        kernels.spectral_conv(
            ones(1, 1, 1, 1, 1), complex_ones(1, 1, 1, 1, 1), output_size=(2**24,) * 3
        )
    assert kernels.spectral_conv(x, w, output_size=(3, 5)).shape == (1, 3, 5, 1)


def test_adjoint_refuses(kernels: ModuleType) -> None:
    grad = ones(2, 8, 6, 5)
    for changes, parts in (
        (dict(grad_output=ones(2, 8, 6, 3)), ("weights", "5 output channels", "grad_output, 3")),
        (dict(grad_output=ones(2, 0, 6, 5)), ("grad_output", r"\b0\b", LONGEST)),
        (dict(input_size=(3, 6)), ("weights", "4 modes", "at most 3")),
        (dict(input_size=(8,)), ("input_size", "1 entries")),
    ):
        call = dict(grad_output=grad, weights=W, input_size=(8, 6)) | changes
        with pytest.raises(ValueError) as caught:
            kernels.spectral_conv_adjoint(**call)
        for part in parts:
            assert caught.match(part)


def test_weight_gradient_refuses(kernels: ModuleType) -> None:
    grad = ones(2, 8, 6, 5)
    for changes, error, parts in (
        (dict(grad_output=ones(2, 8, 6, 4)), ValueError, ("weights", "5 output", "grad_output, 4")),
        (dict(grad_output=ones(3, 8, 6, 5)), ValueError, ("grad_output", r"\b3\b", "x, 2")),
        (dict(grad_output=ones(2, 8, 5)), ValueError, ("grad_output", "rank 3")),
        (dict(grad_output=grad.astype(np.float64)), TypeError, ("grad_output", "float64")),
        (dict(weights_shape=(4, 3, 2, 5)), ValueError, ("weights", "2 input", "x, 3")),
        (dict(weights_shape=(4, 3)), ValueError, ("weights", "rank 2")),
        (dict(weights_shape=(9, 3, 3, 5)), ValueError, ("weights", "9 modes", "at most 8")),
        (dict(weights_shape=(4, -3, 3, 5)), ValueError, ("weights",)),
        (dict(modes=(5, 3)), ValueError, (r"modes\[0\]", r"\b5\b", "1 to 4")),
    ):
        call = dict(x=X, grad_output=grad, weights_shape=W.shape) | changes
        with pytest.raises(error) as caught:
            kernels.spectral_conv_weight_gradient(**call)
        for part in parts:
            assert caught.match(part)
