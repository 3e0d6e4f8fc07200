"""What docs/conventions.md says of the rules of resampling, for all lengths up to 19.

Of the oracle's matrices, which tests/test_oracle.py holds against its transforms.
"""

from collections.abc import Iterator

import numpy as np
import oracle
import pytest
import scipy.fft
from samples import RULES, windows_for

LENGTHS = range(1, 20)
PERIODIC, CENTERED, SYMMETRIC = RULES
Rule = dict[str, str]
every_rule = pytest.mark.parametrize("rule", RULES, ids=["periodic", "centered", "symmetric"])


def matrices(rule: Rule) -> Iterator[tuple[int, int, np.ndarray, np.ndarray]]:
    """Of all lengths n and m, a random window and its matrix."""
    for n in LENGTHS:
        for m in LENGTHS:
            (window,) = windows_for(100 * n + m, (n,), (m,), np.float64, **rule)
            yield n, m, window, oracle.resample_matrix(n, m, window=window, **rule)


@every_rule
def test_adjoint_and_mean(rule: Rule) -> None:
    for n, m, window, matrix in matrices(rule):
        back = oracle.resample_matrix(m, n, window=window, **rule)
        assert np.allclose(matrix.T, m / n * back, atol=1e-14)
        assert np.allclose(matrix.sum(1), window[0], atol=1e-14)
        assert np.allclose(matrix.sum(0), m / n * window[0], atol=1e-14)


@every_rule
def test_identity(rule: Rule) -> None:
    for n in LENGTHS:
        assert np.allclose(oracle.resample_matrix(n, n, **rule), np.eye(n), atol=1e-14)


