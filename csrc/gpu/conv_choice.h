// What a convolution by FFTs and TensorFlow's own, which is cuDNN's, are expected to take on a GPU,
// and so which is chosen: for each of the three maps by itself.
#pragma once

#include "core/conv.h"
#include "core/status.h"
#include "gpu/chain.h"

namespace spectral_ops::gpu {

// Clocks of the whole GPU, and whether those of FFTs are clearly fewer.
struct ConvEstimate {
  bool prefers_fft = false;
  double fft = 0;
  double direct = 0;
};

// Of a call of which only its own map and the shapes of x and the filters are known.
Status EstimateConv(const ConvCall& call, const GpuTraits& traits, ConvEstimate* estimate);

}  // namespace spectral_ops::gpu
