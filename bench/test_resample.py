"""pytest-benchmark on `spectral_ops.pool`; in every round its rivals run first, in the set-up."""

from dataclasses import asdict
from typing import Any

import pytest

from bench import harness, rivals
from bench.cases import POOL_CASES, PoolCase

ROUNDS = 10


@pytest.mark.parametrize("gradient", [False, True], ids=["forward", "gradient"])
@pytest.mark.parametrize("case", POOL_CASES, ids=lambda case: case.name)
def test_pool(benchmark: Any, case: PoolCase, gradient: bool) -> None:
    """Times ours; the rivals' times, their ratios to ours and all errors go to `extra_info`."""
    trial = rivals.Trial(case, gradient=gradient)
    contenders = trial.contenders()
    race = harness.Race({contender.name: trial.compile(contender) for contender in contenders})
    ours, *others = contenders
    errors: dict[str, float | None] = {}

    def run_rivals() -> None:
        for rival in others:
            result = race.turn(rival.name)
            if rival.name not in errors:
                errors[rival.name] = trial.error(rival, result)

    result = benchmark.pedantic(
        lambda: race.turn(ours.name),
        setup=run_rivals,
        rounds=ROUNDS,
        warmup_rounds=harness.WARMUP,
    )
    errors[ours.name] = trial.error(ours, result)
    warmup = harness.WARMUP if benchmark.enabled else 0
    timings = {contender.name: race.timing(contender.name, warmup) for contender in contenders}
    benchmark.group = f"{case.name}, {'gradient' if gradient else 'forward'}"
    benchmark.extra_info.update(harness.environment())
    for name, timing in timings.items():
        benchmark.extra_info[name] = asdict(timing) | {
            "ratio_to_ours": timing.median_ms / timings[ours.name].median_ms,
            "error": errors[name],
        }
