// What was measured to choose between ways on the CPU.
//
// Machine: AMD EPYC (Zen 5), 2 cores, 1 MB L2 each, AVX-512.
// Command: python -m bench.crossover
#ifndef SPECTRAL_OPS_CPU_TUNING_H_
#define SPECTRAL_OPS_CPU_TUNING_H_

#include "core/resample_plan.h"

namespace spectral_ops {

// How much input is fetched ahead of its use, at most.
constexpr int64_t kAheadBytes = int64_t{256} << 10;

constexpr ResampleTuning kCpuTuning = {
    /*tile_bytes=*/int64_t{13} << 17,
    /*work_per_worker=*/20000,
    /*fft_cost=*/0.84,
};

}  // namespace spectral_ops

#endif  // SPECTRAL_OPS_CPU_TUNING_H_
