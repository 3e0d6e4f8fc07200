// The samples of an axis as a real transform reads and writes them (cpu/fft/real_fft-inl.h): up to
// kVectors whole vectors of the computing type at each place. Views are copied, that their values
// may stay in registers.
#pragma once

#include <cstdint>

#include "cpu/base/tuning.h"
#include "cpu/base/vector-inl.h"
#include "cpu/fft/fft_pass-inl.h"
#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace spectral_ops {
namespace HWY_NAMESPACE {

template <class S>
struct AxisInput {
  const S* at[kVectors];
  int64_t step;  // elements from sample to sample
  int count;     // vectors
  bool far;      // nobody else prefetches them

  // Samples first, first + stride, ..
  AxisInput Every(int64_t first, int64_t stride) const {
    AxisInput view = *this;
    for (const S*& p : view.at) p += first * step;
    view.step = stride * step;
    return view;
  }

  HWY_INLINE int vectors() const { return count; }
  HWY_INLINE bool IsFar() const { return far; }
  HWY_INLINE Vector<S> Load(int v, int64_t i) const {
    return hn::LoadU(Simd<S>(), at[v] + i * step);
  }
  HWY_INLINE void Prefetch(int v, int64_t i) const {
    __builtin_prefetch(at[v] + (i + kSamplesAhead) * step);
  }

  struct Cursor {
    const S* at;
    int64_t step;
    HWY_INLINE void Move(int64_t samples) { Step(at, samples * step); }
    HWY_INLINE Vector<S> Load() const { return hn::LoadU(Simd<S>(), at); }
  };
  HWY_INLINE Cursor Place(int v, int64_t i) const { return {at[v] + i * step, step}; }
};

// What an output adds to what it stores. All joins may copy as well.
enum class Adds { kNothing, kCopies, kJoins };

// What is stored is y; if it copies, y plus a copied sample, weighted; if it joins, `weight` times
// that and an addend.
template <Adds kAdds, class S>
struct AxisOutput {
  static constexpr bool kMayCopy = kAdds != Adds::kNothing;
  static constexpr bool kJoins = kAdds == Adds::kJoins;
  S* at[kVectors];
  int64_t step;
  int count;
  bool far;                    // stores go to memory that is not in cache
  bool streams;                // they go past the caches
  const char* next[kVectors];  // prefetched in the place of sample 0
  bool copies;
  const S* copied[kVectors];
  int64_t copied_step;
  S copy_weight;
  const S* addend[kVectors];
  int64_t addend_step;
  S weight;

  AxisOutput Every(int64_t first, int64_t stride) const {
    AxisOutput view = *this;
    for (int v = 0; v < kVectors; ++v) {
      view.at[v] += first * step;
      view.next[v] += first * step * static_cast<int64_t>(sizeof(S));
      if constexpr (kJoins) view.addend[v] += first * addend_step;
    }
    view.step = stride * step;
    view.addend_step = stride * addend_step;
    return view;
  }

  using Copying = AxisOutput<kJoins ? Adds::kJoins : Adds::kCopies, S>;
  Copying WithCopies(const AxisInput<S>& input, int64_t stride, S sample_weight) const {
    Copying view = {{at[0], at[1]},
                    step,
                    count,
                    far,
                    streams,
                    {next[0], next[1]},
                    true,
                    {input.at[0], input.at[1]},
                    stride * input.step,
                    sample_weight,
                    {addend[0], addend[1]},
                    addend_step,
                    weight};
    return view;
  }

  HWY_INLINE int vectors() const { return count; }
  HWY_INLINE bool IsFar() const { return far; }
  HWY_INLINE void Store(Vector<S> y, int v, int64_t j) const { Place(v, j).Store(y); }
  HWY_INLINE void Prefetch(int v, int64_t j) const {
    if (!streams) __builtin_prefetch(next[v] + j * step * static_cast<int64_t>(sizeof(S)), 1);
  }

  struct Cursor {
    const AxisOutput& out;
    S* at;
    const S* copied;
    const S* addend;

    HWY_INLINE void Move(int64_t samples) {
      Step(at, samples * out.step);
      if constexpr (kMayCopy) Step(copied, samples * out.copied_step);
      if constexpr (kJoins) Step(addend, samples * out.addend_step);
    }
    HWY_INLINE void Store(Vector<S> y) const {
      const Simd<S> d;
      if constexpr (kMayCopy) {
        if (!kJoins || out.copies) {
          y = hn::MulAdd(hn::Set(d, out.copy_weight), hn::LoadU(d, copied), y);
        }
      }
      if constexpr (kJoins) y = hn::MulAdd(hn::Set(d, out.weight), y, hn::LoadU(d, addend));
      if (out.streams) {
        hn::Stream(y, d, at);
      } else {
        hn::StoreU(y, d, at);
      }
    }
  };
  HWY_INLINE Cursor Place(int v, int64_t j) const {
    Cursor cursor = {*this, at[v] + j * step, nullptr, nullptr};
    if constexpr (kMayCopy) cursor.copied = copied[v] + j * copied_step;
    if constexpr (kJoins) cursor.addend = addend[v] + j * addend_step;
    return cursor;
  }
};

}  // namespace HWY_NAMESPACE
}  // namespace spectral_ops
HWY_AFTER_NAMESPACE();
