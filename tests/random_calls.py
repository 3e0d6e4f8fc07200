"""Random calls of the kernels' operators, with what must come of each.

Sizes of 1, primes, whole ratios and fractions, empty and large batches, every type, layout, way and
place in memory; half of the calls have an image or a channel that is loud, NaN or infinite.
"""

import math
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import oracle
from neighbours import (
    Case,
    Conv,
    Resample,
    SpectralConv,
    groups_of,
    loud_and_faint,
    noise,
    norm_factor,
    parts,
    poisoned,
    with_loud,
)
from samples import (
    DATA_FORMATS,
    DTYPES,
    HALF_DTYPES,
    NORMS,
    RULES,
    array_shape,
    lengths_of,
    signal,
    weights_for,
    window_dtype,
    windows_for,
)
from tolerances import assert_each_close, tolerance

PADDINGS = ("same", "valid", "full", "circular")
# The arguments that come first, of each function.
ARGUMENTS = {
    "resample": ("x", "output_size"),
    "resample_adjoint": ("grad_output", "input_size"),
    "resample_window_gradient": ("x", "grad_output", "axis"),
    "conv": ("x", "filters"),
    "conv_input_gradient": ("x_shape", "filters", "grad_output"),
    "conv_filter_gradient": ("x", "filters_shape", "grad_output"),
    "spectral_conv": ("x", "weights"),
    "spectral_conv_adjoint": ("grad_output", "weights", "input_size"),
    "spectral_conv_weight_gradient": ("x", "grad_output", "weights_shape"),
    "spectral_conv_and_spectrum": ("x", "weights"),
    "spectral_conv_gradients": ("x", "weights", "grad_output"),
    "wavelet_analysis": ("x", "filters"),
    "wavelet_synthesis": ("bands", "output_size", "filters"),
    "wavelet_filter_gradient": ("x", "bands", "filters", "axis"),
}
TUNING = ("threads", "simd", "fft_cost", "workspace_bytes")  # of the CPU alone
PRIMES = (1, 2, 3, 5, 7, 11, 13, 31, 61, 97, 101, 103, 127, 131, 251, 257, 509, 1009, 1021, 2003)
SMOOTH = tuple(sorted(2**a * 3**b * 5**c for a in range(11) for b in range(4) for c in range(3)))


@dataclass(frozen=True)
class Limits:
    """How large the calls are."""

    lengths: tuple[int, ...] = (2100, 64, 16)  # of an axis, by the rank
    plane: int = 6000  # samples of a plane or volume
    elements: int = 30_000  # of an array
    work: int = 3_000_000  # multiplications of a direct convolution
    weights: int = 300  # modes, or taps


CPU = Limits()
EMULATED = Limits((40, 9, 4), 60, 240, 10_000, 30)


@dataclass
class Call:
    """A function of a backend and its arguments, all by their names."""

    function: str
    arguments: dict[str, Any]
    result: int | None = None  # of a function that gives several
    keeps: bool = False  # of gradients: the spectrum of x goes in

    def run(self, backend: Any) -> Any:
        arguments = self.arguments
        if self.keeps:
            forward = {name: arg for name, arg in arguments.items() if name != "grad_output"}
            grad, data_format = arguments["grad_output"], arguments["data_format"]
            forward["output_size"] = lengths_of(grad, data_format)
            _, spectrum = backend.spectral_conv_and_spectrum(**forward)
            arguments = dict(arguments, spectrum=spectrum)
        results = getattr(backend, self.function)(**arguments)
        return results if self.result is None else results[self.result]

    def __str__(self) -> str:
        return f"{self.function}({', '.join(f'{k}={short(v)}' for k, v in self.arguments.items())})"


def short(value: Any) -> str:
    if isinstance(value, np.ndarray):
        return f"<{value.dtype} {value.shape}, strides {value.strides}>"
    if isinstance(value, list):
        return f"[{', '.join(map(short, value))}]"
    return repr(value)[:80]


class Recorder:
    """A backend that runs nothing: its functions give the `Call` that was made."""

    def __getattr__(self, function: str) -> Callable[..., Call]:
        def record(*first: Any, **named: Any) -> Call:
            return Call(function, dict(zip(ARGUMENTS[function], first, strict=False)) | named)

        return record


