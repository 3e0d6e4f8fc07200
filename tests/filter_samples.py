"""Responses of filters, and the gradient by one."""

import math
from typing import Any

import numpy as np
from samples import DTYPES, weights_for

F64 = DTYPES[1]


def response_for(n: tuple[int, ...], channels: tuple[int, ...], dtype: Any) -> np.ndarray:
    """Complex, and nowhere Hermitian."""
    return weights_for(2, (*n[:-1], n[-1] // 2 + 1), channels, dtype)


def slope_for(x: np.ndarray, g: np.ndarray, shared: bool, data_format: str) -> np.ndarray:
    """(c/n) sum conj(rfftn(x)) rfftn(g), docs/conventions.md, section 18."""
    x, g = (each.astype(F64) for each in (x, g))
    if data_format == "channels_first":
        x, g = (np.moveaxis(each, 1, -1) for each in (x, g))
    n = x.shape[1:-1]
    axes = range(1, x.ndim - 1)
    product = np.sum(np.fft.rfftn(x, axes=axes).conj() * np.fft.rfftn(g, axes=axes), 0)
    count = np.full((n[-1] // 2 + 1, 1), 2.0)
    count[0] = 1
    if n[-1] % 2 == 0:
        count[-1] = 1
    product *= count / math.prod(n)
    return product.sum(-1) if shared else product
