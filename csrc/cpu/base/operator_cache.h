// Operators of axes kept from call to call: their tables take longer to build than a small image
// takes to run. Bounded, least recently used first to go; safe to use from any thread.
#ifndef SPECTRAL_OPS_CPU_BASE_OPERATOR_CACHE_H_
#define SPECTRAL_OPS_CPU_BASE_OPERATOR_CACHE_H_

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <vector>

#include "core/memory.h"

namespace spectral_ops {

// Memory that the cache's entries live in.
struct alignas(kAlignment) CacheLine {
  char bytes[kAlignment];
};
using CacheLines = std::vector<CacheLine>;

inline CacheLines MakeCacheLines(size_t bytes) { return CacheLines(AlignUp(bytes) / kAlignment); }

struct CacheUse {
  size_t entries = 0;
  size_t bytes = 0;
};

// Of `Spec`s, which compare; Build makes the operator of one, Bytes says how large it is. What is
// larger than the whole cache belongs to the caller alone.
template <class Spec, std::shared_ptr<const void> (*Build)(const Spec&),
          size_t (*Bytes)(const Spec&)>
class OperatorCache {
 public:
  explicit OperatorCache(size_t limit) : limit_(limit) {}

  std::shared_ptr<const void> Get(const Spec& spec) {
    {
      const std::lock_guard<std::mutex> lock(mutex_);
      if (std::shared_ptr<const void> found = Find(spec)) return found;
    }
    // Not under the lock: others need not wait, and two that build the same lose little.
    std::shared_ptr<const void> value = Build(spec);
    const size_t bytes = Bytes(spec);
    if (bytes > limit_) return value;
    const std::lock_guard<std::mutex> lock(mutex_);
    if (std::shared_ptr<const void> found = Find(spec)) return found;
    while (use_.bytes + bytes > limit_) Drop();
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
    Spec spec;
    std::shared_ptr<const void> value;
    size_t bytes;
    int64_t used;
  };

  std::shared_ptr<const void> Find(const Spec& spec) {
    for (Entry& entry : entries_) {
      if (entry.spec == spec) {
        entry.used = ++clock_;
        return entry.value;
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

  const size_t limit_;
  std::mutex mutex_;
  std::vector<Entry> entries_;
  CacheUse use_;
  int64_t clock_ = 0;
};

}  // namespace spectral_ops

#endif  // SPECTRAL_OPS_CPU_BASE_OPERATOR_CACHE_H_
