// Complex FFTs of vectors in place.
//
// Forward passes decimate in frequency and leave the bins in an order of their own (FftOrder);
// inverse passes are their mirror and take them in that order. So no pass sorts, each works on
// blocks that do not know of each other, and the passes of a block run while it is in cache: the
// blocks of a long transform one after the other, depth first. A convolution runs both ways at
// once: at the bottom, the last forward pass, the product and the first inverse pass stay in
// registers.
#pragma once

#include <cstdint>

#include "cpu/base/prefetch-inl.h"
#include "cpu/base/vector-inl.h"
#include "cpu/fft/butterfly-inl.h"
#include "cpu/fft/fft.h"
#include "cpu/fft/fft_pass-inl.h"
#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace spectral_ops {
namespace HWY_NAMESPACE {

enum class FftDirection { kForward, kInverse, kConvolution };

// Runs the passes of a plan from one level down to the last and up again.
template <class S, FftDirection kDirection>
class InPlace {
 public:
  static constexpr bool kForward = kDirection != FftDirection::kInverse;
  static constexpr bool kInverse = kDirection != FftDirection::kForward;
  static constexpr bool kProduct = kDirection == FftDirection::kConvolution;
  static constexpr int64_t kStep = 2 * kLanes<S>;  // of one element

  // `reach`: FftReach of the bins that are needed, or not zero; `weights` [length, 2] multiply the
  // bins of a convolution; `folded` has room for one butterfly of a radix that has no own code.
  InPlace(const FftPlan<S>& plan, int64_t reach, const S* weights, S* data, S* folded, Ahead* ahead)
      : plan_(plan),
        reach_(reach),
        weights_(weights),
        data_(data),
        folded_(folded),
        ahead_(ahead) {}

  // The blocks of one level from element `first` on.
  void Descend(int level, int64_t first, int64_t blocks) const {
    const FftPass<S>& pass = plan_.pass[level];
    const int64_t length = pass.radix * pass.ido;
    if (level + 1 == plan_.passes) {
      RunLast(pass, first, blocks);
      return;
    }
    const int64_t together =
        length * kStep * static_cast<int64_t>(sizeof(S)) > plan_.block_bytes ? 1 : blocks;
    for (int64_t block = 0; block < blocks; block += together) {
      const int64_t at = first + block * length;
      if constexpr (kForward) RunBlocks<true>(pass, at, together);
      Descend(level + 1, at, together * pass.radix);
      if constexpr (kInverse) RunBlocks<false>(pass, at, together);
    }
  }

 private:
  template <bool kThisForward>
  HWY_NOINLINE void RunBlocks(const FftPass<S>& pass, int64_t first, int64_t blocks) const {
    WithRadix(pass.radix, [&](auto radix) HWY_ATTR {
      constexpr int R = decltype(radix)::value;
      S* data = data_ + first * kStep;
      for (int64_t block = 0; block < blocks; ++block) {
        if constexpr (R == 0) {
          RunAnyPass<kThisForward>(pass, data, kWholeReach, folded_);
        } else if constexpr (kThisForward) {
          Decimate<R>(pass, BufferView<S>{data}, data, 0, ahead_);
        } else {
          Recombine<R>(pass, data, 0, BufferView<S>{data}, ahead_);
        }
        data += pass.radix * pass.ido * kStep;
      }
    });
  }

  HWY_NOINLINE void RunLast(const FftPass<S>& pass, int64_t first, int64_t blocks) const {
    WithRadix(pass.radix, [&](auto radix) HWY_ATTR {
      constexpr int R = decltype(radix)::value;
      const int64_t last = first + blocks * pass.radix;
      if constexpr (R == 0) {
        for (int64_t i = first; i < last; i += pass.radix) {
          if constexpr (kForward) RunAnyPass<true>(pass, data_ + i * kStep, reach_, folded_);
          if constexpr (kProduct) MultiplyBins<1>(i, i + pass.radix);
          if constexpr (kInverse) RunAnyPass<false>(pass, data_ + i * kStep, reach_, folded_);
        }
      } else {
        MultiplyBins<R>(first, last);
      }
    });
  }

  // The elements [first, last): one butterfly each way around the product.
  template <int R>
  HWY_INLINE void MultiplyBins(int64_t first, int64_t last) const {
    for (int64_t i = first; i < last; i += R) {
      ahead_->Fetch();
      Complex<S> x[R];
#pragma GCC unroll 16
      for (int j = 0; j < R; ++j) x[j] = LoadComplex(data_, i + j);
      if constexpr (kForward) Butterfly<R, true, S>::Run(x);
      if constexpr (kProduct) {
#pragma GCC unroll 16
        for (int j = 0; j < R; ++j) x[j] = Multiply<false>(x[j], weights_ + 2 * (i + j));
      }
      if constexpr (kInverse) Butterfly<R, false, S>::Run(x);
#pragma GCC unroll 16
      for (int j = 0; j < R; ++j) StoreComplex(x[j], data_, i + j);
    }
  }

