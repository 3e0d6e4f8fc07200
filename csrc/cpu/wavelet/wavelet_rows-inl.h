// Rows of a wavelet's map on one axis (cpu/wavelet/wavelet_rows.h), lanes along what is not the
// axis: single ones, as those of the ends are, and blocks of neighbours of the interior.
//
// A row adds up in the same order in either, so no bit tells how rows were cut into blocks.
#pragma once

#include <algorithm>
#include <cstdint>
#include <type_traits>

#include "cpu/base/vector-inl.h"
#include "cpu/wavelet/wavelet_fetch-inl.h"
#include "cpu/wavelet/wavelet_rows.h"
#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace spectral_ops {
namespace HWY_NAMESPACE {

// Pairs of sums in registers, of which x86 has 32 with AVX-512 and 16 without: as many as a
// multiply-add takes to be done, on two units.
#if HWY_TARGET <= HWY_AVX3
constexpr int kSumPairs = 8;
#else
constexpr int kSumPairs = 4;
#endif

// p, of which the compiler shall not know what it was made of: else each access of a block has its
// whole address computed anew, or kept in a vector register.
template <class T>
HWY_INLINE T* Opaque(T* p) {
#if HWY_COMPILER_GCC || HWY_COMPILER_CLANG
  asm("" : "+r"(p));
#endif
  return p;
}

template <class S>
HWY_INLINE WaveletRow<S> RowAt(const WaveletRows<S>& rows, int64_t r) {
  if (r >= rows.begin && r < rows.end) {
    const int64_t q = rows.phases == 1 ? 0 : r % 2;
    const int64_t u = rows.phases == 1 ? r : r / 2;
    WaveletRow<S> row = rows.pattern[q];
    row.base = rows.advance * u + rows.start[q];
    return row;
  }
  const int64_t edge = r < rows.begin ? r : r - (rows.end - rows.begin);
  const int64_t at = edge * rows.row_entries;
  return {rows.counts[edge], 0, rows.offsets + at, rows.lo + at, rows.hi + at};
}

template <bool kAll, bool kStreams, class S, class TOut>
HWY_INLINE void PutLanes(Vector<S> v, TOut* to, int count) {
  if constexpr (kAll && kStreams) {
    hn::Stream(v, Simd<S>(), to);
  } else {
    StoreLanes<kAll, S>(v, to, count);
  }
}

// R rows of the same taps by V vectors. What they meet lies `advance` elements on from row to row,
// results out_step.
template <int R, int V, bool kAll, bool kStreams, class S, class TIn, class TOut>
HWY_INLINE void AnalyzeBlock(const TIn* in, int64_t step, int64_t advance, const WaveletRow<S>& row,
                             int count, TOut* lo, TOut* hi, int64_t out_step) {
  const Simd<S> d;
  Vector<S> low[R][V];
  Vector<S> high[R][V];
#pragma GCC unroll 8
  for (int r = 0; r < R; ++r) {
#pragma GCC unroll 4
    for (int v = 0; v < V; ++v) low[r][v] = high[r][v] = hn::Zero(d);
  }
  for (int k = 0; k < row.count; ++k) {
    const TIn* x = Opaque(in + row.offsets[k] * step);
    const auto a = hn::Set(d, row.lo[k]);
    const auto b = hn::Set(d, row.hi[k]);
#pragma GCC unroll 8
    for (int r = 0; r < R; ++r, x = Opaque(x + advance)) {
#pragma GCC unroll 4
      for (int v = 0; v < V; ++v) {
        const auto value = Load<S, kAll>(x + v * kLanes<S>, count);
        low[r][v] = hn::MulAdd(a, value, low[r][v]);
        high[r][v] = hn::MulAdd(b, value, high[r][v]);
      }
    }
  }
#pragma GCC unroll 8
  for (int r = 0; r < R; ++r, lo = Opaque(lo + out_step), hi = Opaque(hi + out_step)) {
#pragma GCC unroll 4
    for (int v = 0; v < V; ++v) PutLanes<kAll, kStreams, S>(low[r][v], lo + v * kLanes<S>, count);
#pragma GCC unroll 4
    for (int v = 0; v < V; ++v) PutLanes<kAll, kStreams, S>(high[r][v], hi + v * kLanes<S>, count);
  }
}

template <int V, bool kAll, class S, class TIn, class TOut>
HWY_INLINE void SynthesizeVectors(const TIn* lo, const TIn* hi, int64_t step,
                                  const WaveletRow<S>& row, int count, TOut* out) {
  const Simd<S> d;
  Vector<S> sum[V];
#pragma GCC unroll 4
  for (int v = 0; v < V; ++v) sum[v] = hn::Zero(d);
  for (int k = 0; k < row.count; ++k) {
    const int64_t at = (row.base + row.offsets[k]) * step;
    const auto a = hn::Set(d, row.lo[k]);
    const auto b = hn::Set(d, row.hi[k]);
#pragma GCC unroll 4
    for (int v = 0; v < V; ++v) {
      sum[v] = hn::MulAdd(a, Load<S, kAll>(lo + at + v * kLanes<S>, count), sum[v]);
      sum[v] = hn::MulAdd(b, Load<S, kAll>(hi + at + v * kLanes<S>, count), sum[v]);
    }
  }
#pragma GCC unroll 4
  for (int v = 0; v < V; ++v) StoreLanes<kAll, S>(sum[v], out + v * kLanes<S>, count);
}

// Calls run(at, V, whole, count) for `width` elements in as few vectors as can be.
template <class S, class Run>
HWY_INLINE void ForVectors(int64_t width, const Run& run) {
  int64_t at = 0;
  for (; at + 4 * kLanes<S> <= width; at += 4 * kLanes<S>) {
    run(at, std::integral_constant<int, 4>(), std::true_type(), kLanes<S>);
  }
  if (at + 2 * kLanes<S> <= width) {
    run(at, std::integral_constant<int, 2>(), std::true_type(), kLanes<S>);
    at += 2 * kLanes<S>;
  }
  if (at + kLanes<S> <= width) {
    run(at, std::integral_constant<int, 1>(), std::true_type(), kLanes<S>);
    at += kLanes<S>;
  }
  if (at < width) {
    run(at, std::integral_constant<int, 1>(), std::false_type(), static_cast<int>(width - at));
  }
}

// `rows` rows of the same taps, which meet what lies `advance` elements on from row to row: of
// `width` elements at each position, positions `step` apart, to both bands, rows out_step apart.
// Calls fetch() after each block.
template <class S, class TIn, class TOut, class Fetch>
HWY_NOINLINE void AnalyzeRows(const TIn* in, int64_t step, int64_t advance,
                              const WaveletRow<S>& row, int64_t rows, int64_t width, TOut* lo,
                              TOut* hi, int64_t out_step, Fetch* fetch) {
  in += row.base * step;
  ForVectors<S>(width, [&](int64_t at, auto vectors, auto whole, int count) HWY_ATTR {
    constexpr int kV = decltype(vectors)::value;
    constexpr bool kAll = decltype(whole)::value;
    constexpr int kR = kSumPairs / kV;
    const TIn* x = in + at;
    TOut* low = lo + at;
    TOut* high = hi + at;
    if (rows < kR) {
      for (int64_t r = 0; r < rows; ++r) {
        AnalyzeBlock<1, kV, kAll, Fetch::kStreams, S>(x + r * advance, step, advance, row, count,
                                                      low + r * out_step, high + r * out_step,
                                                      out_step);
        (*fetch)();
      }
      return;
    }
    // The last block may take rows again.
    for (int64_t next = 0; next < rows; next += kR) {
      const int64_t r = std::min(next, rows - kR);
      AnalyzeBlock<kR, kV, kAll, Fetch::kStreams, S>(x + r * advance, step, advance, row, count,
                                                     low + r * out_step, high + r * out_step,
                                                     out_step);
      (*fetch)();
    }
  });
}

// One row.
template <class S, class TIn, class TOut>
HWY_INLINE void AnalyzeRow(const TIn* in, int64_t step, const WaveletRow<S>& row, int64_t width,
                           TOut* lo, TOut* hi) {
  NoFetches none;
  AnalyzeRows<S>(in, step, 0, row, 1, width, lo, hi, 0, &none);
}

// Rows [begin, end) of the interior, or one row of an end.
template <class S, class TIn, class TOut, class Fetch>
HWY_INLINE void AnalyzeInterior(const WaveletRows<S>& rows, int64_t begin, int64_t end,
                                const TIn* in, int64_t step, int64_t width, TOut* lo, TOut* hi,
                                int64_t out_step, Fetch* fetch) {
  AnalyzeRows<S>(in, step, rows.advance * step, RowAt(rows, begin), end - begin, width, lo, hi,
                 out_step, fetch);
}

template <class S, class TIn, class TOut>
HWY_INLINE void SynthesizeRow(const TIn* lo, const TIn* hi, int64_t step, const WaveletRow<S>& row,
                              int64_t width, TOut* out) {
  ForVectors<S>(width, [&](int64_t at, auto vectors, auto whole, int count) HWY_ATTR {
    SynthesizeVectors<decltype(vectors)::value, decltype(whole)::value>(lo + at, hi + at, step, row,
                                                                        count, out + at);
  });
}

// Runs of `width` elements of all positions: `in_step` apart where they are read, `width` where
// they are written.
struct Runs {
  int64_t count;
  int64_t width;
  int64_t in_step;
};

template <class S, class TIn, class TOut>
HWY_INLINE void SynthesizeRuns(const TIn* lo, const TIn* hi, int64_t step, const WaveletRow<S>& row,
                               const Runs& runs, TOut* out) {
  for (int64_t run = 0; run < runs.count; ++run) {
    const int64_t at = run * runs.in_step;
    SynthesizeRow<S>(lo + at, hi + at, step, row, runs.width, out + run * runs.width);
  }
}

// R groups of P rows of the interior, one for each phase, by V vectors. All rows of a group meet
// the same coefficients, in both bands; those of the next group are `advance` elements on.
template <int R, int P, int V, bool kAll, bool kStreams, class S, class TIn, class TOut>
HWY_INLINE void SynthesizeBlock(const TIn* lo, const TIn* hi, int64_t spacing, int64_t advance,
                                const WaveletRow<S>* const (&taps)[2], int count, TOut* out,
                                int64_t out_step) {
  const Simd<S> d;
  Vector<S> sum[R * P][V];
#pragma GCC unroll 16
  for (int r = 0; r < R * P; ++r) {
#pragma GCC unroll 4
    for (int v = 0; v < V; ++v) sum[r][v] = hn::Zero(d);
  }
  for (int k = 0; k < taps[0]->count; ++k, lo += spacing, hi += spacing) {
    Vector<S> a[P];
    Vector<S> b[P];
#pragma GCC unroll 2
    for (int q = 0; q < P; ++q) {
      a[q] = hn::Set(d, taps[q]->lo[k]);
      b[q] = hn::Set(d, taps[q]->hi[k]);
    }
    const TIn* x = Opaque(lo);
    const TIn* y = Opaque(hi);
#pragma GCC unroll 16
    for (int r = 0; r < R; ++r, x = Opaque(x + advance), y = Opaque(y + advance)) {
#pragma GCC unroll 4
      for (int v = 0; v < V; ++v) {
        const auto low = Load<S, kAll>(x + v * kLanes<S>, count);
        const auto high = Load<S, kAll>(y + v * kLanes<S>, count);
#pragma GCC unroll 2
        for (int q = 0; q < P; ++q) {
          auto& own = sum[r * P + q][v];
          own = hn::MulAdd(b[q], high, hn::MulAdd(a[q], low, own));
        }
      }
    }
  }
#pragma GCC unroll 16
  for (int r = 0; r < R * P; ++r, out = Opaque(out + out_step)) {
#pragma GCC unroll 4
    for (int v = 0; v < V; ++v) PutLanes<kAll, kStreams, S>(sum[r][v], out + v * kLanes<S>, count);
  }
}

// Rows [begin, end) of the interior, whole groups of P.
template <int P, class S, class TIn, class TOut, class Fetch>
HWY_NOINLINE void SynthesizeGroups(const WaveletRows<S>& rows, int64_t begin, int64_t end,
                                   const TIn* lo, const TIn* hi, int64_t step, const Runs& runs,
                                   TOut* out, int64_t out_step, Fetch* fetch) {
  const int64_t phase = P == 1 ? 0 : begin % 2;
  const WaveletRow<S>* const taps[2] = {&rows.pattern[phase], &rows.pattern[P - 1 - phase]};
  const int64_t spacing = rows.spacing * step;
  const int64_t advance = rows.advance * step;
  const int64_t first = RowAt(rows, begin).base * step;
  const int64_t all = (end - begin) / P;
  for (int64_t run = 0; run < runs.count; ++run) {
    ForVectors<S>(runs.width, [&](int64_t at, auto vectors, auto whole, int count) HWY_ATTR {
      constexpr int kV = decltype(vectors)::value;
      constexpr bool kAll = decltype(whole)::value;
      constexpr int kR = std::max(1, kSumPairs * 2 / (P * std::max(kV, 2)));
      const TIn* low = lo + first + run * runs.in_step + at;
      const TIn* high = hi + first + run * runs.in_step + at;
      TOut* y = out + run * runs.width + at;
      if (all < kR) {
        for (int64_t r = 0; r < all; ++r) {
          SynthesizeBlock<1, P, kV, kAll, Fetch::kStreams, S>(low + r * advance, high + r * advance,
                                                              spacing, advance, taps, count,
                                                              y + r * P * out_step, out_step);
          (*fetch)();
        }
        return;
      }
      // The last block may take rows again.
      for (int64_t next = 0; next < all; next += kR) {
        const int64_t r = std::min(next, all - kR);
        SynthesizeBlock<kR, P, kV, kAll, Fetch::kStreams, S>(low + r * advance, high + r * advance,
                                                             spacing, advance, taps, count,
                                                             y + r * P * out_step, out_step);
        (*fetch)();
      }
    });
  }
}

// Any rows [begin, end) of the interior. Calls fetch() after each block.
template <class S, class TIn, class TOut, class Fetch>
HWY_INLINE void SynthesizeInterior(const WaveletRows<S>& rows, int64_t begin, int64_t end,
                                   const TIn* lo, const TIn* hi, int64_t step, const Runs& runs,
                                   TOut* out, int64_t out_step, Fetch* fetch) {
  if (begin >= end) return;
  if (rows.phases == 1) {
    return SynthesizeGroups<1, S>(rows, begin, end, lo, hi, step, runs, out, out_step, fetch);
  }
  const auto single = [&](int64_t r) HWY_ATTR {
    SynthesizeRuns<S>(lo, hi, step, RowAt(rows, r), runs, out + (r - begin) * out_step);
  };
  const int64_t from = rows.StartsGroup(begin) ? begin : begin + 1;
  const int64_t to = from + (end - from) / 2 * 2;
  if (from > begin) single(begin);
  if (from < to) {
    SynthesizeGroups<2, S>(rows, from, to, lo, hi, step, runs, out + (from - begin) * out_step,
                           out_step, fetch);
  }
  if (to < end) single(to);
}

}  // namespace HWY_NAMESPACE
}  // namespace spectral_ops
HWY_AFTER_NAMESPACE();
