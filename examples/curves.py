"""Draws curves over epochs, with a legend in order of the last values."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

SIZE = (1100, 640)
LEFT, TOP, RIGHT, BOTTOM = 90, 90, 850, 560  # of the axes
INK, PAPER, GRID = "#1b1f24", "#ffffff", "#d8dde3"
COLOURS = ("#0b6e4f", "#4fb286", "#c2571a", "#7a3b8f", "#3465a4", "#8a8a8a")


def draw(title: str, lines: Mapping[str, NDArray[Any]]) -> Image.Image:
    """One line of fractions, each after one epoch more, shown from a round percentage on."""
    sheet = Image.new("RGB", SIZE, PAPER)
    pen = ImageDraw.Draw(sheet)
    _text(pen, (LEFT, 28), title, 26)
    epochs = max(len(line) for line in lines.values())
    last = min(float(line[-1]) for line in lines.values())
    low = max(0.0, np.floor(10 * (2 * last - 1)) / 10)  # what the worst one misses, once more

    def place(epoch: float, value: float) -> tuple[float, float]:
        x = LEFT + (RIGHT - LEFT) * epoch / max(1, epochs - 1)
        return x, BOTTOM - (BOTTOM - TOP) * (max(value, low) - low) / (1 - low)

    for value in np.linspace(low, 1, 6):
        _, y = place(0, value)
        pen.line((LEFT, y, RIGHT, y), GRID)
        _text(pen, (LEFT - 62, y - 10), f"{100 * value:.0f} %", 18)
    for epoch in sorted({0, epochs // 2, epochs - 1}):
        x, y = place(epoch, low)
        _text(pen, (x - 8, y + 10), str(epoch + 1), 18)
    _text(pen, ((LEFT + RIGHT) / 2 - 30, BOTTOM + 40), "epoch", 20)

    colours = dict(zip(lines, COLOURS, strict=False))
    for name, line in lines.items():
        pen.line([place(e, v) for e, v in enumerate(line)], colours.get(name, INK), 3, "curve")
    ranked = sorted(lines, key=lambda name: -float(lines[name][-1]))
    for row, name in enumerate(ranked):
        text = f"{name}: {100 * float(lines[name][-1]):.1f} %"
        _text(pen, (RIGHT + 24, TOP + 34 * row), text, 20, colours.get(name, INK))
    return sheet


def _text(
    pen: ImageDraw.ImageDraw,
    corner: tuple[float, float],
    text: str,
    size: int,
    colour: str = INK,
) -> None:
    pen.text(corner, text, fill=colour, font=ImageFont.load_default(size))
