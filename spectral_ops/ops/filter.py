"""Stand-in."""

from spectral_ops.reference.filter import filter as filter
