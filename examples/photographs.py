"""Two photographs, and how much of them a pooled one lets come back."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from sklearn.datasets import load_sample_images

from examples.photo_sheet import Array, Bar, Block, Tile, size_of


def load() -> dict[str, Array]:
    """scikit-learn's, [height, width, 3] from 0 to 1, by their names."""
    dataset = load_sample_images()
    names = [Path(name).stem for name in dataset.filenames]
    images = [image.astype(np.float32) / 255 for image in dataset.images]
    return dict(zip(names, images, strict=True))


def relative_error(image: Array, photo: Array) -> float:
    """|photo - image| / |photo|."""
    return float(_norm(image - photo) / _norm(photo))


class Pooled(NamedTuple):
    """A photograph pooled one way, and the best that can be made of it."""

    pooling: str
    image: Array
    reconstruction: Array
    enlargement: str  # the one that made the reconstruction
    error: float  # of the reconstruction, relative L2


def best(
    pooling: str, photo: Array, pooled: Array, enlargements: Mapping[str, Callable[[], Array]]
) -> Pooled:
    """By the enlargement with the least error, each with the scale and the offset that fit best."""
    fits = {name: _fit(enlarge(), photo) for name, enlarge in enlargements.items()}
    errors = {name: relative_error(fit, photo) for name, fit in fits.items()}
    winner = min(errors, key=errors.__getitem__)
    return Pooled(pooling, pooled, fits[winner], winner, errors[winner])


def errors_line(results: Sequence[Pooled]) -> str:
    """Of a table, a column for each result."""
    cells = (f"{result.error:.4f} {result.enlargement:>14}" for result in results)
    return "".join(f"{cell:>26}" for cell in cells)


def pooled_block(
    title: str,
    photo: Array,
    results: Sequence[Pooled],
    colours: Mapping[str, str],  # by the pooling
    zoom: float,
    centre: tuple[float, float] = (0.5, 0.5),
) -> Block:
    """Original and pooled above, errors and reconstructions below."""
    upper, lower, bars = [Tile(photo, f"original, {size_of(photo)}")], [], []
    for pooling, image, reconstruction, enlargement, error in results:
        colour = colours[pooling]
        upper.append(Tile(image, f"{pooling} pooling, {size_of(image)}", colour, pixels=True))
        caption = f"its best reconstruction: {enlargement}, error {error:.3f}"
        lower.append(Tile(reconstruction, caption, colour))
        bars.append(Bar(pooling, error, colour))
    bars_title = "Relative L2 error of the best reconstruction"
    return Block(title, upper, lower, bars_title, bars, zoom, centre)


def _fit(image: Array, photo: Array) -> Array:
    """`image` with the scale and the offset that bring it nearest to `photo`."""
    centred = image.astype(np.float64) - image.mean(dtype=np.float64)
    mean = photo.mean(dtype=np.float64)
    scale = np.sum(centred * (photo - mean)) / np.sum(centred**2)
    return (scale * centred + mean).astype(np.float32)


def _norm(image: Array) -> np.float64:
    return np.sqrt(np.sum(image.astype(np.float64) ** 2))
