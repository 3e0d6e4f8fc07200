// One axis between samples and modes by FFTs (cpu/axes/mode_fft.h), SIMD lanes along everything
// else; the same functions as of mode_matrix-inl.h.
#pragma once

#include <cstdint>

#include "cpu/axes/lanes-inl.h"
#include "cpu/axes/mode_fft.h"
#include "cpu/base/prefetch-inl.h"
#include "cpu/base/tuning.h"
#include "cpu/base/vector-inl.h"
#include "cpu/fft/real_bins-inl.h"
#include "cpu/fft/transforms-inl.h"
#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace spectral_ops {
namespace HWY_NAMESPACE {

// How often an analysis of two vectors calls Fetch.
template <class S>
int64_t FetchCalls(const ModeFft<S>& axis) {
  return kVectors * axis.map.length;
}

// Both parts of a bin, each times its weight.
template <class S>
HWY_INLINE Complex<S> WeightParts(const Complex<S>& z, const S* weights) {
  const Simd<S> d;
  return {hn::Mul(hn::Set(d, weights[0]), z.re), hn::Mul(hn::Set(d, weights[1]), z.im)};
}

// The modes 0 .. high of a real signal, samples one after the other in `row`, and the way back.
template <class S>
HWY_NOINLINE void AnalyzeRow(const ModeFft<S>& axis, const S* row, const ComplexRow<S>& out,
                             S* bins, S* scratch) {
  RealForwardRow(axis.real, row, bins, scratch);
  ForBins(axis.real, bins, [&](int64_t f, const Complex<S>& z) HWY_ATTR {
    out.Put(WeightParts(z, axis.weights + 2 * f), f);
  });
}
template <class S>
HWY_NOINLINE void SynthesizeRow(const ModeFft<S>& axis, const ComplexRow<S>& in, S* row, S* bins,
                                S* scratch) {
  SetBins(axis.real, bins,
          [&](int64_t f) HWY_ATTR { return WeightParts(in.Get(f), axis.weights + 2 * f); });
  RealInverseRow(axis.real, bins, row, scratch);
}

// The modes 0 .. high of V real signals.
template <class L, class S>
HWY_NOINLINE void AnalyzeReal(const ModeFft<S>& axis, const L& lanes, const ComplexRow<S>* out,
                              S* HWY_RESTRICT scratch, Ahead* ahead) {
  const Simd<S> d;
  const RealFft<S>& fft = axis.real;
  S* row = scratch + axis.data_elements * kLanes<S>;
  for (int v = 0; v < L::kVectors; ++v) {
    for (int64_t i = 0; i < fft.n; ++i) {
      ahead->Fetch();
      hn::StoreU(lanes.Get(v, i), d, row + i * kLanes<S>);
    }
    AnalyzeRow(axis, row, out[v], scratch, row + fft.n * kLanes<S>);
  }
}

// V real signals from their modes 0 .. high.
template <class L, class S>
HWY_NOINLINE void SynthesizeReal(const ModeFft<S>& axis, const ComplexRow<S>* in, const L& lanes,
                                 StoreWay stores, S* HWY_RESTRICT scratch) {
  const Simd<S> d;
  const RealFft<S>& fft = axis.real;
  S* row = scratch + axis.data_elements * kLanes<S>;
  for (int v = 0; v < L::kVectors; ++v) {
    SynthesizeRow(axis, in[v], row, scratch, row + fft.n * kLanes<S>);
    for (int64_t j = 0; j < fft.n; ++j) {
      if (stores == StoreWay::kFar) {
        __builtin_prefetch(lanes.out[v] + (j + kSamplesAhead) * lanes.out_step, 1);
      }
      lanes.Put(hn::LoadU(d, row + j * kLanes<S>), v, j);
    }
  }
}

// The modes -low .. high of a complex signal, mode f at out[f + low].
template <class S>
HWY_NOINLINE void AnalyzeComplex(const ModeFft<S>& axis, const ComplexRow<S>& in,
                                 const ComplexRow<S>& out, S* HWY_RESTRICT scratch) {
  Ahead none;
  for (int64_t i = 0; i < axis.map.length; ++i) StoreComplex(in.Get(i), scratch, i);
  RunFft<true>(axis.complex, axis.reach, scratch, scratch + axis.data_elements * kLanes<S>, &none);
  const S* weights = axis.weights;
  const int32_t* places = axis.places;
  for (int64_t s = 0; s < axis.map.modes(); ++s, weights += 2, places += 2) {
    Complex<S> z = LoadComplex(scratch, places[0]);
    if (weights[0] != 1) z = Scale(z, weights[0]);
    if (weights[1] != 0) z = Add(z, Scale(LoadComplex(scratch, places[1]), weights[1]));
    out.Put(z, s);
  }
}

// A complex signal from its modes -low .. high, mode f at in[f + low].
template <class S>
HWY_NOINLINE void SynthesizeComplex(const ModeFft<S>& axis, const ComplexRow<S>& in,
                                    const ComplexRow<S>& out, S* HWY_RESTRICT scratch) {
  const Simd<S> d;
  Ahead none;
  const int64_t n = axis.map.length;
  const Complex<S> zero = {hn::Zero(d), hn::Zero(d)};
  for (int64_t i = 0; i < n; ++i) StoreComplex(zero, scratch, i);
  const S* weights = axis.weights;
  const int32_t* places = axis.places;
  const auto add = [&](int64_t place, const Complex<S>& z) HWY_ATTR {
    StoreComplex(Add(LoadComplex(scratch, place), z), scratch, place);
  };
  for (int64_t s = 0; s < axis.map.modes(); ++s, weights += 2, places += 2) {
    const Complex<S> z = in.Get(s);
    add(places[0], Scale(z, weights[0]));
    if (weights[1] != 0) add(places[1], Scale(z, weights[1]));
  }
  RunFft<false>(axis.complex, axis.reach, scratch, scratch + axis.data_elements * kLanes<S>, &none);
  for (int64_t j = 0; j < n; ++j) out.Put(LoadComplex(scratch, j), j);
}

}  // namespace HWY_NAMESPACE
}  // namespace spectral_ops
HWY_AFTER_NAMESPACE();
