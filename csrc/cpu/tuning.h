// What was measured to choose between ways on the CPU.
//
// Machine: AMD EPYC (Zen 5), 2 cores, 1 MB L2 each, AVX-512.
// Commands: python -m bench.crossover for fft_cost, which for images from memory is better a little
// lower (docs/performance.md), python -m bench.conv_choice for the times of a convolution; the
// others with the kernels alone, their caches swept.
#ifndef SPECTRAL_OPS_CPU_TUNING_H_
#define SPECTRAL_OPS_CPU_TUNING_H_

#include <cstddef>
#include <cstdint>

#include "core/conv_plan.h"
#include "core/resample_plan.h"
#include "core/spectral_conv_plan.h"

namespace spectral_ops {

// How much input is fetched ahead of its use, at most.
constexpr int64_t kAheadBytes = int64_t{256} << 10;

// Where nothing else fetches ahead, passes ask for samples so many butterflies before they load, or
// samples before they store them: 4 to 8 and 16 to 64 are alike.
constexpr int64_t kButterfliesAhead = 8;
constexpr int64_t kSamplesAhead = 32;

// Tiles above this do not stay in the L2 cache while input comes in.
constexpr size_t kLargeTileBytes = size_t{768} << 10;

// Pieces of a stage, where workers share one: a thread that comes late costs the others little.
constexpr int64_t kPiecesPerWorker = 4;

constexpr ResampleTuning kCpuTuning = {
    /*tile_bytes=*/int64_t{4} << 17,
    /*most_tile_bytes=*/int64_t{13} << 17,
    /*work_per_worker=*/20000,
    /*fft_cost=*/0.75,
    /*transpose_cost=*/6,
    /*lane_elements=*/13000,
    /*packed_bytes=*/int64_t{16} << 10,
};

constexpr ConvTuning kCpuConvTuning = {
    /*workspace_bytes=*/int64_t{24} << 20,
    /*unit_bytes=*/int64_t{896} << 10,
    /*work_per_worker=*/40000,
    /*store_cost=*/6,
    /*fft=*/{250000, 0.3},
    /*direct=*/{550000, 0.0078},
    /*direct_depthwise=*/{500000, 0.0135},
};

// Compared roughly: halves and doubles of these were within the noise.
constexpr SpectralConvTuning kCpuSpectralConvTuning = {
    /*group_bytes=*/int64_t{32} << 20,
    /*block_bytes=*/int64_t{640} << 10,
    /*pieces_per_worker=*/8,
};

}  // namespace spectral_ops

#endif  // SPECTRAL_OPS_CPU_TUNING_H_
