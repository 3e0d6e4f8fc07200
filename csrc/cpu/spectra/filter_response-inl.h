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
    const auto scale = static_cast<S>(plan_.scale);
    const S im_scale = plan_.conjugate ? -scale : scale;
    Squares squares;
    for (int64_t row = rows.begin; row < rows.end; ++row) {
      for (int64_t w = 0; w < plan_.columns; ++w) {
        const S* numbers = response + 2 * (Frequency(row) + w * kLanes<S>)*plan_.channels;
        for (int64_t c = 0; c < plan_.channels; c += kLanes<S>) {
          for (int i = 0; i < kLanes<S>; ++i) {
            Complex<S> z = {hn::Zero(d), hn::Zero(d)};
            if (i < LiveBins(w)) {
              z = LoadPairs(numbers + 2 * (i * plan_.channels + c), plan_.channels - c);
            }
            squares.re[i] = hn::Mul(hn::Set(d, scale), z.re);
            squares.im[i] = hn::Mul(hn::Set(d, im_scale), z.im);
          }
          squares.Turn();
          for (int i = 0; i < kLanes<S>; ++i) {
            if (c + i >= plan_.channels) break;
            S* to = planar + (((c + i) * plan_.rows() + row) * plan_.columns + w) * kStep;
            StoreComplex(Complex<S>{squares.re[i], squares.im[i]}, to, 0);
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
