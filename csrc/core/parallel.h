// The caller's threads, as kernels see them.
#pragma once

#include <type_traits>

namespace spectral_ops {

// A reference to a callable `void(int)`; unlike std::function it never allocates.
class WorkerBody {
 public:
  template <class F, class = std::enable_if_t<!std::is_same_v<F, WorkerBody>>>
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
  // Calls body for numbers below `workers`, each at most once, in any order and possibly at the
  // same time; returns when all calls have. A thread that is still busy elsewhere, or asleep, when
  // the others are done is not waited for, so some numbers may not come up, though one always does:
  // a body takes pieces of the work until there is none left.
  virtual void Run(int workers, WorkerBody body) const = 0;
};

}  // namespace spectral_ops
