"""What was built, and what is in use."""

from typing import Any

import tensorflow as tf

from spectral_ops import __version__, _build, _library


def build_info() -> dict[str, Any]:
    """Tells what this package was built for and what it uses in this process.

    Returns: a dict with the keys
      version: of spectral_ops.
      implementation: "native", or "reference" where plain TensorFlow serves.
      reason: why the reference serves; empty for "native".
      tensorflow: the version that is running.
      built_for_tensorflow: the version that the op library for the running minor was built for;
        None where there is no such library.
      library: the path of the op library; None where the reference serves.
      tensorflow_minors: those that this package serves, ["2.20", "2.21"]; empty without a build.
      build: the id of the build, which is in the names of its files; None without a build.
      kernels: the path of the kernel library; None where it cannot be opened.
      compiler: that built the kernels; None without a build.
      simd: the SIMD target in use, "avx512", "avx2" or "scalar"; None where there is none.
      no_simd: why there is none: SPECTRAL_OPS_SIMD cannot be had, the kernels are for processors of
        another kind, or their library cannot be opened; else empty.
      simd_targets: those that this processor can run, rising.
      simd_compiled: all that were compiled; without "scalar" this build is for processors like the
        one that it was built on (SPECTRAL_OPS_SIMD_TARGETS=native).
      cuda: None without GPU kernels, else a dict:
        toolkit, architectures: the CUDA version and what the kernels were compiled with and for.
        driver: the newest CUDA version that the driver serves; None without one.
        devices, no_device: how many the driver shows, and why there are none.
        cufft, cufft_file, no_cufft: version and path of the cuFFT in use, or what was tried.
      no_cuda: why there are no GPU kernels; empty where there are.
      no_xla: why XLA cannot compile what serves (`jit_compile=True`) for the devices of this
        process; empty where it can.
    """
    served = _library.served
    return {
        "version": __version__,
        "implementation": "native" if served else "reference",
        "reason": _library.reason,
        "tensorflow": tf.version.VERSION,
        "built_for_tensorflow": _library.built_for(),
        "library": str(served.library) if served else None,
        **_build.info(served.build if served else None),
        "no_xla": _library.no_xla(),
    }
