// From the spectrum of a reordered signal to that of another length, by way of its cosine transform
// (cpu/axes/axis_fft.h), with bins as lanes.
#pragma once

#include <cstdint>

#include "core/axis.h"
#include "cpu/axes/axis_fft.h"
#include "cpu/axes/axis_signal.h"
#include "cpu/base/vector-inl.h"
#include "cpu/fft/butterfly-inl.h"
#include "cpu/fft/signal_chirp-inl.h"
#include "cpu/fft/signal_fft.h"
#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace spectral_ops {
namespace HWY_NAMESPACE {

template <class S, class T>
HWY_INLINE S LoadOne(const T* x) {
  return hn::GetLane(Load<S, false>(x, 1));
}

template <class S, class T>
HWY_INLINE void StoreOne(S value, T* y) {
  StoreLanes<false, S>(hn::Set(Simd<S>(), value), y, 1);
}

// `lanes` bins from k on, of real parts and behind them imaginary ones.
template <class S>
HWY_INLINE Complex<S> LoadBins(const S* parts, int64_t part_elements, int64_t k) {
  const Simd<S> d;
  return {hn::LoadU(d, parts + k), hn::LoadU(d, parts + part_elements + k)};
}

// C[0 .. bins), of one channel. `line` has room for max(n, m) numbers, and for two vectors on
// either side.
template <class S>
HWY_NOINLINE void TakeCosines(const AxisSignal<S>& axis, const S* spectrum, S* line) {
  const Simd<S> d;
  const SignalShape& shape = axis.forward->shape;
  const int64_t part = shape.part_elements;
  const auto turned = [&](int64_t k) HWY_ATTR {
    return MultiplyEach<false>(LoadBins(spectrum, part, k), LoadBins(axis.turns[0], part, k));
  };
  for (int64_t k = 0; k <= shape.highest; k += kLanes<S>) {
    hn::StoreU(turned(k).re, d, line + k);
  }
  // The mirrors of bins below n/2: whole vectors, and what is left of them.
  const int64_t n = shape.n;
  int64_t k = n - axis.bins + 1 > 1 ? n - axis.bins + 1 : 1;
  const int64_t end = (n + 1) / 2;
  for (; k + kLanes<S> <= end; k += kLanes<S>) {
    hn::StoreU(hn::Reverse(d, hn::Neg(turned(k).im)), d, line + n - k - (kLanes<S> - 1));
  }
  for (; k < end; ++k) {
    line[n - k] = -hn::GetLane(turned(k).im);
  }
}

// The bins conj(turn(m, k)) (Y[k] - i Y[m - k]) of Y = line[0 .. bins), zero from there on.
template <class S>
HWY_NOINLINE void PutCosines(const AxisSignal<S>& axis, S* line, S* spectrum) {
  const Simd<S> d;
  const SignalShape& shape = axis.backward->shape;
  const int64_t part = shape.part_elements;
  const int64_t m = shape.n;
  for (int64_t k = axis.bins; k < m + 2 * kLanes<S>; k += kLanes<S>) {
    hn::StoreU(hn::Zero(d), d, line + k);
  }
  for (int64_t k = 0; k <= shape.highest; k += kLanes<S>) {
    const auto mirror = hn::Reverse(d, hn::LoadU(d, line + m - k - (kLanes<S> - 1)));
    const Complex<S> both = {hn::LoadU(d, line + k), hn::Neg(mirror)};
    const Complex<S> z = MultiplyEach<true>(both, LoadBins(axis.turns[1], part, k));
    hn::StoreU(z.re, d, spectrum + k);
    hn::StoreU(z.im, d, spectrum + part + k);
  }
}

// Samples of [length, channels] in the order of v, and back.
template <class T, class S>
HWY_NOINLINE void ReorderIn(const T* x, int64_t length, int64_t channels, S* v) {
  int64_t i = 0;
#if HWY_TARGET != HWY_SCALAR
  const Simd<S> d;
  for (; channels == 1 && i + 2 * kLanes<S> <= length; i += 2 * kLanes<S>) {
    const auto low = Load<S, true>(x + i, kLanes<S>);
    const auto high = Load<S, true>(x + i + kLanes<S>, kLanes<S>);
    const auto odd = hn::Reverse(d, hn::ConcatOdd(d, high, low));
    hn::StoreU(hn::ConcatEven(d, high, low), d, v + i / 2);
    hn::StoreU(odd, d, v + length - i / 2 - kLanes<S>);
  }
#endif
  for (; i < length; ++i) {
    S* to = v + CosinePlace(i, length) * channels;
    for (int64_t c = 0; c < channels; ++c) to[c] = LoadOne<S>(x + i * channels + c);
  }
}

template <class T, class S>
HWY_NOINLINE void ReorderOut(const S* v, int64_t length, int64_t channels, T* y) {
  int64_t j = 0;
#if HWY_TARGET != HWY_SCALAR
  const Simd<S> d;
  for (; channels == 1 && j + 2 * kLanes<S> <= length; j += 2 * kLanes<S>) {
    const auto even = hn::LoadU(d, v + j / 2);
    const auto odd = hn::Reverse(d, hn::LoadU(d, v + length - j / 2 - kLanes<S>));
    StoreLanes<true, S>(hn::InterleaveWholeLower(d, even, odd), y + j, kLanes<S>);
    StoreLanes<true, S>(hn::InterleaveWholeUpper(d, even, odd), y + j + kLanes<S>, kLanes<S>);
  }
#endif
  for (; j < length; ++j) {
    const S* from = v + CosinePlace(j, length) * channels;
    for (int64_t c = 0; c < channels; ++c) StoreOne<S>(from[c], y + j * channels + c);
  }
}

}  // namespace HWY_NAMESPACE
}  // namespace spectral_ops
HWY_AFTER_NAMESPACE();
