"""Pools two photographs four ways and asks how much of them each way lets come back.

    python -m examples.pool_photo [--output DIR]

From each pooled photograph the best full-size reconstruction is made, and its relative L2 error
is printed: |photo - reconstruction| / |photo|. "Best" is the same for all four poolings: of the
linear enlargements below, each followed by the scale and the offset that fit the photograph best
(a kindness, for only the photograph tells them), the one with the least error.

- spectral: `spectral_ops.resample` to the full size: the orthogonal projection of the photograph
  on the band that was kept, therefore the least-squares answer in it. (Of an even size the one
  Nyquist bin comes back halved.) Scale and offset find nothing left to mend.
- symmetric: the same with boundary="symmetric", which mirrors the photograph at its borders.
- average: nearest, bilinear and bicubic enlargement; per axis the pseudo-inverse of the averaging
  matrix about the mean (the least-squares answer of minimum norm); and the images of spectral and
  of symmetric pooling's band that have these averages ("band-limited", "mirrored band"). Bins are
  adaptive, floor to ceil, so that any size can be had and no pixel is left out.
- max: nearest, bilinear and bicubic enlargement; the same bins.

The band of spectral pooling is that of a periodic image. A photograph whose opposite borders
differ loses by that, and the more the smaller it is pooled: there average pooling can come out
ahead of it. The picture shows a corner as well, where this rings; the symmetric rule does not.
"""

import argparse
import functools
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import tensorflow as tf

import spectral_ops
from bench import graphs
from bench.resample import Pool, subjects
from bench.subject import OURS, Contender, take_turns
from examples import paper, photo_sheet, photographs
from examples.photo_sheet import Array
from examples.photographs import Pooled, best

SIZES = {
    "7/8": (373, 560),
    "1/2": (213, 320),
    "odd": (213, 319),
    "1/4": (106, 160),
    "1/8": (53, 80),
}


class View(NamedTuple):
    """What the picture shows of the photographs at one size."""

    label: str
    photos: tuple[str, ...]
    what: str
    zoom: float  # 1 shows all, 2 a half of its width and height
    centre: tuple[float, float] = (0.5, 0.5)  # of that, as parts of these


VIEWS = (
    View("1/4", ("china", "flower"), " (the central half is shown)", 2),
    View("1/4", ("china",), " (the upper left corner is shown)", 5, (0.1, 0.1)),
    View("1/8", ("china", "flower"), "", 1),
)
ROUNDS = 15
SYMMETRIC = "symmetric"
RIVALS = (SYMMETRIC, "tf.signal", "avg_pool2d")


def spectral(photo: Array, size: tuple[int, int], boundary: str = "periodic") -> Pooled:
    """Spectral pooling, and `spectral_ops.resample` back."""
    pooled = spectral_ops.pool(photo[np.newaxis], size, boundary=boundary)

    def project() -> Array:
        return spectral_ops.resample(pooled, photo.shape[:2], boundary=boundary)[0].numpy()

    name = "spectral" if boundary == "periodic" else SYMMETRIC
    return best(name, photo, pooled[0].numpy(), {"resample": project})


def symmetric(photo: Array, size: tuple[int, int]) -> Pooled:
    """Spectral pooling of the mirrored photograph, and back."""
    return spectral(photo, size, boundary="symmetric")


def average(photo: Array, size: tuple[int, int]) -> Pooled:
    """Adaptive average pooling, and the best of six enlargements."""
    rows, columns = (_averaging(n, m) for n, m in zip(photo.shape[:2], size, strict=True))
    pooled = _apply(rows.matrix, columns.matrix, photo)
    mean = pooled.mean()
    enlargements = {
        **_interpolations(pooled, photo),
        "pseudo-inverse": lambda: mean + _apply(rows.inverse, columns.inverse, pooled - mean),
        "band-limited": lambda: _apply(rows.in_band, columns.in_band, pooled),
        "mirrored band": lambda: _apply(rows.in_mirrored_band, columns.in_mirrored_band, pooled),
    }
    return best("average", photo, pooled, enlargements)


def maximum(photo: Array, size: tuple[int, int]) -> Pooled:
    """Adaptive max pooling, and the best of three enlargements."""
    height, width = photo.shape[:2]
    rows = np.stack([photo[a:b].max(axis=0) for a, b in _bins(height, size[0])])
    pooled = np.stack([rows[:, a:b].max(axis=1) for a, b in _bins(width, size[1])], axis=1)
    return best("max", photo, pooled, _interpolations(pooled, photo))


POOLINGS: dict[str, Callable[[Array, tuple[int, int]], Pooled]] = {
    "spectral": spectral,
    SYMMETRIC: symmetric,
    "average": average,
    "max": maximum,
}
COLOURS = {
    "spectral": paper.GREEN,
    SYMMETRIC: paper.BLUE,
    "average": paper.ORANGE,
    "max": paper.PURPLE,
}


