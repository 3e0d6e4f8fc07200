"""Fails where a compiled GPU kernel spills registers or takes more than it was given.

usage: check_cuda_resources.py FILE ...

Reads what `cuobjdump --dump-resource-usage` says of libraries or objects, prints one row for each
kernel and architecture, and holds it against BOUNDS. Memory that a kernel takes at its launch is
not in these figures.
"""

import re
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple


class Bounds(NamedTuple):
    """The most that a kernel may take."""

    registers: int = 128  # two blocks of 256 threads on a multiprocessor
    shared: int = 227 << 10  # bytes; of a block, on sm_90
    stack: int = 0  # bytes; arrays that are indexed at run time, and spilled registers


# The first pattern that is found in a kernel's name counts. What needs other bounds than the
# defaults stands before the last row, with its reason.
BOUNDS: list[tuple[str, Bounds]] = [
    ("", Bounds()),
]


class Kernel(NamedTuple):
    """What cuobjdump says of a kernel for one architecture."""

    name: str
    architecture: str
    registers: int
    shared: int
    stack: int


def cuobjdump() -> str:
    """The tool: on the PATH, of the package nvidia-cuda-cuobjdump, or of a toolkit."""
    package = Path(sysconfig.get_path("purelib")) / "nvidia" / "cu13" / "bin"
    for folder in (None, package, Path("/usr/local/cuda/bin")):
        found = shutil.which("cuobjdump", path=str(folder) if folder else None)
        if found:
            return found
    raise FileNotFoundError(
        "cuobjdump is not to be found; to mend it: pip install -r requirements/cuda.txt"
    )


def output_of(*command: str, text: str | None = None) -> str:
    """What a command prints; it must succeed."""
    return subprocess.run(command, input=text, capture_output=True, text=True, check=True).stdout


def parse(dump: str) -> Iterator[Kernel]:
    """The kernels in the output of cuobjdump."""
    architecture = name = ""
    for line in dump.splitlines():
        if match := re.match(r"arch = (\w+)", line):
            architecture = match[1]
        elif match := re.match(r"\s*Function (\S+):$", line):
            name = match[1]
        elif match := re.match(r"\s*REG:\d+ ", line):
            values = {key: int(value) for key, value in re.findall(r"(\w+):(\d+)", line)}
            stack = values["STACK"] + values["LOCAL"]
            yield Kernel(name, architecture, values["REG"], values["SHARED"], stack)


def bounds_of(name: str) -> Bounds:
    """The bounds of the first pattern that matches."""
    return next(bounds for pattern, bounds in BOUNDS if re.search(pattern, name))


def excesses(kernel: Kernel) -> list[str]:
    """What a kernel takes too much of."""
    bounds = bounds_of(kernel.name)
    return [
        f"{what} {getattr(kernel, what)}, allowed {getattr(bounds, what)}"
        for what in Bounds._fields
        if getattr(kernel, what) > getattr(bounds, what)
    ]


def main() -> int:
    """Prints the table; returns 1 where a kernel is out of bounds or there is none."""
    tool = cuobjdump()
    kernels = [
        kernel
        for path in sys.argv[1:]
        for kernel in parse(output_of(tool, "--dump-resource-usage", path))
    ]
    if not kernels:
        print("no kernels in", *sys.argv[1:], file=sys.stderr)
        return 1
    names = output_of("c++filt", text="\n".join(k.name for k in kernels)).splitlines()
    # A template that several files instantiate is there several times.
    rows = sorted({k._replace(name=name) for k, name in zip(kernels, names, strict=True)})
    print("arch    registers   shared    stack  kernel")
    failures = 0
    for kernel in rows:
        found = excesses(kernel)
        failures += bool(found)
        verdict = f"  FAILED: {'; '.join(found)}" if found else ""
        figures = f"{kernel.registers:9d} {kernel.shared:8d} {kernel.stack:8d}"
        print(f"{kernel.architecture:7s} {figures}  {kernel.name}{verdict}")
    print(f"{len(rows)} kernels, {failures} out of bounds")
    return int(failures > 0)


if __name__ == "__main__":
    sys.exit(main())
