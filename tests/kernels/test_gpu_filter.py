"""Filters as a GPU runs them: planes by FFTs in shared memory, by the FFT library, by modes."""

from types import ModuleType
from typing import Any

import numpy as np
import oracle
import pytest
from filter_samples import response_for, slope_for
from gpu_backends import EMULATIONS, make_backend
from samples import (
    DATA_FORMATS,
    DTYPES,
    NORMS,
    array_shape,
    lengths_of,
    pairwise,
    same_bits,
    signal,
)
from tolerances import assert_close, tolerance

F32, F64 = DTYPES[:2]
LENGTHS = (  # 1, 2, odd, even, all radices, planes of one row or column, volumes, primes
    (1,),
    (2,),
    (9,),
    (96,),
    (490,),
    (1, 1),
    (1, 7),
    (2, 2),
    (16, 1),
    (7, 9),
    (8, 6),
    (5, 14),
    (20, 24),
    (27, 40),
    (11, 6),
    (4, 13),
    (4, 6, 5),
    (1, 6, 8),
)
CHANNELS = (1, 2, 3, 8, 9, 17)
# By planes as the tests' emulations have it, with one block for each processor and two of them;
# rows by the library at once and in turns; by modes.
WAYS: dict[str, dict[str, Any]] = {
    "planes": {},
    "planes of few channels": dict(shared_bytes=9_000, chunk_bytes=4_000),
    "library": dict(algorithm="fft"),
    "library, in turns": dict(algorithm="fft", fft_bytes=1_000),
    "modes": dict(algorithm="matrix"),
}


@pytest.fixture(params=WAYS)
def way(request: pytest.FixtureRequest, testing: ModuleType) -> Any:
    return testing.GpuEmulation(**WAYS[request.param])


def check(backend: Any, x: np.ndarray, g: np.ndarray, response: np.ndarray, how: Any) -> None:
    """The values and all gradients."""
    dtype = x.dtype
    size = lengths_of(x, how["data_format"])
    layout = dict(data_format=how["data_format"])
    assert_close(
        backend.spectral_conv(x, response, **how), oracle.filter(x, response, **layout), dtype
    )
    by_x = backend.spectral_conv_adjoint(g, response, size, **how)
    assert_close(by_x, oracle.filter(g, response.conj(), **layout), dtype)
    slope = backend.spectral_conv_weight_gradient(x, g, response.shape, **how)
    shared = response.ndim == len(size)
    exact = slope_for(x, g, shared, how["data_format"])
    limit = 3 * tolerance(response.real.dtype) * np.linalg.norm(exact)
    assert slope.shape == exact.shape and np.linalg.norm(slope - exact) <= limit
    both = backend.spectral_conv_gradients(x, response, g, **how)
    assert same_bits(both[0], by_x) and same_bits(both[1], slope)
    y, spectrum = backend.spectral_conv_and_spectrum(x, response, **how)
    assert_close(y, oracle.filter(x, response, **layout), dtype)
    assert spectrum.shape == (0,)  # a GPU keeps none


def test_matches_definition(way: Any) -> None:
    cases = pairwise(LENGTHS, CHANNELS, (1, 2, 5), DATA_FORMATS, DTYPES, (False, True))
    for n, channels, batch, data_format, dtype, shared in cases:
        x, g = (
            signal(seed, array_shape(batch, n, channels, data_format), dtype) for seed in (0, 1)
        )
        response = response_for(n, () if shared else (channels,), dtype)
        check(way, x, g, response, dict(data_format=data_format))


@pytest.mark.parametrize("norm", NORMS)
def test_norms_are_one(way: Any, norm: str) -> None:
    """Of a filter, whose sizes are equal."""
    x, response = signal(0, (2, 6, 8, 3), F32), response_for((6, 8), (3,), F32)
    assert_close(way.spectral_conv(x, response, norm=norm), oracle.filter(x, response), F32)


@pytest.mark.parametrize("data_format", DATA_FORMATS)
def test_loud_neighbours(way: Any, data_format: str) -> None:
    """No channel and no image changes another by more than rounding."""
    for n in ((12, 10), (9, 5), (30,)):
        x = signal(0, array_shape(4, n, 3, data_format), F32)
        response = response_for(n, (3,), F32)
        exact = oracle.filter(x, response, data_format=data_format)
        at = (slice(None), 1) if data_format == "channels_first" else (..., 1)
        for loud in (1e9, np.nan, np.inf):
            beside = x.copy()
            beside[at] *= np.float32(loud)
            beside[2] = loud
            y = way.spectral_conv(beside, response, data_format=data_format)
            axis = 1 if data_format == "channels_first" else -1
            quiet, expected = (np.delete(np.delete(each, 2, 0), 1, axis) for each in (y, exact))
            assert_close(quiet, expected, F32)