def _bins(n: int, m: int) -> Iterator[tuple[int, int]]:
    """The m adaptive bins of n samples: floor to ceil, so that neighbours may overlap."""
    return ((i * n // m, -(-(i + 1) * n // m)) for i in range(m))


class _Averaging(NamedTuple):
    matrix: Array  # [m, n]
    inverse: Array  # [n, m], gives the signal of least norm that has the averages
    in_band: Array  # [n, m], gives the band-limited signal that has them
    in_mirrored_band: Array  # [n, m], the one whose mirror image is band-limited, too


@functools.cache
def _averaging(n: int, m: int) -> _Averaging:
    matrix = np.zeros((m, n))
    for i, (start, stop) in enumerate(_bins(n, m)):
        matrix[i, start:stop] = 1 / (stop - start)
    bands = []
    for boundary in ("periodic", "symmetric"):
        to_full_size = spectral_ops.resample(np.eye(m)[np.newaxis], n, boundary=boundary)[0].numpy()
        bands.append(to_full_size @ np.linalg.pinv(matrix @ to_full_size))
    return _Averaging(matrix, np.linalg.pinv(matrix), *bands)


def _apply(rows: Array, columns: Array, image: Array) -> Array:
    y = np.einsum("hH,HWc->hWc", rows, image, optimize=True)
    return np.einsum("wW,hWc->hwc", columns, y, optimize=True).astype(np.float32)


def _interpolations(pooled: Array, photo: Array) -> dict[str, Callable[[], Array]]:
    def by(method: str) -> Callable[[], Array]:
        return lambda: tf.image.resize(pooled, photo.shape[:2], method).numpy()

    return {method: by(method) for method in ("nearest", "bilinear", "bicubic")}


def _print_errors(photos: Mapping[str, Array]) -> list[photo_sheet.Block]:
    """Prints one line per photograph and size; gives what the picture shows."""
    print(f"{'photo':8}{'pooled to':>16}" + "".join(f"{name:>26}" for name in POOLINGS))
    blocks = []
    for name, photo in photos.items():
        for label, size in SIZES.items():
            results = [pooling(photo, size) for pooling in POOLINGS.values()]
            pooled_to = f"{size[0]}x{size[1]} ({label})"
            print(f"{name:8}{pooled_to:>16}" + photographs.errors_line(results), flush=True)
            for view in VIEWS:
                if view.label == label and name in view.photos:
                    title = f"{name}, each side pooled to {label}{view.what}"
                    block = photographs.pooled_block(
                        title, photo, results, COLOURS, view.zoom, view.centre
                    )
                    blocks.append(block)
    return blocks


def _print_times(photos: Array) -> None:
    heads = ("ours, ms", *(f"{rival}, ms" for rival in RIVALS))
    print(f"\n{'pooled to':>16}" + "".join(f"{head:>24}" for head in heads))
    for label, size in SIZES.items():
        pool = Pool(len(photos), photos.shape[1:3], photos.shape[3], size)
        contenders = dict(subjects(pool, lambda: (tf.constant(photos),))[0].contenders)
        contenders[SYMMETRIC] = _symmetric_contender(photos, size)
        runs = {n: contenders[n].compile() for n in RIVALS if n in contenders}
        seconds = take_turns({OURS: contenders[OURS].compile(), **runs}, ROUNDS)
        times = {name: 1e3 * float(np.median(values)) for name, values in seconds.items()}
        cells = [f"{times[OURS]:.2f}"]
        for name in RIVALS:
            ratio = times.get(name, 0) / times[OURS]
            cells.append(f"{times[name]:.2f} ({ratio:.2f} x)" if name in times else "-")
        print(
            f"{f'{size[0]}x{size[1]} ({label})':>16}" + "".join(f"{c:>24}" for c in cells),
            flush=True,
        )


def _symmetric_contender(photos: Array, size: tuple[int, int]) -> Contender:
    def pool(x: tf.Tensor) -> tf.Tensor:
        return spectral_ops.pool(x, size, boundary="symmetric")

    return graphs.contender(pool, lambda: (tf.constant(photos),), "forward")


def main(arguments: Sequence[str] | None = None) -> None:
    """Prints errors and times, and draws the picture."""
    parser = argparse.ArgumentParser(prog="python -m examples.pool_photo", description=__doc__)
    parser.add_argument("--output", type=Path, default=Path("build/demo"), metavar="DIR")
    output = parser.parse_args(arguments).output
    by_name = photographs.load()
    photos: Array = np.stack(list(by_name.values()))
    shape = "x".join(map(str, photos.shape[1:]))
    print(f"Two photographs, {shape}: relative L2 error of the best reconstruction\n")
    blocks = _print_errors(by_name)
    print(f"\nBoth photographs at once, medians of {ROUNDS} interleaved rounds on")
    print(graphs.described())
    _print_times(photos)
    output.mkdir(parents=True, exist_ok=True)
    path = output / "pooled_photos.png"
    print("\nDrawing the picture ...", flush=True)
    photo_sheet.draw("What pooling keeps of a photograph", blocks).save(path)
    print(path)


if __name__ == "__main__":
    main()
