// Transforms of one signal whose samples fill the lanes (cpu/fft/signal_fft.h), to and from its
// half spectrum in natural order: [channels][2, part_elements], real parts and imaginary ones.
//
// Lanes of different channels meet in no butterfly: a NaN of one stays there.
#pragma once

#include <cstdint>

#include "cpu/base/prefetch-inl.h"
#include "cpu/base/vector-inl.h"
#include "cpu/fft/butterfly-inl.h"
#include "cpu/fft/real_bins-inl.h"
#include "cpu/fft/signal_chirp-inl.h"
#include "cpu/fft/signal_fft.h"
#include "cpu/fft/transforms-inl.h"
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

// The transform of one signal, in pieces of scratch [length + .., lanes].
template <class S>
class SignalTransform {
 public:
  // `scratch` has SignalFftScratch elements per lane.
  SignalTransform(const SignalFft<S>& fft, S* scratch)
      : fft_(fft),
        shape_(fft.shape),
        samples_(scratch),
        data_(samples_ + shape_.length * kLanes<S>),
        bins_(data_ + RealFftElements(shape_.length, shape_.phase_highest) * kLanes<S>),
        block_(bins_ + 2 * kLanes<S> * kLanes<S> * (shape_.paired ? 2 : shape_.blocks)),
        rest_(block_ + 2 * shape_.lanes * kLanes<S>) {}

  // x [n, channels] to `spectrum`.
  template <class T>
  void Forward(const T* x, S* spectrum) {
    Ahead none;
    const S* samples = samples_;
    if constexpr (std::is_same_v<T, S>) samples = x;
    if (!IsDirect<T>()) {
      CopyIn(x);
      samples = samples_;
    }
    RealForwardRow(fft_.phase, samples, kLanes<S>, data_, rest_, &none);
    for (int64_t block = 0; block < shape_.blocks; ++block) {
      const int64_t first = fft_.first_bins[block];
      const S* far = fft_.far + 2 * shape_.phases * block;
      if (!shape_.paired) {
        TakeBins(first);
        PutRows(bins_);
      } else if (block % 2 == 0) {
        TakePairs(first);
        PutRows(bins_);
      } else if (first <= shape_.highest) {
        PutRows(bins_ + 2 * kLanes<S> * kLanes<S>);
      } else {
        continue;
      }
      for (int64_t c = 0; c < shape_.channels; ++c) {
        S* rows = block_ + c * shape_.phases * 2 * kLanes<S>;
        TurnRows<false>(fft_.near, far, shape_.phases, rows);
        RunFft<true>(fft_.across, kWholeReach, rows, rest_, &none);
        PutSpectrum(first, rows, spectrum + c * 2 * shape_.part_elements);
      }
    }
  }

  // `spectrum` to y [n, channels]. Where a bin is its own mirror, its imaginary part has no effect.
  template <class T>
  void Inverse(const S* spectrum, T* y) {
    Ahead none;
    const Simd<S> d;
    for (int64_t r = Width(); r < kLanes<S>; ++r) {
      StoreComplex(Complex<S>{hn::Zero(d), hn::Zero(d)}, block_, r);
    }
    const bool paired = shape_.paired;
    if (paired && shape_.pairs <= shape_.length / 4) Clear();
    for (int64_t block = 0; block < shape_.blocks; ++block) {
      const int64_t first = fft_.first_bins[block];
      const S* far = fft_.far + 2 * shape_.phases * block;
      for (int64_t c = 0; c < shape_.channels; ++c) {
        S* rows = block_ + c * shape_.phases * 2 * kLanes<S>;
        TakeSpectrum(first, spectrum + c * 2 * shape_.part_elements, rows);
        RunFft<false>(fft_.across, kWholeReach, rows, rest_, &none);
        TurnRows<true>(fft_.near, far, shape_.phases, rows);
      }
      const int64_t at = paired ? block % 2 * kLanes<S> : first;
      TakeRows(bins_ + at * 2 * kLanes<S>);
      if (paired && block % 2 == 1) PutPairs(fft_.first_bins[block - 1]);
    }
    if (!paired) {
      SetBins(fft_.phase, data_, [&](int64_t k) HWY_ATTR { return LoadComplex(bins_, k); });
    }
    S* samples = samples_;
    if constexpr (std::is_same_v<T, S>) samples = y;
    if (!IsDirect<T>()) samples = samples_;
    RealInverseRow(fft_.phase, data_, samples, kLanes<S>, rest_, &none);
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
    for (int64_t r = 0; r < shape_.length; ++r) {
      hn::StoreU(Load<S, false>(x + r * width, width), d, samples_ + r * kLanes<S>);
    }
  }

  template <class T>
  void CopyOut(T* y) const {
    const Simd<S> d;
    const int width = Width();
    for (int64_t r = 0; r < shape_.length; ++r) {
      StoreLanes<false, S>(hn::LoadU(d, samples_ + r * kLanes<S>), y + r * width, width);
    }
  }

  void Clear() const {
    const Simd<S> d;
    const int64_t vectors = RealFftElements(shape_.length, shape_.phase_highest);
    for (int64_t i = 0; i < vectors; ++i) hn::StoreU(hn::Zero(d), d, data_ + i * kLanes<S>);
  }

