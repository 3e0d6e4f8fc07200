"""Ends `pytest bench` with the ratios of the interleaved rounds."""

import itertools
from typing import Any

import pytest

from bench import graphs
from bench.subject import READING, Result, table

RESULTS = pytest.StashKey[dict[str, Result]]()


def pytest_configure(config: pytest.Config) -> None:
    """Where the tests leave what they measured."""
    config.stash[RESULTS] = {}


@pytest.hookimpl(trylast=True)  # after pytest-benchmark's own
def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    """One table for each operator and direction, as `python -m bench` prints them."""
    results = sorted(config.stash[RESULTS].values(), key=_group)
    if results:
        terminalreporter.section("ratios of interleaved rounds")
        terminalreporter.write_line(f"On {graphs.described()}\n{READING}")
    for _, group in itertools.groupby(results, _group):
        terminalreporter.write_line(f"\n{table(list(group))}")


def _group(result: Result) -> tuple[str, str]:
    return result.subject.operator, result.subject.direction
