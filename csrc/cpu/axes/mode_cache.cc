#include "cpu/axes/mode_cache.h"

#include <memory>
#include <new>

namespace spectral_ops {
namespace {

std::shared_ptr<const void> Build(const ModeAxisSpec& spec) {
  auto memory = std::make_shared<CacheLines>(MakeCacheLines(ModeAxisBytes(spec)));
  CacheLines table = MakeCacheLines(ModeAxisTableBytes(spec));
  if (spec.type == DataType::kFloat64) {
    BuildModeAxis<double>(spec, memory->data(), table.data());
  } else {
    BuildModeAxis<float>(spec, memory->data(), table.data());
  }
  return {memory, memory->data()};
}

using Cache = OperatorCache<ModeAxisSpec, Build, ModeAxisBytes>;

// Never destroyed: ops may still run while the process leaves.
Cache& TheCache() {
  static Cache* const cache = std::make_unique<Cache>(kModeCacheBytes).release();
  return *cache;
}

}  // namespace

bool HeldModeAxes::Hold(const SpectralConvPlan& plan) {
  try {
    for (int side = 0; side < 2; ++side) {
      for (int i = kMaxSpatialRank - plan.shape.rank; i < kMaxSpatialRank; ++i) {
        const int at = side * kMaxSpatialRank + i;
        axes_[at] = TheCache().Get(plan.side[side].axis[i]);
        places_[at] = axes_[at].get();
      }
    }
  } catch (const std::bad_alloc&) {
    return false;
  }
  return true;
}

CacheUse GetModeCacheUse() { return TheCache().Use(); }

}  // namespace spectral_ops
