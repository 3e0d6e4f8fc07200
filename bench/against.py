"""Races ours of another checkout against ours of this one, in turns; FOLDER holds a built one.

Each side runs in a process of its own, which has its `spectral_ops` and this checkout's `bench`;
one waits while the other runs. A round is one turn of each side, and every other round begins with
the other side. A turn makes a few calls. The first of them does not count: in it threads wake and
caches fill. The ratio is that of the turns' medians, "fastest" that of each side's fastest call,
which other work on the machine disturbs least. "bits" says whether the results are the same.
"""

import contextlib
import hashlib
import importlib
import json
import math
import os
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

import spectral_ops
from bench.cases import SUBJECTS
from bench.subject import OURS, Subject, geometric_mean, spread, wall

TURN = 0.04  # seconds
MOST_CALLS = 20  # in a turn
_WORKER = """
import sys
sys.path.insert(0, sys.argv[1])
import spectral_ops
sys.path[0] = sys.argv[2]
from bench import against
against.work()
"""


class Worker:
    """A process with the `spectral_ops` of one folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder.resolve()
        self._process = subprocess.Popen(
            [sys.executable, "-c", _WORKER, str(self._folder), str(Path(__file__).parents[1])],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def ask(self, request: str, argument: Any = None) -> Any:
        """Has the process do something and waits for its answer."""
        assert self._process.stdin and self._process.stdout
        with contextlib.suppress(BrokenPipeError):  # then there is no answer either
            self._process.stdin.write(json.dumps((request, argument)) + "\n")
            self._process.stdin.flush()
        line = self._process.stdout.readline()
        if not line:
            raise SystemExit(f"The process with {self._folder} ended with {self._process.wait()}.")
        return json.loads(line)

    def check(self) -> None:
        """Ends where the folder's own library does not serve."""
        about = self.ask("about")
        if Path(about["file"]).parents[1] != self._folder or about["implementation"] != "native":
            raise SystemExit(f"{self._folder} has no built spectral_ops. {about['reason']}".strip())

    def end(self) -> None:
        """Closes the pipe, at which the process ends."""
        self._process.communicate()


def work() -> None:
    """What a worker does: answers until its input ends."""
    answers = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(2, 1)  # whatever else is printed must not get between the answers
    subjects = {subject.name: subject for subject in SUBJECTS}
    for line in sys.stdin:
        request, argument = json.loads(line)
        answer: Any
        if request == "about":
            answer = {"file": os.path.realpath(spectral_ops.__file__), **spectral_ops.build_info()}
        elif request == "draw":
            drawn = importlib.import_module("bench.map").drawn(**argument)
            subjects |= {subject.name: subject for subject in drawn}
            answer = len(drawn)
        elif request == "prepare":
            ours = subjects[argument].contenders[OURS]
            run = ours.compile()
            assert ours.arrays
            digest = hashlib.sha256(b"".join(a.tobytes() for a in ours.arrays(run()))).hexdigest()
            answer = digest, float(np.median([wall(run) for _ in range(3)]))
        else:
            answer = [wall(run) / ours.calls for _ in range(1 + argument)][1:]
        answers.write(json.dumps(answer) + "\n")


def race(
    folder: Path,
    groups: Sequence[Sequence[Subject]],
    rounds: int,
    draw: Mapping[str, Any] | None = None,
    until: float = math.inf,
) -> None:
    """Prints a table for each group of subjects.

    `draw` are the arguments of `bench.map.drawn`, where it made them. After `until`, by
    `time.perf_counter`, no subject begins.
    """
    folders = (folder, Path(spectral_ops.__file__).parents[1])
    workers = [Worker(each) for each in folders]
    try:
        for worker in workers:
            worker.check()
            if draw:
                worker.ask("draw", draw)
        print(f"Before: {folders[0]}. Now: {folders[1]}.")
        everything: dict[str, float] = {}
        for group in groups:
            print(
                "\n| case | before, ms | now, ms | before / now [q1-q3] | fastest | bits |\n"
                "|---|---:|---:|---:|---:|---|",
                flush=True,
            )
            names = (s.name for s in group if time.perf_counter() < until)
            everything |= _summary({name: _row(workers, name, rounds) for name in names})
        print("\nAll:")
        _summary(everything)
    finally:
        for worker in workers:
            worker.end()


def _row(workers: Sequence[Worker], name: str, rounds: int) -> float:
    """Prints a row and gives the median of the rounds' ratios."""
    digests, seconds = zip(*(worker.ask("prepare", name) for worker in workers), strict=True)
    calls = min(MOST_CALLS, max(1, round(TURN / max(seconds))))
    times = np.empty((rounds, 2, calls))
    for i in range(rounds):
        for side in (0, 1) if i % 2 else (1, 0):
            times[i, side] = workers[side].ask("turn", calls)
    turns = np.median(times, 2)
    ratios = turns[:, 0] / turns[:, 1]
    before, now = 1e3 * np.median(turns, 0)
    fastest = np.min(times, (0, 2))
    print(
        f"| {name} | {before:.2f} | {now:.2f} | {spread(ratios)} | {fastest[0] / fastest[1]:.2f} "
        f"| {'same' if len(set(digests)) == 1 else 'differ'} |",
        flush=True,
    )
    return float(np.median(ratios))


def _summary(ratios: dict[str, float]) -> dict[str, float]:
    if not ratios:
        return ratios
    least = min(ratios, key=ratios.__getitem__)
    print(
        f"\nBefore / now over {len(ratios)} cases: geometric mean "
        f"{geometric_mean(list(ratios.values())):.3f}, least {ratios[least]:.3f} ({least})."
    )
    return ratios
