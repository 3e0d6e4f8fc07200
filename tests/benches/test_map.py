"""`python -m bench.map`: what it draws, compares with and prints. No time is asserted."""

import dataclasses
import itertools
import math
import sys
from pathlib import Path

import numpy as np
import oracle
import pytest
from tolerances import assert_close

# At the end, so that `spectral_ops` stays the installed one.
sys.path.append(str(Path(__file__).parents[2]))

from bench import graphs, random_cases
from bench import map as bench_map
from bench.conv import Conv
from bench.random_cases import FEWEST, LONGEST, MOST, SHORTEST, Case, drawn
from bench.resample import Pool, dense_matrix
from bench.spectral_conv import SpectralConv
from bench.subject import DIRECTIONS, OURS, Result, Subject

OPERATORS = tuple(random_cases.SHARES)
RANKS = (1, 2, 3)


def sizes_of(case: Case) -> tuple[int, ...]:
    return case.lengths if isinstance(case, Conv) else case.sizes


@pytest.mark.parametrize("seed", RANKS)
def test_cases_keep_the_limits(seed: int) -> None:
    cases = drawn(OPERATORS, [seed], RANKS, 400)
    assert len(set(cases)) == 400
    for case in cases:
        rank = len(case.lengths)
        longer = max(case.lengths, sizes_of(case), key=math.prod)
        channels = max(case.channels, getattr(case, "out", None) or 0)
        assert FEWEST <= case.batch * channels * math.prod(longer) <= MOST, case
        assert all(a <= b for a, b in zip(longer, LONGEST[rank], strict=True)), case
        assert min(longer) >= SHORTEST[rank], case
        assert 1 <= channels <= 512 and 1 <= case.batch <= 64, case
        for n, m in zip(case.lengths, sizes_of(case), strict=True):
            assert n <= 8 * m and m <= 2 * n, case
            assert n != m or not isinstance(case, Pool), case
        if isinstance(case, Conv):
            assert all(k <= n for k, n in zip(case.taps, case.lengths, strict=True)), case
        if isinstance(case, SpectralConv):
            assert max(case.modes) < min(*case.lengths, *case.sizes), case
    kinds = {(type(case), len(case.lengths), case.data_format) for case in cases}
    assert len(kinds) == 3 * 3 * 2
    assert any(case[:3:2] == (1, 1) and len(case.lengths) == 1 for case in cases)  # one signal


def test_a_seed_gives_the_same_cases() -> None:
    """Whatever is drawn beside them, and however many."""
    cases = drawn(OPERATORS, [1, 2], RANKS, 80)
    assert cases == drawn(OPERATORS, [1, 2], RANKS, 80)
    assert cases[:30] == drawn(OPERATORS, [1, 2], RANKS, 30)
    pools = [case for case in drawn(OPERATORS, [1], RANKS, 80) if isinstance(case, Pool)]
    assert pools == drawn(["pool"], [1], RANKS, 40)
    flat = [case for case in pools if len(case.lengths) == 2]
    assert flat == drawn(["pool"], [1], [2], len(flat))
    assert drawn(["pool"], [1], RANKS, 9) != drawn(["pool"], [2], RANKS, 9)


@pytest.mark.parametrize("n, m", [(9, 5), (8, 6), (12, 3), (5, 10), (7, 7), (6, 9)])
def test_dense_matrix(n: int, m: int) -> None:
    assert_close(dense_matrix(n, m).numpy(), oracle.resample_matrix(n, m), "float32")


ODD = [((9,), (5,)), ((9, 7), (5, 11)), ((5, 9, 7), (9, 5, 13))]


@pytest.mark.parametrize("data_format", ["channels_last", "channels_first"])
@pytest.mark.parametrize("lengths, sizes", ODD)
def test_rivals_of_pool(lengths: tuple, sizes: tuple, data_format: str) -> None:
    """At odd sizes all chains are exact, where axes shrink and where they grow."""
    pool = Pool(2, lengths, 3, sizes, data_format)
    (x,) = pool.inputs()
    expected = oracle.resample(x.numpy(), sizes, data_format=data_format)
    for rival in (pool.signal_chain, pool.complex_chain, pool.matmuls):
        assert_close(rival(x).numpy(), expected, "float32")


SMALL = (
    Pool(2, (9, 12), 3, (5, 6)),
    Pool(2, (6, 5, 8), 3, (9, 7, 12), "channels_first"),
    Pool(1, (40,), 1, (30,)),
    Conv(2, (9, 12), 3, 4, (3, 3)),
    Conv(2, (20,), 3, None, (5,), "channels_first"),
    Conv(1, (6, 7, 8), 2, 2, (3, 3, 3)),
    SpectralConv(2, (9, 12), 3, (4, 4), (9, 12)),
    SpectralConv(2, (20,), 3, (5,), (30,), "channels_first"),
    SpectralConv(1, (6, 7, 8), 2, (4, 4, 4), (5, 5, 7)),
)


@pytest.mark.parametrize("direction", DIRECTIONS)
@pytest.mark.parametrize("case", SMALL, ids=lambda case: case.name)
def test_every_contender_runs(case: Case, direction: str) -> None:
    subject = bench_map.subject(case, direction)
    assert subject
    result = subject.race(1, 0)
    assert set(result.seconds) == set(subject.contenders)
    assert bench_map.best_rival(result) > 0
    assert max(result.errors.values()) < bench_map.TOLERANCE


@pytest.mark.parametrize("direction", DIRECTIONS)
def test_a_graph_of_several_calls(direction: str) -> None:
    case = SMALL[0]
    ours = graphs.contender(case.ours, case.inputs, direction, calls=3)
    results = ours.compile()()
    assert len(results) == 3 * len(graphs.contender(case.ours, case.inputs, direction).compile()())
    subject = Subject("pool", case.name, direction, {OURS: ours}, lambda: ours.arrays(results))
    result = subject.race(2, 0, clock=lambda run: 6.0)
    assert result.seconds[OURS].tolist() == [2.0, 2.0]
    assert result.errors[OURS] == 0


def fake(case: Case, direction: str, rival: float) -> Result:
    """Ours takes 1 ms in each of three rounds, rivals some milliseconds, the price half of one."""
    subject = bench_map.subject(case, direction)
    assert subject
    seconds = dict.fromkeys(subject.contenders, rival / 1e3)
    seconds |= {OURS: 1e-3}
    if bench_map.PRICE in seconds:
        seconds[bench_map.PRICE] = 0.5e-3
    times = {name: np.full(3, value) for name, value in seconds.items()}
    return Result(dataclasses.replace(subject), times, {OURS: 1e-7})


def test_report() -> None:
    results = [
        fake(case, direction, 2.0 + i)
        for i, (case, direction) in enumerate(itertools.product(SMALL, DIRECTIONS))
    ]
    text = bench_map.report(results)
    titles = [line for line in text.splitlines() if line.startswith("###")]
    assert titles == [f"### `{operator}`, the worst first" for operator in sorted(OPERATORS)]
    for operator, part in zip(sorted(OPERATORS), text.split("###")[1:], strict=True):
        cases, means = part.split("Geometric mean and least")
        rows = [line.split(" | ") for line in cases.splitlines() if " ms " not in line]
        ratios = [float(row[2]) for row in rows if len(row) > 4 and row[2][0].isdigit()]
        assert ratios == sorted(ratios) and len(ratios) == 6
        assert ("x + 1" in cases) == ("SciPy" in cases) == (operator == "pool")
        assert means.count("| forward | 1 | ") == means.count("| gradient | 1 | ") == 3
    assert "2.00, 2.00" in text  # the mean and the least of one case
