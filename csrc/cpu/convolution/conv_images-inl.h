// The filters of a convolution whose images stand side by side as channels (cpu/convolution/
// conv_plan.h): once for each image, and their gradients added up.
#pragma once

#include <algorithm>
#include <cstdint>

#include "cpu/convolution/conv_plan.h"
#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace spectral_ops {
namespace HWY_NAMESPACE {

// Filters [taps, numbers] to [taps, images, numbers].
template <class T>
void RepeatFilters(const ConvPlan& plan, const T* filters, T* repeated) {
  const int64_t numbers = plan.shape.out_channels / plan.images;
  for (int64_t tap = 0; tap < plan.taps(); ++tap, filters += numbers) {
    for (int64_t image = 0; image < plan.images; ++image) {
      repeated = std::copy_n(filters, numbers, repeated);
    }
  }
}

// The way of their gradient: in doubles, for they may be many.
template <class T>
void SumOverImages(const ConvPlan& plan, const T* each, T* gradient) {
  const int64_t numbers = plan.shape.out_channels / plan.images;
  for (int64_t tap = 0; tap < plan.taps(); ++tap, each += plan.images * numbers) {
    for (int64_t i = 0; i < numbers; ++i) {
      double sum = 0;
      for (int64_t image = 0; image < plan.images; ++image) {
        sum += static_cast<double>(each[image * numbers + i]);
      }
      *gradient++ = static_cast<T>(sum);
    }
  }
}

}  // namespace HWY_NAMESPACE
}  // namespace spectral_ops
HWY_AFTER_NAMESPACE();
