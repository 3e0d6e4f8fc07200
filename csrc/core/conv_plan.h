// The plans of runs of the convolution by FFTs: how the signals are cut into tiles and what a
// kernel needs for that, settled before any memory is taken.
//
// Overlap-save: each axis is cut into tiles of `step` targets; the `length` samples of the source
// that such a tile meets are transformed, multiplied by the spectra of the filters and transformed
// back. A tile's last axis is transformed first, as real rows; then the bins of the last axis each
// stand for a complex *column* over the other axes, transformed, mixed and transformed back by one
// worker in its cache. So only rows of the filters are ever stored as spectra, not whole ones.
#ifndef SPECTRAL_OPS_CORE_CONV_PLAN_H_
#define SPECTRAL_OPS_CORE_CONV_PLAN_H_

#include <cstddef>
#include <cstdint>

#include "core/conv.h"
#include "core/types.h"

namespace spectral_ops {

// The operator and its two adjoints; each is linear in both of its arguments.
enum class ConvMap {
  kForward,         // x, filters -> y
  kInputGradient,   // grad_output, filters -> grad_x
  kFilterGradient,  // x, grad_output -> grad_filters
};

// Nanoseconds on one thread: of a call, and of each multiply-add.
struct ConvTime {
  double call = 0;
  double each = 0;

  double Of(double multiply_adds) const { return call + each * multiply_adds; }
};

// Measured constants of a device; csrc/cpu/tuning.h has the CPU's.
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

// One axis cut into tiles. Position q of a tile's source is the source's sample
// tile * step + shift + q for q < count, zero beyond; position first + j of the result is target
// tile * step + j.
struct ConvTiling {
  int64_t length = 1;  // of the transforms
  int64_t step = 1;
  int64_t tiles = 1;
  int64_t taps = 1;
  int64_t source = 1;  // samples of the source
  int64_t target = 1;  // and of the target: of the gradient where that is the second source
  int64_t shift = 0;
  int64_t count = 1;
  int64_t first = 0;
};

// The cut of one axis for transforms of `length` >= taps.
ConvTiling CutConvAxis(const ConvAxis& axis, ConvMap map, int64_t length);

struct ConvPlan {
  ConvShape shape;
  ConvMap map = ConvMap::kForward;
  DataType dtype = DataType::kFloat32;
  int64_t lanes = 1;
  ConvTiling axis[kMaxSpatialRank];

  // Dense groups: vectors of source channels as they come, vectors of target channels that never
  // cross a group, a matrix product for each bin. Small groups run lane by lane: for each of the
  // `reduction` channels of a group a vector of sources that belong to the targets' lanes.
  bool lanewise = false;
  // Then, but for the filters' gradient, a tile of one vector of targets needs no other: one worker
  // takes it from rows to rows in its cache, past spectra of the filters.
  bool local = false;
  int64_t source_channels = 0;
  int64_t target_channels = 0;
  int64_t source_per_group = 0;
  int64_t target_per_group = 0;
  int64_t source_vectors = 0;
  int64_t target_vectors = 0;
  int64_t vectors_per_group = 0;  // of targets

  int64_t bins = 1;           // of the last axis: half a spectrum
  int64_t column = 1;         // complex vectors of one bin: the lengths of the other axes
  int64_t column_stride = 1;  // odd, so that columns do not fall into one set of a cache
  int64_t filter_rows = 1;    // taps of the other axes
  int64_t tiles = 0;          // of all images
  int64_t image_tiles = 1;
  int64_t chunk = 1;  // tiles that are in memory at once
  int64_t chunks = 0;
  int64_t block = 1;  // target vectors whose filters are
  int64_t blocks = 0;
  int64_t unit = 1;  // target vectors that are mixed at once
  int workers = 1;
  double work = 0;  // multiply-adds of vectors

  // Bytes, from the start of the workspace or of a worker's part of it.
  size_t transform_offset[kMaxSpatialRank] = {};
  size_t order_offset = 0;   // int32 [length of the last axis]: FftOrder of each bin
  size_t source_offset = 0;  // [bins, chunk, source_vectors, column_stride, 2, lanes]
  size_t target_offset = 0;  // [bins, chunk, block, column_stride, 2, lanes]
  size_t filter_offset = 0;  // [bins, source_per_group, block, filter_rows, 2, lanes], or local
                             // [block, source_per_group, bins, column_stride, 2, lanes]
  size_t worker_offset = 0;
  size_t worker_bytes = 0;
  size_t packed_offset = 0;  // rows of channels_first, transposed
  size_t column_offset = 0;  // filters' columns of a unit, or a tile of its own
  size_t workspace_bytes = 0;

  bool IsEmpty() const { return tiles == 0 || target_vectors == 0 || source_per_group == 0; }
};

ConvPlan MakeConvPlan(const ConvShape& shape, ConvMap map, DataType dtype, const ConvTraits& traits,
                      int max_workers);

// Whether FFTs are expected to be faster than TensorFlow's own convolution, forward.
bool PreferFft(const ConvShape& shape, DataType dtype, const ConvTraits& traits);

// The two estimates that are compared, in nanoseconds of one thread.
struct ConvEstimate {
  double fft = 0;
  double direct = 0;
};

ConvEstimate EstimateConv(const ConvShape& shape, DataType dtype, const ConvTraits& traits);

}  // namespace spectral_ops

#endif  // SPECTRAL_OPS_CORE_CONV_PLAN_H_
