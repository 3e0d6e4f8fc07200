"""Draws the picture of `examples.pool_photo`: pooled photographs and what comes back of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

Array = NDArray[np.floating[Any]]  # a matrix, or a photograph [height, width, channels], 0 to 1

TILE = (480, 320)
MARGIN = 32
GAP = 12
CAPTION = 36  # height of a row's line of text
HEADING = 50  # height of a block's title
INK, PAPER = "#1b1f24", "#ffffff"
COLOURS = {
    "spectral": "#0b6e4f",
    "symmetric": "#3465a4",
    "average": "#c2571a",
    "max": "#7a3b8f",
}


@dataclass(frozen=True)
class Pooled:
    """A photograph pooled one way, and the best that can be made of it."""

    pooling: str
    image: Array
    reconstruction: Array
    enlargement: str  # the one that made the reconstruction
    error: float  # of the reconstruction, relative L2


@dataclass(frozen=True)
class Block:
    """Two rows of the picture: a photograph pooled to one size, and its reconstructions."""

    title: str
    photo: Array
    pooled: Sequence[Pooled]
    zoom: float  # 1 shows all of the photograph, 2 a half of its width and height
    centre: tuple[float, float] = (0.5, 0.5)  # of what is shown, as parts of these


def draw(title: str, blocks: Sequence[Block]) -> Image.Image:
    """One block under another: original and pooled above, errors and reconstructions below."""
    columns = 1 + len(blocks[0].pooled)
    width = 2 * MARGIN + columns * TILE[0] + (columns - 1) * GAP
    first = 2 * MARGIN + 48
    block_height = HEADING + 2 * (TILE[1] + CAPTION) + MARGIN
    sheet = Image.new("RGB", (width, first + len(blocks) * block_height), PAPER)
    pen = ImageDraw.Draw(sheet)
    _text(pen, (MARGIN, MARGIN), title, 40)
    for index, block in enumerate(blocks):
        _block(sheet, pen, first + index * block_height, block)
    return sheet


def _block(sheet: Image.Image, pen: ImageDraw.ImageDraw, top: int, block: Block) -> None:
    _text(pen, (MARGIN, top), block.title, 30)
    upper = top + HEADING
    lower = upper + TILE[1] + CAPTION
    _tile(sheet, (MARGIN, upper), block.photo, block, Image.Resampling.LANCZOS)
    _text(pen, (MARGIN, upper + TILE[1] + 4), f"original, {_size(block.photo)}", 20)
    _bars(pen, (MARGIN, lower), block.pooled)
    for column, pooled in enumerate(block.pooled, start=1):
        left = MARGIN + column * (TILE[0] + GAP)
        colour = COLOURS[pooled.pooling]
        _tile(sheet, (left, upper), pooled.image, block, Image.Resampling.NEAREST)
        caption = f"{pooled.pooling} pooling, {_size(pooled.image)}"
        _text(pen, (left, upper + TILE[1] + 4), caption, 20, colour)
        _tile(sheet, (left, lower), pooled.reconstruction, block, Image.Resampling.LANCZOS)
        caption = f"its best reconstruction: {pooled.enlargement}, error {pooled.error:.3f}"
        _text(pen, (left, lower + TILE[1] + 4), caption, 20, colour)


def _tile(
    sheet: Image.Image,
    corner: tuple[int, int],
    image: Array,
    block: Block,
    resampling: Image.Resampling,
) -> None:
    pixels = Image.fromarray(np.rint(np.clip(image, 0, 1) * 255).astype(np.uint8))
    width, height = pixels.size
    x, y = block.centre
    across, down = width / block.zoom / 2, height / block.zoom / 2
    box = (x * width - across, y * height - down, x * width + across, y * height + down)
    sheet.paste(pixels.resize(TILE, resampling, box), corner)


def _bars(pen: ImageDraw.ImageDraw, corner: tuple[int, int], results: Sequence[Pooled]) -> None:
    """The errors as horizontal bars, in a tile's place."""
    left, top = corner
    _text(pen, (left, top + 16), "Relative L2 error of the best reconstruction", 20)
    longest = TILE[0] - 90
    worst = max(pooled.error for pooled in results)
    for index, pooled in enumerate(results):
        y = top + 60 + index * 64
        colour = COLOURS[pooled.pooling]
        right = left + round(longest * pooled.error / worst)
        _text(pen, (left, y), pooled.pooling, 20, colour)
        pen.rectangle((left, y + 30, right, y + 58), fill=colour)
        _text(pen, (right + 10, y + 32), f"{pooled.error:.3f}", 20, colour)


def _size(image: Array) -> str:
    return f"{image.shape[0]}x{image.shape[1]}"


def _text(
    pen: ImageDraw.ImageDraw, corner: tuple[int, int], text: str, size: int, colour: str = INK
) -> None:
    pen.text(corner, text, fill=colour, font=ImageFont.load_default(size))
