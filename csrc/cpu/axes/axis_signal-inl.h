// Resamples one signal with its samples as lanes (cpu/axes/axis_signal.h).
#pragma once

#include <cstdint>

#include "cpu/axes/axis_signal.h"
#include "cpu/axes/signal_cosines-inl.h"
#include "cpu/axes/signal_phases-inl.h"
#include "cpu/base/vector-inl.h"
#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace spectral_ops {
namespace HWY_NAMESPACE {

// Multiplies the bins of one channel, real or imaginary parts, by weights and window, where there
// are any.
template <class S>
HWY_NOINLINE void WeighBins(int64_t bins, const S* weights, const S* window, S* part) {
  const Simd<S> d;
  for (int64_t k = 0; k < bins; k += kLanes<S>) {
    const int count = bins - k < kLanes<S> ? static_cast<int>(bins - k) : kLanes<S>;
    auto w = hn::Set(d, S(1));
    if (weights != nullptr) w = Load<S, false>(weights + k, count);
    if (window != nullptr) w = hn::Mul(w, Load<S, false>(window + k, count));
    StoreLanes<false, S>(hn::Mul(w, hn::LoadU(d, part + k)), part + k, count);
  }
}

// Turns and weighs the bins of one channel.
template <class S>
HWY_NOINLINE void TurnBins(const AxisSignal<S>& axis, S* re) {
  const Simd<S> d;
  const int64_t part = axis.forward->shape.part_elements;
  S* im = re + part;
  for (int64_t k = 0; k <= axis.forward->shape.highest; k += kLanes<S>) {
    const Complex<S> w = {hn::LoadU(d, axis.weights + k), hn::LoadU(d, axis.weights + part + k)};
    const Complex<S> z = {hn::LoadU(d, re + k), hn::LoadU(d, im + k)};
    const Complex<S> turned = MultiplyEach<false>(z, w);
    hn::StoreU(turned.re, d, re + k);
    hn::StoreU(turned.im, d, im + k);
  }
}

// The samples of odd number.
template <class T, class S>
HWY_NOINLINE void TakeOdd(const T* x, int64_t count, S* odd) {
  int64_t j = 0;
#if HWY_TARGET != HWY_SCALAR
  const Simd<S> d;
  for (; j + kLanes<S> <= count; j += kLanes<S>) {
    const auto low = Load<S, true>(x + 2 * j, kLanes<S>);
    const auto high = Load<S, true>(x + 2 * j + kLanes<S>, kLanes<S>);
    hn::StoreU(hn::ConcatOdd(d, high, low), d, odd + j);
  }
#endif
  for (; j < count; ++j) odd[j] = LoadOne<S>(x + 2 * j + 1);
}

// y[j] = odd[j] + weight x[2 j].
template <class T, class S>
HWY_NOINLINE void AddEven(const T* x, const S* odd, S weight, int64_t count, T* y) {
  int64_t j = 0;
  const Simd<S> d;
#if HWY_TARGET != HWY_SCALAR
  const auto w = hn::Set(d, weight);
  for (; j + kLanes<S> <= count; j += kLanes<S>) {
    const auto low = Load<S, true>(x + 2 * j, kLanes<S>);
    const auto high = Load<S, true>(x + 2 * j + kLanes<S>, kLanes<S>);
    const auto sum = hn::MulAdd(w, hn::ConcatEven(d, high, low), hn::LoadU(d, odd + j));
    StoreLanes<true, S>(sum, y + j, kLanes<S>);
  }
#endif
  for (; j < count; ++j) {
    const auto even = hn::Set(d, LoadOne<S>(x + 2 * j));
    StoreOne(hn::GetLane(hn::MulAdd(hn::Set(d, weight), even, hn::Set(d, odd[j]))), y + j);
  }
}

// y[2 j] = weight x[j], y[2 j + 1] = odd[j].
template <class T, class S>
HWY_NOINLINE void PutBoth(const T* x, const S* odd, S weight, int64_t count, T* y) {
  int64_t j = 0;
#if HWY_TARGET != HWY_SCALAR
  const Simd<S> d;
  for (; j + kLanes<S> <= count; j += kLanes<S>) {
    const auto even = hn::Mul(hn::Set(d, weight), Load<S, true>(x + j, kLanes<S>));
    const auto other = hn::LoadU(d, odd + j);
    StoreLanes<true, S>(hn::InterleaveWholeLower(d, even, other), y + 2 * j, kLanes<S>);
    StoreLanes<true, S>(hn::InterleaveWholeUpper(d, even, other), y + 2 * j + kLanes<S>, kLanes<S>);
  }
#endif
  for (; j < count; ++j) {
    StoreOne<S>(weight * LoadOne<S>(x + j), y + 2 * j);
    StoreOne<S>(odd[j], y + 2 * j + 1);
  }
}

template <class T, class S>
void ForwardSignal(const SignalFft<S>& fft, const T* x, S* scratch, S* spectrum) {
  if (fft.shape.chirp_length > 0) {
    SignalChirp<S>(fft, scratch).Forward(x, spectrum);
  } else {
    SignalTransform<S>(fft, scratch).Forward(x, spectrum);
  }
}

template <class T, class S>
void InverseSignal(const SignalFft<S>& fft, const S* spectrum, S* scratch, T* y) {
  if (fft.shape.chirp_length > 0) {
    SignalChirp<S>(fft, scratch).Inverse(spectrum, y);
  } else {
    SignalTransform<S>(fft, scratch).Inverse(spectrum, y);
  }
}

// A symmetric axis.
template <class T, class S>
void RunCosines(const AxisSignal<S>& axis, const S* window, const T* x, T* y, S* scratch) {
  const SignalShape& in = axis.forward->shape;
  const SignalShape& out = axis.backward->shape;
  S* spectrum = scratch + axis.scratch * kLanes<S>;
  S* other = spectrum + axis.other_spectrum;
  S* line = spectrum + axis.line;
  S* samples = spectrum + axis.samples;
  ReorderIn(x, in.n, in.channels, samples);
  ForwardSignal(*axis.forward, static_cast<const S*>(samples), scratch, spectrum);
  for (int64_t c = 0; c < in.channels; ++c) {
    TakeCosines(axis, spectrum + 2 * c * in.part_elements, line);
    WeighBins(axis.bins, axis.weights, window, line);
    PutCosines(axis, line, other + 2 * c * out.part_elements);
  }
  InverseSignal(*axis.backward, static_cast<const S*>(other), scratch, samples);
  ReorderOut(samples, out.n, out.channels, y);
}

// x [n, channels] to y [m, channels]; `scratch` has Scratch elements per lane.
template <class T, class S>
void RunSignal(const AxisSignal<S>& axis,
               const S* window,  // [bins] or null: ones
               const T* x, T* y, S* scratch) {
  const SignalShape& shape = axis.forward->shape;
  S* spectrum = scratch + axis.scratch * kLanes<S>;
  S* odd = spectrum + 2 * shape.part_elements;
  const auto copy_weight = static_cast<S>(axis.copy_weight);
  if (axis.forward->step == 2) {
    TakeOdd(x, shape.n, odd);
    ForwardSignal(*axis.forward, static_cast<const S*>(odd), scratch, spectrum);
    TurnBins(axis, spectrum);
    InverseSignal(*axis.backward, spectrum, scratch, odd);
    AddEven(x, odd, copy_weight, shape.n, y);
    return;
  }
  if (axis.turns[0] != nullptr) return RunCosines(axis, window, x, y, scratch);
  ForwardSignal(*axis.forward, x, scratch, spectrum);
  if (axis.backward->step == 2) {
    TurnBins(axis, spectrum);
    InverseSignal(*axis.backward, spectrum, scratch, odd);
    PutBoth(x, odd, copy_weight, shape.n, y);
    return;
  }
  for (int64_t c = 0; c < shape.channels && axis.turns_bins; ++c) {
    TurnBins(axis, spectrum + 2 * c * shape.part_elements);
  }
  const S* weights = axis.turns_bins ? nullptr : axis.weights;
  for (int64_t part = 0; part < 2 * shape.channels; ++part) {
    if (weights == nullptr && window == nullptr) break;
    WeighBins(axis.bins, weights, window, spectrum + part * shape.part_elements);
  }
  InverseSignal(*axis.backward, spectrum, scratch, y);
}

}  // namespace HWY_NAMESPACE
}  // namespace spectral_ops
HWY_AFTER_NAMESPACE();
