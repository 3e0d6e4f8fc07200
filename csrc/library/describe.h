// What the library says of itself, as JSON.
#pragma once

#include <string>

#include "core/conv.h"
#include "core/resample.h"
#include "core/spectral_conv.h"
#include "core/status.h"
#ifdef SPECTRAL_OPS_HAS_CPU
#include "cpu/base/runtime.h"
#endif

namespace spectral_ops {

#ifdef SPECTRAL_OPS_HAS_CPU
// What a run on the CPU would do and the scratch that it would take.
Status Describe(const ResampleCall& call, const CpuTarget& target, int threads, std::string* json);
Status Describe(const ConvCall& call, const CpuTarget& target, int threads, std::string* json);
Status Describe(const SpectralConvCall& call, const CpuTarget& target, int threads,
                std::string* json);

// How much of the cache of axes is in use, and what it may hold.
std::string DescribeAxisCache();
#endif

// As simd_info and cuda_info of the interface.
std::string DescribeSimd();
std::string DescribeCuda();

}  // namespace spectral_ops
