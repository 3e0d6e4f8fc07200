// One axis between samples and modes by FFTs (cpu/axes/mode_fft.h), SIMD lanes along everything
// else; the same functions as of mode_matrix-inl.h.
#pragma once

#include <cstdint>

#include "cpu/axes/lanes-inl.h"
#include "cpu/axes/mode_fft.h"
#include "cpu/base/prefetch-inl.h"
#include "cpu/base/tuning.h"
#include "cpu/base/vector-inl.h"
#include "cpu/fft/real_fft-inl.h"
#include "cpu/fft/transforms-inl.h"
#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace spectral_ops {
namespace HWY_NAMESPACE {

// How often an analysis of two vectors calls Fetch.
template <class S>
int64_t FetchCalls(const ModeFft<S>& axis) {
  return FetchCalls(axis.real);
}

// The modes 0 .. high of V real signals.
template <class L, class S>
HWY_NOINLINE void AnalyzeReal(const ModeFft<S>& axis, const L& lanes, const ComplexRow<S>* out,
                              S* HWY_RESTRICT scratch, Ahead* ahead) {
  const Simd<S> d;
  const RealFft<S>& fft = axis.real;
  S* row = scratch + axis.data_elements * kLanes<S>;
  S* rest = row + fft.n * kLanes<S>;
  for (int v = 0; v < L::kVectors; ++v) {
    if constexpr (L::kOfOneType) {
      if (lanes.count[v] == kLanes<S>) {
        AnalyzeSignal(fft, lanes.in[v], lanes.in_step, axis.weights, out[v], scratch, rest, ahead);
        continue;
      }
    }
    for (int64_t i = 0; i < fft.n; ++i) hn::StoreU(lanes.Get(v, i), d, row + i * kLanes<S>);
    AnalyzeSignal<S>(fft, row, kLanes<S>, axis.weights, out[v], scratch, rest, ahead);
  }
}

// V real signals from their modes 0 .. high.
template <class L, class S>
HWY_NOINLINE void SynthesizeReal(const ModeFft<S>& axis, const ComplexRow<S>* in, const L& lanes,
                                 StoreWay stores, S* HWY_RESTRICT scratch) {
  const Simd<S> d;
  const RealFft<S>& fft = axis.real;
  S* row = scratch + axis.data_elements * kLanes<S>;
  S* rest = row + fft.n * kLanes<S>;
  Ahead none;
  for (int v = 0; v < L::kVectors; ++v) {
    if constexpr (L::kOfOneType) {
      if (stores == StoreWay::kNear && !lanes.joins && lanes.count[v] == kLanes<S>) {
        SynthesizeSignal(fft, in[v], axis.weights, lanes.out[v], lanes.out_step, scratch, rest,
                         &none);
        continue;
      }
    }
    SynthesizeSignal<S>(fft, in[v], axis.weights, row, kLanes<S>, scratch, rest, &none);
    for (int64_t j = 0; j < fft.n; ++j) {
      if (stores == StoreWay::kFar) {
        __builtin_prefetch(lanes.out[v] + (j + kSamplesAhead) * lanes.out_step, 1);
      }
      lanes.Put(hn::LoadU(d, row + j * kLanes<S>), v, j);
    }
  }
}

// Between the transform of a complex signal, at `data`, and its modes, of a ModeFft or a ModeGrid.
template <class Axis, class S>
HWY_INLINE void TakeModes(const Axis& axis, const S* data, const ComplexRow<S>& out) {
  const S* weights = axis.weights;
  const int32_t* places = axis.places;
  for (int64_t s = 0; s < axis.map.modes(); ++s, weights += 2, places += 2) {
    Complex<S> z = LoadComplex(data, places[0]);
    if (weights[0] != 1) z = Scale(z, weights[0]);
    if (weights[1] != 0) z = Add(z, Scale(LoadComplex(data, places[1]), weights[1]));
    out.Put(z, s);
  }
}
template <class Axis, class S>
HWY_INLINE void PutModes(const Axis& axis, int64_t length, const ComplexRow<S>& in, S* data) {
  const Simd<S> d;
  const Complex<S> zero = {hn::Zero(d), hn::Zero(d)};
  for (int64_t i = 0; i < length; ++i) StoreComplex(zero, data, i);
  const S* weights = axis.weights;
  const int32_t* places = axis.places;
  const auto add = [&](int64_t place, const Complex<S>& z)
                       HWY_ATTR { StoreComplex(Add(LoadComplex(data, place), z), data, place); };
  for (int64_t s = 0; s < axis.map.modes(); ++s, weights += 2, places += 2) {
    const Complex<S> z = in.Get(s);
    add(places[0], Scale(z, weights[0]));
    if (weights[1] != 0) add(places[1], Scale(z, weights[1]));
  }
}

// The modes -low .. high of a complex signal, mode f at out[f + low]. Imaginary parts of samples
// stand behind the real ones.
template <class S>
HWY_NOINLINE void AnalyzeComplex(const ModeFft<S>& axis, const ComplexRow<S>& in,
                                 const ComplexRow<S>& out, S* HWY_RESTRICT scratch) {
  RunFftOfColumn<S>(axis.complex, axis.reach, in.data, in.step, scratch,
                    scratch + axis.data_elements * kLanes<S>);
  TakeModes(axis, static_cast<const S*>(scratch), out);
}

// A complex signal from its modes -low .. high, mode f at in[f + low].
template <class S>
HWY_NOINLINE void SynthesizeComplex(const ModeFft<S>& axis, const ComplexRow<S>& in,
                                    const ComplexRow<S>& out, S* HWY_RESTRICT scratch) {
  PutModes(axis, axis.map.length, in, scratch);
  RunFftToColumn(axis.complex, axis.reach, scratch, out.data, out.step,
                 scratch + axis.data_elements * kLanes<S>);
}

}  // namespace HWY_NAMESPACE
}  // namespace spectral_ops
HWY_AFTER_NAMESPACE();
