// Operators of axes without windows, kept from call to call: their tables take longer to build than
// a small image takes to resample. Bounded, least recently used first to go; safe to use from any
// thread.
#ifndef SPECTRAL_OPS_CORE_AXIS_CACHE_H_
#define SPECTRAL_OPS_CORE_AXIS_CACHE_H_

#include <cstddef>
#include <memory>

#include "core/axis_operator.h"
#include "core/resample_plan.h"

namespace spectral_ops {

constexpr size_t kAxisCacheBytes = size_t{32} << 20;

// The operator of a spec without a window, an AxisOperator<float> or <double> by its type, built
// where the cache has none; null where there is no memory. What is larger than the whole cache
// belongs to the caller alone.
std::shared_ptr<const void> CachedAxisOperator(const AxisSpec& spec);

// The operators of a plan's axes that have no windows, kept alive for a run.
class HeldAxes {
 public:
  // False where there is no memory.
  bool Hold(const ResamplePlan& plan);
  const void* const* data() const { return places_; }  // [kMaxSpatialRank], by the plan's axes

 private:
  std::shared_ptr<const void> axes_[kMaxSpatialRank];
  const void* places_[kMaxSpatialRank] = {};
};

struct AxisCacheUse {
  size_t entries = 0;
  size_t bytes = 0;
};

AxisCacheUse GetAxisCacheUse();

}  // namespace spectral_ops

#endif  // SPECTRAL_OPS_CORE_AXIS_CACHE_H_
