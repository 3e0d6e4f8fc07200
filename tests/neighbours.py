"""Calls of every operator on images and channels that must not know of each other.

An operator has up to three maps: "forward", "adjoint" (the gradient by `x`), which take one signal
and give one, and "gradient" (that by weights or filters), which takes both and adds up images.
Channels come in `groups`: those that are mixed are one group, and where none are, each is its own.
A part is what one image gives in one group; `parts` brings any result to [images, groups, values],
with one image where images were added up.
"""

import functools
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import oracle
from samples import array_shape, signal, weights_for, window_dtype, windows_for
from tolerances import assert_close, conv_tolerance, tolerance

DUAL = {"forward": "backward", "ortho": "ortho", "backward": "forward"}


def norm_factor(norm: str, n: int, m: int) -> float:
    """What a norm makes of a result, against "forward"."""
    return {"forward": 1.0, "ortho": math.sqrt(n / m), "backward": n / m}[norm]


@dataclass(frozen=True)
class Resample:
    """`resample` and its adjoint: no channels are mixed.

    `run` and `expected` take other windows as `parameter`.
    """

    name: str
    spatial: tuple[int, ...]
    output_size: tuple[int, ...]
    channels: int
    windowed: bool = False
    fft_cost: float | None = None  # 0: by FFTs; infinite: by matrices
    batch: int = 3
    norm: str = "forward"
    boundary: str = "periodic"
    alignment: str | None = None

    maps = ("forward", "adjoint")
    batch_may_plan = False

    @property
    def inputs(self) -> int:
        return self.channels

    outputs = groups = inputs

    def parameter(self, dtype: Any) -> list[np.ndarray] | None:
        if not self.windowed:
            return None
        return windows_for(7, self.spatial, self.output_size, dtype, self.boundary)

    @property
    def rule(self) -> dict[str, Any]:
        """Of the axes."""
        return dict(boundary=self.boundary, alignment=self.alignment)

    def way(self, map: str) -> dict[str, Any]:
        """What the CPU's kernels are told; the adjoint takes no advice."""
        return dict(fft_cost=self.fft_cost) if map == "forward" else {}

    def run(self, backend: Any, map: str, given: Sequence[np.ndarray], **how: Any) -> np.ndarray:
        windows = how.pop("parameter", self.parameter(given[0].dtype))
        how |= dict(windows=windows, norm=self.norm, **self.rule)
        if map == "forward":
            return backend.resample(given[0], self.output_size, **how)
        return backend.resample_adjoint(given[0], self.spatial, **how)

    def expected(self, map: str, given: Sequence[np.ndarray], **how: Any) -> np.ndarray:
        windows = how.pop("parameter", self.parameter(given[0].dtype))
        how |= dict(windows=windows, norm=self.norm, **self.rule)
        if map == "forward":
            return oracle.resample(given[0], self.output_size, **how)
        how["norm"] = DUAL[self.norm]  # that is the adjoint
        return oracle.resample(given[0], self.spatial, **how)

    def tolerance(self, dtype: Any) -> float:
        return tolerance(dtype)

    def gain(self, map: str, dtype: Any) -> float:
        """As promised for pooling; the adjoint has the singular values of its map."""
        n, m = math.prod(self.spatial), math.prod(self.output_size)
        return min(1.0, math.sqrt(m / n)) * norm_factor(self.norm, n, m)