class Draw(random.Random):
    """What a seed decides."""

    def chance(self, share: float) -> bool:
        return self.random() < share

    def any_of(self, values: Sequence[Any]) -> Any:
        """As `choice`, but what follows does not depend on how many there are."""
        return values[int(self.random() * len(values))]

    def length(self, longest: int) -> int:
        kind = self.random()
        if kind < 0.1:
            return min(longest, self.choice((1, 2)))
        if kind < 0.3:
            return self.randint(1, min(9, longest))
        if kind < 0.6:
            return self.choice([n for n in (PRIMES, SMOOTH)[kind < 0.45] if n <= longest])
        return max(1, round(longest ** self.random()))

    def other_length(self, n: int, longest: int) -> int:
        """Of the output: equal, by a whole ratio, by a fraction, or any."""
        kind, p, q = self.random(), self.randint(1, 7), self.randint(1, 7)
        if kind < 0.15:
            m = n
        elif kind < 0.3:
            m = n * p
        elif kind < 0.6:
            m = n * p // q
        else:
            m = self.length(longest)
        return m if 1 <= m <= longest else self.length(longest)

    def sizes(self, limits: Limits) -> tuple[list[int], list[int]]:
        rank = self.choice((1, 1, 2, 2, 3))
        longest = limits.lengths[rank - 1]
        if self.chance(0.7):  # most are short
            longest = max(4, longest // 8)
        n = [self.length(longest) for _ in range(rank)]
        m = [self.other_length(each, longest) for each in n]
        for sizes in (n, m):
            cut(sizes, limits.plane)
        return n, m

    def count(self, most: int = 33) -> int:
        """A batch, or channels: sometimes none."""
        if self.chance(0.02):
            return 0
        return min(most, self.choice((1, 1, 2, 3, 4, 8, 16, self.randint(1, 33), 64)))


def cut(sizes: list[int], most: int) -> None:
    """Halves the largest until the product is small enough."""
    while math.prod(sizes) > most:
        at = sizes.index(max(sizes))
        sizes[at] = max(1, sizes[at] // 2)


def draw_case(draw: Draw, limits: Limits) -> Case:
    n, m = draw.sizes(limits)
    batch, channels, out = draw.count(), draw.count(64), draw.count(64)
    counts = [max(batch, 1), max(channels, 1), max(out, 1)]
    cut(counts, max(1, limits.elements // max(math.prod(n), math.prod(m))))
    batch, channels, out = map(min, counts, (batch, channels, out))
    ways = (None, None, 0.0, math.inf, 1.0)
    kind = draw.choice((Resample, Conv, SpectralConv))
    settings: dict[str, Any] = dict(name="", spatial=tuple(n), batch=batch)
    if kind is not Conv:
        settings |= dict(fft_cost=draw.choice(ways), norm=draw.choice(NORMS))
    if kind is Resample:
        windowed = draw.chance(0.5)
        settings |= draw.choice(RULES)
        return Resample(output_size=tuple(m), channels=channels, windowed=windowed, **settings)
    if kind is SpectralConv:
        modes = [draw.other_length(each, each) for each in (*n[:-1], n[-1] // 2 + 1)]
        cut(modes, limits.weights)
        kind = draw.random()
        out, shared = out if kind > 0.5 else 0, kind < 0.2
        if kind < 0.3:  # a filter
            m, modes = n, [*n[:-1], n[-1] // 2 + 1]
        return SpectralConv(
            modes=tuple(modes),
            output_size=tuple(m),
            inputs=channels,
            out=out,
            shared=shared and not out,
            **settings,
        )
    padding = draw.choice(PADDINGS)
    taps = [draw.other_length(each, each if padding == "valid" else each + 9) for each in n]
    if draw.chance(0.6):
        taps = [min(each, draw.choice((1, 2, 3, 5))) for each in taps]
    cut(taps, limits.weights)
    if padding == "full":
        cut(taps, max(1, limits.plane // math.prod(n)))
    groups = draw.choice((1, 1, 2, 3, channels))
    if groups < 1 or channels % groups:
        groups = 1
    out = out if groups == 1 else groups * draw.randint(1, 3)
    while batch * math.prod(n) * math.prod(taps) * channels * out // groups > limits.work:
        if batch > 1:
            batch //= 2
        else:
            cut(taps, math.prod(taps) // 2)
    settings |= dict(batch=batch, workspace_bytes=draw.choice((None, None, 1, 10_000, 1_000_000)))
    return Conv(
        taps=tuple(taps), inputs=channels, outputs=out, groups=groups, padding=padding, **settings
    )


@dataclass
class Trial:
    """A good call, what must come of it, and where it must."""

    call: Call
    check: Callable[[Any], None]


def draw_trial(draw: Draw, limits: Limits, how: dict[str, Any]) -> Trial:
    case = draw_case(draw, limits)
    dtype, data_format = draw.choice(DTYPES), draw.choice(DATA_FORMATS)
    if isinstance(case, Resample) and draw.chance(0.3):
        return window_trial(draw, case, dtype, data_format, how)
    map = draw.choice(case.maps)
    x = array_shape(case.batch, case.spatial, case.inputs, data_format)
    grad = array_shape(case.batch, case.output_size, case.outputs, data_format)
    shapes = {"forward": [x], "adjoint": [grad], "gradient": [x, grad]}[map]
    clean = [signal(draw.getrandbits(32), shape, dtype) for shape in shapes]
    parameter = draw_parameter(draw, case, dtype)
    given, expected_of, reached = disturb(draw, case, map, clean, data_format)
    settings: dict[str, Any] = dict(data_format=data_format, parameter=parameter)
    modes = draw_modes(draw, case)
    if modes:
        how = how | dict(modes=modes)
    call = case.run(Recorder(), map, given, **settings, **how, **case.way(map))
    if isinstance(case, SpectralConv) and draw.chance(0.5):
        call = at_once(draw, call, map, x)
    depthwise = isinstance(case, Conv) and case.groups == case.inputs and draw.chance(0.5)
    if isinstance(case, Conv) and depthwise:
        as_depthwise(case, call)

    def check(y: np.ndarray) -> None:
        exact, like = expected_with(case, modes, map, expected_of, settings)
        wanted = parameter.dtype if map == "gradient" and parameter is not None else dtype
        assert y.dtype == wanted, f"dtype is {y.dtype}, not {wanted}"
        if depthwise and map == "gradient":
            y = y.reshape(exact.shape)
        assert y.shape == exact.shape, f"shape is {y.shape}, not {exact.shape}"
        if not y.size or not all(each.size for each in (*given, exact)):
            assert not np.any(y), "not zero"
            return
        actual, exact = (parts(case, map, each, data_format) for each in (y, exact))
        asked = ~reached
        if dtype == np.float16:  # where it overflows there is nothing to compare
            asked &= np.abs(exact).max(-1) < 6e4
        assert_each_close(
            actual,
            exact,
            noise(like, map, expected_of, data_format),
            case.tolerance(y.real.dtype if map == "gradient" else dtype),
            where=asked,
        )

    return Trial(call, check)


def draw_parameter(draw: Draw, case: Case, dtype: Any) -> Any:
    seed = draw.getrandbits(32)
    if isinstance(case, Resample):
        if not case.windowed:
            return None
        sizes = (case.spatial, case.output_size)
        windows: list[Any] = list(windows_for(seed, *sizes, dtype, case.boundary))
        return [None if draw.chance(0.2) else each for each in windows]
    if isinstance(case, Conv):
        return signal(seed, (*case.taps, case.inputs // case.groups, case.outputs), dtype)
    return weights_for(seed, case.weights, (), dtype)


def disturb(
    draw: Draw, case: Case, map: str, clean: list[np.ndarray], data_format: str
) -> tuple[list[np.ndarray], list[np.ndarray], np.ndarray]:
    """The signals, with loud or not finite neighbours; those of the oracle; who need not be exact.

    That is a mask [images, groups].
    """
    images = 1 if map == "gradient" else case.batch
    none = np.zeros((images, max(groups_of(case, map), 1)), bool)
    if not case.groups or not all(each.size for each in clean) or draw.chance(0.5):
        return clean, clean, none
    image, group = draw.randrange(case.batch), draw.randrange(case.groups)
    if draw.chance(0.5):
        value = draw.choice((math.nan, math.inf, -math.inf))
        given, reached = poisoned(case, map, clean, data_format, value, draw.randrange(len(clean)))
        return given, clean, reached
    of_image = case.groups == 1 or draw.chance(0.5)
    at: tuple[Any, Any] = (image, None) if of_image else (None, group)
    if map == "gradient":
        given = loud_and_faint(case, clean, data_format, 1e6, *at)
        return given, given, none
    loud = none.copy()
    loud[image if of_image else slice(None), slice(None) if of_image else group] = True
    return with_loud(case, clean, data_format, 1e6, *at), clean, loud


def draw_modes(draw: Draw, case: Case) -> tuple[int, ...] | None:
    if not isinstance(case, SpectralConv) or draw.chance(0.7):
        return None
    most = (*case.modes[:-1], 2 * case.modes[-1] - 1)
    return tuple(draw.randint(1, k) for k in most)


def at_once(draw: Draw, call: Call, map: str, shape: tuple[int, ...]) -> Call:
    """A gradient as one of both; forward stays."""
    if map == "forward":
        return call
    given, seed = call.arguments, draw.getrandbits(32)
    grad = given["grad_output"]
    kept = {key: given[key] for key in ("data_format", "norm", "modes", *TUNING) if key in given}
    if map == "adjoint":
        tensors = dict(x=signal(seed, shape, grad.dtype), weights=given["weights"])
    else:
        tensors = dict(
            x=given["x"], weights=weights_for(seed, given["weights_shape"], (), grad.dtype)
        )
    arguments = dict(tensors, grad_output=grad, **kept)
    result = 0 if map == "adjoint" else 1
    return Call("spectral_conv_gradients", arguments, result, keeps=draw.chance(0.5))


def as_depthwise(case: Conv, call: Call) -> None:
    shape = (*case.taps, case.inputs, case.outputs // case.inputs)
    call.arguments["groups"] = None
    if "filters" in call.arguments:
        call.arguments["filters"] = call.arguments["filters"].reshape(shape)
    else:
        call.arguments["filters_shape"] = shape


def expected_with(
    case: Case, modes: tuple[int, ...] | None, map: str, given: Any, settings: dict[str, Any]
) -> tuple[np.ndarray, Case]:
    """What is expected, and the case that has just the modes which are kept."""
    if not isinstance(case, SpectralConv) or modes is None:
        return case.expected(map, given, **settings), case
    weights = settings["parameter"]
    kept = [np.arange(-(k // 2), (k - 1) // 2 + 1) for k in modes]
    kept = [np.roll(frequencies, -(len(frequencies) // 2)) for frequencies in kept]
    kept[-1] = np.arange(modes[-1] // 2 + 1)
    at = np.ix_(*[each % count for each, count in zip(kept, case.modes, strict=True)])
    like = replace(case, modes=tuple(len(each) for each in kept))
    exact = like.expected(map, given, **settings | dict(parameter=weights[at]))
    if map != "gradient":
        return exact, like
    whole = np.zeros(weights.shape, exact.dtype)
    whole[at] = exact
    return whole, like


def window_trial(
    draw: Draw, case: Resample, dtype: Any, data_format: str, how: dict[str, Any]
) -> Trial:
    """The gradient of a window; the GPU's takes no half types. The oracle has n m k cosines."""
    if "simd" not in how and dtype in HALF_DTYPES:
        dtype = np.dtype(np.float32)
    n, m = (tuple(min(k, 130) for k in size) for size in (case.spatial, case.output_size))
    case = replace(case, spatial=n, output_size=m)
    x, grad = (
        signal(
            draw.getrandbits(32), array_shape(case.batch, size, case.channels, data_format), dtype
        )
        for size in (n, m)
    )
    axis = draw.randrange(len(n))
    windows = draw_parameter(draw, case, dtype)
    settings: dict[str, Any] = dict(norm=case.norm, windows=windows, data_format=data_format)
    settings |= case.rule
    call = Recorder().resample_window_gradient(x, grad, axis, **settings, **how)

    def check(y: np.ndarray) -> None:
        exact = oracle.resample_window_gradient(x, grad, axis, **settings)
        kind = window_dtype(dtype)
        assert y.dtype == kind and y.shape == exact.shape, f"{y.dtype} {y.shape}"
        # What white noise of both norms would give on average: the norm of the matrix of each bin.
        whole, planes = math.prod(n), max(case.batch * case.channels, 1)
        bins = math.prod(map(min, n, m))
        gain = norm_factor(case.norm, whole, math.prod(m)) * math.sqrt(bins / planes) / whole
        norms = [np.linalg.norm(np.asarray(each, np.float64)) for each in (x, grad)]
        floor = gain * math.prod(norms)
        error = np.linalg.norm(y - exact)
        allowed = tolerance(kind) * max(np.linalg.norm(exact), floor)
        assert error <= allowed, f"error {error:.2e}, allowed {allowed:.2e}"

    return Trial(call, check)


def draw_plan(draw: Draw, limits: Limits, how: dict[str, Any]) -> tuple[Call, bool]:
    """The call of a plan, and whether it is of more than can be computed, or counted."""
    case = draw_case(draw, limits)
    x = [case.batch, *case.spatial, case.inputs]
    settings: dict[str, Any] = dict(dtype=draw.choice(DTYPES).name, **how, **case.way("forward"))
    if isinstance(case, Resample):
        function = "resample_plan"
        settings |= dict(output_size=list(case.output_size), windowed=case.windowed, **case.rule)
    elif isinstance(case, Conv):
        function = "conv_plan"
        filters = [*case.taps, case.inputs // case.groups, case.outputs]
        settings |= dict(filters_shape=filters, padding=case.padding, groups=case.groups)
        settings["map"] = draw.choice(("forward", "input_gradient", "filter_gradient"))
    else:
        function = "spectral_conv_plan"
        settings |= dict(weights_shape=list(case.weights), output_size=case.output_size)
    large = draw.chance(0.7)
    if large:
        long = (2**20, 2**24, 2**31, 2**33, 2**40, 2**55, 2**62, 2**63 - 1)
        x[0] = draw.choice(long)
        if isinstance(case, Resample) and draw.chance(0.5):
            x[-1] = draw.choice(long)
            settings["output_size"][0] = draw.choice((1, 1000, 2**24))
        elif isinstance(case, Conv) and draw.chance(0.5):
            settings["filters_shape"][-1] = case.groups * draw.choice(long[:6])
    return Call(function, dict(x_shape=x, **settings)), large


def disguise(draw: Draw, array: np.ndarray) -> np.ndarray:
    """The same values in another place in memory."""
    kind = draw.randrange(12)
    if kind == 0:
        return np.asfortranarray(array)
    if kind == 1 and array.ndim:  # every second of a longer array
        wide = np.zeros((*array.shape[:-1], 2 * array.shape[-1]), array.dtype)
        wide[..., ::2] = array
        return wide[..., ::2]
    if kind == 2:
        return np.flip(np.flip(array).copy())
    if kind == 3 and array.dtype.kind != "V" and array.dtype.isbuiltin == 1:
        return array.astype(array.dtype.newbyteorder())
    if kind == 4:  # between two numbers
        raw = np.zeros(array.nbytes + 1, np.uint8)
        odd = raw[1:].view(array.dtype).reshape(array.shape)
        odd[...] = array
        return odd
    if kind == 5:
        array = array.copy()
        array.flags.writeable = False
    return array


def disguise_all(draw: Draw, call: Call) -> None:
    for name, value in call.arguments.items():
        if isinstance(value, np.ndarray):
            call.arguments[name] = disguise(draw, value)
        elif name in ("windows", "filters") and value is not None:  # those of each axis
            call.arguments[name] = [w if w is None else disguise(draw, w) for w in value]
