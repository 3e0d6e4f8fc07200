#include "measure.h"

#if defined(__x86_64__)
#include <emmintrin.h>
#endif

#include <algorithm>
#include <chrono>
#include <cstring>
#include <utility>

namespace spectral_ops::bench {
namespace {

double Nanoseconds(const std::function<void()>& run, int times) {
  const auto start = std::chrono::steady_clock::now();
  for (int i = 0; i < times; ++i) run();
  const auto passed = std::chrono::steady_clock::now() - start;
  return std::chrono::duration<double, std::nano>(passed).count() / times;
}

// Takes memory out of all caches; where no instruction does that, reads much else.
void Flush(const std::vector<Span>& memory) {
#if defined(__x86_64__)
  for (const Span& span : memory) {
    const auto* data = static_cast<const char*>(span.data);
    for (size_t at = 0; at < span.bytes; at += 64) _mm_clflush(data + at);
  }
  _mm_mfence();
#else
  static_cast<void>(memory);
  static std::vector<int64_t> other(size_t{16} << 20);
  for (int64_t& each : other) ++each;
#endif
}

// In the order of State.
constexpr struct {
  const char* name;
  const char* phrase;
} kStates[] = {
    {"memory", "from memory"}, {"cache", "in cache"}, {"copied", "in cache, and copied"}};

}  // namespace

Pool::Pool(int threads)
    : gang_(threads, [this](std::function<void()> task) { Push(std::move(task)); }) {
  for (int i = 0; i < threads; ++i) threads_.emplace_back([this] { Work(); });
}

Pool::~Pool() {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    closed_ = true;
  }
  more_.notify_all();
  for (std::thread& thread : threads_) thread.join();
}

void Pool::Push(std::function<void()> task) {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    tasks_.push(std::move(task));
  }
  more_.notify_one();
}

void Pool::Work() {
  for (;;) {
    std::function<void()> task;
    {
      std::unique_lock<std::mutex> lock(mutex_);
      more_.wait(lock, [this] { return closed_ || !tasks_.empty(); });
      if (tasks_.empty()) return;
      task = std::move(tasks_.front());
      tasks_.pop();
    }
    task();
  }
}

const char* NameOf(State state) { return kStates[static_cast<int>(state)].name; }

const char* PhraseOf(State state) { return kStates[static_cast<int>(state)].phrase; }

double Measure(const std::function<void()>& run, const std::vector<Span>& memory, State state) {
  if (state == State::kMemory) {
    Flush(memory);
    return Nanoseconds(run, 1);
  }
  const double first = Nanoseconds(run, 1);
  constexpr double kEnough = 3e5;  // the clock's steps and calls are below a thousandth of it
  return Nanoseconds(run, static_cast<int>(std::clamp(kEnough / (first + 1), 1.0, 1000.0)));
}

std::vector<std::vector<double>> Race(const std::vector<Turn>& turns, int rounds) {
  std::vector<std::vector<double>> times(turns.size());
  for (int round = -1; round < rounds; ++round) {
    for (size_t i = 0; i < turns.size(); ++i) {
      const size_t at = (i + static_cast<size_t>(round + 1)) % turns.size();
      const double time = Measure(*turns[at].run, *turns[at].memory, turns[at].state);
      if (round >= 0) times[at].push_back(time);
    }
  }
  return times;
}

Summary Summarize(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  const auto at = [&](double share) {
    const double place = share * static_cast<double>(values.size() - 1);
    const auto below = static_cast<size_t>(place);
    const size_t above = std::min(below + 1, values.size() - 1);
    return values[below] + (place - static_cast<double>(below)) * (values[above] - values[below]);
  };
  return {at(0.5), at(0.25), at(0.75)};
}

uint64_t HashBits(const Span& span) {
  const auto* data = static_cast<const char*>(span.data);
  uint64_t hash = 14695981039346656037U;
  for (size_t at = 0; at < span.bytes; at += 8) {
    uint64_t word = 0;
    std::memcpy(&word, data + at, std::min<size_t>(8, span.bytes - at));
    hash = (hash ^ word) * 1099511628211U;
    hash ^= hash >> 29;
  }
  return hash;
}

}  // namespace spectral_ops::bench
