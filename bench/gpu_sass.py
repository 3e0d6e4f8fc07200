"""The loops of the GPU kernels in a compiled library, by cuobjdump."""

import itertools
import os
import re
import shutil
import subprocess
import sysconfig
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

ARCHITECTURE = "sm_90"
PER_TILE = 24  # HMMA of a k-tile (bench/gpu_cost.py), but for these loops
FEWER = {"16 rows": 12, "48 rows": 18}

# The kernels that the model knows, and the names it has for their loops, in the order of the code.
LOOPS = {
    "_ZN12spectral_ops9RunKernelINS_3gpu11AxisProductIffEEEEvT_": ("whole", "shifted", "mirrored"),
    "_ZN12spectral_ops9RunKernelINS_3gpu12PlaneProductIffEEEEvT_": (
        *(
            f"{way}{job}"
            for way in ("rows", "columns")
            for job in (", shifted", ", 48 rows", "", ", 16 rows")
        ),
    ),
}

# And the kernel whose loops are told by their reads and writes of memory (bench/gpu_cost.py): how
# many LDG, LDS, STS and STG each has, and its names in the order of the code.
FFT = "_ZN12spectral_ops9RunKernelINS_3gpu7AxisFftIffEEEEvT_"
RADICES = (2, 3, 4, 5, 6, 7, 8, 9, 10, 16)
FFT_LOOPS: dict[tuple[int, ...], tuple[str, ...]] = {
    (8, 0, 8, 0): ("load pairs",),
    (8, 0, 16, 0): ("load runs",),
    (16, 0, 8, 0): ("load rows",),
    (4, 4, 2, 0): ("crop",),
    (0, 1, 0, 1): ("store pairs", "store runs"),
    (0, 1, 0, 2): ("store rows",),
    **{(r - 1, r, r, 0): (f"forth {r}", f"back {r}") for r in RADICES},
}

# The same of FilterPlanes.
FILTER = "_ZN12spectral_ops9RunKernelINS_3gpu12FilterPlanesIfEEEEvT_"
FILTER_LOOPS: dict[tuple[int, ...], tuple[str, ...]] = {
    (8, 0, 8, 0): ("planes load pairs",),
    (16, 0, 8, 0): ("planes load",),
    (8, 2, 4, 0): ("planes pairs",),
    (0, 1, 0, 3): ("planes store",),
    **{(r - 1, r, r, 0): (f"planes forth {r}", f"planes back {r}") for r in RADICES},
}

# Kernels without tensor cores. Of a wavelet's, the reads of its loop over pairs of taps, LDG, LDS
# and FFMA, and how many pairs it takes at once; of others there is one way through.
WAVELETS = {
    f"{way} {wide}": (
        f"_ZN12spectral_ops9RunKernelINS_3gpu{kernel}IffLi{wide}EEEEEvT_",
        loop,
        pairs,
    )
    for way, kernel in (("analysis", "11AnalyzeAxis"), ("synthesis", "14SynthesizeAxis"))
    for wide, loop, pairs in ((1, (4, 2, 8), 2), (4, (2, 1, 16), 1))
}
GRADIENTS = {  # by the taps that a block takes
    f"gradient {taps}": f"_ZN12spectral_ops9RunKernelINS_3gpu17SumFilterProductsIfLi{taps}EEEEEvT_"
    for taps in (4, 8)
}
SINGLE = {
    "sums": "_ZN12spectral_ops9RunKernelINS_3gpu11ComplexSumsIfEEEEvT_",
    "gather": "_ZN12spectral_ops9RunKernelINS_3gpu11GatherTilesIfEEEEvT_",
    "scatter": "_ZN12spectral_ops9RunKernelINS_3gpu12ScatterTilesIfEEEEvT_",
}

_INSTRUCTION = re.compile(r"\s+/\*([0-9a-f]{4,})\*/\s+(@!?U?P\w+\s+)?([A-Z][\w.]*)(.*?);")
_FUNCTION = re.compile(r"\s+Function : (\S+)")


class Loop(NamedTuple):
    """Instructions of a warp."""

    k_tile: int  # for 8 of the depth of a job; of a loop of FFTs, each time
    job: int = 0  # and besides for a job: its setup and its results, stored two at a time
    singly: int = 0  # the same with results that are stored one by one


class Stream(NamedTuple):
    """Instructions of a warp in a kernel without tensor cores, by its shortest way."""

    around: int  # for a position of each thread
    pair: float  # and besides for two taps
    registers: int


class Instruction(NamedTuple):
    """One line of the listing."""

    address: int
    opcode: str
    operands: str
    guarded: bool = False  # by a predicate


class NoCode(ValueError):
    """A library that was built without the GPU kernels, or for other processors alone."""


