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

// Elements `step` apart, zero from the count-th on.
template <class S>
struct ShortView {
  const S* data;
  int64_t step;
  int64_t count;

  HWY_INLINE Complex<S> Load(int64_t i) const {
    const Simd<S> d;
    if (i >= count) return {hn::Zero(d), hn::Zero(d)};
    return LoadComplex(data, i * step);
  }
  HWY_INLINE void Hint(int64_t) const {}  // columns are in cache
};

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
    const ForwardLeaf<S, Into::kPlain> leaf = {to, nullptr};
    for (int64_t i0 = 0; i0 < rows0; ++i0) {
      const ShortView<S> in = {from + i0 * from_step * kElement, 1, rows1};
      Run(*ffts_[1], leaf, in, to + i0 * n1 * kElement);
    }
    if (n0 == 1) return;
    for (int64_t i1 = 0; i1 < n1; ++i1) {
      S* column = to + i1 * kElement;
      Run(*ffts_[0], leaf, ShortView<S>{column, n1, rows0}, strided_);
      for (int64_t i0 = 0; i0 < n0; ++i0) {
        StoreComplex(LoadComplex(strided_, i0), column, i0 * n1);
      }
    }
  }

  // In place, as far as the first rows0 of axis 0 go.
  void Inverse(S* column, int64_t rows0) const {
    Ahead none;
    const int64_t n0 = ffts_[0]->n;
    const int64_t n1 = ffts_[1]->n;
    if (n0 * n1 == 1) return;
    for (int64_t i1 = 0; i1 < n1 && n0 > 1; ++i1) {
      S* each = column + i1 * kElement;
      for (int64_t i0 = 0; i0 < n0; ++i0) StoreComplex(LoadComplex(each, i0 * n1), strided_, i0);
      const InverseLeaf<S, false> leaf = {strided_, nullptr};
      RunInPlace(*ffts_[0], leaf, strided_, static_cast<S*>(nullptr), &none);
      for (int64_t i0 = 0; i0 < rows0; ++i0) StoreComplex(LoadComplex(strided_, i0), each, i0 * n1);
    }
    for (int64_t i0 = 0; i0 < rows0; ++i0) {
      S* each = column + i0 * n1 * kElement;
      const InverseLeaf<S, false> leaf = {each, nullptr};
      RunInPlace(*ffts_[1], leaf, each, static_cast<S*>(nullptr), &none);
    }
  }

 private:
  // A transform of what `in` holds, into and in `data`; leaves run within `data`.
  static void Run(const FftPlan<S>& fft, ForwardLeaf<S, Into::kPlain> leaf, const ShortView<S>& in,
                  S* data) {
    Ahead none;
    leaf.spectrum = data;
    RunBetween(fft, leaf, in, BufferView<S>{data}, data, static_cast<S*>(nullptr), &none);
  }

  const FftPlan<S>* const* ffts_;  // of the first two axes
  S* strided_;                     // [length0, 2, lanes]
};

}  // namespace HWY_NAMESPACE
}  // namespace spectral_ops
HWY_AFTER_NAMESPACE();

#endif  // SPECTRAL_OPS_CPU_CONVOLUTION_CONV_COLUMNS_INL_H_
