#include "gpu/resample.h"

#include <algorithm>

#include "core/integers.h"

namespace spectral_ops::gpu {

Status MakePlan(const ResampleCall& call, const ResampleShape& shape, const GpuTraits& traits,
                ResamplePlan* plan) {
  *plan = ResamplePlan();
  ChainAxis axes[kMaxSpatialRank];
  for (int i = 0; i < shape.rank && i < kMaxSpatialRank; ++i) {
    axes[i].map.shape = shape.axis[i];
    axes[i].map.scale = AxisScale(shape.axis[i], call.norm);
    axes[i].skip = shape.axis[i].IsIdentity();
    axes[i].window = shape.axis[i].windowed ? i : -1;
  }
  SPECTRAL_OPS_RETURN_IF_ERROR(MakeChain(axes, shape.rank, shape.outer, shape.inner, true,
                                         call.dtype, traits, &plan->workspace_bytes, &plan->chain));
  return {};
}

Status MakePlan(const WindowGradientCall& call, const WindowGradientShape& shape,
                const GpuTraits& traits, WindowGradientPlan* plan) {
  *plan = WindowGradientPlan();
  plan->axis = shape.axis;
  plan->scale = AxisScale(shape.axis, call.norm);
  plan->dtype = call.dtype;
  plan->outer = shape.outer;
  plan->inner = shape.inner;
  const int64_t bins = shape.axis.bins();
  ChainAxis modes;
  modes.map.resample = false;
  modes.map.modes.high = bins - 1;
  modes.map.modes.half = true;
  modes.map.cosines = shape.axis.rule == AxisRule::kSymmetric;
  const auto element = static_cast<int64_t>(ComputeSize(call.dtype));
  const int64_t image = modes.map.parts() * bins * shape.inner * element;
  plan->chunk =
      std::max<int64_t>(1, std::min(shape.outer, static_cast<int64_t>(traits.chunk_bytes) /
                                                     std::max<int64_t>(image, 1)));
  for (int side = 0; side < 2; ++side) {
    modes.map.modes.length = side == 0 ? shape.axis.n : shape.axis.m;
    SPECTRAL_OPS_RETURN_IF_ERROR(MakeChain(&modes, 1, plan->chunk, shape.inner, true, call.dtype,
                                           traits, &plan->workspace_bytes, &plan->chain[side]));
    plan->modes_offset[side] =
        TakeAligned(&plan->workspace_bytes, std::max<int64_t>(plan->chunk * image, 0));
  }
  constexpr int64_t kMaxSlices = 64;
  constexpr int64_t kColumnsPerSlice = 1024;
  plan->slices =
      std::max<int64_t>(1, std::min(kMaxSlices, plan->chunk * shape.inner / kColumnsPerSlice));
  constexpr auto kSumBytes = static_cast<int64_t>(sizeof(double));
  plan->partial_offset =
      TakeAligned(&plan->workspace_bytes, plan->chunks() * plan->slices * bins * kSumBytes);
  return {};
}

}  // namespace spectral_ops::gpu
