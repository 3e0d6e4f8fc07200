// The resample operator on the CPU. Its adjoint is resample itself, with the sizes exchanged and
// the norm of AdjointNorm.
#ifndef SPECTRAL_OPS_CPU_RESAMPLE_RESAMPLE_H_
#define SPECTRAL_OPS_CPU_RESAMPLE_RESAMPLE_H_

#include "cpu/base/parallel.h"
#include "cpu/base/simd.h"
#include "cpu/resample/resample_plan.h"
#include "cpu/resample/window_plan.h"

namespace spectral_ops {

struct ResampleBuffers {
  const void* x = nullptr;                    // [outer, *n, inner], of plan.dtype
  const void* windows[kMaxSpatialRank] = {};  // by the caller's axes, of the computing type
  // By the plan's axes: the operators of those without windows (HoldAxes).
  const void* const* axes = nullptr;  // [kMaxSpatialRank]
  void* y = nullptr;                  // [outer, *m, inner]
  void* workspace = nullptr;          // plan.workspace_bytes, aligned to 64
};

struct WindowGradientBuffers {
  const void* x = nullptr;            // [outer, n, inner], float32 or float64 by plan.dtype
  const void* grad_output = nullptr;  // [outer, m, inner]
  void* grad_window = nullptr;        // [min(n, m)/2 + 1]
  const void* const* axes = nullptr;  // [2], of x and of grad_output (HoldAxes)
  void* workspace = nullptr;          // plan.workspace_bytes, aligned to 64
};

// The kernels of one SIMD target.
struct ResampleKernels {
  KernelTraits traits;
  void (*forward)(const ResamplePlan& plan, const ResampleBuffers& buffers,
                  const ParallelFor& parallel);
  void (*window_gradient)(const WindowGradientPlan& plan, const WindowGradientBuffers& buffers,
                          const ParallelFor& parallel);
};

const ResampleKernels& GetResampleKernels(SimdTarget target);

}  // namespace spectral_ops

#endif  // SPECTRAL_OPS_CPU_RESAMPLE_RESAMPLE_H_
