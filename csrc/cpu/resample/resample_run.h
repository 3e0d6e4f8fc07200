// Calls of the resample operator on the CPU: checked, planned and run.
#ifndef SPECTRAL_OPS_CPU_RESAMPLE_RESAMPLE_RUN_H_
#define SPECTRAL_OPS_CPU_RESAMPLE_RESAMPLE_RUN_H_

#include "core/resample.h"
#include "cpu/base/runtime.h"
#include "cpu/resample/resample_plan.h"
#include "cpu/resample/window_plan.h"

namespace spectral_ops {

// What a run will do and the workspace that it will take; the call's pointers are not looked at.
Status PlanResample(const ResampleCall& call, const CpuTarget& target, int max_workers,
                    ResamplePlan* plan);
Status PlanWindowGradient(const WindowGradientCall& call, const CpuTarget& target, int max_workers,
                          WindowGradientPlan* plan);

// Refuses a bad call before anything is taken; otherwise the result is there on return.
Status RunResample(const ResampleCall& call, const CpuRuntime& runtime);
Status RunWindowGradient(const WindowGradientCall& call, const CpuRuntime& runtime);

}  // namespace spectral_ops

#endif  // SPECTRAL_OPS_CPU_RESAMPLE_RESAMPLE_RUN_H_
