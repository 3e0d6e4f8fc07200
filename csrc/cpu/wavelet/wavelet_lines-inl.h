// The interior of the last axis where there are few channels: lanes run along positions and
// channels as they lie in memory (cpu/wavelet/wavelet_plan.h, `merged`).
//
// Every other sample of such a line, where a map takes or gives two for each coefficient, is put
// into a line of its own first: then neighbouring results need neighbouring inputs.
#pragma once

#include <algorithm>
#include <cstdint>

#include "cpu/base/vector-inl.h"
#include "cpu/wavelet/wavelet_rows-inl.h"
#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace spectral_ops {
namespace HWY_NAMESPACE {

template <class S, class T>
HWY_INLINE S LoadScalar(const T* x) {
  if constexpr (std::is_same_v<S, T>) {
    return *x;
  } else {
    return hn::GetLane(Load<S, false>(x, 1));
  }
}

template <class S, class T>
HWY_INLINE void StoreScalar(S value, T* y) {
  if constexpr (std::is_same_v<S, T>) {
    *y = value;
  } else {
    StoreLanes<false, S>(hn::Set(Simd<S>(), value), y, 1);
  }
}

// `count` positions of c elements, `step` apart, to a line of them.
template <class S, class T>
HWY_NOINLINE void Gather(const T* x, int64_t step, int64_t count, int64_t c, S* line) {
  int64_t i = 0;
#if HWY_TARGET != HWY_SCALAR
  if (c == 1 && step == 2) {
    const Simd<S> d;
    // The last pair of vectors would reach behind what there is.
    for (; i + kLanes<S> < count; i += kLanes<S>) {
      const auto low = Load<S, true>(x + 2 * i, kLanes<S>);
      const auto high = Load<S, true>(x + 2 * i + kLanes<S>, kLanes<S>);
      hn::StoreU(hn::ConcatEven(d, high, low), d, line + i);
    }
  }
#endif
#if HWY_TARGET <= HWY_AVX3
  // What a store puts behind its position, the next ones overwrite.
  for (; c > 1 && c <= kLanes<S> && i * c + kLanes<S> <= count * c; ++i) {
    hn::StoreU(Load<S, false>(x + i * step, static_cast<int>(c)), Simd<S>(), line + i * c);
  }
#endif
  for (; i < count; ++i) {
    for (int64_t k = 0; k < c; ++k) line[i * c + k] = LoadScalar<S>(x + i * step + k);
  }
}

// And back.
template <class S, class T>
HWY_NOINLINE void Scatter(const S* line, int64_t count, int64_t c, T* y, int64_t step) {
  if (step == c) {
    ForVectors<S>(count * c, [&](int64_t at, auto vectors, auto whole, int live) HWY_ATTR {
      constexpr bool kAll = decltype(whole)::value;
      for (int v = 0; v < decltype(vectors)::value; ++v) {
        const int64_t from = at + v * kLanes<S>;
        StoreLanes<kAll, S>(Load<S, kAll>(line + from, live), y + from, live);
      }
    });
    return;
  }
  int64_t i = 0;
#if HWY_TARGET <= HWY_AVX3
  for (; c > 1 && i < count; ++i) {
    StoreLanes<false, S>(hn::LoadU(Simd<S>(), line + i * c), y + i * step, static_cast<int>(c));
  }
#endif
  for (; i < count; ++i) {
    for (int64_t k = 0; k < c; ++k) StoreScalar<S>(line[i * c + k], y + i * step + k);
  }
}

template <class S>
struct WaveletLines {
  S* line[4];  // two that are read, two that are written
};

// Rows [begin, end) of the interior, of positions of c elements that are c apart.
template <class S, class TIn, class TOut>
HWY_NOINLINE void AnalyzeLine(const WaveletRows<S>& rows, int64_t begin, int64_t end, const TIn* in,
                              int64_t c, const WaveletLines<S>& lines, TOut* out, int64_t band_step,
                              int64_t band_stride) {
  const Simd<S> d;
  const WaveletRow<S> first = RowAt(rows, begin);
  const int64_t stride = rows.advance;
  const int64_t span = first.offsets[first.count - 1];
  const int64_t count = (end - begin - 1) * stride + span + 1;  // positions that are read
  for (int64_t q = 0; q < stride && q < count; ++q) {
    Gather(in + (first.base + q) * c, stride * c, (count - q + stride - 1) / stride, c,
           lines.line[q]);
  }
  const auto run = [&](int64_t at, auto vectors, auto /*whole*/, int /*count*/) HWY_ATTR {
    constexpr int kV = decltype(vectors)::value;
    Vector<S> low[kV];
    Vector<S> high[kV];
    for (int v = 0; v < kV; ++v) low[v] = high[v] = hn::Zero(d);
    for (int k = 0; k < first.count; ++k) {
      const int64_t offset = first.offsets[k];
      const S* x = lines.line[offset % stride] + offset / stride * c + at;
      const auto a = hn::Set(d, first.lo[k]);
      const auto b = hn::Set(d, first.hi[k]);
      for (int v = 0; v < kV; ++v) {
        const auto value = hn::LoadU(d, x + v * kLanes<S>);
        low[v] = hn::MulAdd(a, value, low[v]);
        high[v] = hn::MulAdd(b, value, high[v]);
      }
    }
    for (int v = 0; v < kV; ++v) {
      hn::StoreU(low[v], d, lines.line[2] + at + v * kLanes<S>);
      hn::StoreU(high[v], d, lines.line[3] + at + v * kLanes<S>);
    }
  };
  ForVectors<S>((end - begin) * c, run);
  Scatter(lines.line[2], end - begin, c, out + begin * band_step, band_step);
  Scatter(lines.line[3], end - begin, c, out + begin * band_step + band_stride, band_step);
}

template <class S, class TIn, class TOut>
HWY_NOINLINE void SynthesizeLine(const WaveletRows<S>& rows, int64_t begin, int64_t end,
                                 const TIn* in, int64_t band_step, int64_t band_stride, int64_t c,
                                 const WaveletLines<S>& lines, TOut* out) {
  const Simd<S> d;
  // Coefficients that any of the rows reads.
  int64_t low_end = RowAt(rows, begin).base;
  int64_t high_end = low_end;
  for (const int64_t r : {begin, std::min(begin + 1, end - 1), std::max(begin, end - 2), end - 1}) {
    const WaveletRow<S> row = RowAt(rows, r);
    low_end = std::min(low_end, row.base);
    high_end = std::max(high_end, row.base + row.offsets[row.count - 1]);
  }
  for (int b = 0; b < 2; ++b) {
    Gather(in + low_end * band_step + b * band_stride, band_step, high_end - low_end + 1, c,
           lines.line[b]);
  }
  for (int64_t q = 0; q < rows.phases; ++q) {
    const int64_t from = begin + (((q - begin) % rows.phases) + rows.phases) % rows.phases;
    if (from >= end) continue;
    const WaveletRow<S> first = RowAt(rows, from);
    const int64_t count = (end - from + rows.phases - 1) / rows.phases;
    const int64_t shift = (first.base - low_end) * c;
    ForVectors<S>(count * c, [&](int64_t at, auto vectors, auto /*whole*/, int /*n*/) HWY_ATTR {
      constexpr int kV = decltype(vectors)::value;
      Vector<S> sum[kV];
      for (int v = 0; v < kV; ++v) sum[v] = hn::Zero(d);
      for (int k = 0; k < first.count; ++k) {
        const int64_t place = shift + first.offsets[k] * c + at;
        const auto a = hn::Set(d, first.lo[k]);
        const auto b = hn::Set(d, first.hi[k]);
        for (int v = 0; v < kV; ++v) {
          const int64_t own = place + v * kLanes<S>;
          sum[v] = hn::MulAdd(a, hn::LoadU(d, lines.line[0] + own), sum[v]);
          sum[v] = hn::MulAdd(b, hn::LoadU(d, lines.line[1] + own), sum[v]);
        }
      }
      for (int v = 0; v < kV; ++v) hn::StoreU(sum[v], d, lines.line[2] + at + v * kLanes<S>);
    });
    Scatter(lines.line[2], count, c, out + from * c, rows.phases * c);
  }
}

}  // namespace HWY_NAMESPACE
}  // namespace spectral_ops
HWY_AFTER_NAMESPACE();
