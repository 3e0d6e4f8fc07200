"""Fails where an object compiled for one SIMD target defines what a linker could merge with others.

usage: check_simd_objects.py NM NAMESPACE OBJECT ...

An inline function that two targets compile is one weak symbol with two bodies; the linker keeps
either, and the wrong one is an illegal instruction on a lesser processor. So everything that these
objects define stands in their own namespace, or is local to them.
"""

import subprocess
import sys

LOCAL = frozenset("tdbrn")  # nm's letters for symbols that stay in the object


def main() -> int:
    """Prints what stands outside the namespace."""
    nm, namespace, *objects = sys.argv[1:]
    found = set()
    for path in objects:
        printed = subprocess.run(
            [nm, "-C", "--defined-only", path], capture_output=True, text=True, check=True
        ).stdout
        for line in printed.splitlines():
            _, letter, name = line.split(maxsplit=2)
            if letter not in LOCAL and f"spectral_ops::{namespace}::" not in name:
                found.add(name)
    for name in sorted(found):
        print(f"compiled for {namespace}, but not in its namespace: {name}", file=sys.stderr)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
