// Threads of one call alone: the modules are for tests and tools, TensorFlow's pool serves the ops.
#pragma once

#include <atomic>
#include <system_error>
#include <thread>
#include <vector>

#include "core/parallel.h"

namespace spectral_ops {

class ThreadsFor final : public ParallelFor {
 public:
  explicit ThreadsFor(int threads) : threads_(threads) {}
  int max_workers() const override { return threads_; }
  void Run(int workers, WorkerBody body) const override {
    std::atomic<int> next{0};
    const auto take = [&] {
      for (int worker = next++; worker < workers; worker = next++) body(worker);
    };
    std::vector<std::thread> helpers;
    try {
      for (int i = 1; i < workers; ++i) helpers.emplace_back(take);
    } catch (const std::system_error&) {
      static_cast<void>(helpers);  // no more threads to be had: those there are do the rest
    }
    take();
    for (std::thread& helper : helpers) helper.join();
  }

 private:
  int threads_;
};

}  // namespace spectral_ops
