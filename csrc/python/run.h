// Threads and memory for one call of a kernel from Python.
#ifndef SPECTRAL_OPS_PYTHON_RUN_H_
#define SPECTRAL_OPS_PYTHON_RUN_H_

#include <atomic>
#include <cstddef>
#include <new>
#include <system_error>
#include <thread>
#include <vector>

#include "core/memory.h"
#include "cpu/base/parallel.h"

namespace spectral_ops {

// Threads of this call alone: the module is for tests and tools, TensorFlow's pool serves the ops.
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

// Scratch, aligned as kernels want it.
class Workspace {
 public:
  explicit Workspace(size_t bytes)
      : memory_(::operator new(bytes == 0 ? kAlignment : bytes, std::align_val_t(kAlignment))) {}
  ~Workspace() { ::operator delete(memory_, std::align_val_t(kAlignment)); }
  Workspace(const Workspace&) = delete;
  Workspace& operator=(const Workspace&) = delete;
  void* get() const { return memory_; }

 private:
  void* memory_;
};

}  // namespace spectral_ops

#endif  // SPECTRAL_OPS_PYTHON_RUN_H_
