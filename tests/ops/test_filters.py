"""`filters_from_spectrum` and its inverse."""

from types import ModuleType
from typing import Any

import numpy as np
import pytest
import tensorflow as tf
from refusals import check_all_refused
from tolerances import assert_close

SIZES = [(1,), (2,), (5,), (6,), (1, 1), (3, 3), (4, 4), (5, 2), (6, 7), (2, 3, 4), (3, 1, 5)]
DTYPES = {np.dtype(np.float32): np.complex64, np.dtype(np.float64): np.complex128}
FORMS = ("packed", "complex", "pairs")


def filters_of(sizes: tuple[int, ...], dtype: Any) -> np.ndarray:
    return np.random.default_rng(0).standard_normal((*sizes, 3, 2)).astype(dtype)


def complex_spectrum(sizes: tuple[int, ...], dtype: Any) -> np.ndarray:
    """Of no symmetry at all."""
    rng = np.random.default_rng(1)
    shape = (*sizes[:-1], sizes[-1] // 2 + 1, 3, 2)
    values = rng.standard_normal(shape) + 1j * rng.standard_normal(shape)
    return values.astype(DTYPES[np.dtype(dtype)])


@pytest.mark.parametrize("dtype", DTYPES, ids=str)
@pytest.mark.parametrize("sizes", SIZES, ids=str)
def test_is_numpys(native: ModuleType, sizes: tuple[int, ...], dtype: np.dtype) -> None:
    """Both ways, unitary; of spectra that are not Hermitian the Hermitian part acts: irfftn."""
    axes = tuple(range(len(sizes)))
    spectrum = complex_spectrum(sizes, dtype)
    expected = np.fft.irfftn(spectrum.astype(np.complex128), sizes, axes=axes, norm="ortho")
    for given in (spectrum, np.stack([spectrum.real, spectrum.imag], -1)):
        assert_close(native.filters_from_spectrum(given, sizes).numpy(), expected, dtype)

    filters = filters_of(sizes, dtype)
    expected = np.fft.rfftn(filters.astype(np.float64), axes=axes, norm="ortho")
    spectrum = native.spectrum_from_filters(filters, form="complex").numpy()
    assert spectrum.dtype == DTYPES[dtype]
    assert_close(spectrum.real.astype(dtype), expected.real, dtype, factor=2)
    assert np.linalg.norm(spectrum - expected) <= 1e-6 * np.linalg.norm(expected)
    pairs = native.spectrum_from_filters(filters, form="pairs").numpy()
    assert np.array_equal(pairs, np.stack([spectrum.real, spectrum.imag], -1))

    for form in FORMS:
        given = native.spectrum_from_filters(filters, form=form)
        back = native.filters_from_spectrum(given, sizes)
        assert_close(back.numpy(), filters.astype(np.float64), dtype)


@pytest.mark.parametrize("sizes", SIZES, ids=str)
def test_packed_is_an_isometry_of_exactly_the_degrees_of_freedom(
    native: ModuleType, sizes: tuple[int, ...]
) -> None:
    count = int(np.prod(sizes))
    basis = np.eye(count).reshape(*sizes, 1, count)
    matrix = native.filters_from_spectrum(basis, sizes).numpy().reshape(count, count)
    assert np.allclose(matrix @ matrix.T, np.eye(count), atol=1e-14)


@pytest.mark.parametrize("k", [1, 2, 5, 6])
def test_layout_of_packed(native: ModuleType, k: int) -> None:
    filters = filters_of((k,), np.float64)
    spectrum = np.fft.rfft(filters, axis=0, norm="ortho")
    packed = [spectrum[0].real]
    for f in range(1, (k + 1) // 2):
        packed += [np.sqrt(2) * spectrum[f].real, np.sqrt(2) * spectrum[f].imag]
    if k % 2 == 0:
        packed.append(spectrum[k // 2].real)
    assert_close(native.spectrum_from_filters(filters).numpy(), np.stack(packed), np.float64)


@pytest.mark.parametrize("sizes", SIZES, ids=str)
def test_numbers_that_a_half_spectrum_has_too_many(
    native: ModuleType, sizes: tuple[int, ...]
) -> None:
    """The rank of the map is that of the filters; the docstring says what remains."""
    count = int(np.prod(sizes))
    half = (*sizes[:-1], sizes[-1] // 2 + 1)
    stored = 2 * int(np.prod(half))
    pairs = np.eye(stored).reshape(*half, 2, 1, stored)
    pairs = np.moveaxis(pairs, len(sizes), -1)
    matrix = native.filters_from_spectrum(pairs, sizes).numpy().reshape(count, stored)
    assert np.linalg.matrix_rank(matrix) == count
    surplus = int(np.prod(sizes[:-1])) * (2 if sizes[-1] % 2 == 0 else 1)
    assert stored - count == surplus


@pytest.mark.parametrize("form", FORMS)
def test_gradient(native: ModuleType, form: str) -> None:
    """The map is linear: the gradient of <g, filters> is the adjoint, to second order nothing."""
    sizes = (3, 4)
    spectrum = tf.Variable(native.spectrum_from_filters(filters_of(sizes, np.float64), form=form))
    g = np.random.default_rng(2).standard_normal((*sizes, 3, 2))
    with tf.GradientTape() as tape:
        loss = tf.reduce_sum(g * native.filters_from_spectrum(spectrum, sizes) ** 2) / 2
    gradient = tape.gradient(loss, spectrum).numpy()
    step = np.random.default_rng(3).standard_normal(spectrum.shape)
    if form == "complex":
        step = step + 1j * np.random.default_rng(4).standard_normal(spectrum.shape)
    filters = native.filters_from_spectrum(spectrum, sizes).numpy()
    moved = native.filters_from_spectrum(step, sizes).numpy()
    assert np.isclose(np.sum(np.conj(gradient) * step).real, np.sum(g * filters * moved))


def test_trains_a_convolution(native: ModuleType) -> None:
    """A spectral layer starts where its initializer does, and has a gradient."""
    filters = filters_of((3, 3), np.float32)
    x = np.random.default_rng(5).standard_normal((2, 8, 8, 3)).astype(np.float32)
    spectrum = tf.Variable(native.spectrum_from_filters(filters))

    @tf.function
    def run() -> tuple[tf.Tensor, tf.Tensor]:
        with tf.GradientTape() as tape:
            y = native.conv(x, native.filters_from_spectrum(spectrum, (3, 3)))
        return y, tape.gradient(y, spectrum)

    y, gradient = run()
    assert_close(y.numpy(), native.conv(x, filters).numpy().astype(np.float64), np.float32)
    assert gradient.shape == (3, 3, 3, 2) and np.abs(gradient.numpy()).max() > 0


BAD = [  # (spectrum, kernel_size, error, what the message must hold)
    (np.ones((3, 3, 2, 2), np.float32), (3, "3"), TypeError, ("kernel_size", "'3'", "int")),
    (np.ones((3, 3, 2, 2), np.float32), (3.0, 3), TypeError, ("kernel_size", r"3\.0", "int")),
    (np.ones((3, 3, 2, 2), np.float32), True, TypeError, ("kernel_size", "True", "int")),
    (np.ones((3, 3, 2, 2), np.float32), (), ValueError, ("kernel_size", r"\(\)", "1 to 3")),
    (np.ones((3, 3, 2, 2), np.float32), (0, 3), ValueError, ("kernel_size", r"\b0\b", "4096")),
    (np.ones((3, 3, 2, 2), np.float32), (3, 4), ValueError, ("spectrum", r"\(3, 3,", r"3, 4")),
    (np.ones((3, 3, 2, 2), np.complex64), (3, 3), ValueError, ("spectrum", r"\(3, 3,", r"3, 2")),
    (np.ones((3, 2, 2), np.complex64), (3, 3), ValueError, ("spectrum", r"\(3, 2, 2\)", "any")),
    (np.ones((3, 2, 2, 2, 3), np.float32), (3, 3), ValueError, ("spectrum", "any, any, 2")),
    (np.ones((3, 3, 2, 2), bool), (3, 3), TypeError, ("spectrum", "bool", "complex64", "float16")),
    (np.ones((3, 3, 2, 2), np.float32), np.array(True), TypeError, ("kernel_size", "True", "int")),
    (np.ones((3, 3, 2, 2), np.int32), (3, 3), TypeError, ("spectrum", "int32", "float32")),
    (None, (3, 3), TypeError, ("spectrum", "None")),
    ("wave", (3, 3), TypeError, ("spectrum", "string")),
]


def test_bad_spectrum(native: ModuleType) -> None:
    table = [
        (dict(spectrum=spectrum, kernel_size=size), error, fragments)
        for spectrum, size, error, fragments in BAD
    ]
    check_all_refused(native.filters_from_spectrum, {}, table)


def test_bad_filters(native: ModuleType) -> None:
    table = [
        (dict(filters=np.ones((2, 2), np.float32)), ValueError, ("filters", r"\(2, 2\)")),
        (dict(filters=np.ones((2, 2, 2), np.complex64)), TypeError, ("filters", "complex64")),
        (dict(filters=np.ones((0, 2, 2), np.float32)), ValueError, ("filters", r"\b0\b")),
        (dict(form="half"), ValueError, ("form: 'half' is unknown; allowed: 'packed'",)),
    ]
    good = dict(filters=np.ones((3, 2, 2), np.float32))
    check_all_refused(native.spectrum_from_filters, good, table)
