"""`python -m bench --against FOLDER`: ours of another checkout against ours of this one, in turns.

FOLDER holds a built `spectral_ops`. Each side runs in a process of its own, which has its
`spectral_ops` and this checkout's `bench`; one waits while the other runs. A round is one turn of
each side, and every other round begins with the other side. A turn makes a few calls, the first of
which does not count: in it threads wake and caches fill. The ratio is that of the turns' medians,
"fastest" that of each side's fastest call, which other work on the machine disturbs least. "bits"
says whether the results are the same.
"""

import contextlib
import hashlib
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import tensorflow as tf

import spectral_ops
from bench import conv, harness, rivals, spectral_conv, subject
from bench.cases import POOL_CASES

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
Run = Callable[[], Any]


def cases() -> dict[str, Callable[[bool], Run]]:
    """By name, what compiles a call of ours, forward or with the gradient."""

    def pool(case: Any) -> Callable[[bool], Run]:
        return lambda gradient: rivals.Trial(case, gradient=gradient).compile(rivals.OURS)

    def other(each: subject.Subject) -> Callable[[bool], Run]:
        return lambda gradient: each.compile(each.ours, gradient=gradient)

    found = {f"pool {case.name}": pool(case) for case in POOL_CASES}
    for operator, subjects in (("conv", conv.SUBJECTS), ("spectral_conv", spectral_conv.SUBJECTS)):
        found |= {f"{operator} {each.name}": other(each) for each in subjects}
    return found


class Worker:
    """A process with one side's `spectral_ops`."""

    def __init__(self, folder: Path) -> None:
        here = str(Path(__file__).resolve().parents[1])
        self._folder = folder.resolve()
        self._process = subprocess.Popen(
            [sys.executable, "-c", _WORKER, str(self._folder), here],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.about = self._answer()
        if Path(self.about["file"]).parents[1] != self._folder:
            raise SystemExit(f"{self._folder} has no spectral_ops")
        if self.about["implementation"] != "native":
            raise SystemExit(f"{self._folder} is not built: {self.about['reason']}")

    def ask(self, *request: Any) -> Any:
        """Has the process do something and waits for its answer."""
        assert self._process.stdin
        self._process.stdin.write(json.dumps(request) + "\n")
        self._process.stdin.flush()
        return self._answer()

    def end(self) -> None:
        """Closes the pipe, at which the process ends."""
        self._process.communicate()

    def _answer(self) -> Any:
        assert self._process.stdout
        line = self._process.stdout.readline()
        if not line:
            raise SystemExit(f"The process with {self._folder} ended with {self._process.wait()}.")
        return json.loads(line)


def work() -> None:
    """What a worker does: answers `prepare` and `turn` until its input ends."""
    answers = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(2, 1)  # whatever else is printed must not get between the answers
    about = {"file": str(Path(spectral_ops.__file__).resolve()), **spectral_ops.build_info()}
    answers.write(json.dumps(about) + "\n")
    builders = cases()
    run: Run = lambda: None  # noqa: E731
    for line in sys.stdin:
        request, *arguments = json.loads(line)
        if request == "prepare":
            name, gradient = arguments
            run = builders[name](gradient)
            digest = hashlib.sha256()
            for result in tf.nest.flatten(run()):
                digest.update(result.numpy().tobytes())
            answer: Any = [digest.hexdigest(), float(np.median(_times(run, 3)[1:]))]
        else:
            answer = _times(run, 1 + arguments[0])[1:]
        answers.write(json.dumps(answer) + "\n")


def _times(run: Run, calls: int) -> list[float]:
    seconds = []
    for _ in range(calls):
        start = time.perf_counter()
        run()
        seconds.append(time.perf_counter() - start)
    return seconds


def race(folder: Path, modes: dict[str, str], select: str, rounds: int) -> int:
    """Prints a table for each direction; `select` must be in the name of a case."""
    names = [name for name in cases() if select in name]
    if not names:
        print(f"No case has {select!r} in its name. Names:", *cases(), sep="\n", file=sys.stderr)
        return 2
    with _workers([folder, Path(spectral_ops.__file__).parents[1]]) as workers:
        print(
            f"Medians of {rounds} rounds in turns on {harness.describe(harness.environment())}\n"
            f"Before: {workers[0].about['file']}\nNow: {workers[1].about['file']}"
        )
        for mode, title in modes.items():
            print(
                f"\n### {title}\n\n"
                "| case | before, ms | now, ms | before / now [q1-q3] | fastest | bits |\n"
                "|---|---:|---:|---:|---:|---|",
                flush=True,
            )
            ratios = {name: _row(workers, name, mode == "gradient", rounds) for name in names}
            least = min(ratios, key=ratios.__getitem__)
            mean = harness.geometric_mean(list(ratios.values()))
            print(
                f"\nGeometric mean of before / now over {len(ratios)} cases: {mean:.3f}; "
                f"least {ratios[least]:.3f} ({least}).",
                flush=True,
            )
    return 0


@contextlib.contextmanager
def _workers(folders: Sequence[Path]) -> Iterator[list[Worker]]:
    workers: list[Worker] = []
    try:
        for folder in folders:
            workers.append(Worker(folder))
        yield workers
    finally:
        for worker in workers:
            worker.end()


def _row(workers: list[Worker], name: str, gradient: bool, rounds: int) -> float:
    """Prints a row and gives the median of the rounds' ratios."""
    digests, seconds = zip(*(w.ask("prepare", name, gradient) for w in workers), strict=True)
    calls = min(MOST_CALLS, max(1, round(TURN / max(seconds))))
    times = np.empty((rounds, 2, calls))
    for i in range(rounds):
        for side in (0, 1) if i % 2 else (1, 0):
            times[i, side] = workers[side].ask("turn", calls)
    turns = np.median(times, 2)
    q1, ratio, q3 = np.quantile(turns[:, 0] / turns[:, 1], (0.25, 0.5, 0.75))
    before, now = 1e3 * np.median(turns, 0)
    fastest = np.min(times, (0, 2))
    print(
        f"| {name} | {before:.2f} | {now:.2f} | {ratio:.3f} [{q1:.3f}-{q3:.3f}] "
        f"| {fastest[0] / fastest[1]:.3f} | {'same' if digests[0] == digests[1] else 'differ'} |",
        flush=True,
    )
    return float(ratio)
