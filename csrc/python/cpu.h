// What the functions of `_kernels` that run on the CPU take besides the operators' arguments.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "library/interface.h"

namespace spectral_ops {

struct CpuOptions {
  CpuSettings settings;
  int threads = 1;
};

CpuOptions ParseCpuOptions(int threads, const std::optional<std::string>& simd);
// An fft_cost, and the bytes of a convolution's workspace.
void SetTuning(const std::optional<double>& fft_cost, CpuOptions* options);
void SetTuning(const std::optional<int64_t>& bytes, CpuOptions* options);

}  // namespace spectral_ops
