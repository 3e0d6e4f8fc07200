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

import numpy as np
import tensorflow as tf

from bench import graphs
from bench.resample import POOLS, Pool, subjects
from bench.subject import OURS, wall
from spectral_ops import _kernels

MOVED_BYTES = 64 << 20
MATRIX = 2048
SMALLEST = Pool(1, (8, 8), 16, (4, 4))


def main() -> None:
    """Measures and prints a table in markdown."""
    parser = argparse.ArgumentParser(prog="python -m bench.limits", description=__doc__)
    parser.add_argument("--rounds", type=int, default=15)
    rounds = parser.parse_args().rounds
    threads = graphs.environment()["threads"]
    memory, matrix = tf.zeros(MOVED_BYTES // 4), tf.ones((MATRIX, MATRIX))
    pools = (SMALLEST, *POOLS)
    runs = [subjects(pool)[0].contenders[OURS].compile() for pool in pools]
    moves, products, ours = [], [], []
    for _ in range(rounds + 2):
        products.append(wall(lambda: tf.matmul(matrix, matrix)))
        for run in runs:
            moves.append(wall(lambda: memory + 1.0))
            ours.append(wall(run))
    milliseconds = 1e3 * np.median(np.reshape(ours, (-1, len(runs)))[2:], 0)
    bandwidth = 2 * MOVED_BYTES / float(np.median(moves))
    multiply_adds = MATRIX**3 / float(np.median(products))
    print(
        f"{threads} threads move {bandwidth / 1e9:.0f} GB/s (read and written) and do "
        f"{multiply_adds / 1e9:.0f} G multiply-adds/s in a matrix product. "
        f"A call takes {milliseconds[0]:.2f} ms.\n\n"
        "| case | ways | MB | M multiply-adds | memory, ms | arithmetic, ms | ours, ms | share |\n"
        "|---|---|---:|---:|---:|---:|---:|---:|"
    )
    for pool, time in zip(POOLS, milliseconds[1:], strict=True):
        shape = pool.shape(pool.lengths)
        plan = _kernels.resample_plan(
            shape, pool.sizes, data_format=pool.data_format, threads=threads
        )
        moved = 4 * (math.prod(shape) + math.prod(pool.shape(pool.sizes)))
        moving = 1e3 * moved / bandwidth
        arithmetic = 1e3 * plan["multiply_adds"] / multiply_adds
        print(
            f"| {pool.name} | {', '.join(plan['ways'])} | {moved / 1e6:.1f} "
            f"| {plan['multiply_adds'] / 1e6:.0f} | {moving:.2f} | {arithmetic:.2f} | {time:.2f} "
            f"| {max(moving, arithmetic) / time:.0%} |"
        )


if __name__ == "__main__":
    main()
