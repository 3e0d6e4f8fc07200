"""Convolution by FFTs as a GPU runs it, against the float64 oracle."""

from typing import Any

import numpy as np
import oracle
import pytest
from conv_samples import PADDINGS
from samples import DATA_FORMATS, DTYPES, array_shape, signal
from tolerances import assert_close, conv_tolerance

CASES = (  # (spatial size, kernel, in channels, out channels, groups)
    ((1,), (1,), 1, 1, 1),
    ((2,), (3,), 2, 3, 1),
    ((12,), (3,), 4, 5, 1),
    ((9, 11), (3, 5), 3, 4, 1),
    ((8, 8), (9, 11), 2, 2, 1),
    ((10, 9), (3, 4), 9, 10, 1),
    ((7, 6), (3, 3), 4, 4, 4),
    ((7, 6), (2, 3), 3, 6, 3),
    ((6, 7, 5), (3, 2, 3), 2, 4, 2),
    ((2, 1, 3), (3, 4, 1), 2, 2, 1),
)


@pytest.mark.parametrize("data_format", DATA_FORMATS)
@pytest.mark.parametrize("padding", PADDINGS)
@pytest.mark.parametrize("dtype", DTYPES, ids=str)
def test_matches_oracle(gpu: Any, dtype: np.dtype, padding: str, data_format: str) -> None:
    if dtype not in DTYPES[:2] and padding != "same":
        return  # rounding does not know the padding
    for spatial, kernel, channels, out, groups in CASES:
        if padding == "valid" and any(k > n for n, k in zip(spatial, kernel, strict=True)):
            continue
        settings = dict(padding=padding, groups=groups, data_format=data_format)
        check(gpu, spatial, kernel, channels, out, dtype, settings)


def test_tiles(gpu: Any) -> None:
    """Axes of several tiles, with kernels that overlap them little and by half."""
    for spatial, kernel in (((300,), (9,)), ((280,), (70,)), ((3, 150), (2, 5))):
        for padding in ("same", "circular"):
            check(gpu, spatial, kernel, 1, 2, np.dtype(np.float32), dict(padding=padding))


def check(
    gpu: Any,
    spatial: tuple[int, ...],
    kernel: tuple[int, ...],
    channels: int,
    out: int,
    dtype: np.dtype,
    settings: dict[str, Any],
) -> None:
    """The output and both gradients."""
    data_format = settings.get("data_format", "channels_last")
    allowed = conv_tolerance(dtype)
    x = signal(0, array_shape(2, spatial, channels, data_format), dtype)
    filters = signal(1, (*kernel, channels // settings.get("groups", 1), out), dtype)
    y = gpu.conv(x, filters, **settings)
    assert_close(y, oracle.conv(x, filters, **settings), dtype, allowed=allowed)
    grad = signal(2, y.shape, dtype)
    grad_x = gpu.conv_input_gradient(x.shape, filters, grad, **settings)
    expected = oracle.conv_input_gradient(grad, filters, spatial, **settings)
    assert_close(grad_x, expected, dtype, allowed=allowed)
    grad_f = gpu.conv_filter_gradient(x, filters.shape, grad, **settings)
    expected = oracle.conv_filter_gradient(x, grad, kernel, **settings)
    assert_close(grad_f, expected, dtype, allowed=allowed)


def test_depthwise(gpu: Any) -> None:
    filters = signal(1, (3, 2, 4, 2), np.float32)
    x = signal(0, (2, 8, 9, 4), np.float32)
    dense, groups = oracle.depthwise_as_conv(filters)
    expected = oracle.conv(x, dense, groups=groups)
    y = gpu.conv(x, filters, groups=None)
    assert_close(y, expected, np.float32, allowed=conv_tolerance(np.float32))


def test_nothing_to_do(gpu: Any) -> None:
    filters = signal(1, (3, 3, 2, 4), np.float32)
    empty = np.zeros((0, 8, 9, 2), np.float32)
    assert gpu.conv(empty, filters).shape == (0, 8, 9, 4)
    gradient = gpu.conv_filter_gradient(empty, filters.shape, np.zeros((0, 8, 9, 4), np.float32))
    assert not gradient.any()


def test_refuses_bad_input(gpu: Any) -> None:
    x = signal(0, (2, 4, 5, 2), np.float32)
    with pytest.raises(ValueError, match="taps"):
        gpu.conv(x, signal(1, (5, 5, 2, 4), np.float32), padding="valid")
    with pytest.raises(ValueError, match="groups"):
        gpu.conv(x, signal(1, (3, 3, 2, 4), np.float32), groups=3)
    with pytest.raises(TypeError, match="filters"):
        gpu.conv(x, signal(1, (3, 3, 2, 4), np.float64))
    with pytest.raises(ValueError, match="grad_output"):
        gpu.conv_input_gradient(
            x.shape, signal(1, (3, 3, 2, 4), np.float32), signal(2, (2, 4, 4, 4), np.float32)
        )
