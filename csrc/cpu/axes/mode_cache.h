// The cache of the operators of mode axes (cpu/base/operator_cache.h).
#ifndef SPECTRAL_OPS_CPU_AXES_MODE_CACHE_H_
#define SPECTRAL_OPS_CPU_AXES_MODE_CACHE_H_

#include <cstddef>
#include <memory>

#include "cpu/axes/mode_axis.h"
#include "cpu/base/operator_cache.h"
#include "cpu/spectra/spectral_conv_plan.h"

namespace spectral_ops {

constexpr size_t kModeCacheBytes = size_t{32} << 20;

// The operators of a plan's axes, kept alive for a run.
class HeldModeAxes {
 public:
  // False where there is no memory.
  bool Hold(const SpectralConvPlan& plan);
  const void* const* data() const { return places_; }  // [2, kMaxSpatialRank], sides and axes

 private:
  std::shared_ptr<const void> axes_[2 * kMaxSpatialRank];
  const void* places_[2 * kMaxSpatialRank] = {};
};

CacheUse GetModeCacheUse();

}  // namespace spectral_ops

#endif  // SPECTRAL_OPS_CPU_AXES_MODE_CACHE_H_
