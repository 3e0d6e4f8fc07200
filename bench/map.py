"""`python -m bench.map`: races ours over random realistic cases, and lists the worst first.

The rivals: "chain" is that of `tf.signal`; "matmuls" are products by the whole matrix of each axis;
"SciPy" is `scipy.signal.resample`, of a single signal; "tf.nn" is TensorFlow's own convolution.
"x + 1", of the larger one of input and output, is no rival but a price. TensorFlow has no gradient
of rfft3d: the chain of `pool` is then that of complex FFTs, and that of `spectral_conv` goes axis
by axis. Rivals that would take seconds or gigabytes are left out.

A graph calls a case several times, one after another, as many times as make MOST_IN_GRAPH elements
of input or output, MOST_CALLS at most: to enter a graph takes 0.2 to 0.5 ms, as long as many calls.

A case gets as many rounds as its share of the minutes holds, and fewer than five only where they
would take many seconds. Cases for which no time is left are dropped. Each result of ours is
compared with one of TensorFlow alone.
"""

import argparse
import itertools
import math
import random
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import scipy.signal
import tensorflow as tf

from bench import against, graphs, options, random_cases
from bench.conv import Conv
from bench.random_cases import Case
from bench.resample import Pool, add_one
from bench.spectral_conv import SpectralConv
from bench.subject import (
    DIRECTIONS,
    FEWEST,
    OURS,
    Contender,
    Result,
    Run,
    Subject,
    geometric_mean,
    spread,
)
from spectral_ops import reference

PRICE = "x + 1"
SUBJECTS_A_MINUTE = 12
MOST_ROUNDS, WARMUP = 21, 2
MOST_IN_GRAPH, MOST_CALLS = 2**24, 16
TOLERANCE = 1e-2  # relative L2; of a chain's gradient of few taps, 1e-3 may be rounding
MOST_MATRIX_BYTES = 64 << 20
MOST_SPECTRA = 2**25  # entries of the filters' spectra
# TensorFlow's gradient of the filters takes seconds or minutes for more.
MOST_DENSE_TAPS, MOST_DEPTHWISE_PRODUCTS = 256, 2**29


def drawn(
    operators: Sequence[str],
    seeds: Sequence[int],
    ranks: Sequence[int],
    directions: Sequence[str],
    count: int,
) -> list[Subject]:
    """Those of so many cases."""
    cases = random_cases.drawn(operators, seeds, ranks, count)
    return [s for pair in itertools.product(cases, directions) if (s := subject(*pair))]


def subject(case: Case, direction: str) -> Subject | None:
    """One case in one direction; None where no rival is left."""
    if isinstance(case, Pool):
        return _pool(case, direction)
    if isinstance(case, Conv):
        return _conv(case, direction)
    return _spectral_conv(case, direction)


