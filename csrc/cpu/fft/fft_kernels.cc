// The transforms of transforms-inl.h, of float and double. Compiled once for each SIMD target.
#include "cpu/fft/transforms-inl.h"

#include <type_traits>

#include "cpu/base/vector-inl.h"
#include "cpu/fft/butterfly-inl.h"
#include "cpu/fft/fft_in_place-inl.h"
#include "cpu/fft/fft_pass-inl.h"
#include "cpu/fft/real_bins-inl.h"
#include "cpu/fft/real_fft-inl.h"
#include "cpu/fft/real_pairs-inl.h"
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

// Vectors of lanes in the place of samples, `step` elements apart; kDense: one after the other,
// which spares a register and the arithmetic.
template <class S, class Pointer, bool kDense>
struct SampleRow {
  Pointer data;
  int64_t step;

  static constexpr int vectors() { return 1; }
  static constexpr bool IsFar() { return false; }
  HWY_INLINE void Prefetch(int /*v*/, int64_t /*i*/) const {}
  HWY_INLINE int64_t At(int64_t i) const { return i * (kDense ? kLanes<S> : step); }
  HWY_INLINE Vector<S> Load(int /*v*/, int64_t i) const {
    return hn::LoadU(Simd<S>(), data + At(i));
  }
  HWY_INLINE void Store(Vector<S> y, int /*v*/, int64_t j) const {
    hn::StoreU(y, Simd<S>(), data + At(j));
  }

  struct Cursor {
    SampleRow row;
    HWY_INLINE void Move(int64_t samples) { Step(row.data, row.At(samples)); }
    HWY_INLINE Vector<S> Load() const { return hn::LoadU(Simd<S>(), row.data); }
    HWY_INLINE void Store(Vector<S> y) const { hn::StoreU(y, Simd<S>(), row.data); }
  };
  HWY_INLINE Cursor Place(int /*v*/, int64_t i) const { return {{data + At(i), step}}; }
};

// Calls body(row) with samples of either kind.
template <class S, class Pointer, class Body>
HWY_INLINE void WithRow(Pointer data, int64_t step, const Body& body) {
  if (step == kLanes<S>) {
    body(SampleRow<S, Pointer, true>{data, step});
  } else {
    body(SampleRow<S, Pointer, false>{data, step});
  }
}

// The real passes from one level on, whose samples are `row`.
template <class S>
HWY_NOINLINE void ForwardFrom(const RealFft<S>& fft, int from,
                              const SampleRow<S, const S*, false>& row, S* data, S* scratch,
                              Ahead* ahead) {
  for (int level = from; level < fft.real_passes; ++level) {
    const RealPass<S>& pass = fft.pass[level];
    const SampleRow<S, const S*, false> samples =
        level == from ? row
                      : SampleRow<S, const S*, false>{data + pass.from * kLanes<S>, kLanes<S>};
    RealForwardPass(
        pass, [samples](int64_t i) HWY_ATTR { return samples.Load(0, i); }, data, scratch, ahead);
    RunRealBlocks<true>(fft, level, data, scratch, ahead);
  }
}

// The way back.
template <class S>
HWY_NOINLINE void BackTo(const RealFft<S>& fft, int to, const SampleRow<S, S*, false>& row, S* data,
                         S* scratch, Ahead* ahead) {
  for (int level = fft.real_passes - 1; level >= to; --level) {
    const RealPass<S>& pass = fft.pass[level];
    const SampleRow<S, S*, false> samples =
        level == to ? row : SampleRow<S, S*, false>{data + pass.from * kLanes<S>, kLanes<S>};
    RunRealBlocks<false>(fft, level, data, scratch, ahead);
    RealInversePass(
        pass, data, [samples](Vector<S> y, int64_t j) HWY_ATTR { samples.Store(y, 0, j); }, scratch,
        ahead);
  }
}

