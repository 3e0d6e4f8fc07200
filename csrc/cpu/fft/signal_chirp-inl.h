// The transform of one signal by Bluestein's convolution, whose elements fill the lanes
// (cpu/fft/signal_fft.h), to and from the half spectrum of each channel in natural order.
#pragma once

#include <cstdint>
#include <type_traits>

#include "cpu/base/prefetch-inl.h"
#include "cpu/base/vector-inl.h"
#include "cpu/fft/butterfly-inl.h"
#include "cpu/fft/signal_fft.h"
#include "cpu/fft/transforms-inl.h"
#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace spectral_ops {
namespace HWY_NAMESPACE {

// z times w lane by lane, or its conjugate.
template <bool kConjugate, class S>
HWY_INLINE Complex<S> MultiplyEach(const Complex<S>& z, const Complex<S>& w) {
  if constexpr (kConjugate) {
    return {hn::MulAdd(z.im, w.im, hn::Mul(z.re, w.re)),
            hn::NegMulAdd(z.re, w.im, hn::Mul(z.im, w.re))};
  } else {
    return {hn::NegMulAdd(z.im, w.im, hn::Mul(z.re, w.re)),
            hn::MulAdd(z.re, w.im, hn::Mul(z.im, w.re))};
  }
}

// Multiplies row p of a block by near[p] far[p], or the conjugate.
template <bool kConjugate, class S>
HWY_NOINLINE void TurnRows(const S* near, const S* far, int64_t count, S* rows) {
  for (int64_t p = 1; p < count; ++p) {
    const Complex<S> w = Multiply<false>(LoadComplex(near, p), far + 2 * p);
    StoreComplex(MultiplyEach<kConjugate>(LoadComplex(rows, p), w), rows, p);
  }
}

template <class S>
class SignalChirp {
 public:
  // `scratch` has SignalFftScratch elements per lane.
  SignalChirp(const SignalFft<S>& fft, S* scratch)
      : fft_(fft),
        shape_(fft.shape),
        samples_(scratch),
        data_(samples_ + shape_.sample_vectors * kLanes<S>),
        block_(data_ + 2 * shape_.rows * kLanes<S>),
        rest_(block_ + 2 * kLanes<S> * kLanes<S>) {}

  // x [n, channels] to `spectrum`.
  template <class T>
  void Forward(const T* x, S* spectrum) {
    const S* samples = nullptr;
    if constexpr (std::is_same_v<T, S>) {
      samples = x;
    } else {
      CopyIn(x);
      samples = samples_;
    }
    for (int64_t c = 0; c < shape_.channels; ++c) {
      PutSamples(samples + c);
      Convolve();
      S* re = spectrum + c * 2 * shape_.part_elements;
      TakeBins(re, re + shape_.part_elements);
    }
  }

  // `spectrum` to y [n, channels]. Where a bin is its own mirror, its imaginary part has no effect.
  template <class T>
  void Inverse(const S* spectrum, T* y) {
    S* samples = samples_;
    if constexpr (std::is_same_v<T, S>) samples = y;
    for (int64_t c = 0; c < shape_.channels; ++c) {
      const S* re = spectrum + c * 2 * shape_.part_elements;
      PutBins(re, re + shape_.part_elements);
      Convolve();
      TakeSamples(samples + c);
    }
    if constexpr (!std::is_same_v<T, S>) CopyOut(y);
  }

 private:
  template <class T>
  void CopyIn(const T* x) const {
    const int64_t elements = shape_.n * shape_.channels;
    for (int64_t i = 0; i < elements; i += kLanes<S>) {
      const int count = elements - i < kLanes<S> ? static_cast<int>(elements - i) : kLanes<S>;
      hn::StoreU(Load<S, false>(x + i, count), Simd<S>(), samples_ + i);
    }
  }

  template <class T>
  void CopyOut(T* y) const {
    const int64_t elements = shape_.n * shape_.channels;
    for (int64_t i = 0; i < elements; i += kLanes<S>) {
      const int count = elements - i < kLanes<S> ? static_cast<int>(elements - i) : kLanes<S>;
      StoreLanes<false, S>(hn::LoadU(Simd<S>(), samples_ + i), y + i, count);
    }
  }

  void Clear(int64_t first, int64_t last) const {
    const Simd<S> d;
    for (int64_t row = first; row < last; ++row) {
      StoreComplex(Complex<S>{hn::Zero(d), hn::Zero(d)}, data_, row);
    }
  }