def count_loops(library: Path) -> dict[str, Loop]:
    """By the model's names; a ValueError where the code is not what it was."""
    of_ffts = {FFT: FFT_LOOPS, FILTER: FILTER_LOOPS}
    names_of = dict(LOOPS)
    for name, loops_of in of_ffts.items():
        names_of[name] = tuple(loop for names in loops_of.values() for loop in names)
    found: dict[str, Loop] = {}
    for name, code in functions(_cuobjdump(library, "-sass", names_of)):
        if name in of_ffts:
            found.update(fft_loops(code, of_ffts[name]))
            continue
        names = LOOPS.get(name, ())
        loops = tile_loops(code, names) if names else []
        if len(loops) != len(names):
            raise ValueError(f"{name} has {len(loops)} loops of tiles, not {len(names)}")
        found.update(zip(names, loops, strict=True))
    missing = {name for names in names_of.values() for name in names} - found.keys()
    if not found:
        raise NoCode(f"{library.name} has no code for {ARCHITECTURE}")
    if missing:
        raise ValueError(f"{library.name} has no loops of {', '.join(sorted(missing))}")
    return found


def count_streams(library: Path) -> dict[str, Stream]:
    """The same of kernels without tensor cores."""
    kernels = {kernel: name for name, (kernel, _, _) in WAVELETS.items()}
    kernels |= {kernel: name for name, kernel in {**GRADIENTS, **SINGLE}.items()}
    usage = _cuobjdump(library, "-res-usage", kernels)
    registers = {m[1]: int(m[2]) for m in re.finditer(r"Function (\S+):\n\s+REG:(\d+)", usage)}
    found: dict[str, Stream] = {}
    for kernel, code in functions(_cuobjdump(library, "-sass", kernels)):
        name = kernels.get(kernel)
        if name is None:
            continue
        if name in WAVELETS:
            around, pair = wavelet_way(code, *WAVELETS[name][1:])
        elif name in GRADIENTS:
            around, pair = gradient_way(code)
        else:
            around, pair = single_way(code), 0
        found[name] = Stream(around, pair, registers[kernel])
    missing = set(kernels.values()) - found.keys()
    if not found:
        raise NoCode(f"{library.name} has no code for {ARCHITECTURE}")
    if missing:
        raise ValueError(f"{library.name} has no kernels for {', '.join(sorted(missing))}")
    return found


def _cuobjdump(library: Path, what: str, kernels: Iterable[str]) -> str:
    environment = dict(os.environ, PATH=os.pathsep.join([*_folders(), os.environ.get("PATH", "")]))
    tool = shutil.which("cuobjdump", path=environment["PATH"])
    if tool is None or shutil.which("nvdisasm", path=environment["PATH"]) is None:
        raise FileNotFoundError("cuobjdump and nvdisasm are not to be found")
    command = [tool, what, "-arch", ARCHITECTURE, "-fun", ",".join(kernels), str(library)]
    dump = subprocess.run(command, capture_output=True, text=True, env=environment, check=False)
    if dump.returncode:
        raise NoCode((dump.stderr or dump.stdout).strip().splitlines()[0])
    return dump.stdout


def _folders() -> Iterator[str]:
    """Where packages and toolkits put the tools, before the PATH."""
    for folder in (
        Path(sysconfig.get_path("purelib")) / "nvidia" / "cu13" / "bin",
        Path("/usr/local/cuda/bin"),
    ):
        if folder.is_dir():
            yield str(folder)


def functions(dump: str) -> Iterator[tuple[str, list[Instruction]]]:
    """The name and the code of each."""
    name, code = "", list[Instruction]()
    for line in dump.splitlines():
        if match := _FUNCTION.match(line):
            if code:
                yield name, code
            name, code = match[1], []
        elif match := _INSTRUCTION.match(line):
            code.append(Instruction(int(match[1], 16), match[3], match[4], bool(match[2])))
    if code:
        yield name, code


Span = tuple[int, int]  # the addresses of a loop's first and last instruction


def spans(code: list[Instruction]) -> list[Span]:
    """All loops."""
    found = []
    for each in code:
        target = re.search(r"0x([0-9a-f]+)", each.operands)
        if each.opcode.startswith("BRA") and target and int(target[1], 16) <= each.address:
            found.append((int(target[1], 16), each.address))
    return found


def count(code: list[Instruction], span: Span, what: str = "") -> int:
    """Instructions of a loop whose names begin so."""
    return sum(span[0] <= i.address <= span[1] and i.opcode.startswith(what) for i in code)


def inside(inner: Span, outer: Span) -> bool:
    """Whether a loop is a part of another one."""
    return inner != outer and outer[0] <= inner[0] and inner[1] <= outer[1]


def innermost(loops: list[Span]) -> list[Span]:
    """In the order of the code."""
    return sorted(s for s in loops if not any(inside(other, s) for other in loops))


def tile_loops(code: list[Instruction], names: Sequence[str] = ()) -> list[Loop]:
    """Each innermost loop that has a k-tile's products, and what the loop around it has besides."""
    loops = []
    found = innermost([span for span in spans(code) if count(code, span, "HMMA")])
    for at, span in enumerate(found):
        name = names[at] if at < len(names) else ""
        around = [other for other in spans(code) if inside(span, other)]
        tiles = count(code, span, "HMMA") / FEWER.get(name.rpartition(", ")[2], PER_TILE)
        outer = min(around, key=lambda other: count(code, other), default=span)
        jobs = [_job(code, span, outer, wide=wide) for wide in (True, False)]
        loops.append(Loop(round(count(code, span) / tiles), *jobs))
    return loops


