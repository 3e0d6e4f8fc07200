// The plans of recent calls, the same way for every operator. A plan follows from what a call says
// besides its pointers, the kernels that run and the number of workers: that is its key.
#ifndef SPECTRAL_OPS_CPU_BASE_PLAN_MEMO_H_
#define SPECTRAL_OPS_CPU_BASE_PLAN_MEMO_H_

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <mutex>
#include <optional>

#include "core/dims.h"
#include "core/status.h"
#include "cpu/base/runtime.h"

namespace spectral_ops {

class PlanKey {
 public:
  template <class... Values>
  PlanKey(const CpuTarget& target, int max_workers, const Values&... values) {
    static_assert((6 + ... + Size(static_cast<const Values*>(nullptr))) <= kMost);
    Add(target.simd);
    Add(target.fft_cost);
    Add(target.conv_workspace_bytes);
    Add(max_workers);
    (Add(values), ...);
  }

  bool operator==(const PlanKey& other) const {
    return count_ == other.count_ && std::equal(values_, values_ + count_, other.values_);
  }

 private:
  static constexpr int kMost = 40;

  // How many places a value takes.
  static constexpr int Size(const void* /*integer*/) { return 1; }
  static constexpr int Size(const Dims* /*dims*/) { return 1 + kMaxRank; }
  template <size_t kCount>
  static constexpr int Size(const int64_t (* /*values*/)[kCount]) {
    return static_cast<int>(kCount);
  }

  template <class Value>  // an integer, an enumerator or a bool
  void Add(const Value& value) {
    values_[count_++] = static_cast<int64_t>(value);
  }
  void Add(const Dims& dims) {
    Add(dims.rank);
    for (const int64_t length : dims.length) Add(length);
  }
  template <size_t kCount>
  void Add(const int64_t (&values)[kCount]) {
    for (const int64_t value : values) Add(value);
  }
  template <class Value>
  void Add(const std::optional<Value>& value) {
    static_assert(sizeof(Value) == sizeof(int64_t));
    int64_t bits = 0;
    if (value) std::memcpy(&bits, &*value, sizeof(bits));
    Add(value.has_value());
    Add(bits);
  }

  int count_ = 0;
  int64_t values_[kMost] = {};
};

// The last few plans of one kind. It takes no memory beyond its own.
template <class Plan>
class PlanMemo {
 public:
  // The plan of `key`; make(&plan) makes one that is not there. An error is not kept.
  template <class Make>
  Status Get(const PlanKey& key, Plan* plan, const Make& make) {
    if (Find(key, plan)) return {};
    SPECTRAL_OPS_RETURN_IF_ERROR(make(plan));
    const std::lock_guard<std::mutex> lock(mutex_);
    Entry& entry = entries_[next_++ % kEntries];
    entry.key = key;
    entry.plan = *plan;
    return {};
  }

 private:
  static constexpr size_t kEntries = 32;
  struct Entry {
    std::optional<PlanKey> key;
    Plan plan;
  };

  bool Find(const PlanKey& key, Plan* plan) {
    const std::lock_guard<std::mutex> lock(mutex_);
    for (const Entry& entry : entries_) {
      if (!entry.key || !(*entry.key == key)) continue;
      *plan = entry.plan;
      return true;
    }
    return false;
  }

  std::mutex mutex_;
  Entry entries_[kEntries];
  size_t next_ = 0;
};

}  // namespace spectral_ops

#endif  // SPECTRAL_OPS_CPU_BASE_PLAN_MEMO_H_
