"""`spectral_conv` of the kernels at all modes and its own size: a filter."""

import math
from types import ModuleType
from typing import Any

import numpy as np
import oracle
import pytest
from filter_samples import response_for, slope_for
from samples import (
    DATA_FORMATS,
    DTYPES,
    array_shape,
    lengths_of,
    pairwise,
    same_bits,
    signal,
)
from spectral_conv_samples import with_spectrum
from tolerances import assert_close, tolerance

F32, F64 = DTYPES[:2]
LENGTHS = (  # 1, 2, odd, even, with large radices, Rader's and chirps
    (1,),
    (2,),
    (9,),
    (12,),
    (1009,),
    (1, 1),
    (1, 7),
    (2, 2),
    (16, 1),
    (17, 2),
    (20, 24),
    (33, 37),
    (14, 103),
    (218, 5),
    (1, 1, 1),
    (9, 1, 20),
    (4, 6, 5),
    (5, 18, 16),
)
SIGNALS = ((14000,), (13007,), (13122,))  # long enough for samples as lanes
CHANNELS = (1, 2, 3, 8, 9, 16, 17, 33)
FFT = 0.0


def all_of(
    kernels: ModuleType, x: np.ndarray, response: np.ndarray, g: np.ndarray, **settings: Any
) -> list[np.ndarray]:
    """The values, the gradients, these at once, and all with a spectrum that is kept."""
    size = lengths_of(x, settings.get("data_format", "channels_last"))
    return [
        kernels.spectral_conv(x, response, **settings),
        kernels.spectral_conv_adjoint(g, response, size, **settings),
        kernels.spectral_conv_weight_gradient(x, g, response.shape, **settings),
        *kernels.spectral_conv_gradients(x, response, g, **settings),
        *with_spectrum(kernels, x, response, g, **settings),
    ]


def test_matches_definition(kernels: ModuleType) -> None:
    """Values, gradients, and the same bits for every number of threads."""
    cases = pairwise(LENGTHS, CHANNELS, (1, 2, 33), DATA_FORMATS, DTYPES, (False, True))
    long = pairwise(SIGNALS, (1, 2, 3), (1, 3), DATA_FORMATS, DTYPES, (False, True))
    for n, channels, batch, data_format, dtype, shared in cases + long:
        x = signal(0, array_shape(batch, n, channels, data_format), dtype)
        g = signal(1, x.shape, dtype)
        response = response_for(n, () if shared else (channels,), dtype)
        slope = slope_for(x, g, shared, data_format)
        settings: dict[str, Any] = dict(data_format=data_format, fft_cost=FFT)
        for simd in kernels.simd_targets():
            first = all_of(kernels, x, response, g, simd=simd, **settings)
            assert_close(first[0], oracle.filter(x, response, data_format=data_format), dtype)
            conjugate = oracle.filter(g, response.conj(), data_format=data_format)
            assert_close(first[1], conjugate, dtype)
            limit = 3 * tolerance(response.real.dtype) * np.linalg.norm(slope)
            assert np.linalg.norm(first[2] - slope) <= limit
            assert all(map(same_bits, first[1:3], first[3:5]))
            assert all(map(same_bits, first[:3], first[5:]))
            for threads in (2, 7):
                again = all_of(kernels, x, response, g, simd=simd, threads=threads, **settings)
                assert all(map(same_bits, first, again))


def test_gradients_at_once_where_a_matrix_is_better(kernels: ModuleType) -> None:
    """Axes that a filter takes by their matrices; together with the sums, their FFTs are better."""
    x, g = (signal(seed, (2, 13, 29, 33), F32) for seed in (0, 1))
    for channels in ((), (33,)):
        response = response_for((13, 29), channels, F32)
        for simd in kernels.simd_targets():
            settings: dict[str, Any] = dict(simd=simd, fft_cost=math.inf)
            by_x, slope = kernels.spectral_conv_gradients(x, response, g, **settings)
            assert_close(by_x, oracle.filter(g, response.conj()), F32)
            exact = slope_for(x, g, not channels, "channels_last")
            assert np.linalg.norm(slope - exact) <= 3e-6 * np.linalg.norm(exact)


