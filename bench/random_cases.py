"""Random realistic cases of each operator: sizes, ratios, channels and batches that people use.

What is drawn first is the longer side, of input and output; the other follows from a ratio. A draw
that falls out of the limits below is made again. A seed gives the same cases again, whatever else
is drawn beside them.
"""

import itertools
import math
import random
from collections.abc import Callable, Collection, Iterator, Sequence

from bench.conv import Conv
from bench.resample import Pool
from bench.spectral_conv import SpectralConv

Case = Pool | Conv | SpectralConv

# Elements of the larger one of input and output.
FEWEST, MOST = 2**16, 2**25
LONGEST = {1: (2**18,), 2: (1080, 1920), 3: (128, 128, 128)}
SHORTEST = {1: 128, 2: 28, 3: 16}
LOWEST_RATIO, HIGHEST_RATIO = 1 / 8, 2.0

RATES = (8000, 11025, 16000, 22050, 24000, 32000, 44100, 48000)  # samples a second
SECONDS = (0.5, 1, 2, 3, 4, 5, 10)
SIDES = (
    *(28, 32, 48, 56, 64, 96, 112, 128, 160, 192, 224, 256, 299, 320, 384, 416, 480, 512),
    *(600, 640, 720, 768, 800, 896, 1024, 1080),
)
ASPECTS = (1, 1, 1, 3 / 4, 4 / 3, 3 / 2, 16 / 9)  # width / height
DEPTHS = (16, 20, 24, 32, 40, 48, 64, 80, 96, 112, 128)
RATIOS = (1 / 2, 1 / 2, 2 / 3, 0.7071, 3 / 4, 1 / 3, 1 / 4, 4 / 3, 3 / 2, 2)
CHANNELS = (1, 2, 3, 4, 8, 16, 24, 32, 48, 64, 96, 128, 192, 256, 384, 512)
BATCHES = (1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64)
TAPS = {1: (3, 5, 9, 15, 31, 63, 127, 255, 511), 2: (3, 5, 7, 11, 15, 21, 31, 63), 3: (3, 5, 7)}
MODES = {1: (8, 16, 32, 64, 128), 2: (8, 12, 16, 24, 32, 64), 3: (4, 6, 8, 12, 16)}
WIDTHS = (16, 20, 32, 48, 64, 96, 128)  # channels of networks with `spectral_conv`
MOST_WEIGHTS = 2**23  # of a spectral convolution, complex
MOST_PRODUCTS = 2**32  # multiply-adds of a convolution, summed over its taps


def drawn(
    operators: Sequence[str], seeds: Sequence[int], ranks: Collection[int], count: int
) -> list[Case]:
    """So many different cases: of each seed and operator in turn, of `pool` as many as of both."""
    streams = [
        stream
        for seed in seeds
        for operator in operators
        for stream in [_stream(operator, seed, ranks)] * SHARES[operator]
    ]
    cases: dict[Case, None] = {}
    for stream in itertools.cycle(streams):
        if len(cases) == count:
            break
        cases.setdefault(next(stream))
    return list(cases)


def _stream(operator: str, seed: int, ranks: Collection[int]) -> Iterator[Case]:
    rng = random.Random(f"{operator} {seed}")
    while True:
        case = _DRAW[operator](rng)
        if case and len(case.lengths) in ranks:
            yield case


def _pool(rng: random.Random) -> Pool | None:
    longer = _lengths(rng)
    mono = len(longer) == 1 and rng.random() < 0.3
    while mono and longer[0] < FEWEST:
        longer = _lengths(rng, rank=1)
    lengths, sizes = _resized(rng, longer)
    batch, channels = (1, 1) if mono else _batch_and_channels(rng, longer, CHANNELS)
    if not FEWEST <= batch * channels * math.prod(longer) <= MOST:
        return None
    return Pool(batch, lengths, channels, sizes, _layout(rng))


def _conv(rng: random.Random) -> Conv | None:
    lengths = _lengths(rng)
    batch, channels = _batch_and_channels(rng, lengths, CHANNELS)
    near = [c for c in CHANNELS if channels <= 4 * c <= 16 * channels]
    out = rng.choice((None, channels, channels, rng.choice(near)))
    if out is not None and rng.random() < 0.1:
        channels = 3  # the first layer of a network
    k = rng.choice(TAPS[len(lengths)])
    conv = Conv(batch, lengths, channels, out, (k,) * len(lengths), _layout(rng))
    outputs = math.prod(lengths) * batch * max(channels, out or 0)
    fits = FEWEST <= outputs <= MOST and conv.multiply_adds <= MOST_PRODUCTS
    return conv if fits and k <= min(lengths) else None


