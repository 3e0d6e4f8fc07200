"""The public operators and their gradients, one file per operator."""

from spectral_ops.ops.resample import pool, resample

__all__ = ["pool", "resample"]