@dataclass(frozen=True)
class SpectralConv:
    """`spectral_conv`: dense, with so many channels out, or separable where `out` is 0.

    Shared weights are separable ones that all channels have in common.

    `run` and `expected` take other weights as `parameter`.
    """

    name: str
    spatial: tuple[int, ...]
    modes: tuple[int, ...]
    output_size: tuple[int, ...]
    inputs: int
    out: int
    fft_cost: float | None = None
    batch: int = 3
    norm: str = "forward"
    shared: bool = False

    maps = ("forward", "adjoint", "gradient")
    batch_may_plan = False

    @property
    def outputs(self) -> int:
        return self.out or self.inputs

    @property
    def groups(self) -> int:
        return 1 if self.out else self.inputs

    @property
    def weights(self) -> tuple[int, ...]:
        """The shape of the parameter."""
        separable = () if self.shared else (self.inputs,)
        return (*self.modes, *((self.inputs, self.out) if self.out else separable))

    def parameter(self, dtype: Any) -> np.ndarray:
        return weights_for(7, self.weights, (), dtype)

    def way(self, map: str) -> dict[str, Any]:
        return dict(fft_cost=self.fft_cost)

    def run(self, backend: Any, map: str, given: Sequence[np.ndarray], **how: Any) -> np.ndarray:
        weights = how.pop("parameter", self.parameter(given[0].dtype))
        how["norm"] = self.norm
        if map == "forward":
            return backend.spectral_conv(given[0], weights, output_size=self.output_size, **how)
        if map == "adjoint":
            return backend.spectral_conv_adjoint(given[0], weights, self.spatial, **how)
        return backend.spectral_conv_weight_gradient(given[0], given[1], weights.shape, **how)

    def expected(self, map: str, given: Sequence[np.ndarray], **how: Any) -> np.ndarray:
        weights = how.pop("parameter", self.parameter(given[0].dtype))
        how["norm"] = self.norm
        if map == "forward":
            return oracle.spectral_conv(given[0], weights, output_size=self.output_size, **how)
        if map == "adjoint":
            return oracle.spectral_conv_adjoint(given[0], weights, self.spatial, **how)
        return oracle.spectral_conv_weight_gradient(given[0], given[1], weights.shape, **how)

    def tolerance(self, dtype: Any) -> float:
        return tolerance(dtype)

    def gain(self, map: str, dtype: Any) -> float:
        """Noise has the same share in every bin, and a weight but for frequency 0 acts on two."""
        n, m = math.prod(self.spatial), math.prod(self.output_size)
        factor = norm_factor(self.norm, n, m)
        if map == "gradient":
            return factor * 2 * math.sqrt(math.prod(self.modes)) / n
        entries = 2 * np.sum(np.abs(self.parameter(dtype)) ** 2) * min(1.0, m / n)
        samples = n * self.inputs if map == "forward" else m * self.outputs
        return factor * math.sqrt(entries * (self.inputs if self.shared else 1) / samples)


