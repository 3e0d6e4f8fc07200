// Resamples one signal with its samples as lanes (cpu/axes/axis_signal.h).
#pragma once

#include <cstdint>

#include "cpu/axes/axis_signal.h"
#include "cpu/base/vector-inl.h"
#include "cpu/fft/signal_fft-inl.h"
#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace spectral_ops {
namespace HWY_NAMESPACE {

// Multiplies the bins of one channel, real or imaginary parts, by norm, band and window.
template <class S>
HWY_NOINLINE void WeighBins(const AxisSignal<S>& axis, const S* window, S* part) {
  const Simd<S> d;
  const int64_t bins = axis.forward->shape.highest + 1;
  for (int64_t k = 0; k < bins; k += kLanes<S>) {
    const int count = bins - k < kLanes<S> ? static_cast<int>(bins - k) : kLanes<S>;
    auto w = Load<S, false>(axis.weights + k, count);
    if (window != nullptr) w = hn::Mul(w, Load<S, false>(window + k, count));
    StoreLanes<false, S>(hn::Mul(w, hn::LoadU(d, part + k)), part + k, count);
  }
}

// x [n, channels] to y [m, channels]; `scratch` has Scratch elements per lane.
template <class T, class S>
void RunSignal(const AxisSignal<S>& axis,
               const S* window,  // [bins] or null: ones
               const T* x, T* y, S* scratch) {
  const SignalShape& shape = axis.forward->shape;
  S* spectrum = scratch + axis.scratch * kLanes<S>;
  if (shape.chirp_length > 0) {
    SignalChirp<S>(*axis.forward, scratch).Forward(x, spectrum);
  } else {
    SignalTransform<S>(*axis.forward, scratch).Forward(x, spectrum);
  }
  for (int64_t part = 0; part < 2 * shape.channels; ++part) {
    WeighBins(axis, window, spectrum + part * shape.part_elements);
  }
  if (axis.backward->shape.chirp_length > 0) {
    SignalChirp<S>(*axis.backward, scratch).Inverse(spectrum, y);
  } else {
    SignalTransform<S>(*axis.backward, scratch).Inverse(spectrum, y);
  }
}

}  // namespace HWY_NAMESPACE
}  // namespace spectral_ops
HWY_AFTER_NAMESPACE();
