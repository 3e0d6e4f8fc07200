// The custom calls by which programs that XLA compiled run the kernels.
#pragma once

#include <string>

#include "core/conv.h"
#include "core/resample.h"
#include "core/spectral_conv.h"
#include "core/wavelet.h"

namespace spectral_ops {

// The name of the custom call for calls of a type. It carries the build's id, for a call's words
// are those of one build.
std::string TargetName(const ResampleCall& call);
std::string TargetName(const WindowGradientCall& call);
std::string TargetName(const ConvCall& call);
std::string TargetName(const SpectralConvCall& call);
std::string TargetName(const SpectralConvGradientsCall& call);
std::string TargetName(const WaveletCall& call);

// Makes the custom calls known to XLA; false where it refuses one.
bool RegisterHandlers();

}  // namespace spectral_ops
