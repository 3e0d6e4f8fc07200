"""The public operators and their gradients, one file per operator."""

from spectral_ops.ops.resample import pool, resample
from spectral_ops.ops.spectral_conv import spectral_conv

__all__ = ["pool", "resample", "spectral_conv"]
