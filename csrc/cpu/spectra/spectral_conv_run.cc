#include "cpu/base/plan_memo.h"
#include "cpu/spectra/spectral_conv.h"

namespace spectral_ops {

Status PlanSpectralConv(const SpectralConvCall& call, const CpuTarget& target, int max_workers,
                        SpectralConvPlan* plan) {
  static PlanMemo<SpectralConvCall, SpectralConvPlan> memo;
  return memo.Get(call, target, max_workers, plan,
                  [&](const SpectralConvShape& shape, const Dims&) {
                    SpectralConvTraits traits = GetSpectralConvKernels(target.simd).traits;
                    if (target.fft_cost) traits.kernel.tuning.fft_cost = *target.fft_cost;
                    return MakeSpectralConvPlan(shape, call.dtype, call.norm, traits, max_workers);
                  });
}

Status Run(const SpectralConvCall& call, const CpuRuntime& runtime) {
  SpectralConvPlan plan;
  SPECTRAL_OPS_RETURN_IF_ERROR(
      PlanSpectralConv(call, runtime.target, runtime.parallel.max_workers(), &plan));
  return RunPlan(GetSpectralConvKernels(runtime.target.simd).run, plan, call, runtime);
}

}  // namespace spectral_ops