@pytest.mark.parametrize("data_format", DATA_FORMATS)
def test_planes_have_the_same_bits_in_any_batch(testing: ModuleType, data_format: str) -> None:
    """Whatever a block takes besides."""
    gpu, narrow = testing.GpuEmulation(), testing.GpuEmulation(processors=200)
    for n in ((12, 10), (9, 5), (64,)):
        x, g = (signal(seed, array_shape(5, n, 11, data_format), F32) for seed in (0, 1))
        response = response_for(n, (11,), F32)
        how = dict(data_format=data_format)
        y = gpu.spectral_conv(x, response, **how)
        assert gpu.ffts == 0
        assert same_bits(narrow.spectral_conv(x, response, **how), y)
        for image in range(5):
            alone = gpu.spectral_conv(x[image : image + 1], response, **how)
            assert same_bits(alone[0], y[image])
        channel = (slice(None), slice(3, 4)) if data_format == "channels_first" else np.s_[..., 3:4]
        alone = gpu.spectral_conv(x[channel], response[..., 3:4], **how)
        assert same_bits(alone, y[channel])
        slope = gpu.spectral_conv_weight_gradient(x, g, response.shape, **how)
        one = (*response.shape[:-1], 1)
        alone = gpu.spectral_conv_weight_gradient(x[channel], g[channel], one, **how)
        assert same_bits(alone, slope[..., 3:4])


def test_rounding_toward_zero(testing: ModuleType) -> None:
    """FFTs use no tensor cores: errors are those of float32."""
    x, response = signal(0, (1, 112, 112, 2), F32), response_for((112, 112), (2,), F32)
    y = testing.GpuEmulation(processors=132).spectral_conv(x, response)
    exact = oracle.filter(x, response)
    assert np.linalg.norm(y - exact) <= 4e-7 * np.linalg.norm(exact)


@pytest.mark.parametrize("name", EMULATIONS)
def test_as_backends_are_tested(name: str, testing: ModuleType) -> None:
    """In all six of the emulations, whatever each of them takes."""
    del testing
    gpu = make_backend(name, None)  # type: ignore[arg-type]
    for n, channels in (((20, 24), 5), ((9, 14), 3), ((37, 6), 2), ((200,), 3)):
        for data_format in DATA_FORMATS:
            x, g = (signal(seed, array_shape(3, n, channels, data_format), F32) for seed in (0, 1))
            check(gpu, x, g, response_for(n, (channels,), F32), dict(data_format=data_format))


def test_which_way(testing: ModuleType) -> None:
    """By what is expected to be faster: planes where they fit, and lengths have stages; else the
    library, but for short axes, of which some have no stages."""
    plans = testing.GpuPlans(processors=132, pair_bytes=115 << 10, block_bytes=227 << 10)

    def way(*n: int, channels: int = 64, **how: Any) -> str:
        half = (*n[:-1], n[-1] // 2 + 1)
        shape = array_shape(64, n, channels, how.get("data_format", "channels_last"))
        plan = plans.spectral_conv(shape, [*half, channels], whole=True, **how)
        filter = plan["filter"]
        return "modes" if filter is None else "library" if filter["planes"] is None else "planes"

    for data_format in DATA_FORMATS:
        how = dict(data_format=data_format)
        for n in ((56, 56), (112, 112), (224, 224), (7, 7), (61, 64)[1:], (2048,)):
            assert way(*n, **how) == "planes"
        for n in ((512, 512), (509, 509), (122, 122), (1 << 20,)):
            assert way(*n, channels=1, **how) == "library"
        assert way(11, 11, **how) == "modes"
    # What is no filter: fewer modes, channels that are mixed.
    for weights in ([56, 28, 8], [56, 29, 8, 8]):
        assert plans.spectral_conv((64, 56, 56, 8), weights)["filter"] is None
    plans.fuses = False
    assert way(224, 224) == "library"
    plans.algorithm = "matrix"
    assert way(224, 224) == "modes"
    plans.algorithm = "fft"
    assert way(7, 7) == "library"


def test_refuses_what_has_too_many_numbers(testing: ModuleType) -> None:
    """For places have 32 bits."""
    plans = testing.GpuPlans(processors=132, pair_bytes=115 << 10, block_bytes=227 << 10)
    side = 1 << 14
    with pytest.raises(ValueError, match=r"^x: 8590983168 numbers .* 2147483647"):
        plans.spectral_conv([1, side, side, 64], [side, side // 2 + 1, 64])
    with pytest.raises(ValueError, match=r"^weights: 4294967296 numbers; .* 2147483647"):
        plans.spectral_conv([1, 4, 1 << 16], [1, 1 << 16, 1 << 16])
    with pytest.raises(ValueError, match=r"^x: \d+ numbers in one tile; .* 2147483647"):
        plans.conv([1, 64, 64, 1 << 26], [3, 3, 1, 1 << 26], groups=1 << 26)
