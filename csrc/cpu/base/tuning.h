// What was measured to choose between ways on the CPU.
//
// Machines: AMD EPYC (Zen 5), 1 MB L2, AVX-512; for fft_cost Intel Xeon (Sapphire Rapids), 2 MB L2.
// Commands: python -m bench.crossover for fft_cost, which for images from memory is better lower
// (docs/performance.md), python -m bench.conv_choice for the times of a convolution; the others
// with the kernels alone, their caches swept.
#ifndef SPECTRAL_OPS_CPU_BASE_TUNING_H_
#define SPECTRAL_OPS_CPU_BASE_TUNING_H_

#include <cstddef>
#include <cstdint>

namespace spectral_ops {

// Vectors of lanes that run side by side: a bundle.
constexpr int kVectors = 2;

struct ResampleTuning {
  int64_t tile_bytes = 0;       // what tiles of one worker may fill of its cache
  int64_t most_tile_bytes = 0;  // where vectors would be half empty otherwise
  int64_t work_per_worker = 0;  // multiply-adds of vectors that are worth another worker
  double fft_cost = 1;          // time of an operation of an FFT in multiply-adds of a matrix
  double transpose_cost = 0;    // of a vector, likewise
  int64_t lane_elements = 0;    // of an image that may be a lane, at most
  int64_t packed_bytes = 0;     // of rows that are transposed at once
};

// What a plan needs to know of a kernel compiled for one SIMD target.
struct KernelTraits {
  int64_t vector_bytes = 0;  // of one SIMD register; one element for the scalar target
  int64_t vectors = 0;       // that run side by side
  int64_t row_block = 1;     // rows of a matrix that run side by side
  ResampleTuning tuning;
};

// Nanoseconds on one thread: of a call, and of each multiply-add.
struct ConvTime {
  double call = 0;
  double each = 0;

  double Of(double multiply_adds) const { return call + each * multiply_adds; }
};

struct ConvTuning {
  int64_t workspace_bytes = 0;  // what tiles and rows of filters may take, where that can be
  int64_t unit_bytes = 0;       // of the filters' columns that one worker mixes at a time
  double work_per_worker = 0;   // multiply-adds of vectors that are worth another worker
  double store_cost = 0;        // of a complex vector that goes through memory, in multiply-adds
  // For the choice between FFTs and TensorFlow's own convolution and depthwise convolution.
  ConvTime fft;  // of multiply-adds of vectors
  ConvTime direct;
  ConvTime direct_depthwise;
};

// What a plan needs to know of a kernel compiled for one SIMD target.
struct ConvTraits {
  int64_t vector_bytes = 0;
  ConvTuning tuning;
};

struct SpectralConvTuning {
  int64_t group_bytes = 0;        // of spectra of the images that go together
  int64_t block_bytes = 0;        // of the tiles of a block of vectors
  int64_t pieces_per_worker = 1;  // of a stage
};

// What a plan needs to know of a kernel compiled for one SIMD target.
struct SpectralConvTraits {
  KernelTraits kernel;
  SpectralConvTuning tuning;
};

// How much input is fetched ahead of its use, at most.
constexpr int64_t kAheadBytes = int64_t{256} << 10;

// Where nothing else prefetches, samples are prefetched so many before they are loaded or stored:
// 16 to 64 are alike.
constexpr int64_t kSamplesAhead = 32;

// Tiles above this do not stay in the L2 cache while input comes in.
constexpr size_t kLargeTileBytes = size_t{768} << 10;

// Pieces of a stage, where workers share one: a thread that comes late costs the others little.
constexpr int64_t kPiecesPerWorker = 4;

constexpr ResampleTuning kCpuTuning = {
    /*tile_bytes=*/int64_t{4} << 17,
    /*most_tile_bytes=*/int64_t{13} << 17,
    /*work_per_worker=*/20000,
    /*fft_cost=*/0.95,
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

#endif  // SPECTRAL_OPS_CPU_BASE_TUNING_H_
