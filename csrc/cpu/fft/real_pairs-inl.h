// The last forward pass of a packed real transform (cpu/fft/real_fft.h) that makes the bins while
// its outputs are in registers, and the first pass back, which takes them.
//
// The last pass has l1 butterflies of radix R. That which begins at bin f gives the bins f + l1 j.
// Their mirrors, half - f - l1 j, come from the butterfly of l1 - f, in the opposite order. So two
// butterflies are run together; that of 0, and that of l1 / 2, is its own mirror.
#pragma once

#include <cstdint>

#include "cpu/base/prefetch-inl.h"
#include "cpu/base/vector-inl.h"
#include "cpu/fft/butterfly-inl.h"
#include "cpu/fft/fft_pass-inl.h"
#include "cpu/fft/real_bins-inl.h"
#include "cpu/fft/real_fft.h"
#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace spectral_ops {
namespace HWY_NAMESPACE {

// Bin k times its weight.
template <BinWeights kWeights, class S>
HWY_INLINE Complex<S> WeighBin(const Complex<S>& z, const S* weights, int64_t k) {
  const Simd<S> d;
  if constexpr (kWeights == BinWeights::kReal) {
    return Scale(z, weights[k]);
  } else if constexpr (kWeights == BinWeights::kParts) {
    return {hn::Mul(hn::Set(d, weights[2 * k]), z.re),
            hn::Mul(hn::Set(d, weights[2 * k + 1]), z.im)};
  } else if constexpr (kWeights == BinWeights::kTurns) {
    return Multiply<false>(z, weights + 2 * k);
  } else {
    return z;
  }
}

// The bins of a transform, 0 .. half, of which those up to `highest` count; kAll: all of them.
template <bool kAll, BinWeights kWeights, class S>
struct PairBins {
  ComplexRow<S> row;
  int64_t highest;
  const S* weights;

  HWY_INLINE bool Has(int64_t k) const { return kAll || k <= highest; }
  HWY_INLINE S* At(int64_t k) const { return row.data + k * row.step; }

  HWY_INLINE void Put(const Complex<S>& z, int64_t k, S* at) const {
    if (!Has(k)) return;
    const Simd<S> d;
    const Complex<S> bin = Weighed(z, k);
    hn::StoreU(bin.re, d, at);
    hn::StoreU(bin.im, d, at + row.im);
  }
  HWY_INLINE Complex<S> Get(int64_t k, const S* at) const {
    const Simd<S> d;
    if (!Has(k)) return {hn::Zero(d), hn::Zero(d)};
    return Weighed({hn::LoadU(d, at), hn::LoadU(d, at + row.im)}, k);
  }

  // What a transform has at k and at half - k, k < half / 2; their bins are at `at` and `far`.
  HWY_INLINE void PutPair(const Complex<S>& own, const Complex<S>& mirror, const RealFft<S>& fft,
                          int64_t k, S* at, S* far) const {
    if (!Has(k)) return;
    const BinPair<S> bins = UnpackPair(own, mirror, fft.twiddles + 2 * k);
    Put(bins.own, k, at);
    Put(bins.mirror, fft.half - k, far);
  }
  HWY_INLINE void GetPair(const RealFft<S>& fft, int64_t k, const S* at, const S* far,
                          Complex<S>* own, Complex<S>* mirror) const {
    if (!Has(k)) {
      const auto zero = hn::Zero(Simd<S>());
      *own = *mirror = {zero, zero};
      return;
    }
    const BinPair<S> packed = PackPair(Get(k, at), Get(fft.half - k, far), fft.twiddles + 2 * k);
    *own = packed.own;
    *mirror = packed.mirror;
  }
  // Bin half / 2, which is its own mirror.
  HWY_INLINE void PutMiddle(const Complex<S>& z, int64_t k) const {
    Put(Conjugate<S>(z), k, At(k));
  }
  HWY_INLINE Complex<S> GetMiddle(int64_t k) const {
    const Complex<S> z = Get(k, At(k));
    return {hn::Add(z.re, z.re), hn::Neg(hn::Add(z.im, z.im))};
  }

