// The transforms of transforms-inl.h, of float and double. Compiled once for each SIMD target.
#include "cpu/fft/transforms-inl.h"

#include "cpu/base/vector-inl.h"
#include "cpu/fft/butterfly-inl.h"
#include "cpu/fft/fft_in_place-inl.h"
#include "cpu/fft/fft_pass-inl.h"
#include "cpu/fft/real_fft-inl.h"
#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace spectral_ops {
namespace HWY_NAMESPACE {
namespace {

template <bool kForward>
constexpr FftDirection kDirection = kForward ? FftDirection::kForward : FftDirection::kInverse;

// The transform of data[n] by Bluestein's convolution, unnormalized, bins in their own order; the
// inverse is the conjugate of the conjugate's transform.
template <bool kForward, class S>
void RunChirp(const FftPlan<S>& plan, S* data,
              S* chirp,  // [chirp_length, 2, lanes]
              Ahead* ahead) {
  const Simd<S> d;
  const auto conjugate = [](const Complex<S>& z)
                             HWY_ATTR { return kForward ? z : Complex<S>{z.re, hn::Neg(z.im)}; };
  for (int64_t i = 0; i < plan.n; ++i) {
    StoreComplex(Multiply<false>(conjugate(LoadComplex(data, i)), plan.chirp + 2 * i), chirp, i);
  }
  const Complex<S> zero = {hn::Zero(d), hn::Zero(d)};
  for (int64_t i = plan.n; i < plan.chirp_length; ++i) StoreComplex(zero, chirp, i);
  RunConvolution(plan, plan.chirp_spectrum, chirp, static_cast<S*>(nullptr), ahead);
  for (int64_t i = 0; i < plan.n; ++i) {
    StoreComplex(conjugate(Multiply<false>(LoadComplex(chirp, i), plan.chirp + 2 * i)), data, i);
  }
}

// Vectors of lanes one after the other, in the place of samples.
template <class S, class Pointer>
struct SampleRow {
  Pointer data;

  static constexpr int vectors() { return 1; }
  HWY_INLINE bool IsFar() const { return false; }
  HWY_INLINE void Prefetch(int /*v*/, int64_t /*i*/) const {}
  HWY_INLINE Vector<S> Load(int /*v*/, int64_t i) const {
    return hn::LoadU(Simd<S>(), data + i * kLanes<S>);
  }
  HWY_INLINE void Store(Vector<S> y, int /*v*/, int64_t j) const {
    hn::StoreU(y, Simd<S>(), data + j * kLanes<S>);
  }

