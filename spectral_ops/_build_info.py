"""What was built, and what is in use."""

from typing import Any

import tensorflow as tf

from spectral_ops import _library


def build_info() -> dict[str, Any]:
    """Tells what this package was built for and what it uses in this process.

    Returns: a dict with the keys
      version: of spectral_ops.
      implementation: "native", or "reference" where plain TensorFlow serves.
      reason: why the reference serves; empty for "native".
      tensorflow: the version that is running.
      built_for_tensorflow: the version that the op library was built for; None without one.
      library: the path of the op library; None where the reference serves.
      simd: the SIMD target in use, "avx512", "avx2" or "scalar"; None without kernels.
      simd_targets: those that this processor can run.
      compiler: that built the kernels.
      cuda: None without GPU kernels, else a dict:
        toolkit, architectures: the CUDA version and what the kernels were compiled with and for.
        driver: the newest CUDA version that the driver serves; None without one.
        devices, no_device: how many the driver shows, and why there are none.
        cufft, cufft_file, no_cufft: version and path of the cuFFT in use, or what was tried.
    """
    from spectral_ops import __version__

    info: dict[str, Any] = {"simd": None, "simd_targets": [], "compiler": None, "cuda": None}
    try:
        from spectral_ops import _kernels

        info.update(_kernels.build_info())
    except ImportError:
        pass
    native = _library.ops is not None
    return {
        "version": __version__,
        "implementation": "native" if native else "reference",
        "reason": _library.reason,
        "tensorflow": tf.version.VERSION,
        "built_for_tensorflow": _library.built_for().get("tensorflow"),
        "library": str(_library.path()) if native else None,
        **{key: info[key] for key in ("simd", "simd_targets", "compiler", "cuda")},
    }
