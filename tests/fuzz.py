"""Random calls of everything in `_kernels`, each against the float64 oracle or refused by name.

usage: python -m fuzz [--calls N] [--seed S] [--threads LOW HIGH] [--at-once K] [--only WORD]

Call number i is drawn from seed S + i, which is printed where the call fails or where the process
dies of it: `--seed THAT --calls 1` runs it again. Without TensorFlow; `make sanitize` runs it on
kernels that were built with sanitizers.
"""

import argparse
import mmap
import os
import re
import struct
import sys
import time
import traceback
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import environment  # noqa: F401
from gpu_backends import EMULATIONS, make_backend
from random_calls import CPU, EMULATED, TUNING, Call, Draw, disguise_all, draw_plan, draw_trial
from random_wavelets import draw_wavelet_trial
from spoiled_calls import check_named, spoil


class Fuzzer:
    """Runs calls by their seeds."""

    def __init__(self, kernels: Any, threads: range, only: str = "") -> None:
        self.kernels = kernels
        self.targets = kernels.simd_targets()
        self.threads = threads
        self.only = only
        self.count: Counter[str] = Counter()

    def run(self, seed: int) -> str:
        """What is wrong with the call; empty where nothing is."""
        draw = Draw(seed)
        call: Call | None = None
        try:
            kind = draw.random()
            how = dict(threads=draw.any_of(self.threads), simd=draw.any_of(self.targets))
            if kind < 0.1:
                call, large = draw_plan(draw, CPU, how)
                return self.run_plan(call, large)
            emulation = draw.choice(list(EMULATIONS)) if kind > 0.95 else None
            limits = EMULATED if emulation else CPU
            draw_any = draw_wavelet_trial if draw.chance(0.25) else draw_trial
            trial = draw_any(draw, limits, {} if emulation else how)
            call = trial.call
            if self.only not in call.function:
                return ""
            backend = self.kernels
            if emulation:
                backend = make_backend(emulation, self.kernels)  # of this thread alone
                call.arguments = {k: v for k, v in call.arguments.items() if k not in TUNING}
            if draw.chance(0.15):
                names = spoil(draw, call)
                self.count["refused"] += 1
                check_named(call, backend, names)
            else:
                disguise_all(draw, call)
                self.count[call.function + (" emulated" if emulation else "")] += 1
                trial.check(call.run(backend))
        except Exception as error:
            if not isinstance(error, AssertionError):
                traceback.print_exc()
            return f"{call}\n    {type(error).__name__}: {error}"
        return ""

    def run_plan(self, call: Call, large: bool) -> str:
        if self.only not in call.function:
            return ""
        self.count[call.function] += 1
        try:
            plan = call.run(self.kernels)
        except ValueError as error:
            assert large and re.search(r"\b(x|output_size|weights|filters)\b", str(error)), error
            return ""
        assert 0 <= plan["worker_bytes"] < 2**62 and 0 <= plan["workspace_bytes"] < 2**62, plan
        assert 1 <= plan["workers"] <= call.arguments["threads"], plan
        return ""


def run_all(fuzzer: Fuzzer, seeds: range, at_once: int, running: mmap.mmap) -> int:
    """How many calls are wrong; notes which are running, for whoever outlives this process."""

    def run(slot: int, seed: int) -> str:
        struct.pack_into("q", running, 8 * slot, seed)
        return fuzzer.run(seed)

    wrong = 0
    with ThreadPoolExecutor(at_once) as pool:
        for first in range(seeds.start, seeds.stop, at_once):
            batch = range(first, min(first + at_once, seeds.stop))
            for seed, problem in zip(batch, pool.map(run, range(at_once), batch), strict=True):
                if problem:
                    wrong += 1
                    print(f"seed {seed}: {problem}", flush=True)
            if wrong >= MOST_PROBLEMS:
                break
    return wrong


def in_child(work: Callable[[mmap.mmap], int], at_once: int) -> int:
    """The exit status of `work` in a process whose end, by a sanitizer, does not hide the seed."""
    running = mmap.mmap(-1, 8 * at_once)
    running.write(struct.pack("q", NOTHING) * at_once)
    sys.stdout.flush()
    child = os.fork()
    if not child:
        status = 1
        try:
            status = work(running)
        finally:
            sys.stdout.flush()
            os._exit(status)
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    if status not in (0, WRONG):
        seeds = sorted(set(struct.unpack(f"{at_once}q", running)) - {NOTHING})
        print(f"exit status {status} while these seeds ran: {seeds}", flush=True)
    return status


MOST_PROBLEMS = 20  # after which it stops
NOTHING = -1
WRONG = 3


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--calls", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--threads", type=int, nargs=2, default=(1, 3), metavar=("LOW", "HIGH"))
    parser.add_argument("--at-once", type=int, default=1, help="calls that run at the same time")
    parser.add_argument("--only", default="", help="functions whose names hold this")
    options = parser.parse_args()
    from spectral_ops import _kernels

    low, high = options.threads
    fuzzer = Fuzzer(_kernels, range(low, high + 1), options.only)
    seeds = range(options.seed, options.seed + options.calls)
    started = time.monotonic()

    def work(running: mmap.mmap) -> int:
        wrong = run_all(fuzzer, seeds, options.at_once, running)
        for name, times in sorted(fuzzer.count.items()):
            print(f"{times:7} {name}")
        print(f"{len(seeds)} calls in {time.monotonic() - started:.0f} s: {wrong} wrong")
        return WRONG if wrong else 0

    return in_child(work, options.at_once)


if __name__ == "__main__":
    sys.exit(main())
