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

AxisMemory Build(const AxisSpec& spec) {
  const size_t bytes = AxisBytes(spec);
  auto memory = std::make_shared<CacheLines>(MakeCacheLines(bytes));
  CacheLines table = MakeCacheLines(AxisTableBytes(spec));
  if (spec.type == DataType::kFloat64) {
    BuildAxis<double>(spec, nullptr, memory->data(), table.data());
  } else {
    BuildAxis<float>(spec, nullptr, memory->data(), table.data());
  }
  return {{memory, memory->data()}, bytes};
}

// Bounded, least recently used first to go; safe to use from any thread.
class AxisCache {
 public:
  AxisMemory Get(const AxisSpec& spec) {
    {
      const std::lock_guard<std::mutex> lock(mutex_);
      if (const AxisMemory* found = Find(spec)) return *found;
    }
    // Not under the lock: others need not wait, and two that build the same lose little.
    AxisMemory built = Build(spec);
    if (built.bytes > kAxisCacheBytes) return built;
    const std::lock_guard<std::mutex> lock(mutex_);
    if (const AxisMemory* found = Find(spec)) return *found;
    while (use_.bytes + built.bytes > kAxisCacheBytes) Drop();
    entries_.push_back({spec, built, ++clock_});
    use_.bytes += built.bytes;
    use_.entries = entries_.size();
    return built;
  }

  CacheUse Use() {
    const std::lock_guard<std::mutex> lock(mutex_);
    return use_;
  }

 private:
  struct Entry {
    AxisSpec spec;
    AxisMemory memory;
    int64_t used;
  };

  const AxisMemory* Find(const AxisSpec& spec) {
    for (Entry& entry : entries_) {
      if (!(entry.spec == spec)) continue;
      entry.used = ++clock_;
      return &entry.memory;
    }
    return nullptr;
  }

  // The least recently used one goes; those who run it keep it alive.
  void Drop() {
    const auto oldest =
        std::min_element(entries_.begin(), entries_.end(),
                         [](const Entry& a, const Entry& b) { return a.used < b.used; });
    use_.bytes -= oldest->memory.bytes;
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
  places_[place] = axes_[place].data.get();
  return true;
}

CacheUse GetAxisCacheUse() { return TheCache().Use(); }

}  // namespace spectral_ops
