"""The loops around tensor cores' instructions in a compiled library, by cuobjdump."""

import os
import re
import shutil
import subprocess
import sysconfig
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

ARCHITECTURE = "sm_90"
PER_TILE = 24  # HMMA of a k-tile (bench/gpu_model.py)

# The kernels that the model knows, and the names it has for their loops, in the order of the code.
LOOPS = {
    "_ZN12spectral_ops9RunKernelINS_3gpu11AxisProductIffEEEEvT_": ("folded", "whole"),
    "_ZN12spectral_ops9RunKernelINS_3gpu12PlaneProductIffEEEEvT_": ("rows", "columns"),
}

_INSTRUCTION = re.compile(r"\s+/\*([0-9a-f]{4,})\*/\s+(?:@!?U?P\w+\s+)?([A-Z][\w.]*)(.*?);")
_FUNCTION = re.compile(r"\s+Function : (\S+)")


class Loop(NamedTuple):
    """Instructions of a warp."""

    k_tile: int  # for 8 of the depth of a job
    job: int  # and besides for a job: its setup and its results


class Instruction(NamedTuple):
    """One line of the listing."""

    address: int
    opcode: str
    operands: str


def count_loops(library: Path) -> dict[str, Loop]:
    """By the model's names; a ValueError where the code is not what it was."""
    environment = dict(os.environ, PATH=os.pathsep.join([*_folders(), os.environ.get("PATH", "")]))
    tool = shutil.which("cuobjdump", path=environment["PATH"])
    if tool is None or shutil.which("nvdisasm", path=environment["PATH"]) is None:
        raise FileNotFoundError("cuobjdump and nvdisasm are not to be found")
    command = [tool, "-sass", "-arch", ARCHITECTURE, "-fun", ",".join(LOOPS), str(library)]
    dump = subprocess.run(command, capture_output=True, text=True, env=environment, check=False)
    if dump.returncode:
        raise ValueError((dump.stderr or dump.stdout).strip().splitlines()[0])
    found: dict[str, Loop] = {}
    for name, code in functions(dump.stdout):
        names = LOOPS.get(name, ())
        loops = tile_loops(code) if names else []
        if len(loops) != len(names):
            raise ValueError(f"{name} has {len(loops)} loops of tiles, not {len(names)}")
        found.update(zip(names, loops, strict=True))
    missing = {name for names in LOOPS.values() for name in names} - found.keys()
    if missing:
        raise ValueError(f"{library.name} has no code for {ARCHITECTURE}")
    return found


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
            code.append(Instruction(int(match[1], 16), match[2], match[3]))
    if code:
        yield name, code


def tile_loops(code: list[Instruction]) -> list[Loop]:
    """Each innermost loop that has a k-tile's products, and what the loop around it has besides."""
    spans = []
    for each in code:
        target = re.search(r"0x([0-9a-f]+)", each.operands)
        if each.opcode.startswith("BRA") and target and int(target[1], 16) <= each.address:
            spans.append((int(target[1], 16), each.address))

    def count(span: tuple[int, int], what: str = "") -> int:
        return sum(span[0] <= i.address <= span[1] and i.opcode.startswith(what) for i in code)

    def inside(inner: tuple[int, int], outer: tuple[int, int]) -> bool:
        return inner != outer and outer[0] <= inner[0] and inner[1] <= outer[1]

    products = [span for span in spans if count(span, "HMMA")]
    innermost = [span for span in products if not any(inside(other, span) for other in products)]
    loops = []
    for span in sorted(innermost):
        around = [other for other in spans if inside(span, other)]
        tiles = count(span, "HMMA") / PER_TILE
        job = min((count(other) for other in around), default=count(span)) - count(span)
        loops.append(Loop(round(count(span) / tiles), job))
    return loops
