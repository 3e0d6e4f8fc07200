// The plans of runs of the convolution by FFTs: how the signals are cut into tiles and what a
// kernel needs for that, settled before any memory is taken.
//
// Overlap-save: each axis is cut into tiles of `step` targets; the `length` samples of the source
// that such a tile meets are transformed, multiplied by the spectra of the filters and transformed
// back. A tile's last axis is transformed first, as real rows; then the bins of the last axis each
// stand for a complex *column* over the other axes, transformed, mixed and transformed back by one
// worker in its cache. So only rows of the filters are ever stored as spectra, not whole ones.
#pragma once

#include <cstddef>
#include <cstdint>

#include "core/conv.h"
#include "core/types.h"
#include "cpu/axes/axis_cache.h"
#include "cpu/base/simd.h"
#include "cpu/base/tuning.h"

namespace spectral_ops {

struct ConvPlan {
  ConvShape shape;
  ConvMap map = ConvMap::kForward;
  DataType dtype = DataType::kFloat32;
  int64_t lanes = 1;
  ConvTiling axis[kMaxSpatialRank];
  AxisSpec spec[kMaxSpatialRank];  // the transforms of its tiles

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
  int64_t row_elements = 1;   // per lane, of the transform of a row
  int64_t filter_rows = 1;    // taps of the other axes
  int64_t tiles = 0;          // of all images
  int64_t image_tiles = 1;
  int64_t chunk = 1;  // tiles that are in memory at once
  int64_t chunks = 0;
  int64_t block = 1;  // target vectors whose filters are
  int64_t blocks = 0;
  int64_t unit = 1;  // target vectors that are mixed at once
  int workers = 1;
  int64_t pieces = 1;  // of a stage
  double work = 0;     // multiply-adds of vectors
  // Where a group has one source channel and channels alone would fill few lanes: so many images
  // are taken for channels of one, and `shape` says so. Their filters are repeated.
  int64_t images = 1;

  // Bytes, from the start of the workspace or of a worker's part of it.
  size_t source_offset = 0;  // [bins, chunk, source_vectors, column_stride, 2, lanes]
  size_t target_offset = 0;  // [bins, chunk, block, column_stride, 2, lanes]
  size_t filter_offset = 0;  // [bins, source_per_group, block, filter_rows, 2, lanes], or local
                             // [block, source_per_group, bins, column_stride, 2, lanes]
  size_t worker_offset = 0;
  size_t worker_bytes = 0;
  size_t packed_offset = 0;  // rows of channels_first, transposed
  size_t column_offset = 0;  // filters' columns of a unit, or a tile of its own
  size_t images_offset = 0;  // images > 1: the filters, or their gradient, [taps, images, numbers]
  size_t workspace_bytes = 0;
  size_t result_bytes = 0;  // of the result
  bool streams = false;     // it goes past the caches, by whole cache lines

  int64_t vector_bytes() const { return lanes * static_cast<int64_t>(ComputeSize(dtype)); }
  int64_t taps() const { return shape.axis[0].taps * shape.axis[1].taps * shape.axis[2].taps; }
  bool IsEmpty() const { return tiles == 0 || target_vectors == 0 || source_per_group == 0; }
};

ConvPlan MakeConvPlan(const ConvShape& shape, ConvMap map, DataType dtype, const SimdTraits& traits,
                      const Tuning& tuning, int max_workers);

// Holds the operators of the transforms; false where there is no memory.
bool HoldAxes(const ConvPlan& plan, HeldAxes* axes);

}  // namespace spectral_ops
