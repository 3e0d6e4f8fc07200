#include "cpu/axes/axis_cache.h"

#include <memory>
#include <new>

namespace spectral_ops {
namespace {

std::shared_ptr<const void> Build(const AxisSpec& spec) {
  auto memory = std::make_shared<CacheLines>(MakeCacheLines(AxisBytes(spec)));
  CacheLines table = MakeCacheLines(AxisTableBytes(spec));
  if (spec.type == DataType::kFloat64) {
    BuildAxis<double>(spec, nullptr, memory->data(), table.data());
  } else {
    BuildAxis<float>(spec, nullptr, memory->data(), table.data());
  }
  return {memory, memory->data()};
}

using Cache = OperatorCache<AxisSpec, Build, AxisBytes>;

// Never destroyed: ops may still run while the process leaves.
Cache& TheCache() {
  static Cache* const cache = std::make_unique<Cache>(kAxisCacheBytes).release();
  return *cache;
}

}  // namespace

bool HeldAxes::Hold(int place, const AxisSpec& spec) {
  try {
    axes_[place] = TheCache().Get(spec);
  } catch (const std::bad_alloc&) {
    return false;
  }
  places_[place] = axes_[place].get();
  return true;
}

CacheUse GetAxisCacheUse() { return TheCache().Use(); }

}  // namespace spectral_ops
