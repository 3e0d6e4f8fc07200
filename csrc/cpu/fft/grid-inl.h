// Cyclic sums between samples and a grid (cpu/fft/grid.h), a vector of lanes each.
#pragma once

#include <cstdint>
#include <type_traits>

#include "cpu/base/prefetch-inl.h"
#include "cpu/base/tuning.h"
#include "cpu/base/vector-inl.h"
#include "cpu/fft/fft_pass-inl.h"
#include "cpu/fft/grid.h"
#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace spectral_ops {
namespace HWY_NAMESPACE {

// Signals in a buffer, `stride` elements apart, their samples vectors `step` elements apart.
template <class S, class Pointer>
struct BufferRows {
  Pointer data;
  int64_t stride;
  int64_t step;
  int count;

  HWY_INLINE int vectors() const { return count; }
  static constexpr bool IsFar() { return false; }
  HWY_INLINE void Prefetch(int /*v*/, int64_t /*i*/) const {}
  HWY_INLINE void Store(Vector<S> y, int v, int64_t j) const {
    hn::StoreU(y, Simd<S>(), data + v * stride + j * step);
  }

  struct Cursor {
    Pointer at;
    int64_t step;
    HWY_INLINE void Move(int64_t samples) { at += samples * step; }
    HWY_INLINE Vector<S> Load() const { return hn::LoadU(Simd<S>(), at); }
  };
  HWY_INLINE Cursor Place(int v, int64_t i) const { return {data + v * stride + i * step, step}; }
};

// Two outputs of a signal and their mirrors. Both have the same inputs; those of the mirrors mirror
// them, so that all share weights.
template <class S, class Cursor>
struct MirroredSums {
  Cursor up;
  Cursor down;
  Vector<S> y = hn::Zero(Simd<S>());
  Vector<S> z = y;
  Vector<S> mirrored_y = y;
  Vector<S> mirrored_z = y;

  HWY_INLINE void Add(Vector<S> a, Vector<S> b) {
    const auto own = up.Load();
    up.Move(1);
    y = hn::MulAdd(a, own, y);
    z = hn::MulAdd(b, own, z);
    const auto mirror = down.Load();
    down.Move(-1);
    mirrored_y = hn::MulAdd(a, mirror, mirrored_y);
    mirrored_z = hn::MulAdd(b, mirror, mirrored_z);
  }
};

// Adds K inputs.
template <int K, class S, class... Sums>
HWY_INLINE void AddInputs(const S*& w, Sums&... sums) {
#pragma GCC unroll 8
  for (int t = 0; t < K; ++t) {
    const auto a = hn::Set(Simd<S>(), w[2 * t]);
    const auto b = hn::Set(Simd<S>(), w[2 * t + 1]);
    (sums.Add(a, b), ...);
  }
  w += 2 * K;
}

// Adds all inputs; the branches go the same way for every output.
template <class S, class... Sums>
HWY_INLINE void AddAllInputs(const S* w, int64_t terms, Sums&... sums) {
  for (; terms >= 8; terms -= 8) AddInputs<8>(w, sums...);
  if ((terms & 4) != 0) AddInputs<4>(w, sums...);
  if ((terms & 2) != 0) AddInputs<2>(w, sums...);
  if ((terms & 1) != 0) AddInputs<1>(w, sums...);
}

// Stores a sample in its turn.
template <class S, class Out>
HWY_INLINE void StoreSample(const Out& out, Vector<S> y, int v, int64_t at) {
  if (out.IsFar()) out.Prefetch(v, at);
  out.Store(y, v, at);
}

// Any outputs o, o + 1 and their mirrors, of signal v: where their inputs go round the end, and
// where they are not four.
template <class S, class In, class Out>
HWY_NOINLINE void RunEdge(const CyclicSums<S>& sums, const In& in, const Out& out, int v,
                          int64_t o) {
  MirroredSums<S, typename In::Cursor> sum = {in.Place(v, 0), in.Place(v, 0)};
  const S* w = sums.weights + sums.terms * o;
  for (int64_t t = 0; t < sums.terms; ++t) {
    const int64_t i = (sums.firsts[o / 2] + t) % sums.inputs;
    sum.up = in.Place(v, i);
    sum.down = in.Place(v, i == 0 ? 0 : sums.inputs - i);
    AddInputs<1>(w, sum);
  }
  const int64_t mirror = sums.outputs - o;
  StoreSample<S>(out, sum.y, v, o);
  if (o > 0 && o < mirror) StoreSample<S>(out, sum.mirrored_y, v, mirror);
  if (o + 1 <= mirror - 1) StoreSample<S>(out, sum.z, v, o + 1);
  if (o + 1 < mirror - 1) StoreSample<S>(out, sum.mirrored_z, v, mirror - 1);
}

template <class S, class Sums, class Out>
HWY_INLINE void StoreFour(const Sums& sum, const Out& out, int v, int64_t o, int64_t mirror) {
  StoreSample<S>(out, sum.y, v, o);
  StoreSample<S>(out, sum.z, v, o + 1);
  StoreSample<S>(out, sum.mirrored_y, v, mirror);
  StoreSample<S>(out, sum.mirrored_z, v, mirror - 1);
}

// Of V signals.
template <int V, class S, class In, class Out>
HWY_NOINLINE void RunSums(const CyclicSums<S>& sums, const In in, const Out out, Ahead* ahead) {
  using Sums = MirroredSums<S, typename In::Cursor>;
  const int64_t inputs = sums.inputs;
  const int64_t outputs = sums.outputs;
  const int64_t terms = sums.terms;
  const S* w = sums.weights;
  int64_t prefetched = 0;
  for (int64_t o = 0; 2 * o <= outputs; o += 2, w += 2 * terms) {
    ahead->Fetch();
    if (in.IsFar()) {
      for (; 2 * prefetched <= inputs && prefetched * outputs <= o * inputs; ++prefetched) {
        for (int v = 0; v < V; ++v) {
          in.Prefetch(v, prefetched);  // one that comes later
          in.Prefetch(v, inputs - prefetched - 2 * kSamplesAhead);
        }
      }
    }
    const int64_t i = sums.firsts[o / 2];
    if (HWY_UNLIKELY(o == 0 || i == 0 || i + terms > inputs || 2 * (o + 1) >= outputs)) {
      for (int v = 0; v < V; ++v) RunEdge(sums, in, out, v, o);
      continue;
    }
    Sums first = {in.Place(0, i), in.Place(0, inputs - i)};
    if constexpr (V == 2) {
      Sums second = {in.Place(1, i), in.Place(1, inputs - i)};
      AddAllInputs(w, terms, first, second);
      StoreFour<S>(second, out, 1, o, outputs - o);
    } else {
      AddAllInputs(w, terms, first);
    }
    StoreFour<S>(first, out, 0, o, outputs - o);
  }
}

// Of in.vectors() signals.
template <class S, class In, class Out>
void RunCyclicSums(const CyclicSums<S>& sums, const In& in, const Out& out, Ahead* ahead) {
  static_assert(kVectors == 2);
  if (in.vectors() == 2) {
    RunSums<2>(sums, in, out, ahead);
  } else {
    RunSums<1>(sums, in, out, ahead);
  }
}

// How often the sums of kVectors signals call Fetch.
template <class S>
int64_t FetchCalls(const CyclicSums<S>& sums) {
  return sums.outputs / 4;
}

}  // namespace HWY_NAMESPACE
}  // namespace spectral_ops
HWY_AFTER_NAMESPACE();
