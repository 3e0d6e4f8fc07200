// The caller's threads, as kernels see them.
#ifndef SPECTRAL_OPS_CORE_PARALLEL_H_
#define SPECTRAL_OPS_CORE_PARALLEL_H_

#include <type_traits>
#include <utility>

namespace spectral_ops {

// A reference to a callable `void(int)`; unlike std::function it never allocates.
class WorkerBody {
 public:
  template <class F>
  WorkerBody(F& body)  // NOLINT(google-explicit-constructor): as std::function
      : body_(&body), call_([](void* f, int worker) { (*static_cast<F*>(f))(worker); }) {}
  void operator()(int worker) const { call_(body_, worker); }

 private:
  void* body_;
  void (*call_)(void*, int);
};

// Runs work on threads that the caller owns.
class ParallelFor {
 public:
  virtual ~ParallelFor() = default;
  // How many calls may usefully run at the same time; at least 1.
  virtual int max_workers() const = 0;
  // Calls body(0) .. body(workers - 1), each once, in any order and possibly at the same time;
  // returns when all have returned.
  virtual void Run(int workers, WorkerBody body) const = 0;
};

}  // namespace spectral_ops

#endif  // SPECTRAL_OPS_CORE_PARALLEL_H_