def _job(code: list[Instruction], inner: Span, outer: Span, *, wide: bool) -> int:
    """Instructions on the way through a job besides its loop: all results are in place.

    A single k-tile behind the loop is left out, for it counts as one of the loop. Of two ways to
    store results it is the one with wide stores, or the other one.
    """
    other = re.compile(r"(STG\.E|STS)$" if wide else r"(STG\.E|STS)\.64$")
    own = {i.opcode for i in code if outer[0] <= i.address <= outer[1]}
    both = own >= {"STG.E", "STG.E.64"} or own >= {"STS", "STS.64"}
    total, resume = 0, outer[0]
    for at, each in enumerate(code):
        if not resume <= each.address <= outer[1] or inner[0] <= each.address <= inner[1]:
            continue
        total += 1
        target = re.search(r"0x([0-9a-f]+)", each.operands)
        if not each.opcode.startswith("BRA") or not target or int(target[1], 16) <= each.address:
            continue
        skipped = [i.opcode for i in code[at + 1 :] if i.address < int(target[1], 16)]
        stores = [opcode for opcode in skipped if opcode.startswith(("STG", "STS"))]
        a_tile = not stores and any(opcode.startswith("HMMA") for opcode in skipped)
        others = both and bool(stores) and all(other.match(opcode) for opcode in stores)
        if not each.guarded or a_tile or others:
            resume = int(target[1], 16)
    return total


def steps(code: list[Instruction], span: Span, start: int, end: int) -> int:
    """The fewest instructions from one address to another one, without leaving a span."""
    after: dict[int, list[int]] = {}
    for each, fall in zip(code, [*(i.address for i in code[1:]), None], strict=True):
        target = re.search(r"0x([0-9a-f]+)", each.operands)
        jumps = each.opcode.startswith("BRA") and target is not None
        ends = (jumps or each.opcode.startswith("EXIT")) and not _may_fall(each)
        ways = [int(target[1], 16)] if jumps and target else []
        after[each.address] = ways if ends or fall is None else [*ways, fall]
    reached, front = {start}, [start]
    for count_ in itertools.count():
        if end in front and count_:
            return count_
        if not front:
            raise ValueError(f"no way from {start:#x} to {end:#x}")
        front = [to for at in front for to in after[at] if span[0] <= to <= span[1]]
        front = [to for to in dict.fromkeys(front) if to not in reached or to == end]
        reached.update(front)
    raise AssertionError


def _may_fall(each: Instruction) -> bool:
    return each.guarded or re.match(r"\s*!?U?P\d", each.operands) is not None


def wavelet_way(code: list[Instruction], kind: tuple[int, ...], pairs: int) -> tuple[int, float]:
    """Around the loop over taps, through the loop over positions; and of the loop for a pair."""
    found = [
        span
        for span in innermost(spans(code))
        if tuple(count(code, span, what) for what in ("LDG", "LDS", "FFMA")) == kind
    ]
    if len(found) != 1:
        raise ValueError(f"{len(found)} loops over taps, not one")
    (loop,) = found
    outer = min((s for s in spans(code) if inside(loop, s)), key=lambda s: count(code, s))
    around = steps(code, outer, outer[0], loop[0]) + steps(code, outer, loop[1], outer[1])
    return around, count(code, loop) / pairs


def gradient_way(code: list[Instruction]) -> tuple[int, float]:
    """Through the loop over positions, past the last sums in its code: all taps are in place."""
    outer = max((s for s in spans(code) if count(code, s, "DFMA")), key=lambda s: count(code, s))
    sums = [i.address for i in code if inside((i.address, i.address), outer) and i.opcode == "DFMA"]
    return steps(code, outer, outer[0], sums[-1]) + steps(code, outer, sums[-1], outer[1]), 0


def single_way(code: list[Instruction]) -> int:
    """To the last store."""
    stores = [i.address for i in code if i.opcode.startswith("STG")]
    return steps(code, (code[0].address, code[-1].address), code[0].address, stores[-1])


def fft_loops(
    code: list[Instruction], loops_of: Mapping[tuple[int, ...], tuple[str, ...]] = FFT_LOOPS
) -> dict[str, Loop]:
    """Those of a kernel, once each; a ValueError where the code is not what it was."""
    found: dict[str, Loop] = {}
    for span in innermost(spans(code)):
        kind = tuple(count(code, span, what) for what in ("LDG", "LDS", "STS", "STG"))
        names = [name for name in loops_of.get(kind, ()) if name not in found]
        if names:
            found[names[0]] = Loop(count(code, span))
    missing = {name for names in loops_of.values() for name in names} - found.keys()
    if missing:
        raise ValueError(f"a kernel has no loops for {', '.join(sorted(missing))}")
    return found
