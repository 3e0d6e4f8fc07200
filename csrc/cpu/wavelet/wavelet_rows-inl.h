// One row of a wavelet's map on one axis (cpu/wavelet/wavelet_rows.h), lanes along what is not the
// axis.
#pragma once

#include <cstdint>
#include <type_traits>

#include "cpu/base/vector-inl.h"
#include "cpu/wavelet/wavelet_rows.h"
#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace spectral_ops {
namespace HWY_NAMESPACE {

template <class S>
HWY_INLINE WaveletRow<S> RowAt(const WaveletRows<S>& rows, int64_t r) {
  if (r >= rows.begin && r < rows.end) {
    const int64_t q = rows.phases == 1 ? 0 : r % 2;
    WaveletRow<S> row = rows.pattern[q];
    row.base = rows.advance * (r / rows.phases) + rows.start[q];
    return row;
  }
  const int64_t edge = r < rows.begin ? r : r - (rows.end - rows.begin);
  const int64_t at = edge * rows.row_entries;
  return {rows.counts[edge], 0, rows.offsets + at, rows.lo + at, rows.hi + at};
}

template <int V, bool kAll, class S, class TIn, class TOut>
HWY_INLINE void AnalyzeVectors(const TIn* in, int64_t step, const WaveletRow<S>& row, int count,
                               TOut* lo, TOut* hi) {
  const Simd<S> d;
  constexpr int L = kLanes<S>;
  Vector<S> low[V];
  Vector<S> high[V];
#pragma GCC unroll 4
  for (int v = 0; v < V; ++v) low[v] = high[v] = hn::Zero(d);
  const TIn* base = in + row.base * step;
  for (int k = 0; k < row.count; ++k) {
    const TIn* x = base + row.offsets[k] * step;
    const auto a = hn::Set(d, row.lo[k]);
    const auto b = hn::Set(d, row.hi[k]);
#pragma GCC unroll 4
    for (int v = 0; v < V; ++v) {
      const auto value = Load<S, kAll>(x + v * L, count);
      low[v] = hn::MulAdd(a, value, low[v]);
      high[v] = hn::MulAdd(b, value, high[v]);
    }
  }
#pragma GCC unroll 4
  for (int v = 0; v < V; ++v) {
    StoreLanes<kAll, S>(low[v], lo + v * L, count);
    StoreLanes<kAll, S>(high[v], hi + v * L, count);
  }
}

template <int V, bool kAll, class S, class TIn, class TOut>
HWY_INLINE void SynthesizeVectors(const TIn* lo, const TIn* hi, int64_t step,
                                  const WaveletRow<S>& row, int count, TOut* out) {
  const Simd<S> d;
  constexpr int L = kLanes<S>;
  Vector<S> sum[V];
#pragma GCC unroll 4
  for (int v = 0; v < V; ++v) sum[v] = hn::Zero(d);
  for (int k = 0; k < row.count; ++k) {
    const int64_t at = (row.base + row.offsets[k]) * step;
    const auto a = hn::Set(d, row.lo[k]);
    const auto b = hn::Set(d, row.hi[k]);
#pragma GCC unroll 4
    for (int v = 0; v < V; ++v) {
      sum[v] = hn::MulAdd(a, Load<S, kAll>(lo + at + v * L, count), sum[v]);
      sum[v] = hn::MulAdd(b, Load<S, kAll>(hi + at + v * L, count), sum[v]);
    }
  }
#pragma GCC unroll 4
  for (int v = 0; v < V; ++v) StoreLanes<kAll, S>(sum[v], out + v * L, count);
}

// Calls run(at, V, whole, count) for `width` elements in as few vectors as can be.
template <class S, class Run>
HWY_INLINE void ForVectors(int64_t width, const Run& run) {
  constexpr int64_t L = kLanes<S>;
  int64_t at = 0;
  for (; at + 4 * L <= width; at += 4 * L) {
    run(at, std::integral_constant<int, 4>(), std::true_type(), kLanes<S>);
  }
  for (; at + L <= width; at += L) {
    run(at, std::integral_constant<int, 1>(), std::true_type(), kLanes<S>);
  }
  if (at < width) {
    run(at, std::integral_constant<int, 1>(), std::false_type(), static_cast<int>(width - at));
  }
}

// `width` elements of x at each position, positions `step` apart, to both bands.
template <class S, class TIn, class TOut>
HWY_INLINE void AnalyzeRow(const TIn* in, int64_t step, const WaveletRow<S>& row, int64_t width,
                           TOut* lo, TOut* hi) {
  ForVectors<S>(width, [&](int64_t at, auto vectors, auto whole, int count) HWY_ATTR {
    AnalyzeVectors<decltype(vectors)::value, decltype(whole)::value>(in + at, step, row, count,
                                                                     lo + at, hi + at);
  });
}

template <class S, class TIn, class TOut>
HWY_INLINE void SynthesizeRow(const TIn* lo, const TIn* hi, int64_t step, const WaveletRow<S>& row,
                              int64_t width, TOut* out) {
  ForVectors<S>(width, [&](int64_t at, auto vectors, auto whole, int count) HWY_ATTR {
    SynthesizeVectors<decltype(vectors)::value, decltype(whole)::value>(lo + at, hi + at, step, row,
                                                                        count, out + at);
  });
}

}  // namespace HWY_NAMESPACE
}  // namespace spectral_ops
HWY_AFTER_NAMESPACE();
