"""The cases of `python -m bench.gpu`, of its model and of its sweeps."""

import argparse
import math
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

LAYOUTS = ("channels_last", "channels_first")


TAPS = "by"  # what stands before the sizes of operators that have filters


class Case(NamedTuple):
    """One call of an operator in one layout."""

    operator: str
    batch: int
    lengths: tuple[int, ...]
    channels: int
    sizes: tuple[int, ...]  # of the output; or modes, or taps of filters
    layout: str

    def __str__(self) -> str:
        dims = "x".join(map(str, (self.batch, *self.lengths, self.channels)))
        by_taps = self.is_wavelet or self.is_conv
        return f"{dims} {TAPS if by_taps else 'to'} {self.sizes}, {self.layout}"

    @property
    def name(self) -> str:
        """Unique among the cases."""
        return f"{self.operator} {self}"

    @property
    def is_wavelet(self) -> bool:
        """A level of a transform, symmetric at its ends, or a gradient of one."""
        return self.operator.endswith("dwt")

    @property
    def is_conv(self) -> bool:
        """Of as many channels as x has."""
        return self.operator.endswith(" conv") or self.operator == "conv"

    @property
    def rule(self) -> dict[str, str]:
        """Of the borders."""
        rules = {
            "pool, symmetric": {"boundary": "symmetric"},
            "pool, centered": {"alignment": "center"},
        }
        return rules.get(self.operator, {})

    def shape(self, lengths: tuple[int, ...]) -> list[int]:
        """Of a signal of these lengths."""
        if self.layout == "channels_last":
            return [self.batch, *lengths, self.channels]
        return [self.batch, self.channels, *lengths]

    @property
    def coefficients(self) -> tuple[int, ...]:
        """Of a wavelet: the lengths of each band."""
        return tuple((n + F - 1) // 2 for n, F in zip(self.lengths, self.sizes, strict=True))

    @property
    def bands(self) -> list[int]:
        """The shape of all of a wavelet's coefficients."""
        count = 2 ** len(self.lengths)
        if self.layout == "channels_last":
            return [self.batch, *self.coefficients, count, self.channels]
        return [self.batch, count, self.channels, *self.coefficients]

    @property
    def output(self) -> tuple[int, ...]:
        """The lengths of what the operator gives, if it is a signal."""
        whole = self.operator == "spectral_conv" or self.is_wavelet or self.is_conv
        return self.lengths if whole else self.sizes

    @property
    def moved(self) -> int:
        """Elements that are read and written: of a filter's gradient, read."""
        if self.is_wavelet:
            return self.batch * self.channels * math.prod(self.lengths) + math.prod(self.bands)
        return self.batch * self.channels * (math.prod(self.lengths) + math.prod(self.output))


Fields = tuple[str, int, tuple[int, ...], int, tuple[int, ...]]


def _rules(operator: str) -> list[Fields]:
    """By another rule at the borders."""
    return [
        (operator, 384, (56, 56), 64, (28, 28)),
        (operator, 384, (56, 56), 64, (47, 47)),
        (operator, 96, (112, 112), 64, (56, 56)),
        (operator, 40, (224, 224), 32, (112, 112)),
        (operator, 16, (512, 512), 16, (256, 256)),
    ]


_CASES: tuple[Fields, ...] = (  # 256 MB or more each
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
    *_rules("pool, symmetric"),
    *_rules("pool, centered"),
    ("filter", 384, (56, 56), 64, (56, 56)),
    ("filter", 96, (112, 112), 64, (112, 112)),
    ("filter", 40, (224, 224), 32, (224, 224)),
    ("conv", 64, (64, 64), 32, (15, 15)),  # 32 MB: a direct one takes long
    ("depthwise conv", 64, (64, 64), 64, (31, 31)),
    ("dwt", 384, (56, 56), 64, (2, 2)),
    ("dwt", 384, (56, 56), 64, (4, 4)),
    ("dwt", 40, (224, 224), 32, (4, 4)),
    ("dwt", 40, (224, 224), 32, (16, 16)),
    ("dwt", 256, (16384,), 16, (4,)),
    ("idwt", 384, (56, 56), 64, (4, 4)),
    ("idwt", 40, (224, 224), 32, (4, 4)),
    ("idwt", 256, (16384,), 16, (4,)),
    ("gradient of dwt", 384, (56, 56), 64, (4, 4)),
    ("filter gradient of dwt", 384, (56, 56), 64, (4, 4)),
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
