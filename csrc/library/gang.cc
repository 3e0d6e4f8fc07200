#include "library/gang.h"

#ifdef __linux__
#include <sched.h>
#endif

#include <atomic>
#include <condition_variable>
#include <memory>
#include <mutex>

namespace spectral_ops {
namespace {

#ifdef __linux__
int CurrentCore() { return sched_getcpu(); }

// Puts this thread on another core than `core`, if it may run on others; it may come back later.
void LeaveCore(int core) {
  cpu_set_t allowed;
  if (sched_getaffinity(0, sizeof(allowed), &allowed) != 0) return;
  cpu_set_t others = allowed;
  CPU_CLR(core, &others);
  if (CPU_COUNT(&others) == 0 || sched_setaffinity(0, sizeof(others), &others) != 0) return;
  sched_setaffinity(0, sizeof(allowed), &allowed);
}
#else
int CurrentCore() { return -1; }
void LeaveCore(int) {}
#endif

// The workers of one run, who may come late or not at all: on a busy machine a thread that was
// woken can wait for a core for milliseconds, and whoever waits for it waits as long.
class Gang {
 public:
  Gang(int workers, WorkerBody body)
      : workers_(workers), caller_core_(CurrentCore()), body_(body) {}

  // What the caller, who made this gang, does once it has called the others.
  void Lead() {
    caller_is_in_.store(true, std::memory_order_relaxed);
    Join();
    Close();
  }

  // What a thread does that was called. When it is woken on the caller's core, the caller is put
  // aside for it in the middle of calling; no scheduler mends that before its next tick, which is
  // longer than most of our runs, while another core stands idle.
  void Follow() {
    if (!caller_is_in_.load(std::memory_order_relaxed) && CurrentCore() == caller_core_) {
      LeaveCore(caller_core_);
    }
    Join();
  }

 private:
  // Runs the body, unless all its numbers are given out or the gang is closed.
  void Join() {
    int worker = 0;
    {
      const std::lock_guard<std::mutex> lock(mutex_);
      if (closed_ || next_ == workers_) return;
      worker = next_++;
      ++inside_;
    }
    body_(worker);
    const std::lock_guard<std::mutex> lock(mutex_);
    if (--inside_ == 0) empty_.notify_all();
  }

  // Lets nobody in any more and returns when nobody is inside; the body may then go.
  void Close() {
    std::unique_lock<std::mutex> lock(mutex_);
    closed_ = true;
    empty_.wait(lock, [this] { return inside_ == 0; });
  }

  const int workers_;
  const int caller_core_;
  const WorkerBody body_;
  std::mutex mutex_;
  std::condition_variable empty_;
  int next_ = 0;
  int inside_ = 0;
  bool closed_ = false;
  std::atomic<bool> caller_is_in_{false};
};

}  // namespace

void GangFor::Run(int workers, WorkerBody body) const {
  if (workers == 1) {
    body(0);
    return;
  }
  const auto gang = std::make_shared<Gang>(workers, body);
  // One more than can be of use: a thread that is put on a busy core may never come.
  for (int i = 0; i < workers; ++i) schedule_([gang] { gang->Follow(); });
  gang->Lead();
}

}  // namespace spectral_ops
