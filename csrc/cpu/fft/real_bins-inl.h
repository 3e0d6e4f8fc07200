// The bins of a real transform (cpu/fft/real_fft.h) in its buffer: taken from it and put into it.
#pragma once

#include <cstdint>

#include "cpu/base/vector-inl.h"
#include "cpu/fft/butterfly-inl.h"
#include "cpu/fft/real_fft.h"
#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace spectral_ops {
namespace HWY_NAMESPACE {

// Two bins, k and half - k, of a packed transform: from its values there, and back; `twiddle` is
// half of exp(-2 pi i k / n). Some sums are written as multiply-adds, which Zen 4 runs beside the
// additions of the butterflies. Halves and doubles are exact, away from the ends of the range.
template <class S>
struct BinPair {
  Complex<S> own;
  Complex<S> mirror;
};
template <class S>
HWY_INLINE BinPair<S> UnpackPair(const Complex<S>& own, const Complex<S>& mirror,
                                 const S* twiddle) {
  const auto half = hn::Set(Simd<S>(), S(0.5));
  const Complex<S> even = AddConjugate(own, mirror);  // twice of it
  const Complex<S> odd = Multiply<false>(SubConjugate(own, mirror), twiddle);
  return {{hn::MulAdd(half, even.re, odd.im), hn::MulSub(half, even.im, odd.re)},
          {hn::MulSub(half, even.re, odd.im), hn::NegMulSub(half, even.im, odd.re)}};
}
template <class S>
HWY_INLINE BinPair<S> PackPair(const Complex<S>& own, const Complex<S>& mirror, const S* twiddle) {
  const auto two = hn::Set(Simd<S>(), S(2));
  const Complex<S> even = AddConjugate(own, mirror);
  const Complex<S> odd = Multiply<true>(SubConjugate(own, mirror), twiddle);  // half of it
  return {{hn::NegMulAdd(two, odd.im, even.re), hn::MulAdd(two, odd.re, even.im)},
          {hn::MulAdd(two, odd.im, even.re), hn::MulSub(two, odd.re, even.im)}};
}

// Bin k of 0 .. highest.
template <class S>
HWY_INLINE Complex<S> BinAt(const RealFft<S>& fft, const S* data, int64_t k) {
  const Simd<S> d;
  if (fft.way == RealFftWay::kPasses) {
    const int64_t place = fft.places[k];
    if (k == 0) return {hn::LoadU(d, data + place * kLanes<S>), hn::Zero(d)};
    if (place >= 0) return LoadComplex(data + place * kLanes<S>, 0);
    return Conjugate<S>(LoadComplex(data + ~place * kLanes<S>, 0));
  }
  const int64_t half = fft.half;
  const bool mirrored = k >= fft.pairs;
  const int64_t pair = mirrored ? half - k : k;
  const Complex<S> a = LoadComplex(data, fft.places[2 * pair]);
  if (pair == 0) {
    return {mirrored ? hn::Sub(a.re, a.im) : hn::Add(a.re, a.im), hn::Zero(d)};
  }
  const BinPair<S> bins =
      UnpackPair(a, LoadComplex(data, fft.places[2 * pair + 1]), fft.twiddles + 2 * pair);
  return mirrored ? bins.mirror : bins.own;
}

// Calls put(k, X[k]) for the bins 0 .. highest, in any order.
template <class S, class Put>
HWY_INLINE void ForBins(const RealFft<S>& fft, const S* data, const Put& put) {
  const Simd<S> d;
  if (fft.way == RealFftWay::kPasses) {
    put(0, Complex<S>{hn::LoadU(d, data + fft.places[0] * kLanes<S>), hn::Zero(d)});
    for (int64_t k = 1; k <= fft.highest; ++k) {
      const int64_t place = fft.places[k];
      if (place >= 0) {
        put(k, LoadComplex(data + place * kLanes<S>, 0));
      } else {
        put(k, Conjugate<S>(LoadComplex(data + ~place * kLanes<S>, 0)));
      }
    }
    return;
  }
  const int64_t half = fft.half;
  const auto zero = hn::Zero(d);
  const Complex<S> both = LoadComplex(data, fft.places[0]);
  put(0, Complex<S>{hn::Add(both.re, both.im), zero});
  if (half <= fft.highest) put(half, Complex<S>{hn::Sub(both.re, both.im), zero});
  for (int64_t k = 1; k < fft.pairs; ++k) {
    const BinPair<S> bins =
        UnpackPair(LoadComplex(data, fft.places[2 * k]), LoadComplex(data, fft.places[2 * k + 1]),
                   fft.twiddles + 2 * k);
    put(k, bins.own);
    if (half - k <= fft.highest && 2 * k != half) put(half - k, bins.mirror);
  }
}

// Fills data with the bins get(0) .. get(highest), all others zero. Where a bin is its own mirror,
// its imaginary part has no effect.
template <class S, class Get>
HWY_INLINE void SetBins(const RealFft<S>& fft, S* data, const Get& get) {
  const Simd<S> d;
  const auto zero = hn::Zero(d);
  const auto clear = [&](int64_t vectors) HWY_ATTR {
    for (int64_t i = 0; i < vectors; ++i) hn::StoreU(zero, d, data + i * kLanes<S>);
  };
  if (fft.way == RealFftWay::kPasses) {
    if (fft.highest < fft.n / 2) clear(fft.pass[0].from);
    hn::StoreU(get(0).re, d, data + fft.places[0] * kLanes<S>);
    for (int64_t k = 1; k <= fft.highest; ++k) {
      const int64_t place = fft.places[k];
      const Complex<S> z = get(k);
      if (place >= 0) {
        StoreComplex(z, data + place * kLanes<S>, 0);
      } else {
        StoreComplex(Conjugate<S>(z), data + ~place * kLanes<S>, 0);
      }
    }
    return;
  }
  const int64_t half = fft.half;
  // The inverse of a chirp takes bin k at the place of -k.
  const int64_t own = fft.way == RealFftWay::kChirp ? 1 : 0;
  if (fft.way == RealFftWay::kChirp) {
    clear(2 * fft.fft.n);
  } else if (fft.highest < fft.n / 4) {
    clear(fft.n);
  }
  const auto first = get(0).re;
  const auto last = half <= fft.highest ? get(half).re : zero;
  StoreComplex(Complex<S>{hn::Add(first, last), hn::Sub(first, last)}, data, fft.places[0]);
  for (int64_t k = 1; k < fft.pairs; ++k) {
    const Complex<S> a = get(k);
    Complex<S> b = {zero, zero};
    if (2 * k == half) {
      b = a;
    } else if (half - k <= fft.highest) {
      b = get(half - k);
    }
    const BinPair<S> packed = PackPair(a, b, fft.twiddles + 2 * k);
    StoreComplex(packed.own, data, fft.places[2 * k + own]);
    if (2 * k != half) StoreComplex(packed.mirror, data, fft.places[2 * k + 1 - own]);
  }
}

}  // namespace HWY_NAMESPACE
}  // namespace spectral_ops
HWY_AFTER_NAMESPACE();
