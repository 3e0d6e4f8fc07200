// Calls of the spectral convolution on the CPU: checked, planned and run.
#ifndef SPECTRAL_OPS_CPU_SPECTRA_SPECTRAL_CONV_RUN_H_
#define SPECTRAL_OPS_CPU_SPECTRA_SPECTRAL_CONV_RUN_H_

#include "core/spectral_conv.h"
#include "cpu/base/runtime.h"
#include "cpu/spectra/spectral_conv_plan.h"

namespace spectral_ops {

// What a run will do and the workspace that it will take; the call's pointers are not looked at.
Status PlanSpectralConv(const SpectralConvCall& call, const CpuTarget& target, int max_workers,
                        SpectralConvPlan* plan);

// Refuses a bad call before anything is taken; otherwise the result is there on return.
Status RunSpectralConv(const SpectralConvCall& call, const CpuRuntime& runtime);

}  // namespace spectral_ops

#endif  // SPECTRAL_OPS_CPU_SPECTRA_SPECTRAL_CONV_RUN_H_
