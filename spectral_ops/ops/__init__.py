"""The public operators and their gradients, one file per operator."""

from spectral_ops.ops.conv import conv, depthwise_conv
from spectral_ops.ops.resample import pool, resample
from spectral_ops.ops.spectral_conv import spectral_conv

__all__ = ["conv", "depthwise_conv", "pool", "resample", "spectral_conv"]
