"""The fuzzer: a short run of it, and that it finds what is wrong."""

from types import ModuleType
from typing import Any

import numpy as np
from fuzz import Fuzzer

THREADS = range(1, 4)


class Spoilt:
    """The kernels, with one number of each result wrong."""

    def __init__(self, kernels: ModuleType) -> None:
        self._kernels = kernels

    def __getattr__(self, name: str) -> Any:
        function = getattr(self._kernels, name)

        def call(**arguments: Any) -> Any:
            y = function(**arguments)
            if isinstance(y, np.ndarray) and y.size:
                y.flat[y.size // 2] += 0.5
            return y

        return call


class Lenient:
    """Takes anything for a good call."""

    def simd_targets(self) -> list[str]:
        return ["scalar"]

    def __getattr__(self, name: str) -> Any:
        return lambda **arguments: np.zeros(3)


def problems(kernels: Any, calls: range) -> list[str]:
    fuzzer = Fuzzer(kernels, THREADS)
    return [f"seed {seed}: {problem}" for seed in calls if (problem := fuzzer.run(seed))]


def test_random_calls(kernels: ModuleType) -> None:
    fuzzer = Fuzzer(kernels, THREADS)
    wrong = [f"seed {seed}: {problem}" for seed in range(1000) if (problem := fuzzer.run(seed))]
    assert not wrong, "\n".join(wrong)
    assert len(fuzzer.count) >= 28, fuzzer.count  # every function, on the CPU and emulated


def test_it_finds_what_is_wrong(kernels: ModuleType) -> None:
    """And the same by the same seeds."""
    found = problems(Spoilt(kernels), range(60))
    assert len(found) > 25
    assert problems(Spoilt(kernels), range(60)) == found


def test_it_finds_what_is_not_refused() -> None:
    assert sum("it is not refused" in each for each in problems(Lenient(), range(100))) > 5
