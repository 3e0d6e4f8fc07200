"""The discrete wavelets that operators know by name: PyWavelets' 106, with its published values."""

import difflib
import functools
import itertools
import re
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

__all__ = ["FilterBank", "band_names", "filter_bank", "names"]

Filter = NDArray[np.float64]  # [taps]


class FilterBank(NamedTuple):
    """The four filters of a wavelet, in PyWavelets' order; all of one even length."""

    dec_lo: Filter
    dec_hi: Filter
    rec_lo: Filter
    rec_hi: Filter


def names() -> list[str]:
    """The names of all wavelets, in the order of `pywt.wavelist(kind="discrete")`."""
    return list(_banks())


def filter_bank(name: str) -> FilterBank:
    """The filters of the wavelet `name`, to the bit those of `pywt.Wavelet(name)`.

    Args:
      name: one of `names()`: "haar", "db1" to "db38", "sym2" to "sym20", "coif1" to "coif17",
        "bior1.1" to "bior6.8", "rbio1.1" to "rbio6.8" or "dmey"; capitals make no difference.

    Returns: (dec_lo, dec_hi, rec_lo, rec_hi), each a new float64 array [taps].

    Raises:
      TypeError, ValueError: `name` is no string, or no wavelet's; the message has near names.
    """
    return FilterBank(*(each.copy() for each in known_bank(name)))


def known_bank(name: Any) -> FilterBank:
    """`filter_bank`, with the arrays that all calls share."""
    if not isinstance(name, str):
        raise TypeError(f"wavelet: {name!r} is not a string; allowed: a name of wavelets.names()")
    bank = _banks().get(name.lower())
    if bank is None:
        near = difflib.get_close_matches(name.lower(), _banks(), n=3)
        meant = f"near it: {', '.join(map(repr, near))}; " if near else ""
        raise ValueError(
            f"wavelet: {name!r} is unknown; {meant}allowed: the {len(_banks())} of "
            "wavelets.names(), such as 'haar', 'db2', 'sym4', 'coif1', 'bior4.4'"
        )
    return bank


def band_names(d: int) -> list[str]:
    """The bands of a transform of `d` axes in their order: ["aa", "ad", "da", "dd"] for 2.

    The first letter is the first axis': a for the lowpass band (approximation), d for the highpass
    one (detail).
    """
    if isinstance(d, bool) or d not in (1, 2, 3):
        raise ValueError(f"d: {d!r}; allowed: 1, 2 or 3 spatial axes")
    return ["".join(letters) for letters in itertools.product("ad", repeat=int(d))]


@functools.cache
def _banks() -> dict[str, FilterBank]:
    """Each wavelet's filters by name, which nobody may change."""
    lowpass = _lowpass_filters()
    banks = {}
    for name, rec_lo in lowpass.items():
        if name.endswith(" dec_lo"):
            continue
        dec_lo = lowpass.get(f"{name} dec_lo", rec_lo[::-1])
        banks[name] = _bank(dec_lo, rec_lo)
        if name.startswith("bior"):  # the same pair in exchanged roles
            banks[f"rbio{name[4:]}"] = _bank(rec_lo[::-1], dec_lo[::-1])
    banks["haar"] = banks["db1"]
    return {name: banks[name] for name in sorted(banks, key=_family_and_order)}


def _bank(dec_lo: list[float], rec_lo: list[float]) -> FilterBank:
    """With highpass filters that are each other's lowpass filter with alternating signs."""
    dec_hi = [-f if i % 2 == 0 else f for i, f in enumerate(rec_lo)]
    rec_hi = [f if i % 2 == 0 else -f for i, f in enumerate(dec_lo)]
    bank = FilterBank(*(np.array(each, np.float64) for each in (dec_lo, dec_hi, rec_lo, rec_hi)))
    for each in bank:
        each.setflags(write=False)
    return bank


def _lowpass_filters() -> dict[str, list[float]]:
    """What stands in wavelets.txt."""
    filters: dict[str, list[float]] = {}
    values: list[float] = []
    for line in Path(__file__).with_suffix(".txt").read_text("ascii").splitlines():
        if line.startswith(" "):
            values.extend(map(float, line.split()))
        elif not line.startswith("#"):
            values = filters.setdefault(line, [])
    return filters


def _family_and_order(name: str) -> tuple[str, float]:
    family, order = re.fullmatch(r"([a-z]+)([\d.]*)", name).groups()  # type: ignore[union-attr]
    return family, float(order or 0)
