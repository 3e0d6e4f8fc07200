"""How far a result may lie from the float64 oracle: the one table, and the two comparisons.

For the half types the oracle is given the rounded input, so that their numbers are the rounding
of the output alone.
"""

from typing import Any

import numpy as np

RELATIVE_ERROR = {"float64": 1e-14, "float32": 1e-6, "float16": 1e-3, "bfloat16": 8e-3}
PYWAVELETS = 1e-12  # of float64: PyWavelets sums in an order of its own
CONV_FLOAT32 = 2e-6  # sums over thousands of taps and channels, by any algorithm


def tolerance(dtype: Any) -> float:
    return RELATIVE_ERROR[np.dtype(dtype).name]


def conv_tolerance(dtype: Any) -> float:
    """That of `conv`, `depthwise_conv` and their gradients."""
    return CONV_FLOAT32 if np.dtype(dtype) == np.float32 else tolerance(dtype)


def relative_error(actual: np.ndarray, expected: np.ndarray) -> float:
    """The L2 norm of the difference by that of `expected`; NaN where anything is not finite."""
    expected = np.asarray(expected, np.float64)
    difference = float(np.linalg.norm((np.asarray(actual, np.float64) - expected).ravel()))
    norm = float(np.linalg.norm(expected.ravel()))
    if norm == 0:
        return 0.0 if difference == 0 else float("inf")
    return difference / norm


def assert_close(
    actual: np.ndarray,
    expected: np.ndarray,
    dtype: Any,
    *,
    factor: float = 1.0,
    allowed: float | None = None,
) -> None:
    """`actual` has type `dtype`, the shape of `expected`, and its values but for rounding.

    `allowed` stands for the tolerance of the type.
    """
    assert actual.dtype == np.dtype(dtype), f"dtype is {actual.dtype}, not {np.dtype(dtype)}"
    assert actual.shape == expected.shape, f"shape is {actual.shape}, not {expected.shape}"
    error = relative_error(actual, expected)
    allowed = factor * (tolerance(dtype) if allowed is None else allowed)
    assert error <= allowed, f"relative error {error:.2e}, allowed {allowed:.2e}"


def assert_each_close(
    actual: np.ndarray,  # [images, channels, values]
    expected: np.ndarray,  # the same, of the oracle
    noise: np.ndarray,  # [images, channels]
    allowed: float,
    *,
    where: np.ndarray | None = None,  # bool [images, channels]: which are asked; None: all
) -> None:
    """Each image, and in it each channel, is right by its own measure, whatever the others hold.

    Its error is at most `allowed` times the larger of two norms: that of what is expected of it,
    and `noise`, that which white noise of its own input's norm would give on average. The latter
    is for an input of which the map leaves next to nothing. Channels that are mixed count as one.
    """
    assert actual.shape == expected.shape, f"shape is {actual.shape}, not {expected.shape}"
    error = np.linalg.norm(np.asarray(actual, np.float64) - expected, axis=-1)
    bound = allowed * np.maximum(np.linalg.norm(expected, axis=-1), noise)
    wrong = ~(error <= bound)  # as NaN is
    if where is not None:
        wrong &= where
    if wrong.any():
        image, channel = np.argwhere(wrong)[0]
        found = f"error {error[image, channel]:.2e}, allowed {bound[image, channel]:.2e}"
        raise AssertionError(f"image {image}, channel {channel}: {found}; {wrong.sum()} such")
