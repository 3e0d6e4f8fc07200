#include "cpu/base/plan_memo.h"
#include "cpu/base/streams.h"
#include "cpu/convolution/conv.h"

namespace spectral_ops {
namespace {

const SimdTraits& TraitsOf(const CpuTarget& target) { return GetConvKernels(target.simd).traits; }

// Whether the result goes past the caches; each vector fills the lines that it writes.
bool Streams(const ConvPlan& plan, int64_t elements, const Tuning& tuning) {
  return plan.map != ConvMap::kFilterGradient && plan.shape.format == DataFormat::kChannelsLast &&
         FillsLines(plan.lanes, plan.dtype) &&
         LeavesCaches(elements, plan.target_channels, plan.dtype, tuning);
}

}  // namespace

Status PlanConv(const ConvCall& call, const CpuTarget& target, int max_workers, ConvPlan* plan) {
  static PlanMemo<ConvCall, ConvPlan> memo;
  return memo.Get(call, target, max_workers, plan, [&](const ConvShape& shape, const Dims& result) {
    ConvPlan made =
        MakeConvPlan(shape, call.map, call.dtype, TraitsOf(target), target.tuning, max_workers);
    made.result_bytes = static_cast<size_t>(CountElements(result)) * ElementSize(call.dtype);
    made.streams = Streams(made, CountElements(result), target.tuning);
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
