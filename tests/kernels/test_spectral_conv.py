"""`spectral_conv` of the kernels and its gradients against the float64 oracle, on CPU and GPU."""

from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import oracle
from hypothesis import given
from hypothesis import strategies as st
from samples import (
    DATA_FORMATS,
    DTYPES,
    NORMS,
    SPECTRAL_SHAPES,
    array_shape,
    pairwise,
    signal,
    weights_for,
)
from tolerances import assert_close, assert_each_close, relative_error, tolerance

F64 = np.dtype(np.float64)
METHODS = (0.0, float("inf"))  # every axis by FFTs, every axis by its matrix
CHANNELS = (  # (batch, channels of x, of the weights): dense, separable, shared, with whole tiles
    (2, 5, (5, 3)),
    (2, 5, (5,)),
    (2, 5, ()),
    (9, 9, (9, 10)),
    (3, 5, (5, 18)),
    (3, 19, ()),
)


def test_matches_oracle_and_adjoint_identities(backend: Any) -> None:
    """And <g, F(x, w)> = <A(g, w), x> = Re <G(x, g), w>; with fewer modes than the weights have."""
    for (spatial, counts, output_size), dtype, data_format, norm, (
        batch,
        channels,
        mixed,
    ), fewer in pairwise(SPECTRAL_SHAPES, DTYPES, DATA_FORMATS, NORMS, CHANNELS, (False, True)):
        x = signal(0, array_shape(batch, spatial, channels, data_format), dtype)
        out = mixed[-1] if mixed else channels
        g = signal(1, array_shape(batch, output_size, out, data_format), dtype)
        weights = weights_for(2, counts, mixed, dtype)
        settings: dict[str, Any] = dict(norm=norm, data_format=data_format)
        if fewer:
            settings["modes"] = (*(max(1, k - 1) for k in counts[:-1]), max(1, 2 * counts[-1] - 3))
        expected = oracle.spectral_conv(x, weights, output_size=output_size, **settings)
        wide_x, wide_g = x.astype(F64), g.astype(F64)
        product = np.vdot(wide_g, expected)
        size = 2 * np.linalg.norm(wide_g) * np.linalg.norm(expected)
        for way in getattr(backend, "ways", ({},)):
            given = settings | way
            y = backend.spectral_conv(x, weights, output_size=output_size, **given)
            assert_close(y, expected, dtype)
            grad_x = backend.spectral_conv_adjoint(g, weights, spatial, **given)
            assert grad_x.dtype == dtype and grad_x.shape == x.shape
            by_x = np.vdot(grad_x.astype(F64), wide_x)
            assert abs(by_x - product) <= tolerance(dtype) * size
            slope = backend.spectral_conv_weight_gradient(x, g, weights.shape, **given)
            assert slope.dtype == weights.dtype and slope.shape == weights.shape
            by_weights = np.vdot(slope.astype(np.complex128), weights).real
            assert abs(by_weights - product) <= tolerance(weights.real.dtype) * size


