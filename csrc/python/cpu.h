// The functions of `_kernels` that run on the CPU.
#ifndef SPECTRAL_OPS_PYTHON_CPU_H_
#define SPECTRAL_OPS_PYTHON_CPU_H_

#include <pybind11/pybind11.h>

#include <cstdint>
#include <optional>
#include <string>

#include "cpu/base/runtime.h"

namespace spectral_ops {

// What every one of them takes besides the operator's arguments.
struct CpuOptions {
  CpuTarget target;
  int threads = 1;
};

CpuOptions ParseCpuOptions(int threads, const std::optional<std::string>& simd);
// An fft_cost, and the bytes of a convolution's workspace.
void SetTuning(const std::optional<double>& fft_cost, CpuOptions* options);
void SetTuning(const std::optional<int64_t>& bytes, CpuOptions* options);

// The operators on NumPy arrays.
void DefineCpu(pybind11::module_& module);

// What the operators would do, without doing it, and the caches of what they need.
void DefinePlans(pybind11::module_& module);

}  // namespace spectral_ops

#endif  // SPECTRAL_OPS_PYTHON_CPU_H_
