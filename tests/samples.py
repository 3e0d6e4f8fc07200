"""Inputs that tests share."""

from collections.abc import Sequence
from typing import Any

import ml_dtypes
import numpy as np

DTYPES = (
    np.dtype(np.float32),
    np.dtype(np.float64),
    np.dtype(np.float16),
    np.dtype(ml_dtypes.bfloat16),
)
HALF_DTYPES = DTYPES[2:]
NORMS = ("forward", "ortho", "backward")
DATA_FORMATS = ("channels_last", "channels_first")

SHAPES = (  # (spatial size, output size): 1, 2, odd, even, prime, smaller, equal and larger
    ((1,), (1,)),
    ((1,), (6,)),
    ((2,), (1,)),
    ((2,), (2,)),
    ((9,), (4,)),
    ((8,), (13,)),
    ((31,), (16,)),
    ((1, 7), (1, 3)),
    ((2, 2), (1, 2)),
    ((8, 8), (4, 4)),
    ((8, 12), (6, 5)),
    ((7, 5), (4, 4)),
    ((6, 9), (9, 6)),
    ((5, 4), (11, 8)),
    ((17, 13), (7, 13)),
    ((1, 1, 1), (1, 1, 1)),
    ((4, 6, 5), (2, 3, 3)),
    ((5, 3, 8), (3, 6, 8)),
    ((3, 4, 2), (7, 2, 5)),
)


def signal(seed: int, shape: Sequence[int], dtype: Any) -> np.ndarray:
    """Normal deviates about 1: whatever is averaged, the result does not cancel to noise."""
    values = 1 + np.random.default_rng(seed).standard_normal(shape)
    return np.asarray(values).astype(dtype)


def window_dtype(dtype: Any) -> np.dtype:
    """What windows must be for input of type `dtype`."""
    return np.dtype(np.float64 if np.dtype(dtype) == np.float64 else np.float32)


def windows_for(
    seed: int, input_size: Sequence[int], output_size: Sequence[int], dtype: Any
) -> list[np.ndarray]:
    """One window per axis, entries between 1/2 and 3/2."""
    rng = np.random.default_rng(seed)
    return [
        rng.uniform(0.5, 1.5, min(n, m) // 2 + 1).astype(window_dtype(dtype))
        for n, m in zip(input_size, output_size, strict=True)
    ]


def weights_for(seed: int, modes: Sequence[int], channels: Sequence[int], dtype: Any) -> np.ndarray:
    """Complex normal deviates [*modes, *channels] about 1, of the type for `dtype` input."""
    rng = np.random.default_rng(seed)
    values = [rng.standard_normal((*modes, *channels)) for _ in range(2)]
    wide = np.dtype(dtype) == np.float64
    return (1 + values[0] + 1j * values[1]).astype(np.complex128 if wide else np.complex64)


def array_shape(
    batch: int, spatial: Sequence[int], channels: int, data_format: str
) -> tuple[int, ...]:
    if data_format == "channels_last":
        return (batch, *spatial, channels)
    return (batch, channels, *spatial)


def same_bits(a: np.ndarray, b: np.ndarray) -> bool:
    """Equal to the last bit: tells -0.0 from 0.0, and takes a NaN for equal to itself."""
    return a.dtype == b.dtype and a.shape == b.shape and a.tobytes() == b.tobytes()
