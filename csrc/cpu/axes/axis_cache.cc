#include "cpu/axes/axis_cache.h"

#include <memory>
#include <new>

namespace spectral_ops {
namespace {

std::shared_ptr<const void> Build(const AxisSpec& spec) {
  auto memory = std::make_shared<CacheLines>(MakeCacheLines(AxisOperatorBytes(spec)));
  CacheLines table = MakeCacheLines(AxisOperatorTableBytes(spec));
  if (spec.type == DataType::kFloat64) {
    BuildAxisOperator<double>(spec, nullptr, memory->data(), table.data());
  } else {
    BuildAxisOperator<float>(spec, nullptr, memory->data(), table.data());
  }
  return {memory, memory->data()};
}

using Cache = OperatorCache<AxisSpec, Build, AxisOperatorBytes>;

// Never destroyed: ops may still run while the process leaves.
Cache& TheCache() {
  static Cache* const cache = std::make_unique<Cache>(kAxisCacheBytes).release();
  return *cache;
}

}  // namespace

std::shared_ptr<const void> CachedAxisOperator(const AxisSpec& spec) {
  try {
    return TheCache().Get(spec);
  } catch (const std::bad_alloc&) {
    return nullptr;
  }
}

bool HeldAxes::Hold(const ResamplePlan& plan) {
  if (plan.tasks == 0) return true;
  for (int i = 0; i < kMaxSpatialRank; ++i) {
    if (plan.axis(i).IsIdentity() || plan.axis(i).windowed) continue;
    axes_[i] = CachedAxisOperator(plan.spec(i));
    places_[i] = axes_[i].get();
    if (places_[i] == nullptr) return false;
  }
  return true;
}

CacheUse GetAxisCacheUse() { return TheCache().Use(); }

}  // namespace spectral_ops
