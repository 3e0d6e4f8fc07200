// Input that is fetched from memory while other input is computed.
//
// A worker reads the input of its tasks in an order that is known beforehand. Its kernels call
// Fetch() in their inner loops, and each call asks for a few cache lines further on in that order,
// so that they come in evenly and none is waited for. (To fetch more in the stages that read tiles
// alone gained nothing: there memory takes the output.) Lines that will be written are asked for
// while the bundle before is computed, for a store to a line that is not there has it read first;
// or results go past the caches (StoreWay).
#pragma once

#include <cstdint>

#include "cpu/base/tuning.h"
#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace spectral_ops {
namespace HWY_NAMESPACE {

constexpr int64_t kLineBytes = 64;
// At least: short bundles share one. kernel_bench sweep kCallsPerGrant
constexpr int64_t kCallsPerGrant = SPECTRAL_OPS_TUNED(kCallsPerGrant, 32);

// The lines of a run of so many bytes, where runs are `step` bytes apart: those that are no whole
// lines apart begin within lines.
constexpr int64_t LinesOfRun(int64_t bytes, int64_t step) {
  return (bytes + kLineBytes - 1) / kLineBytes + (step % kLineBytes == 0 ? 0 : 1);
}

// Lines of a task, counted in their order.
struct LineRange {
  int64_t begin;
  int64_t end;
};

// The lines of one task in the order in which they are needed: `groups` of `runs` of `run_lines`.
// Where groups_last is not 0, its multiples among the groups come after all others.
struct LineOrder {
  int64_t groups = 0;
  int64_t groups_last = 0;
  int64_t group_step = 0;  // bytes
  int64_t runs = 0;
  int64_t run_step = 0;  // bytes
  int64_t run_lines = 0;
  int64_t lead = 0;  // lines that are fetched before the first of them is needed

  int64_t group_lines() const { return runs * run_lines; }
  int64_t lines() const { return groups * group_lines(); }
  LineRange all() const { return {0, lines()}; }
  // Those of all groups but the last ones.
  int64_t first_lines() const {
    return groups_last == 0 ? lines() : lines() - groups / groups_last * group_lines();
  }
  // The place of the group that is needed as number `index`.
  int64_t group_place(int64_t index) const {
    if (groups_last == 0) return index;
    const int64_t others = groups - groups / groups_last;
    return index < others ? index + index / (groups_last - 1) + 1 : (index - others) * groups_last;
  }
};

// Where a bundle stores its samples, both vectors.
struct Stores {
  const char* place[2] = {};
  int64_t step = 0;  // bytes from one sample to the next

  HWY_INLINE void Prefetch(int v, int64_t j) const { __builtin_prefetch(place[v] + j * step, 1); }
  HWY_INLINE void Prefetch(int64_t j) const {
    Prefetch(0, j);
    Prefetch(1, j);
  }
};

// Before another thread reads what went past the caches.
HWY_INLINE void FinishStreams() {
#if HWY_ARCH_X86
  asm volatile("sfence" ::: "memory");
#endif
}

// How a stage stores its results.
enum class StoreWay {
  kNear,     // to what is in cache
  kFar,      // to what is not; its lines are asked for before
  kStreams,  // past the caches, whole lines at aligned places: a line is neither read before nor
             // kept
};

class Ahead {
 public:
  Ahead() = default;
  explicit Ahead(const LineOrder& order) : order_(order) {}

  // A task whose input stands at `here`; that of the one after it is thought to be at `next` (null:
  // there is none).
  void StartTask(const void* here, const void* next) {
    Settle();
    const bool known = in_next_ && here == next_;
    in_next_ = false;
    next_ = static_cast<const char*>(next);
    if (!known) {
      Place(static_cast<const char*>(here), 0);
      return;
    }
    fetched_ -= order_.lines();
    if (ended_ && next_ != nullptr) EnterNext();
  }

  // A part of a stage that reads `share` of the task, from its unit `begin` of `units` on. No other
  // task follows.
  void StartPart(const void* here, const LineRange& share, int64_t begin, int64_t units,
                 int64_t bundles) {
    StartStage(share, bundles);
    needed_ += static_cast<double>(share.end - share.begin) * static_cast<double>(begin) /
               static_cast<double>(units);
    in_next_ = false;
    next_ = nullptr;
    Place(static_cast<const char*>(here), static_cast<int64_t>(needed_));
  }

  // A stage of `bundles`, which read `share` of the task's input.
  void StartStage(const LineRange& share, int64_t bundles) {
    needed_ = static_cast<double>(share.begin);
    needs_ = static_cast<double>(share.end - share.begin) / static_cast<double>(bundles);
  }

