// A filter's response as its tiles are, and its gradient from the sums that are (cpu/spectra/
// filter_plan.h).
#pragma once

#include <algorithm>
#include <cstdint>

#include "core/band.h"
#include "cpu/base/parallel.h"
#include "cpu/base/vector-inl.h"
#include "cpu/fft/butterfly-inl.h"
#include "cpu/spectra/filter_plan.h"
#include "cpu/spectra/mode_mix-inl.h"
#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace spectral_ops {
namespace HWY_NAMESPACE {

template <class S>
class FilterResponse {
 public:
  static constexpr int64_t kStep = 2 * kLanes<S>;

  // `order`: the frequency of each place of the first axis, then of the middle one.
  FilterResponse(const FilterPlan& plan, const int32_t* order) : plan_(plan), order_(order) {}

  // Rows of [channels][first][middle][columns][2][lanes], scaled, conjugated where the plan says
  // so.
  HWY_NOINLINE void Spread(const S* response, UnitRange rows, S* planar) const {
    const Simd<S> d;
    const auto zero = hn::Zero(d);
    const auto scale = static_cast<S>(plan_.scale);
    const S im_scale = plan_.conjugate ? -scale : scale;
    Squares squares;
    for (int64_t row = rows.begin; row < rows.end; ++row) {
      for (int64_t w = 0; w < plan_.columns; ++w) {
        const S* numbers = response + 2 * (Frequency(row) + w * kLanes<S>)*plan_.channels;
        const auto put = [&](int64_t channel, const Vector<S>& re, const Vector<S>& im) HWY_ATTR {
          S* to = planar + ((channel * plan_.rows() + row) * plan_.columns + w) * kStep;
          StoreComplex(
              Complex<S>{hn::Mul(hn::Set(d, scale), re), hn::Mul(hn::Set(d, im_scale), im)}, to, 0);
        };
        if constexpr (kLanes<S> > 1) {
          if (FitsOneSquare()) {
            const int64_t each = 2 * plan_.channels;
            HWY_ALIGN S padded[(kLanes<S> + 1) * kLanes<S>];
            if (w + 1 == plan_.columns) {  // nothing to read behind it
              std::fill_n(padded, (kLanes<S> + 1) * kLanes<S>, S(0));
              numbers = std::copy_n(numbers, LiveBins(w) * each, padded) - LiveBins(w) * each;
            }
            LoadColumns(numbers, each, each, squares.re);
            for (int c = 0; c < plan_.channels; ++c) {
              put(c, squares.re[2 * c], squares.re[2 * c + 1]);
            }
            continue;
          }
        }
        for (int64_t c = 0; c < plan_.channels; c += kLanes<S>) {
          for (int i = 0; i < kLanes<S>; ++i) {
            Complex<S> z = {zero, zero};
            if (i < LiveBins(w)) {
              z = LoadPairs(numbers + 2 * (i * plan_.channels + c), plan_.channels - c);
            }
            squares.re[i] = z.re;
            squares.im[i] = z.im;
          }
          squares.Turn();
          for (int i = 0; i < kLanes<S>; ++i) {
            if (c + i >= plan_.channels) break;
            put(c + i, squares.re[i], squares.im[i]);
          }
        }
      }
    }
  }

  // Rows of the gradient.
  void Finish(const S* sums, UnitRange rows, S* gradient) const {
    for (int64_t row = rows.begin; row < rows.end; ++row) {
      S* to = gradient + 2 * Frequency(row) * (plan_.shared ? 1 : plan_.channels);
      if (plan_.lanes_are_channels()) {
        FinishChannels(sums + row * plan_.tile_row, to);
      } else if (plan_.shared) {
        for (int64_t w = 0; w < plan_.columns; ++w) {
          const Complex<S> sum = Sum(sums + row * plan_.tile_row + w * kStep);
          const auto each = ScaleOfBins(w);
          StorePairs(Complex<S>{hn::Mul(each, sum.re), hn::Mul(each, sum.im)}, to + w * kStep,
                     LiveBins(w));
        }
      } else {
        FinishBins(sums + row * plan_.tile_row, to);
      }
    }
  }

 private:
  struct Squares {
    Vector<S> re[kLanes<S>];
    Vector<S> im[kLanes<S>];

    HWY_INLINE void Turn() {
      Transpose<S>(re);
      Transpose<S>(im);
    }
  };

  // Whether the numbers of one frequency, real and imaginary parts by turns, are a row of a square.
  bool FitsOneSquare() const { return 2 * plan_.channels <= kLanes<S>; }

