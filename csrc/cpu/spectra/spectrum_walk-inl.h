// From samples to samples past a spectrum that never leaves the cache of one worker: what operators
// that do not mix channels need of it. All axes but one are transformed first, row by row; then
// each column of the spectrum goes through the remaining axis, the operator's product and back.
#pragma once

#include <cstdint>

#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace spectral_ops {
namespace HWY_NAMESPACE {

// Product: `terms` spectra are multiplied and summed,
//   void Multiply(int64_t term, int64_t column), which adds to the sum from the second term on.
// Source: Rows(term), then Column(term, column) for one after the other.
// Target: Column(column), of the sum, then Rows().
template <class Product>
class SpectrumWalk {
 public:
  SpectrumWalk(const Product& product, int64_t terms, int64_t columns)
      : product_(product), terms_(terms), columns_(columns) {}

  template <class Source, class Target>
  HWY_INLINE void Run(const Source& source, const Target& target) const {
    for (int64_t term = 0; term < terms_; ++term) {
      source.Rows(term);
      for (int64_t column = 0; column < columns_; ++column) {
        source.Column(term, column);
        product_.Multiply(term, column);
        if (term + 1 == terms_) target.Column(column);
      }
    }
    target.Rows();
  }

 private:
  const Product& product_;
  const int64_t terms_;
  const int64_t columns_;
};

}  // namespace HWY_NAMESPACE
}  // namespace spectral_ops
HWY_AFTER_NAMESPACE();
