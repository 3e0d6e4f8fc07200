// One axis between samples and modes (cpu/axes/mode_axis.h), SIMD lanes along everything else.
//
// Two vectors at a time: two real signals on the last axis, the parts of a complex one on the
// others. By the matrix, samples or modes are folded into a packed buffer and its row blocks run
// over it with all sums in registers (axis_product-inl.h); by FFT, the two vectors are one complex
// signal. Modes stand in the order -low .. high.
#ifndef SPECTRAL_OPS_CPU_AXES_MODE_AXIS_INL_H_
#define SPECTRAL_OPS_CPU_AXES_MODE_AXIS_INL_H_

#include <cstdint>

#include "cpu/axes/axis_product-inl.h"
#include "cpu/axes/mode_axis.h"
#include "cpu/base/vector-inl.h"
#include "cpu/fft/fft-inl.h"
#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace spectral_ops {
namespace HWY_NAMESPACE {

// Complex vectors one after the other: element `i` at data + i * step, its imaginary part `im`
// elements further on.
template <class S>
struct ComplexRow {
  S* data;
  int64_t step;
  int64_t im;

  HWY_INLINE Complex<S> Get(int64_t i) const {
    const Simd<S> d;
    return {hn::LoadU(d, data + i * step), hn::LoadU(d, data + i * step + im)};
  }
  HWY_INLINE void Put(const Complex<S>& z, int64_t i) const {
    const Simd<S> d;
    hn::StoreU(z.re, d, data + i * step);
    hn::StoreU(z.im, d, data + i * step + im);
  }
};

// The buffers of an axis in its scratch of ModeAxisScratch elements per lane.
template <class S>
struct ModeFftBuffers {
  S* data;
  S* spare;
  S* chirp;