def _calls(elements: int) -> int:
    """Of a case in one graph."""
    return max(1, min(MOST_CALLS, MOST_IN_GRAPH // elements))


def _pool(case: Pool, direction: str) -> Subject:
    calls = _calls(case.batch * case.channels * max(map(math.prod, (case.lengths, case.sizes))))

    def of(function: graphs.Function, unlike: bool = False) -> Contender:
        return graphs.contender(function, case.inputs, direction, unlike=unlike, calls=calls)

    def larger() -> tuple[tf.Tensor, ...]:
        shapes = case.shape(case.lengths), case.shape(case.sizes)
        return graphs.normal(tf.TensorSpec(max(shapes, key=math.prod)))

    def scipy_run() -> Run:
        signal = case.inputs()[0].numpy().ravel()
        return lambda: [scipy.signal.resample(signal, case.sizes[0]) for _ in range(calls)]

    def exact(x: tf.Tensor) -> tf.Tensor:
        return reference.resample(x, case.sizes, data_format=case.data_format)

    real = _has_gradient(case, direction)
    contenders = {
        OURS: of(case.ours),
        # Of an even band it keeps other bins, so it is not compared.
        "chain": of(case.signal_chain if real else case.complex_chain, unlike=True),
    }
    matrices = [4 * n * m for n, m in zip(case.lengths, case.sizes, strict=True)]
    if max(matrices) <= MOST_MATRIX_BYTES:
        contenders["matmuls"] = of(case.matmuls)
    if direction == "forward" and (case.batch, case.channels, len(case.lengths)) == (1, 1, 1):
        contenders["SciPy"] = Contender(scipy_run, None, calls=calls)
    contenders[PRICE] = graphs.contender(add_one, larger, direction, unlike=True, calls=calls)
    return _subject("pool", case, direction, contenders, of(exact))


def _conv(case: Conv, direction: str) -> Subject | None:
    elements = case.batch * math.prod(case.lengths) * max(case.channels, case.out or 0)

    def of(function: graphs.Function) -> Contender:
        return graphs.contender(function, case.inputs, direction, calls=_calls(elements))

    if case.out:
        is_quick = math.prod(case.taps) <= MOST_DENSE_TAPS
    else:
        is_quick = case.multiply_adds <= MOST_DEPTHWISE_PRODUCTS
    rivals = {}
    if direction == "forward" or is_quick:
        rivals["tf.nn"] = of(case.direct)
    spectra = math.prod(case.lengths) * case.channels * (case.out or 1)
    if spectra <= MOST_SPECTRA and _has_gradient(case, direction):
        rivals["chain"] = of(case.signal_chain)
    if not rivals:
        return None
    truth = next(iter(rivals.values()))
    return _subject("conv", case, direction, {OURS: of(case.ours("auto")), **rivals}, truth)


def _spectral_conv(case: SpectralConv, direction: str) -> Subject:
    def by_axes(x: tf.Tensor, weights: tf.Tensor) -> tf.Tensor:
        return reference.spectral_conv(
            x, weights, output_size=case.sizes, data_format=case.data_format
        )

    elements = case.batch * case.channels * max(map(math.prod, (case.lengths, case.sizes)))
    ours, chain = (
        graphs.contender(function, case.inputs, direction, calls=_calls(elements))
        for function in (
            case.ours,
            case.signal_chain if _has_gradient(case, direction) else by_axes,
        )
    )
    return _subject("spectral_conv", case, direction, {OURS: ours, "chain": chain}, chain)


def _has_gradient(case: Case, direction: str) -> bool:
    """Whether TensorFlow can differentiate the chain of rfft, rfft2d or rfft3d."""
    return direction == "forward" or len(case.lengths) < 3


def _subject(
    operator: str,
    case: Case,
    direction: str,
    contenders: dict[str, Contender],
    truth: Contender,
) -> Subject:
    def expected() -> Any:
        assert truth.arrays
        return truth.arrays(truth.compile()())

    return Subject(operator, case.name, direction, contenders, expected, case)


def best_rival(result: Result) -> float:
    """The least ratio of a rival: below 1, ours is not the fastest."""
    rivals = [name for name in result.seconds if name not in (OURS, PRICE)]
    return min(float(np.median(result.ratios(name))) for name in rivals)


def report(results: Sequence[Result]) -> str:
    """Tables in markdown: for each operator its cases, the worst first; then the means."""
    results = sorted(results, key=lambda result: (result.subject.operator, best_rival(result)))
    groups = itertools.groupby(results, lambda result: result.subject.operator)
    return "\n\n".join(part for _, group in groups for part in _tables(list(group)))


def _tables(results: Sequence[Result]) -> tuple[str, str]:
    """Of one operator."""
    operator = results[0].subject.operator
    found = {name for result in results for name in result.seconds}
    names = [n for n in ("tf.nn", "chain", "matmuls", "SciPy", PRICE) if n in found]
    cases = [
        (
            result.subject.case,
            result.subject.direction,
            f"{best_rival(result):.2f}",
            spread(1e3 * result.seconds[OURS]),
            *(spread(result.ratios(name)) if name in result.seconds else "" for name in names),
            f"{result.errors[OURS]:.1e}",
            str(len(result.seconds[OURS])),
        )
        for result in results
    ]
    head = ("case", "direction", "best rival", "ours, ms [q1-q3]", *names, "error", "rounds")
    means = []
    for rank, direction in itertools.product((1, 2, 3), DIRECTIONS):
        group = [
            result
            for result in results
            if len(result.subject.call.lengths) == rank and result.subject.direction == direction
        ]
        if group:
            columns = [[best_rival(result) for result in group]]
            for name in names:
                having = [result for result in group if name in result.seconds]
                columns.append([float(np.median(result.ratios(name))) for result in having])
            means.append((str(rank), direction, str(len(group)), *map(_mean_and_least, columns)))
    return (
        f"### `{operator}`, the worst first\n\n{_markdown(head, cases)}",
        f"Geometric mean and least of `{operator}`:\n\n"
        + _markdown(("axes", "direction", "cases", "best rival", *names), means),
    )


def _mean_and_least(ratios: Sequence[float]) -> str:
    return f"{geometric_mean(ratios):.2f}, {min(ratios):.2f}" if ratios else ""


def _markdown(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = (head, ["---", "---", *["---:"] * (len(head) - 2)], *rows)
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def main(arguments: Sequence[str] | None = None) -> int:
    """Draws, measures, prints, and writes JSON if asked to."""
    chosen = _chosen(arguments)
    directions = [chosen.direction] if chosen.direction else list(DIRECTIONS)
    draw = {
        "operators": [chosen.operator] if chosen.operator else list(random_cases.SHARES),
        "seeds": chosen.seed,
        "ranks": chosen.rank,
        "directions": directions,
        "count": max(1, round(chosen.minutes * SUBJECTS_A_MINUTE / len(directions))),
    }
    subjects = drawn(**draw)
    seeds = ", ".join(map(str, chosen.seed))
    rounds = MOST_ROUNDS if chosen.against else f"{FEWEST} to {MOST_ROUNDS}"
    print(
        f"Seeds {seeds}, {chosen.minutes:g} minutes, {time.strftime('%Y-%m-%d %H:%M')}; "
        f"{rounds} rounds on {graphs.described()}",
        flush=True,
    )
    start = time.perf_counter()
    end = start + 60 * chosen.minutes
    if chosen.against:
        against.race(chosen.against, [subjects], MOST_ROUNDS, draw, end)
        return 0
    results: list[Result] = []
    wrong: list[str] = []
    for i, each in enumerate(subjects):
        now = time.perf_counter()
        if now >= end:
            break
        print(f"[{i + 1}/{len(subjects)}] {each.name}", file=sys.stderr, flush=True)
        result = each.race(MOST_ROUNDS, WARMUP, until=now + (end - now) / (len(subjects) - i))
        if result.errors[OURS] <= TOLERANCE:
            results.append(result)
        else:
            wrong.append(f"{each.name}: an error of {result.errors[OURS]:.1e}")
    if results:
        print(f"{READING}\n\n{report(results)}")
    measured = len(results) + len(wrong)
    print(
        f"\n{len(subjects)} drawn, {measured} measured in "
        f"{(time.perf_counter() - start) / 60:.1f} minutes; seeds {seeds}."
    )
    if wrong:
        print("Wrong, and in no table:", *wrong, sep="\n")
    options.write(chosen.json, results, seeds=chosen.seed)
    return 1 if wrong else 0


READING = (
    "Contenders take turns. Times are medians [quartiles]; another column is its time over ours in "
    "the\nsame round: above 1, ours is faster. Errors are relative L2 against TensorFlow's float32."
)


def _chosen(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = options.parser("bench.map", __doc__, random_cases.SHARES)
    parser.add_argument("--seed", type=int, nargs="+", help="one or more; drawn if none is given")
    parser.add_argument("--minutes", type=_minutes, default=10.0, help="for all cases; default 10")
    parser.add_argument("--rank", type=int, nargs="+", choices=(1, 2, 3), default=(1, 2, 3))
    parser.add_argument("--against", type=Path, metavar="FOLDER", help=against.__doc__)
    chosen = parser.parse_args(arguments)
    chosen.seed = chosen.seed or [random.randrange(10**6)]
    return chosen


def _minutes(text: str) -> float:
    value = float(text)
    if not 0 < value < math.inf:
        raise argparse.ArgumentTypeError(f"{value} is not positive")
    return value


if __name__ == "__main__":
    sys.exit(main())
