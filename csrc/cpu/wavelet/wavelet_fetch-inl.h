// Memory that is asked for before it is needed, a few cache lines at a time while something else is
// computed: a level of a wavelet does little with a sample, and what it writes are many short runs,
// which processors do not foresee.
#pragma once

#include <cstdint>

#include "core/integers.h"
#include "cpu/base/prefetch-inl.h"
#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace spectral_ops {
namespace HWY_NAMESPACE {

// What is asked for: runs of bytes, `step` bytes apart.
struct MemoryRuns {
  const void* at = nullptr;
  int64_t runs = 0;
  int64_t step = 0;
  int64_t bytes = 0;

  int64_t lines() const { return runs * (bytes / kLineBytes + 1); }
};

// One such list, for reading (0) or writing (1).
template <int kWrite>
class FetchedRuns {
 public:
  // To be done in so many calls.
  void Start(const MemoryRuns& runs, int64_t calls) {
    runs_ = runs;
    pace_ = runs.bytes <= 0 ? 0 : CeilDiv(runs.lines(), calls);
    if (pace_ > 0) StartRun();
  }

  HWY_INLINE void Fetch() {
    for (int64_t left = pace_; left > 0 && runs_.runs > 0; --left) {
      __builtin_prefetch(line_, kWrite, kWrite ? 3 : 2);  // what is read: as Ahead::Fetch
      line_ += kLineBytes;
      if (HWY_UNLIKELY(line_ >= end_)) {
        runs_.at = static_cast<const char*>(runs_.at) + runs_.step;
        if (--runs_.runs > 0) StartRun();
      }
    }
  }

 private:
  void StartRun() {
    line_ = static_cast<const char*>(runs_.at);
    end_ = line_ + runs_.bytes;
    line_ -= reinterpret_cast<uintptr_t>(line_) % kLineBytes;
  }

  MemoryRuns runs_;
  int64_t pace_ = 0;
  const char* line_ = nullptr;
  const char* end_ = nullptr;
};

// What blocks of rows call between two of them; kStreams: their results go past the caches.
struct Fetches {
  static constexpr bool kStreams = false;
  FetchedRuns<0> reads;
  FetchedRuns<1> writes;

  HWY_INLINE void operator()() {
    reads.Fetch();
    writes.Fetch();
  }
};
struct NoFetches {
  static constexpr bool kStreams = false;
  HWY_INLINE void operator()() {}
};
struct Streams {
  static constexpr bool kStreams = true;
  HWY_INLINE void operator()() {}
};

}  // namespace HWY_NAMESPACE
}  // namespace spectral_ops
HWY_AFTER_NAMESPACE();
