"""Wavelets beside the Fourier transform: noise, pooling, and a signal with a click.

    python -m examples.denoise_photo [--output DIR]

Three tables and one picture. Errors are relative L2 errors, |photo - result| / |photo|; PSNR is in
dB, of a photograph from 0 to 1.

Noise: white noise of a known seed is added to two photographs, and taken away again.

- low pass: `spectral_ops.low_pass`, at the cutoff with the least error of those tried; with a step
  there, or with a slope from 0 to twice the cutoff, which is better here than one half or one and
  a half as wide. The photograph alone tells that cutoff, a kindness: wavelets are told nothing.
  Another is that it gets the photograph mirrored at its borders, which it would else take for
  periodic.
- haar, db4: `spectral_ops.wavelet_denoise` with the thresholds "universal" and "bayes", on as many
  levels.
- stationary: the same by `spectral_ops.swt` and `iswt`, with the thresholds of "bayes". Nothing is
  decimated, so that every shift of the photograph has its say. Mirrored, too.

Pooling by two, once and twice: `spectral_ops.wavelet_pool` by haar, which is average pooling, and
by db4, beside spectral pooling to the same size. A wavelet's best reconstruction is
`spectral_ops.idwt` with details of zero, the orthogonal projection on what the lowpass filters keep
(mode "periodization", so that all have as many numbers); that of spectral pooling is
`spectral_ops.resample`. Scale and offset are then fitted, as in `examples.pool_photo`.

A signal with a click: see `examples.kept_signal`.
"""

import argparse
import math
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

import spectral_ops
from examples import kept_signal, paper, photo_sheet, photographs
from examples.photo_sheet import Array, Bar, Block, Tile
from examples.photographs import Pooled, relative_error
from examples.pool_photo import spectral, symmetric

SEED = 0
NOISES = (0.05, 0.1, 0.2)  # standard deviations
LEVELS = 4
CUTOFFS = np.geomspace(0.1, math.sqrt(2), 14)  # in parts of Nyquist's frequency
SLOPE = 2.0  # its width in parts of the cutoff
POOLED_WAVELETS = ("haar", "db4")


class Denoised(NamedTuple):
    """A photograph without its noise, and what was chosen for that."""

    image: Array
    choice: str = ""


# Of a noisy photograph and, for kindnesses, the clean one.
Denoiser = Callable[[Array, Array], Denoised]


def low_pass(noisy: Array, photo: Array, slope: float = 0.0) -> Denoised:
    """The best of all cutoffs."""
    whole = _mirrored(noisy)

    def passed(cutoff: float) -> Array:
        result = spectral_ops.low_pass(whole, cutoff, softness=slope * cutoff)
        return _unmirrored(result.numpy(), photo)

    best = min(CUTOFFS.tolist(), key=lambda cutoff: relative_error(passed(cutoff), photo))
    return Denoised(passed(best), f"{best:.2f}")


def decimated(wavelet: str, threshold: str) -> Denoiser:
    """The library's own."""

    def denoise(noisy: Array, _: Array) -> Denoised:
        result = spectral_ops.wavelet_denoise(
            noisy[np.newaxis], wavelet, level=LEVELS, threshold=threshold
        )
        return Denoised(result[0].numpy())

    return denoise


def stationary(wavelet: str) -> Denoiser:
    """By a transform that keeps every shift; its noise is as strong in each band."""

    def denoise(noisy: Array, photo: Array) -> Denoised:
        a, *details = (each.numpy() for each in spectral_ops.swt(_mirrored(noisy), wavelet, LEVELS))
        finest = details[-1][..., -1:, :]  # of both highpass filters
        noise = np.median(np.abs(finest), (1, 2), keepdims=True) / 0.6745
        shrunk = [_shrunk(band, noise) for band in details]
        return Denoised(_unmirrored(spectral_ops.iswt([a, *shrunk], wavelet).numpy(), photo))

    return denoise


def _shrunk(bands: Array, noise: Array) -> Array:
    """Soft thresholds of Chang, Yu & Vetterli 2000, for each band and channel."""
    excess = np.mean(bands**2, (1, 2), keepdims=True) - noise**2
    threshold = noise**2 / np.sqrt(np.maximum(excess, 1e-12))
    return np.sign(bands) * np.maximum(np.abs(bands) - threshold, 0)


def _mirrored(image: Array) -> Array:
    """A batch of the image that goes on mirrored, so that it is periodic without a jump."""
    return np.pad(image, [(0, n) for n in image.shape[:2]] + [(0, 0)], "symmetric")[np.newaxis]


def _unmirrored(images: Array, photo: Array) -> Array:
    return images[0, : photo.shape[0], : photo.shape[1]]


class Way(NamedTuple):
    """How noise is taken away, and the colour of that."""

    denoise: Denoiser
    colour: str
    has_tile: bool = True


WAYS = {
    "noisy": Way(lambda noisy, _: Denoised(noisy), paper.GREY),
    "low pass, step": Way(low_pass, paper.GREEN),
    "low pass, slope": Way(lambda noisy, photo: low_pass(noisy, photo, SLOPE), paper.GREEN),
    "haar, universal": Way(decimated("haar", "universal"), paper.PURPLE, has_tile=False),
    "haar, bayes": Way(decimated("haar", "bayes"), paper.PURPLE),
    "db4, universal": Way(decimated("db4", "universal"), paper.ORANGE),
    "db4, bayes": Way(decimated("db4", "bayes"), paper.ORANGE),
    "haar, stationary": Way(stationary("haar"), paper.PURPLE),
    "db4, stationary": Way(stationary("db4"), paper.ORANGE),
}
SHOWN = ("flower", 0.1)  # in the picture
ZOOM, CENTRE = 3, (0.5, 0.5)


