// Rows of samples to rows of a filter's tile (cpu/spectra/filter_plan.h) and back, where lanes are
// channels, and where rows are.
#pragma once

#include <cstdint>

#include "cpu/axes/lanes-inl.h"
#include "cpu/base/prefetch-inl.h"
#include "cpu/base/vector-inl.h"
#include "cpu/fft/real_bins-inl.h"
#include "cpu/fft/transforms-inl.h"
#include "cpu/spectra/mode_mix-inl.h"
#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace spectral_ops {
namespace HWY_NAMESPACE {

// Puts product(z, k) in the place of each bin, of a transform that has all bins and no chirp: what
// ForBins and SetBins do one after the other, in place.
template <class S, class Product>
HWY_INLINE void MapBins(const RealFft<S>& fft, S* data, const Product& product) {
  const Simd<S> d;
  const auto zero = hn::Zero(d);
  if (fft.way == RealFftWay::kPasses) {
    S* first = data + fft.places[0] * kLanes<S>;
    hn::StoreU(product(Complex<S>{hn::LoadU(d, first), zero}, 0).re, d, first);
    for (int64_t k = 1; k <= fft.highest; ++k) {
      const int64_t place = fft.places[k];
      S* at = data + (place >= 0 ? place : ~place) * kLanes<S>;
      const Complex<S> z = LoadComplex(at, 0);
      if (place >= 0) {
        StoreComplex(product(z, k), at, 0);
      } else {
        StoreComplex(Conjugate<S>(product(Conjugate<S>(z), k)), at, 0);
      }
    }
    return;
  }
  const int64_t half = fft.half;
  const Complex<S> both = LoadComplex(data, fft.places[0]);
  const auto first = product(Complex<S>{hn::Add(both.re, both.im), zero}, 0).re;
  const auto last = product(Complex<S>{hn::Sub(both.re, both.im), zero}, half).re;
  StoreComplex(Complex<S>{hn::Add(first, last), hn::Sub(first, last)}, data, fft.places[0]);
  for (int64_t k = 1; k < fft.pairs; ++k) {
    const int64_t own = fft.places[2 * k];
    const int64_t mirror = fft.places[2 * k + 1];
    const S* twiddle = fft.twiddles + 2 * k;
    const BinPair<S> bins = UnpackPair(LoadComplex(data, own), LoadComplex(data, mirror), twiddle);
    const Complex<S> a = product(bins.own, k);
    const Complex<S> b = 2 * k == half ? a : product(bins.mirror, half - k);
    const BinPair<S> packed = PackPair(a, b, twiddle);
    StoreComplex(packed.own, data, own);
    if (2 * k != half) StoreComplex(packed.mirror, data, mirror);
  }
}

// A row whose bins meet a product of their own, product(z, k).
template <class S, class Product>
HWY_NOINLINE void FilterSamples(const RealFft<S>& fft, const S* samples, int64_t step,
                                const Product& product, S* out, int64_t out_step, S* data,
                                S* scratch, Ahead* ahead, Ahead* ahead_out) {
  RealForwardRow(fft, samples, step, data, scratch, ahead);
  MapBins(fft, data, product);
  RealInverseRow(fft, data, out, out_step, scratch, ahead_out);
}

// Adds the products of the bins of x and of grad_output to the sums.
template <class S>
struct BinSums {
  const S* x;
  int64_t x_step;  // from bin to bin
  S* sums;
  int64_t step;
  bool adds;  // else nothing was summed yet

  HWY_INLINE void operator()(const Complex<S>& z, int64_t k) const {
    const Simd<S> d;
    Complex<S> sum = {hn::Zero(d), hn::Zero(d)};
    if (adds) sum = LoadComplex(sums + k * step, 0);
    StoreComplex(AddConjugateProduct(LoadComplex(x + k * x_step, 0), z, sum), sums + k * step, 0);
  }
};

// A row of grad_output whose bins go to the sums alone.
template <class S>
HWY_NOINLINE void SumSamples(const RealFft<S>& fft, const S* samples, int64_t step,
                             const BinSums<S>& sums, S* data, S* scratch, Ahead* ahead) {
  RealForwardRow(fft, samples, step, data, scratch, ahead);
  ForBins(fft, data, [&](int64_t k, const Complex<S>& z) HWY_ATTR { sums(z, k); });
}

// `count` rows of a tile, each `columns` complex vectors, from the bins of as many lanes
// [columns * lanes, 2, lanes], and the way back; lanes beyond them become zero.
template <class S>
HWY_NOINLINE void SpreadBins(const S* bins, int64_t columns, int64_t count, S* rows,
                             int64_t row_step) {
  constexpr int64_t kStep = 2 * kLanes<S>;
  const Simd<S> d;
  for (int64_t w = 0; w < columns; ++w) {
    for (int64_t part = 0; part < 2; ++part) {
      const S* from = bins + w * kLanes<S> * kStep + part * kLanes<S>;
      S* to = rows + w * kStep + part * kLanes<S>;
      Vector<S> square[kLanes<S>];
      for (int i = 0; i < kLanes<S>; ++i) square[i] = hn::LoadU(d, from + i * kStep);
      Transpose<S>(square);
      for (int i = 0; i < kLanes<S>; ++i) {
        if (i < count) hn::StoreU(square[i], d, to + i * row_step);
      }
    }
  }
}
template <class S>
HWY_NOINLINE void GatherBins(const S* rows, int64_t row_step, int64_t columns, int64_t count,
                             S* bins) {
  constexpr int64_t kStep = 2 * kLanes<S>;
  const Simd<S> d;
  for (int64_t w = 0; w < columns; ++w) {
    for (int64_t part = 0; part < 2; ++part) {
      const S* from = rows + w * kStep + part * kLanes<S>;
      S* to = bins + w * kLanes<S> * kStep + part * kLanes<S>;
      Vector<S> square[kLanes<S>];
      for (int i = 0; i < kLanes<S>; ++i) {
        square[i] = i < count ? hn::LoadU(d, from + i * row_step) : hn::Zero(d);
      }
      Transpose<S>(square);
      for (int i = 0; i < kLanes<S>; ++i) hn::StoreU(square[i], d, to + i * kStep);
    }
  }
}

}  // namespace HWY_NAMESPACE
}  // namespace spectral_ops
HWY_AFTER_NAMESPACE();
