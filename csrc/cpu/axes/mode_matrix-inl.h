// One axis between samples and modes by its matrix (cpu/axes/mode_matrix.h), SIMD lanes along
// everything else.
//
// Two vectors at a time: two real signals on the last axis, the parts of a complex one on the
// others. Samples or modes are folded into a packed buffer, and row blocks of the matrix run over
// it with all sums in registers (axis_matrix-inl.h). Modes stand in the order -low .. high.
#pragma once

#include <cstdint>

#include "cpu/axes/axis_matrix-inl.h"
#include "cpu/axes/mode_matrix.h"
#include "cpu/base/vector-inl.h"
#include "cpu/fft/butterfly-inl.h"
#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace spectral_ops {
namespace HWY_NAMESPACE {

// How often an analysis of two vectors calls Fetch.
template <class S>
int64_t FetchCalls(const ModeMatrix<S>& axis) {
  const int64_t blocks = (axis.fold.pairs_out + kRowBlock - 1) / kRowBlock + 1;
  return blocks * ((axis.fold.pairs_in + kColumnsPerFetch - 1) / kColumnsPerFetch);
}

// The modes 0 .. high of V real signals that are folded.
template <int V, class S>
HWY_NOINLINE void AnalyzeFolded(const ModeMatrix<S>& axis, const S* HWY_RESTRICT folded,
                                const ComplexRow<S>* out, Ahead* ahead) {
  const Simd<S> d;
  RunBlocks<V>(
      axis.fold, axis.entries, folded, ahead, [](int64_t, auto) {},
      [&](int64_t first, auto count, const auto& sums) HWY_ATTR {
#pragma GCC unroll 8
        for (int r = 0; r < decltype(count)::value; ++r) {
#pragma GCC unroll 2
          for (int v = 0; v < V; ++v)
            out[v].Put({sums.part[0][r][v], sums.part[1][r][v]}, first + r + 1);
        }
      },
      [&](auto, const auto& sums) HWY_ATTR {
        for (int v = 0; v < V; ++v) out[v].Put({sums.part[0][0][v], hn::Zero(d)}, 0);
      });
}

// The modes 0 .. high of V real signals.
template <class L, class S>
HWY_NOINLINE void AnalyzeReal(const ModeMatrix<S>& axis, const L& lanes, const ComplexRow<S>* out,
                              S* HWY_RESTRICT scratch, Ahead* ahead) {
  constexpr int V = L::kVectors;
  constexpr int kStep = kLanes<S>;
  const Simd<S> d;
  const int64_t n = axis.map.length;
  S* folded = scratch;
  for (int64_t i = 1; i <= (n - 1) / 2; ++i) {
    FoldPair(lanes, i, n - i, folded);
    folded += 2 * V * kStep;
  }
  for (int v = 0; v < V; ++v) hn::StoreU(lanes.Get(v, 0), d, folded + v * kStep);
  if (n % 2 == 0) {
    folded += V * kStep;
    for (int v = 0; v < V; ++v) hn::StoreU(lanes.Get(v, n / 2), d, folded + v * kStep);
  }
  AnalyzeFolded<V>(axis, scratch, out, ahead);
}

// V real signals from their modes 0 .. high; `fetches` where they go to memory that is not in
// cache.
template <class L, class S>
HWY_NOINLINE void SynthesizeReal(const ModeMatrix<S>& axis, const ComplexRow<S>* in, const L& lanes,
                                 StoreWay stores, S* HWY_RESTRICT scratch) {
  constexpr int V = L::kVectors;
  constexpr int kStep = kLanes<S>;
  const Simd<S> d;
  const int64_t n = axis.map.length;
  const int64_t high = axis.map.high;
  S* folded = scratch;
  for (int64_t f = 1; f <= high; ++f) {
    for (int v = 0; v < V; ++v) {
      const Complex<S> z = in[v].Get(f);
      hn::StoreU(z.re, d, folded + v * kStep);
      hn::StoreU(z.im, d, folded + (V + v) * kStep);
    }
    folded += 2 * V * kStep;
  }
  for (int v = 0; v < V; ++v) hn::StoreU(in[v].Get(0).re, d, folded + v * kStep);
  Ahead none;
  RunBlocks<V>(
      axis.fold, axis.entries, scratch, &none,
      // Asks for the lines that will be written: a store to a line that is not there has it read
      // first.
      [&](int64_t first, auto count) HWY_ATTR {
        if (stores != StoreWay::kFar) return;
#pragma GCC unroll 8
        for (int r = 0; r < decltype(count)::value; ++r) {
          const int64_t j = first + r + 1;
#pragma GCC unroll 2
          for (int v = 0; v < V; ++v) {
            __builtin_prefetch(lanes.out[v] + j * lanes.out_step, 1);
            __builtin_prefetch(lanes.out[v] + (n - j) * lanes.out_step, 1);
          }
        }
      },
      [&](int64_t first, auto count, const auto& sums) HWY_ATTR {
#pragma GCC unroll 8
        for (int r = 0; r < decltype(count)::value; ++r) {
          const int64_t j = first + r + 1;
#pragma GCC unroll 2
          for (int v = 0; v < V; ++v) {
            lanes.Put(hn::Add(sums.part[0][r][v], sums.part[1][r][v]), v, j);
            lanes.Put(hn::Sub(sums.part[0][r][v], sums.part[1][r][v]), v, n - j);
          }
        }
      },
      [&](auto count, const auto& sums) HWY_ATTR {
        for (int r = 0; r < decltype(count)::value; ++r) {
          for (int v = 0; v < V; ++v) lanes.Put(sums.part[0][r][v], v, r == 0 ? 0 : n / 2);
        }
      });
}

// Folds two complex vectors z[h] and z[-h] at `folded`.
template <class S>
HWY_INLINE void FoldComplex(const Complex<S>& a, const Complex<S>& b, S* folded) {
  const Simd<S> d;
  constexpr int kStep = kLanes<S>;
  hn::StoreU(hn::Add(a.re, b.re), d, folded);
  hn::StoreU(hn::Add(a.im, b.im), d, folded + kStep);
  hn::StoreU(hn::Sub(a.re, b.re), d, folded + 2 * kStep);
  hn::StoreU(hn::Sub(a.im, b.im), d, folded + 3 * kStep);
}

// The modes -low .. high of a complex signal, mode f at out[f + low].
template <class S>
HWY_NOINLINE void AnalyzeComplex(const ModeMatrix<S>& axis, const ComplexRow<S>& in,
                                 const ComplexRow<S>& out, S* HWY_RESTRICT scratch) {
  constexpr int kStep = kLanes<S>;
  const int64_t n = axis.map.length;
  const int64_t low = axis.map.low;
  const int64_t high = axis.map.high;
  S* folded = scratch;
  for (int64_t i = 1; i <= (n - 1) / 2; ++i) {
    FoldComplex(in.Get(i), in.Get(n - i), folded);
    folded += 4 * kStep;
  }
  const ComplexRow<S> singles = {folded, 2 * kStep, kStep};
  singles.Put(in.Get(0), 0);
  if (n % 2 == 0) singles.Put(in.Get(n / 2), 1);
  Ahead none;
  RunBlocks<2>(
      axis.fold, axis.entries, scratch, &none, [](int64_t, auto) {},
      [&](int64_t first, auto count, const auto& sums) HWY_ATTR {
#pragma GCC unroll 8
        for (int r = 0; r < decltype(count)::value; ++r) {
          const int64_t f = first + r + 1;
          const auto& even = sums.part[0][r];
          const auto& odd = sums.part[1][r];
          if (f <= high) out.Put({hn::Add(even[0], odd[1]), hn::Sub(even[1], odd[0])}, low + f);
          if (f <= low) out.Put({hn::Sub(even[0], odd[1]), hn::Add(even[1], odd[0])}, low - f);
        }
      },
      [&](auto, const auto& sums)
          HWY_ATTR { out.Put({sums.part[0][0][0], sums.part[0][0][1]}, low); });
}

// A complex signal from its modes -low .. high, mode f at in[f + low].
template <class S>
HWY_NOINLINE void SynthesizeComplex(const ModeMatrix<S>& axis, const ComplexRow<S>& in,
                                    const ComplexRow<S>& out, S* HWY_RESTRICT scratch) {
  constexpr int kStep = kLanes<S>;
  const Simd<S> d;
  const int64_t n = axis.map.length;
  const int64_t low = axis.map.low;
  const int64_t high = axis.map.high;
  const Complex<S> zero = {hn::Zero(d), hn::Zero(d)};
  S* folded = scratch;
  for (int64_t f = 1; f <= axis.map.highest(); ++f) {
    FoldComplex(f <= high ? in.Get(low + f) : zero, f <= low ? in.Get(low - f) : zero, folded);
    folded += 4 * kStep;
  }
  const ComplexRow<S> single = {folded, 2 * kStep, kStep};
  single.Put(in.Get(low), 0);
  Ahead none;
  RunBlocks<2>(
      axis.fold, axis.entries, scratch, &none, [](int64_t, auto) {},
      [&](int64_t first, auto count, const auto& sums) HWY_ATTR {
#pragma GCC unroll 8
        for (int r = 0; r < decltype(count)::value; ++r) {
          const int64_t j = first + r + 1;
          const auto& even = sums.part[0][r];
          const auto& odd = sums.part[1][r];
          out.Put({hn::Sub(even[0], odd[1]), hn::Add(even[1], odd[0])}, j);
          out.Put({hn::Add(even[0], odd[1]), hn::Sub(even[1], odd[0])}, n - j);
        }
      },
      [&](auto count, const auto& sums) HWY_ATTR {
        for (int r = 0; r < decltype(count)::value; ++r) {
          out.Put({sums.part[0][r][0], sums.part[0][r][1]}, r == 0 ? 0 : n / 2);
        }
      });
}

}  // namespace HWY_NAMESPACE
}  // namespace spectral_ops
HWY_AFTER_NAMESPACE();
