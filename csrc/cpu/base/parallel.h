// How workers share the work of a kernel.
#pragma once

#include <atomic>
#include <cstdint>
#include <thread>

#include "core/parallel.h"

namespace spectral_ops {

// Tasks that are given out several in a row, so that a worker knows which comes next: ever fewer,
// so that all are done at about the same time.
class GuidedTasks {
 public:
  GuidedTasks(int64_t tasks, int workers) : tasks_(tasks), share_(2 * int64_t{workers}) {}

  // The tasks [begin, end); false where there are none left.
  bool Take(int64_t* begin, int64_t* end) {
    int64_t at = next_.load(std::memory_order_relaxed);
    int64_t count = 0;
    do {
      if (at >= tasks_) return false;
      count = (tasks_ - at) / share_;
      if (count < 1) count = 1;
    } while (!next_.compare_exchange_weak(at, at + count, std::memory_order_relaxed));
    *begin = at;
    *end = at + count;
    return true;
  }

  // The task that would be given out now.
  int64_t Peek() const { return next_.load(std::memory_order_relaxed); }

 private:
  const int64_t tasks_;
  const int64_t share_;
  std::atomic<int64_t> next_{0};
};

// The units [begin, end) of something.
struct UnitRange {
  int64_t begin;
  int64_t end;
};

// One of the pieces that a stage is cut into.
struct Piece {
  int64_t number;
  int64_t pieces;

  // Its share of so many units.
  constexpr UnitRange Of(int64_t units) const {
    return {units * number / pieces, units * (number + 1) / pieces};
  }
};

// Work in stages of so many pieces each, a stage after the one before it is done. Whoever comes
// takes the next piece.
class StagedWork {
 public:
  StagedWork(int64_t stages, int64_t pieces) : stages_(stages), pieces_(pieces) {}

  // Runs run(stage, piece) until nothing is left to take; every worker calls this.
  template <class F>
  void Take(const F& run) {
    const int64_t all = stages_ * pieces_;
    for (int64_t ticket = next_++; ticket < all; ticket = next_++) {
      const int64_t stage = ticket / pieces_;
      // Those who hold the pieces of the stage before are at work on them.
      for (int tries = 0; done_.load(std::memory_order_acquire) < stage * pieces_; ++tries) {
        if (tries > kTries) std::this_thread::yield();
      }
      run(stage, Piece{ticket % pieces_, pieces_});
      done_.fetch_add(1, std::memory_order_release);
    }
  }

 private:
  static constexpr int kTries = 2000;

  const int64_t stages_;
  const int64_t pieces_;
  std::atomic<int64_t> next_{0};
  std::atomic<int64_t> done_{0};
};

}  // namespace spectral_ops
