// The one cache of axes' operators: their tables take longer to build than a small image takes to
// run.
#pragma once

#include <cstddef>
#include <memory>

#include "cpu/axes/axis_kinds.h"
#include "cpu/base/runtime.h"

namespace spectral_ops {

constexpr size_t kAxisCacheBytes = size_t{64} << 20;

struct AxisMemory {
  std::shared_ptr<const void> data;  // an AxisOperator<float> or <double> and its tables
  size_t bytes = 0;
};

// Operators of axes without windows, kept alive for a run.
class HeldAxes {
 public:
  static constexpr int kMost = 3 * kMaxSpatialRank;

  // Finds or builds the operator of `spec`, an AxisOperator<float> or <double> by its type; false
  // where there is no memory. What is larger than the whole cache belongs to this run alone.
  bool Hold(int place, const AxisSpec& spec);
  const void* const* data() const { return places_; }  // [kMost]
  size_t bytes(int place) const { return axes_[place].bytes; }

 private:
  AxisMemory axes_[kMost];
  const void* places_[kMost] = {};
};

struct CacheUse {
  size_t entries = 0;
  size_t bytes = 0;
};

CacheUse GetAxisCacheUse();

// Holds a plan's axes, takes its workspace and runs it.
template <class Plan, class Call>
Status RunPlan(void (*kernel)(const Plan&, const Call&, const RunMemory&, const ParallelFor&),
               const Plan& plan, const Call& call, const CpuRuntime& runtime) {
  HeldAxes axes;
  if (!HoldAxes(plan, &axes)) {
    return Status::ResourceExhausted("no memory for the tables of the axes");
  }
  void* workspace = nullptr;
  SPECTRAL_OPS_RETURN_IF_ERROR(runtime.workspace.Take(plan.workspace_bytes, &workspace));
  kernel(plan, call, {axes.data(), static_cast<char*>(workspace)}, runtime.parallel);
  return {};
}

}  // namespace spectral_ops
