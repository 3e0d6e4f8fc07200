"""What a launch of a GPU kernel costs by arithmetic (bench/gpu_model.py)."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from bench.gpu_sass import Loop, Stream


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

# Rows, of each half, and columns that a warp multiplies at a time. Of whole matrices, planes take
# those that suit their rows.
JOBS = {
    "": (32, 32),
    "mirrored": (16, 32),
    "shifted": (32, 16),
    "16 rows": (16, 32),
    "48 rows": (48, 16),
}
DEPTH = 8  # of a k-tile
WARPS = 8
SCHEDULERS = 4
MMA_SIZE = 16 * 8 * 8  # multiply-adds
WORDS = 4  # bytes of a float32

# Estimates, in clocks or instructions.
SETUP = 60  # instructions of a warp before a job
TILE_LATENCY = 330  # of a k-tile that waits for its loads
PAIR_LATENCY = 440  # of two whose loads go out together
EPILOGUE_LATENCY = 3  # for each instruction of an epilogue to memory; to shared memory 2
BLOCK_LATENCY = 1500  # to start a block and to end it
TURN_LATENCY = 700  # of a stage of rows: two waits and its first loads
ISSUE = 1.15  # clocks for an instruction of a scheduler
LOADS = 14  # instructions that bring 32 times 16 bytes to shared memory, in passes
PLANE_LOADS = 20  # and in planes
FOLDS = 10  # instructions that fold 32 pairs
SHARED_LATENCY = 60  # of a warp that waits for shared memory and its tables, each time
BARRIER = 30

# Seconds.
FILL = 4.5e-6  # the matrices of a chain, or its tables of FFTs: their launch and its latency
LAUNCH = 2.5e-6  # one after another
FFT_SHARE = 0.85  # of a copy's rate, of kernels of FFTs
COMPLEX_SHARE = 0.25  # of the stated float32 rate, of products of spectra


# Of float32 on sm_90, by nvcc 13.0: `python -m bench.gpu_model --library` counts others'.
STAGES = {2: 32, 3: 53, 4: 64, 5: 94, 6: 116, 7: 144, 8: 143, 9: 198, 10: 216, 16: 326}
PLANE_STAGES = {2: 41, 3: 62, 4: 73, 5: 104, 6: 126, 7: 154, 8: 153, 9: 208, 10: 226, 16: 336}
LOOPS = {
    "whole": Loop(102, 292, 472),  # AxisProduct
    "shifted": Loop(130, 306, 434),
    "mirrored": Loop(142, 465, 741),
    "rows": Loop(87, 334, 500),  # PlaneProduct
    "rows, shifted": Loop(101, 356, 472),
    "rows, 48 rows": Loop(59, 214, 316),
    "rows, 16 rows": Loop(65, 262, 390),
    "columns": Loop(88, 351, 580),
    "columns, shifted": Loop(103, 342, 496),
    "columns, 48 rows": Loop(60, 222, 352),
    "columns, 16 rows": Loop(66, 291, 473),
    **{f"{way} {radix}": Loop(n) for way in ("forth", "back") for radix, n in STAGES.items()},
    "load rows": Loop(79),  # AxisFft
    "load runs": Loop(178),
    "load pairs": Loop(31),
    "crop": Loop(69),
    "store rows": Loop(15),
    "store runs": Loop(23),
    "store pairs": Loop(8),
    **{  # FilterPlanes
        f"planes {way} {radix}": Loop(n)
        for way in ("forth", "back")
        for radix, n in PLANE_STAGES.items()
    },
    "planes back 2": Loop(44),
    "planes load": Loop(149),
    "planes load pairs": Loop(59),
    "planes pairs": Loop(142),
    "planes store": Loop(23),
}
# And kernels without tensor cores (bench/gpu_streams.py).
STREAMS = {
    "analysis 1": Stream(81, 12.5, 32),
    "analysis 4": Stream(80, 27, 39),
    "synthesis 1": Stream(96, 12.5, 40),
    "synthesis 4": Stream(92, 29, 51),
    "gradient 4": Stream(111, 0, 56),
    "gradient 8": Stream(164, 0, 80),
    "sums": Stream(188, 0, 72),
    "gather": Stream(118, 0, 24),
    "scatter": Stream(118, 0, 24),
}


@dataclass(frozen=True)
class Kernels:
    """What csrc/gpu makes of a plan: whoever changes the kernels changes this."""

    loops: Mapping[str, Loop] = field(default_factory=lambda: dict(LOOPS))
    streams: Mapping[str, Stream] = field(default_factory=lambda: dict(STREAMS))
    # Idle warps of the first kernels did the last job again, each k-tile waited for its own loads,
    # and entries of all matrices were stored in parts.
    idle_warps_multiply: bool = False
    tiles_in_pairs: bool = True
    matrix_parts: tuple[int, int] = (1, 2)  # of passes and planes: what is stored of an entry

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
    shared: float = 0  # clocks of shared memory and the L1 cache, which give 128 bytes each
    doubles: float = 0  # clocks of the units of float64
    read: float = 0
    written: float = 0
    from_l2: float = 0  # of what is read, though the rest comes from DRAM


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
    last: int = 0  # blocks of the last launch, if not as many as of the others

    @property
    def dram_bytes(self) -> float:
        """Read and written."""
        return self.blocks * self._block_dram() + self.moved

    @property
    def l2_bytes(self) -> float:
        """All that passes the L2 cache."""
        each = self.block.matrix_bytes + self.block.read + self.block.written
        return self.blocks * each + self.moved

    def _block_dram(self) -> float:
        block = self.block
        return (block.read - block.from_l2) * self.from_dram + block.written * self.to_dram

    def bounds(self, device: Device) -> dict[str, float]:
        """Clocks that a block takes of each resource of its processor."""
        block = self.block
        dram = self._block_dram()
        l2 = block.matrix_bytes + block.read + block.written
        waits = 0 if self.overlaps else device.clocks(block.read, device.copy)
        return {
            "tensor": block.multiplied * device.mma,
            "issue": block.instructions / SCHEDULERS * ISSUE,
            "shared": block.shared,
            "float64": block.doubles,
            "DRAM": device.clocks(dram, device.copy),
            "L2": device.clocks(l2, device.l2),
            "latency": (block.latency + waits) / self.resident,
        }

    def time(self, device: Device) -> float:
        """In seconds. Processors get whole blocks, in each launch anew."""
        seconds = self.count * LAUNCH + self.seconds
        seconds += self.moved / (FFT_SHARE * device.copy)
        if self.blocks:
            last = self.last or self.blocks / self.count
            in_turn = up(last, device.processors)
            if self.count > 1:
                each = (self.blocks - last) / (self.count - 1)
                in_turn += (self.count - 1) * up(each, device.processors)
            clocks = in_turn / device.processors * max(self.bounds(device).values())
            seconds += clocks / device.clock
        return seconds


def up(n: float, unit: int) -> int:
    """The multiple of `unit` that is not below n."""
    return math.ceil(n / unit) * unit


def job_of(one: Mapping[str, Any]) -> str:
    """The kind of a pass's jobs."""
    fragments = one.get("whole_fragments", 2)
    return str(one["folds"]) or (f"{16 * fragments} rows" if fragments != 2 else "")


