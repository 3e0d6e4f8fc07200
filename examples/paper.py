"""What all pictures are drawn on, and how text is written there."""

from collections.abc import Sequence

from PIL import Image, ImageDraw, ImageFont

INK, PAPER, GRID = "#1b1f24", "#ffffff", "#d8dde3"
GREEN, ORANGE, PURPLE, BLUE, GREY = "#0b6e4f", "#c2571a", "#7a3b8f", "#3465a4", "#6a717a"


def text(
    pen: ImageDraw.ImageDraw,
    corner: tuple[float, float],
    words: str,
    size: int,
    colour: str = INK,
) -> None:
    """One line, its upper left corner at `corner`."""
    pen.text(corner, words, fill=colour, font=ImageFont.load_default(size))


def stack(sheets: Sequence[Image.Image]) -> Image.Image:
    """One sheet under another."""
    width = max(sheet.width for sheet in sheets)
    whole = Image.new("RGB", (width, sum(sheet.height for sheet in sheets)), PAPER)
    top = 0
    for sheet in sheets:
        whole.paste(sheet, (0, top))
        top += sheet.height
    return whole
