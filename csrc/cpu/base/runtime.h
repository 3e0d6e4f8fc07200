// What a run of an operator on the CPU needs besides its call.
#ifndef SPECTRAL_OPS_CPU_BASE_RUNTIME_H_
#define SPECTRAL_OPS_CPU_BASE_RUNTIME_H_

#include <cstdint>
#include <optional>

#include "core/memory.h"
#include "cpu/base/parallel.h"
#include "cpu/base/simd.h"

namespace spectral_ops {

// Which kernels run; enough for a plan, together with the number of workers.
struct CpuTarget {
  SimdTarget simd = SimdTarget::kScalar;
  // In the place of constants of tuning.h, to measure and to test what they choose between.
  std::optional<double> fft_cost = std::nullopt;
  std::optional<int64_t> conv_workspace_bytes = std::nullopt;

  bool operator==(const CpuTarget& other) const {
    return simd == other.simd && fft_cost == other.fft_cost &&
           conv_workspace_bytes == other.conv_workspace_bytes;
  }
};

struct CpuRuntime {
  CpuTarget target;
  const ParallelFor& parallel;
  Workspace& workspace;
};

// What a kernel gets besides its plan and its call.
struct RunMemory {
  const void* const* axes;  // the operators of the plan's axes (HoldAxes)
  char* workspace;          // plan.workspace_bytes, aligned to 64
};

}  // namespace spectral_ops

#endif  // SPECTRAL_OPS_CPU_BASE_RUNTIME_H_