def product(
    kernels: Kernels,
    name: str,
    one: Mapping[str, Any],
    columns: int,
    *,
    pairs: bool = True,
    parts: int,
    epilogue_latency: int = EPILOGUE_LATENCY,
) -> Block:
    """TileProduct: the matrix of a pass, of so many parts, by columns."""
    folds, alone = one["folds"], one["alone"]
    loop = kernels.loops[name]
    halves = 2 if folds else 1
    rows, depth = (n - (n - alone) // 2 if folds else n for n in (one["rows"], one["depth"]))
    job = job_of(one)
    job_rows, job_columns = JOBS[job]
    per_tile = 3 * halves * job_rows * job_columns * DEPTH // MMA_SIZE
    tiles = math.ceil(depth / DEPTH)
    row_jobs = math.ceil(rows / job_rows)
    jobs = row_jobs * math.ceil(columns / job_columns)
    turns = math.ceil(jobs / WARPS)
    pairs_of_tiles = tiles // 2 if kernels.tiles_in_pairs else 0
    waits = pairs_of_tiles * PAIR_LATENCY + (tiles - 2 * pairs_of_tiles) * TILE_LATENCY
    warps = kernels.warps(jobs)
    results = loop.job if pairs else loop.singly
    # Four clocks for 16 bytes of each lane: fragments of the matrix. One for a word: samples and
    # results.
    of_tile = 4 * (halves * job_rows // 16 * parts) + job_columns // 4 * halves
    of_job = halves * job_rows * job_columns / 32
    return Block(
        useful=columns * rows * depth * halves * 3 / MMA_SIZE,
        multiplied=warps * tiles * per_tile,
        instructions=warps * (tiles * loop.k_tile + SETUP) + jobs * results,
        latency=turns * (waits + results * epilogue_latency),
        matrix_bytes=row_jobs * job_rows * halves * tiles * DEPTH * parts * WORDS,
        shared=warps * tiles * of_tile + jobs * of_job,
    )


def axis_launch(kernels: Kernels, one: Mapping[str, Any], images: int, chunk: int) -> Launch:
    """AxisProduct over all images, so many in a launch."""
    depth, rows, columns = one["depth"], one["rows"], one["columns"]
    name = one["folds"] or "whole"
    block = product(
        kernels, name, one, columns, parts=kernels.matrix_parts[0], pairs=one["inner"] % 2 == 0
    )
    if one["folds"] == "mirrored":
        block.instructions += depth * columns / 2 / 32 * FOLDS
    block.instructions += depth * columns / 4 / 32 * LOADS
    block.latency += BLOCK_LATENCY
    block.read, block.written = depth * columns * WORDS, rows * columns * WORDS
    chunks = math.ceil(images / chunk)
    each, last = (
        math.ceil(one["outer"] * one["inner"] * own / columns)
        for own in (chunk, images - (chunks - 1) * chunk)
    )
    return Launch(
        f"pass {depth}>{rows}, {columns} wide" + f", {one['folds']}" * bool(one["folds"]),
        chunks,
        each * (chunks - 1) + last,
        min(2, (228 << 10) // (one["shared_bytes"] + 1024)),
        block,
        str(kernels.loops[name].k_tile),
        last=last,
    )


def plane_launch(kernels: Kernels, chain: Mapping[str, Any], chunks: int) -> Launch:
    """PlaneProduct: the first two passes of a chain."""
    across, down = chain["passes"][:2]
    planes, channels, rows, shared = (
        chain["plane"][key] for key in ("planes", "channels", "rows", "shared_bytes")
    )
    turns = math.ceil(planes * down["depth"] / rows)
    names = [
        name + f", {job_of(one)}" * bool(job_of(one))
        for name, one in (("rows", across), ("columns", down))
    ]
    first = product(
        kernels,
        names[0],
        across,
        rows * channels,
        pairs=(down["depth"] % 2 == rows % 2 == 0) if channels == 1 else channels % 2 == 0,
        parts=kernels.matrix_parts[1],
        epilogue_latency=2,
    )
    columns = planes * across["rows"] * channels
    pairs = (across["rows"] if across["inner"] == 1 else channels) % 2 == 0
    block = product(kernels, names[1], down, columns, pairs=pairs, parts=kernels.matrix_parts[1])
    block.useful += first.useful * planes * down["depth"] / rows
    block.multiplied += turns * first.multiplied
    block.shared += turns * first.shared
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
        f"planes {planes}x{channels} channels, {rows} rows a stage"
        + ", shifted" * bool(across["folds"] or down["folds"]),
        chunks,
        blocks,
        min(2, (228 << 10) // (shared + 1024)),
        block,
        ", ".join(str(kernels.loops[name].k_tile) for name in names),
        overlaps=chain["plane"].get("stages", 2) == 2,
    )
