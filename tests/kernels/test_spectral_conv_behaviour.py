"""What `spectral_conv` of the kernels promises: exactness, derivatives, repeatability."""

from concurrent.futures import ThreadPoolExecutor
from types import ModuleType
from typing import Any

import numpy as np
import oracle
import pytest
from samples import (
    DATA_FORMATS,
    DTYPES,
    NORMS,
    array_shape,
    pairwise,
    same_bits,
    signal,
    weights_for,
)
from spectral_conv_samples import all_three
from tolerances import assert_close, relative_error

F32, F64 = DTYPES[:2]
METHODS = (0.0, float("inf"))

CASES = (  # (spatial, modes of the weights, output size)
    ((11,), (5,), (8,)),
    ((8,), (5,), (13,)),
    ((8, 7), (5, 3), (6, 9)),
    ((6, 8), (6, 5), (6, 8)),
    ((8, 6), (8, 4), (4, 4)),
    ((5, 6, 4), (3, 4, 2), (4, 7, 5)),
)


@pytest.mark.parametrize("data_format", DATA_FORMATS)
def test_gradients_are_derivatives(kernels: ModuleType, data_format: str) -> None:
    """F is linear in x and in w: one step is exact, in each entry."""
    settings = dict(data_format=data_format)
    for spatial, counts, output_size in (((6,), (4,), (5,)), ((4, 6), (4, 3), (3, 5))):
        for channels, out in (((2, 3), 3), ((2,), 2), ((), 2)):
            weights = weights_for(2, counts, channels, F64)
            x = signal(0, array_shape(2, spatial, 2, data_format), F64)
            g = signal(1, array_shape(2, output_size, out, data_format), F64)

            def change(x: np.ndarray, w: np.ndarray, g=g, size=output_size) -> float:
                return np.vdot(g, oracle.spectral_conv(x, w, output_size=size, **settings))

            grad_x, slope = np.zeros(x.shape), np.zeros(weights.shape, np.complex128)
            for index in np.ndindex(x.shape):
                unit = np.zeros(x.shape)
                unit[index] = 1
                grad_x[index] = change(unit, weights)
            for index in np.ndindex(weights.shape):
                for part in (1, 1j):
                    unit = np.zeros(weights.shape, np.complex128)
                    unit[index] = part
                    slope[index] += part * change(x, unit)
            for simd in kernels.simd_targets():
                given = settings | dict(simd=simd)
                ours = kernels.spectral_conv_adjoint(g, weights, spatial, **given)
                assert abs(ours - grad_x).max() <= 1e-13 * np.linalg.norm(grad_x)
                ours = kernels.spectral_conv_weight_gradient(x, g, weights.shape, **given)
                assert abs(ours - slope).max() <= 1e-13 * np.linalg.norm(slope)