def test_a_spectrum_is_kept(kernels: ModuleType) -> None:
    """As many numbers as bins need, by FFTs where a matrix is better, too; none without an x."""
    for n, channels, data_format in (
        ((20, 24), 17, "channels_last"),
        ((20, 24), 3, "channels_first"),
        ((9, 8, 10), 2, "channels_last"),
        ((300,), 20, "channels_last"),
        ((14000,), 2, "channels_last"),
    ):
        x = signal(0, array_shape(2, n, channels, data_format), F32)
        response = response_for(n, (channels,), F32)
        for simd in kernels.simd_targets():
            how = dict(data_format=data_format, simd=simd)
            y, spectrum = kernels.spectral_conv_and_spectrum(x, response, fft_cost=FFT, **how)
            assert spectrum.dtype == F32
            assert spectrum.size >= 2 * 2 * channels * math.prod(n[:-1]) * (n[-1] // 2 + 1)
            other = kernels.spectral_conv_gradients(x, response, y, spectrum=spectrum[1:], **how)
            assert all(
                map(same_bits, other, kernels.spectral_conv_gradients(x, response, y, **how))
            )
            assert (
                kernels.spectral_conv_and_spectrum(x[:0], response, fft_cost=FFT, **how)[1].size
                == 0
            )
    x, response = signal(0, (2, 13, 29, 33), F32), response_for((13, 29), (33,), F32)
    y, spectrum = kernels.spectral_conv_and_spectrum(x, response, fft_cost=math.inf)
    assert spectrum.size >= 2 * 2 * 33 * 13 * 15
    assert same_bits(y, kernels.spectral_conv(x, response, fft_cost=FFT))


def test_joined_channels_keep_their_bits(kernels: ModuleType) -> None:
    """Images small enough for blocks of several vectors, by any number of workers."""
    for n, channels in (((32, 32), 64), ((20, 24), 130), ((300,), 100), ((9, 8, 10), 70)):
        x, g = (signal(seed, (3, *n, channels), F32) for seed in (0, 1))
        for mixed in ((), (channels,)):
            response = response_for(n, mixed, F32)
            for simd in kernels.simd_targets():
                settings: dict[str, Any] = dict(fft_cost=FFT, simd=simd)
                first = all_of(kernels, x, response, g, **settings)
                for threads in (2, 3, 16):
                    again = all_of(kernels, x, response, g, threads=threads, **settings)
                    assert all(map(same_bits, first, again))
                if mixed:  # a channel by itself
                    alone = all_of(
                        kernels, x[..., 5:6], response[..., 5:6], g[..., 5:6], **settings
                    )
                    for some, one in zip(first, alone, strict=True):
                        exact = some[..., 5:6]
                        assert np.linalg.norm(one - exact) <= 2e-6 * np.linalg.norm(exact)


def test_gradients_of_nothing(kernels: ModuleType) -> None:
    for batch, channels in ((0, 3), (2, 0)):
        x, response = np.zeros((batch, 6, 5, channels), F32), response_for((6, 5), (channels,), F32)
        by_x, slope = kernels.spectral_conv_gradients(x, response, x)
        assert by_x.shape == x.shape and slope.shape == response.shape and not slope.any()


def test_which_way(kernels: ModuleType, lanes: int) -> None:
    """Lanes are channels, rows and bins of few channels and of planes, or samples of a signal."""

    def way(shape: tuple[int, ...], response: tuple[int, ...], **settings: Any) -> Any:
        plan = kernels.spectral_conv_plan(shape, response, **settings)
        return plan.get("filter")

    assert way((2, 64, 64, 2 * lanes), (64, 33, 2 * lanes)) == "channels"
    assert way((2, 64, 64, 2 * lanes), (64, 33)) == "channels"
    assert way((8, 64, 2 * lanes), (33, 2 * lanes)) == "channels"
    if lanes > 1:
        assert way((2, 64, 64, lanes // 2), (64, 33, lanes // 2)) == "rows"
        assert way((1, 2**18, 1), (2**17 + 1,)) == "signals"
    first = dict(data_format="channels_first")
    assert way((2, 3, 64, 64), (64, 33), **first) == "rows"
    assert way((2, 3, 2**18), (2**17 + 1, 3), **first) == "signals"
    # Fewer modes, another size, channels that are mixed; axes that go by a matrix.
    assert way((2, 64, 64, 8), (63, 33, 8)) is None
    assert way((2, 64, 64, 8), (64, 33, 8), output_size=(64, 66)) is None
    assert way((2, 64, 64, 8), (64, 33, 8, 8)) is None
    assert way((2, 64, 64, 2 * lanes), (64, 33), fft_cost=math.inf) is None


def test_scratch_does_not_grow_with_the_batch(kernels: ModuleType) -> None:
    for threads in (1, 2, 5):
        for shape, response in (((64, 64, 64, 64), (64, 33, 64)), ((64, 64, 64, 3), (64, 33))):
            plans = [
                kernels.spectral_conv_plan((batch, *shape[1:]), response, threads=threads)
                for batch in (shape[0], 100 * shape[0])
            ]
            assert not any(plan["together"] for plan in plans)
            assert len({plan["workspace_bytes"] for plan in plans}) == 1


@pytest.mark.parametrize("data_format", DATA_FORMATS)
def test_neighbours_do_not_matter(kernels: ModuleType, data_format: str) -> None:
    """An image has the same bits in any batch; loud and NaN channels reach no other."""
    for n, channels in (((20, 24), 17), ((24, 20), 3), ((21, 33), 2), ((14000,), 2), ((30,), 20)):
        x = signal(0, array_shape(33, n, channels, data_format), F32)
        response = response_for(n, (channels,), F32)
        at = (slice(None), 1) if data_format == "channels_first" else (..., 1)
        for simd in kernels.simd_targets():
            settings: dict[str, Any] = dict(data_format=data_format, simd=simd, fft_cost=FFT)
            y = kernels.spectral_conv(x, response, **settings)
            for batch in (1, 2, 17):
                assert same_bits(kernels.spectral_conv(x[:batch], response, **settings), y[:batch])
            for value in (1e9, np.nan, np.inf):
                beside = x.copy()
                beside[at] *= np.float32(value)
                beside[5] = value
                changed = kernels.spectral_conv(beside, response, **settings)
                quiet = np.delete(np.delete(changed, 5, 0), 1, 1 if at[0] is not ... else -1)
                alone = np.delete(np.delete(y, 5, 0), 1, 1 if at[0] is not ... else -1)
                assert same_bits(quiet, alone)


@pytest.mark.parametrize("data_format", DATA_FORMATS)
def test_gradient_of_a_loud_channel(kernels: ModuleType, data_format: str) -> None:
    """Each channel's gradient has its own accuracy; of NaN only its own is lost."""
    for n, channels in (((20, 24), 17), ((24, 20), 3), ((14000,), 2)):
        x = signal(0, array_shape(3, n, channels, data_format), F32)
        g = signal(1, x.shape, F32)
        at = (slice(None), 1) if data_format == "channels_first" else (..., 1)
        shape = (*n[:-1], n[-1] // 2 + 1, channels)
        settings: dict[str, Any] = dict(data_format=data_format, fft_cost=FFT)
        clean = kernels.spectral_conv_weight_gradient(x, g, shape, **settings)
        exact = slope_for(x, g, False, data_format)
        for simd in kernels.simd_targets():
            for value in (1e9, np.nan):
                beside = x.copy()
                beside[at] *= np.float32(value)
                slope = kernels.spectral_conv_weight_gradient(
                    beside, g, shape, simd=simd, **settings
                )
                for channel in {*range(channels)} - {1}:
                    error = np.linalg.norm(slope[..., channel] - exact[..., channel])
                    assert error <= 3e-6 * np.linalg.norm(exact[..., channel])
        assert clean.shape == shape