  ModeFftBuffers(S* scratch, int64_t length)
      : data(scratch),
        spare(data + length * 2 * kLanes<S>),
        chirp(spare + length * 2 * kLanes<S>) {}
};

// How often an analysis of two vectors calls Fetch.
template <class S>
int64_t FetchCalls(const ModeAxis<S>& axis) {
  if (axis.spec.by_fft) return axis.spec.map.length;
  const int64_t blocks = (axis.fold.pairs_out + kRowBlock - 1) / kRowBlock + 1;
  return blocks * ((axis.fold.pairs_in + kColumnsPerFetch - 1) / kColumnsPerFetch);
}

// Runs the row blocks of a matrix over a folded buffer: pair(first, count, sums) for blocks that
// have an odd half, single(count, sums) for the rows that have none; before(first, count) in front
// of each of the former.
template <int V, class S, class Before, class Pair, class Single>
HWY_INLINE void RunBlocks(const ModeAxis<S>& axis, const S* folded, Ahead* ahead,
                          const Before& before, const Pair& pair, const Single& single) {
  const AxisFold& fold = axis.fold;
  const S* entries = axis.entries;
  int64_t first = 0;
  for (int64_t block = 0; first < fold.pairs_out; ++block) {
    const int64_t rows = RowsOfBlock(fold.pairs_out, kRowBlock, block);
    WithRowCount(rows, [&](auto count) HWY_ATTR {
      constexpr int kRows = decltype(count)::value;
      before(first, count);
      Sums<2, kRows, V, S> sums;
      sums.Accumulate(fold, entries, folded, ahead);
      pair(first, count, sums);
    });
    entries += (2 * fold.pairs_in + fold.singles_in) * rows;
    first += rows;
  }
  if (fold.singles_out == 2) {
    Sums<1, 2, V, S> sums;
    sums.Accumulate(fold, entries, folded, ahead);
    single(std::integral_constant<int, 2>(), sums);
  } else {
    Sums<1, 1, V, S> sums;
    sums.Accumulate(fold, entries, folded, ahead);
    single(std::integral_constant<int, 1>(), sums);
  }
}

// The modes 0 .. high of V real signals.
template <class L, class S>
HWY_INLINE void AnalyzeReal(const ModeAxis<S>& axis, const L& lanes, const ComplexRow<S>* out,
                            S* HWY_RESTRICT scratch, Ahead* ahead) {
  constexpr int V = L::kVectors;
  constexpr int kStep = kLanes<S>;
  const Simd<S> d;
  const int64_t n = axis.spec.map.length;
  if (axis.spec.by_fft) {
    const ModeFftBuffers<S> buffers(scratch, n);
    for (int64_t i = 0; i < n; ++i) {
      ahead->Fetch();
      Complex<S> z = {lanes.Get(0, i), hn::Zero(d)};
      if constexpr (V == 2) z.im = lanes.Get(1, i);
      StoreComplex(z, buffers.data, i);
    }
    const S* bins = RunFft<true>(axis.fft, buffers.data, buffers.spare, buffers.chirp);
    for (int64_t f = 0; f <= axis.spec.map.high; ++f) {
      const Complex<S> a = LoadComplex(bins, f);
      const Complex<S> b = LoadComplex(bins, f == 0 ? 0 : n - f);
      const auto g = hn::Set(d, S(0.5) * axis.weights[2 * f]);
      const auto h = hn::Set(d, S(0.5) * axis.weights[2 * f + 1]);
      out[0].Put({hn::Mul(g, hn::Add(a.re, b.re)), hn::Mul(h, hn::Sub(a.im, b.im))}, f);
      if constexpr (V == 2) {
        out[1].Put({hn::Mul(g, hn::Add(a.im, b.im)), hn::Mul(h, hn::Sub(b.re, a.re))}, f);
      }
    }
    return;
  }
  S* folded = scratch;
  for (int64_t i = 1; i <= (n - 1) / 2; ++i) {
    for (int v = 0; v < V; ++v) {
      const auto a = lanes.Get(v, i);
      const auto b = lanes.Get(v, n - i);
      hn::StoreU(hn::Add(a, b), d, folded + v * kStep);
      hn::StoreU(hn::Sub(a, b), d, folded + (V + v) * kStep);
    }
    folded += 2 * V * kStep;
  }
  for (int v = 0; v < V; ++v) hn::StoreU(lanes.Get(v, 0), d, folded + v * kStep);
  if (n % 2 == 0) {
    folded += V * kStep;
    for (int v = 0; v < V; ++v) hn::StoreU(lanes.Get(v, n / 2), d, folded + v * kStep);
  }
  RunBlocks<V>(
      axis, scratch, ahead, [](int64_t, auto) {},
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

// Stores that are fetched ahead where an FFT's samples are written.
constexpr int64_t kFetchedStores = 16;

// V real signals from their modes 0 .. high; `fetches` where they go to memory that is not in
// cache.
template <class L, class S>
HWY_INLINE void SynthesizeReal(const ModeAxis<S>& axis, const ComplexRow<S>* in, const L& lanes,
                               bool fetches, S* HWY_RESTRICT scratch) {
  constexpr int V = L::kVectors;
  constexpr int kStep = kLanes<S>;
  const Simd<S> d;
  const int64_t n = axis.spec.map.length;
  const int64_t high = axis.spec.map.high;
  if (axis.spec.by_fft) {
    const ModeFftBuffers<S> buffers(scratch, n);
    for (int64_t i = high + 1; i < n - high; ++i) {
      StoreComplex<S>({hn::Zero(d), hn::Zero(d)}, buffers.data, i);
    }
    for (int64_t f = 0; f <= high; ++f) {
      // Half of the mode at f and half of its conjugate at -f; the whole where the two are one.
      const S half = f == 0 || 2 * f == n ? S(1) : S(0.5);
      const auto g = hn::Set(d, half * axis.weights[2 * f]);
      const auto h = hn::Set(d, half * axis.weights[2 * f + 1]);
      Complex<S> a = in[0].Get(f);
      a = {hn::Mul(g, a.re), hn::Mul(h, a.im)};
      Complex<S> b = {hn::Zero(d), hn::Zero(d)};
      if constexpr (V == 2) {
        b = in[1].Get(f);
        b = {hn::Mul(g, b.re), hn::Mul(h, b.im)};
      }
      if (f == 0 || 2 * f == n) {
        StoreComplex<S>({a.re, b.re}, buffers.data, f);
      } else {
        StoreComplex<S>({hn::Sub(a.re, b.im), hn::Add(a.im, b.re)}, buffers.data, f);
        StoreComplex<S>({hn::Add(a.re, b.im), hn::Sub(b.re, a.im)}, buffers.data, n - f);
      }
    }
    const S* samples = RunFft<false>(axis.fft, buffers.data, buffers.spare, buffers.chirp);
    for (int64_t j = 0; j < n; ++j) {
      if (fetches && j + kFetchedStores < n) {
        for (int v = 0; v < V; ++v) {
          __builtin_prefetch(lanes.out[v] + (j + kFetchedStores) * lanes.out_step, 1);
        }
      }
      const Complex<S> z = LoadComplex(samples, j);
      lanes.Put(z.re, 0, j);
      if constexpr (V == 2) lanes.Put(z.im, 1, j);
    }
    return;
  }
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
      axis, scratch, &none,
      // Asks for the lines that will be written: a store to a line that is not there has it read
      // first.
      [&](int64_t first, auto count) HWY_ATTR {
        if (!fetches) return;
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
HWY_INLINE void AnalyzeComplex(const ModeAxis<S>& axis, const ComplexRow<S>& in,
                               const ComplexRow<S>& out, S* HWY_RESTRICT scratch) {
  constexpr int kStep = kLanes<S>;
  const int64_t n = axis.spec.map.length;
  const int64_t low = axis.spec.map.low;
  const int64_t high = axis.spec.map.high;
  if (axis.spec.by_fft) {
    const ModeFftBuffers<S> buffers(scratch, n);
    for (int64_t i = 0; i < n; ++i) StoreComplex(in.Get(i), buffers.data, i);
    const S* bins = RunFft<true>(axis.fft, buffers.data, buffers.spare, buffers.chirp);
    const S* weights = axis.weights;
    for (int64_t f = -low; f <= high; ++f, weights += 2) {
      Complex<S> z = LoadComplex(bins, f < 0 ? n + f : f);
      if (weights[0] != 1) z = Scale(z, weights[0]);
      if (weights[1] != 0) {
        z = Add(z, Scale(LoadComplex(bins, f <= 0 ? -f : n - f), weights[1]));
      }
      out.Put(z, f + low);
    }
    return;
  }
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
      axis, scratch, &none, [](int64_t, auto) {},
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
HWY_INLINE void SynthesizeComplex(const ModeAxis<S>& axis, const ComplexRow<S>& in,
                                  const ComplexRow<S>& out, S* HWY_RESTRICT scratch) {
  constexpr int kStep = kLanes<S>;
  const Simd<S> d;
  const int64_t n = axis.spec.map.length;
  const int64_t low = axis.spec.map.low;
  const int64_t high = axis.spec.map.high;
  const Complex<S> zero = {hn::Zero(d), hn::Zero(d)};
  if (axis.spec.by_fft) {
    const ModeFftBuffers<S> buffers(scratch, n);
    for (int64_t i = 0; i < n; ++i) StoreComplex(zero, buffers.data, i);
    const S* weights = axis.weights;
    for (int64_t f = -low; f <= high; ++f, weights += 2) {
      const Complex<S> z = in.Get(f + low);
      const int64_t bin = f < 0 ? n + f : f;
      StoreComplex(Add(LoadComplex(buffers.data, bin), Scale(z, weights[0])), buffers.data, bin);
      if (weights[1] == 0) continue;
      const int64_t mirror = f <= 0 ? -f : n - f;
      StoreComplex(Add(LoadComplex(buffers.data, mirror), Scale(z, weights[1])), buffers.data,
                   mirror);
    }
    const S* samples = RunFft<false>(axis.fft, buffers.data, buffers.spare, buffers.chirp);
    for (int64_t j = 0; j < n; ++j) out.Put(LoadComplex(samples, j), j);
    return;
  }
  S* folded = scratch;
  for (int64_t f = 1; f <= axis.spec.map.highest(); ++f) {
    FoldComplex(f <= high ? in.Get(low + f) : zero, f <= low ? in.Get(low - f) : zero, folded);
    folded += 4 * kStep;
  }
  const ComplexRow<S> single = {folded, 2 * kStep, kStep};
  single.Put(in.Get(low), 0);
  Ahead none;
  RunBlocks<2>(
      axis, scratch, &none, [](int64_t, auto) {},
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

#endif  // SPECTRAL_OPS_CPU_AXES_MODE_AXIS_INL_H_
