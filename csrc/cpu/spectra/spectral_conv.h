// The spectral convolution on the CPU, its adjoint and the gradient of its weights.
#ifndef SPECTRAL_OPS_CPU_SPECTRA_SPECTRAL_CONV_H_
#define SPECTRAL_OPS_CPU_SPECTRA_SPECTRAL_CONV_H_

#include "cpu/base/parallel.h"
#include "cpu/base/simd.h"
#include "cpu/spectra/spectral_conv_plan.h"

namespace spectral_ops {

// Signals are [batch, *spatial, channels] or [batch, channels, *spatial], of plan.dtype; weights
// are complex numbers of the computing type, [*modes, in, out] or [*modes, channels].
struct SpectralConvBuffers {
  const void* source = nullptr;       // x; of the adjoint grad_output
  const void* weights = nullptr;      // not of the weight gradient
  const void* grad_output = nullptr;  // of the weight gradient alone
  void* target = nullptr;             // y; the gradient of x; that of the weights
  const void* const* axes = nullptr;  // [2, kMaxSpatialRank] (HoldAxes)
  void* workspace = nullptr;          // plan.workspace_bytes, aligned to 64
};

// The kernels of one SIMD target.
struct SpectralConvKernels {
  SpectralConvTraits traits;
  // Whatever kind the plan is of.
  void (*run)(const SpectralConvPlan& plan, const SpectralConvBuffers& buffers,
              const ParallelFor& parallel);
};

const SpectralConvKernels& GetSpectralConvKernels(SimdTarget target);

}  // namespace spectral_ops

#endif  // SPECTRAL_OPS_CPU_SPECTRA_SPECTRAL_CONV_H_
