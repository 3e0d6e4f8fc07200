// What a run of an operator on the CPU needs besides its call.
#pragma once

#include <cstring>

#include "core/memory.h"
#include "cpu/base/parallel.h"
#include "cpu/base/simd.h"
#include "cpu/base/tuning.h"

namespace spectral_ops {

// Which kernels run; enough for a plan, together with the number of workers.
struct CpuTarget {
  SimdTarget simd = SimdTarget::kScalar;
  // Another than the machine's, to measure and to test what it chooses between.
  Tuning tuning = CpuTuning();

  bool operator==(const CpuTarget& other) const {
    // A Tuning is numbers of 8 bytes alone: equal bytes are equal numbers.
    // NOLINTNEXTLINE(bugprone-suspicious-memory-comparison)
    return simd == other.simd && std::memcmp(&tuning, &other.tuning, sizeof(tuning)) == 0;
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