  // Nothing to fetch until the next start.
  void Stop() {
    Settle();
    ended_ = true;
    in_next_ = false;
  }

  // Bundles that will call Fetch `calls` times.
  void StartBundles(int64_t bundles, int64_t calls) {
    Settle();
    needed_ += needs_ * static_cast<double>(bundles);
    if (ended_ || calls == 0) return;
    granted_ = quota_ = static_cast<int64_t>(needed_) + order_.lead - fetched_;
    if (quota_ < 0) granted_ = quota_ = 0;
    pace_ = (quota_ + calls - 1) / calls;
  }

  const LineOrder& order() const { return order_; }

  // Whether input is fetched at all; where not, axes prefetch their own (cpu/axes/lanes-inl.h).
  bool fetches() const { return order_.groups > 0; }

  StoreWay stores() const { return stores_; }
  void SetStores(StoreWay way) { stores_ = way; }

  // Where the bundle after this one will do so.
  const Stores& next_stores() const { return next_stores_; }
  void SetNextStores(const Stores& stores) { next_stores_ = stores; }

  // Asks for lines, into the second cache: the first can wait for few lines from memory at a time.
  HWY_INLINE void Fetch() { FetchInto<2>(); }
  // Into the first one too, for real passes, which are slower else.
  HWY_INLINE void FetchNear() { FetchInto<3>(); }

 private:
  template <int kLocality>  // of __builtin_prefetch
  HWY_INLINE void FetchInto() {
    int64_t lines = pace_ < quota_ ? pace_ : quota_;
    quota_ -= lines;
    for (; lines > 0; --lines) {
      __builtin_prefetch(line_, 0, kLocality);
      line_ += kLineBytes;
      if (HWY_UNLIKELY(--lines_left_ == 0)) NextRun();
    }
  }

  // Counts what was fetched since the last bundle began.
  void Settle() {
    fetched_ += granted_ - quota_;
    granted_ = quota_ = 0;
  }

  // At a line of the task at `base`, of which it is the first that is not fetched yet.
  void Place(const char* base, int64_t line) {
    fetched_ = line;
    granted_ = quota_ = 0;
    ended_ = line >= order_.lines();
    if (ended_) return;
    base_ = base;
    group_ = line / order_.group_lines();
    const int64_t run = line % order_.group_lines() / order_.run_lines;
    const int64_t in_run = line % order_.run_lines;
    runs_left_ = order_.runs - run;
    lines_left_ = order_.run_lines - in_run;
    run_ = GroupStart() + run * order_.run_step;
    line_ = run_ + in_run * kLineBytes;
  }

  HWY_INLINE void NextRun() {
    if (HWY_LIKELY(--runs_left_ > 0)) {
      run_ += order_.run_step;
    } else {
      NextGroup();
    }
    line_ = run_;
    lines_left_ = order_.run_lines;
  }

  HWY_NOINLINE void NextGroup() {
    if (++group_ < order_.groups) {
      run_ = GroupStart();
      runs_left_ = order_.runs;
    } else if (next_ != nullptr && !in_next_) {
      EnterNext();
    } else {
      // What this call may still fetch is the last line again.
      ended_ = true;
      group_ = order_.groups - 1;
      runs_left_ = 1;
      quota_ = 0;
    }
  }

  const char* GroupStart() const { return base_ + order_.group_place(group_) * order_.group_step; }

  void EnterNext() {
    in_next_ = true;
    ended_ = false;
    base_ = next_;
    group_ = 0;
    line_ = run_ = GroupStart();
    runs_left_ = order_.runs;
    lines_left_ = order_.run_lines;
  }

  LineOrder order_;
  Stores next_stores_;
  double needed_ = 0;    // lines of the task that are needed by the end of the bundle
  double needs_ = 0;     // each bundle
  int64_t fetched_ = 0;  // lines, from the task's first
  int64_t granted_ = 0;  // to this bundle
  int64_t quota_ = 0;    // of those, not fetched yet
  int64_t pace_ = 0;     // lines per call
  StoreWay stores_ = StoreWay::kNear;
  bool ended_ = true;
  bool in_next_ = false;
  const char* next_ = nullptr;
  const char* base_ = nullptr;  // of the task whose lines are fetched
  const char* run_ = nullptr;
  const char* line_ = nullptr;
  int64_t group_ = 0;
  int64_t runs_left_ = 0;
  int64_t lines_left_ = 0;
};

}  // namespace HWY_NAMESPACE
}  // namespace spectral_ops
HWY_AFTER_NAMESPACE();
