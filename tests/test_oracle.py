"""The oracle against itself, and the comparison against wrong answers."""

from itertools import product

import numpy as np
import oracle
import pytest
import scipy.ndimage
import scipy.signal
from conv_samples import PADDINGS, has_output
from samples import (
    DATA_FORMATS,
    DTYPES,
    NORMS,
    SHAPES,
    array_shape,
    signal,
    weights_for,
    windows_for,
)
from tolerances import assert_close, assert_each_close

F64 = np.dtype(np.float64)


@pytest.mark.parametrize("norm", NORMS)
def test_fft_and_matrix_agree_on_every_pair_of_lengths(norm: str) -> None:
    for n in range(1, 20):
        for m in range(1, 20):
            (window,) = windows_for(n, [n], [m], F64)
            for w in (None, window):
                matrix = oracle.resample_matrix(n, m, norm=norm, window=w)
                columns = np.eye(n)[:, :, np.newaxis]  # one unit vector per image
                y = oracle.resample(columns, [m], norm=norm, windows=[w])[..., 0].T
                assert_close(y, matrix, F64)


def test_fft_and_matrix_agree_in_every_rank() -> None:
    """<g, A x> by FFT = <A^T g, x> by matrices, and = sum w[k] d/dw[k] on each axis."""
    for (spatial, output_size), data_format in product(SHAPES, DATA_FORMATS):
        x = signal(1, array_shape(2, spatial, 3, data_format), F64)
        g = signal(2, array_shape(2, output_size, 3, data_format), F64)
        settings = dict(windows=windows_for(3, spatial, output_size, F64), data_format=data_format)
        forward = np.vdot(g, oracle.resample(x, output_size, **settings))
        assert_close(np.vdot(oracle.resample_adjoint(g, spatial, **settings), x), forward, F64)
        for axis, window in enumerate(settings["windows"]):
            slope = oracle.resample_window_gradient(x, g, axis, **settings)
            assert_close(slope @ window, forward, F64)


def test_odd_sizes_are_the_textbook_crop() -> None:
    x = signal(0, (2, 9, 7, 3), F64)
    spectrum = np.fft.fftshift(np.fft.fft2(x, axes=(1, 2)), axes=(1, 2))
    crop = np.fft.ifftshift(spectrum[:, 2:7, 2:5], axes=(1, 2))
    expected = np.fft.ifft2(crop, axes=(1, 2)).real * (5 * 3) / (9 * 7)
    assert_close(oracle.resample(x, (5, 3)), expected, F64)


def test_odd_sizes_are_scipys() -> None:
    """Smaller and larger. Of even ones its Nyquist bins follow another rule."""
    for n, m in product((1, 3, 9, 31), (1, 5, 9, 21, 63)):
        x = signal(n, (2, n, 3), F64)
        assert_close(oracle.resample(x, (m,)), scipy.signal.resample(x, m, axis=1), F64)


def test_window_gradient_is_a_derivative() -> None:
    x, g = signal(0, (2, 6, 5, 2), F64), signal(1, (2, 4, 9, 2), F64)
    windows = windows_for(2, (6, 5), (4, 9), F64)
    for axis, window in enumerate(windows):
        slope = oracle.resample_window_gradient(x, g, axis, windows=windows)
        for k in range(len(window)):
            moved = [w.copy() for w in windows]
            moved[axis][k] += 1  # the map is linear in each window
            change = oracle.resample(x, (4, 9), windows=moved)
            change -= oracle.resample(x, (4, 9), windows=windows)
            assert abs(np.vdot(g, change) - slope[k]) <= 1e-12 * np.linalg.norm(slope)


@pytest.mark.parametrize("data_format", DATA_FORMATS)
@pytest.mark.parametrize(
    ("spatial", "modes", "output_size"),
    [
        ((1,), (1,), (4,)),
        ((9,), (5,), (9,)),
        ((8,), (5,), (8,)),
        ((8,), (4,), (13,)),
        ((6, 8), (6, 5), (6, 8)),
        ((7, 5), (4, 3), (4, 6)),
        ((4, 6, 5), (3, 6, 3), (5, 3, 4)),
    ],
)
def test_spectral_conv_and_its_adjoints_agree(
    spatial: tuple[int, ...],
    modes: tuple[int, ...],
    output_size: tuple[int, ...],
    data_format: str,
) -> None:
    for channels, out in (((3, 4), 4), ((3,), 3), ((), 3)):
        for norm in NORMS:
            x = signal(0, array_shape(2, spatial, 3, data_format), F64)
            g = signal(1, array_shape(2, output_size, out, data_format), F64)
            weights = weights_for(2, modes, channels, F64)
            settings = dict(norm=norm, data_format=data_format)
            y = oracle.spectral_conv(x, weights, output_size=output_size, **settings)
            grad_x = oracle.spectral_conv_adjoint(g, weights, spatial, **settings)
            slope = oracle.spectral_conv_weight_gradient(x, g, weights.shape, **settings)
            assert grad_x.shape == x.shape and slope.shape == weights.shape
            assert_close(np.vdot(grad_x, x), np.vdot(g, y), F64, factor=2)
            for other in (weights, weights_for(3, modes, channels, F64)):
                y = oracle.spectral_conv(x, other, output_size=output_size, **settings)
                assert_close(np.vdot(slope, other).real, np.vdot(g, y), F64, factor=2)


