// Real passes (cpu/fft/real_fft.h) of a prime radix that is a RaderButterfly.
#pragma once

#include <cstdint>

#include "cpu/base/vector-inl.h"
#include "cpu/fft/butterfly-inl.h"
#include "cpu/fft/fft_pass-inl.h"
#include "cpu/fft/real_fft.h"
#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace spectral_ops {
namespace HWY_NAMESPACE {

// Two columns at a time are one complex butterfly. The spectra A and B of columns a and b, of which
// a + i b was transformed, from its outputs z at q and y at radix - q:
//   2 A = z + conj y,   2 i B = z - conj y
template <class S>
struct TwoColumns {
  Complex<S> a;
  Complex<S> b;

  HWY_INLINE TwoColumns(const Complex<S>& z, const Complex<S>& y) {
    const auto half = hn::Set(Simd<S>(), S(0.5));
    a = {hn::Mul(half, hn::Add(z.re, y.re)), hn::Mul(half, hn::Sub(z.im, y.im))};
    b = {hn::Mul(half, hn::Add(z.im, y.im)), hn::Mul(half, hn::Sub(y.re, z.re))};
  }
};

// load(i) is sample i.
template <class S, class LoadSample>
HWY_NOINLINE void RealRaderPass(const RealPass<S>& pass, const LoadSample load, S* data,
                                S* folded) {
  const Simd<S> d;
  const int64_t half = (pass.radix - 1) / 2;
  const int64_t ido = pass.ido;
  S* real = data + pass.to * kLanes<S>;
  S* blocks = real + ido * kLanes<S>;
  for (int64_t i = 0; i < ido; i += 2) {
    const bool two = i + 1 < ido;
    const S* w = pass.twiddles + 2 * half * i;
    const auto outputs = RunRader(
        pass.rader, pass.radix,
        [&](int64_t j) HWY_ATTR {
          return Complex<S>{load(i + ido * j), two ? load(i + 1 + ido * j) : hn::Zero(d)};
        },
        folded);
    const Complex<S> total = outputs(0);
    hn::StoreU(total.re, d, real + i * kLanes<S>);
    if (two) hn::StoreU(total.im, d, real + (i + 1) * kLanes<S>);
    for (int64_t q = 1; q <= pass.outputs; ++q) {
      const TwoColumns<S> columns(outputs(q), outputs(pass.radix - q));
      const int64_t at = (q - 1) * ido + i;
      StoreComplex(Multiply<false>(columns.a, w + 2 * (q - 1)), blocks, at);
      if (two) StoreComplex(Multiply<false>(columns.b, w + 2 * (half + q - 1)), blocks, at + 1);
    }
  }
}

// store(y, j) takes sample j.
template <class S, class StoreSample>
HWY_NOINLINE void RealRaderPassBack(const RealPass<S>& pass, const S* data, const StoreSample store,
                                    S* folded) {
  const Simd<S> d;
  const auto zero = hn::Zero(d);
  const int64_t half = (pass.radix - 1) / 2;
  const int64_t ido = pass.ido;
  const S* real = data + pass.to * kLanes<S>;
  const S* blocks = real + ido * kLanes<S>;
  for (int64_t i = 0; i < ido; i += 2) {
    const bool two = i + 1 < ido;
    const S* w = pass.twiddles + 2 * half * i;
    // Bin q of a + i b; its mirror is conj A + i conj B.
    const auto outputs = RunRader(
        pass.rader, pass.radix,
        [&](int64_t j) HWY_ATTR {
          if (j == 0) {
            return Complex<S>{hn::LoadU(d, real + i * kLanes<S>),
                              two ? hn::LoadU(d, real + (i + 1) * kLanes<S>) : zero};
          }
          const bool mirrored = j > half;
          const int64_t q = mirrored ? pass.radix - j : j;
          if (q > pass.outputs) return Complex<S>{zero, zero};
          const int64_t at = (q - 1) * ido + i;
          Complex<S> a = Multiply<true>(LoadComplex(blocks, at), w + 2 * (q - 1));
          Complex<S> b = {zero, zero};
          if (two) b = Multiply<true>(LoadComplex(blocks, at + 1), w + 2 * (half + q - 1));
          if (mirrored) {
            a = Conjugate<S>(a);
            b = Conjugate<S>(b);
          }
          return Complex<S>{hn::Sub(a.re, b.im), hn::Add(a.im, b.re)};
        },
        folded);
    for (int64_t j = 0; j < pass.radix; ++j) {
      const Complex<S> z = outputs(j == 0 ? 0 : pass.radix - j);
      store(z.re, i + ido * j);
      if (two) store(z.im, i + 1 + ido * j);
    }
  }
}

}  // namespace HWY_NAMESPACE
}  // namespace spectral_ops
HWY_AFTER_NAMESPACE();
