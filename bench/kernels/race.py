"""Two builds of `kernel_bench` in turns: `python bench/kernels/race.py OLD NEW [CASE ...]`.

Each build is a process that stays. In each round both measure each case once, the one that begins
by turns. A ratio is that of one round; printed are the median and the range over the rounds. Below
1 the new build is slower. On one thread both stay on one core: cores are not alike where others
are on the machine, and each process would keep to its own.
"""

import argparse
import json
import math
import os
import statistics
import subprocess
from dataclasses import asdict, dataclass

Time = tuple[float, str]


class Build:
    """One of the two, with its process."""

    def __init__(self, program: str, options: list[str]) -> None:
        self.program = program
        self.process = subprocess.Popen(
            [program, *options, "serve"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def time(self, case: str) -> Time:
        """Nanoseconds of one run, and what stands for the bits of its result."""
        assert self.process.stdin and self.process.stdout
        self.process.stdin.write(case + "\n")
        self.process.stdin.flush()
        answer = self.process.stdout.readline().split()
        if not answer:
            raise SystemExit(f"{self.program} does not run '{case}'")
        return float(answer[0]), answer[1]


@dataclass(frozen=True)
class Row:
    """What one case gave; ratios are those of old to new."""

    case: str
    old_ns: float
    new_ns: float
    ratio: float
    least: float
    most: float
    same_bits: bool

    def __str__(self) -> str:
        return (
            f"| {self.case} | {self.old_ns / 1e3:.1f} | {self.new_ns / 1e3:.1f} "
            f"| {self.ratio:.2f} [{self.least:.2f}-{self.most:.2f}] "
            f"| {'same' if self.same_bits else 'differ'} |"
        )


def race(builds: list[Build], case: str, rounds: int) -> Row:
    """Measures one case; a round at the start does not count."""
    times: list[list[Time]] = [[], []]
    for turn in range(rounds + 1):
        for side in (0, 1) if turn % 2 == 0 else (1, 0):
            time = builds[side].time(case)
            if turn > 0:
                times[side].append(time)
    ratios = [old / new for (old, _), (new, _) in zip(*times, strict=True)]
    return Row(
        case,
        statistics.median(ns for ns, _ in times[0]),
        statistics.median(ns for ns, _ in times[1]),
        statistics.median(ratios),
        min(ratios),
        max(ratios),
        same_bits=len({bits for side in times for _, bits in side}) == 1,
    )


def main() -> None:
    """Prints a row for each case, and the geometric mean."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("old")
    parser.add_argument("new")
    parser.add_argument("cases", nargs="*", help="those of `kernel_bench list`, if none is given")
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--state", choices=("memory", "cache", "copied"), default="memory")
    parser.add_argument("--match", default="", help="of the usual cases those that have it")
    parser.add_argument("--json", action="store_true")
    given = parser.parse_intermixed_args()
    if given.threads == 1 and hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    options = ["--threads", str(given.threads), "--state", given.state]
    builds = [Build(program, options) for program in (given.old, given.new)]
    listed = [given.new, "--match", given.match, "list"]
    cases = given.cases or subprocess.check_output(listed, text=True).splitlines()
    if not given.json:
        print("| case | old, us | new, us | old / new [range] | bits |\n|---|---:|---:|---:|---|")
    rows = []
    for case in cases:
        rows.append(race(builds, case, given.rounds))
        if not given.json:
            print(rows[-1], flush=True)
    mean = math.exp(statistics.fmean(math.log(row.ratio) for row in rows))
    if given.json:
        print(json.dumps({"rows": [asdict(row) for row in rows], "geometric_mean": mean}, indent=1))
    else:
        print(f"\nGeometric mean of old / new: {mean:.3f} ({len(rows)} cases).")


if __name__ == "__main__":
    main()
