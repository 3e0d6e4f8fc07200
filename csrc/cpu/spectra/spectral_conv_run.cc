#include "cpu/base/plan_memo.h"
#include "cpu/spectra/spectral_conv.h"

namespace spectral_ops {

Status PlanSpectralConv(const SpectralConvCall& call, const CpuTarget& target, int max_workers,
                        SpectralConvPlan* plan) {
  static PlanMemo<SpectralConvCall, SpectralConvPlan> memo;
  return memo.Get(call, target, max_workers, plan,
                  [&](const SpectralConvShape& shape, const Dims&) {
                    return MakeSpectralConvPlan(shape, call.keeps, call.dtype, call.norm,
                                                GetSpectralConvKernels(target.simd).traits,
                                                target.tuning, max_workers);
                  });
}

Status FindSpectrum(const SpectralConvCall& call, const CpuTarget& target, int max_workers,
                    Dims* dims) {
  SpectralConvPlan plan;
  SPECTRAL_OPS_RETURN_IF_ERROR(PlanSpectralConv(call, target, max_workers, &plan));
  if (plan.filter.runs && plan.filter.keeps) *dims = SpectrumDims(plan.filter);
  return {};
}

Status Run(const SpectralConvCall& call, const CpuRuntime& runtime) {
  SpectralConvPlan plan;
  SPECTRAL_OPS_RETURN_IF_ERROR(
      PlanSpectralConv(call, runtime.target, runtime.parallel.max_workers(), &plan));
  return RunPlan(GetSpectralConvKernels(runtime.target.simd).run, plan, call, runtime);
}

}  // namespace spectral_ops