  // `lanes` bins from `first` on, of all phases.
  HWY_NOINLINE void TakeBins(int64_t first) const {
    const int64_t last = shape_.phase_highest;
    for (int64_t i = 0; i < kLanes<S>; ++i) {
      const int64_t k = first + i < last ? first + i : last;
      StoreComplex(BinAt(fft_.phase, data_, k), bins_, i);
    }
  }

  // To the bins that come next; their places follow no order that a processor would guess.
  int64_t BinsAhead(int64_t first) const {
    return first + 2 * kLanes<S> <= shape_.pairs ? kLanes<S> : 0;
  }

  HWY_INLINE void PrefetchPair(const int32_t* places) const {
    for (int i = 0; i < 2; ++i) {
      const S* at = data_ + places[i] * 2 * kLanes<S>;
      __builtin_prefetch(at);
      if constexpr (2 * kLanes<S> * sizeof(S) > kLineBytes) __builtin_prefetch(at + kLanes<S>);
    }
  }

  // The same and behind them their mirrors, length / 2 - first - (lanes - 1) and on.
  HWY_NOINLINE void TakePairs(int64_t first) const {
    const RealFft<S>& fft = fft_.phase;
    const int32_t* places = fft.places + 2 * first;
    const S* twiddles = fft.twiddles + 2 * first;
    S* mirrors = bins_ + 2 * kLanes<S> * kLanes<S>;
    const int64_t ahead = BinsAhead(first);
    for (int64_t i = 0; i < kLanes<S>; ++i) {
      PrefetchPair(places + 2 * (i + ahead));
      const BinPair<S> bins = UnpackPair(LoadComplex(data_, places[2 * i]),
                                         LoadComplex(data_, places[2 * i + 1]), twiddles + 2 * i);
      StoreComplex(bins.own, bins_, i);
      StoreComplex(bins.mirror, mirrors, kLanes<S> - 1 - i);
    }
  }

  // The way back.
  HWY_NOINLINE void PutPairs(int64_t first) const {
    const Simd<S> d;
    const RealFft<S>& fft = fft_.phase;
    const int32_t* places = fft.places + 2 * first;
    const S* twiddles = fft.twiddles + 2 * first;
    const S* mirrors = bins_ + 2 * kLanes<S> * kLanes<S>;
    const int64_t ahead = BinsAhead(first);
    for (int64_t i = 0; i < kLanes<S>; ++i) {
      PrefetchPair(places + 2 * (i + ahead));
      const BinPair<S> packed = PackPair(LoadComplex(bins_, i),
                                         LoadComplex(mirrors, kLanes<S> - 1 - i), twiddles + 2 * i);
      StoreComplex(packed.mirror, data_, places[2 * i + 1]);
      StoreComplex(packed.own, data_, places[2 * i]);
    }
    if (first > 0) return;
    // Bins 0 and length / 2 are real.
    const auto own = hn::LoadU(d, bins_);
    const auto nyquist = LoadComplex(mirrors, kLanes<S> - 1).re;
    StoreComplex(Complex<S>{hn::Add(own, nyquist), hn::Sub(own, nyquist)}, data_, places[0]);
  }

  // Transposes `lanes` bins to the block's rows.
  HWY_NOINLINE void PutRows(const S* bins) const {
    const Simd<S> d;
    for (int part = 0; part < 2; ++part) {
      Vector<S> square[kLanes<S>];
      for (int i = 0; i < kLanes<S>; ++i) {
        square[i] = hn::LoadU(d, bins + (2 * i + part) * kLanes<S>);
      }
      Transpose<S>(square);
      for (int r = 0; r < kLanes<S>; ++r) {
        hn::StoreU(square[r], d, block_ + (2 * fft_.rows[r] + part) * kLanes<S>);
      }
    }
  }

  // The way back.
  HWY_NOINLINE void TakeRows(S* bins) const {
    const Simd<S> d;
    for (int part = 0; part < 2; ++part) {
      Vector<S> square[kLanes<S>];
      for (int r = 0; r < kLanes<S>; ++r) {
        square[r] = hn::LoadU(d, block_ + (2 * fft_.rows[r] + part) * kLanes<S>);
      }
      Transpose<S>(square);
      for (int i = 0; i < kLanes<S>; ++i) {
        hn::StoreU(square[i], d, bins + (2 * i + part) * kLanes<S>);
      }
    }
  }

  int64_t Count() const {
    const int64_t bins = shape_.phase_highest + 1;
    return bins < kLanes<S> ? bins : kLanes<S>;
  }

  // Rows of q, bins first + i + N q at lane i, into the spectrum.
  HWY_NOINLINE void PutSpectrum(int64_t first, const S* rows, S* spectrum) const {
    const Simd<S> d;
    const int64_t n = shape_.n;
    const int64_t highest = shape_.highest;
    const int64_t count = Count();
    S* re = spectrum;
    S* im = spectrum + shape_.part_elements;
    for (int64_t q = 0; q < shape_.phases; ++q) {
      const int64_t k = first + shape_.length * q;
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
    const S* im = spectrum + shape_.part_elements;
    for (int64_t q = 0; q < shape_.phases; ++q) {
      const int64_t k = first + shape_.length * q;
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
