// Convolution by FFTs on the CPU, and its two adjoints.
#ifndef SPECTRAL_OPS_CPU_CONVOLUTION_CONV_H_
#define SPECTRAL_OPS_CPU_CONVOLUTION_CONV_H_

#include "cpu/base/parallel.h"
#include "cpu/base/simd.h"
#include "cpu/convolution/conv_plan.h"

namespace spectral_ops {

// All of plan.dtype. Signals are [batch, *spatial, channels] or [batch, channels, *spatial],
// filters
// [*taps, in / groups, out].
struct ConvBuffers {
  const void* source = nullptr;  // x; the output's gradient for kInputGradient
  const void* other = nullptr;   // filters; the output's gradient for kFilterGradient
  void* result = nullptr;
  const void* const* axes = nullptr;  // [kMaxSpatialRank] (HoldAxes)
  void* workspace = nullptr;          // plan.workspace_bytes, aligned to 64
};

// The kernels of one SIMD target.
struct ConvKernels {
  ConvTraits traits;
  void (*run)(const ConvPlan& plan, const ConvBuffers& buffers, const ParallelFor& parallel);
};

const ConvKernels& GetConvKernels(SimdTarget target);

}  // namespace spectral_ops

#endif  // SPECTRAL_OPS_CPU_CONVOLUTION_CONV_H_
