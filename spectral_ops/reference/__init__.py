"""Every operator of `spectral_ops` in plain TensorFlow: same names, same signatures.

These are the definitions that the native kernels are held against, and what runs where the op
library cannot be loaded. TensorFlow differentiates them.
"""

from spectral_ops._filters import filters_from_spectrum, spectrum_from_filters
from spectral_ops.reference.aliasing import aliasing
from spectral_ops.reference.conv import conv, depthwise_conv
from spectral_ops.reference.filter import filter
from spectral_ops.reference.passes import band_pass, high_pass, low_pass
from spectral_ops.reference.resample import pool, resample
from spectral_ops.reference.spectral_conv import spectral_conv
from spectral_ops.reference.wavelet import (
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
    "filters_from_spectrum",
    "high_pass",
    "idwt",
    "iswt",
    "low_pass",
    "pool",
    "resample",
    "spectral_conv",
    "spectrum_from_filters",
    "swt",
    "wavedec",
    "wavelet_denoise",
    "wavelet_packets",
    "wavelet_pool",
    "waverec",
]
