// Device code on the host: blocks one after the other, threads of a block one after the other, and
// a shared memory that finds what a GPU would punish: two threads on one place between two Syncs,
// one of them writing; places read that nobody wrote; places beyond the end.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <vector>

#include "gpu/block.h"
#include "gpu/mma.h"

namespace spectral_ops::gpu {

class HostMemory {
 public:
  explicit HostMemory(size_t bytes) : bytes_(bytes), marks_((bytes + 3) / 4) {}

  template <class T>
  T Load(int t, size_t at) {
    T value = T();
    if (!Inside(at, sizeof(T))) return value;
    for (size_t word = at / 4; word < (at + sizeof(T) + 3) / 4; ++word) {
      Mark& mark = marks_[word];
      if (mark.written == 0) Report("shared memory read before it was written");
      if (mark.written == epoch_ && mark.writer != t) Report("race: a read of what is written");
      mark.reader = mark.read == epoch_ && mark.reader != t ? kSeveral : t;
      mark.read = epoch_;
    }
    std::memcpy(&value, &bytes_[at], sizeof(T));
    return value;
  }

  template <class T>
  void Store(int t, size_t at, T value) {
    if (!Inside(at, sizeof(T))) return;
    for (size_t word = at / 4; word < (at + sizeof(T) + 3) / 4; ++word) {
      Mark& mark = marks_[word];
      if (mark.written == epoch_ && mark.writer != t) Report("race: two writes");
      if (mark.read == epoch_ && mark.reader != t) Report("race: a write of what is read");
      mark.writer = t;
      mark.written = epoch_;
    }
    std::memcpy(&bytes_[at], &value, sizeof(T));
  }

  void ExpectAligned(size_t at, size_t size) {
    if (at % size != 0) Report("shared memory: a pair that is not aligned");
  }

  // As late as it may be on a GPU.
  void Copy(int t, size_t at, const void* from) {
    if (at % kCopyBytes != 0 || reinterpret_cast<uintptr_t>(from) % kCopyBytes != 0) {
      Report("a copy of 16 bytes that are not aligned");
    }
    copies_.push_back({t, at, static_cast<const char*>(from)});
  }
  void WaitForCopies() {
    for (const PendingCopy& copy : copies_) {
      for (size_t i = 0; i < kCopyBytes; i += 4) {
        uint32_t word = 0;
        std::memcpy(&word, copy.from + i, sizeof(word));
        Store(copy.thread, copy.at + i, word);
      }
    }
    copies_.clear();
  }

  void Sync() { ++epoch_; }
  const std::string& error() const { return error_; }

 private:
  static constexpr int kSeveral = -1;
  struct Mark {
    int writer = 0;
    int reader = 0;
    int64_t written = 0;  // epoch
    int64_t read = 0;
  };

  void Report(const char* what) {
    if (error_.empty()) error_ = what;
  }

  bool Inside(size_t at, size_t size) {
    if (at + size <= bytes_.size()) return true;
    Report("shared memory: a place beyond its end");
    return false;
  }

  struct PendingCopy {
    int thread;
    size_t at;
    const char* from;
  };

  std::vector<char> bytes_;
  std::vector<PendingCopy> copies_;
  std::vector<Mark> marks_;
  int64_t epoch_ = 1;
  std::string error_;
};

// How sums of float32 are rounded. Tensor cores cut them toward zero, with every mma.
enum class TensorCore { kTowardZero, kToNearest };

// sum + a[0] b[0] + .. + a[3] b[3] as the tensor cores of an A100 have it, by measurements of Fasi
// et al., PeerJ Computer Science 2021: all five are cut to one bit more than a float32 of the
// largest one's size has, added as integers, and cut to a float32. Those of an H100 cut less.
inline float AddTowardZero(float sum, const float* a, const float* b) {
  constexpr int kBits = 25;
  double addends[5] = {sum};
  double largest = std::fabs(addends[0]);
  double plain = addends[0];
  for (int k = 0; k < 4; ++k) {
    addends[k + 1] = static_cast<double>(a[k]) * static_cast<double>(b[k]);
    largest = std::max(largest, std::fabs(addends[k + 1]));
    plain += addends[k + 1];
  }
  if (largest == 0 || !std::isfinite(plain)) return static_cast<float>(plain);
  uint64_t bits = 0;
  std::memcpy(&bits, &largest, sizeof(bits));
  const int exponent = static_cast<int>(bits >> 52) - 1023;
  const double unit = std::ldexp(1.0, exponent - kBits + 1);
  const double units = std::ldexp(1.0, kBits - 1 - exponent);
  int64_t whole = 0;
  for (const double addend : addends) whole += static_cast<int64_t>(addend * units);
  const double exact = static_cast<double>(whole) * unit;
  std::memcpy(&bits, &exact, sizeof(bits));
  bits &= ~((uint64_t{1} << 29) - 1);  // what a double has more than a float32
  double cut = 0;
  std::memcpy(&cut, &bits, sizeof(cut));
  return static_cast<float>(cut);
}

class HostBlock {
 public:
  template <class T>
  class Shared {
   public:
    Shared() = default;
    Shared(HostMemory* memory, size_t offset) : memory_(memory), offset_(offset) {}
    Shared From(int64_t i) const { return {memory_, At(i)}; }
    T Load(int t, int64_t i) const { return memory_->Load<T>(t, At(i)); }
    void Store(int t, int64_t i, T value) const { memory_->Store(t, At(i), value); }
    void StorePair(int t, int64_t i, T value, T next) const {
      memory_->ExpectAligned(At(i), 2 * sizeof(T));
      Store(t, i, value);
      Store(t, i + 1, next);
    }
    void Copy(int t, int64_t i, const T* from) const { memory_->Copy(t, At(i), from); }

