"""Every state that a plan of `resample` can be in, met by a call that is held against the oracle.

A state is the list of a plan's stages with their kinds, sources, sinks and lanes, sizes left out.
States are found by planning many shapes; the smallest call of each is run.
"""

import itertools
import math
from collections.abc import Iterator
from types import ModuleType
from typing import Any, NamedTuple

import numpy as np
import oracle
import pytest
from samples import array_shape, signal, windows_for
from tolerances import assert_close

# Pairs of lengths: each way of an FFT and each fold of a matrix, both directions, odd and even.
PAIRS = (
    (8, 4), (4, 8), (9, 3), (3, 9), (6, 5), (5, 6), (9, 5), (5, 9), (12, 10), (101, 60), (103, 101),
    (10, 10), (7, 7),
)  # fmt: skip
# Samples of one signal as lanes: each way of either side.
LONG = (
    (4096, 1000), (1000, 4096), (3003, 2184), (2184, 3003), (9973, 4096), (4096, 9973),
    (20011, 2003), (32768, 16385), (8192, 4096), (4096, 8192),
)  # fmt: skip
LARGE = ((96, 48), (90, 45), (97, 64))  # tiles that do not fit the cache beside many channels


class Call(NamedTuple):
    batch: int
    spatial: tuple[int, ...]
    output_size: tuple[int, ...]
    channels: int
    data_format: str
    windowed: bool
    fft_cost: float | None
    threads: int

    @property
    def shape(self) -> tuple[int, ...]:
        return array_shape(self.batch, self.spatial, self.channels, self.data_format)

    @property
    def plan_settings(self) -> dict[str, Any]:
        names = ("data_format", "windowed", "fft_cost", "threads")
        return {name: getattr(self, name) for name in names}


def calls() -> Iterator[Call]:
    ways = (0.0, math.inf)
    for rank, windowed, way in itertools.product((1, 2), (False, True), ways):
        for pairs in itertools.product(PAIRS, repeat=rank):
            n, m = zip(*pairs, strict=True)
            for batch, channels, data_format in (
                (1, 1, "channels_last"),
                (2, 16, "channels_last"),
                (33, 1, "channels_last"),
                (2, 17, "channels_first"),
            ):
                yield Call(batch, n, m, channels, data_format, windowed, way, 1)
    for pairs in itertools.product(PAIRS[:8], PAIRS[:10], PAIRS[2:6]):
        n, m = zip(*pairs, strict=True)
        for batch, channels in ((1, 1), (1, 8), (33, 2)):
            for windowed, way in itertools.product((False, True), ways):
                yield Call(batch, n, m, channels, "channels_last", windowed, way, 1)
    for pairs in itertools.product(LARGE, PAIRS[:6]):
        n, m = zip(*pairs, strict=True)
        for way, threads in itertools.product(ways, (1, 3)):
            yield Call(1, n, m, 512, "channels_last", False, way, threads)
    for (n, m), windowed in itertools.product(LONG, (False, True)):
        yield Call(1, (n,), (m,), 1, "channels_last", windowed, None, 1)
    for n, m in (
        ((200, 60), (100, 30)),
        ((60, 200), (31, 101)),
        ((40, 30, 20), (20, 31, 9)),
        ((20, 64, 64), (40, 60, 128)),
    ):
        for channels in (3, 16):
            yield Call(1, n, m, channels, "channels_last", False, None, 3)


@pytest.fixture(scope="module")
def states(kernels: ModuleType) -> dict[str, Call]:
    """The smallest call of each state."""
    found: dict[str, Call] = {}
    for call in calls():
        plan = kernels.resample_plan(call.shape, call.output_size, **call.plan_settings)
        best = found.get(plan["stages"])
        if best is None or math.prod(call.shape) < math.prod(best.shape):
            found[plan["stages"]] = call
    return found


def test_every_state_matches_the_oracle(kernels: ModuleType, states: dict[str, Call]) -> None:
    for case, (state, call) in enumerate(states.items()):
        dtype = np.dtype((np.float32, np.float64)[case % 2])
        x = signal(case, call.shape, dtype)
        windows = None
        if call.windowed:
            windows = windows_for(case, call.spatial, call.output_size, dtype)
        y = kernels.resample(
            x,
            call.output_size,
            windows=windows,
            data_format=call.data_format,
            fft_cost=call.fft_cost,
            threads=call.threads,
        )
        expected = oracle.resample(
            x, call.output_size, windows=windows, data_format=call.data_format
        )
        try:
            assert_close(y, expected, dtype)
        except AssertionError as error:
            raise AssertionError(f"{state}, met by {call}") from error


def test_the_states_hold_what_a_plan_can_do(states: dict[str, Call], lanes: int) -> None:
    """Every kind of axis, place and order of lanes, sharing, and rows that are copied last."""
    if lanes == 1:
        pytest.skip("rows, images and samples are lanes of vectors alone")
    text = "\n".join(states)
    for part in (
        "matrix of quarters", "matrix of halves", "copies in", "copies out", "copies left out",
        "fft of phases in", "fft of phases out", "fft of the band", "packed to packed",
        "real passes to packed", "real passes to real passes",
        "grid to grid", "grid to packed", "packed to grid",
        "x->tile", "tile->y", "tile->tile", "x->y", "x->volume", "volume->y", "tile->volume",
        "volume->tile", "tile->unpacked", "volume->unpacked",
        " rows", " images", " channels", " samples", "packed of phases", "real passes of phases",
        "chirp across lanes", "half the signal, copies in", "half the signal, copies out",
        "+ tile", "shared", "each slice",
    ):  # fmt: skip
        assert part in text, part
