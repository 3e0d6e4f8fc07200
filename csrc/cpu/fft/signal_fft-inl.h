// Transforms of one signal whose samples fill the lanes (cpu/fft/signal_fft.h), to and from its
// half spectrum in natural order: [channels][2, part_elements], real parts and imaginary ones.
//
// Lanes of different channels meet in no butterfly: a NaN of one stays there.
#pragma once

#include <cstdint>

#include "cpu/axes/axis_samples-inl.h"
#include "cpu/base/prefetch-inl.h"
#include "cpu/base/vector-inl.h"
#include "cpu/fft/butterfly-inl.h"
#include "cpu/fft/fft_in_place-inl.h"
#include "cpu/fft/real_bins-inl.h"
#include "cpu/fft/real_fft-inl.h"
#include "cpu/fft/signal_fft.h"
#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace spectral_ops {
namespace HWY_NAMESPACE {

// What of `lanes` bins from `first` on a half spectrum 0 .. highest of n samples holds.
enum class BinRun {
  kOwn,       // all
  kMirrored,  // the conjugates of all
  kNone,
  kMixed,
};

inline BinRun RunOfBins(int64_t first, int64_t count, int64_t lanes, int64_t highest, int64_t n) {
  const int64_t last = first + count - 1;
  if (first > highest && last < n - highest) return BinRun::kNone;
  if (count < lanes) return BinRun::kMixed;
  if (last <= highest) return BinRun::kOwn;
  return first >= n - highest && last < n ? BinRun::kMirrored : BinRun::kMixed;
}

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

// The transform of one signal, in pieces of scratch [length + .., lanes].
template <class S>
class SignalTransform {
 public:
  // `scratch` has SignalFftScratch elements per lane.
  SignalTransform(const SignalFft<S>& fft, S* scratch)
      : fft_(fft),
        shape_(fft.shape),
        samples_(scratch),
        data_(samples_ + shape_.length() * kLanes<S>),
        bins_(data_ + RealFftElements(shape_.length(), shape_.phase_highest()) * kLanes<S>),
        block_(bins_ + 2 * shape_.blocks() * shape_.lanes * kLanes<S>),
        rest_(block_ + 2 * shape_.lanes * kLanes<S>) {}

  // x [n, channels] to `spectrum`.
  template <class T>
  void Forward(const T* x, S* spectrum) {
    Ahead none;
    AxisInput<S> in = {};
    in.count = 1;
    if constexpr (std::is_same_v<T, S>) {
      in.at[0] = x;
      in.step = kLanes<S>;
    }
    if (!IsDirect<T>()) {
      CopyIn(x);
      in.at[0] = samples_;
      in.step = kLanes<S>;
    }
    RealForward(fft_.phase, in, data_, 0, rest_, &none);
    for (int64_t block = 0; block < shape_.blocks(); ++block) {
      const int64_t first = shape_.first_bin(block);
      TakeBins(first);
      for (int64_t c = 0; c < shape_.channels; ++c) {
        S* rows = block_ + c * shape_.phases * 2 * kLanes<S>;
        Turn<false>(block, rows);
        RunFft<true>(fft_.across, kWholeReach, rows, rest_, &none);
        PutSpectrum(first, rows, spectrum + c * 2 * shape_.part_elements());
      }
    }
  }

  // `spectrum` to y [n, channels]. Where a bin is its own mirror, its imaginary part has no effect.
  template <class T>
  void Inverse(const S* spectrum, T* y) {
    Ahead none;
    for (int64_t block = 0; block < shape_.blocks(); ++block) {
      const int64_t first = shape_.first_bin(block);
      for (int64_t c = 0; c < shape_.channels; ++c) {
        S* rows = block_ + c * shape_.phases * 2 * kLanes<S>;
        TakeSpectrum(first, spectrum + c * 2 * shape_.part_elements(), rows);
        RunFft<false>(fft_.across, kWholeReach, rows, rest_, &none);
        Turn<true>(block, rows);
      }
      PutBins(first);
    }
    SetBins(fft_.phase, data_, [&](int64_t k) HWY_ATTR { return LoadComplex(bins_, k); });
    AxisOutput<false, false, S> out = {};
    out.count = 1;
    out.step = kLanes<S>;
    if constexpr (std::is_same_v<T, S>) out.at[0] = y;
    if (!IsDirect<T>()) out.at[0] = samples_;
    RealInverse(fft_.phase, data_, 0, out, rest_, &none);
    if (!IsDirect<T>()) CopyOut(y);
  }

