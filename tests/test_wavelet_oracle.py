"""The oracle of wavelets against PyWavelets, and its own adjoints."""

import itertools

import numpy as np
import pytest
import pywt
import wavelet_oracle as oracle
from samples import DATA_FORMATS, signal
from tolerances import PYWAVELETS, relative_error
from wavelet_samples import NAMES, filters_of

F64 = np.dtype(np.float64)


def close(actual: np.ndarray, expected: np.ndarray) -> None:
    assert actual.shape == expected.shape
    assert relative_error(actual, expected) <= PYWAVELETS


@pytest.mark.parametrize("mode", oracle.MODES)
def test_every_wavelet(mode: str) -> None:
    """Long and short signals, odd and even, there and back."""
    for name in NAMES:
        filters, back = filters_of(name), filters_of(name, reconstruction=True)
        for n in (1, 2, 5, 12, 33):
            if not oracle.can_extend(n, mode):
                continue
            x = signal(n, (1, n, 1), F64)
            bands = oracle.analysis(x, [filters], mode=mode)
            expected = pywt.dwt(x[0, :, 0], name, mode)
            close(bands[0, :, :, 0], np.stack(expected, -1))
            most = pywt.idwt(*expected, name, mode)
            for size in (len(most), len(most) - 1):
                y = oracle.synthesis(bands, [size], [back], mode=mode)
                close(y[0, :, 0], most[:size])


def test_every_wavelet_without_decimation() -> None:
    """Level by level; an inverse also of coefficients that no signal has."""
    n = 8
    x = signal(0, (1, n, 1), F64)
    for name in NAMES:
        filters = filters_of(name)
        back = filters_of(name, reconstruction=True)[:, ::-1] / 2
        bands = oracle.analysis(x, [filters], rule="swt")
        expected = pywt.swt(x[0, :, 0], name, 3)[::-1]
        given = signal(1, (1, n, 2, 1), F64)
        for level in range(3):
            close(bands[0, :, :, 0], np.stack(expected[level], -1))
            bands = oracle.analysis(bands[..., 0, :], [filters], rule="swt", level=level + 1)
        y = oracle.synthesis(given, [n], [back], rule="swt", level=2)
        for level in (1, 0):
            bands = np.stack([y, given[..., 1, :]], 2)
            y = oracle.synthesis(bands, [n], [back], rule="swt", level=level)
        a, d = given[0, :, :, 0].T
        close(y[0, :, 0], pywt.iswt([a, d, d, d], name))


@pytest.mark.parametrize("data_format", DATA_FORMATS)
def test_axes_and_bands_are_in_order(data_format: str) -> None:
    for spatial in ((6, 5), (4, 5, 3)):
        rank = len(spatial)
        x = signal(0, (2, *spatial, 3), F64)
        axes = tuple(range(1, rank + 1))
        names = ["".join(letters) for letters in itertools.product("ad", repeat=rank)]
        even = x[(slice(None), *(slice(n - n % 2) for n in spatial))]  # as pywt.swtn takes them
        filters = [filters_of("db2")] * rank
        for rule, given, expected in (
            ("dwt", x, pywt.dwtn(x, "db2", "smooth", axes)),
            ("swt", even, pywt.swtn(even, "db2", 1, axes=axes)[0]),
        ):
            bands = np.stack([expected[name] for name in names], -2)
            if data_format == "channels_first":
                given, bands = np.moveaxis(given, -1, 1), np.moveaxis(bands, (-2, -1), (1, 2))
            y = oracle.analysis(given, filters, rule=rule, mode="smooth", data_format=data_format)
            close(y, bands)


def test_adjoints_and_slopes() -> None:
    """<bands, A x> = <A* bands, x> = <slope by an axis' filters, these filters>."""
    settings = itertools.product(("dwt", "idwt", "swt"), oracle.MODES, DATA_FORMATS)
    for number, (rule, mode, data_format) in enumerate(settings):
        spatial = ((7,), (4, 5), (3, 2, 4))[number % 3]
        filters = [signal(axis, (2, taps), F64) for axis, taps in enumerate((4, 6, 2))]
        filters = filters[: len(spatial)]
        x = signal(3, (2, *spatial, 3), F64)
        x = x if data_format == "channels_last" else np.moveaxis(x, -1, 1)
        how = dict(rule=rule, mode=mode, level=number % 2, data_format=data_format)
        y = oracle.analysis(x, filters, **how)
        bands = signal(4, y.shape, F64)
        product = np.vdot(bands, y)
        close(np.vdot(oracle.synthesis(bands, spatial, filters, **how), x), product)
        for axis, each in enumerate(filters):
            close(np.vdot(oracle.filter_gradient(x, bands, filters, axis, **how), each), product)
