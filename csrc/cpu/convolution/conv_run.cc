#include "cpu/base/plan_memo.h"
#include "cpu/convolution/conv.h"

namespace spectral_ops {
namespace {

const SimdTraits& TraitsOf(const CpuTarget& target) { return GetConvKernels(target.simd).traits; }

// Whether nothing of the result would stay near, and each vector fills the lines it writes.
bool Streams(const ConvPlan& plan, const Tuning& tuning) {
  const size_t element = ElementSize(plan.dtype);
  const auto fills = [&](int64_t channels) {
    return static_cast<size_t>(channels) * element % kAlignment == 0;
  };
  return plan.map != ConvMap::kFilterGradient && plan.lanes > 1 &&
         plan.shape.format == DataFormat::kChannelsLast && fills(plan.lanes) &&
         fills(plan.target_channels) && plan.result_bytes > static_cast<size_t>(tuning.near_bytes);
}

}  // namespace

Status PlanConv(const ConvCall& call, const CpuTarget& target, int max_workers, ConvPlan* plan) {
  static PlanMemo<ConvCall, ConvPlan> memo;
  return memo.Get(call, target, max_workers, plan, [&](const ConvShape& shape, const Dims& result) {
    ConvPlan made =
        MakeConvPlan(shape, call.map, call.dtype, TraitsOf(target), target.tuning, max_workers);
    made.result_bytes = static_cast<size_t>(CountElements(result)) * ElementSize(call.dtype);
    made.streams = Streams(made, target.tuning);
    return made;
  });
}

Status Run(const ConvCall& call, const CpuRuntime& runtime) {
  ConvPlan plan;
  SPECTRAL_OPS_RETURN_IF_ERROR(
      PlanConv(call, runtime.target, runtime.parallel.max_workers(), &plan));
  return RunPlan(GetConvKernels(runtime.target.simd).run, plan, call, runtime);
}

Status EstimateConv(const ConvCall& call, const CpuTarget& target, ConvEstimate* estimate) {
  static PlanMemo<ConvCall, ConvEstimate> memo;
  ConvCall whole = call;
  whole.map = ConvMap::kForward;
  ConvShape forward;
  SPECTRAL_OPS_RETURN_IF_ERROR(Check(whole, &forward, &whole.grad_dims));
  whole.map = call.map;
  return memo.Get(whole, target, 1, estimate, [&](const ConvShape& shape, const Dims&) {
    return EstimateConv(shape, call.map, call.dtype, TraitsOf(target), target.tuning);
  });
}

}  // namespace spectral_ops