   private:
    size_t At(int64_t i) const { return offset_ + static_cast<size_t>(i) * sizeof(T); }
    HostMemory* memory_ = nullptr;
    size_t offset_ = 0;
  };

  template <class T>
  class PerThread {
   public:
    PerThread() : values_(kThreads) {}
    T& operator[](int t) { return values_[static_cast<size_t>(t)].value; }

   private:
    struct Holder {
      T value;
    };
    std::vector<Holder> values_;
  };

  HostBlock(int64_t index, HostMemory* memory, TensorCore core)
      : index_(index), memory_(memory), core_(core) {}

  int64_t index() const { return index_; }
  template <class F>
  void Threads(const F& f) const {
    for (int t = 0; t < threads_; ++t) f(t);
  }
  template <class F>
  void Warps(int count, const F& f) const {
    HostBlock warps = *this;
    warps.threads_ = std::min(count * kWarp, threads_);
    f(warps);
  }
  void Sync() const { memory_->Sync(); }
  void WaitForCopies() const { memory_->WaitForCopies(); }
  template <class T>
  Shared<T> shared(size_t offset) const {
    return {memory_, offset};
  }

  // C[r][q] += part `pa` of A[r] times part `pb` of B[s], warp by warp.
  template <class S, class C, class A, class B>
  void Multiply(C& c, A& a, B& b, int r, int q, int s, int pa, int pb) const {
    using M = Mma<S>;
    for (int warp = 0; warp < threads_; warp += kWarp) {
      S left[M::kRows][M::kDepth];
      S right[M::kDepth][M::kColumns];
      for (int lane = 0; lane < kWarp; ++lane) {
        for (int i = 0; i < M::kA; ++i) {
          left[M::ARow(lane, i)][M::ADepth(lane, i)] = Seen(a[warp + lane][r].part[pa].value[i]);
        }
        for (int i = 0; i < M::kB; ++i) {
          right[M::BDepth(lane, i)][M::BColumn(lane)] = Seen(b[warp + lane][s].part[pb][i]);
        }
      }
      for (int lane = 0; lane < kWarp; ++lane) {
        for (int i = 0; i < M::kC; ++i) {
          S column[M::kDepth];
          for (int k = 0; k < M::kDepth; ++k) column[k] = right[k][M::CColumn(lane, i)];
          Add(left[M::CRow(lane, i)], column, &c[warp + lane][r][q].value[i]);
        }
      }
    }
  }

 private:
  // An operand as a tensor core sees it.
  static float Seen(float x) {
    uint32_t bits = 0;
    std::memcpy(&bits, &x, sizeof(x));
    bits &= kTf32Bits;
    std::memcpy(&x, &bits, sizeof(x));
    return x;
  }
  static double Seen(double x) { return x; }

  void Add(const double (&a)[4], const double (&b)[4], double* sum) const {
    for (int k = 0; k < 4; ++k) *sum += a[k] * b[k];
  }
  void Add(const float (&a)[8], const float (&b)[8], float* sum) const {
    if (core_ == TensorCore::kTowardZero) {
      *sum = AddTowardZero(*sum, a, b);
      *sum = AddTowardZero(*sum, a + 4, b + 4);
      return;
    }
    for (int k = 0; k < 8; ++k) *sum += a[k] * b[k];
  }

  int64_t index_;
  HostMemory* memory_;
  TensorCore core_;
  int threads_ = kThreads;
};

}  // namespace spectral_ops::gpu
