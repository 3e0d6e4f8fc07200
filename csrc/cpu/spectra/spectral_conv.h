// The spectral convolution on the CPU, its adjoint, the gradient of its weights, and both gradients
// at once: calls, planned and run, and the kernels.
#pragma once

#include "core/spectral_conv.h"
#include "cpu/base/runtime.h"
#include "cpu/spectra/spectral_conv_plan.h"

namespace spectral_ops {

// The kernels of one SIMD target.
struct SpectralConvKernels {
  SimdTraits traits;
  // Whatever kind the plan is of.
  void (*run)(const SpectralConvPlan& plan, const SpectralConvCall& call, const RunMemory& memory,
              const ParallelFor& parallel);
  void (*gradients)(const SpectralConvPlan& plan, const SpectralConvGradientsCall& call,
                    const RunMemory& memory, const ParallelFor& parallel);
};

const SpectralConvKernels& GetSpectralConvKernels(SimdTarget target);

// What a run will do and the workspace that it will take; the call's pointers are not looked at.
Status PlanSpectralConv(const SpectralConvCall& call, const CpuTarget& target, int max_workers,
                        SpectralConvPlan* plan);

// The same of both gradients; where neither the plan nor its filter runs, the calls of each do, one
// after the other.
Status PlanSpectralConvGradients(const SpectralConvGradientsCall& call, const CpuTarget& target,
                                 int max_workers, SpectralConvPlan* plan);

// Fills the dims of the spectrum that a run keeps; where it keeps none they stay.
Status FindSpectrum(const SpectralConvCall& call, const CpuTarget& target, int max_workers,
                    Dims* dims);

// Refuses a bad call before anything is taken; otherwise the result is there on return.
Status Run(const SpectralConvCall& call, const CpuRuntime& runtime);
Status Run(const SpectralConvGradientsCall& call, const CpuRuntime& runtime);

}  // namespace spectral_ops