def denoise_all(photos: Mapping[str, Array]) -> Block:
    """Prints one line for each way and a column for each noisy photograph."""
    cases = [(name, noise) for name in photos for noise in NOISES]
    print(f"{'noise':18}" + "".join(f"{f'{name}, {noise}':>17}" for name, noise in cases))
    rng = np.random.default_rng(SEED)
    given = {}
    for name, noise in cases:
        photo = photos[name]
        given[name, noise] = photo + (noise * rng.standard_normal(photo.shape)).astype(np.float32)
    shown = {}
    for label, way in WAYS.items():
        print(f"{label:18}", end="", flush=True)
        choices = []
        for name, noise in cases:
            result = way.denoise(given[name, noise], photos[name])
            error = relative_error(result.image, photos[name])
            print(
                f"{f'{error:.4f} {_psnr(result.image, photos[name]):.2f}':>17}", end="", flush=True
            )
            choices.append(result.choice)
            if (name, noise) == SHOWN:
                shown[label] = result.image, error
        print()
        if any(choices):
            print(f"{'  its cutoff':18}" + "".join(f"{choice:>17}" for choice in choices))
    return _noise_block(photos[SHOWN[0]], shown)


def _noise_block(photo: Array, shown: Mapping[str, tuple[Array, float]]) -> Block:
    tiles, bars = [Tile(photo, "original")], []
    for label, (image, error) in shown.items():
        colour = WAYS[label].colour
        if WAYS[label].has_tile:
            caption = f"{label}: error {error:.3f}, PSNR {_psnr(image, photo):.1f} dB"
            tiles.append(Tile(image, caption, colour))
        bars.append(Bar(label, error, colour))
    title = f"{SHOWN[0]} with white noise of deviation {SHOWN[1]} (the central third is shown)"
    return Block(title, tiles[:5], tiles[5:], "Relative L2 error", bars, ZOOM, CENTRE)


def _psnr(image: Array, photo: Array) -> float:
    return -10 * math.log10(float(np.mean((image - photo).astype(np.float64) ** 2)))


def by_wavelet(photo: Array, wavelet: str, levels: int) -> Pooled:
    """Pooled by two so many times, and back without details."""
    pooled, sizes = photo[np.newaxis], []
    for _ in range(levels):
        sizes.append(pooled.shape[1:3])
        pooled = spectral_ops.wavelet_pool(pooled, wavelet, mode="periodization").numpy()

    def back() -> Array:
        image = pooled
        for size in reversed(sizes):
            bands = np.stack([2 * image, *3 * [np.zeros_like(image)]], -2)
            image = spectral_ops.idwt(
                bands, wavelet, mode="periodization", output_size=size
            ).numpy()
        return image[0]

    return photographs.best(wavelet, photo, pooled[0], {"idwt": back})


POOLED_COLOURS = {
    "spectral": paper.GREEN,
    "symmetric": paper.BLUE,
    "haar": paper.PURPLE,
    "db4": paper.ORANGE,
}


def pool_all(photos: Mapping[str, Array]) -> Block:
    """Prints one line for each photograph and size."""
    print(f"{'photo':8}{'pooled to':>16}" + "".join(f"{name:>26}" for name in POOLED_COLOURS))
    for name, photo in photos.items():
        for levels in (1, 2):
            wavelets = [by_wavelet(photo, wavelet, levels) for wavelet in POOLED_WAVELETS]
            height, width = wavelets[0].image.shape[:2]
            spectra = [pool(photo, (height, width)) for pool in (spectral, symmetric)]
            results = [*spectra, *wavelets]
            pooled_to = f"{height}x{width} (1/{2**levels})"
            print(f"{name:8}{pooled_to:>16}" + photographs.errors_line(results), flush=True)
            if name == SHOWN[0]:
                shown = photo, results, f"1/{2**levels}"
    photo, results, part = shown
    title = f"{SHOWN[0]}, each side pooled to {part} (the central third is shown)"
    return photographs.pooled_block(title, photo, results, POOLED_COLOURS, ZOOM, CENTRE)


def main(arguments: Sequence[str] | None = None) -> None:
    """Prints the tables and draws the picture."""
    parser = argparse.ArgumentParser(prog="python -m examples.denoise_photo", description=__doc__)
    parser.add_argument("--output", type=Path, default=Path("build/demo"), metavar="DIR")
    output = parser.parse_args(arguments).output
    photos = photographs.load()
    print("Two photographs without their noise: relative L2 error and PSNR in dB\n")
    blocks = [denoise_all(photos)]
    print("\nPooled by wavelets: relative L2 error of the best reconstruction\n")
    blocks.append(pool_all(photos))
    print("\nA signal by the largest numbers of its transform: relative L2 error of all samples,")
    print(f"and of those more than {kept_signal.NEAR} from the click or step\n")
    signals = kept_signal.signals()
    kept_signal.print_errors(signals)
    print("\nDrawing the picture ...", flush=True)
    sheet = photo_sheet.draw("What wavelets keep", blocks)
    output.mkdir(parents=True, exist_ok=True)
    path = output / "wavelets.png"
    paper.stack([sheet, kept_signal.draw(signals, sheet.width)]).save(path)
    print(path)


if __name__ == "__main__":
    main()
