"""Measures where FFTs overtake the folded matrix: `python -m bench.crossover`.

For each length the two ways take turns on a 1-D signal with full lanes; beside their ratio stands
the ratio that the cost model predicts for the constant in csrc/cpu/base/tuning.h, as the plan
chooses.
The constant that makes the fewest wrong choices, weighed by what they cost, is printed last.
"""

import argparse
import math
import time

import numpy as np

from spectral_ops import _kernels

LENGTHS = (16, 24, 32, 48, 56, 64, 72, 96, 100, 112, 120, 128, 144, 160, 192, 224, 240, 256, 320)
RATIOS = ((2, 1), (1, 2), (4, 1), (8, 7), (3, 2))
CANDIDATES = tuple(2 ** (k / 4) for k in range(-4, 13))


def main() -> None:
    """Prints a row per pair of lengths, then the best constant."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--simd", default=None)
    parser.add_argument("--dtype", default="float32")
    parser.add_argument("--rounds", type=int, default=15)
    options = parser.parse_args()
    rows = []
    print("|  n -> m | matrix, us | FFTs, us | FFTs / matrix | crossover constant |")
    print("|---|---|---|---|---|")
    for down, up in RATIOS:
        for n in LENGTHS:
            if n * up % down:
                continue
            m = n * up // down
            matrix, fft = _race(n, m, options.dtype, options.simd, options.rounds)
            constant = _crossover(n, m, options.dtype, options.simd)
            rows.append((matrix, fft, constant))
            print(
                f"| {n} -> {m} | {matrix * 1e6:.0f} | {fft * 1e6:.0f} | {fft / matrix:.2f} | "
                f"{constant:.2f} |",
                flush=True,
            )
    losses = {c: _loss(rows, c) for c in CANDIDATES}
    best = min(losses, key=lambda c: losses[c])
    for candidate, loss in losses.items():
        print(f"fft_cost {candidate:.2f}: {100 * (loss - 1):.1f} % over the best choices")
    print(f"best fft_cost: {best:.2f}")


def _race(n: int, m: int, dtype: str, simd: str | None, rounds: int) -> tuple[float, float]:
    x = np.random.default_rng(0).standard_normal((max(1, 2**17 // (64 * n)), n, 64)).astype(dtype)
    seconds: tuple[list[float], list[float]] = ([], [])
    for _ in range(rounds + 2):
        for times, cost in zip(seconds, (math.inf, 0.0), strict=True):
            start = time.perf_counter()
            _kernels.resample(x, m, simd=simd, fft_cost=cost)
            times.append(time.perf_counter() - start)
    return float(np.median(seconds[0][2:])), float(np.median(seconds[1][2:]))


def _crossover(n: int, m: int, dtype: str, simd: str | None) -> float:
    """The constant at which the plan changes from FFTs to the matrix, by bisection."""
    low, high = 2.0**-8, 2.0**8
    for _ in range(20):
        middle = math.sqrt(low * high)
        plan = _kernels.resample_plan((1, n, 64), m, dtype=dtype, simd=simd, fft_cost=middle)
        if plan["ways"] == ["fft"]:
            low = middle
        else:
            high = middle
    return low


def _loss(rows: list[tuple[float, float, float]], constant: float) -> float:
    """The geometric mean of chosen over best."""
    chosen = [(fft if constant < at else matrix) / min(matrix, fft) for matrix, fft, at in rows]
    return math.exp(sum(map(math.log, chosen)) / len(chosen))


if __name__ == "__main__":
    main()
