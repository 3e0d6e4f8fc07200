"""TensorFlow operators in the frequency domain: spectral pooling and what follows from it."""

import os
import sys
from contextlib import suppress
from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from typing import Any

from spectral_ops import wavelets

__all__ = [
    "aliasing",
    "band_pass",
    "build_info",
    "conv",
    "depthwise_conv",
    "dwt",
    "filter",
    "filters_from_spectrum",
    "high_pass",
    "idwt",
    "iswt",
    "layers",
    "low_pass",
    "pool",
    "reference",
    "resample",
    "responses",
    "spectral_conv",
    "spectrum_from_filters",
    "swt",
    "wavedec",
    "wavelet_denoise",
    "wavelet_packets",
    "wavelet_pool",
    "wavelets",
    "waverec",
    "windows",
]

try:
    __version__ = version("spectral_ops")
except PackageNotFoundError:  # a copy of the files without their metadata
    __version__ = "unknown"

if sys.argv[:1] == ["-m"] and sys.orig_argv[-len(sys.argv)] == "spectral_ops":
    # The self-check, whose lines come before TensorFlow's log. It compares with float64, in which
    # oneDNN computes nothing.
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "0")

if find_spec("tensorflow") is not None:
    from spectral_ops import reference, responses, windows
    from spectral_ops._build_info import build_info
    from spectral_ops._filters import filters_from_spectrum, spectrum_from_filters
    from spectral_ops.ops import (
        aliasing,
        band_pass,
        conv,
        depthwise_conv,
        dwt,
        filter,
        high_pass,
        idwt,
        iswt,
        low_pass,
        pool,
        resample,
        spectral_conv,
        swt,
        wavedec,
        wavelet_denoise,
        wavelet_packets,
        wavelet_pool,
        waverec,
    )

    if "keras" in sys.modules:  # as TensorFlow imports it; the layers then cost no time
        with suppress(ImportError):
            from spectral_ops import layers

    def __getattr__(name: str) -> Any:
        """`layers` where they are not there yet; says why where Keras cannot serve them."""
        if name == "layers":
            return import_module("spectral_ops.layers")
        raise AttributeError(f"module 'spectral_ops' has no attribute {name!r}")

else:
    _need_tensorflow, __all__ = __all__, ["wavelets"]

    def __getattr__(name: str) -> Any:
        """Explains what is missing; `spectral_ops._kernels` works all the same."""
        if name in _need_tensorflow:
            from spectral_ops._build import how_to_get_tensorflow

            raise ImportError(
                f"spectral_ops.{name} needs TensorFlow, which is not installed here. "
                f"{how_to_get_tensorflow()}"
            )
        raise AttributeError(f"module 'spectral_ops' has no attribute {name!r}")
