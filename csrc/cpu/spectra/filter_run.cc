#include <algorithm>

#include "cpu/base/plan_memo.h"
#include "cpu/spectra/spectral_conv.h"

namespace spectral_ops {

Status PlanFilterGradients(const FilterGradientsCall& call, const CpuTarget& target,
                           int max_workers, FilterPlan* plan) {
  static PlanMemo<FilterGradientsCall, FilterPlan> memo;
  SPECTRAL_OPS_RETURN_IF_ERROR(
      memo.Get(call, target, max_workers, plan, [&](const SpectralConvShape& shape, const Dims&) {
        return MakeFilterPlan(shape, {true, false, call.spectrum_dims}, call.dtype, Norm::kForward,
                              GetSpectralConvKernels(target.simd).traits, target.tuning,
                              max_workers);
      }));
  if (plan->runs) return {};
  for (const SpectralConvCall& part : {call.OfX(), call.OfResponse()}) {
    SpectralConvPlan one;
    SPECTRAL_OPS_RETURN_IF_ERROR(PlanSpectralConv(part, target, max_workers, &one));
    plan->workspace_bytes = std::max(plan->workspace_bytes, one.workspace_bytes);
  }
  return {};
}

Status Run(const FilterGradientsCall& call, const CpuRuntime& runtime) {
  FilterPlan plan;
  SPECTRAL_OPS_RETURN_IF_ERROR(
      PlanFilterGradients(call, runtime.target, runtime.parallel.max_workers(), &plan));
  if (plan.runs) {
    return RunPlan(GetSpectralConvKernels(runtime.target.simd).filter_gradients, plan, call,
                   runtime);
  }
  SPECTRAL_OPS_RETURN_IF_ERROR(Run(call.OfX(), runtime));
  return Run(call.OfResponse(), runtime);
}

}  // namespace spectral_ops
