#include "cpu/convolution/conv_run.h"

#include <cstddef>

#include "cpu/convolution/conv.h"

namespace spectral_ops {
namespace {

ConvTraits TraitsOf(const CpuTarget& target) {
  ConvTraits traits = GetConvKernels(target.simd).traits;
  if (target.conv_workspace_bytes) traits.tuning.workspace_bytes = *target.conv_workspace_bytes;
  return traits;
}

Status Plan(const ConvCall& call, const CpuTarget& target, int max_workers, ConvPlan* plan,
            Dims* result_dims) {
  ConvShape shape;
  SPECTRAL_OPS_RETURN_IF_ERROR(CheckConv(call, &shape, result_dims));
  *plan = MakeConvPlan(shape, call.map, call.dtype, TraitsOf(target), max_workers);
  return {};
}

}  // namespace

Status PlanConv(const ConvCall& call, const CpuTarget& target, int max_workers, ConvPlan* plan) {
  Dims result_dims;
  return Plan(call, target, max_workers, plan, &result_dims);
}

Status RunConv(const ConvCall& call, const CpuRuntime& runtime) {
  ConvPlan plan;
  Dims result_dims;
  SPECTRAL_OPS_RETURN_IF_ERROR(
      Plan(call, runtime.target, runtime.parallel.max_workers(), &plan, &result_dims));
  HeldAxes axes;
  if (!HoldAxes(plan, &axes)) {
    return Status::ResourceExhausted("no memory for the tables of the axes");
  }
  void* workspace = nullptr;
  SPECTRAL_OPS_RETURN_IF_ERROR(runtime.workspace.Take(plan.workspace_bytes, &workspace));
  const size_t result_bytes =
      static_cast<size_t>(CountElements(result_dims)) * ElementSize(call.dtype);
  GetConvKernels(runtime.target.simd)
      .run(plan, {call.source, call.other, call.result, result_bytes, axes.data(), workspace}, runtime.parallel);
  return {};
}

Status PreferFft(const ConvCall& call, const CpuTarget& target, bool* prefers) {
  ConvShape shape;
  Dims result_dims;
  SPECTRAL_OPS_RETURN_IF_ERROR(CheckConv(call, &shape, &result_dims));
  *prefers = PreferFft(shape, call.dtype, TraitsOf(target));
  return {};
}

Status EstimateConv(const ConvCall& call, const CpuTarget& target, ConvEstimate* estimate) {
  ConvShape shape;
  Dims result_dims;
  SPECTRAL_OPS_RETURN_IF_ERROR(CheckConv(call, &shape, &result_dims));
  *estimate = EstimateConv(shape, call.dtype, TraitsOf(target));
  return {};
}

}  // namespace spectral_ops