  // Bin 0 of a row's frequencies.
  int64_t Frequency(int64_t row) const {
    const int64_t first = order_[row / plan_.middle];
    const int64_t middle = order_[plan_.first + row % plan_.middle];
    return (first * plan_.middle + middle) * plan_.bins;
  }

  int64_t LiveBins(int64_t w) const {
    return std::min<int64_t>(kLanes<S>, plan_.bins - w * kLanes<S>);
  }

  // A bin that stands for two counts twice.
  S ScaleOfBin(int64_t bin) const {
    return static_cast<S>(plan_.scale) * static_cast<S>(BinMultiplicity(bin, plan_.last));
  }
  Vector<S> ScaleOfBins(int64_t w) const {
    HWY_ALIGN S each[kLanes<S>];
    for (int i = 0; i < kLanes<S>; ++i) each[i] = ScaleOfBin(w * kLanes<S> + i);
    return hn::Load(Simd<S>(), each);
  }

  // Of all parts of the batch.
  HWY_INLINE Complex<S> Sum(const S* sums) const {
    const int64_t step = plan_.slots() * plan_.sums * plan_.tile;
    Complex<S> sum = LoadComplex(sums, 0);
    for (int64_t part = 1; part < plan_.parts; ++part) {
      sum = Add(sum, LoadComplex(sums + part * step, 0));
    }
    return sum;
  }

  HWY_NOINLINE void FinishChannels(const S* sums, S* gradient) const {
    const int64_t vectors = (plan_.channels + kLanes<S> - 1) / kLanes<S>;
    for (int64_t bin = 0; bin < plan_.bins; ++bin) {
      const S* at = sums + bin * plan_.subs * kStep;
      const S scale = ScaleOfBin(bin);
      if (plan_.shared) {  // lanes without a channel are zero
        Complex<S> all = Sum(at);
        for (int64_t sub = 1; sub < std::min(plan_.subs, vectors); ++sub) {
          all = Add(all, Sum(at + sub * kStep));
        }
        gradient[2 * bin] = scale * hn::ReduceSum(Simd<S>(), all.re);
        gradient[2 * bin + 1] = scale * hn::ReduceSum(Simd<S>(), all.im);
        continue;
      }
      for (int64_t v = 0; v < vectors; ++v) {
        const S* from = at + v / plan_.subs * plan_.tile + v % plan_.subs * kStep;
        StorePairs(Scale(Sum(from), scale), gradient + 2 * (bin * plan_.channels + v * kLanes<S>),
                   plan_.channels - v * kLanes<S>);
      }
    }
  }

  HWY_NOINLINE void FinishBins(const S* sums, S* gradient) const {
    const Simd<S> d;
    Squares squares;
    for (int64_t w = 0; w < plan_.columns; ++w) {
      if constexpr (kLanes<S> > 1) {
        if (FitsOneSquare()) {
          const auto count = static_cast<size_t>(2 * plan_.channels);
          for (int c = 0; c < kLanes<S> / 2; ++c) {
            Complex<S> z = {hn::Zero(d), hn::Zero(d)};
            if (c < plan_.channels) z = Sum(sums + c * plan_.tile + w * kStep);
            squares.re[2 * c] = z.re;
            squares.re[2 * c + 1] = z.im;
          }
          Transpose<S>(squares.re);
          for (int i = 0; i < LiveBins(w); ++i) {
            const int64_t bin = w * kLanes<S> + i;
            hn::StoreN(hn::Mul(hn::Set(d, ScaleOfBin(bin)), squares.re[i]), d,
                       gradient + bin * 2 * plan_.channels, count);
          }
          continue;
        }
      }
      for (int64_t c = 0; c < plan_.channels; c += kLanes<S>) {
        for (int i = 0; i < kLanes<S>; ++i) {
          Complex<S> z = {hn::Zero(d), hn::Zero(d)};
          if (c + i < plan_.channels) z = Sum(sums + (c + i) * plan_.tile + w * kStep);
          squares.re[i] = z.re;
          squares.im[i] = z.im;
        }
        squares.Turn();
        for (int i = 0; i < kLanes<S>; ++i) {
          if (i >= LiveBins(w)) break;
          const Complex<S> z = {squares.re[i], squares.im[i]};
          StorePairs(Scale(z, ScaleOfBin(w * kLanes<S> + i)),
                     gradient + 2 * ((w * kLanes<S> + i) * plan_.channels + c), plan_.channels - c);
        }
      }
    }
  }

  const FilterPlan& plan_;
  const int32_t* order_;
};

}  // namespace HWY_NAMESPACE
}  // namespace spectral_ops
HWY_AFTER_NAMESPACE();
