// The axes in front of the last of a convolution: complex columns, transformed in place.
//
// A column is [length0, length1] complex vectors. Going in, rows of taps or samples that are not
// there are taken for zero; the bins stay in the order of transforms in place, for all they meet is
// others in that order.
#ifndef SPECTRAL_OPS_CPU_CONVOLUTION_CONV_COLUMNS_INL_H_
#define SPECTRAL_OPS_CPU_CONVOLUTION_CONV_COLUMNS_INL_H_

#include <cstdint>

#include "cpu/base/prefetch-inl.h"
#include "cpu/base/vector-inl.h"
#include "cpu/fft/fft.h"
#include "cpu/fft/fft_in_place-inl.h"
#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace spectral_ops {
namespace HWY_NAMESPACE {

template <class S>
class ConvColumns {
 public:
  static constexpr int64_t kElement = 2 * kLanes<S>;

  ConvColumns(const FftPlan<S>* const* ffts, S* strided) : ffts_(ffts), strided_(strided) {}

  // From rows [rows0, rows1] of `from`, row (i0, i1) at element i0 * from_step + i1, to the column
  // `to`; they may be the same memory if from_step is length1.
  void Forward(const S* from, int64_t from_step, int64_t rows0, int64_t rows1, S* to) const {
    const int64_t n0 = ffts_[0]->n;
    const int64_t n1 = ffts_[1]->n;
    if (n0 * n1 == 1) {
      StoreComplex(LoadComplex(from, 0), to, 0);
      return;
    }
    for (int64_t i0 = 0; i0 < rows0; ++i0) {
      S* row = to + i0 * n1 * kElement;
      Gather(from + i0 * from_step * kElement, 1, rows1, n1, row);
      Run<true>(*ffts_[1], row);
    }
    if (n0 == 1) return;
    for (int64_t i1 = 0; i1 < n1; ++i1) {
      S* column = to + i1 * kElement;
      Gather(column, n1, rows0, n0, strided_);
      Run<true>(*ffts_[0], strided_);
      Scatter(strided_, n0, column, n1);
    }
  }

  // In place, as far as the first rows0 of axis 0 go.
  void Inverse(S* column, int64_t rows0) const {
    const int64_t n0 = ffts_[0]->n;
    const int64_t n1 = ffts_[1]->n;
    if (n0 * n1 == 1) return;
    for (int64_t i1 = 0; i1 < n1 && n0 > 1; ++i1) {
      S* each = column + i1 * kElement;
      Gather(each, n1, n0, n0, strided_);
      Run<false>(*ffts_[0], strided_);
      Scatter(strided_, rows0, each, n1);
    }
    for (int64_t i0 = 0; i0 < rows0; ++i0) Run<false>(*ffts_[1], column + i0 * n1 * kElement);
  }

 private:
  // `count` elements, `step` apart, to the head of data[length], zeros behind them; from may be
  // data.
  static void Gather(const S* from, int64_t step, int64_t count, int64_t length, S* data) {
    const Simd<S> d;
    if (from != data) {
      for (int64_t i = 0; i < count; ++i) StoreComplex(LoadComplex(from, i * step), data, i);
    }
    const Complex<S> zero = {hn::Zero(d), hn::Zero(d)};
    for (int64_t i = count; i < length; ++i) StoreComplex(zero, data, i);
  }

  static void Scatter(const S* data, int64_t count, S* to, int64_t step) {
    for (int64_t i = 0; i < count; ++i) StoreComplex(LoadComplex(data, i), to, i * step);
  }

  template <bool kForward>
  static void Run(const FftPlan<S>& fft, S* data) {
    Ahead none;
    RunFft<kForward>(fft, kWholeReach, data, static_cast<S*>(nullptr), &none);
  }

  const FftPlan<S>* const* ffts_;  // of the first two axes
  S* strided_;                     // [length0, 2, lanes]
};

}  // namespace HWY_NAMESPACE
}  // namespace spectral_ops
HWY_AFTER_NAMESPACE();

#endif  // SPECTRAL_OPS_CPU_CONVOLUTION_CONV_COLUMNS_INL_H_