  const FftPlan<S>& plan_;
  const int64_t reach_;
  const S* weights_;
  S* data_;
  S* folded_;
  Ahead* ahead_;
};

template <class S>
HWY_NOINLINE void ConvolveRader(const RaderButterfly<S>& rader, S* data, S* scratch) {
  Ahead none;
  InPlace<S, FftDirection::kConvolution>(*rader.plan, kWholeReach, rader.weights, data, scratch,
                                         &none)
      .Descend(0, 0, 1);
}

// How often a transform one way calls Fetch, as far as one can tell from its passes.
template <class S>
int64_t FetchCalls(const FftPlan<S>& plan) {
  const int64_t length = plan.chirp_length == 0 ? plan.n : plan.chirp_length;
  const int64_t ways = plan.chirp_length == 0 ? 1 : 2;
  int64_t calls = 0;
  for (int i = 0; i < plan.passes; ++i) {
    const FftPass<S>& pass = plan.pass[i];
    if (!pass.HasOwnCode()) continue;
    calls += i + 1 == plan.passes ? length / pass.radix : ways * pass.l1 * pass.ido;
  }
  return calls;
}

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
  InPlace<S, FftDirection::kConvolution>(plan, kWholeReach, plan.chirp_spectrum, chirp, nullptr,
                                         ahead)
      .Descend(0, 0, 1);
  for (int64_t i = 0; i < plan.n; ++i) {
    StoreComplex(conjugate(Multiply<false>(LoadComplex(chirp, i), plan.chirp + 2 * i)), data, i);
  }
}

// The transform of data[n], unnormalized, the bins in FftOrder; `scratch` has FftScratch(n)
// elements per lane.
template <bool kForward, class S>
void RunFft(const FftPlan<S>& plan, int64_t reach, S* data, S* scratch, Ahead* ahead) {
  if (plan.chirp_length != 0) {
    RunChirp<kForward>(plan, data, scratch, ahead);
    return;
  }
  constexpr FftDirection kDirection = kForward ? FftDirection::kForward : FftDirection::kInverse;
  InPlace<S, kDirection>(plan, reach, nullptr, data, scratch, ahead).Descend(0, 0, 1);
}

// Whether the first pass can read, and its mirror write, elsewhere than in the buffer.
template <class S>
bool HasOwnFirstPass(const FftPlan<S>& plan) {
  return plan.chirp_length == 0 && plan.passes > 1 && plan.pass[0].HasOwnCode();
}

// The first pass of in.vectors() signals, whose buffers are `stride` elements apart; false where it
// could not read them where they are, and they were copied instead.
template <class S, class In>
HWY_NOINLINE bool RunFirstPass(const FftPlan<S>& plan, const In in, S* data, int64_t stride,
                               Ahead* ahead) {
  if (HasOwnFirstPass(plan) && !in.IsFar()) {
    WithRadix(plan.pass[0].radix, [&](auto radix) HWY_ATTR {
      constexpr int R = decltype(radix)::value;
      if constexpr (R > 1) Decimate<R>(plan.pass[0], in, data, stride, ahead);
    });
    return true;
  }
  for (int64_t i = 0; i < plan.n; ++i) {
    ahead->Fetch();
    for (int v = 0; v < in.vectors(); ++v) {
      if (in.IsFar()) in.Prefetch(v, i);
      StoreComplex(in.Load(v, i), data + v * stride, i);
    }
  }
  return false;
}

// The mirror of it, where the first pass of `plan` is still to be run back if `own`.
template <class S, class Out>
HWY_NOINLINE void RunLastPass(const FftPlan<S>& plan, bool own, S* data, int64_t stride,
                              const Out out, Ahead* ahead) {
  if (own) {
    // Many lines at once, often of one set of the cache, would be slower than one at a time.
    const bool direct = !out.IsFar();
    WithRadix(plan.pass[0].radix, [&](auto radix) HWY_ATTR {
      constexpr int R = decltype(radix)::value;
      if constexpr (R > 1) {
        if (direct) return Recombine<R>(plan.pass[0], data, stride, out, ahead);
        for (int v = 0; v < out.vectors(); ++v) {
          S* each = data + v * stride;
          Recombine<R>(plan.pass[0], each, 0, BufferView<S>{each}, ahead);
        }
      }
    });
    if (direct) return;
  }
  for (int64_t i = 0; i < plan.n; ++i) {
    for (int v = 0; v < out.vectors(); ++v) {
      if (out.IsFar()) out.Prefetch(v, i);
      out.Store(LoadComplex(data + v * stride, i), v, i);
    }
  }
}

// The passes of one signal, all but the first where `inner`.
template <bool kForward, class S>
void RunPasses(const FftPlan<S>& plan, bool inner, int64_t reach, S* data, S* scratch,
               Ahead* ahead) {
  if (!inner) return RunFft<kForward>(plan, reach, data, scratch, ahead);
  constexpr FftDirection kDirection = kForward ? FftDirection::kForward : FftDirection::kInverse;
  InPlace<S, kDirection>(plan, reach, nullptr, data, scratch, ahead)
      .Descend(1, 0, plan.pass[0].radix);
}

}  // namespace HWY_NAMESPACE
}  // namespace spectral_ops
HWY_AFTER_NAMESPACE();
