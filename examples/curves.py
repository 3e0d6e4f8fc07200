"""Draws curves over epochs, with a legend in order of the last values; axes for other curves."""

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from examples.paper import GRID, INK, PAPER, text

SIZE = (1100, 640)
LEFT, TOP, RIGHT, BOTTOM = 90, 90, 850, 560  # of the axes
COLOURS = ("#0b6e4f", "#4fb286", "#c2571a", "#7a3b8f", "#3465a4", "#8a8a8a")


class Axes(NamedTuple):
    """A rectangle of a sheet and the numbers at its sides."""

    pen: ImageDraw.ImageDraw
    box: tuple[float, float, float, float]  # left, top, right, bottom
    across: tuple[float, float]  # at the left, at the right
    up: tuple[float, float]  # at the bottom, at the top

    def place(self, x: float, y: float) -> tuple[float, float]:
        """Where a point is drawn; what is below the bottom, at the bottom."""
        left, top, right, bottom = self.box
        (first, last), (low, high) = self.across, self.up
        height = (bottom - top) * (max(y, low) - low) / (high - low)
        return left + (right - left) * (x - first) / (last - first), bottom - height

    def level(self, value: float, label: str) -> None:
        """A horizontal line and its name."""
        _, y = self.place(self.across[0], value)
        self.pen.line((self.box[0], y, self.box[2], y), GRID)
        text(self.pen, (self.box[0] - 62, y - 10), label, 18)

    def mark(self, value: float, label: str) -> None:
        """A name below the axis."""
        x, y = self.place(value, self.up[0])
        text(self.pen, (x - 8, y + 10), label, 18)

    def curve(self, xs: Iterable[float], ys: Iterable[float], colour: str, width: int = 3) -> None:
        """A line through points."""
        points = [self.place(x, y) for x, y in zip(xs, ys, strict=True)]
        self.pen.line(points, colour, width, "curve")


def draw(title: str, lines: Mapping[str, NDArray[Any]]) -> Image.Image:
    """One line of fractions, each after one epoch more, shown from a round percentage on."""
    sheet = Image.new("RGB", SIZE, PAPER)
    pen = ImageDraw.Draw(sheet)
    text(pen, (LEFT, 28), title, 26)
    epochs = max(len(line) for line in lines.values())
    last = min(float(line[-1]) for line in lines.values())
    low = max(0.0, np.floor(10 * (2 * last - 1)) / 10)  # what the worst one misses, once more
    axes = Axes(pen, (LEFT, TOP, RIGHT, BOTTOM), (0, max(1, epochs - 1)), (low, 1))
    for value in np.linspace(low, 1, 6):
        axes.level(value, f"{100 * value:.0f} %")
    for epoch in sorted({0, epochs // 2, epochs - 1}):
        axes.mark(epoch, str(epoch + 1))
    text(pen, ((LEFT + RIGHT) / 2 - 30, BOTTOM + 40), "epoch", 20)

    colours = dict(zip(lines, COLOURS, strict=False))
    for name, line in lines.items():
        axes.curve(range(len(line)), line, colours.get(name, INK))
    ranked = sorted(lines, key=lambda name: -float(lines[name][-1]))
    for row, name in enumerate(ranked):
        words = f"{name}: {100 * float(lines[name][-1]):.1f} %"
        text(pen, (RIGHT + 24, TOP + 34 * row), words, 20, colours.get(name, INK))
    return sheet
