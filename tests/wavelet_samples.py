"""Wavelets and sizes that tests share."""

from collections.abc import Sequence

import numpy as np
import pywt
from wavelet_oracle import can_extend

NAMES = tuple(pywt.wavelist(kind="discrete"))
FEW = ("haar", "db2", "bior2.2", "rbio3.1", "sym8")  # 2, 4, 6, 4 and 16 taps
SIZES = (  # 1, 2, odd, even, prime, shorter and longer than the filters
    (1,),
    (2,),
    (9,),
    (31,),
    (40,),
    (1, 7),
    (2, 2),
    (8, 12),
    (17, 13),
    (1, 1, 1),
    (4, 6, 5),
    (5, 3, 8),
)


def filters_of(name: str, *, reconstruction: bool = False) -> np.ndarray:  # [2, taps]
    bank = pywt.Wavelet(name).filter_bank
    return np.array(bank[2:] if reconstruction else bank[:2])


def extended(spatial: Sequence[int], mode: str) -> tuple[int, ...]:
    """Lengths that the mode can extend: 2 in the place of 1 where it must be."""
    return tuple(n if can_extend(n, mode) else 2 for n in spatial)
