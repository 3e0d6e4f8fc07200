"""`python -m bench.gpu_tune`: each case of bench.gpu with other constants of csrc/cuda/tuning.h.

Nothing is compiled: constants are arguments. Of settings that give a case the same plan one is run;
all of a case take turns.
"""

import argparse
import importlib
import itertools
import json
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from bench.gpu import call_of, clock_of, ours_on, signals
from bench.gpu_cases import Case, cases
from bench.gpu_cost import DEVICES, Device
from bench.gpu_model import plan_of, plans_for, testing_module
from bench.subject import Run, take_turns

Settings = dict[str, Any]

NEVER = 1 << 30
SWEEP: Mapping[str, Sequence[Any]] = {  # what is built in comes first
    "fuses": (True, False),
    "folded_depth": (128, 32, 64, NEVER),
    "direct_depth": (1024, 128, 256, 512, 0),
    "block_fft_length": (384, 64, 128, 256, 512, NEVER),
    "chunk_bytes": tuple(megabytes << 20 for megabytes in (24, 4, 8, 12, 48)),
}
WARMUP = 2  # the first run of a cuFFT plan makes it


def all_settings() -> Iterator[Settings]:
    """Every combination, those that are built in first."""
    for values in itertools.product(*SWEEP.values()):
        yield dict(zip(SWEEP, values, strict=True))


def distinct(plans: Any, case: Case) -> list[Settings]:
    """Settings of different plans; `plans` is a GpuPlans for the device."""
    found: dict[str, Settings] = {}
    for settings in all_settings():
        for name, value in settings.items():
            setattr(plans, name, value)
        found.setdefault(json.dumps(plan_of(plans, case)), settings)
    return list(found.values())


def label(settings: Settings) -> str:
    """What differs from what is built in."""
    others = [f"{name}={value}" for name, value in settings.items() if value != SWEEP[name][0]]
    return ", ".join(others) or "as built"


def sweep(runs: Mapping[str, Run], rounds: int, clock: Callable[[Run], float]) -> dict[str, float]:
    """The median milliseconds of each, in turns, the fastest first."""
    seconds = take_turns(runs, rounds, WARMUP, clock=clock)
    medians = {name: 1e3 * float(np.median(times)) for name, times in seconds.items()}
    return dict(sorted(medians.items(), key=lambda item: item[1]))


def row(case: Case, found: Mapping[str, float]) -> str:
    """The best of a case beside what is built in."""
    best = next(iter(found))
    ratio = found["as built"] / found[best]
    cells = (case.name, f"{found['as built']:.3f}", f"{found[best]:.3f}", f"{ratio:.2f}", best)
    return f"| {' | '.join(cells)} |"


def _described(properties: Any) -> Device:
    """Sizes as PyTorch knows them; older versions do not know all."""
    known = DEVICES[0]
    pair = getattr(properties, "shared_memory_per_multiprocessor", 228 << 10) // 2 - 1024
    block = getattr(properties, "shared_memory_per_block_optin", known.block_bytes)
    return replace(
        known, processors=properties.multi_processor_count, pair_bytes=pair, block_bytes=block
    )


def main(arguments: Sequence[str] | None = None) -> None:
    """Prints a row for each case; all times go to the file."""
    parser = argparse.ArgumentParser(prog="python -m bench.gpu_tune", description=__doc__)
    parser.add_argument("--filter", default="", help="only cases with this in their name")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=240, help="after which no case begins")
    parser.add_argument("--json", type=Path, help="a file for all times")
    chosen = parser.parse_args(arguments)
    torch = importlib.import_module("torch")
    clock = clock_of(torch)
    device = torch.cuda.get_device_properties(0)
    plans = plans_for(testing_module(), _described(device))
    until = time.monotonic() + chosen.seconds
    times: dict[str, dict[str, float]] = {}
    left = []
    print(f"{device.name}, {chosen.rounds} rounds")
    print("| case | as built, ms | best, ms | ratio | by |\n|---|---:|---:|---:|---|")
    for case in cases(chosen.filter):
        if time.monotonic() > until:
            left.append(case.name)
            continue
        _, x, weights = signals(torch, case)
        runs = {
            label(settings): call_of(ours_on(torch, **settings), case, x, weights)
            for settings in distinct(plans, case)
        }
        times[case.name] = sweep(runs, chosen.rounds, clock)
        print(row(case, times[case.name]), flush=True)
        if chosen.json:
            chosen.json.write_text(json.dumps({"device": device.name, "milliseconds": times}))
    print(f"summary: {len(times)} cases swept" + (f", no time for {len(left)}" if left else ""))


if __name__ == "__main__":
    main()