 private:
  int Width() const { return static_cast<int>(shape_.phases * shape_.channels); }

  template <class T>
  bool IsDirect() const {
    return std::is_same_v<T, S> && Width() == kLanes<S>;
  }

  template <class T>
  void CopyIn(const T* x) {
    const Simd<S> d;
    const int width = Width();
    for (int64_t r = 0; r < shape_.length(); ++r) {
      hn::StoreU(Load<S, false>(x + r * width, width), d, samples_ + r * kLanes<S>);
    }
  }

  template <class T>
  void CopyOut(T* y) const {
    const Simd<S> d;
    const int width = Width();
    for (int64_t r = 0; r < shape_.length(); ++r) {
      StoreLanes<false, S>(hn::LoadU(d, samples_ + r * kLanes<S>), y + r * width, width);
    }
  }

  // Row of phase p, channel c, of a block: its real and imaginary part.
  S* Row(int64_t lane) const {
    const int64_t c = lane % shape_.channels;
    const int64_t p = lane / shape_.channels;
    return block_ + (c * shape_.phases + p) * 2 * kLanes<S>;
  }

  // `lanes` bins of all phases from `first` on, transposed: the block's rows.
  HWY_NOINLINE void TakeBins(int64_t first) {
    const Simd<S> d;
    const int width = Width();
    const int64_t last = shape_.phase_highest();
    S* together = bins_;
    for (int64_t i = 0; i < kLanes<S>; ++i) {
      const int64_t k = first + i < last ? first + i : last;
      StoreComplex(BinAt(fft_.phase, data_, k), together, i);
    }
    for (int part = 0; part < 2; ++part) {
      Vector<S> square[kLanes<S>];
      for (int i = 0; i < kLanes<S>; ++i) {
        square[i] = hn::LoadU(d, together + (2 * i + part) * kLanes<S>);
      }
      Transpose<S>(square);
      for (int r = 0; r < width; ++r) hn::StoreU(square[r], d, Row(r) + part * kLanes<S>);
    }
  }

  // The way back, to bins_ at their places.
  HWY_NOINLINE void PutBins(int64_t first) {
    const Simd<S> d;
    const int width = Width();
    for (int part = 0; part < 2; ++part) {
      Vector<S> square[kLanes<S>];
      for (int r = 0; r < kLanes<S>; ++r) {
        square[r] = r < width ? hn::LoadU(d, Row(r) + part * kLanes<S>) : hn::Zero(d);
      }
      Transpose<S>(square);
      for (int i = 0; i < kLanes<S>; ++i) {
        hn::StoreU(square[i], d, bins_ + (2 * (first + i) + part) * kLanes<S>);
      }
    }
  }

  // Multiplies phase p by exp(-+2 pi i p k / n).
  template <bool kConjugate>
  HWY_NOINLINE void Turn(int64_t block, S* rows) const {
    const S* far = fft_.far + 2 * shape_.phases * block;
    for (int64_t p = 1; p < shape_.phases; ++p) {
      const Complex<S> w = Multiply<false>(LoadComplex(fft_.near, p), far + 2 * p);
      StoreComplex(MultiplyEach<kConjugate>(LoadComplex(rows, p), w), rows, p);
    }
  }

  int64_t Count() const {
    const int64_t bins = shape_.phase_highest() + 1;
    return bins < kLanes<S> ? bins : kLanes<S>;
  }

