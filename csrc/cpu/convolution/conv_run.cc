#include "cpu/convolution/conv_run.h"

#include <cstddef>

#include "cpu/base/plan_memo.h"
#include "cpu/convolution/conv.h"

namespace spectral_ops {
namespace {

ConvTraits TraitsOf(const CpuTarget& target) {
  ConvTraits traits = GetConvKernels(target.simd).traits;
  if (target.conv_workspace_bytes) traits.tuning.workspace_bytes = *target.conv_workspace_bytes;
  return traits;
}

PlanKey KeyOf(const ConvCall& call, const CpuTarget& target, int max_workers) {
  return {target,       max_workers, call.map,    call.dtype,       call.format,
          call.padding, call.groups, call.x_dims, call.filter_dims, call.grad_dims};
}

}  // namespace

Status PlanConv(const ConvCall& call, const CpuTarget& target, int max_workers, ConvPlan* plan) {
  static PlanMemo<ConvPlan> memo;
  return memo.Get(KeyOf(call, target, max_workers), plan, [&](ConvPlan* made) -> Status {
    ConvShape shape;
    Dims result_dims;
    SPECTRAL_OPS_RETURN_IF_ERROR(Check(call, &shape, &result_dims));
    *made = MakeConvPlan(shape, call.map, call.dtype, TraitsOf(target), max_workers);
    made->result_bytes = static_cast<size_t>(CountElements(result_dims)) * ElementSize(call.dtype);
    return {};
  });
}

Status RunConv(const ConvCall& call, const CpuRuntime& runtime) {
  ConvPlan plan;
  SPECTRAL_OPS_RETURN_IF_ERROR(
      PlanConv(call, runtime.target, runtime.parallel.max_workers(), &plan));
  HeldAxes axes;
  if (!HoldAxes(plan, &axes)) {
    return Status::ResourceExhausted("no memory for the tables of the axes");
  }
  void* workspace = nullptr;
  SPECTRAL_OPS_RETURN_IF_ERROR(runtime.workspace.Take(plan.workspace_bytes, &workspace));
  GetConvKernels(runtime.target.simd)
      .run(plan, {call.source, call.other, call.result, axes.data(), workspace}, runtime.parallel);
  return {};
}

Status EstimateConv(const ConvCall& call, const CpuTarget& target, ConvEstimate* estimate) {
  static PlanMemo<ConvEstimate> memo;
  return memo.Get(KeyOf(call, target, 1), estimate, [&](ConvEstimate* made) -> Status {
    ConvShape shape;
    Dims result_dims;
    SPECTRAL_OPS_RETURN_IF_ERROR(Check(call, &shape, &result_dims));
    *made = EstimateConv(shape, call.dtype, TraitsOf(target));
    return {};
  });
}

}  // namespace spectral_ops
