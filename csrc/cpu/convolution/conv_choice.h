// What a convolution by FFTs and TensorFlow's own are expected to take, and so which is chosen:
// for each of the three maps by itself.
#pragma once

#include "core/conv.h"
#include "core/types.h"
#include "cpu/base/simd.h"
#include "cpu/base/tuning.h"

namespace spectral_ops {

// Nanoseconds of one thread, and whether those of FFTs are clearly fewer.
struct ConvEstimate {
  bool prefers_fft = false;
  double fft = 0;
  double direct = 0;
};

ConvEstimate EstimateConv(const ConvShape& shape, ConvMap map, DataType dtype,
                          const SimdTraits& traits, const Tuning& tuning);

}  // namespace spectral_ops
