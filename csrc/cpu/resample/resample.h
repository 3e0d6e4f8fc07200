// The resample operator on the CPU: its calls, planned and run, and the kernels. The adjoint is
// resample itself, with the sizes exchanged and the norm of AdjointNorm.
#pragma once

#include "core/resample.h"
#include "cpu/base/runtime.h"
#include "cpu/resample/resample_plan.h"
#include "cpu/resample/window_plan.h"

namespace spectral_ops {

// The kernels of one SIMD target.
struct ResampleKernels {
  SimdTraits traits;
  void (*forward)(const ResamplePlan& plan, const ResampleCall& call, const RunMemory& memory,
                  const ParallelFor& parallel);
  void (*window_gradient)(const WindowGradientPlan& plan, const WindowGradientCall& call,
                          const RunMemory& memory, const ParallelFor& parallel);
};

const ResampleKernels& GetResampleKernels(SimdTarget target);

// What a run will do and the workspace that it will take; the call's pointers are not looked at.
Status PlanResample(const ResampleCall& call, const CpuTarget& target, int max_workers,
                    ResamplePlan* plan);
Status PlanWindowGradient(const WindowGradientCall& call, const CpuTarget& target, int max_workers,
                          WindowGradientPlan* plan);

// Refuses a bad call before anything is taken; otherwise the result is there on return.
Status Run(const ResampleCall& call, const CpuRuntime& runtime);
Status Run(const WindowGradientCall& call, const CpuRuntime& runtime);

}  // namespace spectral_ops
