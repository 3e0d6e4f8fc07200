"""pytest-benchmark on the subjects of bench/spectral_conv.py; rivals run first in every round."""

from typing import Any

import pytest

from bench import subject
from bench.spectral_conv import SUBJECTS


@pytest.mark.parametrize("gradient", [False, True], ids=["forward", "gradient"])
@pytest.mark.parametrize("case", SUBJECTS, ids=lambda case: case.name)
def test_spectral_conv(benchmark: Any, case: subject.Subject, gradient: bool) -> None:
    """Times ours; the rivals' times and their ratios to ours go to `extra_info`."""
    subject.time_with(benchmark, case, gradient=gradient)
