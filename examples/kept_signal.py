"""Keeps the largest numbers of a signal's transforms: of a wavelet's, and of Fourier's.

The signal is three waves of whole periods, for which Fourier needs six numbers. To them comes what
is local: a click of six samples, or a step up and a step down. Fourier's numbers are all of the
whole signal, so that a click is in each of them. Of a wavelet's only those are large whose few
samples hold it.

A number is a real one: a bin of the Fourier transform counts as two, but for the mean and Nyquist's
as one. That the places of the kept ones must be known too counts for neither. Both transforms are
periodic and orthogonal, so that no other choice of as many numbers has a smaller error.
"""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

import spectral_ops
from examples.curves import Axes
from examples.paper import GREEN, GREY, ORANGE, PAPER, text

Signal = NDArray[np.floating[Any]]  # [N]

N = 1024
KEPT = (32, 64, 128)
SHOWN = 64  # numbers kept, in the picture
NEAR = 32  # samples
WAVELET, MODE = "db4", "periodization"
COLOURS = {"Fourier": GREEN, WAVELET: ORANGE}
SIDE, TOP, GAP, HEIGHT = 100, 140, 130, 300  # of the panels


class Made(NamedTuple):
    """A signal, and the places where it is not smooth."""

    signal: Signal
    places: tuple[int, ...]


def signals() -> dict[str, Made]:
    """Three, by their names."""
    t = np.arange(N) / N
    waves = [(1, 3, 0), (0.5, 7, 1), (0.25, 12, 0)]  # amplitude, periods, phase
    smooth = sum(a * np.sin(2 * np.pi * k * t + p) for a, k, p in waves)
    click, step = np.array(smooth), np.array(smooth)
    click[600:606] += (1.5, -2, 2, -1.5, 1, -0.5)
    step[340:720] += 1
    return {
        "smooth": Made(np.array(smooth), ()),
        "click": Made(click, (603,)),
        "step": Made(step, (340, 720)),
    }


def by_fourier(x: Signal, count: int) -> Signal:
    """`x` of the `count` largest numbers of its Fourier transform, or of one fewer."""
    spectrum = np.fft.rfft(x, norm="ortho")
    numbers = np.full(len(spectrum), 2)
    numbers[[0, -1]] = 1
    largest = np.argsort(-np.abs(spectrum) * np.sqrt(numbers), kind="stable")
    kept = largest[np.cumsum(numbers[largest]) <= count]
    only = np.zeros_like(spectrum)
    only[kept] = spectrum[kept]
    return np.fft.irfft(only, len(x), norm="ortho")


def by_wavelet(x: Signal, count: int) -> Signal:
    """`x` of the `count` largest coefficients of all levels."""
    coefficients = spectral_ops.wavedec(x[np.newaxis, :, np.newaxis], WAVELET, mode=MODE)
    sizes = np.concatenate([np.abs(each).ravel() for each in coefficients])
    least = np.sort(sizes)[-count]
    kept = [np.where(np.abs(each) >= least, each, 0) for each in coefficients]
    return spectral_ops.waverec(kept, WAVELET, mode=MODE)[0, :, 0].numpy()


WAYS = {"Fourier": by_fourier, WAVELET: by_wavelet}


def print_errors(made: Mapping[str, Made]) -> None:
    """Relative L2 errors, of everywhere and of the samples that are not near a place."""
    heads = [f"{name}{where}" for where in ("", ", far") for name in WAYS]
    print(f"{'signal':8}{'numbers kept':>16}" + "".join(f"{head:>16}" for head in heads))
    for name, (signal, places) in made.items():
        everywhere = np.ones(N, bool)
        for count in KEPT:
            errors = [way(signal, count) - signal for way in WAYS.values()]
            cells = [_norm(e, everywhere) / _norm(signal, everywhere) for e in errors]
            far = _far(places)
            if places:
                cells += [_norm(e, far) / _norm(signal, far) for e in errors]
            line = "".join(f"{cell:>16.5f}" for cell in cells)
            print(f"{name:8}{f'{count} of {N}':>16}" + line, flush=True)


def draw(made: Mapping[str, Made], width: int) -> Image.Image:
    """A column for each signal that has a place: what is kept of it, and the errors."""
    shown = {name: each for name, each in made.items() if each.places}
    sheet = Image.new("RGB", (width, TOP + 2 * HEIGHT + GAP + 80), PAPER)
    pen = ImageDraw.Draw(sheet)
    heading = f"A signal of {N} samples, by the {SHOWN} largest numbers of two transforms"
    text(pen, (32, 0), heading, 30)
    room = (width - 32) // len(shown)
    for column, (name, each) in enumerate(shown.items()):
        left = SIDE + column * room
        _panels(pen, (left, left + room - SIDE - 24), name, each)
    return sheet


def _panels(pen: ImageDraw.ImageDraw, sides: tuple[float, float], name: str, made: Made) -> None:
    signal, places = made
    left, right = sides
    kept = {way: call(signal, SHOWN) for way, call in WAYS.items()}
    errors = {way: y - signal for way, y in kept.items()}
    everywhere = np.ones(N, bool)
    size = _norm(signal, everywhere)
    first, last = max(0, places[0] - 64), min(N, places[0] + 64)

    text(pen, (left, 64), f"with a {name}: samples {first} to {last}", 24)
    legend = {"the signal": GREY, **{f"by {way}": COLOURS[way] for way in kept}}
    _legend(pen, (left, 100), legend)
    near = np.arange(first, last)
    low, high = float(signal[near].min()) - 0.5, float(signal[near].max()) + 0.5
    axes = Axes(pen, (left, TOP, right, TOP + HEIGHT), (first, last - 1), (low, high))
    for value in range(int(np.ceil(low)), int(high) + 1):
        axes.level(value, f"{value:5d}")
    for value in range(first - first % -32, last, 32):
        axes.mark(value, str(value))
    axes.curve(near, signal[near], "#b8bec6", 9)
    for way, y in kept.items():
        axes.curve(near, y[near], COLOURS[way])

    top = TOP + HEIGHT + GAP
    text(pen, (left, top - 76), "error, of all samples", 24)
    legend = {
        f"by {way}: {_norm(e, everywhere) / size:.3f} of the signal's norm": COLOURS[way]
        for way, e in errors.items()
    }
    _legend(pen, (left, top - 40), legend)
    most = np.ceil(10 * max(np.abs(e).max() for e in errors.values())) / 10
    axes = Axes(pen, (left, top, right, top + HEIGHT), (0, N - 1), (-most, most))
    for value in np.linspace(-most, most, 5):
        axes.level(value, f"{value:5.2f}")
    for value in range(0, N, 128):
        axes.mark(value, str(value))
    for way, e in errors.items():
        axes.curve(range(N), e, COLOURS[way])


def _legend(
    pen: ImageDraw.ImageDraw, corner: tuple[float, float], names: Mapping[str, str]
) -> None:
    left, top = corner
    for name, colour in names.items():
        text(pen, (left, top), name, 20, colour)
        left += pen.textlength(name, font_size=20) + 32


def _far(places: Sequence[int]) -> NDArray[np.bool_]:
    """Which samples are not near one of the places."""
    at = np.arange(N)
    return np.all([np.abs(at - place) > NEAR for place in (*places, -N)], axis=0)


def _norm(x: Signal, where: NDArray[np.bool_]) -> float:
    return float(np.linalg.norm(x[where]))
