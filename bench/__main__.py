"""`python -m bench`: races every operator and prints the ratio tables in markdown."""

import argparse
import itertools
import sys
from collections.abc import Sequence
from pathlib import Path

from bench import against, graphs, options, others
from bench.cases import SUBJECTS
from bench.subject import READING, Result, Subject, table


def main(arguments: Sequence[str] | None = None) -> int:
    """Measures, prints, and writes JSON if asked to."""
    chosen = _chosen(arguments)
    subjects = [
        subject
        for subject in SUBJECTS
        if chosen.operator in (None, subject.operator)
        and chosen.direction in (None, subject.direction)
        and chosen.filter in subject.case
    ]
    if chosen.others:
        subjects = [others.added_to(subject) for subject in subjects if others.of(subject)]
    if not subjects:
        print("No case is left. Their names:", file=sys.stderr)
        print(*(subject.name for subject in SUBJECTS), sep="\n", file=sys.stderr)
        return 2
    subjects.sort(key=_group)
    groups = [list(group) for _, group in itertools.groupby(subjects, _group)]
    print(f"{chosen.rounds} rounds on {graphs.described()}", flush=True)
    if chosen.against:
        against.race(chosen.against, groups, chosen.rounds)
        return 0
    print(READING)
    results: list[Result] = []
    for group in groups:
        for i, subject in enumerate(group, start=1):
            print(f"[{i}/{len(group)}] {subject.name}", file=sys.stderr, flush=True)
            results.append(subject.race(chosen.rounds))
        print(f"\n{table(results[-len(group) :])}", flush=True)
    options.write(chosen.json, results)
    return 0


def _group(subject: Subject) -> tuple[str, str]:
    return subject.operator, subject.direction


def _chosen(arguments: Sequence[str] | None) -> argparse.Namespace:
    operators = {subject.operator for subject in SUBJECTS}
    parser = options.parser("bench", __doc__, operators)
    parser.add_argument("--filter", default="", help="only cases with this in their name")
    parser.add_argument("--rounds", type=options.positive, default=20, help="rounds that count")
    other = parser.add_mutually_exclusive_group()
    other.add_argument("--others", action="store_true", help=others.__doc__)
    other.add_argument("--against", type=Path, metavar="FOLDER", help=against.__doc__)
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main())
