// What was measured to choose between ways on the CPU.
//
// Machines: AMD EPYC (Zen 5), 48 KB L1 and 1 MB L2, AVX-512; for fft_cost, near_bytes and shares of
// an L2 of 2 MB Intel Xeons, 48 KB and 2 MB; for near_bytes also AMD EPYC (Zen 4), 32 MB of L3.
// Commands (bench/kernels):
//
//   kernel_bench sweep <name>    a field of Tuning, such as fft_cost or resample.tile_bytes, at run
//                                time: the times of other values beside those of its own
//   python -m bench.conv_choice  the times of a convolution
//   race.py                      a constant that is compiled into the kernels (SPECTRAL_OPS_TUNED):
//                                two builds take turns; `kernel_bench sweep <name>` says how
//
// Fields that a result's rounding depends on are the same on every machine. Those that mean a cache
// are shares of this machine's, and no bit of a result depends on them: their sweep checks that.
#pragma once

#include <cstdint>

#include "cpu/base/cache_sizes.h"

namespace spectral_ops {

// The value of a constant, or the one that the build gives it:
// cmake -DSPECTRAL_OPS_TUNED="kSamplesAhead=16".
#define SPECTRAL_OPS_TUNED_TEXT(x) #x
#define SPECTRAL_OPS_TUNED_VALUE(given, value) TunedValue(SPECTRAL_OPS_TUNED_TEXT(given), value)
#define SPECTRAL_OPS_TUNED(name, value) SPECTRAL_OPS_TUNED_VALUE(SPECTRAL_OPS_##name, value)

// The number that `given` is; where the build has none, `given` is a name.
constexpr int64_t TunedValue(const char* given, int64_t value) {
  if (*given < '0' || *given > '9') return value;
  int64_t number = 0;
  for (; *given >= '0' && *given <= '9'; ++given) number = 10 * number + (*given - '0');
  return number;
}

// Vectors of lanes that run side by side: a bundle. The kernels are written for two.
constexpr int kVectors = 2;

// Where nothing else prefetches, samples are prefetched so many before they are loaded or stored:
// 16 to 64 are alike. kernel_bench sweep kSamplesAhead
constexpr int64_t kSamplesAhead = SPECTRAL_OPS_TUNED(kSamplesAhead, 32);

struct ResampleTuning {
  // Rounding depends on these. kernel_bench sweep resample.transpose_cost, and so on
  double transpose_cost = 6;      // of a vector, in multiply-adds of a matrix
  double images_time = 0.9;       // of an operation whose lanes are images, over one of rows
  int64_t lane_elements = 13000;  // of an image that may be a lane, at most

  // Of caches. kernel_bench sweep resample.tile_bytes, and so on
  int64_t tile_bytes = 0;        // what tiles of one worker may fill; see also ChooseRoute
  int64_t large_tile_bytes = 0;  // tiles above this do not stay while input comes in
  int64_t packed_bytes = 0;      // of rows that are transposed at once
};

// Nanoseconds on one thread: of a call, and of each multiply-add.
struct ConvTime {
  double call = 0;
  double each = 0;

  double Of(double multiply_adds) const { return call + each * multiply_adds; }
};

// Rounding depends on these, on work_per_worker not. kernel_bench sweep conv.unit_bytes, and so on
struct ConvTuning {
  // What tiles and rows of filters may take, where that can be.
  int64_t workspace_bytes = int64_t{24} << 20;
  // Of the filters' columns that one worker mixes at a time.
  int64_t unit_bytes = int64_t{896} << 10;
  // Multiply-adds of vectors that are worth another worker.
  double work_per_worker = SPECTRAL_OPS_TUNED(work_per_worker, 40000);
  double store_cost = 6;  // of a complex vector that goes through memory, in multiply-adds
  // For the choice between FFTs and TensorFlow's own kernels (DirectConvTuning).
  // python -m bench.conv_choice
  ConvTime fft = {250000, 0.3};  // of multiply-adds of vectors
};

// TensorFlow's own convolution. Of its multiply-adds those count that fill vectors of targets:
// one output channel costs as much as a vector of them. python -m bench.conv_choice
struct DirectConvTuning {
  int64_t lanes = 16;  // of the vectors that were measured
  ConvTime dense = {400000, 0.009};
  ConvTime dense_gradient = {550000, 0.009};
  ConvTime depthwise = {400000, 0.0165};
  double moved = 0.4;  // nanoseconds of an element that is transposed or gathered, once

  // Filters' gradients. With more taps on the last axis there is no kernel for them.
  int64_t dense_taps = 14;
  int64_t depthwise_taps = 3;
  // A matrix of all patches then serves, at so many times the price; and where the patches of an
  // image are so many times x, y and the filters, a plain loop of so many nanoseconds each.
  double patches = 2;
  double most_patches = 14;
  double loop = 8;
  double depthwise_loop = 0.2;

  double tie = 1.1;  // FFTs that are not so many times as fast leave the work to TensorFlow
};

// Compared roughly: halves and doubles of these were within the noise.
// kernel_bench sweep spectral_conv.group_bytes, and so on
struct SpectralConvTuning {
  // Rounding depends on these: the time of a multiply-add of moments, for which nothing is folded,
  // sorted or copied, over one as other axes count theirs; the same of FFTs whose lanes are
  // samples. Zen 4. kernel_bench sweep spectral_conv.moments_time, and so on
  double moments_time = 0.75;
  double samples_time = 0.6;

  int64_t group_bytes = int64_t{32} << 20;  // of spectra, and moments, of images that go together
  int64_t block_bytes = 0;                  // of a cache: of the tiles of a block of vectors
  int64_t filter_bytes = 0;       // of a cache: of a filter's tiles of a block of channels
  int64_t pieces_per_worker = 8;  // of a stage
};

// python -m bench --operator dwt --against FOLDER, which has other ones
struct WaveletTuning {
  // Of caches. Halves and doubles of the first two were within the noise.
  int64_t tile_bytes = 0;   // of tiles of the rows that go through an axis together
  int64_t piece_bytes = 0;  // of a row, that goes through two axes at a time
};

// All are numbers of 8 bytes (PlanKey).
struct Tuning {
  // Time of an operation of an FFT in multiply-adds of a matrix; rounding depends on it. For images
  // from memory lower values are better than in cache. kernel_bench sweep fft_cost
  double fft_cost = 0.95;
  // Multiply-adds of vectors that are worth another worker; not of a convolution.
  // kernel_bench sweep work_per_worker
  int64_t work_per_worker = SPECTRAL_OPS_TUNED(work_per_worker, 20000);
  // Of a stage, where workers share one: a thread that comes late costs the others little. Not of a
  // spectral convolution. kernel_bench sweep pieces_per_worker
  int64_t pieces_per_worker = 4;

  // Of caches. kernel_bench sweep ahead_bytes, kernel_bench sweep fft_block_bytes
  int64_t near_bytes = 0;       // of a result that stays near for whoever reads it next
  int64_t ahead_bytes = 0;      // of input that is fetched ahead of its use, at most
  int64_t fft_block_bytes = 0;  // of an FFT that stays: taken pass by pass, larger: depth first

  ResampleTuning resample;
  ConvTuning conv;
  DirectConvTuning direct_conv;
  SpectralConvTuning spectral_conv;
  WaveletTuning wavelet;
};

Tuning MakeTuning(const CacheSizes& caches);

// That of this machine, made once.
const Tuning& CpuTuning();

}  // namespace spectral_ops
