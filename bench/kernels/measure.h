// Threads, caches and clocks of a measurement.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <mutex>
#include <queue>
#include <thread>
#include <vector>

#include "cpu/base/parallel.h"
#include "library/gang.h"

namespace spectral_ops::bench {

struct Span {
  const void* data = nullptr;
  size_t bytes = 0;
};

// Threads that sleep until there is work, as those of TensorFlow do.
class Pool final : public ParallelFor {
 public:
  explicit Pool(int threads);
  ~Pool() override;
  Pool(const Pool&) = delete;
  Pool& operator=(const Pool&) = delete;

  int max_workers() const override { return gang_.max_workers(); }
  void Run(int workers, WorkerBody body) const override { gang_.Run(workers, body); }

 private:
  void Push(std::function<void()> task);
  void Work();

  std::mutex mutex_;
  std::condition_variable more_;
  std::queue<std::function<void()>> tasks_;
  bool closed_ = false;
  GangFor gang_;
  std::vector<std::thread> threads_;
};

enum class State {
  kMemory,  // everything that a run touches was flushed from the caches before it
  kCache,   // runs follow one another
  kCopied,  // likewise, and behind each one all threads copy its result (CopyBehind)
};

const char* NameOf(State state);
const char* PhraseOf(State state);  // the heading of its times

// Nanoseconds of one run.
double Measure(const std::function<void()>& run, const std::vector<Span>& memory, State state);

// What takes its turn in each round.
struct Turn {
  const std::function<void()>* run;
  const std::vector<Span>* memory;
  State state;
};

// The times of each turn, [turns][rounds]. Rounds begin with another turn each; one more at the
// start does not count.
std::vector<std::vector<double>> Race(const std::vector<Turn>& turns, int rounds);

struct Summary {
  double median = 0;
  double low = 0;  // the quartiles
  double high = 0;
};

Summary Summarize(std::vector<double> values);

// A number that two results share if all their bits are the same.
uint64_t HashBits(const Span& span);

}  // namespace spectral_ops::bench
