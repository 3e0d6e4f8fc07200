"""What bounds `pool`: `python -m bench.limits` prints, for each case, its share of the limits.

Two limits are measured on the machine, between the rounds of the cases: how fast TensorFlow moves
memory in `x + 1`, in bytes read and written, and how many multiply-adds of float32 it does in a
matrix product. A case must move its input and its output, and do the operations that its plan
counts; the longer of the two times is the least that it can take. Before each run, `x + 1` sweeps
the caches. The share is that of a whole call from Python; how long a call of one 8x8 image takes is
printed for comparison.
"""

import argparse
import math
import os
import time
from collections.abc import Callable

import numpy as np
import tensorflow as tf

from bench import rivals
from bench.cases import POOL_CASES, PoolCase
from spectral_ops import _kernels

THREADS = len(os.sched_getaffinity(0))
MOVED_BYTES = 64 << 20
MATRIX = 2048
SMALLEST = PoolCase(1, (8, 8), 16, (4, 4))


def main() -> None:
    """Measures and prints a table in markdown."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--rounds", type=int, default=15)
    rounds = parser.parse_args().rounds
    memory = tf.zeros(MOVED_BYTES // 4)
    matrix = tf.ones((MATRIX, MATRIX))
    cases = (SMALLEST, *POOL_CASES)
    runs = [rivals.Trial(case, gradient=False).compile(rivals.OURS) for case in cases]
    moves, products = [], []
    seconds: list[list[float]] = [[] for _ in cases]
    for _ in range(rounds + 2):
        products.append(_time(lambda: tf.matmul(matrix, matrix)))
        for run, times in zip(runs, seconds, strict=True):
            moves.append(_time(lambda: memory + 1.0))
            times.append(_time(run))
    bandwidth = 2 * MOVED_BYTES / float(np.median(moves))
    multiply_adds = MATRIX**3 / float(np.median(products))
    print(
        f"{THREADS} threads move {bandwidth / 1e9:.0f} GB/s (read and written) and do "
        f"{multiply_adds / 1e9:.0f} G multiply-adds/s in a matrix product. "
        f"A call takes {1e3 * float(np.median(seconds[0][2:])):.2f} ms."
    )
    print()
    print(
        "| case | ways | MB | M multiply-adds | memory, ms | arithmetic, ms | ours, ms | share |\n"
        "|---|---|---:|---:|---:|---:|---:|---:|"
    )
    for case, times in zip(POOL_CASES, seconds[1:], strict=True):
        plan = _kernels.resample_plan(
            case.shape, case.output_size, data_format=case.data_format, threads=THREADS
        )
        moved = 4 * (math.prod(case.shape) + math.prod(case.output_shape))
        moving = 1e3 * moved / bandwidth
        arithmetic = 1e3 * plan["multiply_adds"] / multiply_adds
        ours = 1e3 * float(np.median(times[2:]))
        print(
            f"| {case.name} | {', '.join(plan['ways'])} | {moved / 1e6:.1f} "
            f"| {plan['multiply_adds'] / 1e6:.0f} | {moving:.2f} | {arithmetic:.2f} | {ours:.2f} "
            f"| {max(moving, arithmetic) / ours:.0%} |"
        )


def _time(run: Callable[[], object]) -> float:
    start = time.perf_counter()
    run()
    return time.perf_counter() - start


if __name__ == "__main__":
    main()
