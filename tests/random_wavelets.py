"""Random levels of wavelet transforms, and what must come of each.

Both directions of every rule and mode, and the gradient of the filters; filters of a wavelet or
random ones, of other lengths on each axis, also longer than the signal.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import wavelet_oracle
from neighbours import loud_in
from random_calls import Draw, Limits, Recorder, Trial, cut
from samples import DATA_FORMATS, DTYPES, array_shape, signal, window_dtype
from tolerances import assert_each_close, tolerance
from wavelet_samples import FEW, extended, filters_of

LENGTHS = (260, 48, 16)  # by the rank: the oracle has n h taps entries of an axis


@dataclass(frozen=True)
class Level:
    """One level of a transform, and its channels."""

    spatial: tuple[int, ...]
    batch: int
    channels: int
    filters: list[np.ndarray]  # [2, taps] for each axis
    settings: dict[str, Any]

    @property
    def coefficients(self) -> list[int]:
        rule, mode = self.settings["rule"], self.settings["mode"]
        return [
            wavelet_oracle.coefficients(n, f.shape[1], mode, rule)
            for n, f in zip(self.spatial, self.filters, strict=True)
        ]

    @property
    def x_shape(self) -> tuple[int, ...]:
        return array_shape(self.batch, self.spatial, self.channels, self.settings["data_format"])

    @property
    def bands_shape(self) -> tuple[int, ...]:
        h, bands = self.coefficients, 2 ** len(self.spatial)
        if self.settings["data_format"] == "channels_last":
            return (self.batch, *h, bands, self.channels)
        return (self.batch, bands, self.channels, *h)

    def parts(self, y: np.ndarray) -> np.ndarray:
        """Samples or bands as [images, channels, values]."""
        at = 1 if y.ndim == len(self.spatial) + 2 else 2
        if self.settings["data_format"] == "channels_last":
            at = -1
        y = np.moveaxis(np.asarray(y, np.float64), at, 1)
        return y.reshape(self.batch, self.channels, math.prod(y.shape[2:]))

    def power(self, by: int | None = None) -> float:
        """The sum of the squared entries of the map, or of that to the filters of an axis.

        By its columns: what white noise of norm 1 becomes, on average, if taps that meet the same
        sample do not cancel each other; they are added up with rounding.
        """
        rule, mode, level = (self.settings[name] for name in ("rule", "mode", "level"))
        power = 1.0
        for axis, (n, f) in enumerate(zip(self.spatial, self.filters, strict=True)):
            entries = wavelet_oracle.entries(rule, n, f.shape[1], mode, level)
            of_taps = np.sum(entries**2, (0, 2))
            taps = np.ones(f.shape) if axis == by else f.astype(np.float64) ** 2
            power *= float(np.sum(taps * of_taps))
        return power


def draw_level(draw: Draw, limits: Limits, dtype: Any) -> Level:
    lengths = tuple(map(min, limits.lengths, LENGTHS))
    n, _ = draw.sizes(replace(limits, lengths=lengths))
    rule, mode = draw.choice(("dwt", "idwt", "swt")), draw.choice(wavelet_oracle.MODES)
    spatial = extended(n, mode) if rule == "dwt" else tuple(n)
    level = draw.choice((0, 0, 1, 2, 5, 24)) if rule == "swt" else 0
    settings = dict(rule=rule, mode=mode, level=level, data_format=draw.choice(DATA_FORMATS))
    longest = max(1, 16 // len(spatial) ** 2)  # pairs of taps
    filters = [draw_filters(draw, longest).astype(window_dtype(dtype)) for _ in spatial]
    drawn = Level(spatial, 1, 1, filters, settings)
    batch, channels = draw.count(), draw.count(64)
    counts = [max(batch, 1), max(channels, 1)]
    each = max(math.prod(drawn.x_shape), math.prod(drawn.bands_shape))
    cut(counts, max(1, limits.elements // each))
    batch, channels = map(min, counts, (batch, channels))
    return replace(drawn, batch=batch, channels=channels)


def draw_filters(draw: Draw, longest: int) -> np.ndarray:
    name = draw.choice(FEW)
    if draw.chance(0.5):
        bank = filters_of(name, reconstruction=draw.chance(0.5))
        if bank.shape[1] <= 2 * longest:
            return bank
    pairs = draw.randint(1, longest)
    return np.random.default_rng(draw.getrandbits(32)).standard_normal((2, 2 * pairs)) / pairs


def draw_wavelet_trial(draw: Draw, limits: Limits, how: dict[str, Any]) -> Trial:
    dtype, map = draw.choice(DTYPES), draw.choice(("analysis", "synthesis", "gradient"))
    if map == "gradient":  # takes no half types
        dtype = window_dtype(dtype)
    level = draw_level(draw, limits, dtype)
    if map == "gradient":
        return gradient_trial(draw, level, dtype, how)
    analysis = map == "analysis"
    clean = signal(draw.getrandbits(32), level.x_shape if analysis else level.bands_shape, dtype)
    given, reached = disturb(draw, level, clean)
    settings, sizes, filters = level.settings, level.spatial, level.filters
    if analysis:
        call = Recorder().wavelet_analysis(given, filters, **settings, **how)
    else:
        call = Recorder().wavelet_synthesis(given, sizes, filters, **settings, **how)

    def check(y: np.ndarray) -> None:
        if analysis:
            exact = wavelet_oracle.analysis(clean, filters, **settings)
        else:
            exact = wavelet_oracle.synthesis(clean, sizes, filters, **settings)
        assert y.dtype == dtype and y.shape == exact.shape, f"{y.dtype} {y.shape}, {exact.shape}"
        columns = math.prod(sizes if analysis else [2 * h for h in level.coefficients])
        gain = math.sqrt(level.power() / columns)
        expected = level.parts(exact)
        asked = ~reached
        if dtype == np.float16 and expected.size:  # where it overflows there is nothing to compare
            asked &= np.abs(expected).max(-1) < 6e4
        noise = gain * np.linalg.norm(level.parts(clean), axis=-1)
        assert_each_close(level.parts(y), expected, noise, tolerance(dtype), where=asked)

    return Trial(call, check)


def disturb(draw: Draw, level: Level, clean: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """With a loud or not finite image or channel; a mask [images, channels] of what may differ."""
    reached = np.zeros((level.batch, level.channels), bool)
    if not clean.size or draw.chance(0.5):
        return clean, reached
    at = draw_part(draw, level)
    given = clean.copy()
    view = channels_second(level, given)
    if draw.chance(0.5):
        view[at] *= loud_in(clean.dtype, 1e6)
        reached[at] = True
    else:
        image, channel = draw.randrange(level.batch), draw.randrange(level.channels)
        sample = view[image, channel]
        sample[tuple(map(draw.randrange, sample.shape))] = draw.choice(
            (math.nan, math.inf, -math.inf)
        )
        reached[image, channel] = True
    return given, reached


def draw_part(draw: Draw, level: Level) -> tuple[Any, Any]:
    """All of an image, or a channel of all of them."""
    image, channel = draw.randrange(level.batch), draw.randrange(level.channels)
    return (image, slice(None)) if draw.chance(0.5) else (slice(None), channel)


def channels_second(level: Level, y: np.ndarray) -> np.ndarray:
    """A view of samples or bands."""
    if level.settings["data_format"] == "channels_last":
        return np.moveaxis(y, -1, 1)
    return y if y.ndim == len(level.spatial) + 2 else np.moveaxis(y, 2, 1)


def gradient_trial(draw: Draw, level: Level, dtype: Any, how: dict[str, Any]) -> Trial:
    """A sum over images and channels, to which each adds with its own accuracy."""
    shapes: Sequence[tuple[int, ...]] = (level.x_shape, level.bands_shape)
    x, bands = (signal(draw.getrandbits(32), shape, dtype) for shape in shapes)
    if x.size and draw.chance(0.5):
        at = draw_part(draw, level)
        channels_second(level, x)[at] *= 1e6
        channels_second(level, bands)[at] /= 1e6
    axis, settings, filters = draw.randrange(len(level.spatial)), level.settings, level.filters
    call = Recorder().wavelet_filter_gradient(x, bands, filters, axis, **settings, **how)

    def check(y: np.ndarray) -> None:
        exact = wavelet_oracle.filter_gradient(x, bands, filters, axis, **settings)
        assert y.dtype == dtype and y.shape == exact.shape, f"{y.dtype} {y.shape}, {exact.shape}"
        norms = [np.linalg.norm(level.parts(each), axis=-1) for each in (x, bands)]
        products = math.prod(level.spatial) * math.prod(2 * h for h in level.coefficients)
        floor = math.sqrt(level.power(axis) / products) * np.linalg.norm(math.prod(norms))
        error = np.linalg.norm(y - exact)
        allowed = tolerance(dtype) * max(np.linalg.norm(exact), floor)
        assert error <= allowed, f"error {error:.2e}, allowed {allowed:.2e}"

    return Trial(call, check)
