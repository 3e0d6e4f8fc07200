// Convolution by FFTs on the CPU, and its two adjoints: calls, planned and run, and the kernels.
#pragma once

#include "core/conv.h"
#include "cpu/base/runtime.h"
#include "cpu/convolution/conv_choice.h"
#include "cpu/convolution/conv_plan.h"

namespace spectral_ops {

// The kernels of one SIMD target.
struct ConvKernels {
  SimdTraits traits;
  void (*run)(const ConvPlan& plan, const ConvCall& call, const RunMemory& memory,
              const ParallelFor& parallel);
};

const ConvKernels& GetConvKernels(SimdTarget target);

// What a run will do and the workspace that it will take; the call's pointers are not looked at.
Status PlanConv(const ConvCall& call, const CpuTarget& target, int max_workers, ConvPlan* plan);

// Refuses a bad call before anything is taken; otherwise the result is there on return.
Status Run(const ConvCall& call, const CpuRuntime& runtime);

// What FFTs and TensorFlow's own convolution are expected to take for the call's map. The dims of
// an output's gradient need not be given.
Status EstimateConv(const ConvCall& call, const CpuTarget& target, ConvEstimate* estimate);

}  // namespace spectral_ops
