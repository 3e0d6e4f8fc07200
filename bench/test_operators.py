"""pytest-benchmark on every subject: a group for each, with a row for each contender.

The contenders of a subject take turns in one race, which the first row runs. Each row gives its
rounds to pytest-benchmark, by a clock that goes on by the time that a turn took.
"""

from typing import Any

import pytest

from bench import graphs
from bench.cases import SUBJECTS
from bench.conftest import RESULTS
from bench.subject import WARMUP, Subject

ROUNDS = 10
ROWS = [
    pytest.param(subject, name, id=f"{subject.name}-{name}")
    for subject in SUBJECTS
    for name in subject.contenders
]
_now = 0.0


def clock() -> float:
    """The seconds of all turns that have been replayed."""
    return _now


def _replay(seconds: float) -> None:
    global _now
    _now += seconds


@pytest.mark.benchmark(timer=clock)
@pytest.mark.parametrize(("subject", "name"), ROWS)
def test_times(benchmark: Any, request: pytest.FixtureRequest, subject: Subject, name: str) -> None:
    """Shows the times of one contender; asserts none."""
    results = request.config.stash[RESULTS]
    if subject.name not in results:
        rounds, warmup = (ROUNDS, WARMUP) if benchmark.enabled else (1, 0)
        results[subject.name] = subject.race(rounds, warmup)
    result = results[subject.name]
    benchmark.group, benchmark.name = subject.name, name
    benchmark.extra_info.update(result.row(name), **graphs.environment())
    turns = iter(result.seconds[name])
    benchmark.pedantic(
        _replay, setup=lambda: ((next(turns),), {}), rounds=len(result.seconds[name])
    )