@pytest.mark.parametrize("data_format", DATA_FORMATS)
def test_filter_is_spectral_conv_at_all_modes(data_format: str) -> None:
    """NumPy's irfftn takes the Hermitian part of a response that has another."""
    for spatial in ((1,), (2,), (9,), (12,), (6, 8), (7, 5), (4, 1), (3, 6, 5), (4, 5, 6)):
        half = (*spatial[:-1], spatial[-1] // 2 + 1)
        x = signal(0, array_shape(2, spatial, 3, data_format), F64)
        for channels in ((), (3,)):
            response = weights_for(1, half, channels, F64)
            expected = oracle.spectral_conv(x, response, data_format=data_format)
            assert_close(oracle.filter(x, response, data_format=data_format), expected, F64)


CONVS = (  # (spatial size, taps, groups)
    ((9,), (4,), 1),
    ((3,), (8,), 2),
    ((6, 5), (3, 2), 2),
    ((4, 3), (7, 6), 4),
    ((4, 3, 5), (2, 3, 1), 2),
)


def test_conv_and_its_adjoints_agree() -> None:
    for (spatial, taps, groups), padding, data_format in product(CONVS, PADDINGS, DATA_FORMATS):
        if not has_output(spatial, taps, padding):
            continue
        x = signal(0, array_shape(2, spatial, 4, data_format), F64)
        filters = signal(1, (*taps, 4 // groups, 8), F64)
        settings = dict(padding=padding, groups=groups, data_format=data_format)
        y = oracle.conv(x, filters, **settings)
        g = signal(2, y.shape, F64)
        grad_x = oracle.conv_input_gradient(g, filters, spatial, **settings)
        grad_filters = oracle.conv_filter_gradient(x, g, taps, **settings)
        assert grad_x.shape == x.shape and grad_filters.shape == filters.shape
        assert_close(np.vdot(grad_x, x), np.vdot(g, y), F64)
        assert_close(np.vdot(grad_filters, filters), np.vdot(g, y), F64)


def test_conv_is_scipys() -> None:
    x = signal(0, (2, 7, 6, 3), F64)
    for taps, padding in product(((1, 1), (3, 3), (4, 5), (6, 2)), PADDINGS):
        filters = signal(1, (*taps, 3, 4), F64)
        y = oracle.conv(x, filters, padding=padding)
        expected = np.zeros(y.shape)
        for b, i, o in np.ndindex(2, 3, 4):
            image, kernel = x[b, ..., i], filters[..., i, o]
            if padding in ("valid", "full"):
                expected[b, ..., o] += scipy.signal.correlate2d(image, kernel, padding)
            else:  # scipy.ndimage centres on k // 2, ours on (k - 1) // 2
                given = dict(
                    origin=[-1 if k % 2 == 0 else 0 for k in taps],
                    mode="wrap" if padding == "circular" else "constant",
                )
                expected[b, ..., o] += scipy.ndimage.correlate(image, kernel, **given)
        assert_close(y, expected, F64)


@pytest.mark.parametrize("dtype", DTYPES, ids=str)
def test_comparison_refuses_wrong_answers(dtype: np.dtype) -> None:
    right = oracle.resample(signal(0, (2, 6, 4), F64), [3])
    good = right.astype(dtype)
    assert_close(good, right, dtype)
    not_a_number = good.copy()
    not_a_number[0, 0, 0] = np.nan
    one_value_off = good.copy()
    one_value_off[1, 2, 3] *= 1.2
    wrong = (np.zeros_like(good), -good, not_a_number, one_value_off, good[:1], good[..., ::-1])
    for answer in wrong:
        with pytest.raises(AssertionError):
            assert_close(answer, right, dtype)
    with pytest.raises(AssertionError, match="dtype"):
        assert_close(right.astype(np.longdouble), right, dtype)


def test_comparison_of_each_asks_each_by_its_own_measure() -> None:
    right = np.stack([signal(0, (3, 20), F64), 1e8 * signal(1, (3, 20), F64)])
    noise = np.array([[1.0, 1.0, 1.0], [1e8, 1e8, 1e8]])
    assert_each_close(right * (1 + 5e-7), right, noise, 1e-6)
    for image, channel, error in ((0, 0, 1e-3), (0, 2, np.nan), (1, 1, 1e5), (0, 1, np.inf)):
        wrong = right.copy()
        wrong[image, channel, 7] += error
        with pytest.raises(AssertionError, match=rf"image {image}, channel {channel}"):
            assert_each_close(wrong, right, noise, 1e-6)
        others = np.ones((2, 3), bool)
        others[image, channel] = False
        assert_each_close(wrong, right, noise, 1e-6, where=others)
    nothing = np.zeros_like(right)
    assert_each_close(nothing + 1e-7, nothing, noise, 1e-6)
    with pytest.raises(AssertionError):
        assert_each_close(nothing + 1e-6, nothing, noise, 1e-6)
