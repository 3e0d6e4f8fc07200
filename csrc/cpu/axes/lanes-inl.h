// The vectors of lanes that go through one axis together: where their samples are read and written.
#pragma once

#include <cstdint>
#include <type_traits>

#include "core/types.h"
#include "cpu/axes/axis_spec.h"
#include "cpu/base/prefetch-inl.h"
#include "cpu/base/tuning.h"
#include "cpu/base/vector-inl.h"
#include "cpu/fft/butterfly-inl.h"
#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace spectral_ops {
namespace HWY_NAMESPACE {

// Rows of a matrix that meet kVectors vectors at once: 2 * 2 * rows sums in registers, of which x86
// has 32 with AVX-512 and 16 without. kernel_bench sweep kRowBlock
#if HWY_TARGET <= HWY_AVX3
constexpr int kRowBlock = SPECTRAL_OPS_TUNED(kRowBlock, 6);
#else
constexpr int kRowBlock = SPECTRAL_OPS_TUNED(kRowBlock, 3);
#endif

// V vectors at the same place of the axis: where they are read and written, and their live lanes.
// Where kAll, all lanes of all vectors live. Between equal types, what is stored may be `weight`
// times the value and an addend.
template <int V, bool kAll, class TIn, class TOut>
struct Lanes {
  static constexpr int kVectors = V;
  static constexpr bool kMayJoin = std::is_same_v<TIn, TOut>;
  using S = ComputeType<TIn>;
  static constexpr bool kOfOneType = std::is_same_v<TIn, S> && std::is_same_v<TOut, S>;
  const TIn* in[V];
  TOut* out[V];
  int count[V];
  int64_t in_step;  // elements from one sample to the next along the axis
  int64_t out_step;
  bool joins = false;
  bool streams = false;  // what is stored, past the caches
  const S* addend[V];
  int64_t addend_step;
  S weight;

  // Whether all lanes live.
  HWY_INLINE bool IsWhole() const {
    bool whole = true;
    for (const int each : count) whole = whole && each == kLanes<S>;
    return whole;
  }

  HWY_INLINE Vector<S> Get(int v, int64_t i) const {
    return Load<S, kAll>(in[v] + i * in_step, count[v]);
  }
  // What Put does: it joins if it is to, and stores.
  HWY_INLINE Vector<S> Join(Vector<S> value, int v, int64_t j) const {
    const auto a = Load<S, kAll>(addend[v] + j * addend_step, count[v]);
    return hn::MulAdd(hn::Set(Simd<S>(), weight), value, a);
  }
  template <bool kStreams>
  HWY_INLINE void StoreBy(Vector<S> value, int v, int64_t j) const {
    if constexpr (kAll && kStreams) {
      StreamLanes<S>(value, out[v] + j * out_step);
    } else {
      StoreLanes<kAll, S>(value, out[v] + j * out_step, count[v]);
    }
  }
  HWY_INLINE void Store(Vector<S> value, int v, int64_t j) const {
    if (streams) {
      StoreBy<true>(value, v, j);
    } else {
      StoreBy<false>(value, v, j);
    }
  }
  HWY_INLINE void Put(Vector<S> value, int v, int64_t j) const {
    if constexpr (kMayJoin) {
      if (joins) value = Join(value, v, j);
    }
    Store(value, v, j);
  }

  HWY_INLINE void PrefetchInput(int v, int64_t i) const { __builtin_prefetch(in[v] + i * in_step); }

  // Prefetches what will be written: where the next bundle stores sample j, or a later sample.
  HWY_INLINE void PrefetchStore(int v, int64_t j, int64_t step, const Ahead* ahead) const {
    if (ahead->stores() != StoreWay::kFar) return;
    if (ahead->fetches()) {
      ahead->next_stores().Prefetch(v, j);
    } else {
      __builtin_prefetch(out[v] + (j + kSamplesAhead * step) * out_step, 1);
    }
  }
};

}  // namespace HWY_NAMESPACE
}  // namespace spectral_ops
HWY_AFTER_NAMESPACE();
