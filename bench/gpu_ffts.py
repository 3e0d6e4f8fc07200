"""What FFTs cost by arithmetic (bench/gpu_model.py): in shared memory, or by cuFFT."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

from bench.gpu_cost import (
    BARRIER,
    BLOCK_LATENCY,
    FILL,
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


def _conflicts(places: Sequence[int]) -> int:
    """How often half a warp, of 16 complex numbers, asks the bank that is asked most."""
    banks = [place % 16 for place in places[:16]]
    return max(banks.count(bank) for bank in set(banks))


def _spans(radices: Sequence[int]) -> list[int]:
    return [math.prod(radices[at + 1 :]) for at in range(len(radices))]


def _place(k: int, radices: Sequence[int]) -> int:
    """Where a transform leaves a frequency."""
    place = 0
    for radix, span in zip(radices, _spans(radices), strict=True):
        place += k % radix * span
        k //= radix
    return place


def _stage_places(radix: int, span: int, inner: int) -> list[int]:
    """Of the first numbers that threads next to each other take."""
    butterflies = [thread // inner for thread in range(16)]
    firsts = [radix * (b - b % span) + b % span for b in butterflies]
    return [first * inner + thread % inner for thread, first in enumerate(firsts)]


def planes_launch(kernels: Kernels, filter: Mapping[str, Any], channels: int, batch: int) -> Launch:
    """FilterPlanes: there, times the response, and back."""
    plan = filter["planes"]
    height, width, lines, planes = (plan[key] for key in ("height", "width", "lines", "planes"))
    packed = math.prod(plan["across"])
    numbers = height * packed * lines * planes
    twice = width % 2 == 0
    block = Block(latency=BLOCK_LATENCY)

    def step(loop: str, warps: float, shared: float) -> None:
        count = kernels.loops[f"planes {loop}"].k_tile
        block.instructions += warps * count
        block.shared += warps * shared
        alone = count * WARPS / SCHEDULERS * ISSUE + SHARED_LATENCY
        block.latency += math.ceil(warps / WARPS) * alone + BARRIER

    def transform(way: str) -> None:
        for radices, inner in ((plan["across"], lines), (plan["down"], packed * lines)):
            for radix, span in zip(radices, _spans(radices), strict=True):
                conflicts = _conflicts(_stage_places(radix, span, inner))
                shared = 4 * radix * conflicts + radix - 1
                step(f"{way} {radix}", numbers / radix / 32, shared)

    moves = 2 if twice else 1
    pairs = twice and lines == 1
    step("load pairs" if pairs else "load", numbers / 32 / 8, 8 * (2 + moves))
    transform("forth")
    bins = [_place(k, plan["across"]) * lines + line for k in range(16) for line in range(lines)]
    step("pairs", numbers / 2 / 32, 8 * _conflicts(bins) + 12)
    transform("back")
    step("store", numbers / 32, 2 + moves)
    samples = height * width * lines * planes
    spectrum = 8 * height * (width // 2 + 1) * lines * planes
    together = lines if filter["channels_last"] else 8  # neighbours in memory, of 32 bytes
    block.read = block.written = samples * WORDS
    block.matrix_bytes = (max(8 / together, 1) - 1) * 2 * samples * WORDS
    block.matrix_bytes += max(4 / together, 1) * spectrum + 8 * (height + width)
    blocks = math.ceil(batch / planes) * math.ceil(channels / lines)
    if not filter["channels_last"]:
        blocks = math.ceil(batch * channels / planes)
    return Launch(
        f"filter planes {height}x{width}, {lines * planes} channels",
        blocks=blocks,
        resident=min(2, (228 << 10) // (plan["shared_bytes"] + 1024)),
        block=block,
        instructions=f"{32 * block.instructions / samples:.0f} a sample",
        seconds=FILL,
    )


def filter_launches(
    kernels: Kernels, filter: Mapping[str, Any], axes: int, channels: int, batch: int
) -> list[Launch]:
    """The response, and all images: in planes, or by a cuFFT there, a product, a cuFFT back."""
    response = Launch("response", moved=16.0 * filter["bins"] * channels)
    if filter["planes"]:
        return [response, planes_launch(kernels, filter, channels, batch)]
    rows = batch * channels
    copies = 2 if filter["channels_last"] else 0
    moved = rows * WORDS * filter["samples"] * (4 * axes + 2 + 2 * copies)
    turns = math.ceil(rows / filter["rows"])
    library = Launch("cuFFT of all axes", (2 * axes + 1 + copies) * turns, moved=moved)
    return [response, library]
