#include "cpu/resample/window_plan.h"

#include <algorithm>

#include "core/integers.h"
#include "core/memory.h"
#include "cpu/axes/axis_fft.h"
#include "cpu/resample/resample_plan.h"

namespace spectral_ops {

WindowGradientPlan MakeWindowGradientPlan(const WindowGradientShape& shape, DataType dtype,
                                          Norm norm, const SimdTraits& traits, const Tuning& tuning,
                                          int max_workers) {
  WindowGradientPlan plan;
  plan.outer = shape.outer;
  plan.inner = shape.inner;
  plan.axis = shape.axis;
  plan.dtype = dtype;
  plan.norm = norm;

  const int64_t bins = plan.axis.bins();
  const bool symmetric = plan.axis.rule == AxisRule::kSymmetric;
  const auto element = static_cast<int64_t>(ComputeSize(dtype));
  const int64_t lengths[] = {shape.axis.n, shape.axis.m};
  double work = 0;
  int64_t scratch = 0;
  for (int side = 0; side < 2; ++side) {
    AxisSpec& spec = plan.spec[side];
    spec.kind = AxisKind::kModeMatrix;
    spec.modes.length = lengths[side];
    spec.modes.high = symmetric ? HighestOfCosines(lengths[side], shape.axis.band()) : bins - 1;
    spec.modes.half = true;
    spec.type = ComputeTypeOfStored(dtype);
    spec.row_block = traits.row_block;
    spec.fft_block_bytes = tuning.fft_block_bytes;
    spec.kind = ChooseKind(spec, tuning.fft_cost, 1);
    work += AxisWork(spec);
    scratch = std::max(scratch, AxisScratch(spec));
  }
  plan.lanes = std::max<int64_t>(1, traits.vector_bytes / element);
  plan.rows_as_lanes = 2 * plan.inner <= plan.lanes;
  plan.units = plan.rows_as_lanes ? CeilDiv(plan.outer, plan.lanes)
                                  : plan.outer * CeilDiv(plan.inner, plan.lanes);
  constexpr int64_t kMaxPartials = int64_t{1} << 16;
  constexpr int64_t kMaxChunks = 64;
  plan.chunks = std::max<int64_t>(
      1, std::min({kMaxChunks, CeilDiv(plan.units, 2 * kVectors), kMaxPartials / bins}));
  plan.workers =
      CountWorkers(plan.chunks, work * static_cast<double>(plan.units), tuning, max_workers);

  size_t offset = 0;
  plan.partial_offset = Take(&offset, static_cast<size_t>(plan.chunks * bins) * sizeof(double));
  for (int side = 0; side < 2; ++side) {
    if (plan.axis.rule == AxisRule::kPeriodic) continue;
    plan.turn_offset[side] =
        Take(&offset, static_cast<size_t>(2 * plan.spec[side].modes.modes() * element));
  }
  plan.worker_offset = offset;
  const int64_t vector = plan.lanes * element;
  size_t worker = 0;
  Take(&worker, static_cast<size_t>(bins * plan.lanes) * sizeof(double));  // sums of a chunk
  for (int side = 0; side < 2; ++side) {
    const int64_t modes = plan.spec[side].modes.modes();
    plan.modes_offset[side] = Take(&worker, static_cast<size_t>(2 * modes * vector));
    if (symmetric) {
      plan.row_offset[side] = Take(&worker, static_cast<size_t>(lengths[side] * vector));
    }
    if (!plan.rows_as_lanes) continue;
    const int64_t packed = RoundUp(lengths[side] * plan.inner, plan.lanes);
    plan.packed_offset[side] = Take(&worker, static_cast<size_t>(packed * vector));
  }
  plan.axis_offset = Take(&worker, static_cast<size_t>(scratch * vector));
  plan.worker_bytes = worker;
  plan.workspace_bytes = offset + static_cast<size_t>(plan.workers) * worker;
  return plan;
}

bool HoldAxes(const WindowGradientPlan& plan, HeldAxes* axes) {
  return axes->Hold(0, plan.spec[0]) && axes->Hold(1, plan.spec[1]);
}

}  // namespace spectral_ops
