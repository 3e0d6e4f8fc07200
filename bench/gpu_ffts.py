"""What FFTs cost by arithmetic (bench/gpu_model.py): in shared memory, or by cuFFT."""

import math
from collections.abc import Mapping
from typing import Any

from bench.gpu_cost import (
    BARRIER,
    BLOCK_LATENCY,
    ISSUE,
    SCHEDULERS,
    SHARED_LATENCY,
    WARPS,
    WORDS,
    Block,
    Kernels,
    Launch,
)


def block_fft_launch(kernels: Kernels, one: Mapping[str, Any], images: int, chunks: int) -> Launch:
    """AxisFft over all images, in so many launches."""
    fft, depth, rows, inner = (one[key] for key in ("block_fft", "depth", "rows", "inner"))
    lines, room = fft["lines"], fft["room"]
    conflicts = max(1, 16 // room)  # half a warp takes 16 complex numbers, of 128 bytes
    block = Block(latency=BLOCK_LATENCY)

    def step(loop: str, warps: float, shared: float) -> None:
        """A loop that warps of the block go through so often, and a barrier."""
        count = kernels.loops[loop].k_tile
        block.instructions += warps * count
        block.shared += warps * shared
        rounds = math.ceil(warps / WARPS)
        alone = count * WARPS / SCHEDULERS * ISSUE + SHARED_LATENCY
        block.latency += rounds * alone + BARRIER

    def move(way: str, length: int, packed: int) -> None:
        """Between memory and shared memory, eight complex numbers or samples of runs at once."""
        at_once = 8 if way == "load" else 1
        if inner >= 8:
            step(f"{way} rows", packed * room / 32 / at_once, 4 * at_once)
        elif inner == 1 and length % 2 == 0:
            step(f"{way} pairs", packed * lines / 32 / at_once, 4 * at_once)
        else:
            step(f"{way} runs", length * lines / 32 / at_once, 3 * at_once)

    def transform(way: str, radices: list[int]) -> None:
        for radix in radices:
            warps = math.prod(radices) / radix * room / 32
            step(f"{way} {radix}", warps, 4 * radix * conflicts + radix - 1)

    forth, back = math.prod(fft["forth"]), math.prod(fft["back"])
    pairs = back // 2 + 1
    move("load", depth, forth)
    transform("forth", fft["forth"])
    step("crop", pairs * room / 32, 12 * conflicts + 4)
    transform("back", fft["back"])
    move("store", rows, back)
    block.matrix_bytes = 64 * pairs + 2 * WORDS * (forth + back)
    block.read, block.written = depth * lines * WORDS, rows * lines * WORDS
    if inner >= 8 and lines < 8:  # of each 32 bytes
        block.matrix_bytes += (8 / lines - 1) * (block.read + block.written)
    per_launch = math.ceil(one["outer"] * inner * images / chunks / lines)
    return Launch(
        f"FFTs {depth}>{rows}, {lines} lines",
        chunks,
        per_launch * chunks,
        min(2, (228 << 10) // (fft["shared_bytes"] + 1024)),
        block,
        f"{32 * block.instructions / (depth * lines):.0f} a sample",
    )


def fft_launches(one: Mapping[str, Any], images: int) -> Launch:
    """Regroup, cuFFT, crop, cuFFT, regroup; of modes a cuFFT less. Reads and writes of each."""
    lines = one["outer"] * one["inner"] * images
    turns = math.ceil(lines / one["fft_rows"])
    moved = lines * WORDS * (4 * one["depth"] + 6 * one["rows"])
    return Launch("cuFFT", 5 * turns, moved=moved)


def whole_launch(chain: Mapping[str, Any]) -> Launch:
    """A cuFFT of all axes, each of which reads and writes once, and what stands around it."""
    whole = chain["whole"]
    depth, height, axes = whole["depth"], whole["height"], len(chain["passes"])
    lines = whole["outer"] * whole["inner"] * chain["images"]
    turns = math.ceil(lines / whole["rows"])
    transformed = depth * whole["forward"] + height * whole["inverse"]
    copied = 2 * (depth + height) + min(depth, height) + height
    moved = lines * WORDS * (2 * axes * transformed + copied)
    launches = 3 + axes * (whole["forward"] + whole["inverse"])
    return Launch("cuFFT of all axes", launches * turns, moved=moved)
