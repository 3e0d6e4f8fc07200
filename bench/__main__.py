"""`python -m bench`: races every operator and prints the ratio tables in markdown."""

import argparse
import itertools
import json
import sys
from collections.abc import Sequence
from pathlib import Path

from bench import against, graphs, others
from bench.cases import SUBJECTS
from bench.subject import DIRECTIONS, READING, Subject, table


def main(arguments: Sequence[str] | None = None) -> int:
    """Measures, prints, and writes JSON if asked to."""
    options = _options(arguments)
    subjects = [
        subject
        for subject in SUBJECTS
        if options.operator in (None, subject.operator)
        and options.direction in (None, subject.direction)
        and options.filter in subject.case
    ]
    if options.others:
        subjects = [others.added_to(subject) for subject in subjects if others.of(subject)]
    if not subjects:
        print("No case is left. Their names:", file=sys.stderr)
        print(*(subject.name for subject in SUBJECTS), sep="\n", file=sys.stderr)
        return 2
    subjects.sort(key=_group)
    groups = [list(group) for _, group in itertools.groupby(subjects, _group)]
    print(f"{options.rounds} rounds on {graphs.described()}", flush=True)
    if options.against:
        against.race(options.against, groups, options.rounds)
        return 0
    print(READING)
    rows = []
    for group in groups:
        results = []
        for i, subject in enumerate(group, start=1):
            print(f"[{i}/{len(group)}] {subject.name}", file=sys.stderr, flush=True)
            results.append(subject.race(options.rounds))
            rows += [results[-1].row(name) for name in results[-1].seconds]
        print(f"\n{table(results)}", flush=True)
    if options.json:
        document = {"environment": graphs.environment(), "rows": rows}
        options.json.write_text(json.dumps(document, indent=2) + "\n")
    return 0


def _group(subject: Subject) -> tuple[str, str]:
    return subject.operator, subject.direction


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    operators = sorted({subject.operator for subject in SUBJECTS})
    parser.add_argument("--operator", choices=operators, help="only this one")
    parser.add_argument("--filter", default="", help="only cases with this in their name")
    parser.add_argument("--rounds", type=_positive, default=20, help="rounds that count")
    parser.add_argument("--json", type=Path, help="write every row to this file")
    other = parser.add_mutually_exclusive_group()
    other.add_argument("--others", action="store_true", help=others.__doc__)
    other.add_argument("--against", type=Path, metavar="FOLDER", help=against.__doc__)
    only = parser.add_mutually_exclusive_group()
    for direction, title in DIRECTIONS.items():
        only.add_argument(
            f"--{direction}",
            dest="direction",
            action="store_const",
            const=direction,
            help=f"only {title}",
        )
    return parser.parse_args(arguments)


def _positive(text: str) -> int:
    value = int(text)
    if value < 1:
        raise argparse.ArgumentTypeError(f"{value} is not positive")
    return value


if __name__ == "__main__":
    sys.exit(main())
