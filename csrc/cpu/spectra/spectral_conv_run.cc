#include <algorithm>

#include "cpu/base/plan_memo.h"
#include "cpu/spectra/spectral_conv.h"

namespace spectral_ops {

Status PlanSpectralConv(const SpectralConvCall& call, const CpuTarget& target, int max_workers,
                        SpectralConvPlan* plan) {
  static PlanMemo<SpectralConvCall, SpectralConvPlan> memo;
  return memo.Get(
      call, target, max_workers, plan, [&](const SpectralConvShape& shape, const Dims&) {
        return MakeSpectralConvPlan(shape, {false, call.keeps, {}}, call.dtype, call.norm,
                                    GetSpectralConvKernels(target.simd).traits, target.tuning,
                                    max_workers);
      });
}

Status PlanSpectralConvGradients(const SpectralConvGradientsCall& call, const CpuTarget& target,
                                 int max_workers, SpectralConvPlan* plan) {
  static PlanMemo<SpectralConvGradientsCall, SpectralConvPlan> memo;
  SPECTRAL_OPS_RETURN_IF_ERROR(
      memo.Get(call, target, max_workers, plan, [&](const SpectralConvShape& shape, const Dims&) {
        return MakeSpectralConvPlan(shape, {true, false, call.spectrum_dims}, call.dtype, call.norm,
                                    GetSpectralConvKernels(target.simd).traits, target.tuning,
                                    max_workers);
      }));
  if (plan->runs || plan->filter.runs) return {};
  plan->workspace_bytes = 0;
  for (const SpectralConvCall& part : {call.OfX(), call.OfWeights()}) {
    SpectralConvPlan one;
    SPECTRAL_OPS_RETURN_IF_ERROR(PlanSpectralConv(part, target, max_workers, &one));
    plan->workspace_bytes = std::max(plan->workspace_bytes, one.workspace_bytes);
  }
  return {};
}

Status FindSpectrum(const SpectralConvCall& call, const CpuTarget& target, int max_workers,
                    Dims* dims) {
  SpectralConvPlan plan;
  SPECTRAL_OPS_RETURN_IF_ERROR(PlanSpectralConv(call, target, max_workers, &plan));
  if (plan.filter.runs ? plan.filter.keeps : plan.keeps) *dims = SpectrumDims(plan);
  return {};
}

Status Run(const SpectralConvCall& call, const CpuRuntime& runtime) {
  SpectralConvPlan plan;
  SPECTRAL_OPS_RETURN_IF_ERROR(
      PlanSpectralConv(call, runtime.target, runtime.parallel.max_workers(), &plan));
  return RunPlan(GetSpectralConvKernels(runtime.target.simd).run, plan, call, runtime);
}

Status Run(const SpectralConvGradientsCall& call, const CpuRuntime& runtime) {
  SpectralConvPlan plan;
  SPECTRAL_OPS_RETURN_IF_ERROR(
      PlanSpectralConvGradients(call, runtime.target, runtime.parallel.max_workers(), &plan));
  if (plan.runs || plan.filter.runs) {
    return RunPlan(GetSpectralConvKernels(runtime.target.simd).gradients, plan, call, runtime);
  }
  SPECTRAL_OPS_RETURN_IF_ERROR(Run(call.OfX(), runtime));
  return Run(call.OfWeights(), runtime);
}

}  // namespace spectral_ops
