"""Calls of `spectral_conv` and its gradients, and what holds for each way to do them."""

from collections.abc import Callable, Sequence
from types import ModuleType
from typing import Any

import numpy as np
from samples import (
    DATA_FORMATS,
    DTYPES,
    NORMS,
    array_shape,
    lengths_of,
    pairwise,
    same_bits,
    signal,
    weights_for,
)
from tolerances import assert_close, tolerance

F32, F64 = DTYPES[:2]


def all_three(
    kernels: Any, x: np.ndarray, weights: np.ndarray, g: np.ndarray, **settings: Any
) -> list[np.ndarray]:
    """The result, and the gradients for x and the weights; at once they have the same bits."""
    sizes = [lengths_of(each, settings.get("data_format", "channels_last")) for each in (x, g)]
    three = [
        kernels.spectral_conv(x, weights, output_size=sizes[1], **settings),
        kernels.spectral_conv_adjoint(g, weights, sizes[0], **settings),
        kernels.spectral_conv_weight_gradient(x, g, weights.shape, **settings),
    ]
    n = sizes[0]
    is_filter = sizes[1] == n and weights.shape[: len(n)] == (*n[:-1], n[-1] // 2 + 1)
    if not is_filter:  # whose gradients may go another way at once
        at_once = kernels.spectral_conv_gradients(x, weights, g, **settings)
        assert all(map(same_bits, three[1:], at_once))
        assert all(map(same_bits, three, with_spectrum(kernels, x, weights, g, **settings)))
    return three


def with_spectrum(
    kernels: Any, x: np.ndarray, weights: np.ndarray, g: np.ndarray, **settings: Any
) -> list[np.ndarray]:
    """The same by a spectrum that is kept: where there is one, no more of x goes in."""
    size = lengths_of(g, settings.get("data_format", "channels_last"))
    y, spectrum = kernels.spectral_conv_and_spectrum(x, weights, output_size=size, **settings)
    given = np.full_like(x, 3) if spectrum.size else x
    gradients = kernels.spectral_conv_gradients(given, weights, g, spectrum=spectrum, **settings)
    return [y, *gradients]


def check_one_axis(
    kernels: ModuleType,
    sizes: Sequence[tuple[int, int, int]],  # samples of x, of y, bins of the weights
    channels: Sequence[tuple[int, tuple[int, ...]]],  # of x, and of the weights
    way: dict[str, Any],
    other_way: dict[str, Any],
    check_plan: Callable[[dict[str, Any], int, int], None] | None = None,  # of n and m samples
) -> None:
    """One way agrees with another in the larger type, and has the same bits for all threads."""
    cases = pairwise(sizes, channels, (1, 3), DATA_FORMATS, DTYPES, NORMS)
    for (n, m, bins), (count, mixed), batch, data_format, dtype, norm in cases:
        x = signal(0, array_shape(batch, (n,), count, data_format), dtype)
        g = signal(1, array_shape(batch, (m,), mixed[-1] if mixed else count, data_format), dtype)
        w = weights_for(2, (bins,), mixed, dtype)
        how: dict[str, Any] = dict(data_format=data_format, norm=norm)
        wide = (x.astype(F64), w.astype(np.complex128), g.astype(F64))
        exact = all_three(kernels, *wide, **how, **other_way)
        for simd in kernels.simd_targets():
            if check_plan is not None:
                plan = kernels.spectral_conv_plan(
                    x.shape,
                    w.shape,
                    output_size=m,
                    dtype=dtype.name,
                    data_format=data_format,
                    simd=simd,
                    **way,
                )
                check_plan(plan, n, m)
            ours = all_three(kernels, x, w, g, simd=simd, **how, **way)
            for each, true in zip(ours[:2], exact, strict=False):
                assert_close(each, true, dtype)
            limit = 3 * tolerance(w.real.dtype) * np.linalg.norm(exact[2])
            assert np.linalg.norm(ours[2] - exact[2]) <= limit
            for threads in (2, 5):
                again = all_three(kernels, x, w, g, simd=simd, threads=threads, **how, **way)
                assert all(map(same_bits, ours, again))


def check_neighbours(
    kernels: ModuleType, n: int, channels: int, data_format: str, error: float, **how: Any
) -> None:
    """An image has the same bits in any batch; loud and NaN ones, and channels, stay alone.

    Beside a loud or NaN channel, others change by `error` at most: 0 where no lane meets another.
    """
    x = signal(0, array_shape(33, (n,), channels, data_format), F32)
    at = (slice(None), 1) if data_format == "channels_first" else (..., 1)
    rest = (slice(None), 0) if data_format == "channels_first" else (..., 0)
    w = weights_for(1, (20,), (channels,), F32)
    how |= dict(data_format=data_format)
    for simd in kernels.simd_targets():
        y = kernels.spectral_conv(x, w, simd=simd, **how)
        for batch in (1, 2, 17):
            assert same_bits(kernels.spectral_conv(x[:batch], w, simd=simd, **how), y[:batch])
        for value in (1e9, np.nan, np.inf):
            beside = x.copy()
            beside[at] *= np.float32(value)
            beside[5] = value
            changed = np.delete(kernels.spectral_conv(beside, w, simd=simd, **how)[rest], 5, 0)
            expected = np.delete(y[rest], 5, 0)
            assert np.linalg.norm(changed - expected) <= error * np.linalg.norm(expected)
