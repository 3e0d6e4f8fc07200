"""`resample` with the samples of one signal as lanes: long signals of few channels."""

from types import ModuleType

import numpy as np
import oracle
import pytest
from samples import (
    DATA_FORMATS,
    DTYPES,
    NORMS,
    RULES,
    array_shape,
    pairwise,
    same_bits,
    signal,
    window_dtype,
    windows_for,
)
from tolerances import assert_close, tolerance

DUAL = {"forward": "backward", "ortho": "ortho", "backward": "forward"}
VECTOR_TARGETS = ("avx2", "avx512")

# Both directions; packed and real phases of full and of partial vectors; a chirp on either side
# and on both; bands of which whole phases are left out.
LENGTHS = (
    (4096, 1000), (1000, 4096), (4096, 3000), (3003, 2184), (2184, 3003), (3000, 7000),
    (16384, 8192), (8192, 16384), (20000, 1000), (1000, 20000), (19683, 13122), (6561, 5103),
    (32768, 256), (301, 40000), (40000, 301), (9973, 4096), (4096, 9973), (9973, 9967),
    (20011, 2003), (32770, 16385), (8200, 4100), (13122, 6561), (19683, 39366), (4099, 8198),
)  # fmt: skip


def by_samples(kernels: ModuleType, shape: tuple[int, ...], m: int, **settings: object) -> bool:
    return " samples" in kernels.resample_plan(shape, m, **settings)["stages"]


@pytest.mark.parametrize("simd", VECTOR_TARGETS, indirect=True)
def test_any_length(kernels: ModuleType, simd: str) -> None:
    met = set()
    rows = pairwise(LENGTHS, RULES, DTYPES, NORMS, (1, 2, 3, 8), (False, True))
    for case, ((n, m), rule, dtype, norm, channels, windowed) in enumerate(rows):
        x = signal(case, (2, n, channels), dtype)
        windows = windows_for(case, (n,), (m,), dtype, **rule) if windowed else None
        y = kernels.resample(x, m, norm=norm, windows=windows, simd=simd, **rule)
        expected = oracle.resample(x, (m,), norm=norm, windows=windows, **rule)
        assert_close(y, expected, dtype)
        settings = dict(dtype=np.dtype(dtype).name, windowed=windowed, simd=simd, **rule)
        if by_samples(kernels, x.shape, m, **settings):
            met.add((n, m, str(rule)))
    assert len(met) > len(LENGTHS) * len(RULES) / 2


@pytest.mark.parametrize("simd", VECTOR_TARGETS, indirect=True)
def test_each_way(kernels: ModuleType, simd: str) -> None:
    """Where the plan names them, in both layouts."""
    ways = set()
    for n, m in LENGTHS:
        for channels, data_format in ((1, "channels_last"), (3, "channels_first")):
            shape = array_shape(1, (n,), channels, data_format)
            plan = kernels.resample_plan(shape, m, data_format=data_format, simd=simd)
            ways.add(plan["stages"])
            x = signal(n, shape, np.float32)
            y = kernels.resample(x, m, data_format=data_format, simd=simd)
            assert_close(y, oracle.resample(x, (m,), data_format=data_format), np.float32)
    text = "\n".join(ways)
    for side in ("packed of phases", "real passes of phases", "chirp across lanes"):
        assert f"{side} to" in text, side
        assert f"to {side}" in text, side


@pytest.mark.parametrize("simd", VECTOR_TARGETS, indirect=True)
@pytest.mark.parametrize("windowed", [False, True])
def test_adjoint_is_the_transpose(kernels: ModuleType, simd: str, windowed: bool) -> None:
    for case, ((n, m), rule, norm) in enumerate(pairwise(LENGTHS, RULES, NORMS)):
        windows = windows_for(case, (n,), (m,), np.float64, **rule) if windowed else None
        x = signal(case, (2, n, 1), np.float64)
        grad = signal(case + 1, (2, m, 1), np.float64)
        settings = dict(windows=windows, simd=simd, **rule)
        y = kernels.resample(x, m, norm=norm, **settings)
        back = kernels.resample(grad, n, norm=DUAL[norm], **settings)
        size = np.linalg.norm(grad) * np.linalg.norm(y) + np.linalg.norm(back) * np.linalg.norm(x)
        assert abs(np.vdot(grad, y) - np.vdot(back, x)) <= tolerance(np.float64) * size


@pytest.mark.parametrize("data_format", DATA_FORMATS)
@pytest.mark.parametrize("simd", VECTOR_TARGETS, indirect=True)
def test_bits_do_not_depend_on_the_batch(kernels: ModuleType, simd: str, data_format: str) -> None:
    for dtype, (n, m), channels in pairwise(
        DTYPES[:3], ((4096, 1000), (3003, 2184), (16384, 8192), (9973, 4096)), (1, 2)
    ):
        x = signal(n, array_shape(33, (n,), channels, data_format), dtype)
        settings = dict(data_format=data_format, simd=simd)
        alone = {i: kernels.resample(x[i : i + 1], m, threads=1, **settings) for i in (0, 7, 32)}
        for number, batch in enumerate((2, 8, 15, 16, 17, 33)):
            y = kernels.resample(x[:batch], m, threads=(1, 3)[number % 2], **settings)
            for i in alone:
                assert i >= batch or same_bits(y[i : i + 1], alone[i])


@pytest.mark.parametrize("simd", VECTOR_TARGETS, indirect=True)
def test_windows_need_no_new_tables(kernels: ModuleType, simd: str) -> None:
    """A window is applied to the spectrum: ones change no bit."""
    for n, m in ((4096, 1000), (9973, 4096), (1000, 4096)):
        x = signal(n, (1, n, 1), np.float32)
        ones = [np.ones(min(n, m) // 2 + 1, window_dtype(np.float32))]
        if not by_samples(kernels, x.shape, m, windowed=True, simd=simd):
            continue
        assert by_samples(kernels, x.shape, m, simd=simd)
        y = kernels.resample(x, m, simd=simd)
        assert same_bits(kernels.resample(x, m, windows=ones, simd=simd), y)


def test_a_window_of_equal_lengths(kernels: ModuleType) -> None:
    for n in (4096, 19683, 9973):
        x = signal(n, (1, n, 1), np.float32)
        windows = windows_for(n, (n,), (n,), np.float32)
        y = kernels.resample(x, n, windows=windows)
        assert_close(y, oracle.resample(x, (n,), windows=windows), np.float32)


def test_signals_are_shared_among_threads(kernels: ModuleType, lanes: int) -> None:
    plan = kernels.resample_plan((16, 65536, 1), 32768, threads=4)
    if lanes > 1:
        assert " samples" in plan["stages"]
        assert plan["workers"] == 4
        assert plan["tasks"] == 16
