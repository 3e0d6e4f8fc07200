// One axis of a tensor by FFTs (core/axis_fft.h): two vectors of lanes are the real and imaginary
// parts of one complex signal, transformed, weighted in the band and transformed back.
#ifndef SPECTRAL_OPS_CPU_AXIS_FFT_INL_H_
#define SPECTRAL_OPS_CPU_AXIS_FFT_INL_H_

#include <cstdint>

#include "core/axis_fft.h"
#include "cpu/axis_product-inl.h"
#include "cpu/fft-inl.h"
#include "cpu/vector-inl.h"
#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace spectral_ops {
namespace HWY_NAMESPACE {

// The buffers of one axis in its scratch of AxisFftScratch elements per lane.
template <class S>
struct FftBuffers {
  S* data;
  S* spare;
  S* sum;
  S* chirp;

  FftBuffers(S* scratch, int64_t length)
      : data(scratch),
        spare(data + length * 2 * kLanes<S>),
        sum(spare + length * 2 * kLanes<S>),
        chirp(sum + length * 2 * kLanes<S>) {}
};

// Sample i as a complex vector; a single vector has no imaginary part.
template <class S, class L>
HWY_INLINE Complex<S> LoadSample(const L& lanes, int64_t i) {
  if constexpr (L::kVectors == 1) {
    return {lanes.Get(0, i), hn::Zero(Simd<S>())};
  } else {
    return {lanes.Get(0, i), lanes.Get(1, i)};
  }
}

template <class S, class L>
HWY_INLINE void StoreSample(const Complex<S>& z, const L& lanes, int64_t j) {
  lanes.Put(z.re, 0, j);
  if constexpr (L::kVectors == 2) lanes.Put(z.im, 1, j);
}

template <class S, class L>
HWY_INLINE void LoadSamples(const L& lanes, int64_t first, int64_t step, int64_t length,
                            S* buffer) {
  for (int64_t i = 0; i < length; ++i) {
    StoreComplex(LoadSample<S>(lanes, first + i * step), buffer, i);
  }
}

template <class S>
HWY_INLINE Complex<S> Scale(const Complex<S>& z, S weight) {
  const auto w = hn::Set(Simd<S>(), weight);
  return {hn::Mul(w, z.re), hn::Mul(w, z.im)};
}

template <class L, class S>
void PoolPhases(const AxisFft<S>& fft, const L& lanes, const FftBuffers<S>& buffers) {
  const AxisFftShape& shape = fft.shape;
  const int64_t m = shape.axis.m;
  const S* weights = fft.weights;
  for (int64_t p = shape.first_phase; p < shape.phases; ++p) {
    LoadSamples(lanes, p, shape.phases, m, buffers.data);
    const S* spectrum = RunFft<true>(fft.forward, buffers.data, buffers.spare, buffers.chirp);
    for (int64_t k = 0; k < m; ++k) {
      Complex<S> turned = Multiply<false>(LoadComplex(spectrum, k), weights + 2 * k);
      if (p > shape.first_phase) turned = Add(turned, LoadComplex(buffers.sum, k));
      StoreComplex(turned, buffers.sum, k);
    }
    weights += 2 * m;
  }
  const S* y = RunFft<false>(fft.backward, buffers.sum, buffers.data, buffers.chirp);
  const auto copied = static_cast<S>(fft.copy_weight);
  for (int64_t j = 0; j < m; ++j) {
    Complex<S> value = LoadComplex(y, j);
    if (shape.first_phase > 0) {
      value = Add(value, Scale(LoadSample<S>(lanes, j * shape.phases), copied));
    }
    StoreSample(value, lanes, j);
  }
}

template <class L, class S>
void EnlargePhases(const AxisFft<S>& fft, const L& lanes, const FftBuffers<S>& buffers) {
  const AxisFftShape& shape = fft.shape;
  const int64_t n = shape.axis.n;
  LoadSamples(lanes, 0, 1, n, buffers.data);
  if (shape.first_phase > 0) {
    const auto copied = static_cast<S>(fft.copy_weight);
    for (int64_t i = 0; i < n; ++i) {
      StoreSample(Scale(LoadComplex(buffers.data, i), copied), lanes, i * shape.phases);
    }
  }
  S* spectrum = RunFft<true>(fft.forward, buffers.data, buffers.spare, buffers.chirp);
  S* free = spectrum == buffers.data ? buffers.spare : buffers.data;
  const S* weights = fft.weights;
  for (int64_t q = shape.first_phase; q < shape.phases; ++q) {
    for (int64_t k = 0; k < n; ++k) {
      StoreComplex(Multiply<false>(LoadComplex(spectrum, k), weights + 2 * k), buffers.sum, k);
    }
    weights += 2 * n;
    const S* y = RunFft<false>(fft.backward, buffers.sum, free, buffers.chirp);
    for (int64_t i = 0; i < n; ++i) {
      StoreSample(LoadComplex(y, i), lanes, i * shape.phases + q);
    }
  }
}

template <class L, class S>
void MoveBand(const AxisFft<S>& fft, const L& lanes, const FftBuffers<S>& buffers) {
  const AxisShape& axis = fft.shape.axis;
  const int64_t n = axis.n;
  const int64_t m = axis.m;
  LoadSamples(lanes, 0, 1, n, buffers.data);
  const S* x = RunFft<true>(fft.forward, buffers.data, buffers.spare, buffers.chirp);
  const Complex<S> zero = {hn::Zero(Simd<S>()), hn::Zero(Simd<S>())};
  for (int64_t k = axis.bins(); k <= m - axis.bins(); ++k) StoreComplex(zero, buffers.sum, k);
  StoreComplex(Scale(LoadComplex(x, 0), fft.weights[0]), buffers.sum, 0);
  const int64_t pairs = (axis.band() - 1) / 2;
  for (int64_t k = 1; k <= pairs; ++k) {
    StoreComplex(Scale(LoadComplex(x, k), fft.weights[k]), buffers.sum, k);
    StoreComplex(Scale(LoadComplex(x, n - k), fft.weights[k]), buffers.sum, m - k);
  }
  if (axis.band() % 2 == 0) {
    // The two bins of the Nyquist frequency: one of them on the shorter side.
    const int64_t k = axis.band() / 2;
    const Complex<S> both =
        n < m ? LoadComplex(x, k) : Add(LoadComplex(x, k), LoadComplex(x, n - k));
    const Complex<S> half = Scale(both, fft.weights[k]);
    StoreComplex(half, buffers.sum, k);
    StoreComplex(half, buffers.sum, m - k);
  }
  const S* y = RunFft<false>(fft.backward, buffers.sum, buffers.data, buffers.chirp);
  for (int64_t j = 0; j < m; ++j) StoreSample(LoadComplex(y, j), lanes, j);
}

// The whole axis for one bundle.
template <class L, class S>
void TransformLanes(const AxisFft<S>& fft, const L& lanes, S* scratch) {
  static_assert(L::kVectors <= 2, "a complex vector holds two real ones");
  const AxisShape& axis = fft.shape.axis;
  const int64_t longer = axis.n < axis.m ? axis.m : axis.n;
  const FftBuffers<S> buffers(scratch, fft.shape.way == FftWay::kBand ? longer : axis.band());
  switch (fft.shape.way) {
    case FftWay::kPhasesIn:
      return PoolPhases(fft, lanes, buffers);
    case FftWay::kPhasesOut:
      return EnlargePhases(fft, lanes, buffers);
    case FftWay::kBand:
      return MoveBand(fft, lanes, buffers);
  }
}

}  // namespace HWY_NAMESPACE
}  // namespace spectral_ops
HWY_AFTER_NAMESPACE();

#endif  // SPECTRAL_OPS_CPU_AXIS_FFT_INL_H_