  struct Cursor {
    Pointer at;
    HWY_INLINE void Move(int64_t samples) { Step(at, samples * kLanes<S>); }
    HWY_INLINE Vector<S> Load() const { return hn::LoadU(Simd<S>(), at); }
    HWY_INLINE void Store(Vector<S> y) const { hn::StoreU(y, Simd<S>(), at); }
  };
  HWY_INLINE Cursor Place(int /*v*/, int64_t i) const { return {data + i * kLanes<S>}; }
};

// The real passes from one level on, whose samples are `row`.
template <class S>
HWY_NOINLINE void ForwardFrom(const RealFft<S>& fft, int from, const S* row, S* data, S* scratch,
                              Ahead* ahead) {
  for (int level = from; level < fft.real_passes; ++level) {
    const RealPass<S>& pass = fft.pass[level];
    const S* samples = level == from ? row : data + pass.from * kLanes<S>;
    RealForwardPass(
        pass, [&](int64_t i) HWY_ATTR { return hn::LoadU(Simd<S>(), samples + i * kLanes<S>); },
        data, scratch, ahead);
    RunRealBlocks<true>(fft, level, data, scratch, ahead);
  }
}

// The way back.
template <class S>
HWY_NOINLINE void BackTo(const RealFft<S>& fft, int to, S* row, S* data, S* scratch, Ahead* ahead) {
  for (int level = fft.real_passes - 1; level >= to; --level) {
    const RealPass<S>& pass = fft.pass[level];
    S* samples = level == to ? row : data + pass.from * kLanes<S>;
    RunRealBlocks<false>(fft, level, data, scratch, ahead);
    RealInversePass(
        pass, data,
        [&](Vector<S> y, int64_t j) HWY_ATTR { hn::StoreU(y, Simd<S>(), samples + j * kLanes<S>); },
        scratch, ahead);
  }
}

}  // namespace

template <bool kForward, class S>
void RunFft(const FftPlan<S>& plan, int64_t reach, S* data, S* scratch, Ahead* ahead) {
  if (plan.chirp_length != 0) return RunChirp<kForward>(plan, data, scratch, ahead);
  InPlace<S, kDirection<kForward>>(plan, reach, {}, data, scratch, ahead).Descend(0, 0, 1);
}

template <bool kForward, class S>
void RunInnerPasses(const FftPlan<S>& plan, int64_t reach, S* data, S* scratch, Ahead* ahead) {
  InPlace<S, kDirection<kForward>>(plan, reach, {}, data, scratch, ahead)
      .Descend(1, 0, plan.pass[0].radix);
}

template <bool kForward, class S>
HWY_NOINLINE void RunPass(const FftPass<S>& pass, int64_t blocks, S* data, S* folded,
                          Ahead* ahead) {
  WithRadix(pass.radix, [&](auto radix) HWY_ATTR {
    constexpr int R = decltype(radix)::value;
    S* at = data;
    for (int64_t block = 0; block < blocks; ++block) {
      if constexpr (R == 0) {
        RunAnyPass<kForward>(pass, at, kWholeReach, folded);
      } else if constexpr (kForward) {
        Decimate<R>(pass, BufferView<S>{at}, at, 0, ahead);
      } else {
        Recombine<R>(pass, at, 0, BufferView<S>{at}, ahead);
      }
      at += pass.radix * pass.ido * 2 * kLanes<S>;
    }
  });
}

template <class S>
void RunConvolution(const FftPlan<S>& plan, const S* weights, S* data, S* scratch, Ahead* ahead) {
  InPlace<S, FftDirection::kConvolution>(plan, kWholeReach, {weights}, data, scratch, ahead)
      .Descend(0, 0, 1);
}

template <class S>
HWY_NOINLINE void ConvolveRader(const RaderButterfly<S>& rader, S* data, S* scratch) {
  Ahead none;
  RunConvolution(*rader.plan, rader.weights, data, scratch, &none);
}

template <bool kForward, class S>
void RunRealBlocks(const RealFft<S>& fft, int level, S* data, S* scratch, Ahead* ahead) {
  const RealPass<S>& pass = fft.pass[level];
  if (pass.ido == 1) return;
  S* blocks = data + (pass.to + pass.ido) * kLanes<S>;
  InPlace<S, kDirection<kForward>>(fft.fft, pass.reach, {}, blocks, scratch, ahead)
      .Descend(level, 0, (pass.radix - 1) / 2);
}

template <class S>
void RunRealPasses(const RealFft<S>& fft, int from, S* data, S* scratch, Ahead* ahead) {
  if (from == fft.real_passes) return;
  ForwardFrom(fft, from, data + fft.pass[from].from * kLanes<S>, data, scratch, ahead);
}

template <class S>
void RunRealPassesBack(const RealFft<S>& fft, int to, S* data, S* scratch, Ahead* ahead) {
  if (to == fft.real_passes) return;
  BackTo(fft, to, data + fft.pass[to].from * kLanes<S>, data, scratch, ahead);
}

template <class S>
void RealForwardRow(const RealFft<S>& fft, const S* samples, S* data, S* scratch) {
  Ahead none;
  const SampleRow<S, const S*> row = {samples};
  switch (fft.way) {
    case RealFftWay::kPacked:
      return PackedForward(fft, row, data, 0, scratch, &none);
    case RealFftWay::kPasses:
      return ForwardFrom(fft, 0, samples, data, scratch, &none);
    case RealFftWay::kChirp:
      return ChirpForward(fft, row, 0, data, &none);
  }
}

template <class S>
void RealInverseRow(const RealFft<S>& fft, S* data, S* samples, S* scratch) {
  Ahead none;
  const SampleRow<S, S*> row = {samples};
  switch (fft.way) {
    case RealFftWay::kPacked:
      return PackedInverse(fft, data, 0, row, scratch, &none);
    case RealFftWay::kPasses:
      return BackTo(fft, 0, samples, data, scratch, &none);
    case RealFftWay::kChirp:
      return ChirpInverse(fft, data, row, 0, &none);
  }
}

#define SPECTRAL_OPS_TRANSFORMS_OF(S)                                   \
  template decltype(RunFft<true, S>) RunFft<true, S>;                   \
  template decltype(RunFft<false, S>) RunFft<false, S>;                 \
  template decltype(RunInnerPasses<true, S>) RunInnerPasses<true, S>;   \
  template decltype(RunInnerPasses<false, S>) RunInnerPasses<false, S>; \
  template decltype(RunPass<true, S>) RunPass<true, S>;                 \
  template decltype(RunPass<false, S>) RunPass<false, S>;               \
  template decltype(RunConvolution<S>) RunConvolution<S>;               \
  template decltype(ConvolveRader<S>) ConvolveRader<S>;                 \
  template decltype(RunRealBlocks<true, S>) RunRealBlocks<true, S>;     \
  template decltype(RunRealBlocks<false, S>) RunRealBlocks<false, S>;   \
  template decltype(RunRealPasses<S>) RunRealPasses<S>;                 \
  template decltype(RunRealPassesBack<S>) RunRealPassesBack<S>;         \
  template decltype(RealForwardRow<S>) RealForwardRow<S>;               \
  template decltype(RealInverseRow<S>) RealInverseRow<S>

SPECTRAL_OPS_TRANSFORMS_OF(float);
SPECTRAL_OPS_TRANSFORMS_OF(double);

}  // namespace HWY_NAMESPACE
}  // namespace spectral_ops
HWY_AFTER_NAMESPACE();