def _spectral_conv(rng: random.Random) -> SpectralConv | None:
    longer = _lengths(rng)
    resizes = rng.random() < 0.3
    lengths, sizes = _resized(rng, longer) if resizes else (longer, longer)
    batch, channels = _batch_and_channels(rng, longer, WIDTHS)
    modes = (rng.choice(MODES[len(longer)]),) * len(longer)
    case = SpectralConv(batch, lengths, channels, modes, sizes, _layout(rng))
    fits = FEWEST <= batch * channels * math.prod(longer) <= MOST
    fits = fits and math.prod(modes) * channels**2 <= 2 * MOST_WEIGHTS
    return case if fits and modes[0] < min(*lengths, *sizes) else None


_DRAW: dict[str, Callable[[random.Random], Case | None]] = {
    "pool": _pool,
    "conv": _conv,
    "spectral_conv": _spectral_conv,
}
SHARES = {"pool": 2, "conv": 1, "spectral_conv": 1}


def _lengths(rng: random.Random, rank: int | None = None) -> tuple[int, ...]:
    """Of the longer side, within LONGEST and SHORTEST; of a drawn rank if none is given."""
    rank = rank or rng.choice((1, 2, 2, 3))
    if rank == 1:
        lengths: tuple[int, ...] = (
            rng.choice(
                (
                    round(rng.choice(RATES) * rng.choice(SECONDS)),
                    2 ** rng.randint(7, 18),
                    _odd(rng, 128, 2**18),
                )
            ),
        )
    elif rank == 2:
        height = rng.choice((rng.choice(SIDES), rng.choice(SIDES), _odd(rng, 28, 1080)))
        lengths = height, round(height * rng.choice(ASPECTS))
    else:
        depth = rng.choice((rng.choice(DEPTHS), rng.choice(DEPTHS), _odd(rng, 16, 128)))
        side = rng.choice((depth, rng.choice(DEPTHS)))
        lengths = depth, side, side
    fits = all(n <= most for n, most in zip(lengths, LONGEST[rank], strict=True))
    return lengths if fits and min(lengths) >= SHORTEST[rank] else _lengths(rng, rank)


def _odd(rng: random.Random, low: int, high: int) -> int:
    """Odd and between the two, uniformly in the logarithm."""
    return min(round(math.exp(rng.uniform(math.log(low), math.log(high)))) | 1, high - 1)


def _resized(
    rng: random.Random, longer: tuple[int, ...]
) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Input and output, one of which is `longer`: one ratio, now and then one for each axis."""
    ratio = _ratio(rng)
    ratios = [ratio] * len(longer)
    if rng.random() < 0.2:
        others = [_ratio(rng) for _ in longer]
        ratios = [r if (r > 1) == (ratio > 1) else ratio for r in others]
    if ratio > 1:
        shorter = tuple(
            min(max(round(n / r), math.ceil(n / HIGHEST_RATIO)), n - 1)
            for n, r in zip(longer, ratios, strict=True)
        )
        return shorter, longer
    shorter = tuple(
        min(max(round(n * r), math.ceil(n * LOWEST_RATIO)), n - 1)
        for n, r in zip(longer, ratios, strict=True)
    )
    return longer, shorter


def _ratio(rng: random.Random) -> float:
    """Of output to input."""
    uniform = math.exp(rng.uniform(math.log(LOWEST_RATIO), math.log(HIGHEST_RATIO)))
    return rng.choice((rng.choice(RATIOS), uniform))


def _batch_and_channels(
    rng: random.Random, lengths: tuple[int, ...], choices: Sequence[int]
) -> tuple[int, int]:
    """Such that the elements are about as many as were drawn, uniformly in the logarithm."""
    elements = math.exp(rng.uniform(math.log(FEWEST), math.log(MOST)))
    signals = elements / math.prod(lengths)  # in batch and channels
    channels = rng.choice([c for c in choices if signals / 64 <= c <= signals] or [choices[0]])
    return max([b for b in BATCHES if b * channels <= signals] or [1]), channels


def _layout(rng: random.Random) -> str:
    return rng.choice(("channels_last", "channels_first"))
