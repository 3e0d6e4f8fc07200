// Which of the compiled SIMD targets this processor runs.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "core/status.h"

namespace spectral_ops {

enum class SimdTarget { kScalar, kAvx2, kAvx512 };  // rising

// What a plan needs to know of the kernels compiled for one target.
struct SimdTraits {
  int64_t vector_bytes = 0;  // of a register; one element for the scalar target
  int64_t row_block = 1;     // rows of a matrix that run side by side
};

const char* SimdTargetName(SimdTarget target);

// The targets that were compiled, rising. kScalar leads but where a build is for one processor
// (SPECTRAL_OPS_SIMD_TARGETS=native).
std::vector<SimdTarget> CompiledSimdTargets();

// Those of them that this processor can run.
std::vector<SimdTarget> UsableSimdTargets();

// The target called `name`, refused where this processor cannot run it.
Status FindSimdTarget(std::string_view name, SimdTarget* target);

// The best usable target, or the one that the environment variable SPECTRAL_OPS_SIMD names.
// Read once, on first use.
Status ActiveSimdTarget(SimdTarget* target);

}  // namespace spectral_ops
