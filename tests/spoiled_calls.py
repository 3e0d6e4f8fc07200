"""Random calls made bad in one argument, and the check that they are refused by its name."""

import math
import re
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np
from random_calls import Call, Draw

# Bad calls: what is put in the place of an argument.
SIZES = ("output_size", "input_size")
SHAPES = ("x_shape", "filters_shape", "weights_shape")
ARRAYS = ("x", "grad_output", "bands", "filters", "weights")
RELATED = (*ARRAYS, *SHAPES, *SIZES, "modes", "groups", "windows")
ENTRIES = (0, -1, 1.5, "4", None, True, 2**24 + 1, 2**40, 2**63, 10**30, np.float32(4), math.nan)
OTHER_DTYPES = ("int32", "uint16", "bool", "longdouble", "clongdouble", ">M8[s]")
NAMES = ("", "Forward", "NHWC", None, 3)
SCALARS: dict[str, tuple[Any, ...]] = {
    "norm": NAMES,
    "data_format": NAMES,
    "padding": NAMES,
    "threads": (0, -4, 1025, 2**40, 1.5, "2"),
    "simd": ("sse9", "", 2),
    "axis": (-1, 3, 2**40, 0.5, None),
    "rule": NAMES,
    "mode": NAMES,
    "level": (-1, 25, 2**40, 0.5, None),
    "groups": (0, -1, -(2**63), 1.5, "1"),
    "workspace_bytes": (0, -1, 2**70, 1.5),
    "fft_cost": ("fast", [1.0]),
}


def spoil(draw: Draw, call: Call) -> tuple[str, ...]:
    """Puts something bad in the place of one argument; the names of which the error holds one."""
    call.keeps = False  # what gives the spectrum takes other arguments
    arrays = [each for each in call.arguments.values() if isinstance(each, np.ndarray)]
    for name in SIZES:
        sizes = len(call.arguments.get(name, ()))
        if sizes > 1 and all(each.size for each in arrays) and draw.chance(0.2):  # beyond memory
            call.arguments[name] = (2**24,) * len(call.arguments[name])
            return RELATED
    names = [name for name in call.arguments if name in (*ARRAYS, *SHAPES, *SIZES, *SCALARS)]
    names += [name for name in ("modes", "windows") if call.arguments.get(name) is not None]
    name = draw.choice(names)
    value = call.arguments[name]
    if isinstance(value, list) and name == "filters":
        call.arguments[name] = bad_filters(draw, value)
        return RELATED
    if name in ARRAYS:
        call.arguments[name] = bad_array(draw, name, value)
        return RELATED
    if name in SHAPES:
        call.arguments[name] = bad_shape(draw, value)
        return RELATED
    if name in SCALARS:
        call.arguments[name] = draw.choice(SCALARS[name])
    elif name == "windows":
        call.arguments[name] = bad_windows(draw, value)
    else:
        call.arguments[name] = bad_sizes(draw, value)
    return (name,)


def bad_array(draw: Draw, name: str, array: np.ndarray) -> Any:
    more = (1, 1) if name == "weights" else (1,)  # two axes more may be those of channels
    kinds: list[Callable[[], Any]] = [
        lambda: None,
        lambda: "image",
        lambda: array.tolist(),
        lambda: np.ones(array.shape, draw.choice(OTHER_DTYPES)),
        lambda: np.full(array.shape, draw.choice((None, "a"))),
        lambda: np.ones((), array.dtype),
        lambda: array[(np.newaxis,) * 3],
        lambda: np.ones((*more, *array.shape[:-1], 0, *array.shape[-1:]), array.dtype),
    ]
    return draw.choice(kinds)()


def bad_shape(draw: Draw, shape: Sequence[int]) -> Any:
    bad = list(shape)
    at = draw.randrange(len(bad))
    kind = draw.randrange(5)
    if kind == 0:
        return ()
    if kind == 1:
        return (*shape, 1, 1, 1)
    if kind == 2:
        return draw.choice((None, "shape", 3, (1.5,) * len(bad)))
    bad[at] = draw.choice((-1, -(2**63), 2**62, 2**64)) if kind == 3 else 2**63 - 1
    return tuple(bad)


def bad_sizes(draw: Draw, sizes: Sequence[int]) -> Any:
    kind = draw.randrange(4)
    if kind == 0:
        return draw.choice(((), (4,) * 4, "44", {}, b"4", 1.5, np.ones(len(sizes))))
    bad: list[Any] = list(sizes)
    bad[draw.randrange(len(bad))] = draw.choice(ENTRIES)
    return bad if kind == 1 else tuple(bad)


def bad_windows(draw: Draw, windows: list[Any]) -> Any:
    bad: list[Any] = list(windows)
    at = draw.randrange(len(bad))
    like = np.ones(3, np.float32) if bad[at] is None else bad[at]
    bad[at] = draw.choice(
        (
            np.concatenate([like] * 70000),
            like[:0],
            like[np.newaxis],
            like.astype(np.float16),
            like.astype(np.complex64),
            like.tolist(),
            "ham",
        )
    )
    return draw.choice((bad, bad, bad, [*windows, None], windows[1:], "hamming", 3))


def bad_filters(draw: Draw, filters: list[np.ndarray]) -> Any:
    """Of a wavelet, for each axis."""
    bad: list[Any] = list(filters)
    at = draw.randrange(len(bad))
    like = bad[at]
    bad[at] = draw.choice(
        (
            np.concatenate([like] * 513, 1),
            like[:, 1:],
            like[:, :0],
            like[:1],
            like[0],
            like[np.newaxis],
            like.astype(np.float16),
            like.astype(np.complex64),
            like.tolist(),
            None,
            "db4",
        )
    )
    return draw.choice((bad, bad, bad, [*filters, like], filters[1:], [], "db4", 3, None))


def check_named(call: Call, backend: Any, names: Iterable[str]) -> None:
    try:
        call.run(backend)
    except (ValueError, TypeError) as error:
        # pybind11 lists all arguments, so that its own refusals say no more than the type.
        assert any(re.search(rf"\b{name}\b", str(error)) for name in names), (
            f"{type(error).__name__} names none of {names}: {error}"
        )
        return
    except MemoryError:  # 2^48 elements, which can be counted
        return
    raise AssertionError("it is not refused")
