#include "library/gang.h"

#ifdef __linux__
#include <sched.h>
#endif

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <thread>

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

  // Whether a worker is in for each number but the caller's, now or very soon: threads that are
  // awake take less than a microsecond. The caller keeps its core meanwhile.
  bool FillsSoon() const {
    const auto end = std::chrono::steady_clock::now() + kSoon;
    while (!IsFull()) {
      if (std::chrono::steady_clock::now() > end) return false;
    }
    return true;
  }

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
      worker = next_.load(std::memory_order_relaxed);
      if (closed_ || worker == workers_) return;
      next_.store(worker + 1, std::memory_order_relaxed);
      inside_.fetch_add(1, std::memory_order_relaxed);
    }
    body_(worker);
    const std::lock_guard<std::mutex> lock(mutex_);
    if (inside_.fetch_sub(1, std::memory_order_release) == 1) empty_.notify_all();
  }

  bool IsFull() const { return next_.load(std::memory_order_relaxed) >= workers_ - 1; }
  bool IsEmpty() const { return inside_.load(std::memory_order_acquire) == 0; }

  // Lets nobody in any more and returns when nobody is inside; the body may then go. Those inside
  // are at their last piece of the work: to sleep until then often takes longer than they do.
  void Close() {
    {
      const std::lock_guard<std::mutex> lock(mutex_);
      closed_ = true;
    }
    for (int tries = 0; tries < kTries; ++tries) {
      if (IsEmpty()) return;
      std::this_thread::yield();
    }
    std::unique_lock<std::mutex> lock(mutex_);
    empty_.wait(lock, [this] { return IsEmpty(); });
  }

  static constexpr std::chrono::microseconds kSoon{2};
  static constexpr int kTries = 100;

  const int workers_;
  const int caller_core_;
  const WorkerBody body_;
  std::mutex mutex_;
  std::condition_variable empty_;
  std::atomic<int> next_{0};    // set under the lock
  std::atomic<int> inside_{0};  // set under the lock
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
  const auto call = [&] { schedule_([gang] { gang->Follow(); }); };
  for (int i = 1; i < workers; ++i) call();
  // One more than can be of use: a thread that is put on a busy core may never come. Where all are
  // here soon, which is so of threads that were awake, it would only be in their way.
  if (!gang->FillsSoon()) call();
  gang->Lead();
}

}  // namespace spectral_ops
