"""pytest-benchmark on the subjects of bench/conv.py; rivals run first in every round."""

from typing import Any

import pytest

from bench import subject
from bench.conv import SUBJECTS


@pytest.mark.parametrize("gradient", [False, True], ids=["forward", "gradient"])
@pytest.mark.parametrize("case", SUBJECTS, ids=lambda case: case.name)
def test_conv(benchmark: Any, case: subject.Subject, gradient: bool) -> None:
    """Times ours; the rivals' times and their ratios to ours go to `extra_info`."""
    subject.time_with(benchmark, case, gradient=gradient)