  // Rows of q, bins first + i + N q at lane i, into the spectrum.
  HWY_NOINLINE void PutSpectrum(int64_t first, const S* rows, S* spectrum) const {
    const Simd<S> d;
    const int64_t n = shape_.n;
    const int64_t highest = shape_.highest;
    const int64_t count = Count();
    S* re = spectrum;
    S* im = spectrum + shape_.part_elements();
    for (int64_t q = 0; q < shape_.phases; ++q) {
      const int64_t k = first + shape_.length() * q;
      const S* row = rows + fft_.places[q] * 2 * kLanes<S>;
      switch (RunOfBins(k, count, kLanes<S>, highest, n)) {
        case BinRun::kNone:
          break;
        case BinRun::kOwn:
          hn::StoreU(hn::LoadU(d, row), d, re + k);
          hn::StoreU(hn::LoadU(d, row + kLanes<S>), d, im + k);
          break;
        case BinRun::kMirrored: {
          const int64_t to = n - k - (kLanes<S> - 1);
          hn::StoreU(hn::Reverse(d, hn::LoadU(d, row)), d, re + to);
          hn::StoreU(hn::Reverse(d, hn::Neg(hn::LoadU(d, row + kLanes<S>))), d, im + to);
          break;
        }
        case BinRun::kMixed:
          for (int64_t i = 0; i < count; ++i) {
            if (k + i <= highest) {
              re[k + i] = row[i];
              im[k + i] = row[kLanes<S> + i];
            } else if (n - k - i <= highest) {
              re[n - k - i] = row[i];
              im[n - k - i] = -row[kLanes<S> + i];
            }
          }
          break;
      }
    }
  }

  // The way back: bins above n / 2 from their mirrors, those out of the band zero.
  HWY_NOINLINE void TakeSpectrum(int64_t first, const S* spectrum, S* rows) const {
    const Simd<S> d;
    const int64_t n = shape_.n;
    const int64_t highest = shape_.highest;
    const S* re = spectrum;
    const S* im = spectrum + shape_.part_elements();
    for (int64_t q = 0; q < shape_.phases; ++q) {
      const int64_t k = first + shape_.length() * q;
      const int64_t to = fft_.places[q];
      const Complex<S> zero = {hn::Zero(d), hn::Zero(d)};
      switch (RunOfBins(k, kLanes<S>, kLanes<S>, highest, n)) {
        case BinRun::kNone:
          StoreComplex(zero, rows, to);
          break;
        case BinRun::kOwn:
          StoreComplex(Complex<S>{hn::LoadU(d, re + k), hn::LoadU(d, im + k)}, rows, to);
          break;
        case BinRun::kMirrored: {
          const int64_t from = n - k - (kLanes<S> - 1);
          StoreComplex(Complex<S>{hn::Reverse(d, hn::LoadU(d, re + from)),
                                  hn::Neg(hn::Reverse(d, hn::LoadU(d, im + from)))},
                       rows, to);
          break;
        }
        case BinRun::kMixed: {
          StoreComplex(zero, rows, to);
          S* row = rows + to * 2 * kLanes<S>;
          for (int64_t i = 0; i < kLanes<S>; ++i) {
            if (k + i <= highest && 2 * (k + i) <= n) {
              row[i] = re[k + i];
              row[kLanes<S> + i] = im[k + i];
            } else if (k + i <= n && n - k - i <= highest) {
              row[i] = re[n - k - i];
              row[kLanes<S> + i] = -im[n - k - i];
            }
          }
          break;
        }
      }
    }
  }

  const SignalFft<S>& fft_;
  const SignalShape& shape_;
  S* samples_;  // [length, lanes]
  S* data_;     // of the phases' transform
  S* bins_;     // [blocks * lanes, 2, lanes]
  S* block_;    // [channels][phases, 2, lanes]
  S* rest_;
};

}  // namespace HWY_NAMESPACE
}  // namespace spectral_ops
HWY_AFTER_NAMESPACE();
