"""`spectral_conv` of long single axes, whose samples are the lanes."""

import math
from types import ModuleType
from typing import Any

import oracle
import pytest
from samples import DATA_FORMATS, array_shape, signal, weights_for
from spectral_conv_samples import F32, check_neighbours, check_one_axis
from tolerances import assert_close

FFT, OTHERS = 0.0, math.inf
SIZES = (  # samples of x, of y, bins of the weights: smooth, prime, odd, one side too short
    (14000, 14000, 33),
    (13007, 14000, 40),
    (14000, 13007, 17),
    (13122, 13121, 5),
    (20000, 900, 60),
    (900, 20000, 60),
    (14000, 13500, 1),
)
# Channels of x, of the weights; of channels_last some sides have too many for this.
CHANNELS = ((1, (1, 1)), (2, (2, 3)), (3, (3,)), (2, ()), (3, (3, 40)))


def test_agrees_with_another_way(kernels: ModuleType) -> None:
    """With moments, or a matrix."""
    check_one_axis(kernels, SIZES, CHANNELS, dict(fft_cost=FFT), dict(fft_cost=OTHERS))


def test_matches_oracle_up_to_the_last_bin(kernels: ModuleType, simd: str) -> None:
    for n in (14000, 13007):
        for data_format in DATA_FORMATS:
            x = signal(0, array_shape(2, (n,), 2, data_format), F32)
            for bins in (n // 2, n // 2 + 1):
                w = weights_for(1, (bins,), (2, 2), F32)
                y = kernels.spectral_conv(x, w, simd=simd, fft_cost=FFT, data_format=data_format)
                assert_close(y, oracle.spectral_conv(x, w, data_format=data_format), F32)


@pytest.mark.parametrize("data_format", DATA_FORMATS)
def test_neighbours_do_not_matter(kernels: ModuleType, data_format: str) -> None:
    check_neighbours(kernels, 14000, 2, data_format, 1e-6, output_size=13500, fft_cost=FFT)


def test_which_way(kernels: ModuleType, lanes: int) -> None:
    """Long ones of planes or few channels by FFTs; by the shape of one image alone."""

    def way(shape: tuple[int, ...], weights: tuple[int, ...], **how: Any) -> Any:
        return kernels.spectral_conv_plan(shape, weights, **how)["lanes"][0]

    samples = "samples" if lanes > 1 else "planes"
    first: dict[str, Any] = dict(data_format="channels_first", fft_cost=FFT)
    for batch in (1, 100):
        assert way((batch, 16, 14000), (33, 16, 16), **first) == samples
        assert way((batch, 16, 9000), (33, 16, 16), **first) == "planes"
        assert way((batch, 14000, 64), (33, 64, 64), fft_cost=FFT) == "channels"
        others = first | dict(fft_cost=OTHERS)
        assert way((batch, 16, 14000), (8, 16, 16), **others) == "planes"


def test_few_signals_go_to_all_workers(kernels: ModuleType, lanes: int) -> None:
    plan = kernels.spectral_conv_plan(
        (1, 16, 65536), (65, 16, 16), threads=4, data_format="channels_first", fft_cost=FFT
    )
    assert plan["workers"] == 4 or lanes == 1
