"""Draws photographs and what was made of them: rows of tiles, with bars beside them."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from examples.paper import INK, PAPER, text

Array = NDArray[np.floating[Any]]  # a matrix, or a photograph [height, width, channels], 0 to 1

TILE = (480, 320)
MARGIN = 32
GAP = 12
CAPTION = 36  # height of a row's line of text
HEADING = 50  # height of a block's title
FIRST_BAR = 60  # from the top of a tile's place
BAR = 28  # height of a bar where there is room


class Tile(NamedTuple):
    """An image with a line of text below it."""

    image: Array
    caption: str
    colour: str = INK  # of the caption
    pixels: bool = False  # shows them as squares


class Bar(NamedTuple):
    """A number and what it is of."""

    name: str
    value: float
    colour: str


class Block(NamedTuple):
    """Two rows of tiles. Bars stand in the place of the first one of the lower row."""

    title: str
    upper: Sequence[Tile]
    lower: Sequence[Tile]
    bars_title: str
    bars: Sequence[Bar]
    zoom: float = 1  # 1 shows all of an image, 2 a half of its width and height
    centre: tuple[float, float] = (0.5, 0.5)  # of what is shown, as parts of these


def draw(title: str, blocks: Sequence[Block]) -> Image.Image:
    """One block under another."""
    columns = len(blocks[0].upper)
    width = 2 * MARGIN + columns * TILE[0] + (columns - 1) * GAP
    first = 2 * MARGIN + 48
    block_height = HEADING + 2 * (TILE[1] + CAPTION) + MARGIN
    sheet = Image.new("RGB", (width, first + len(blocks) * block_height), PAPER)
    pen = ImageDraw.Draw(sheet)
    text(pen, (MARGIN, MARGIN), title, 40)
    for index, block in enumerate(blocks):
        _block(sheet, pen, first + index * block_height, block)
    return sheet


def size_of(image: Array) -> str:
    """Height and width, for captions."""
    return f"{image.shape[0]}x{image.shape[1]}"


def _block(sheet: Image.Image, pen: ImageDraw.ImageDraw, top: int, block: Block) -> None:
    text(pen, (MARGIN, top), block.title, 30)
    upper = top + HEADING
    lower = upper + TILE[1] + CAPTION
    for column, tile in enumerate(block.upper):
        _tile(sheet, pen, (_left(column), upper), tile, block)
    _bars(pen, (MARGIN, lower), block)
    for column, tile in enumerate(block.lower, start=1):
        _tile(sheet, pen, (_left(column), lower), tile, block)


def _left(column: int) -> int:
    return MARGIN + column * (TILE[0] + GAP)


def _tile(
    sheet: Image.Image,
    pen: ImageDraw.ImageDraw,
    corner: tuple[int, int],
    tile: Tile,
    block: Block,
) -> None:
    pixels = Image.fromarray(np.rint(np.clip(tile.image, 0, 1) * 255).astype(np.uint8))
    width, height = pixels.size
    x, y = block.centre
    across, down = width / block.zoom / 2, height / block.zoom / 2
    box = (x * width - across, y * height - down, x * width + across, y * height + down)
    resampling = Image.Resampling.NEAREST if tile.pixels else Image.Resampling.LANCZOS
    sheet.paste(pixels.resize(TILE, resampling, box), corner)
    left, top = corner
    text(pen, (left, top + TILE[1] + 4), tile.caption, 20, tile.colour)


def _bars(pen: ImageDraw.ImageDraw, corner: tuple[int, int], block: Block) -> None:
    """Horizontal bars: each below its name, or beside it where there are many."""
    left, top = corner
    text(pen, (left, top + 16), block.bars_title, 20)
    room = TILE[1] - FIRST_BAR
    beside = len(block.bars) > room // 64
    step = min(64, room // len(block.bars))
    names = 200 if beside else 0  # width of their column
    longest = TILE[0] - 90 - names
    worst = max(bar.value for bar in block.bars)
    for index, (name, value, colour) in enumerate(block.bars):
        y = top + FIRST_BAR + index * step
        text(pen, (left, y), name, 20, colour)
        right = left + names + round(longest * value / worst)
        y += 0 if beside else step - BAR - 6
        pen.rectangle((left + names, y, right, y + min(BAR, step - 6)), fill=colour)
        text(pen, (right + 10, y + 2), f"{value:.3f}", 20, colour)