  // The pairs of samples of one channel times the chirp, zeros behind them.
  HWY_NOINLINE void PutSamples(const S* x) const {
    const Simd<S> d;
    const int64_t step = shape_.channels;
    const int64_t pairs = shape_.sample_pairs;
    const int64_t whole = shape_.n / 2 / kLanes<S>;
    const int64_t rows = (pairs + kLanes<S> - 1) / kLanes<S>;
    for (int64_t row = 0; row < rows; ++row) {
      Complex<S> z;
      if (step == 1 && row < whole) {
        hn::LoadInterleaved2(d, x + 2 * row * kLanes<S>, z.re, z.im);
      } else {
        HWY_ALIGN S parts[2 * kLanes<S>];
        for (int64_t i = 0; i < 2 * kLanes<S>; ++i) {
          const int64_t sample = 2 * row * kLanes<S> + i;
          parts[i % 2 * kLanes<S> + i / 2] = sample < shape_.n ? x[sample * step] : S(0);
        }
        z = LoadComplex(parts, 0);
      }
      StoreComplex(MultiplyEach<false>(z, LoadComplex(fft_.chirp, row)), data_, row);
    }
    Clear(rows, shape_.rows);
  }

  // The elements M - k .. M - k - (lanes - 1), k a multiple of the lanes.
  HWY_INLINE Complex<S> LoadMirrored(int64_t k) const {
    const Simd<S> d;
    const int64_t row = shape_.rows - k / kLanes<S>;
    const S* own = data_ + (row - 1) * 2 * kLanes<S>;
    const S* next = data_ + (k == 0 ? 0 : row) * 2 * kLanes<S>;
    HWY_ALIGN S parts[4 * kLanes<S>];
    hn::StoreU(hn::LoadU(d, own), d, parts);
    hn::StoreU(hn::LoadU(d, own + kLanes<S>), d, parts + 2 * kLanes<S>);
    parts[kLanes<S>] = next[0];
    parts[3 * kLanes<S>] = next[kLanes<S>];
    return {hn::Reverse(d, hn::LoadU(d, parts + 1)),
            hn::Reverse(d, hn::LoadU(d, parts + 2 * kLanes<S> + 1))};
  }

  // The way back, for rising k; what is stored before them in their vector is zero.
  HWY_INLINE void StoreMirrored(const Complex<S>& z, int64_t k) const {
    const Simd<S> d;
    const int64_t row = shape_.rows - k / kLanes<S>;
    HWY_ALIGN S parts[4 * kLanes<S>];
    parts[0] = parts[2 * kLanes<S>] = 0;
    hn::StoreU(hn::Reverse(d, z.re), d, parts + 1);
    hn::StoreU(hn::Reverse(d, z.im), d, parts + 2 * kLanes<S> + 1);
    StoreComplex(Complex<S>{hn::LoadU(d, parts), hn::LoadU(d, parts + 2 * kLanes<S>)}, data_,
                 row - 1);
    if (k == 0) return;
    S* next = data_ + row * 2 * kLanes<S>;
    next[0] = parts[kLanes<S>];
    next[kLanes<S>] = parts[3 * kLanes<S>];
  }

  // Bins from the transform of pairs, at k and -k.
  HWY_NOINLINE void TakeBins(S* re, S* im) const {
    const Simd<S> d;
    for (int64_t k = 0; k <= shape_.highest; k += kLanes<S>) {
      const int64_t row = k / kLanes<S>;
      const Complex<S> chirp = LoadComplex(fft_.chirp, row);
      const Complex<S> own = MultiplyEach<false>(LoadComplex(data_, row), chirp);
      const Complex<S> mirror = Conjugate<S>(MultiplyEach<false>(LoadMirrored(k), chirp));
      const Complex<S> even = Add(own, mirror);
      const Complex<S> odd =
          Quarter<true>(MultiplyEach<false>(Sub(own, mirror), LoadComplex(fft_.turns, row)));
      const Complex<S> bin = Scale(Add(even, odd), S(0.5));
      hn::StoreU(bin.re, d, re + k);
      hn::StoreU(bin.im, d, im + k);
    }
  }

