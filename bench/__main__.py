"""`python -m bench`: races the operators and prints the ratio tables in markdown."""

import argparse
import json
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from bench import against, conv, harness, rivals, spectral_conv, subject
from bench.cases import POOL_CASES, PoolCase

TITLES = {"forward": "Forward", "gradient": "Forward and gradient"}
OTHERS = {"conv": conv.SUBJECTS, "spectral_conv": spectral_conv.SUBJECTS}


def main(arguments: Sequence[str] | None = None) -> int:
    """Measures, prints, and writes JSON if asked to."""
    options = _options(arguments)
    if options.against:
        modes = {mode: TITLES[mode] for mode in TITLES if options.mode in (None, mode)}
        return against.race(options.against, modes, options.filter, options.rounds)
    if options.operator != "pool":
        return _race_others(options)
    cases = [case for case in POOL_CASES if options.filter in case.name]
    if not cases:
        print(f"No case has {options.filter!r} in its name. Names:", file=sys.stderr)
        print("\n".join(case.name for case in POOL_CASES), file=sys.stderr)
        return 2
    environment = harness.environment()
    print(
        f"Medians of {options.rounds} interleaved rounds on {harness.describe(environment)}\n"
        "A rival's column is its median over ours: above 1, ours is faster. avg_pool2d and x + 1 "
        "compute something else.\n"
        "The error is relative L2 against float64.",
        flush=True,
    )
    rows: list[harness.Row] = []
    for mode in [options.mode] if options.mode else list(TITLES):
        measured = [
            _measure(case, mode, options.rounds, f"[{i}/{len(cases)}]")
            for i, case in enumerate(cases, start=1)
        ]
        print(
            f"\n### {TITLES[mode]}\n\n{_table(measured)}\n\n{_means(cases, measured)}", flush=True
        )
        rows += [row for case_rows in measured for row in case_rows.values()]
    if options.json:
        document = {
            "environment": environment,
            "rows": [row.as_dict(environment) for row in rows],
        }
        options.json.write_text(json.dumps(document, indent=2) + "\n")
        print(f"Wrote {options.json}", file=sys.stderr)
    return 0


def _race_others(options: argparse.Namespace) -> int:
    subjects = [each for each in OTHERS[options.operator] if options.filter in each.name]
    if not subjects:
        print(f"No case has {options.filter!r} in its name.", file=sys.stderr)
        return 2
    print(
        f"Medians of {options.rounds} interleaved rounds on "
        f"{harness.describe(harness.environment())}\n"
        "A column is its median over ours: above 1, ours is faster. The error is relative L2 of "
        "the output against float64.",
        flush=True,
    )
    for mode in [options.mode] if options.mode else list(TITLES):
        print(f"\n### `{options.operator}`, {TITLES[mode].lower()}\n")
        rows = subject.table(subjects, gradient=mode == "gradient", rounds=options.rounds)
        print(rows, flush=True)
    return 0


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--operator", choices=("pool", *OTHERS), default="pool")
    parser.add_argument("--filter", default="", help="only cases with this in their name")
    parser.add_argument("--rounds", type=_positive, default=20, help="rounds that count")
    parser.add_argument("--json", type=Path, help="write every row of `pool` to this file")
    parser.add_argument(
        "--against", type=Path, metavar="FOLDER", help="race the built spectral_ops of FOLDER"
    )
    only = parser.add_mutually_exclusive_group()
    for mode in TITLES:
        only.add_argument(
            f"--{mode}", dest="mode", action="store_const", const=mode, help=f"only {mode}"
        )
    return parser.parse_args(arguments)


def _positive(text: str) -> int:
    value = int(text)
    if value < 1:
        raise argparse.ArgumentTypeError(f"{value} is not positive")
    return value


def _measure(case: PoolCase, mode: str, rounds: int, progress: str) -> dict[str, harness.Row]:
    start = time.perf_counter()
    print(f"{progress} {mode} {case.name}", end=" ", file=sys.stderr, flush=True)
    trial = rivals.Trial(case, gradient=mode == "gradient")
    contenders = trial.contenders()
    runs = {contender.name: trial.compile(contender) for contender in contenders}
    errors = {c.name: trial.error(c, runs[c.name]()) for c in contenders}
    timings = harness.Race(runs).run(rounds)
    print(f"{time.perf_counter() - start:.1f} s", file=sys.stderr, flush=True)
    return {name: harness.Row(case.name, mode, name, timings[name], errors[name]) for name in runs}


def _table(measured: list[dict[str, harness.Row]]) -> str:
    names = [rival.name for rival in rivals.RIVALS]
    lines = [
        f"| case | ours, ms [q1-q3] | {' | '.join(names)} | error |",
        "|---" + "|---:" * (len(names) + 2) + "|",
    ]
    for rows in measured:
        ours = rows[rivals.OURS.name]
        cells = [f"{_ratio(rows, name):.2f}" if name in rows else "" for name in names]
        timing = ours.timing
        lines.append(
            f"| {ours.case} | {timing.median_ms:.2f} [{timing.q1_ms:.2f}-{timing.q3_ms:.2f}] "
            f"| {' | '.join(cells)} | {ours.error:.1e} |"
        )
    return "\n".join(lines)


def _means(cases: list[PoolCase], measured: list[dict[str, harness.Row]]) -> str:
    """Geometric means of the chain's time over ours, over all cases and per layout."""
    groups: dict[str, list[float]] = {"all": []}
    for case, rows in zip(cases, measured, strict=True):
        if rivals.CHAIN.name in rows:
            for group in ("all", f"{case.rank}-D {case.data_format}"):
                groups.setdefault(group, []).append(_ratio(rows, rivals.CHAIN.name))
    means = (
        f"{name} {harness.geometric_mean(group):.2f} ({len(group)})"
        for name, group in groups.items()
    )
    return f"Geometric mean of {rivals.CHAIN.name} / ours (cases): {', '.join(means)}."


def _ratio(rows: dict[str, harness.Row], name: str) -> float:
    return rows[name].timing.median_ms / rows[rivals.OURS.name].timing.median_ms


if __name__ == "__main__":
    sys.exit(main())
