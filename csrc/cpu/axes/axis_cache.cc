#include "cpu/axes/axis_cache.h"

#include <algorithm>
#include <mutex>
#include <new>
#include <vector>

#include "core/memory.h"

namespace spectral_ops {
namespace {

struct alignas(kAlignment) CacheLine {
  char bytes[kAlignment];
};
using CacheLines = std::vector<CacheLine>;

CacheLines MakeCacheLines(size_t bytes) { return CacheLines(AlignUp(bytes) / kAlignment); }

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

// Bounded, least recently used first to go; safe to use from any thread.
class AxisCache {
 public:
  std::shared_ptr<const void> Get(const AxisSpec& spec) {
    {
      const std::lock_guard<std::mutex> lock(mutex_);
      if (std::shared_ptr<const void> found = Find(spec)) return found;
    }
    // Not under the lock: others need not wait, and two that build the same lose little.
    std::shared_ptr<const void> value = Build(spec);
    const size_t bytes = AxisBytes(spec);
    if (bytes > kAxisCacheBytes) return value;
    const std::lock_guard<std::mutex> lock(mutex_);
    if (std::shared_ptr<const void> found = Find(spec)) return found;
    while (use_.bytes + bytes > kAxisCacheBytes) Drop();
    entries_.push_back({spec, value, bytes, ++clock_});
    use_.bytes += bytes;
    use_.entries = entries_.size();
    return value;
  }

  CacheUse Use() {
    const std::lock_guard<std::mutex> lock(mutex_);
    return use_;
  }

 private:
  struct Entry {
    AxisSpec spec;
    std::shared_ptr<const void> value;
    size_t bytes;
    int64_t used;
  };

  std::shared_ptr<const void> Find(const AxisSpec& spec) {
    for (Entry& entry : entries_) {
      if (!(entry.spec == spec)) continue;
      entry.used = ++clock_;
      return entry.value;
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
  CacheUse use_;
  int64_t clock_ = 0;
};

// Never destroyed: ops may still run while the process leaves.
AxisCache& TheCache() {
  static AxisCache* const cache = std::make_unique<AxisCache>().release();
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