def test_gradients_at_once_of_many_images(kernels: ModuleType) -> None:
    """Which go group by group; a spectrum of other groups is not taken."""
    x, g = (signal(seed, (100, 64, 64, 16), F32) for seed in (0, 1))
    weights = weights_for(2, (64, 33), (16, 16), F32)
    plan = kernels.spectral_conv_plan(x.shape, weights.shape)
    assert 1 < plan["group"] < 100
    separate = all_three(kernels, x, weights, g, threads=2)
    _, spectrum = kernels.spectral_conv_and_spectrum(x, weights)
    assert spectrum.shape[0] == -(-100 // plan["group"])
    _, fewer = kernels.spectral_conv_and_spectrum(x[:8], weights)
    for other in (fewer, spectrum[:, :-1].copy(), spectrum.T.copy()):
        given = kernels.spectral_conv_gradients(x, weights, g, spectrum=other)
        assert all(map(same_bits, given, separate[1:]))


def test_what_is_kept_is_taken(kernels: ModuleType, simd: str) -> None:
    """Where only one side of a single axis goes by moments, too, and in several groups."""
    for shape, modes, channels in (
        ((64, 4, 1215), (5,), (4,)),
        ((64, 1, 172), (2,), ()),
        ((4000, 2, 1016), (5,), (2, 2)),
        ((70, 4, 1215), (5,), (4, 3)),
    ):
        out = channels[-1] if channels else shape[1]
        x, g = signal(0, shape, F32), signal(1, (shape[0], out, shape[2]), F32)
        weights = weights_for(2, modes, channels, F32)
        all_three(kernels, x, weights, g, data_format="channels_first", simd=simd)


def test_is_convolution_then_resample(kernels: ModuleType, simd: str) -> None:
    for (spatial, modes, output_size), norm in pairwise(CASES, NORMS):
        x, weights = signal(0, (2, *spatial, 4), F64), weights_for(1, modes, (4, 3), F64)
        full = kernels.spectral_conv(x, weights, simd=simd)
        expected = kernels.resample(full, output_size, norm=norm, simd=simd)
        y = kernels.spectral_conv(x, weights, output_size=output_size, norm=norm, simd=simd)
        assert_close(y, expected, F64, factor=2)  # both sides round


@pytest.mark.parametrize("norm", NORMS)
def test_identity_weights_commute_with_resample(kernels: ModuleType, simd: str, norm: str) -> None:
    """On a field whose band the weights hold: what neuraloperator gets wrong at a new size."""
    field = oracle.resample(signal(0, (2, 5, 7, 3), F64), (16, 18))  # frequencies to 2 and 3
    dense = np.broadcast_to(np.eye(3), (5, 4, 3, 3)).astype(np.complex128)
    separable, shared = np.ones((5, 4, 3), np.complex128), np.ones((5, 4), np.complex128)
    for output_size in ((16, 18), (32, 36), (8, 9), (11, 23)):
        expected = oracle.resample(field, output_size, norm=norm)
        settings = dict(output_size=output_size, norm=norm, simd=simd)
        for identity in (dense, separable, shared):
            y = kernels.spectral_conv(field, identity, **settings)
            assert_close(y, expected, F64, factor=2)


def test_modes_restrict_the_weights(kernels: ModuleType, simd: str) -> None:
    """As weights that are cut; the gradient is zero outside and the same within."""
    x, g = signal(0, (2, 9, 12, 3), F64), signal(1, (2, 6, 7, 4), F64)
    weights = weights_for(2, (7, 6), (3, 4), F64)
    for modes in ((7, 11), (7, 10), (4, 6), (5, 5), (1, 1)):
        k = modes[0]
        rows = [*range((k + 1) // 2), *range(7 - k // 2, 7)]
        cut = weights[rows][:, : modes[1] // 2 + 1].copy()
        settings = dict(simd=simd)
        y = kernels.spectral_conv(x, weights, modes=modes, output_size=(6, 7), **settings)
        assert same_bits(y, kernels.spectral_conv(x, cut, output_size=(6, 7), **settings))
        grad = kernels.spectral_conv_adjoint(g, weights, (9, 12), modes=modes, **settings)
        assert same_bits(grad, kernels.spectral_conv_adjoint(g, cut, (9, 12), **settings))
        slope = kernels.spectral_conv_weight_gradient(x, g, weights.shape, modes=modes, **settings)
        inside = kernels.spectral_conv_weight_gradient(x, g, cut.shape, **settings)
        expected = np.zeros_like(weights)
        expected[np.ix_(rows, range(modes[1] // 2 + 1))] = inside
        assert np.array_equal(slope, expected) and slope.any()


def test_weights_act_by_their_hermitian_part(kernels: ModuleType, simd: str) -> None:
    """On the planes that are their own mirror; and the gradient is Hermitian there."""
    x, g = signal(0, (2, 6, 8, 3), F64), signal(1, (2, 6, 8, 3), F64)
    weights = weights_for(2, (6, 5), (3, 3), F64)
    mirror = -np.arange(6) % 6
    hermitian = weights.copy()
    for plane in (0, 4):
        hermitian[:, plane] = (weights[:, plane] + weights[mirror, plane].conj()) / 2
    assert relative_error(np.abs(hermitian - weights), np.abs(weights)) > 0.1
    for fft_cost in METHODS:
        settings = dict(simd=simd, fft_cost=fft_cost)
        y = kernels.spectral_conv(x, weights, **settings)
        assert_close(kernels.spectral_conv(x, hermitian, **settings), y, F64, factor=2)
        slope = kernels.spectral_conv_weight_gradient(x, g, weights.shape, **settings)
        for plane in (0, 4):
            change = slope[:, plane] - slope[mirror, plane].conj()
            assert np.linalg.norm(change) <= 1e-14 * np.linalg.norm(slope)


def test_imaginary_part_of_the_mean_has_no_effect(kernels: ModuleType, simd: str) -> None:
    x = signal(0, (2, 9, 3), F64)
    weights = weights_for(1, (4,), (3, 2), F64)
    real = weights.copy()
    real[0] = real[0].real
    for fft_cost in METHODS:
        settings = dict(simd=simd, fft_cost=fft_cost)
        y = kernels.spectral_conv(x, weights, **settings)
        assert_close(kernels.spectral_conv(x, real, **settings), y, F64)


@pytest.mark.parametrize("data_format", DATA_FORMATS)
def test_same_bits_for_any_number_of_threads(kernels: ModuleType, data_format: str) -> None:
    """One large image, which workers share axis by axis, and many small ones."""
    for batch, spatial, counts, output_size, channels in (
        (1, (120, 90), (40, 30), (100, 91), 16),
        (1, (20, 24, 31), (8, 9, 10), (21, 12, 30), 18),
        (9, (40, 33), (20, 12), (20, 35), 20),
        (5, (700,), (100,), (500,), 33),
        (40, (16, 17), (9, 9), (13, 20), 3),
    ):
        x = signal(0, array_shape(batch, spatial, channels, data_format), F32)
        g = signal(1, array_shape(batch, output_size, channels, data_format), F32)
        settings: dict[str, Any] = dict(data_format=data_format)
        for mixed in ((channels, channels), (channels,), ()):
            weights = weights_for(2, counts, mixed, F32)
            expected = oracle.spectral_conv(x, weights, output_size=output_size, **settings)
            for simd in kernels.simd_targets():
                one = all_three(kernels, x, weights, g, threads=1, simd=simd, **settings)
                assert_close(one[0], expected, F32)
                for threads in (2, 3, 7):
                    again = all_three(
                        kernels, x, weights, g, threads=threads, simd=simd, **settings
                    )
                    assert all(map(same_bits, again, one))


def test_shared_weights_are_separable_ones_that_are_alike(kernels: ModuleType, simd: str) -> None:
    """To the bit; their gradient is the sum of those."""
    for spatial, data_format, batch in pairwise(((31,), (9, 12)), DATA_FORMATS, (1, 3, 17)):
        counts = (*spatial[:-1], spatial[-1] // 2 + 1)
        x, g = (signal(seed, array_shape(batch, spatial, 5, data_format), F64) for seed in (0, 1))
        weights = weights_for(2, counts, (), F64)
        alike = np.repeat(weights[..., np.newaxis], 5, -1)
        settings: dict[str, Any] = dict(data_format=data_format, simd=simd)
        shared = all_three(kernels, x, weights, g, **settings)
        separable = all_three(kernels, x, alike, g, **settings)
        assert same_bits(shared[0], separable[0]) and same_bits(shared[1], separable[1])
        difference = np.linalg.norm(shared[2] - separable[2].sum(-1))
        assert difference <= 1e-14 * np.linalg.norm(shared[2])


def test_spectra_stay_with_a_worker(kernels: ModuleType, lanes: int) -> None:
    """Where channels are not mixed, unless workers share an image; they take no memory then."""
    shapes = dict(x_shape=(8, 64, 64, 32), weights_shape=(32, 17, 32))
    plan = kernels.spectral_conv_plan(**shapes, threads=2)
    assert plan["local"] and plan["workspace_bytes"] == 2 * plan["worker_bytes"]
    shapes["x_shape"] = (1, 400, 400, lanes)
    shapes["weights_shape"] = (64, 33, lanes)
    assert kernels.spectral_conv_plan(**shapes, threads=1)["local"]
    plan = kernels.spectral_conv_plan(**shapes, threads=2)
    assert plan["shared"] == [True, True] and not plan["local"]
    shapes["weights_shape"] = (64, 33, lanes, lanes)
    assert not kernels.spectral_conv_plan(**shapes, threads=1)["local"]


def test_workers_share_an_image(kernels: ModuleType, lanes: int) -> None:
    shapes = dict(x_shape=(1, 400, 400, lanes), weights_shape=(64, 33, lanes, lanes))
    assert kernels.spectral_conv_plan(**shapes, threads=2)["shared"] == [True, True]
    assert kernels.spectral_conv_plan(**shapes, threads=1)["shared"] == [False, False]


def test_workers_share_volumes(kernels: ModuleType, lanes: int) -> None:
    """By slices where there are enough of them, else axis by axis: with the same bits."""
    for slices, output, by_slices in ((3, (3, 90, 96), False), (20, (18, 90, 96), True)):
        x = signal(0, (1, slices, 96, 96, lanes), F32)
        w = weights_for(1, (3, 24, 13), (lanes, lanes), F32)
        plan = kernels.spectral_conv_plan(x.shape, w.shape, threads=2, output_size=output)
        assert plan["shared"] == [True, True] and plan["by_slices"] == [by_slices, by_slices]
        y, again = (
            kernels.spectral_conv(x, w, threads=threads, output_size=output) for threads in (1, 2)
        )
        assert same_bits(y, again)


def test_batch_in_groups(kernels: ModuleType) -> None:
    """More images than whose spectra are held at a time."""
    x, g = signal(0, (150, 64, 62, 1), F32), signal(1, (150, 64, 62, 1), F32)
    weights = weights_for(2, (64, 32), (1, 1), F32)
    expected = oracle.spectral_conv(x, weights)
    parts = [
        kernels.spectral_conv_weight_gradient(x[i : i + 30], g[i : i + 30], weights.shape)
        for i in range(0, 150, 30)
    ]
    total = np.sum(parts, 0, np.complex128)
    for simd in kernels.simd_targets():
        plan = kernels.spectral_conv_plan(x.shape, weights.shape, simd=simd)
        if simd == "avx512":  # with narrower vectors a spectrum is padded less
            assert 1 < plan["group"] < len(x)
        settings = dict(simd=simd, threads=2)
        assert_close(kernels.spectral_conv(x, weights, **settings), expected, F32)
        slope = kernels.spectral_conv_weight_gradient(x, g, weights.shape, **settings)
        assert np.linalg.norm(slope - total) <= 1e-6 * np.linalg.norm(total)


@pytest.mark.parametrize("out", [33, 64, 130])
def test_few_images_read_weights_in_place(kernels: ModuleType, simd: str, out: int) -> None:
    """With the bits of many images, whose weights are arranged first."""
    x = signal(0, (40, 20, 37), F32)
    w = weights_for(1, (5,), (37, out), F32)
    y = kernels.spectral_conv(x, w, simd=simd)
    assert_close(y, oracle.spectral_conv(x, w), F32)
    for batch in (1, 2, 6, 7):
        assert same_bits(kernels.spectral_conv(x[:batch], w, simd=simd), y[:batch])


def test_not_finite_propagates(kernels: ModuleType, simd: str) -> None:
    weights = weights_for(1, (3, 3), (4, 4), F32)
    for fft_cost in METHODS:
        for value in (np.nan, np.inf):
            x = signal(0, (3, 6, 7, 4), F32)
            clean = kernels.spectral_conv(x, weights, simd=simd, fft_cost=fft_cost)
            x[1, 2, 3, 1] = value
            y = kernels.spectral_conv(x, weights, simd=simd, fft_cost=fft_cost)
            assert not np.isfinite(y[1]).any()
            assert same_bits(y[[0, 2]], clean[[0, 2]])


@pytest.mark.parametrize("data_format", DATA_FORMATS)
def test_nothing_in_nothing_out(backend: Any, data_format: str) -> None:
    for batch, channels, out in ((0, 3, 2), (2, 0, 3), (2, 3, 0), (0, 0, 0)):
        x = np.ones(array_shape(batch, (6, 5), channels, data_format), F32)
        g = np.ones(array_shape(batch, (4, 9), out, data_format), F32)
        kinds = [(channels, out)]
        if channels == out or not channels:
            g = np.ones(array_shape(batch, (4, 9), channels, data_format), F32)
            kinds = [(channels,), ()]
        for mixed in kinds:
            weights = np.ones((3, 3, *mixed), np.complex64)
            results = all_three(backend, x, weights, g, data_format=data_format)
            for result, like in zip(results, (g, x, weights), strict=True):
                assert result.shape == like.shape and not result.any()


def test_scratch_is_bounded(kernels: ModuleType) -> None:
    """By the spectra of a group and a tile per worker (docs/conventions.md), whatever the batch."""
    for shape, weights_shape in (
        ((8, 64, 64, 64), (16, 9, 64, 64)),
        ((4, 128, 128, 32), (32, 17, 32, 32)),
        ((2, 256, 256, 64), (256, 129, 64, 64)),
    ):
        batch, height, width, channels = shape
        kept = weights_shape[0] * weights_shape[1]
        plan = kernels.spectral_conv_plan(shape, weights_shape, threads=2, simd="scalar")
        spectra = 2 * kept * (2 * plan["group"] * channels + 16) * 4
        assert plan["workspace_bytes"] <= spectra + 2 * plan["worker_bytes"] + 4096
        assert spectra <= (34 << 20) or plan["group"] == 1
        # lanes of 4 bytes: tiles of some channels each way, scratch and rows, a panel of weights
        tile = 2 * max(1280 << 10, height * (2 * weights_shape[1] + 16) * 4)
        rest = 16 * max(height, width) * 4 * 2 + 8 * channels * 4 + 8192
        assert plan["worker_bytes"] <= tile + rest
        larger = kernels.spectral_conv_plan(
            (100 * batch, *shape[1:]), weights_shape, threads=2, simd="scalar"
        )
        assert larger["workspace_bytes"] <= max(36 << 20, plan["workspace_bytes"]) + (4 << 20)


def test_cache_of_mode_axes(kernels: ModuleType) -> None:
    """Filled once by equal calls, bounded, and safe while many use it."""
    x, weights = signal(0, (1, 37, 41, 2), F32), weights_for(1, (5, 4), (2, 2), F32)
    first = kernels.spectral_conv(x, weights)
    before = kernels.axis_cache()
    assert same_bits(kernels.spectral_conv(x, weights), first)
    assert kernels.axis_cache() == before and before["entries"] >= 4
    for length in range(2000, 2120):
        kernels.spectral_conv(np.ones((1, length, 1), F32), np.ones((300, 1, 1), np.complex64))
    use = kernels.axis_cache()
    assert 0 < use["bytes"] <= use["limit_bytes"]
    with ThreadPoolExecutor(4) as pool:
        inputs = [signal(n, (1, 20 + n % 5, 30, 2), F32) for n in range(40)]
        results = list(pool.map(lambda each: kernels.spectral_conv(each, weights), inputs))
    for each, y in zip(inputs, results, strict=True):
        assert same_bits(y, kernels.spectral_conv(each, weights))
    assert same_bits(kernels.spectral_conv(x, weights), first)