// Calls body(bins) with the bins that there are and their weights as types.
template <bool kForward, class S, class Body>
void WithPairBins(const RealFft<S>& fft, BinWeights kind, const S* weights,
                  const ComplexRow<S>& bins, const Body& body) {
  const int64_t highest = fft.highest;
  if (kind == BinWeights::kParts) {
    return body(PairBins<false, BinWeights::kParts, S>{bins, highest, weights});
  }
  if constexpr (kForward) {
    if (kind == BinWeights::kReal) {
      return body(PairBins<false, BinWeights::kReal, S>{bins, highest, weights});
    }
    if (kind == BinWeights::kTurns) {
      return body(PairBins<false, BinWeights::kTurns, S>{bins, highest, weights});
    }
  }
  if (highest == fft.half) {
    return body(PairBins<true, BinWeights::kNone, S>{bins, highest, weights});
  }
  body(PairBins<false, BinWeights::kNone, S>{bins, highest, weights});
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

template <class S>
void RunFftOfColumn(const FftPlan<S>& plan, int64_t reach, const S* column, int64_t step, S* data,
                    S* scratch) {
  Ahead none;
  const TileColumn<S> in = {const_cast<S*>(column), step};  // is only read
  if (RunFirstPass(plan, in, data, 0, &none)) {
    RunInnerPasses<true>(plan, reach, data, scratch, &none);
  } else {
    RunFft<true>(plan, reach, data, scratch, &none);
  }
}

template <class S>
void RunFftToColumn(const FftPlan<S>& plan, int64_t reach, S* data, S* column, int64_t step,
                    S* scratch) {
  Ahead none;
  const bool inner = HasOwnFirstPass(plan);
  if (inner) {
    RunInnerPasses<false>(plan, reach, data, scratch, &none);
  } else {
    RunFft<false>(plan, reach, data, scratch, &none);
  }
  RunLastPass(plan, inner, data, 0, TileColumn<S>{column, step}, &none);
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
  const SampleRow<S, const S*, false> row = {data + fft.pass[from].from * kLanes<S>, kLanes<S>};
  ForwardFrom(fft, from, row, data, scratch, ahead);
}

template <class S>
void RunRealPassesBack(const RealFft<S>& fft, int to, S* data, S* scratch, Ahead* ahead) {
  if (to == fft.real_passes) return;
  const SampleRow<S, S*, false> row = {data + fft.pass[to].from * kLanes<S>, kLanes<S>};
  BackTo(fft, to, row, data, scratch, ahead);
}

template <class S>
void RealForwardRow(const RealFft<S>& fft, const S* samples, int64_t step, S* data, S* scratch,
                    Ahead* ahead) {
  const SampleRow<S, const S*, false> row = {samples, step};
  switch (fft.way) {
    case RealFftWay::kPacked:
      return WithRow<S>(samples, step, [&](const auto& each) {
        PackedForward(fft, each, data, 0, scratch, ahead);
      });
    case RealFftWay::kPasses:
      return ForwardFrom(fft, 0, row, data, scratch, ahead);
    case RealFftWay::kChirp:
      return ChirpForward(fft, row, 0, data, ahead);
  }
}

template <class S>
void RealInverseRow(const RealFft<S>& fft, S* data, S* samples, int64_t step, S* scratch,
                    Ahead* ahead) {
  const SampleRow<S, S*, false> row = {samples, step};
  switch (fft.way) {
    case RealFftWay::kPacked:
      return WithRow<S>(samples, step, [&](const auto& each) {
        PackedInverse(fft, data, 0, each, scratch, ahead);
      });
    case RealFftWay::kPasses:
      return BackTo(fft, 0, row, data, scratch, ahead);
    case RealFftWay::kChirp:
      return ChirpInverse(fft, data, row, 0, ahead);
  }
}

template <class S>
void FinishAnalysis(const RealFft<S>& fft, BinWeights kind, const S* weights,
                    const ComplexRow<S>& bins, S* data, Ahead* ahead) {
  const FftPlan<S>& plan = fft.fft;
  const int last = plan.passes - 1;
  for (int level = 1; level < last; ++level) {
    RunPass<true>(plan.pass[level], plan.pass[level].l1, data, static_cast<S*>(nullptr), ahead);
  }
  WithRadix(plan.pass[last].radix, [&](auto radix) {
    constexpr int R = decltype(radix)::value;
    if constexpr (R > 1 && R <= kMaxPairRadix) {
      WithPairBins<true>(fft, kind, weights, bins,
                         [&](const auto& all) { PutBinsOfLastPass<R>(fft, data, all, ahead); });
    }
  });
}

template <class S>
void BeginSynthesis(const RealFft<S>& fft, BinWeights kind, const S* weights,
                    const ComplexRow<S>& bins, S* data, Ahead* ahead) {
  const FftPlan<S>& plan = fft.fft;
  const int last = plan.passes - 1;
  WithRadix(plan.pass[last].radix, [&](auto radix) {
    constexpr int R = decltype(radix)::value;
    if constexpr (R > 1 && R <= kMaxPairRadix) {
      WithPairBins<false>(fft, kind, weights, bins,
                          [&](const auto& all) { TakeBinsInFirstPass<R>(fft, all, data, ahead); });
    }
  });
  for (int level = last - 1; level > 0; --level) {
    RunPass<false>(plan.pass[level], plan.pass[level].l1, data, static_cast<S*>(nullptr), ahead);
  }
}

template <class S>
void AnalyzeSignal(const RealFft<S>& fft, const S* samples, int64_t step, const S* weights,
                   const ComplexRow<S>& bins, S* data, S* scratch, Ahead* ahead) {
  const BinWeights kind = weights == nullptr ? BinWeights::kNone : BinWeights::kParts;
  if (MakesBinsInPass(fft)) {
    WithRow<S>(samples, step, [&](const auto& row) {
      RunFirstPass(fft.fft, PackedView<std::decay_t<decltype(row)>, S>{row}, data, 0, ahead);
    });
    return FinishAnalysis(fft, kind, weights, bins, data, ahead);
  }
  RealForwardRow(fft, samples, step, data, scratch, ahead);
  if (weights == nullptr) {
    ForBins(fft, data, [&](int64_t k, const Complex<S>& z) HWY_ATTR { bins.Put(z, k); });
  } else {
    ForBins(fft, data, [&](int64_t k, const Complex<S>& z) HWY_ATTR {
      bins.Put(WeighBin<BinWeights::kParts>(z, weights, k), k);
    });
  }
}

template <class S>
void SynthesizeSignal(const RealFft<S>& fft, const ComplexRow<S>& bins, const S* weights,
                      S* samples, int64_t step, S* data, S* scratch, Ahead* ahead) {
  const BinWeights kind = weights == nullptr ? BinWeights::kNone : BinWeights::kParts;
  if (MakesBinsInPass(fft)) {
    BeginSynthesis(fft, kind, weights, bins, data, ahead);
    return WithRow<S>(samples, step, [&](const auto& row) {
      RunLastPass(fft.fft, true, data, 0, PackedView<std::decay_t<decltype(row)>, S>{row}, ahead);
    });
  }
  if (weights == nullptr) {
    SetBins(fft, data, [&](int64_t k) HWY_ATTR { return bins.Get(k); });
  } else {
    SetBins(fft, data, [&](int64_t k) HWY_ATTR {
      return WeighBin<BinWeights::kParts>(bins.Get(k), weights, k);
    });
  }
  RealInverseRow(fft, data, samples, step, scratch, ahead);
}

template <class S>
void AnalyzeInPlace(const RealFft<S>& fft, const S* weights, const ComplexRow<S>& bins, S* data,
                    S* scratch, Ahead* ahead) {
  if (MakesBinsInPass(fft)) {
    RunPass<true>(fft.fft.pass[0], 1, data, static_cast<S*>(nullptr), ahead);
    return FinishAnalysis(fft, BinWeights::kParts, weights, bins, data, ahead);
  }
  RunPasses<true>(fft, false, data, scratch, ahead);
  ForBins(fft, static_cast<const S*>(data), [&](int64_t k, const Complex<S>& z) HWY_ATTR {
    bins.Put(WeighBin<BinWeights::kParts>(z, weights, k), k);
  });
}

template <class S>
void SynthesizeInPlace(const RealFft<S>& fft, const ComplexRow<S>& bins, const S* weights, S* data,
                       S* scratch, Ahead* ahead) {
  if (MakesBinsInPass(fft)) {
    BeginSynthesis(fft, BinWeights::kParts, weights, bins, data, ahead);
    return RunPass<false>(fft.fft.pass[0], 1, data, static_cast<S*>(nullptr), ahead);
  }
  SetBins(fft, data, [&](int64_t k) HWY_ATTR {
    return WeighBin<BinWeights::kParts>(bins.Get(k), weights, k);
  });
  RunPasses<false>(fft, false, data, scratch, ahead);
}

#define SPECTRAL_OPS_TRANSFORMS_OF(S)                                   \
  template decltype(RunFft<true, S>) RunFft<true, S>;                   \
  template decltype(RunFft<false, S>) RunFft<false, S>;                 \
  template decltype(RunInnerPasses<true, S>) RunInnerPasses<true, S>;   \
  template decltype(RunInnerPasses<false, S>) RunInnerPasses<false, S>; \
  template decltype(RunFftOfColumn<S>) RunFftOfColumn<S>;               \
  template decltype(RunFftToColumn<S>) RunFftToColumn<S>;               \
  template decltype(RunPass<true, S>) RunPass<true, S>;                 \
  template decltype(RunPass<false, S>) RunPass<false, S>;               \
  template decltype(RunConvolution<S>) RunConvolution<S>;               \
  template decltype(ConvolveRader<S>) ConvolveRader<S>;                 \
  template decltype(RunRealBlocks<true, S>) RunRealBlocks<true, S>;     \
  template decltype(RunRealBlocks<false, S>) RunRealBlocks<false, S>;   \
  template decltype(RunRealPasses<S>) RunRealPasses<S>;                 \
  template decltype(RunRealPassesBack<S>) RunRealPassesBack<S>;         \
  template decltype(RealForwardRow<S>) RealForwardRow<S>;               \
  template decltype(RealInverseRow<S>) RealInverseRow<S>;               \
  template decltype(FinishAnalysis<S>) FinishAnalysis<S>;               \
  template decltype(BeginSynthesis<S>) BeginSynthesis<S>;               \
  template decltype(AnalyzeSignal<S>) AnalyzeSignal<S>;                 \
  template decltype(SynthesizeSignal<S>) SynthesizeSignal<S>;           \
  template decltype(AnalyzeInPlace<S>) AnalyzeInPlace<S>;               \
  template decltype(SynthesizeInPlace<S>) SynthesizeInPlace<S>

SPECTRAL_OPS_TRANSFORMS_OF(float);
SPECTRAL_OPS_TRANSFORMS_OF(double);

}  // namespace HWY_NAMESPACE
}  // namespace spectral_ops
HWY_AFTER_NAMESPACE();