 private:
  HWY_INLINE Complex<S> Weighed(const Complex<S>& z, int64_t k) const {
    return WeighBin<kWeights>(z, weights, k);
  }
};

template <int R, class S>
HWY_INLINE void LoadBlock(const S* data, int64_t place, Complex<S> (&x)[R]) {
#pragma GCC unroll 16
  for (int j = 0; j < R; ++j) x[j] = LoadComplex(data, place + j);
}
template <int R, class S>
HWY_INLINE void StoreBlock(const Complex<S> (&x)[R], S* data, int64_t place) {
#pragma GCC unroll 16
  for (int j = 0; j < R; ++j) StoreComplex(x[j], data, place + j);
}

template <int R, class Bins, class S>
HWY_NOINLINE void PutBinsOfLastPass(const RealFft<S>& fft, const S* data, const Bins bins,
                                    Ahead* ahead) {
  const Simd<S> d;
  const int64_t half = fft.half;
  const int64_t l1 = half / R;
  const int64_t step = l1 * bins.row.step;
  const int32_t* places = fft.places;
  {
    ahead->Fetch();
    Complex<S> x[R];
    LoadBlock<R>(data, places[0], x);
    Butterfly<R, true, S>::Run(x);
    bins.Put({hn::Add(x[0].re, x[0].im), hn::Zero(d)}, 0, bins.At(0));
    bins.Put({hn::Sub(x[0].re, x[0].im), hn::Zero(d)}, half, bins.At(half));
#pragma GCC unroll 16
    for (int j = 1; 2 * j < R; ++j) {
      const int64_t k = l1 * j;
      bins.PutPair(x[j], x[R - j], fft, k, bins.At(k), bins.At(half - k));
    }
    if constexpr (R % 2 == 0) bins.PutMiddle(x[R / 2], half / 2);
  }
  int64_t f = 1;
  for (; 2 * f < l1 && bins.Has(f); ++f) {
    ahead->Fetch();
    ahead->Fetch();
    Complex<S> a[R];
    Complex<S> b[R];
    LoadBlock<R>(data, places[2 * f], a);
    Butterfly<R, true, S>::Run(a);
    LoadBlock<R>(data, places[2 * f + 1] - (R - 1), b);
    Butterfly<R, true, S>::Run(b);
    S* at = bins.At(f);
    S* far = bins.At(half - f);
#pragma GCC unroll 16
    for (int j = 0; j < R; ++j) {
      const int64_t k = f + l1 * j;
      if (2 * j < R) {
        bins.PutPair(a[j], b[R - 1 - j], fft, k, at, far);
      } else {
        bins.PutPair(b[R - 1 - j], a[j], fft, half - k, far, at);
      }
      Step(at, step);
      Step(far, -step);
    }
  }
  if (2 * f == l1 && bins.Has(f)) {
    ahead->Fetch();
    Complex<S> x[R];
    LoadBlock<R>(data, places[2 * f], x);
    Butterfly<R, true, S>::Run(x);
#pragma GCC unroll 16
    for (int j = 0; 2 * j < R - 1; ++j) {
      const int64_t k = f + l1 * j;
      bins.PutPair(x[j], x[R - 1 - j], fft, k, bins.At(k), bins.At(half - k));
    }
    if constexpr (R % 2 == 1) bins.PutMiddle(x[R / 2], half / 2);
  }
}

template <int R, class Bins, class S>
HWY_NOINLINE void TakeBinsInFirstPass(const RealFft<S>& fft, const Bins bins, S* data,
                                      Ahead* ahead) {
  const int64_t half = fft.half;
  const int64_t l1 = half / R;
  const int64_t step = l1 * bins.row.step;
  const int32_t* places = fft.places;
  if (!bins.Has(l1 / 2)) {  // some butterflies have no bins
    for (int64_t i = 0; i < fft.n; ++i) {
      hn::StoreU(hn::Zero(Simd<S>()), Simd<S>(), data + i * kLanes<S>);
    }
  }
  {
    ahead->Fetch();
    Complex<S> x[R];
    const auto first = bins.Get(0, bins.At(0)).re;
    const auto last = bins.Get(half, bins.At(half)).re;
    x[0] = {hn::Add(first, last), hn::Sub(first, last)};
#pragma GCC unroll 16
    for (int j = 1; 2 * j < R; ++j) {
      const int64_t k = l1 * j;
      bins.GetPair(fft, k, bins.At(k), bins.At(half - k), &x[j], &x[R - j]);
    }
    if constexpr (R % 2 == 0) x[R / 2] = bins.GetMiddle(half / 2);
    Butterfly<R, false, S>::Run(x);
    StoreBlock<R>(x, data, places[0]);
  }
  int64_t f = 1;
  for (; 2 * f < l1 && bins.Has(f); ++f) {
    ahead->Fetch();
    ahead->Fetch();
    Complex<S> a[R];
    Complex<S> b[R];
    const S* at = bins.At(f);
    const S* far = bins.At(half - f);
#pragma GCC unroll 16
    for (int j = 0; j < R; ++j) {
      const int64_t k = f + l1 * j;
      if (2 * j < R) {
        bins.GetPair(fft, k, at, far, &a[j], &b[R - 1 - j]);
      } else {
        bins.GetPair(fft, half - k, far, at, &b[R - 1 - j], &a[j]);
      }
      Step(at, step);
      Step(far, -step);
    }
    Butterfly<R, false, S>::Run(a);
    StoreBlock<R>(a, data, places[2 * f]);
    Butterfly<R, false, S>::Run(b);
    StoreBlock<R>(b, data, places[2 * f + 1] - (R - 1));
  }
  if (2 * f == l1 && bins.Has(f)) {
    ahead->Fetch();
    Complex<S> x[R];
#pragma GCC unroll 16
    for (int j = 0; 2 * j < R - 1; ++j) {
      const int64_t k = f + l1 * j;
      bins.GetPair(fft, k, bins.At(k), bins.At(half - k), &x[j], &x[R - 1 - j]);
    }
    if constexpr (R % 2 == 1) x[R / 2] = bins.GetMiddle(half / 2);
    Butterfly<R, false, S>::Run(x);
    StoreBlock<R>(x, data, places[2 * f]);
  }
}

}  // namespace HWY_NAMESPACE
}  // namespace spectral_ops
HWY_AFTER_NAMESPACE();
