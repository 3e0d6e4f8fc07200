// The product of half spectra on packed transforms (cpu/axes/axis_fft.h).
#pragma once

#include <cstdint>

#include "cpu/axes/axis_fft.h"
#include "cpu/base/prefetch-inl.h"
#include "cpu/base/vector-inl.h"
#include "cpu/fft/butterfly-inl.h"
#include "cpu/fft/fft_pass-inl.h"
#include "cpu/fft/real_fft.h"
#include "cpu/fft/transforms-inl.h"
#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace spectral_ops {
namespace HWY_NAMESPACE {

// The product of half spectra on transforms as they are (axis_fft.h); `to` may be `from`. Where
// kAdds, it is added to what is there.
template <bool kAdds, class S>
HWY_INLINE void MultiplyPacked(const RealFft<S>& fft, const S* weights, const S* from, S* to) {
  const int64_t half = fft.n / 2;
  for (int64_t k = 0; k < fft.pairs; ++k) {
    const S* w = weights + 6 * k;
    const int64_t own = fft.places[2 * k];
    const int64_t other = fft.places[2 * k + 1];
    const Complex<S> z = LoadComplex(from, own);
    const Complex<S> y = LoadComplex(from, other);
    Complex<S> a = AddProductOfConjugate(Multiply<false>(z, w), y, w + 4);
    if constexpr (kAdds) a = Add(a, LoadComplex(to, own));
    if (k != 0 && 2 * k != half) {
      Complex<S> b = SubConjugateOfProduct(Multiply<false>(y, w + 2), z, w + 4);
      if constexpr (kAdds) b = Add(b, LoadComplex(to, other));
      StoreComplex(b, to, other);
    }
    StoreComplex(a, to, own);
  }
}

// Bins z and `mirror` of a block or two times A, A' and B at w.
template <class S>
HWY_INLINE void MultiplyMirrored(const S* w, Complex<S>* z, Complex<S>* mirror) {
  const Complex<S> own = *z;
  *z = AddProductOfConjugate(Multiply<false>(own, w), *mirror, w + 4);
  *mirror = SubConjugateOfProduct(Multiply<false>(*mirror, w + 2), own, w + 4);
}

// The last pass of a packed transform, the product, and the first pass back on one block that holds
// its own mirrors: that of bin 0, or, kMiddle, that of bin `blocks` / 2. `step` is 6 `blocks`.
template <int R, bool kMiddle, class S>
HWY_INLINE void MultiplyOwnBlock(const S* w, int64_t step, S* block) {
  Complex<S> x[R];
#pragma GCC unroll 16
  for (int q = 0; q < R; ++q) x[q] = LoadComplex(block, q);
  Butterfly<R, true, S>::Run(x);
#pragma GCC unroll 16
  for (int q = 0; q < R; ++q) {
    const int mirror = kMiddle ? R - 1 - q : (R - q) % R;
    if (mirror < q) continue;
    const S* own = w + q * step;
    if (mirror == q) {
      x[q] = AddProductOfConjugate(Multiply<false>(x[q], own), x[q], own + 4);
    } else {
      MultiplyMirrored(own, &x[q], &x[mirror]);
    }
  }
  Butterfly<R, false, S>::Run(x);
#pragma GCC unroll 16
  for (int q = 0; q < R; ++q) StoreComplex(x[q], block, q);
}

// The same on all blocks: in pairs that hold each other's mirrors, but for those two.
template <int R, class S>
HWY_INLINE void MultiplyBlocks(const AxisFft<S>& fft, S* data, Ahead* ahead) {
  constexpr int64_t kBlock = R * 2 * kLanes<S>;
  const int64_t blocks = fft.forward.n / 2 / R;
  MultiplyOwnBlock<R, false>(fft.weights, 6 * blocks, data);
  if (blocks % 2 == 0) {
    MultiplyOwnBlock<R, true>(fft.weights + 3 * blocks, 6 * blocks,
                              data + fft.forward.places[blocks] * 2 * kLanes<S>);
  }
  const S* w = fft.block_weights;
  for (int64_t pair = 0; pair < fft.block_pairs; ++pair) {
    ahead->Fetch();
    S* own = data + fft.blocks[2 * pair] * kBlock;
    S* other = data + fft.blocks[2 * pair + 1] * kBlock;
    Complex<S> x[R];
    Complex<S> y[R];
#pragma GCC unroll 16
    for (int q = 0; q < R; ++q) x[q] = LoadComplex(own, q);
    Butterfly<R, true, S>::Run(x);
#pragma GCC unroll 16
    for (int q = 0; q < R; ++q) y[q] = LoadComplex(other, q);
    Butterfly<R, true, S>::Run(y);
#pragma GCC unroll 16
    for (int q = 0; q < R; ++q, w += 6) MultiplyMirrored(w, &x[q], &y[R - 1 - q]);
    Butterfly<R, false, S>::Run(x);
#pragma GCC unroll 16
    for (int q = 0; q < R; ++q) StoreComplex(x[q], own, q);
    Butterfly<R, false, S>::Run(y);
#pragma GCC unroll 16
    for (int q = 0; q < R; ++q) StoreComplex(y[q], other, q);
  }
}

// All passes but the first between what that one left and what it takes back.
template <class S>
void ConvolveShort(const AxisFft<S>& fft, S* data, Ahead* ahead) {
  const FftPlan<S>& plan = fft.forward.fft;
  const int last = plan.passes - 1;
  S* const none = nullptr;  // all have their own code
  for (int level = 1; level < last; ++level) {
    RunPass<true>(plan.pass[level], plan.pass[level].l1, data, none, ahead);
  }
  WithRadix(plan.pass[last].radix, [&](auto radix) HWY_ATTR {
    constexpr int R = decltype(radix)::value;
    if constexpr (R > 1) MultiplyBlocks<R>(fft, data, ahead);
  });
  for (int level = last - 1; level > 0; --level) {
    RunPass<false>(plan.pass[level], plan.pass[level].l1, data, none, ahead);
  }
}

}  // namespace HWY_NAMESPACE
}  // namespace spectral_ops
HWY_AFTER_NAMESPACE();
