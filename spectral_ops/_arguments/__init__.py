"""Checks and normalizes the arguments of the public functions.

Everything that can be known before a graph runs is refused here, with a `TypeError` or a
`ValueError` that names the argument, its value and what is allowed. What only a running graph
knows is checked by the op kernels, or by `dynamic_checks` and `spectral_conv_checks` for the
reference.
"""

from spectral_ops._arguments.common import as_tensor, dynamic_lengths, one_of
from spectral_ops._arguments.conv import (
    ConvArguments,
    channels_of,
    conv_arguments,
    conv_dynamic_checks,
    conv_output_shape,
    depthwise_conv_arguments,
)
from spectral_ops._arguments.resample import (
    ResampleArguments,
    dynamic_checks,
    resample_arguments,
)
from spectral_ops._arguments.spectral_conv import (
    SpectralConvArguments,
    spectral_conv_arguments,
    spectral_conv_checks,
    spectral_conv_output_shape,
)

__all__ = [
    "ConvArguments",
    "ResampleArguments",
    "SpectralConvArguments",
    "as_tensor",
    "channels_of",
    "conv_arguments",
    "conv_dynamic_checks",
    "conv_output_shape",
    "depthwise_conv_arguments",
    "dynamic_checks",
    "dynamic_lengths",
    "one_of",
    "resample_arguments",
    "spectral_conv_arguments",
    "spectral_conv_checks",
    "spectral_conv_output_shape",
]
