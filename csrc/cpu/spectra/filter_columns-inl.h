// Columns of a filter's tile (cpu/spectra/filter_plan.h): vectors one after the other, through the
// transform of a leading axis. The first pass reads them where they are and the last one writes
// them there; at the bottom, the last forward pass, the product and the first pass back stay in
// registers.
#pragma once

#include <cstdint>

#include "cpu/base/prefetch-inl.h"
#include "cpu/base/vector-inl.h"
#include "cpu/fft/butterfly-inl.h"
#include "cpu/fft/fft.h"
#include "cpu/fft/fft_in_place-inl.h"
#include "cpu/fft/fft_pass-inl.h"
#include "cpu/fft/transforms-inl.h"
#include "cpu/spectra/mode_mix-inl.h"
#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace spectral_ops {
namespace HWY_NAMESPACE {

// Asks for a complex vector; into the second cache, for much else comes before it.
template <class S>
HWY_INLINE void PrefetchComplex(const S* p) {
  constexpr auto kBytes = static_cast<int64_t>(2 * kLanes<S> * sizeof(S));
  for (int64_t at = 0; at < kBytes; at += kLineBytes) {
    __builtin_prefetch(reinterpret_cast<const char*>(p) + at, 0, 2);
  }
}

// Stores a complex vector; past the caches, where it must begin a cache line.
template <class S>
HWY_INLINE void KeepComplex(const Complex<S>& z, bool streams, S* to) {
  if (streams) {
    const Simd<S> d;
    hn::Stream(z.re, d, to);
    hn::Stream(z.im, d, to + kLanes<S>);
  } else {
    StoreComplex(z, to, 0);
  }
}

// How the numbers of a response stand at one frequency.
enum class ResponseKind {
  kOne,    // one for all lanes
  kPairs,  // one for each lane
  kReady,  // one for each, as vectors, scaled and conjugated
};

// Lanes of a response; the imaginary part has a scale of its own, which may conjugate it.
template <ResponseKind kKind, class S>
struct ResponseLanes {
  S scale;
  S im_scale;
  int64_t count;  // kPairs: that live

  HWY_INLINE Complex<S> operator()(const Complex<S>& z, const S* numbers) const {
    const Simd<S> d;
    if constexpr (kKind == ResponseKind::kReady) {
      return MixSeparableLanes(z, LoadComplex(numbers, 0));
    }
    Complex<S> w = kKind == ResponseKind::kOne ? SetPair(numbers) : LoadPairs(numbers, count);
    w = {hn::Mul(hn::Set(d, scale), w.re), hn::Mul(hn::Set(d, im_scale), w.im)};
    return MixSeparableLanes(z, w);
  }
};

// The product of a column and a response.
template <ResponseKind kOfLanes, class S>
struct ColumnResponse {
  static constexpr ResponseKind kKind = kOfLanes;
  ResponseLanes<kKind, S> lanes;
  const S* numbers;      // of frequency 0
  int64_t step;          // from frequency to frequency
  const int32_t* order;  // [first], the frequency of a place
  int64_t next;          // to the numbers of the next column
  // The next column's vectors; a column is fetched while the one before it is multiplied.
  const S* next_column;
  int64_t column_step;

  HWY_INLINE Complex<S> operator()(const Complex<S>& z, int64_t place) const {
    const S* at = numbers + (kKind == ResponseKind::kReady ? place : order[place]) * step;
    if constexpr (kKind == ResponseKind::kOne) {
      __builtin_prefetch(at + next);
    } else {
      PrefetchComplex(at + next);
    }
    PrefetchComplex(next_column + place * column_step);
    return lanes(z, at);
  }
};

// The product of a column and a response; the column itself is kept.
template <ResponseKind kKind, class S>
struct ColumnResponseAndSpectrum {
  ColumnResponse<kKind, S> response;
  S* spectrum;  // [first, 2, lanes]
  bool streams;

  HWY_INLINE Complex<S> operator()(const Complex<S>& z, int64_t place) const {
    KeepComplex(z, streams, spectrum + place * 2 * kLanes<S>);
    return response(z, place);
  }
};

// Adds the products of a column of x and one of grad_output to the sums.
template <class S>
struct ColumnSums {
  const S* x;       // [first, 2, lanes], transformed
  const S* next_x;  // that of the next column
  S* sums;
  int64_t step;
  bool adds;  // else nothing was summed yet
  const S* next_column;
  int64_t column_step;

  HWY_INLINE Complex<S> operator()(const Complex<S>& z, int64_t place) const {
    const Simd<S> d;
    S* to = sums + place * step;
    Complex<S> sum = {hn::Zero(d), hn::Zero(d)};
    if (adds) sum = LoadComplex(to, 0);
    PrefetchComplex(to + 2 * kLanes<S>);
    PrefetchComplex(next_column + place * column_step);
    PrefetchComplex(next_x + place * 2 * kLanes<S>);
    StoreComplex(AddConjugateProduct(LoadComplex(x, place), z, sum), to, 0);
    return z;
  }
};

// Both: the sums take a column of grad_output as it is.
template <ResponseKind kKind, class S>
struct ColumnSumsAndResponse {
  ColumnSums<S> sums;
  ColumnResponse<kKind, S> response;

  HWY_INLINE Complex<S> operator()(const Complex<S>& z, int64_t place) const {
    return response(sums(z, place), place);
  }
};

// A forward transform that leaves its bins, by place, in a tile.
template <class S>
struct ColumnPlaces {
  TileColumn<S> to;

  HWY_INLINE Complex<S> operator()(const Complex<S>& z, int64_t place) const {
    to.Store(z, 0, place);
    return z;
  }
};

// A forward transform that leaves its bins, by place, in `data`.
template <class S>
struct NoProduct {
  const S* next_column;
  int64_t column_step;

  HWY_INLINE Complex<S> operator()(const Complex<S>& z, int64_t place) const {
    PrefetchComplex(next_column + place * column_step);
    return z;
  }
};

// The transform of a column, product(bin, place), and where kBack the way back to where it was.
template <bool kBack, class S, class Product>
HWY_NOINLINE void TransformColumn(const FftPlan<S>& plan, const TileColumn<S>& column,
                                  const Product& product,
                                  S* data,       // [n, 2, lanes]
                                  S* scratch) {  // FftScratch
  constexpr FftDirection kDirection = kBack ? FftDirection::kConvolution : FftDirection::kProduct;
  Ahead none;
  if (plan.chirp_length != 0) {
    for (int64_t i = 0; i < plan.n; ++i) StoreComplex(column.Load(0, i), data, i);
    RunFft<true>(plan, kWholeReach, data, scratch, &none);
    for (int64_t i = 0; i < plan.n; ++i) StoreComplex(product(LoadComplex(data, i), i), data, i);
    if constexpr (kBack) {
      RunFft<false>(plan, kWholeReach, data, scratch, &none);
      for (int64_t i = 0; i < plan.n; ++i) column.Store(LoadComplex(data, i), 0, i);
    }
    return;
  }
  const bool inner = RunFirstPass(plan, column, data, 0, &none);
  InPlace<S, kDirection, Product>(plan, kWholeReach, product, data, scratch, &none)
      .Descend(inner ? 1 : 0, 0, inner ? plan.pass[0].radix : 1);
  if constexpr (kBack) RunLastPass(plan, inner, data, 0, column, &none);
}

}  // namespace HWY_NAMESPACE
}  // namespace spectral_ops
HWY_AFTER_NAMESPACE();
