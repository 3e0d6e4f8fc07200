// Constants of the GPU kernels. None has been measured: they follow from sizes of caches that
// NVIDIA documents (docs/performance.md). `python -m bench.gpu_tune` sweeps them on a card.
#pragma once

#include <cstddef>
#include <cstdint>

namespace spectral_ops {

// What lies between two passes stays in the L2 cache (40 MB on an A100, 50 MB on an H100).
constexpr size_t kGpuChunkBytes = size_t{24} << 20;
// Of the rows of FFTs, which take several passes through memory anyway.
constexpr size_t kGpuFftBytes = size_t{128} << 20;
// An axis of n samples costs 2 n operations a sample by its matrix: to about this length tensor
// cores should keep up with four passes through memory.
constexpr int64_t kGpuDirectDepth = 1024;
// From here on products, not memory, are expected to bound a pass.
constexpr int64_t kGpuFoldedDepth = 128;
// From here on FFTs in shared memory pass matrices, by bench/gpu_model.py.
constexpr int64_t kGpuBlockFftLength = 384;
constexpr size_t kGpuMatrixBytes = size_t{16} << 20;

}  // namespace spectral_ops
