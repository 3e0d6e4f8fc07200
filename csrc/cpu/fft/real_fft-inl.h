// Transforms between real samples and half spectra (cpu/fft/real_fft.h), a vector of lanes each.
//
// A caller runs RealForward and takes the bins by BinAt or ForBins; or gives the bins to SetBins
// and runs RealInverse. Nothing is normalized: the inverse is y[j] = sum over all n bins of X[k]
// exp(2 pi i j k / n), the mirrors of 0 .. highest among them.
#pragma once

#include <cstdint>
#include <type_traits>

#include "cpu/base/prefetch-inl.h"
#include "cpu/base/tuning.h"
#include "cpu/base/vector-inl.h"
#include "cpu/fft/butterfly-inl.h"
#include "cpu/fft/fft_pass-inl.h"
#include "cpu/fft/real_fft.h"
#include "cpu/fft/real_rader-inl.h"
#include "cpu/fft/transforms-inl.h"
#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace spectral_ops {
namespace HWY_NAMESPACE {

// Calls body(R) with the radix of a pass as a constant; 0 for one that has no own code, or of whose
// outputs only some are needed.
template <class S, class Body>
HWY_INLINE void WithRealRadix(const RealPass<S>& pass, const Body& body) {
  switch (2 * pass.outputs + 1 == pass.radix ? pass.radix : 0) {
    case 3:
      return body(std::integral_constant<int, 3>());
    case 5:
      return body(std::integral_constant<int, 5>());
    case 7:
      return body(std::integral_constant<int, 7>());
    case 11:
      return body(std::integral_constant<int, 11>());
    case 13:
      return body(std::integral_constant<int, 13>());
    default:
      return body(std::integral_constant<int, 0>());
  }
}

// load(i) is sample i.
template <class S, class LoadSample>
HWY_INLINE void RealForwardPass(const RealPass<S>& pass, const LoadSample& load, S* data, S* folded,
                                Ahead* ahead) {
  if (pass.rader.plan != nullptr) return RealRaderPass(pass, load, data, folded);
  const Simd<S> d;
  const int64_t half = (pass.radix - 1) / 2;
  const int64_t ido = pass.ido;
  S* real = data + pass.to * kLanes<S>;
  S* blocks = real + ido * kLanes<S>;
  const S* w = pass.twiddles;
  const auto store = [&](int64_t q, int64_t i, Vector<S> even, Vector<S> odd) HWY_ATTR {
    const Complex<S> z = {even, hn::Neg(odd)};
    StoreComplex(Multiply<false>(z, w + 2 * (q - 1)), blocks, (q - 1) * ido + i);
  };
  WithRealRadix(pass, [&](auto radix) HWY_ATTR {
    constexpr int R = decltype(radix)::value;
    for (int64_t i = 0; i < ido; ++i, w += 2 * half) {
      ahead->FetchNear();
      const auto first = load(i);
      if constexpr (R > 0) {
        RealButterfly<R, S> butterfly;
        butterfly.Start(first);
#pragma GCC unroll 16
        for (int q = 1; q <= RealButterfly<R, S>::kHalf; ++q) {
          const auto a = load(i + ido * q);
          const auto b = load(i + ido * (R - q));
          butterfly.Fold(q, hn::Add(a, b), hn::Sub(a, b));
        }
        hn::StoreU(butterfly.total, d, real + i * kLanes<S>);
        butterfly.Run([&](int q, Vector<S> even, Vector<S> odd)
                          HWY_ATTR { store(q, i, even, odd); });
      } else {
        auto total = first;
        for (int64_t j = 1; j <= half; ++j) {
          const auto a = load(i + ido * j);
          const auto b = load(i + ido * (pass.radix - j));
          const auto sum = hn::Add(a, b);
          total = hn::Add(total, sum);
          hn::StoreU(sum, d, folded + (j - 1) * kLanes<S>);
          hn::StoreU(hn::Sub(a, b), d, folded + (half + j - 1) * kLanes<S>);
        }
        hn::StoreU(total, d, real + i * kLanes<S>);
        const AnyRealButterfly<S> butterfly = {first, folded, half, pass.table, half};
        butterfly.RunAll(pass.outputs, [&](int64_t q, Vector<S> even, Vector<S> odd)
                                           HWY_ATTR { store(q, i, even, odd); });
      }
    }
  });
}

// store(y, j) takes sample j.
template <class S, class StoreSample>
HWY_INLINE void RealInversePass(const RealPass<S>& pass, const S* data, const StoreSample& store,
                                S* folded, Ahead* ahead) {
  if (pass.rader.plan != nullptr) return RealRaderPassBack(pass, data, store, folded);
  const Simd<S> d;
  const int64_t half = (pass.radix - 1) / 2;
  const int64_t ido = pass.ido;
  const S* real = data + pass.to * kLanes<S>;
  const S* blocks = real + ido * kLanes<S>;
  const S* w = pass.twiddles;
  // A block and its mirror.
  const auto load = [&](int64_t q, int64_t i) HWY_ATTR {
    const auto z = Multiply<true>(LoadComplex(blocks, (q - 1) * ido + i), w + 2 * (q - 1));
    return Add(z, z);
  };
  WithRealRadix(pass, [&](auto radix) HWY_ATTR {
    constexpr int R = decltype(radix)::value;
    for (int64_t i = 0; i < ido; ++i, w += 2 * half) {
      ahead->FetchNear();
      const auto first = hn::LoadU(d, real + i * kLanes<S>);
      const auto put = [&](int64_t j, Vector<S> even, Vector<S> odd) HWY_ATTR {
        store(hn::Sub(even, odd), i + ido * j);
        store(hn::Add(even, odd), i + ido * (pass.radix - j));
      };
      if constexpr (R > 0) {
        RealButterfly<R, S> butterfly;
        butterfly.Start(first);
#pragma GCC unroll 16
        for (int q = 1; q <= RealButterfly<R, S>::kHalf; ++q) {
          const Complex<S> z = load(q, i);
          butterfly.Fold(q, z.re, z.im);
        }
        store(butterfly.total, i);
        butterfly.Run(put);
      } else {
        auto total = first;
        for (int64_t q = 1; q <= pass.outputs; ++q) {
          const Complex<S> z = load(q, i);
          total = hn::Add(total, z.re);
          hn::StoreU(z.re, d, folded + (q - 1) * kLanes<S>);
          hn::StoreU(z.im, d, folded + (half + q - 1) * kLanes<S>);
        }
        store(total, i);
        const AnyRealButterfly<S> butterfly = {first, folded, half, pass.table, pass.outputs};
        butterfly.RunAll(half, put);
      }
    }
  });
}

// A signal's samples as the complex vectors of its packed transform.
template <class Samples, class S>
struct PackedView {
  Samples samples;