def test_every_pair_of_lengths_on_the_last_axis(kernels: ModuleType, simd: str) -> None:
    """Up to 11, with every number of modes: Nyquist bins of input, output and weights."""
    for n in range(1, 12):
        x = signal(n, (3, n, 2), F64)
        for entries in range(1, n // 2 + 2):
            weights = weights_for(entries, (entries,), (2, 2), F64)
            for m in range(1, 12):
                expected = oracle.spectral_conv(x, weights, output_size=(m,))
                for fft_cost in METHODS:
                    settings = dict(output_size=m, simd=simd, fft_cost=fft_cost)
                    assert_close(kernels.spectral_conv(x, weights, **settings), expected, F64)


def test_every_pair_of_lengths_on_a_leading_axis(backend: Any) -> None:
    longest = 8 if hasattr(backend, "ways") else 6
    for n in range(1, longest + 1):
        x = signal(n, (1, n, 5, 2), F64)
        for count in range(1, n + 1):
            weights = weights_for(count, (count, 3), (2, 2), F64)
            for m in range(1, longest + 1):
                expected = oracle.spectral_conv(x, weights, output_size=(m, 4))
                for way in getattr(backend, "ways", ({},)):
                    y = backend.spectral_conv(x, weights, output_size=(m, 4), **way)
                    assert_close(y, expected, F64)


def test_channels(kernels: ModuleType) -> None:
    """Lanes full, partly full and spread over images; rows of the mixing alone and in blocks."""
    counts = (1, 2, 3, 7, 8, 9, 15, 16, 17, 33, 48)
    kinds = [(dtype, data_format) for dtype in DTYPES[:3] for data_format in DATA_FORMATS]
    batches = ((1, 5), (2, None), (13, 3), (35, 18))  # with the output channels; None: as many
    shapes = (((6, 7), (4, 3), (5, 8)), ((9,), (4,), (6,)))
    for channels, (dtype, data_format), (batch, out), (
        spatial,
        modes,
        output_size,
    ), channel_axes in pairwise(counts, kinds, batches, shapes, (2, 1, 0)):
        x = signal(channels, array_shape(batch, spatial, channels, data_format), dtype)
        mixed = (channels, out or channels)[:channel_axes]
        weights = weights_for(batch, modes, mixed, dtype)
        settings = dict(output_size=output_size, data_format=data_format)
        expected = oracle.spectral_conv(x, weights, **settings)
        for simd in kernels.simd_targets():
            y = kernels.spectral_conv(x, weights, simd=simd, **settings)
            assert_close(y, expected, dtype)


LARGER = (
    ((64, 64), (16, 9), (64, 64)),
    ((61, 67), (31, 20), (31, 29)),
    ((56, 300), (12, 60), (47, 299)),
    ((2000,), (300,), (777,)),
    ((1021,), (511,), (1024,)),
    ((24, 32, 20), (8, 9, 5), (12, 33, 33)),
)


def test_few_modes_of_many_samples(kernels: ModuleType, simd: str) -> None:
    """As right as others: the rounding errors of a long sum must not add up with its terms."""
    for n, modes in ((1009, 1), (2048, 1), (4096, 2), (16384, 1)):
        x, weights = signal(n, (8, n, 1), np.float32), np.ones((modes, 1), np.complex64)
        expected = oracle.spectral_conv(x, weights, output_size=(4,))
        noise = np.linalg.norm(x, axis=1) * np.sqrt((2 * modes - 1) * 4) / n
        for fft_cost in METHODS:
            settings = dict(output_size=4, simd=simd, fft_cost=fft_cost)
            y = kernels.spectral_conv(x, weights, **settings)
            assert_each_close(np.moveaxis(y, 1, 2), np.moveaxis(expected, 1, 2), noise, 1e-6)


def test_larger_images(kernels: ModuleType) -> None:
    for (spatial, modes, output_size), dtype, data_format, mixed in pairwise(
        LARGER, DTYPES, DATA_FORMATS, ((9,), ())
    ):
        x = signal(0, array_shape(1, spatial, 9, data_format), dtype)
        weights = weights_for(1, modes, mixed, dtype)
        settings = dict(output_size=output_size, data_format=data_format)
        expected = oracle.spectral_conv(x, weights, **settings)
        for fft_cost in (None, *METHODS):
            y = kernels.spectral_conv(x, weights, threads=2, fft_cost=fft_cost, **settings)
            assert_close(y, expected, dtype)


@st.composite
def calls(draw: st.DrawFn) -> tuple[np.ndarray, np.ndarray, dict, dict]:
    """x, weights, and the settings of definition and kernel."""
    longest = {1: 40, 2: 14, 3: 7}[rank := draw(st.integers(1, 3))]
    spatial = draw(st.tuples(*[st.integers(1, longest)] * rank))
    output_size = draw(st.tuples(*[st.integers(1, longest)] * rank))
    most = (*spatial[:-1], spatial[-1] // 2 + 1)
    counts = tuple(draw(st.integers(1, k)) for k in most)
    modes = None
    if draw(st.booleans()):
        limits = (*counts[:-1], 2 * counts[-1] - 1)
        modes = tuple(draw(st.integers(1, k)) for k in limits)
    dtype, data_format = draw(st.sampled_from(DTYPES)), draw(st.sampled_from(DATA_FORMATS))
    batch, channels, out = (draw(st.integers(0, k)) for k in (20 if rank == 1 else 3, 19, 19))
    shape = draw(st.sampled_from(((channels, out), (channels,), ())))
    x = signal(0, array_shape(batch, spatial, channels, data_format), dtype)
    definition = dict(
        modes=modes,
        output_size=output_size,
        norm=draw(st.sampled_from(NORMS)),
        data_format=data_format,
    )
    run = dict(threads=draw(st.integers(1, 3)), fft_cost=draw(st.sampled_from((None, *METHODS))))
    return x, weights_for(1, counts, shape, dtype), definition, run


@given(calls())
def test_any_call(kernels: ModuleType, simd: str, call: tuple) -> None:
    x, weights, definition, run = call
    y = kernels.spectral_conv(x, weights, simd=simd, **definition, **run)
    expected = oracle.spectral_conv(x, weights, **definition)
    assert y.dtype == x.dtype and y.shape == expected.shape
    if x.shape[1 if definition["data_format"] == "channels_first" else -1] == 0:
        assert not np.asarray(y, np.float64).any()
    # Few modes can leave little of x: the error is held to what went in.
    shared = weights.ndim == x.ndim - 2
    gain = float(np.abs(weights).max(initial=0)) * (1 if shared else max(weights.shape[-1], 1))
    size = max(np.linalg.norm(np.asarray(expected)), 1e-3 * gain)
    error = np.linalg.norm(np.asarray(y, np.float64) - expected)
    assert error <= tolerance(x.dtype) * size


def test_neuraloperator(kernels: ModuleType, simd: str) -> None:
    """At the input's own size; tests/fixtures/neuraloperator.py says how the arrays were made."""
    arrays = np.load(Path(__file__).parents[1] / "fixtures" / "neuraloperator.npz")
    names = {key.split("/")[0] for key in arrays.files if "/" in key}
    assert len(names) == 6
    for name in names:
        x, weights, expected = (arrays[f"{name}/{part}"] for part in ("x", "weights", "y"))
        rank = x.ndim - 2
        channels = weights.ndim - rank
        weights = np.moveaxis(weights, range(channels), range(-channels, 0))
        weights = np.fft.ifftshift(weights, axes=tuple(range(rank - 1)))
        y = kernels.spectral_conv(x, weights, data_format="channels_first", simd=simd)
        # The other side rounds as well.
        assert relative_error(y, expected) <= 2 * tolerance(np.float32), name
