#include "cpu/spectra/spectral_conv_run.h"

#include "cpu/base/plan_memo.h"
#include "cpu/spectra/spectral_conv.h"

namespace spectral_ops {

Status PlanSpectralConv(const SpectralConvCall& call, const CpuTarget& target, int max_workers,
                        SpectralConvPlan* plan) {
  static PlanMemo<SpectralConvPlan> memo;
  const PlanKey key(target, max_workers, call.kind, call.dtype, call.norm, call.format, call.x_dims,
                    call.other, call.weight_dims, call.modes);
  return memo.Get(key, plan, [&](SpectralConvPlan* made) -> Status {
    SpectralConvShape shape;
    Dims target_dims;
    SPECTRAL_OPS_RETURN_IF_ERROR(Check(call, &shape, &target_dims));
    SpectralConvTraits traits = GetSpectralConvKernels(target.simd).traits;
    if (target.fft_cost) traits.kernel.tuning.fft_cost = *target.fft_cost;
    *made = MakeSpectralConvPlan(shape, call.dtype, call.norm, traits, max_workers);
    return {};
  });
}

Status RunSpectralConv(const SpectralConvCall& call, const CpuRuntime& runtime) {
  SpectralConvPlan plan;
  SPECTRAL_OPS_RETURN_IF_ERROR(
      PlanSpectralConv(call, runtime.target, runtime.parallel.max_workers(), &plan));
  HeldAxes axes;
  if (!HoldAxes(plan, &axes)) {
    return Status::ResourceExhausted("no memory for the tables of the axes");
  }
  void* workspace = nullptr;
  SPECTRAL_OPS_RETURN_IF_ERROR(runtime.workspace.Take(plan.workspace_bytes, &workspace));
  GetSpectralConvKernels(runtime.target.simd)
      .run(plan, {call.source, call.weights, call.grad_output, call.result, axes.data(), workspace},
           runtime.parallel);
  return {};
}

}  // namespace spectral_ops
