// The plan of a run of a wavelet's map: tasks, tiles and tables, settled before any memory is
// taken.
//
// A task is a block of rows of the first axis of one image. Analysis filters a few of its rows at a
// time across that axis into two tiles each, which the later axes take in the same way until the
// last one writes bands; synthesis likewise, a few rows of samples at a time. So samples are read
// and bands are written once. The last axis follows the one before it in pieces that stay near.
// Lanes are channels, or where there are few of them positions and channels of the last axis
// (`merged`).
#pragma once

#include <cstddef>
#include <cstdint>

#include "core/wavelet.h"
#include "cpu/axes/axis_cache.h"
#include "cpu/base/simd.h"
#include "cpu/base/tuning.h"

namespace spectral_ops {

struct WaveletPlan {
  WaveletShape shape;
  DataType dtype = DataType::kFloat32;
  int64_t images = 0;    // with channels first, each channel is one
  int64_t channels = 1;  // of a position
  bool merged = false;
  bool streams = false;  // the result, by whole cache lines: nothing of it would stay in cache
  int64_t rows = 0;      // of the first axis
  int64_t block = 1;     // of a task
  int64_t tasks = 0;
  int workers = 1;

  // Elements, from one position of an axis to the next: of samples, and of bands in the tensor.
  int64_t sample_step[kMaxSpatialRank] = {};
  int64_t band_step[kMaxSpatialRank] = {};
  int64_t band_stride = 0;  // from band to band
  int64_t image_samples = 0;
  // Of image `i` the bands begin at i / images_apart * batch_bands + i % images_apart *
  // image_bands.
  int64_t images_apart = 1;
  int64_t batch_bands = 0;
  int64_t image_bands = 0;

  // Bytes, from the start of the workspace or of a worker's part of it.
  size_t table_offset[kMaxSpatialRank] = {};
  size_t partial_offset = 0;  // of the filter gradient: double [tasks, 2, taps]
  size_t worker_offset = 0;
  size_t worker_bytes = 0;
  size_t tile_offset[kMaxSpatialRank] = {};     // behind each axis but the last
  int64_t tile_elements[kMaxSpatialRank] = {};  // of one band of a row
  int64_t tile_rows[kMaxSpatialRank] = {};      // that go through the axis together
  int64_t piece = 1;                            // positions of the last axis
  size_t line_offset = 0;                       // of merged lanes
  int64_t line_elements = 0;
  size_t workspace_bytes = 0;

  int last() const { return shape.rank - 1; }
};

WaveletPlan MakeWaveletPlan(const WaveletShape& shape, DataType dtype, const SimdTraits& traits,
                            const Tuning& tuning, int max_workers);

inline bool HoldAxes(const WaveletPlan&, HeldAxes*) { return true; }  // it has tables of its own

}  // namespace spectral_ops
