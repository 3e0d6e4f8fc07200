// The cache of the operators of axes without windows (cpu/base/operator_cache.h).
#ifndef SPECTRAL_OPS_CPU_AXES_AXIS_CACHE_H_
#define SPECTRAL_OPS_CPU_AXES_AXIS_CACHE_H_

#include <cstddef>
#include <memory>

#include "cpu/axes/axis_operator.h"
#include "cpu/base/operator_cache.h"
#include "cpu/resample/resample_plan.h"

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

CacheUse GetAxisCacheUse();

}  // namespace spectral_ops

#endif  // SPECTRAL_OPS_CPU_AXES_AXIS_CACHE_H_