@dataclass(frozen=True)
class Conv:
    """`conv` by FFTs; `depthwise_conv` has as many groups as channels.

    `run` and `expected` take other filters as `parameter`.
    """

    name: str
    spatial: tuple[int, ...]
    taps: tuple[int, ...]
    inputs: int
    outputs: int
    groups: int = 1
    padding: str = "same"
    workspace_bytes: int | None = None
    batch: int = 3

    maps = ("forward", "adjoint", "gradient")
    batch_may_plan = True

    @property
    def output_size(self) -> tuple[int, ...]:
        more = {"valid": -1, "full": 1}.get(self.padding, 0)
        return tuple(n + more * (k - 1) for n, k in zip(self.spatial, self.taps, strict=True))

    def parameter(self, dtype: Any) -> np.ndarray:
        return signal(7, (*self.taps, self.inputs // self.groups, self.outputs), dtype)

    def way(self, map: str) -> dict[str, Any]:
        return dict(workspace_bytes=self.workspace_bytes)

    def run(self, backend: Any, map: str, given: Sequence[np.ndarray], **how: Any) -> np.ndarray:
        filters = how.pop("parameter", self.parameter(given[0].dtype))
        how |= dict(padding=self.padding, groups=self.groups)
        if map == "forward":
            return backend.conv(given[0], filters, **how)
        if map == "adjoint":
            shape = array_shape(len(given[0]), self.spatial, self.inputs, how["data_format"])
            return backend.conv_input_gradient(shape, filters, given[0], **how)
        return backend.conv_filter_gradient(given[0], filters.shape, given[1], **how)

    def expected(self, map: str, given: Sequence[np.ndarray], **how: Any) -> np.ndarray:
        filters = how.pop("parameter", self.parameter(given[0].dtype))
        how |= dict(padding=self.padding, groups=self.groups)
        if map == "forward":
            return oracle.conv(given[0], filters, **how)
        if map == "adjoint":
            return oracle.conv_input_gradient(given[0], filters, self.spatial, **how)
        return oracle.conv_filter_gradient(given[0], given[1], self.taps, **how)

    def tolerance(self, dtype: Any) -> float:
        return conv_tolerance(dtype)

    def gain(self, map: str, dtype: Any) -> float:
        """As if each output met every tap."""
        n, m = math.prod(self.spatial), math.prod(self.output_size)
        if map == "gradient":
            return math.sqrt(math.prod(self.taps) / n)
        entries = m * np.sum(np.asarray(self.parameter(dtype), np.float64) ** 2)
        return math.sqrt(entries / (n * self.inputs if map == "forward" else m * self.outputs))


Case = Resample | SpectralConv | Conv


def given_to(case: Case, map: str, dtype: Any, data_format: str, batch: int) -> list[np.ndarray]:
    """The signals that the map takes. The first images of a batch are those of a smaller one."""
    x = array_shape(batch, case.spatial, case.inputs, data_format)
    grad = array_shape(batch, case.output_size, case.outputs, data_format)
    shapes = {"forward": [x], "adjoint": [grad], "gradient": [x, grad]}[map]
    return [signal(seed, shape, dtype) for seed, shape in enumerate(shapes)]


@functools.cache
def undisturbed(
    case: Case, map: str, dtype: Any, data_format: str
) -> tuple[list[np.ndarray], np.ndarray]:
    """The signals at the case's own batch, and the parts that the oracle makes of them."""
    given = given_to(case, map, dtype, data_format, case.batch)
    expected = case.expected(map, given, data_format=data_format)
    return given, parts(case, map, expected, data_format)


def parts(case: Case, map: str, y: np.ndarray, data_format: str) -> np.ndarray:
    """A result as [images, groups, values]."""
    if map == "gradient":
        sums = groups_of(case, map)
        return along(y if sums == case.groups else y[..., np.newaxis], -1).reshape(1, sums, -1)
    if data_format == "channels_last":
        y = np.moveaxis(y, -1, 1)
    return y.reshape(len(y), case.groups, -1)


def groups_of(case: Case, map: str) -> int:
    """Of a result: the gradient of shared weights is one sum over all channels."""
    shared = isinstance(case, SpectralConv) and case.shared and map == "gradient"
    return 1 if shared else case.groups


def along(y: np.ndarray, axis: int) -> np.ndarray:
    """A result as [1, entries of that axis, values]; complex numbers as two values."""
    if np.iscomplexobj(y):
        y = np.stack([y.real, y.imag], 0)
    y = np.moveaxis(y, axis, 0)
    return y.reshape(1, len(y), -1)


def planes(case: Case, x: np.ndarray, data_format: str, image: Any, group: Any) -> np.ndarray:
    """A view [.., *spatial] of a signal: the channels of one group of one image, or of all."""
    view = np.moveaxis(x, -1, 1) if data_format == "channels_last" else x
    if group is None:
        channels = slice(None)
    else:
        each = view.shape[1] // case.groups
        channels = slice(group * each, (group + 1) * each)
    return view[slice(None) if image is None else slice(image, image + 1), channels]


def noise(case: Case, map: str, given: Sequence[np.ndarray], data_format: str) -> np.ndarray:
    """The norm [images, groups] that white noise of the signals' norms would give on average.

    That is the norm of the map's matrix, as of a vector, over the square root of its columns; for
    the gradient by a parameter, of what takes the products of the two signals' samples to it. For
    `resample` it is what is promised: sqrt(prod m / prod n) of the input's norm, at most all of it.
    """
    norms = []
    for x in given:
        view = planes(case, np.asarray(x, np.float64), data_format, None, None)
        norms.append(np.linalg.norm(view.reshape(len(x), case.groups, -1), axis=-1))
    size = math.prod(norms)
    if map == "gradient":
        added = 0 if groups_of(case, map) == case.groups else (0, 1)
        size = np.linalg.norm(size, axis=added, keepdims=True)
    return case.gain(map, given[0].dtype) * size


def loud_in(dtype: Any, loudness: float) -> float:
    """How much louder a neighbour is: less in float16, which ends at 65504."""
    return min(loudness / 1000, 8000.0) if dtype == np.float16 else loudness


def with_loud(
    case: Case,
    given: Sequence[np.ndarray],
    data_format: str,
    loudness: float,
    image: Any,
    group: Any,
) -> list[np.ndarray]:
    """The signals with one image, or one group of all images, louder in the first of them."""
    given = [x.copy() for x in given]
    planes(case, given[0], data_format, image, group)[...] *= loud_in(given[0].dtype, loudness)
    return given


def loud_and_faint(
    case: Case,
    given: Sequence[np.ndarray],
    data_format: str,
    loudness: float,
    image: Any,
    group: Any,
) -> list[np.ndarray]:
    """The same, and as faint in the second: what that adds to a sum is as much as ever."""
    x, grad = with_loud(case, given, data_format, loudness, image, group)
    planes(case, grad, data_format, image, group)[...] /= loud_in(grad.dtype, loudness)
    return [x, grad]


def disturbed(
    case: Case, map: str, dtype: Any, data_format: str, loudness: float
) -> Iterator[tuple[list[np.ndarray], np.ndarray, np.ndarray]]:
    """One image louder than the others, then one group.

    Each time the signals, the parts expected, and a mask of those that must be exact. What is loud
    in a sum has a faint gradient, so that it adds no more than the others.
    """
    clean, expected = undisturbed(case, map, dtype, data_format)
    image, group = case.batch // 2, case.groups // 2
    quiet = np.ones(expected.shape[:2], bool)
    alike = [(image, None)] if map == "gradient" else []  # who are added up
    if case.groups > groups_of(case, map):
        alike.append((None, group))
    for loud in alike:
        given = loud_and_faint(case, clean, data_format, loudness, *loud)
        total = case.expected(map, given, data_format=data_format)
        yield given, parts(case, map, total, data_format), quiet
    if map != "gradient":
        quiet[image] = False
        yield with_loud(case, clean, data_format, loudness, image, None), expected, quiet
    if groups_of(case, map) > 1:
        quiet = np.ones(expected.shape[:2], bool)
        quiet[:, group] = False
        yield with_loud(case, clean, data_format, loudness, None, group), expected, quiet


def check_window_gradients(
    backend: Any, case: Resample, dtype: Any, data_format: str, **how: Any
) -> None:
    """Sums over images and channels, to which each adds with its own accuracy.

    So where one of `x` is loud and its gradient as faint, the sum is as exact as ever.
    """
    settings = dict(windows=case.parameter(dtype), data_format=data_format, **case.rule)
    clean = [
        signal(seed, array_shape(case.batch, size, case.channels, data_format), dtype)
        for seed, size in enumerate((case.spatial, case.output_size))
    ]
    for image, channel in ((case.batch // 2, None), (None, case.channels // 2)):
        given = loud_and_faint(case, clean, data_format, 1e6, image, channel)
        for axis in range(len(case.spatial)):
            slope = backend.resample_window_gradient(given[0], given[1], axis, **settings, **how)
            expected = oracle.resample_window_gradient(given[0], given[1], axis, **settings)
            assert_close(slope, expected, window_dtype(dtype))


def poisoned(
    case: Case, map: str, clean: Sequence[np.ndarray], data_format: str, value: float, which: int
) -> tuple[list[np.ndarray], np.ndarray]:
    """The signals with `value` in the midst of one part of one, and a mask of what it may reach.

    The sample is not one of those that a whole ratio only copies.
    """
    image, group = case.batch // 2, case.groups // 2
    given = [x.copy() for x in clean]
    view = planes(case, given[which], data_format, image, group)[0, 0]
    view[tuple(min(n // 2 | 1, n - 1) for n in view.shape)] = value
    groups = groups_of(case, map)
    reached = np.zeros((1 if map == "gradient" else case.batch, groups), bool)
    reached[0 if map == "gradient" else image, min(group, groups - 1)] = True
    return given, reached


def among_others(x: np.ndarray, image: int) -> np.ndarray:
    """The batch with all images but one exchanged: for NaN, for loud ones and for others."""
    others = np.asarray(signal(99, x.shape, np.float64) * 3).astype(x.dtype)
    others[::3] *= loud_in(x.dtype, 1e6)
    others[(image + 1) % len(x)] = np.nan
    others[image] = x[image]
    return others
