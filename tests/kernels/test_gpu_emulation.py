"""What the tests of GPU kernels rest on where there is no GPU."""

from types import ModuleType

import pytest
from hypothesis import given
from hypothesis import strategies as st

MISTAKES = {
    "reads what nobody wrote": "before it was written",
    "writes one place twice": "two writes",
    "writes beyond the end": "beyond its end",
    "forgets to wait": "a read of what is written",
    "writes what others read": "a write of what is read",
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_finds_mistakes(testing: ModuleType, mistake: str) -> None:
    assert MISTAKES[mistake] in testing.gpu_emulation_trial(mistake)


def test_lets_right_kernels_pass(testing: ModuleType) -> None:
    assert testing.gpu_emulation_trial("none") == ""


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
