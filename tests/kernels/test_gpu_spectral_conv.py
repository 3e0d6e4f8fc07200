"""`spectral_conv` as a GPU runs it, against the float64 oracle."""

from typing import Any

import numpy as np
import oracle
import pytest
from samples import DATA_FORMATS, DTYPES, NORMS, array_shape, signal, weights_for
from tolerances import assert_close, tolerance

F64 = np.dtype(np.float64)

CASES = (  # (spatial, modes of the weights, output size): odd, even, prime; all modes, few, one
    ((1,), (1,), (4,)),
    ((9,), (3,), (9,)),
    ((12,), (7,), (6,)),
    ((8,), (5,), (13,)),
    ((1, 7), (1, 4), (3, 1)),
    ((8, 8), (4, 3), (8, 8)),
    ((8, 12), (8, 7), (4, 6)),
    ((5, 4), (4, 3), (11, 8)),
    ((17, 13), (6, 4), (7, 13)),
    ((4, 6, 5), (4, 3, 3), (2, 3, 3)),
    ((3, 4, 2), (3, 2, 2), (7, 2, 5)),
)
CHANNELS = ((3, 5), (4,), (9, 10))  # dense, separable, and dense with whole tiles


@pytest.mark.parametrize("data_format", DATA_FORMATS)
@pytest.mark.parametrize("dtype", DTYPES, ids=str)
def test_matches_oracle(gpu: Any, dtype: np.dtype, data_format: str) -> None:
    for case, (spatial, modes, output_size) in enumerate(CASES):
        for channels in CHANNELS:
            batch = 9 if channels == CHANNELS[2] else 2
            x = signal(case, array_shape(batch, spatial, channels[0], data_format), dtype)
            weights = weights_for(1, modes, channels, dtype)
            settings = dict(output_size=output_size, norm=NORMS[case % 3], data_format=data_format)
            y = gpu.spectral_conv(x, weights, **settings)
            assert_close(y, oracle.spectral_conv(x, weights, **settings), dtype)


@pytest.mark.parametrize("data_format", DATA_FORMATS)
@pytest.mark.parametrize("dtype", DTYPES[:2], ids=str)
def test_adjoint_identities(gpu: Any, dtype: np.dtype, data_format: str) -> None:
    """<g, F(x, W)> = <x, A(g, W)> = Re <W, G(x, g)>, with fewer modes than the weights have."""
    for case, (spatial, modes, output_size) in enumerate(CASES):
        fewer = (*(max(1, k - 1) for k in modes[:-1]), max(1, 2 * modes[-1] - 3))
        for channels in CHANNELS:
            batch = 9 if channels == CHANNELS[2] else 3
            out = channels[-1]
            x = signal(0, array_shape(batch, spatial, channels[0], data_format), dtype)
            g = signal(1, array_shape(batch, output_size, out, data_format), dtype)
            weights = weights_for(2, modes, channels, dtype)
            settings = dict(norm=NORMS[case % 3], data_format=data_format, modes=fewer)
            y = gpu.spectral_conv(x, weights, output_size=output_size, **settings)
            expected = oracle.spectral_conv(x, weights, output_size=output_size, **settings)
            assert_close(y, expected, dtype)
            grad_x = gpu.spectral_conv_adjoint(g, weights, spatial, **settings)
            slope = gpu.spectral_conv_weight_gradient(x, g, weights.shape, **settings)
            forward = np.vdot(g.astype(F64), y.astype(F64))
            scale = np.linalg.norm(g.astype(F64)) * np.linalg.norm(y.astype(F64)) + np.abs(forward)
            backward = np.vdot(x.astype(F64), grad_x.astype(F64))
            by_weights = np.vdot(weights.astype(complex), slope.astype(complex)).real
            assert abs(forward - backward) <= 2 * tolerance(dtype) * scale
            assert abs(forward - by_weights) <= 2 * tolerance(dtype) * scale


def test_every_pair_of_lengths(gpu: Any) -> None:
    """Nyquist bins of input, output and weights on either axis, up to 6."""
    for n in range(1, 7):
        x = signal(n, (1, n, 5, 1), F64)
        for count in range(1, n + 1):
            weights = weights_for(count, (count, 3), (1, 1), F64)
            for m in range(1, 7):
                settings = dict(output_size=(m, 4))
                expected = oracle.spectral_conv(x, weights, **settings)
                assert_close(gpu.spectral_conv(x, weights, **settings), expected, F64)


def test_nothing_to_do(gpu: Any) -> None:
    weights = weights_for(0, (2, 2), (3, 4), np.float32)
    empty = np.zeros((0, 5, 4, 3), np.float32)
    assert gpu.spectral_conv(empty, weights).shape == (0, 5, 4, 4)
    slope = gpu.spectral_conv_weight_gradient(
        empty, np.zeros((0, 5, 4, 4), np.float32), weights.shape
    )
    assert not slope.any()
    none = gpu.spectral_conv(
        np.zeros((2, 5, 4, 0), np.float32), np.zeros((2, 2, 0, 4), np.complex64)
    )
    assert none.shape == (2, 5, 4, 4) and not none.any()


def test_refuses_bad_input(gpu: Any) -> None:
    x = signal(0, (2, 5, 4, 3), np.float32)
    with pytest.raises(TypeError, match="weights"):
        gpu.spectral_conv(x, weights_for(0, (2, 2), (3, 4), np.float64))
    with pytest.raises(ValueError, match="weights"):
        gpu.spectral_conv(x, weights_for(0, (6, 2), (3, 4), np.float32))
    with pytest.raises(ValueError, match="output_size"):
        gpu.spectral_conv(x, weights_for(0, (2, 2), (3, 4), np.float32), output_size=(0, 4))
