"""What a launch of a GPU kernel costs by arithmetic (bench/gpu_model.py)."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from bench.gpu_sass import Loop


@dataclass(frozen=True)
class Device:
    """What is stated of a card, and what of it others reached."""

    name: str
    copy: float  # bytes/s read and written by a copy
    processors: int = 132  # NVIDIA's data sheets of H100 SXM and H200 SXM
    clock: float = 1.755e9  # Hz under load; they state up to 1.98
    pair_bytes: int = 228 * 1024 // 2 - 1024  # CUDA programming guide, compute capability 9.0
    block_bytes: int = 227 * 1024
    l2: float = 5.5e12  # bytes/s; compare chipsandcheese.com on an H100 PCIe
    # Clocks between two mma.m16n8k8 of a processor: 1024 tf32 multiply-adds a clock by the data
    # sheet, of which mma.sync reaches some 62 % (compare arxiv.org/abs/2402.13499).
    mma: float = 1.6

    def clocks(self, bytes_: float, rate: float) -> float:
        """Of a processor, for its part of what all move at `rate`."""
        return bytes_ / rate * self.processors * self.clock


# Data sheets: 3.35 and 4.8 TB/s. Copies reach nine tenths.
DEVICES = (Device("H100", copy=3.0e12), Device("H200", copy=4.3e12))

JOB = 32  # rows and columns that a warp multiplies at a time; of a folded matrix 16 rows
DEPTH = 8  # of a k-tile
WARPS = 8
SCHEDULERS = 4
MMA_PER_TILE = 24  # of a job: three products of 2 by 4 fragments
MMA_SIZE = 16 * 8 * 8  # multiply-adds
WORDS = 4  # bytes of a float32

# Estimates, in clocks or instructions.
SETUP = 60  # instructions of a warp before a job
TILE_LATENCY = 330  # of a k-tile that waits for its loads
EPILOGUE_LATENCY = 3  # for each instruction of an epilogue to memory; to shared memory 2
BLOCK_LATENCY = 1500  # to start a block and to end it
TURN_LATENCY = 700  # of a stage of rows: two waits and its first loads
ISSUE = 1.15  # clocks for an instruction of a scheduler
LOADS = 14  # instructions that bring 32 times 16 bytes to shared memory, in passes
PLANE_LOADS = 20  # and in planes
FOLDS = 10  # instructions that fold 32 pairs

# Seconds.
FILL = 4.5e-6  # a matrix: its launch and its latency
LAUNCH = 2.5e-6  # one after another
FFT_SHARE = 0.85  # of a copy's rate, of kernels of FFTs
COMPLEX_SHARE = 0.25  # of the stated float32 rate, of products of spectra


# Of float32 on sm_90, by nvcc 13.0: `python -m bench.gpu_model --library` counts others'.
LOOPS = {
    "whole": Loop(134, 737),  # AxisProduct
    "folded": Loop(183, 790),
    "rows": Loop(132, 507),  # PlaneProduct
    "columns": Loop(129, 958),
}


@dataclass(frozen=True)
class Kernels:
    """What csrc/gpu makes of a plan: whoever changes the kernels changes this."""

    loops: Mapping[str, Loop] = field(default_factory=lambda: dict(LOOPS))
    idle_warps_multiply: bool = False  # as those of the first kernels did: the last job again

    def warps(self, jobs: int) -> int:
        """That multiply, of a block with so many jobs; a scheduler without one waits."""
        rest = jobs % WARPS
        busy = WARPS if self.idle_warps_multiply else up(rest, SCHEDULERS)
        return jobs - rest + (busy if rest else 0)


@dataclass
class Block:
    """What one block of a kernel does, or the sum of its parts."""

    useful: float = 0  # mma instructions that the product itself needs
    multiplied: float = 0  # mma instructions
    instructions: float = 0
    latency: float = 0  # clocks, were it alone
    matrix_bytes: float = 0  # from the L2 cache
    read: float = 0
    written: float = 0


@dataclass
class Launch:
    """One kernel of a chain, or its cuFFT."""

    kernel: str
    count: int = 1  # launches
    blocks: int = 0  # of all of them
    resident: int = 1  # blocks on a processor
    block: Block = field(default_factory=Block)
    instructions: str = ""  # of a k-tile
    from_dram: bool = True
    to_dram: bool = True
    overlaps: bool = False  # products of one stage and loads of the next
    moved: float = 0  # bytes, of what is no product of tiles
    seconds: float = 0  # of what bytes do not say
    matrices: int = 0

    @property
    def dram_bytes(self) -> float:
        """Read and written."""
        each = self.block.read * self.from_dram + self.block.written * self.to_dram
        return self.blocks * each + self.moved

    @property
    def l2_bytes(self) -> float:
        """All that passes the L2 cache."""
        each = self.block.matrix_bytes + self.block.read + self.block.written
        return self.blocks * each + self.moved

    def bounds(self, device: Device) -> dict[str, float]:
        """Clocks that a block takes of each resource of its processor."""
        block = self.block
        dram = block.read * self.from_dram + block.written * self.to_dram
        l2 = block.matrix_bytes + block.read + block.written
        waits = 0 if self.overlaps else device.clocks(block.read, device.copy)
        return {
            "tensor": block.multiplied * device.mma,
            "issue": block.instructions / SCHEDULERS * ISSUE,
            "DRAM": device.clocks(dram, device.copy),
            "L2": device.clocks(l2, device.l2),
            "latency": (block.latency + waits) / self.resident,
        }

    def time(self, device: Device) -> float:
        """In seconds. Processors get whole blocks, in each launch anew."""
        seconds = self.count * LAUNCH + self.matrices * FILL + self.seconds
        seconds += self.moved / (FFT_SHARE * device.copy)
        if self.blocks:
            in_turn = self.count * up(self.blocks / self.count, device.processors)
            clocks = in_turn / device.processors * max(self.bounds(device).values())
            seconds += clocks / device.clock
        return seconds


def up(n: float, unit: int) -> int:
    """The multiple of `unit` that is not below n."""
    return math.ceil(n / unit) * unit


def product(
    kernels: Kernels,
    loop: Loop,
    columns: int,
    rows: int,
    depth: int,
    *,
    halves: int = 1,
    epilogue_latency: int = EPILOGUE_LATENCY,
) -> Block:
    """TileProduct: a matrix [rows, depth], of a folded one each half, by columns."""
    tiles = math.ceil(depth / DEPTH)
    jobs = math.ceil(rows * halves / JOB) * math.ceil(columns / JOB)
    turns = math.ceil(jobs / WARPS)
    warps = kernels.warps(jobs)
    return Block(
        useful=columns * rows * depth * halves * 3 / MMA_SIZE,
        multiplied=warps * tiles * MMA_PER_TILE,
        instructions=warps * (tiles * loop.k_tile + SETUP) + jobs * loop.job,
        latency=turns * (tiles * TILE_LATENCY + loop.job * epilogue_latency),
        matrix_bytes=up(rows * halves, JOB) * tiles * DEPTH * 2 * WORDS,
    )


def axis_launch(kernels: Kernels, one: Mapping[str, Any], images: int, chunks: int) -> Launch:
    """AxisProduct over all images, in so many launches."""
    depth, rows, columns = one["depth"], one["rows"], one["columns"]
    loop = kernels.loops["whole"]
    if one["folded"]:
        alone = one["alone"]
        sums = [n - (n - alone) // 2 for n in (rows, depth)]
        loop = kernels.loops["folded"]
        block = product(kernels, loop, columns, *sums, halves=2)
        block.instructions += depth * columns / 2 / 32 * FOLDS
    else:
        block = product(kernels, loop, columns, rows, depth)
    block.instructions += depth * columns / 4 / 32 * LOADS
    block.latency += BLOCK_LATENCY
    block.read, block.written = depth * columns * WORDS, rows * columns * WORDS
    per_launch = math.ceil(one["outer"] * one["inner"] * images / chunks / columns)
    return Launch(
        f"pass {depth}>{rows}, {columns} wide" + ", folded" * one["folded"],
        chunks,
        per_launch * chunks,
        min(2, (228 << 10) // (one["shared_bytes"] + 1024)),
        block,
        str(loop.k_tile),
        matrices=1,
    )


def plane_launch(kernels: Kernels, chain: Mapping[str, Any], chunks: int) -> Launch:
    """PlaneProduct: the first two passes of a chain."""
    across, down = chain["passes"][:2]
    planes, channels, rows, shared = (
        chain["plane"][key] for key in ("planes", "channels", "rows", "shared_bytes")
    )
    turns = math.ceil(planes * down["depth"] / rows)
    first = product(
        kernels,
        kernels.loops["rows"],
        rows * channels,
        across["rows"],
        across["depth"],
        epilogue_latency=2,
    )
    columns = planes * across["rows"] * channels
    block = product(kernels, kernels.loops["columns"], columns, down["rows"], down["depth"])
    block.useful += first.useful * planes * down["depth"] / rows
    block.multiplied += turns * first.multiplied
    block.instructions += turns * first.instructions
    block.latency += turns * (first.latency + TURN_LATENCY) + BLOCK_LATENCY
    block.matrix_bytes += turns * first.matrix_bytes
    elements = planes * down["depth"] * across["depth"] * channels
    block.instructions += elements / 4 / 32 * PLANE_LOADS
    block.read = elements * WORDS
    block.written = columns * down["rows"] * WORDS
    all_planes = down["outer"] * chain["images"]
    blocks = math.ceil(all_planes / planes) * math.ceil(across["inner"] / channels)
    return Launch(
        f"planes {planes}x{channels} channels, {rows} rows a stage",
        chunks,
        blocks,
        min(2, (228 << 10) // (shared + 1024)),
        block,
        f"{kernels.loops['rows'].k_tile}, {kernels.loops['columns'].k_tile}",
        overlaps=chain["plane"].get("stages", 2) == 2,
        matrices=2,
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
