// The plans of recent calls, the same way for every operator. A plan follows from what a call says
// besides its pointers, the kernels that run and the number of workers.
#pragma once

#include <cstddef>
#include <mutex>

#include "core/dims.h"
#include "core/status.h"
#include "cpu/base/runtime.h"

namespace spectral_ops {

// The last few plans of one kind. It takes no memory beyond its own.
template <class Call, class Plan>
class PlanMemo {
 public:
  // The plan of `call`; make(shape, result_dims) makes one that is not there. A bad call is
  // refused, and not kept.
  template <class Make>
  Status Get(const Call& call, const CpuTarget& target, int max_workers, Plan* plan,
             const Make& make) {
    if (Find(call, target, max_workers, plan)) return {};
    typename Call::Shape shape;
    Dims result_dims;
    SPECTRAL_OPS_RETURN_IF_ERROR(Check(call, &shape, &result_dims));
    *plan = make(shape, result_dims);
    const std::lock_guard<std::mutex> lock(mutex_);
    entries_[next_++ % kEntries] = {call, target, max_workers, *plan};
    return {};
  }

 private:
  static constexpr size_t kEntries = 32;
  struct Entry {
    Call call;  // its pointers are not looked at
    CpuTarget target;
    int max_workers = 0;  // 0: nothing is here
    Plan plan;
  };

  bool Find(const Call& call, const CpuTarget& target, int max_workers, Plan* plan) {
    const std::lock_guard<std::mutex> lock(mutex_);
    for (const Entry& entry : entries_) {
      if (entry.max_workers != max_workers || !(entry.target == target)) continue;
      if (entry.call.Settings() != call.Settings()) continue;
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