  HWY_INLINE int vectors() const { return samples.vectors(); }
  HWY_INLINE bool IsFar() const { return samples.IsFar(); }
  HWY_INLINE Complex<S> Load(int v, int64_t i) const {
    return {samples.Load(v, 2 * i), samples.Load(v, 2 * i + 1)};
  }
  HWY_INLINE void Store(const Complex<S>& z, int v, int64_t i) const {
    samples.Store(z.re, v, 2 * i);
    samples.Store(z.im, v, 2 * i + 1);
  }
  HWY_INLINE void Prefetch(int v, int64_t i) const {
    samples.Prefetch(v, 2 * i);
    samples.Prefetch(v, 2 * i + 1);
  }
  template <int R>
  HWY_INLINE void LoadAll(int v, int64_t i, int64_t ido, Complex<S> (&x)[R]) const {
    auto at = samples.Place(v, 2 * i);
#pragma GCC unroll 16
    for (int j = 0; j < R; ++j) {
      x[j].re = at.Load();
      at.Move(1);
      x[j].im = at.Load();
      at.Move(2 * ido - 1);
    }
  }
  template <int R>
  HWY_INLINE void StoreAll(const Complex<S> (&x)[R], int v, int64_t i, int64_t ido) const {
    auto at = samples.Place(v, 2 * i);
#pragma GCC unroll 16
    for (int j = 0; j < R; ++j) {
      at.Store(x[j].re);
      at.Move(1);
      at.Store(x[j].im);
      at.Move(2 * ido - 1);
    }
  }
};

// The passes of one signal, all but the first where `inner`.
template <bool kForward, class S>
void RunPasses(const RealFft<S>& fft, bool inner, S* data, S* scratch, Ahead* ahead) {
  if (inner) {
    RunInnerPasses<kForward>(fft.fft, fft.reach, data, scratch, ahead);
  } else {
    RunFft<kForward>(fft.fft, fft.reach, data, scratch, ahead);
  }
}

// Transforms samples.vectors() signals, whose samples are samples.Load(v, i), to buffers `stride`
// elements apart, of RealFftElements per lane each; `scratch` has RealFftScratch. Where
// samples.IsFar(), they are not in cache, and Prefetch(v, i) is called in their order. Place(v, i)
// walks from sample to sample. Here by a packed transform.
template <class S, class Samples>
void PackedForward(const RealFft<S>& fft, const Samples& samples, S* data, int64_t stride,
                   S* scratch, Ahead* ahead) {
  const bool inner = RunFirstPass(fft.fft, PackedView<Samples, S>{samples}, data, stride, ahead);
  for (int v = 0; v < samples.vectors(); ++v) {
    RunPasses<true>(fft, inner, data + v * stride, scratch, ahead);
  }
}

// Signal v by a convolution.
template <class S, class Samples>
void ChirpForward(const RealFft<S>& fft, const Samples& samples, int v, S* data, Ahead* ahead) {
  const Simd<S> d;
  const int64_t last = fft.n / 2;
  for (int64_t j = 0; j <= last; ++j) {
    ahead->Fetch();
    const Complex<S> z = {samples.Load(v, 2 * j),
                          j == last ? hn::Zero(d) : samples.Load(v, 2 * j + 1)};
    StoreComplex(Multiply<false>(z, fft.chirp + 2 * j), data, j);
  }
  const Complex<S> zero = {hn::Zero(d), hn::Zero(d)};
  for (int64_t j = last + 1; j < fft.fft.n; ++j) StoreComplex(zero, data, j);
  RunConvolution(fft.fft, fft.chirp_spectrum, data, static_cast<S*>(nullptr), ahead);
  for (int64_t k = 1; k <= fft.highest; ++k) {
    for (const int64_t place : {k, fft.fft.n - k}) {
      StoreComplex(Multiply<false>(LoadComplex(data, place), fft.chirp + 2 * k), data, place);
    }
  }
}

// By any of the ways.
template <class S, class Samples>
void RealForward(const RealFft<S>& fft, const Samples& samples, S* data, int64_t stride, S* scratch,
                 Ahead* ahead) {
  if (fft.way == RealFftWay::kPacked) {
    return PackedForward(fft, samples, data, stride, scratch, ahead);
  }
  for (int v = 0; v < samples.vectors(); ++v, data += stride) {
    if (fft.way == RealFftWay::kPasses) {
      RealForwardPass(
          fft.pass[0], [&](int64_t i) HWY_ATTR { return samples.Load(v, i); }, data, scratch,
          ahead);
      RunRealBlocks<true>(fft, 0, data, scratch, ahead);
      RunRealPasses(fft, 1, data, scratch, ahead);
    } else {
      ChirpForward(fft, samples, v, data, ahead);
    }
  }
}

// The ways back, to samples.Store(y, v, j).
template <class S, class Samples>
void PackedInverse(const RealFft<S>& fft, S* data, int64_t stride, const Samples& samples,
                   S* scratch, Ahead* ahead) {
  const bool inner = HasOwnFirstPass(fft.fft);
  for (int v = 0; v < samples.vectors(); ++v) {
    RunPasses<false>(fft, inner, data + v * stride, scratch, ahead);
  }
  RunLastPass(fft.fft, inner, data, stride, PackedView<Samples, S>{samples}, ahead);
}

template <class S, class Samples>
void ChirpInverse(const RealFft<S>& fft, S* data, const Samples& samples, int v, Ahead* ahead) {
  // The conjugate of the conjugates' transform, bin k at the place of -k, sample j at that of -j.
  for (int64_t k = 0; k <= fft.highest; ++k) {
    for (const int64_t place : {k, fft.fft.n - k}) {
      if (place == fft.fft.n) continue;
      const Complex<S> z = Conjugate<S>(LoadComplex(data, place));
      StoreComplex(Multiply<false>(z, fft.chirp + 2 * k), data, place);
    }
  }
  RunConvolution(fft.fft, fft.chirp_spectrum, data, static_cast<S*>(nullptr), ahead);
  const int64_t last = fft.n / 2;
  for (int64_t j = 0; j <= last; ++j) {
    const Complex<S> z = Conjugate<S>(
        Multiply<false>(LoadComplex(data, j == 0 ? 0 : fft.fft.n - j), fft.chirp + 2 * j));
    samples.Store(z.re, v, 2 * j);
    if (j < last) samples.Store(z.im, v, 2 * j + 1);
  }
}

template <class S, class Samples>
void RealInverse(const RealFft<S>& fft, S* data, int64_t stride, const Samples& samples, S* scratch,
                 Ahead* ahead) {
  if (fft.way == RealFftWay::kPacked) {
    return PackedInverse(fft, data, stride, samples, scratch, ahead);
  }
  for (int v = 0; v < samples.vectors(); ++v, data += stride) {
    if (fft.way == RealFftWay::kPasses) {
      RunRealPassesBack(fft, 1, data, scratch, ahead);
      RunRealBlocks<false>(fft, 0, data, scratch, ahead);
      RealInversePass(
          fft.pass[0], data, [&](Vector<S> y, int64_t j) HWY_ATTR { samples.Store(y, v, j); },
          scratch, ahead);
    } else {
      ChirpInverse(fft, data, samples, v, ahead);
    }
  }
}

// How often a transform of kVectors signals one way calls Fetch.
template <class S>
int64_t FetchCalls(const RealFft<S>& fft) {
  const int64_t each = FetchCalls(fft.fft);
  if (fft.way == RealFftWay::kPacked) {
    if (!HasOwnFirstPass(fft.fft)) return fft.fft.n + kVectors * each;
    const FftPass<S>& first = fft.fft.pass[0];
    return first.ido + kVectors * (each - first.ido);
  }
  if (fft.way == RealFftWay::kChirp) return kVectors * (fft.n / 2 + 2 * each);
  int64_t calls = 0;
  for (int level = 0; level < fft.real_passes; ++level) {
    const RealPass<S>& pass = fft.pass[level];
    calls += pass.ido + (pass.radix - 1) / 2 * (each * pass.ido / fft.fft.n);
  }
  return kVectors * calls;
}

}  // namespace HWY_NAMESPACE
}  // namespace spectral_ops
HWY_AFTER_NAMESPACE();
