"""Inputs that tests share."""

from collections.abc import Sequence
from itertools import combinations
from typing import Any

import ml_dtypes
import numpy as np
from oracle import window_length

DTYPES = (
    np.dtype(np.float32),
    np.dtype(np.float64),
    np.dtype(np.float16),
    np.dtype(ml_dtypes.bfloat16),
)
HALF_DTYPES = DTYPES[2:]
NORMS = ("forward", "ortho", "backward")
DATA_FORMATS = ("channels_last", "channels_first")
RULES: tuple[dict[str, str], ...] = (  # of `resample`
    {},
    {"alignment": "center"},
    {"boundary": "symmetric"},
)
TARGETS = ("scalar", "avx2", "avx512")  # for SIMD on the CPU; a machine may run but some of them

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
    ((40, 37), (51, 20)),
    ((1, 1, 1), (1, 1, 1)),
    ((4, 6, 5), (2, 3, 3)),
    ((5, 3, 8), (3, 6, 8)),
    ((3, 4, 2), (7, 2, 5)),
)

SPECTRAL_SHAPES = (  # (spatial size, modes of the weights, output size): all modes, few, one
    ((1,), (1,), (1,)),
    ((1,), (1,), (4,)),
    ((2,), (2,), (1,)),
    ((9,), (3,), (9,)),
    ((12,), (7,), (6,)),
    ((8,), (5,), (13,)),
    ((31,), (16,), (16,)),
    ((1, 7), (1, 4), (3, 1)),
    ((2, 2), (2, 2), (1, 2)),
    ((8, 8), (4, 3), (8, 8)),
    ((8, 12), (8, 7), (4, 6)),
    ((7, 5), (5, 3), (4, 4)),
    ((6, 9), (6, 5), (9, 6)),
    ((5, 4), (4, 3), (11, 8)),
    ((17, 13), (6, 4), (7, 13)),
    ((1, 1, 1), (1, 1, 1), (2, 2, 2)),
    ((4, 6, 5), (4, 3, 3), (2, 3, 3)),
    ((5, 3, 8), (4, 3, 5), (3, 6, 8)),
    ((3, 4, 2), (3, 2, 2), (7, 2, 5)),
)


def signal(seed: int, shape: Sequence[int], dtype: Any) -> np.ndarray:
    """Normal deviates about 1: whatever is averaged, the result does not cancel to noise."""
    values = 1 + np.random.default_rng(seed).standard_normal(shape)
    return np.asarray(values).astype(dtype)


def window_dtype(dtype: Any) -> np.dtype:
    """What windows must be for input of type `dtype`."""
    return np.dtype(np.float64 if np.dtype(dtype) == np.float64 else np.float32)


def windows_for(
    seed: int,
    input_size: Sequence[int],
    output_size: Sequence[int],
    dtype: Any,
    boundary: str = "periodic",
    **_: str,
) -> list[np.ndarray]:
    """One window per axis, entries between 1/2 and 3/2; the keywords are those of a rule."""
    rng = np.random.default_rng(seed)
    return [
        rng.uniform(0.5, 1.5, window_length(n, m, boundary)).astype(window_dtype(dtype))
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


def lengths_of(array: np.ndarray, data_format: str = "channels_last") -> tuple[int, ...]:
    """The spatial part of an array's shape."""
    first = 2 if data_format == "channels_first" else 1
    return array.shape[first : first + array.ndim - 2]


def same_bits(a: np.ndarray, b: np.ndarray) -> bool:
    """Equal to the last bit: tells -0.0 from 0.0, and takes a NaN for equal to itself."""
    return a.dtype == b.dtype and a.shape == b.shape and a.tobytes() == b.tobytes()


def pairwise(*factors: Sequence[Any]) -> list[tuple[Any, ...]]:
    """Rows in which each value of a factor meets each value of every other factor.

    Types, layouts, norms and windows are nearly independent, so that some pair of them shows a
    fault; a table of all their products is ten times as long. Greedy: a row begins with the first
    pair that has not met, and takes in each other column what meets most that is new there, of
    equals what has met the rest of the row least.
    """
    columns = range(len(factors))
    met = {
        ((a, i), (b, j)): 0
        for a, b in combinations(columns, 2)
        for i in range(len(factors[a]))
        for j in range(len(factors[b]))
    }
    rows = []
    while start := next((pair for pair, times in met.items() if not times), None):
        row = dict(start)
        for column in columns:
            if column not in row:
                counts = []
                for value in range(len(factors[column])):
                    pairs = [tuple(sorted((at, (column, value)))) for at in row.items()]
                    times = [met[pair] for pair in pairs]
                    counts.append((-times.count(0), sum(times), value))
                row[column] = min(counts)[2]
        for pair in combinations(sorted(row.items()), 2):
            met[pair] += 1
        rows.append(tuple(factors[column][row[column]] for column in columns))
    return rows