@every_rule
def test_symmetries(rule: Rule) -> None:
    """Flips: of the periodic axis, i -> -i, or of the image, i -> n - 1 - i; half a turn."""
    for n, m, _, matrix in matrices(rule):
        turned = matrix[::-1, ::-1]
        if rule is PERIODIC:
            turned = np.roll(turned, (1, 1), (0, 1))
        assert np.allclose(turned, matrix, atol=1e-14)
        if rule is not SYMMETRIC and n % 2 == 0 and m % 2 == 0:
            assert np.allclose(np.roll(matrix, (m // 2, n // 2), (0, 1)), matrix, atol=1e-14)


def test_first_is_no_flip_of_the_image() -> None:
    found = 0
    for n, m, _, matrix in matrices(PERIODIC):
        if n != m and min(n, m) > 1:
            found += np.allclose(matrix[::-1, ::-1], matrix, atol=1e-6)
    assert not found


@every_rule
def test_copies(rule: Rule) -> None:
    """Without a window an output that lies on an input sample is a copy, or when shrinking m/n of
    it: of the first rule g = gcd(n, m) of them, of the others g where n/g and m/g are odd.
    """
    for n in LENGTHS:
        for m in LENGTHS:
            matrix = oracle.resample_matrix(n, m, **rule)
            shift = 0 if rule is PERIODIC else 1
            on = [
                (j, i)
                for j in range(m)
                for i in range(n)
                if (2 * j + shift) * n == (2 * i + shift) * m
            ]
            g = np.gcd(n, m)
            all_odd = (n // g) % 2 == 1 and (m // g) % 2 == 1
            assert len(on) == (g if rule is PERIODIC or all_odd else 0)
            for j, i in on:
                line, value = (matrix[j], 1.0) if m >= n else (matrix[:, i], m / n)
                expected = np.zeros(len(line))
                expected[i if m >= n else j] = value
                assert np.allclose(line, expected, atol=1e-14), (n, m, j, i)


def test_symmetric_is_the_cosine_transform() -> None:
    """Of SciPy: the first b entries of the DCT-II, weighted, and its inverse at the new length."""
    for n, m, window, matrix in matrices(SYMMETRIC):
        band = min(n, m)
        spectrum = scipy.fft.dct(np.eye(n), axis=0)[:band] * window[:, np.newaxis]
        padded = np.pad(spectrum, ((0, m - band), (0, 0)))
        assert np.allclose(matrix, scipy.fft.idct(padded, axis=0) * m / n, atol=1e-14)


def test_symmetric_is_centered_of_the_mirrored_signal() -> None:
    """Whatever weighs its Nyquist frequency: there is nothing at it."""
    for n, m, window, matrix in matrices(SYMMETRIC):
        for nyquist in (0.0, 7.0):
            longer = np.append(window, nyquist)
            whole = oracle.resample_matrix(2 * n, 2 * m, window=longer, **CENTERED)
            assert np.allclose(whole[:m, :n] + whole[:m, : n - 1 : -1], matrix, atol=1e-14)


def test_cosine_transform_by_an_fft_of_the_same_length() -> None:
    """Even samples, then the odd ones backwards; half spectra alone, both ways."""
    rng = np.random.default_rng(0)
    for n in LENGTHS:
        x = rng.standard_normal(n)
        sorted_x = np.concatenate([x[::2], x[1::2][::-1]])
        k = np.arange(n // 2 + 1)
        turned = np.fft.rfft(sorted_x) * np.exp(-0.5j * np.pi * k / n)
        cosines = np.zeros(n + 1)
        cosines[n - k] = -turned.imag
        cosines[k] = turned.real
        i = np.arange(n)
        direct = np.cos(np.pi * np.outer(i, 2 * i + 1) / (2 * n)) @ x
        assert np.allclose(cosines[:n], direct, atol=1e-13)

        cosines = np.append(direct, 0)
        turned = (cosines[k] - 1j * cosines[n - k]) * np.exp(0.5j * np.pi * k / n)
        back = np.fft.irfft(turned, n) if n > 1 else turned.real
        y = np.zeros(n)
        y[::2], y[1::2] = back[: (n + 1) // 2], back[(n + 1) // 2 :][::-1]
        assert np.allclose(y, x, atol=1e-13)


@every_rule
def test_window_gradient(rule: Rule) -> None:
    """By the bins of both spectra, turned by their half samples; or by both cosine transforms."""
    rng = np.random.default_rng(1)
    for n in LENGTHS:
        for m in LENGTHS:
            x, g = rng.standard_normal(n), rng.standard_normal(m)
            k = np.arange(oracle.window_length(n, m, rule.get("boundary", "periodic")))
            if rule is SYMMETRIC:
                products = scipy.fft.dct(x)[k] * scipy.fft.dct(g)[k] / 4
                once = k == 0
            else:
                half = 0 if rule is PERIODIC else 0.5
                of_x = np.fft.rfft(x)[k] * np.exp(-2j * np.pi * k * half / n)
                of_g = np.fft.rfft(g)[k] * np.exp(-2j * np.pi * k * half / m)
                products = (np.conj(of_g) * of_x).real
                once = (k == 0) | (2 * k == min(n, m))
            slope = np.where(once, 1, 2) * products / n
            given = (x[np.newaxis, :, np.newaxis], g[np.newaxis, :, np.newaxis], 0)
            expected = oracle.resample_window_gradient(*given, **rule)
            assert np.allclose(slope, expected, atol=1e-13)


def test_nyquist_bin_of_a_centered_axis() -> None:
    """When it shrinks to an even length, the sine about its centre, in turns of sign."""
    for n, m, window, matrix in matrices(CENTERED):
        if m < n and m % 2 == 0:
            without = oracle.resample_matrix(n, m, window=np.append(window[:-1], 0), **CENTERED)
            sine = np.sin(np.pi * m * (np.arange(n) + 0.5) / n)
            bin_ = window[-1] / n * np.outer((-1.0) ** np.arange(m), sine)
            assert np.allclose(matrix - without, bin_, atol=1e-14)


def test_even_half_of_symmetric_folds_again() -> None:
    """It is half of the symmetric rule n/2 -> m/2 with the window w[0], w[2], .."""
    for n, m, window, matrix in matrices(SYMMETRIC):
        if n % 2 == 0 and m % 2 == 0:
            even = (matrix + matrix[:, ::-1])[: m // 2, : n // 2] / 2
            half = oracle.resample_matrix(n // 2, m // 2, window=window[::2], **SYMMETRIC)
            assert np.allclose(even, half / 2, atol=1e-14)


def test_why_symmetric_with_first_is_refused() -> None:
    """With sample 0 in its place the low cosines are taken at j n/m, and the transpose of that is
    no such rule, nor do flips commute with it.
    """

    def kept_at_0(n: int, m: int) -> np.ndarray:
        k = np.arange(min(n, m))
        to = np.cos(np.pi * np.outer(np.arange(m) / m + 1 / (2 * n), k))
        of = np.cos(np.pi * np.outer(np.arange(n) / n + 1 / (2 * n), k))
        return to @ np.diag(np.where(k == 0, 1, 2)) @ of.T / n

    for n, m in ((8, 4), (9, 5), (4, 7)):
        matrix = kept_at_0(n, m)
        assert np.allclose(kept_at_0(n, n), np.eye(n), atol=1e-14)
        assert np.allclose(matrix.sum(1), 1, atol=1e-14)
        assert np.abs(matrix.T - m / n * kept_at_0(m, n)).max() > 0.1
        assert np.abs(matrix[::-1, ::-1] - matrix).max() > 0.1
