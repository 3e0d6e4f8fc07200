#include "core/axis_cache.h"

#include <algorithm>
#include <mutex>
#include <new>
#include <vector>

#include "core/memory.h"

namespace spectral_ops {
namespace {

struct alignas(kAlignment) Line {
  char bytes[kAlignment];
};
using Lines = std::vector<Line>;

Lines MakeLines(size_t bytes) { return Lines(AlignUp(bytes) / kAlignment); }

std::shared_ptr<const void> Build(const AxisSpec& spec) {
  auto memory = std::make_shared<Lines>(MakeLines(AxisOperatorBytes(spec)));
  Lines table = MakeLines(AxisOperatorTableBytes(spec));
  if (spec.type == DataType::kFloat64) {
    BuildAxisOperator<double>(spec, nullptr, memory->data(), table.data());
  } else {
    BuildAxisOperator<float>(spec, nullptr, memory->data(), table.data());
  }
  return {memory, memory->data()};
}

class Cache {
 public:
  std::shared_ptr<const void> Get(const AxisSpec& spec) {
    {
      const std::lock_guard<std::mutex> lock(mutex_);
      if (std::shared_ptr<const void> found = Find(spec)) return found;
    }
    // Not under the lock: others need not wait, and two that build the same lose little.
    std::shared_ptr<const void> axis = Build(spec);
    const size_t bytes = AxisOperatorBytes(spec);
    if (bytes > kAxisCacheBytes) return axis;
    const std::lock_guard<std::mutex> lock(mutex_);
    if (std::shared_ptr<const void> found = Find(spec)) return found;
    while (use_.bytes + bytes > kAxisCacheBytes) Drop();
    entries_.push_back({spec, axis, bytes, ++clock_});
    use_.bytes += bytes;
    use_.entries = entries_.size();
    return axis;
  }

  AxisCacheUse Use() {
    const std::lock_guard<std::mutex> lock(mutex_);
    return use_;
  }

 private:
  struct Entry {
    AxisSpec spec;
    std::shared_ptr<const void> axis;
    size_t bytes;
    int64_t used;
  };

  std::shared_ptr<const void> Find(const AxisSpec& spec) {
    for (Entry& entry : entries_) {
      if (entry.spec == spec) {
        entry.used = ++clock_;
        return entry.axis;
      }
    }
    return nullptr;
  }

  // The least recently used one goes; those who run it keep it alive.
  void Drop() {
    const auto oldest =
        std::min_element(entries_.begin(), entries_.end(),
                         [](const Entry& a, const Entry& b) { return a.used < b.used; });
    use_.bytes -= oldest->bytes;
    entries_.erase(oldest);
  }

  std::mutex mutex_;
  std::vector<Entry> entries_;
  AxisCacheUse use_;
  int64_t clock_ = 0;
};

// Never destroyed: ops may still run while the process leaves.
Cache& TheCache() {
  static Cache* const cache = std::make_unique<Cache>().release();
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

AxisCacheUse GetAxisCacheUse() { return TheCache().Use(); }

}  // namespace spectral_ops
