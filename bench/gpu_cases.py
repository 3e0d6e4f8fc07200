"""The cases of `python -m bench.gpu`, of its model and of its sweeps."""

import argparse
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

LAYOUTS = ("channels_last", "channels_first")


class Case(NamedTuple):
    """One call of an operator in one layout."""

    operator: str
    batch: int
    lengths: tuple[int, ...]
    channels: int
    sizes: tuple[int, ...]  # of the output, or modes
    layout: str

    def __str__(self) -> str:
        dims = "x".join(map(str, (self.batch, *self.lengths, self.channels)))
        return f"{dims} to {self.sizes}, {self.layout}"

    @property
    def name(self) -> str:
        """Unique among the cases."""
        return f"{self.operator} {self}"

    def shape(self, lengths: tuple[int, ...]) -> list[int]:
        """Of a signal of these lengths."""
        if self.layout == "channels_last":
            return [self.batch, *lengths, self.channels]
        return [self.batch, self.channels, *lengths]

    @property
    def output(self) -> tuple[int, ...]:
        """The lengths of what the operator gives."""
        return self.lengths if self.operator == "spectral_conv" else self.sizes


_CASES: tuple[
    tuple[str, int, tuple[int, ...], int, tuple[int, ...]], ...
] = (  # 256 MB or more each
    ("pool", 1024, (32, 32), 64, (16, 16)),
    ("pool", 384, (56, 56), 64, (28, 28)),
    ("pool", 256, (64, 64), 64, (32, 32)),
    ("pool", 384, (56, 56), 64, (47, 47)),
    ("pool", 96, (112, 112), 64, (56, 56)),
    ("pool", 96, (128, 128), 64, (64, 64)),
    ("pool", 40, (224, 224), 32, (112, 112)),
    ("pool", 32, (256, 256), 32, (128, 128)),
    ("pool", 16, (512, 512), 16, (256, 256)),
    ("pool", 4, (1024, 1024), 16, (512, 512)),
    ("pool", 512, (61, 61), 48, (30, 30)),
    ("pool", 16, (509, 509), 16, (254, 254)),
    ("pool", 256, (16384,), 16, (4096,)),
    ("pool", 1, (32, 32), 8, (16, 16)),  # but this: what a call costs by itself
    ("gradient of pool", 256, (32, 32), 64, (64, 64)),
    ("spectral_conv", 32, (256, 256), 64, (32, 17)),
)


def parser(program: str, description: str | None) -> argparse.ArgumentParser:
    """What the commands that go through the cases have in common."""
    made = argparse.ArgumentParser(prog=f"python -m {program}", description=description)
    made.add_argument("--filter", default="", help="only cases with this in their name")
    made.add_argument("--json", type=Path, help="a file for all figures")
    made.add_argument(
        "--set",
        type=setting,
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help="a constant of csrc/cuda/tuning.h, as _kernels.Cuda takes it",
    )
    return made


def setting(text: str) -> tuple[str, int]:
    """NAME=VALUE of a command line."""
    name, _, value = text.partition("=")
    return name, int(value)


def cases(wanted: str = "") -> Iterator[Case]:
    """All whose names have `wanted` in them."""
    for layout in LAYOUTS:
        for fields in _CASES:
            case = Case(*fields, layout)
            if wanted in case.name:
                yield case
