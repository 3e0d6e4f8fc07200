"""What the tests of GPU kernels rest on where there is no GPU."""

from types import ModuleType, SimpleNamespace
from typing import Any

import numpy as np
import oracle
import pytest
from gpu_backends import DEVICES, Guarded, make_backend
from hypothesis import given
from hypothesis import strategies as st
from tolerances import relative_error

MISTAKES = {
    "reads what nobody wrote": "before it was written",
    "writes one place twice": "two writes",
    "writes beyond the end": "beyond its end",
    "writes a crooked pair": "not aligned",
    "forgets to wait": "a read of what is written",
    "writes what others read": "a write of what is read",
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_finds_mistakes(testing: ModuleType, mistake: str) -> None:
    assert MISTAKES[mistake] in testing.gpu_emulation_trial(mistake)


def test_lets_right_kernels_pass(testing: ModuleType) -> None:
    assert testing.gpu_emulation_trial("none") == ""


@pytest.mark.parametrize("sign", [1, -1])
def test_tensor_cores_cut_sums_toward_zero(testing: ModuleType, sign: int) -> None:
    """To float32; and what is added, to a bit more than that of the largest."""
    ulp = 2.0**-23
    for addends, expected in (
        ((1, 0.5 * ulp, 0.5 * ulp), 1 + ulp),
        ((1, 0.5 * ulp, 0.25 * ulp), 1.0),
        ((1, 0.5 * ulp), 1.0),
        ((1, *[0.49 * ulp] * 4), 1.0),
        ((1, ulp, 0.75 * ulp), 1 + ulp),
        ((1, -0.25 * ulp), 1.0),
        ((1, -0.5 * ulp), 1 - 0.5 * ulp),
        ((1 + ulp, -1, -ulp), 0.0),
        ((3, 2.0**-30, -3), 0.0),
        ((2.0**-140, 2.0**-141), 3 * 2.0**-141),
        ((0, 0), 0.0),
    ):
        first, *others = (sign * addend for addend in addends)
        a, ones = np.zeros(4), [1] * 4
        a[: len(others)] = others
        assert testing.gpu_add(first, a, ones) == sign * expected
        if len(others) < 4:
            assert testing.gpu_add(0, np.append(a[:3], first), ones) == sign * expected


def test_tensor_cores_pass_on_what_is_not_finite(testing: ModuleType) -> None:
    assert testing.gpu_add(1, [np.inf, 1, 1, 1], [1, 1, 1, 1]) == np.inf
    for a in ([np.nan, 1, 1, 1], [np.inf, -np.inf, 1, 1]):
        assert np.isnan(testing.gpu_add(1, a, [1, 1, 1, 1]))


def test_kernels_do_not_live_on_tensor_cores_that_round(testing: ModuleType) -> None:
    """To nearest they are as exact as cut toward zero, but for half an error."""
    x = np.random.default_rng(0).standard_normal((1, 1024, 2)).astype(np.float32)
    expected = oracle.resample(x, (512,))
    cut, rounded = (
        testing.GpuEmulation(algorithm="matrix", toward_zero=cut).resample(x, (512,))
        for cut in (True, False)
    )
    assert not np.array_equal(cut, rounded)
    assert relative_error(cut, expected) <= 1.5 * relative_error(rounded, expected)


@given(st.integers(0, 2**31 - 1), st.integers(1, 2**31 - 1))
def test_divides(testing: ModuleType, n: int, d: int) -> None:
    assert testing.gpu_divide(n, d) == n // d


def test_divides_at_the_edges(testing: ModuleType) -> None:
    """Just below, at and above multiples, where a rounded reciprocal would be off by one."""
    largest = 2**31 - 1
    for d in (1, 2, 3, 5, 7, 64, 641, 2**15 - 1, 2**30 + 1, largest - 1, largest):
        for multiple in (0, d, 2 * d, largest // d * d):
            for n in (multiple - 1, multiple, multiple + 1):
                if 0 <= n <= largest:
                    assert testing.gpu_divide(n, d) == n // d


def kernels_with(cuda: dict[str, Any] | None) -> Any:
    return SimpleNamespace(build_info=lambda: {"cuda": cuda})


@pytest.mark.parametrize("name", DEVICES)
def test_no_gpu_fails_where_one_is_required(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """As in `make gpu-test`, which else would be green with nothing run."""
    absent = (None, "built without CUDA"), ({"devices": 0, "no_device": "no driver"}, "no driver")
    for cuda, why in absent:
        monkeypatch.delenv("SPECTRAL_OPS_REQUIRE_GPU", raising=False)
        with pytest.raises(pytest.skip.Exception, match=why):
            make_backend(name, kernels_with(cuda))
        monkeypatch.setenv("SPECTRAL_OPS_REQUIRE_GPU", "1")
        with pytest.raises(pytest.fail.Exception, match=why):
            make_backend(name, kernels_with(cuda))


def test_guards_find_what_is_written_beyond() -> None:
    made: list[np.ndarray] = []

    def allocate(size: int) -> np.ndarray:
        made.append(np.empty(size, np.uint8))
        return made[-1]

    guarded = Guarded(allocate, lambda memory, dtype: memory.view(dtype))
    x = guarded.empty([2, 3], "float32")
    assert np.isnan(x).all()
    x[:] = 1
    guarded.empty([0], "float64")
    guarded.check()
    for place in (Guarded.GUARD - 1, -Guarded.GUARD):
        guarded.empty([2, 3], "float32")[:] = 1
        made[-1][place] = 1
        with pytest.raises(AssertionError, match="beyond an array of 24 bytes"):
            guarded.check()
    guarded.check()


MAPS = ("forward", "input_gradient", "filter_gradient")
GPU_CHOICES = (  # (x, taps, out: None for depthwise; whether FFTs are faster by MAPS, None: unsure)
    ((4, 64, 64, 64), (3, 3), None, (False, False, False)),
    ((4, 64, 64, 64), (31, 31), None, (True, True, True)),
    ((32, 56, 56, 256), (13, 13), None, (None, None, True)),
    ((2, 128, 128, 64), (7, 7), 64, (False, False, False)),
    ((32, 128, 128, 64), (3, 3), 64, (False, False, False)),
    ((8, 256, 256, 32), (63, 63), 32, (True, True, True)),
    ((1, 44100, 1), (31,), 16, (False, False, False)),
    ((16, 65536, 32), (1023,), 32, (True, True, True)),
    ((8, 32, 32, 32, 3), (3, 3, 3), 3, (False, False, False)),
)


def test_a_model_of_gpus_chooses_convolutions(testing: ModuleType) -> None:
    """Few taps go directly, very many by FFTs; a tap alone never, nor what is empty."""
    gpu = testing.GpuEmulation(processors=132, chunk_bytes=24 << 20, fft_bytes=128 << 20)
    for x, taps, out, expected in GPU_CHOICES:
        for dtype in ("float32", "float16"):
            settings = dict(groups=1 if out else None, dtype=dtype)
            for map, prefers_fft in zip(MAPS, expected, strict=True):
                filters = (*taps, x[-1], out or 1)
                estimate = gpu.conv_estimate(x, filters, map=map, **settings)
                assert prefers_fft in (None, estimate["prefers_fft"]), (x, taps, estimate)
    for map in MAPS:
        assert not gpu.conv_estimate((4, 64, 64, 32), (1, 1, 32, 32), map=map)["prefers_fft"]
        assert not gpu.conv_estimate((0, 64, 64, 32), (31, 31, 32, 32), map=map)["prefers_fft"]
    with pytest.raises(ValueError, match="groups"):
        gpu.conv_estimate((4, 64, 64, 32), (3, 3, 32, 32), groups=5)
