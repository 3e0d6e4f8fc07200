// The threads of a pool, as kernels see them: a pool that starts what it is given some time later.
#pragma once

#include <functional>
#include <utility>

#include "core/parallel.h"

namespace spectral_ops {

// Whoever runs a body is its first worker; the pool's threads join as they come.
class GangFor final : public ParallelFor {
 public:
  // Has one of the pool's threads run a task, at once or later.
  using Schedule = std::function<void(std::function<void()> task)>;

  GangFor(int threads, Schedule schedule)
      : threads_(threads < 1 ? 1 : threads), schedule_(std::move(schedule)) {}
  int max_workers() const override { return threads_; }
  void Run(int workers, WorkerBody body) const override;

 private:
  int threads_;
  Schedule schedule_;
};

}  // namespace spectral_ops
