"""What launches of GPU kernels without tensor cores cost by arithmetic (bench/gpu_model.py).

Of wavelets, products of spectra where channels are not mixed, and tiles of a convolution: a thread
takes one position after the other, from memory to memory.
"""

import itertools
import math
from collections.abc import Mapping
from typing import Any

from bench.gpu_cost import BLOCK_LATENCY, WARPS, WORDS, Block, Launch, up
from bench.gpu_sass import Stream

# Estimates, in clocks or instructions.
THREADS = 32 * WARPS
MEMORY_LATENCY = 700  # of loads that begin a position
CACHE_LATENCY = 250  # of those that follow, which find most in the caches
FILL_LATENCY = 600  # of filters and what extends a signal, before a block begins
BORDER = 80  # instructions for each tap where a signal ends
TAPS_AT_ONCE = {1: 4, 4: 2}  # by columns of a thread


def resident(registers: int, shared: int = 0) -> int:
    """Blocks on a processor, of 64 K registers and room for 2048 threads."""
    by_registers = (64 << 10) // (up(registers, 8) * THREADS)
    return min(2048 // THREADS, by_registers, (228 << 10) // (shared + 1024))


def wavelet_launch(
    streams: Mapping[str, Stream], one: Mapping[str, Any], *, synthesis: bool
) -> Launch:
    """AnalyzeAxis or SynthesizeAxis over one chunk of images: blocks of plain rows, and of others.

    What both kinds do is spread over all blocks evenly.
    """
    wide, taps, stride, plain, borders = (
        one[key] for key in ("wide", "taps", "stride", "plain", "borders")
    )
    stream = streams[f"{'synthesis' if synthesis else 'analysis'} {wide}"]
    pairs = taps / 2
    columns = one["inner"] // wide
    blocks = plain["blocks"] + borders["blocks"]
    steps = math.ceil(taps / TAPS_AT_ONCE[wide])
    # Neighbours of a warp are two samples apart where nothing stands behind the axis.
    apart = stride if one["inner"] == 1 else 1
    loads, stores = (taps, 2 * apart) if synthesis else (taps * apart, 2)
    block = Block()
    for part, each in (
        (plain, stream.around + pairs * stream.pair),
        (borders, stream.around + taps * BORDER),
    ):
        if not part["blocks"]:
            continue
        warps = one["lines"] * part["rows"] * columns / 32
        rounds = math.ceil(warps / WARPS / part["blocks"])
        alone = MEMORY_LATENCY + (steps - 1) * CACHE_LATENCY
        if part is borders:
            alone = FILL_LATENCY + MEMORY_LATENCY + (taps - 1) * CACHE_LATENCY
        block.instructions += warps * each / blocks
        block.shared += warps * (wide * (loads + stores) + pairs) / blocks
        block.latency += (BLOCK_LATENCY + rounds * alone) * part["blocks"] / blocks
    samples = one["lines"] * one["n"] * one["inner"] * WORDS / blocks
    bands = 2 * one["lines"] * one["h"] * one["inner"] * WORDS / blocks
    block.read, block.written = (bands, samples) if synthesis else (samples, bands)
    # Samples, or coefficients, that blocks next to each other read too.
    own = max(
        plain["group"],
        min(plain["rows"], plain["group"] * plain["rounds"] * THREADS // columns),
    )
    overlap = pairs - 1 if synthesis else taps - stride
    block.matrix_bytes = block.read * overlap / (own * (1 if synthesis else stride))
    return Launch(
        f"{'synthesis' if synthesis else 'analysis'} {one['n']}, {wide} at once",
        blocks=blocks,
        resident=resident(stream.registers),
        block=block,
        instructions=f"{(stream.around + pairs * stream.pair) / wide / stride:.0f} a sample",
    )


def gradient_launch(streams: Mapping[str, Stream], one: Mapping[str, Any], slices: int) -> Launch:
    """SumFilterProducts over one chunk: so many sums beside each other."""
    at_once = 4 if one["taps"] <= 4 else 8
    stream = streams[f"gradient {at_once}"]
    tiles = math.ceil(one["taps"] / at_once)
    positions = one["lines"] * one["h"] * one["inner"] / slices
    warps = positions / 32
    taps = min(at_once, one["taps"])
    block = Block(instructions=warps * stream.around)
    block.shared = warps * (taps * (2 if one["inner"] == 1 else 1) + 2)
    # Half as many products of float64 as of float32, an eighth of conversions.
    block.doubles = warps * (taps + 2 * taps * 0.5 + 2 * 2)
    block.latency = BLOCK_LATENCY + FILL_LATENCY + positions / THREADS * MEMORY_LATENCY
    block.read = (one["n"] + 2 * one["h"]) * one["lines"] * one["inner"] * WORDS / slices / tiles
    block.matrix_bytes = block.read * (tiles - 1)
    return Launch(
        f"sums of {one['n']}",
        blocks=slices * tiles,
        resident=resident(stream.registers, (2 * at_once + 1) * THREADS * 8),
        block=block,
        instructions=f"{stream.around} a coefficient",
    )


def single_launch(
    streams: Mapping[str, Stream], name: str, positions: float, read: float, written: float
) -> Launch:
    """A thread for each position, which takes so many bytes."""
    stream = streams[name]
    block = Block(
        instructions=WARPS * stream.around,
        latency=BLOCK_LATENCY + MEMORY_LATENCY + 2 * stream.around,
        shared=THREADS * (read + written) / 128,
        read=THREADS * read,
        written=THREADS * written,
    )
    return Launch(
        name,
        blocks=math.ceil(positions / THREADS),
        resident=resident(stream.registers),
        block=block,
        instructions=f"{stream.around} a number",
    )


def wavelet_launches(streams: Mapping[str, Stream], plan: Mapping[str, Any]) -> list[Launch]:
    """Of all chunks; what is between two passes stays in the L2 cache."""
    launches = []
    for chunk in plan["chunks"]:
        own = [
            gradient_launch(streams, one, plan["slices"])
            if plan["gradient"] and one is chunk[-1]
            else wavelet_launch(streams, one, synthesis=plan["synthesis"])
            for one in chunk
        ]
        for before, after in itertools.pairwise(own):
            before.to_dram = after.from_dram = False
        if plan["gradient"] and len(own) > 1:  # but the bands come from memory
            last = own[-1]
            last.from_dram = True
            last.block.from_l2 = last.block.read - 2 * chunk[-1]["h"] * _line(chunk[-1], last)
        launches += own
    if plan["gradient"]:
        launches.append(Launch("sums of slices"))
    return launches


def _line(one: Mapping[str, Any], launch: Launch) -> float:
    """Bytes of a row, of a block's part."""
    return float(one["lines"] * one["inner"] * WORDS / launch.blocks)
