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
#include "cpu/fft/transforms-inl.h"
#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace spectral_ops {
namespace HWY_NAMESPACE {

enum class FftDirection { kForward, kInverse, kConvolution, kProduct };

// What a convolution, or a forward transform that ends in a product, does to the bin at a place:
// here, times weights [length, 2].
template <class S>
struct TableProduct {
  const S* weights;

  HWY_INLINE Complex<S> operator()(const Complex<S>& z, int64_t place) const {
    return Multiply<false>(z, weights + 2 * place);
  }
};

// Runs the passes of a plan from one level down to the last and up again.
template <class S, FftDirection kDirection, class Product = TableProduct<S>>
class InPlace {
 public:
  static constexpr bool kInverse =
      kDirection == FftDirection::kInverse || kDirection == FftDirection::kConvolution;
  static constexpr bool kForward = kDirection != FftDirection::kInverse;
  static constexpr bool kProduct =
      kDirection == FftDirection::kProduct || kDirection == FftDirection::kConvolution;
  static constexpr int64_t kStep = 2 * kLanes<S>;  // of one element

  // `reach`: FftReach of the bins that are needed, or not zero; `folded` has room for one butterfly
  // of a radix that has no own code.
  InPlace(const FftPlan<S>& plan, int64_t reach, const Product& product, S* data, S* folded,
          Ahead* ahead)
      : plan_(plan),
        reach_(reach),
        product_(product),
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
      if constexpr (kForward) RunPass<true>(pass, together, data_ + at * kStep, folded_, ahead_);
      Descend(level + 1, at, together * pass.radix);
      if constexpr (kInverse) RunPass<false>(pass, together, data_ + at * kStep, folded_, ahead_);
    }
  }

 private:
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
    const Product product = product_;
    for (int64_t i = first; i < last; i += R) {
      ahead_->Fetch();
      Complex<S> x[R];
#pragma GCC unroll 16
      for (int j = 0; j < R; ++j) x[j] = LoadComplex(data_, i + j);
      if constexpr (kForward) Butterfly<R, true, S>::Run(x);
      if constexpr (kProduct) {
#pragma GCC unroll 16
        for (int j = 0; j < R; ++j) x[j] = product(x[j], i + j);
      }
      if constexpr (kInverse) Butterfly<R, false, S>::Run(x);
#pragma GCC unroll 16
      for (int j = 0; j < R; ++j) StoreComplex(x[j], data_, i + j);
    }
  }

  const FftPlan<S>& plan_;
  const int64_t reach_;
  const Product product_;
  S* data_;
  S* folded_;
  Ahead* ahead_;
};

}  // namespace HWY_NAMESPACE
}  // namespace spectral_ops
HWY_AFTER_NAMESPACE();
