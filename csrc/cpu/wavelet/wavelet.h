// A level of a wavelet transform on the CPU, its adjoint and the gradient of its filters: calls,
// planned and run, and the kernels.
#pragma once

#include "core/wavelet.h"
#include "cpu/base/runtime.h"
#include "cpu/wavelet/wavelet_plan.h"

namespace spectral_ops {

// The kernels of one SIMD target.
struct WaveletKernels {
  SimdTraits traits;
  // Whatever map the plan is of.
  void (*run)(const WaveletPlan& plan, const WaveletCall& call, const RunMemory& memory,
              const ParallelFor& parallel);
};

const WaveletKernels& GetWaveletKernels(SimdTarget target);

// What a run will do and the workspace that it will take; the call's pointers are not looked at.
Status PlanWavelet(const WaveletCall& call, const CpuTarget& target, int max_workers,
                   WaveletPlan* plan);

// Refuses a bad call before anything is taken; otherwise the result is there on return.
Status Run(const WaveletCall& call, const CpuRuntime& runtime);

}  // namespace spectral_ops
