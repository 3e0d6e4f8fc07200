"""The public operators and their gradients, one file per operator."""

from spectral_ops import _library
from spectral_ops.ops import _pfor
from spectral_ops.ops.aliasing import aliasing
from spectral_ops.ops.conv import conv, depthwise_conv
from spectral_ops.ops.filter import filter
from spectral_ops.ops.passes import band_pass, high_pass, low_pass
from spectral_ops.ops.resample import pool, resample
from spectral_ops.ops.spectral_conv import spectral_conv
from spectral_ops.ops.wavelet import (
    dwt,
    idwt,
    iswt,
    swt,
    wavedec,
    wavelet_denoise,
    wavelet_packets,
    wavelet_pool,
    waverec,
)

__all__ = [
    "aliasing",
    "band_pass",
    "conv",
    "depthwise_conv",
    "dwt",
    "filter",
    "high_pass",
    "idwt",
    "iswt",
    "low_pass",
    "pool",
    "resample",
    "spectral_conv",
    "swt",
    "wavedec",
    "wavelet_denoise",
    "wavelet_packets",
    "wavelet_pool",
    "waverec",
]

if _library.ops is not None:
    _pfor.register()


def has_xla() -> bool:
    """Whether XLA can compile the ops for the devices of this process."""
    return not _library.no_xla()