  // The way back, conjugated: bin k at the place of -k.
  HWY_NOINLINE void PutBins(const S* re, const S* im) const {
    const int64_t highest = shape_.highest;
    const int64_t reach = highest / kLanes<S> + 1;
    Clear(reach, shape_.rows - reach);
    for (int64_t k = 0; k <= highest; k += kLanes<S>) {
      const int64_t row = k / kLanes<S>;
      const int64_t left = highest + 1 - k;
      const int count = left < kLanes<S> ? static_cast<int>(left) : kLanes<S>;
      Complex<S> bin = {Load<S, false>(re + k, count), Load<S, false>(im + k, count)};
      if (k == 0 || 2 * (k + count - 1) == shape_.n) {
        HWY_ALIGN S parts[2 * kLanes<S>];
        StoreComplex(bin, parts, 0);
        if (k == 0) parts[kLanes<S>] = 0;
        if (2 * (k + count - 1) == shape_.n) {  // it stands for +-n / 2
          parts[count - 1] *= S(0.5);
          parts[kLanes<S> + count - 1] = 0;
        }
        bin = LoadComplex(parts, 0);
      }
      const Complex<S> chirp = LoadComplex(fft_.chirp, row);
      const Complex<S> turned = MultiplyEach<true>(bin, LoadComplex(fft_.turns, row));
      const Complex<S> own = Add(bin, Quarter<true>(turned));
      const Complex<S> mirror = Conjugate<S>(Sub(bin, Quarter<true>(turned)));
      StoreComplex(MultiplyEach<false>(own, chirp), data_, row);
      StoreMirrored(MultiplyEach<false>(mirror, chirp), k);
    }
  }

  // Samples from the conjugates of what stands at -j.
  HWY_NOINLINE void TakeSamples(S* y) const {
    const Simd<S> d;
    const int64_t step = shape_.channels;
    for (int64_t j = 0; j < shape_.sample_pairs; j += kLanes<S>) {
      const Complex<S> z = Conjugate<S>(
          MultiplyEach<false>(LoadMirrored(j), LoadComplex(fft_.chirp, j / kLanes<S>)));
      if (step == 1 && 2 * (j + kLanes<S>) <= shape_.n) {
        hn::StoreInterleaved2(z.re, z.im, d, y + 2 * j);
        continue;
      }
      HWY_ALIGN S parts[2 * kLanes<S>];
      StoreComplex(z, parts, 0);
      for (int64_t i = 0; i < 2 * kLanes<S> && 2 * j + i < shape_.n; ++i) {
        y[(2 * j + i) * step] = parts[i % 2 * kLanes<S> + i / 2];
      }
    }
  }

  // The convolution in place.
  void Convolve() {
    Ahead none;
    RunFft<true>(fft_.rows_fft, kWholeReach, data_, rest_, &none);
    for (int64_t row = 0; row < shape_.rows; row += kLanes<S>) {
      S* data = data_ + 2 * row * kLanes<S>;
      const S* far = fft_.far + 2 * row;
      TransposeRows(data, block_);
      TurnRows<false>(fft_.near, far, kLanes<S>, block_);
      RunFft<true>(fft_.across, kWholeReach, block_, rest_, &none);
      const S* weights = fft_.chirp_spectrum + 2 * row * kLanes<S>;
      for (int64_t p = 0; p < kLanes<S>; ++p) {
        StoreComplex(MultiplyEach<false>(LoadComplex(block_, p), LoadComplex(weights, p)), block_,
                     p);
      }
      RunFft<false>(fft_.across, kWholeReach, block_, rest_, &none);
      TurnRows<true>(fft_.near, far, kLanes<S>, block_);
      TransposeRows(block_, data);
    }
    RunFft<false>(fft_.rows_fft, kWholeReach, data_, rest_, &none);
  }

  static HWY_NOINLINE void TransposeRows(const S* from, S* to) {
    const Simd<S> d;
    for (int part = 0; part < 2; ++part) {
      Vector<S> square[kLanes<S>];
      for (int i = 0; i < kLanes<S>; ++i) {
        square[i] = hn::LoadU(d, from + (2 * i + part) * kLanes<S>);
      }
      Transpose<S>(square);
      for (int i = 0; i < kLanes<S>; ++i) {
        hn::StoreU(square[i], d, to + (2 * i + part) * kLanes<S>);
      }
    }
  }

  const SignalFft<S>& fft_;
  const SignalShape& shape_;
  S* samples_;  // [n, channels]
  S* data_;     // [R, 2, lanes]
  S* block_;    // [lanes, 2, lanes]
  S* rest_;
};

}  // namespace HWY_NAMESPACE
}  // namespace spectral_ops
HWY_AFTER_NAMESPACE();
