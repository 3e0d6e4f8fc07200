#include "cpu/base/plan_memo.h"
#include "cpu/wavelet/wavelet.h"

namespace spectral_ops {

Status PlanWavelet(const WaveletCall& call, const CpuTarget& target, int max_workers,
                   WaveletPlan* plan) {
  static PlanMemo<WaveletCall, WaveletPlan> memo;
  return memo.Get(call, target, max_workers, plan, [&](const WaveletShape& shape, const Dims&) {
    return MakeWaveletPlan(shape, call.dtype, GetWaveletKernels(target.simd).traits, target.tuning,
                           max_workers);
  });
}

Status Run(const WaveletCall& call, const CpuRuntime& runtime) {
  WaveletPlan plan;
  SPECTRAL_OPS_RETURN_IF_ERROR(
      PlanWavelet(call, runtime.target, runtime.parallel.max_workers(), &plan));
  return RunPlan(GetWaveletKernels(runtime.target.simd).run, plan, call, runtime);
}

}  // namespace spectral_ops
