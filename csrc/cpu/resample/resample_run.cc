#include "cpu/resample/resample_run.h"

#include <algorithm>
#include <iterator>

#include "cpu/base/plan_memo.h"
#include "cpu/resample/resample.h"

namespace spectral_ops {

Status PlanResample(const ResampleCall& call, const CpuTarget& target, int max_workers,
                    ResamplePlan* plan) {
  static PlanMemo<ResamplePlan> memo;
  const PlanKey key(target, max_workers, call.dtype, call.norm, call.format, call.downsample_only,
                    call.x_dims, call.output_size, call.window_length);
  return memo.Get(key, plan, [&](ResamplePlan* made) -> Status {
    ResampleShape shape;
    Dims y_dims;
    SPECTRAL_OPS_RETURN_IF_ERROR(Check(call, &shape, &y_dims));
    KernelTraits traits = GetResampleKernels(target.simd).traits;
    if (target.fft_cost) traits.tuning.fft_cost = *target.fft_cost;
    *made = MakeResamplePlan(shape, call.dtype, call.norm, traits, max_workers);
    return {};
  });
}

Status RunResample(const ResampleCall& call, const CpuRuntime& runtime) {
  ResamplePlan plan;
  SPECTRAL_OPS_RETURN_IF_ERROR(
      PlanResample(call, runtime.target, runtime.parallel.max_workers(), &plan));
  HeldAxes axes;
  if (!HoldAxes(plan, &axes)) {
    return Status::ResourceExhausted("no memory for the tables of the axes");
  }
  ResampleBuffers buffers;
  buffers.x = call.x;
  std::copy(std::begin(call.windows), std::end(call.windows), buffers.windows);
  buffers.axes = axes.data();
  buffers.y = call.result;
  SPECTRAL_OPS_RETURN_IF_ERROR(runtime.workspace.Take(plan.workspace_bytes, &buffers.workspace));
  GetResampleKernels(runtime.target.simd).forward(plan, buffers, runtime.parallel);
  return {};
}

Status PlanWindowGradient(const WindowGradientCall& call, const CpuTarget& target, int max_workers,
                          WindowGradientPlan* plan) {
  static PlanMemo<WindowGradientPlan> memo;
  const PlanKey key(target, max_workers, call.dtype, call.norm, call.format, call.axis, call.x_dims,
                    call.grad_dims);
  return memo.Get(key, plan, [&](WindowGradientPlan* made) -> Status {
    WindowGradientShape shape;
    Dims grad_window_dims;
    SPECTRAL_OPS_RETURN_IF_ERROR(Check(call, &shape, &grad_window_dims));
    *made = MakeWindowGradientPlan(shape, call.dtype, call.norm,
                                   GetResampleKernels(target.simd).traits, max_workers);
    return {};
  });
}

Status RunWindowGradient(const WindowGradientCall& call, const CpuRuntime& runtime) {
  WindowGradientPlan plan;
  SPECTRAL_OPS_RETURN_IF_ERROR(
      PlanWindowGradient(call, runtime.target, runtime.parallel.max_workers(), &plan));
  HeldAxes axes;
  if (!HoldAxes(plan, &axes)) {
    return Status::ResourceExhausted("no memory for the tables of the axes");
  }
  void* workspace = nullptr;
  SPECTRAL_OPS_RETURN_IF_ERROR(runtime.workspace.Take(plan.workspace_bytes, &workspace));
  GetResampleKernels(runtime.target.simd)
      .window_gradient(plan, {call.x, call.grad_output, call.result, axes.data(), workspace},
                       runtime.parallel);
  return {};
}

}  // namespace spectral_ops
