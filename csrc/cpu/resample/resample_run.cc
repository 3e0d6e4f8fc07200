#include "cpu/base/plan_memo.h"
#include "cpu/resample/resample.h"
#include "cpu/resample/signal_plan.h"

namespace spectral_ops {

Status PlanResample(const ResampleCall& call, const CpuTarget& target, int max_workers,
                    ResamplePlan* plan) {
  static PlanMemo<ResampleCall, ResamplePlan> memo;
  return memo.Get(call, target, max_workers, plan, [&](const ResampleShape& shape, const Dims&) {
    ResamplePlan made =
        MakeResamplePlan(shape, call.dtype, call.norm, GetResampleKernels(target.simd).traits,
                         target.tuning, max_workers);
    TakeSignalsAlone(target.tuning, max_workers, &made);
    return made;
  });
}

Status Run(const ResampleCall& call, const CpuRuntime& runtime) {
  ResamplePlan plan;
  SPECTRAL_OPS_RETURN_IF_ERROR(
      PlanResample(call, runtime.target, runtime.parallel.max_workers(), &plan));
  return RunPlan(GetResampleKernels(runtime.target.simd).forward, plan, call, runtime);
}

Status PlanWindowGradient(const WindowGradientCall& call, const CpuTarget& target, int max_workers,
                          WindowGradientPlan* plan) {
  static PlanMemo<WindowGradientCall, WindowGradientPlan> memo;
  return memo.Get(call, target, max_workers, plan,
                  [&](const WindowGradientShape& shape, const Dims&) {
                    return MakeWindowGradientPlan(shape, call.dtype, call.norm,
                                                  GetResampleKernels(target.simd).traits,
                                                  target.tuning, max_workers);
                  });
}

Status Run(const WindowGradientCall& call, const CpuRuntime& runtime) {
  WindowGradientPlan plan;
  SPECTRAL_OPS_RETURN_IF_ERROR(
      PlanWindowGradient(call, runtime.target, runtime.parallel.max_workers(), &plan));
  return RunPlan(GetResampleKernels(runtime.target.simd).window_gradient, plan, call, runtime);
}

}  // namespace spectral_ops
