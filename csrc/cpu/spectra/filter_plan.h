// The plan of a run of a filter: a spectral convolution that keeps all modes at their own length
// and mixes no channels.
//
// The last axis is transformed row by row into a tile, the half spectrum of one block; then each of
// its columns goes through the middle axis (of three), the first one, the product and back; rows of
// samples come last. A tile holds vectors of bins where the transforms of the leading axes leave
// them (FftOrder): nothing is sorted. A block is
//
//   kChannels   vectors of neighbouring channels of one image, which fill a cache line:
//               tile [first][middle][bins][subs][2][lanes]
//   kRows       an image of few channels, or a plane: rows are the lanes of the last axis, bins
//               those of the others: tile [channel][first][middle][bins / lanes][2][lanes]
//   kSignals    one axis, few channels: samples are the lanes (cpu/fft/signal_fft.h)
//
// The gradient of the response has tiles of x and grad_output, and sums the products of a fixed
// part of the batch; the sums of all parts are added in their order. Both gradients at once are the
// same, and then grad_output's tile goes on to the gradient of x.
//
// A filter may keep the bins of x, and both gradients take them in the place of x: columns one
// after the other, each vector of channels, or channel, by itself
//   [batch, vectors][middle, columns of a vector][first][2][lanes],   kSignals: as they are
#pragma once

#include <cstddef>
#include <cstdint>

#include "core/dims.h"
#include "core/spectral_conv.h"
#include "core/types.h"
#include "cpu/axes/axis_cache.h"
#include "cpu/base/simd.h"
#include "cpu/base/tuning.h"

namespace spectral_ops {

enum class FilterLanes { kChannels, kRows, kSignals };

struct FilterPlan {
  bool runs = false;  // else the plan of a spectral convolution does
  FilterLanes lanes_of = FilterLanes::kChannels;
  bool conjugate = false;  // the response
  bool returns = true;     // to samples; else there are sums alone
  DataType dtype = DataType::kFloat32;
  bool shared = false;  // one response for all channels
  bool planar = false;  // the response that is applied is copied, channel by channel, as tiles are
  double scale = 1;
  int64_t lanes = 1;
  int rank = 1;
  int64_t batch = 0;
  int64_t channels = 1;
  int64_t first = 1;  // lengths: of the axis around the product,
  int64_t middle = 1;
  int64_t last = 1;
  int64_t bins = 1;
  AxisSpec axis[kMaxSpatialRank];  // first, middle, last

  int64_t sample_step = 1;  // elements from sample to sample
  int64_t subs = 1;         // vectors of a block of channels
  int64_t blocks = 1;       // of an image
  int64_t tiles = 1;        // of a block: its channels where lanes are none
  int64_t columns = 1;      // vectors of a row of a tile
  bool keeps = false;       // the spectrum of x
  bool takes = false;       // it in the place of x
  bool streams = false;     // the result goes past the caches, by whole cache lines
  bool streams_spectrum = false;
  bool tileless = false;  // of what is multiplied: one axis, whose transform leaves the bins ready
  int64_t tile_row = 0;   // elements from row to row
  int64_t tile = 0;       // elements

  // A unit is a block, or for the gradient of the response the sum over a part of the batch: of one
  // block of an image, or of all where they share one response. It takes steps, a block each.
  int64_t parts = 1;  // of the batch
  int64_t units = 0;
  int64_t steps = 1;
  int64_t sums = 0;       // tiles of sums of a unit
  bool together = false;  // too few units for all workers: they share each
  int workers = 1;
  int64_t pieces = 1;  // of each stage
  int64_t ahead_bytes = 0;

  // Bytes, from the start of the workspace.
  size_t planar_offset = 0;
  size_t sums_offset = 0;
  size_t tiles_offset = 0;  // together: of all units; else in a worker's part
  size_t worker_offset = 0;
  size_t worker_bytes = 0;
  size_t order_offset = 0;    // a frequency of each place of the first axis, then of the middle one
  size_t row_offset = 0;      // a row of samples; streams: of each vector; kRows: of each lane
  size_t bins_offset = 0;     // kRows: their bins
  size_t data_offset = 0;     // of a transform
  size_t other_offset = 0;    // that of x, while grad_output's is made
  size_t scratch_offset = 0;  // of a transform
  size_t workspace_bytes = 0;

  bool lanes_are_channels() const { return lanes_of == FilterLanes::kChannels; }
  bool lanes_are_signals() const { return lanes_of == FilterLanes::kSignals; }
  int64_t rows() const { return first * middle; }
  int64_t slots() const { return shared ? 1 : blocks; }  // units of a part
  // Of an image, in the spectrum that is kept; and columns of each.
  int64_t vectors() const {
    return lanes_are_channels() ? (channels + lanes - 1) / lanes : channels;
  }
  int64_t vector_columns() const { return lanes_are_channels() ? bins : columns; }
};

// What a run is to do besides its shape.
struct SpectrumRequest {
  bool both = false;   // gradients; then the shape is that of the weights'
  bool keeps = false;  // the spectrum of x, where its kernels can
  Dims spectrum;       // that `both` are given
};

// Whether a call is a filter that these kernels are the right ones for; by one image alone.
FilterPlan MakeFilterPlan(const SpectralConvShape& shape, const SpectrumRequest& request,
                          DataType dtype, Norm norm, const SimdTraits& traits, const Tuning& tuning,
                          int max_workers);

// The dims of the spectrum that a run keeps or takes.
Dims SpectrumDims(const FilterPlan& plan);

// Holds the operators of its axes; false where there is no memory.
bool HoldAxes(const FilterPlan& plan, HeldAxes* axes);

// The tensors of a run.
struct FilterTensors {
  const void* source = nullptr;  // x; of the adjoint grad_output
  const void* response = nullptr;
  const void* grad_output = nullptr;  // where there are sums
  void* result = nullptr;
  void* sums = nullptr;      // the gradient of the response
  void* spectrum = nullptr;  // that is kept, or only read
};

}  // namespace spectral_ops
