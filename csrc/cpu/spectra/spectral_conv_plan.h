// The plan of a run of the spectral convolution: how its kernels walk the tensors and what they
// need for that, settled before any memory is taken.
//
// A run goes over the batch in groups of images, each in stages that all workers share: the
// analysis of a side into a spectrum [modes, images, 2, channels], the mixing of channels mode by
// mode, the synthesis of the other side. (The weight gradient: two analyses, then the products.
// Both gradients: the products and the mixing of the adjoint together, then its synthesis.) The
// spectrum of x may be one that the forward run kept.
// In a side's stages lanes are channels, or planes or images whose rows are transposed on the way,
// or the samples of a long single axis, one signal at a time. A single axis of few modes can go by
// moments of blocks of samples (cpu/axes/mode_blocks.h), in two stages: between samples and moments
// all blocks of samples are shared, between moments and modes the blocks of lanes.
#pragma once

#include <cstddef>
#include <cstdint>

#include "core/spectral_conv.h"
#include "core/types.h"
#include "cpu/axes/axis_cache.h"
#include "cpu/base/simd.h"
#include "cpu/base/tuning.h"
#include "cpu/spectra/filter_plan.h"

namespace spectral_ops {

// Where the lanes of a block come from.
enum class LaneSource {
  kChannels,  // channels of one image, contiguous; a few vectors
  kPlanes,    // channels_first: planes, of one image or of several
  kImages,    // channels_last with few channels: images, one channel after the other
  kSamples,   // one long axis: samples of a plane, or of an image of few channels
};

// One of the two signals: x and y, by the order of the run.
struct SignalPlan {
  AxisSpec axis[kMaxSpatialRank];
  int64_t channels = 1;
  int64_t padded = 1;  // channels in the spectrum, whole vectors
  LaneSource source = LaneSource::kChannels;
  // Vectors of a block, which go through side by side: kChannels: of neighbouring channels, so that
  // longer runs of the tensor are read at a time; kImages: one for each channel.
  int64_t subs = 1;
  int64_t at_once = 1;      // blocks of a unit: two rows of a single axis cost less together
  bool scattered = false;   // lanes of a block are not a vector of the spectrum
  bool shared = false;      // too few blocks for all workers: they share each, axis by axis
  bool by_slices = false;   // shared, 3-D: the axes of a slice together
  int64_t tile_row = 0;     // elements from row to row of a slice tile [rows][modes][2][lanes]
  int64_t mode_step = 0;    // elements from mode to mode of the spectrum
  int64_t ahead_bytes = 0;  // of the tensor that are fetched ahead of their use, at most
  bool streams = false;     // the tensor is a result that goes past the caches, by whole lines

  // Bytes, from the start of the workspace.
  size_t spectrum_offset = 0;
  size_t slice_offset = 0;    // shared, not by slices: tiles of all blocks; else in a worker's part
  size_t volume_offset = 0;   // shared: of all blocks; else in a worker's part
  size_t moments_offset = 0;  // of all blocks

  // kSamples: of the axis, whose signals have so many channels.
  int64_t signal_channels() const { return axis[2].signal.channels; }
  bool by_moments() const { return axis[2].kind == AxisKind::kModeBlocks; }
  int Stages(int rank) const { return by_moments() || by_slices ? 2 : shared ? rank : 1; }
  int64_t samples() const {
    return axis[0].modes.length * axis[1].modes.length * axis[2].modes.length;
  }
  int64_t Blocks(int64_t images, int64_t lanes) const;  // of so many images
};

struct SpectralConvPlan {
  FilterPlan filter;  // where it runs, the rest says little
  SpectralConvShape shape;
  DataType dtype = DataType::kFloat32;
  double scale = 1;
  int64_t lanes = 1;
  // The source and the target of the run; weight gradient: x, grad_output; both gradients: these,
  // and the gradient of x.
  SignalPlan side[3];
  int sides = 2;
  bool both = false;   // gradients, at once
  bool runs = true;    // false: of both gradients each is better by a run of its own
  bool keeps = false;  // the spectrum of x
  bool takes = false;  // it in the place of x
  // Channels are not mixed, and there are blocks for all workers: each goes from samples to samples
  // in the cache of one of them, in one stage.
  bool local = false;
  int64_t group = 1;  // images
  int64_t groups = 0;
  int workers = 1;
  int64_t pieces = 1;             // of each stage
  bool streams_gradient = false;  // of the weights: past the caches, by whole lines

  // Bytes. A worker's part holds scratch of an axis, packed rows, a column, panels of weights, the
  // tiles of sides that are not shared and, by slices, that of one slice.
  size_t worker_offset = 0;
  size_t worker_bytes = 0;
  size_t axis_offset = 0;
  size_t packed_offset = 0;  // two rows, transposed
  size_t packed_bytes = 0;   // of one
  size_t column_offset = 0;  // columns of modes: scattered ones, those of a spectrum of its own
  size_t panel_offset = 0;   // weights of one mode for a few vectors of channels
  size_t panel_bytes = 0;    // of one vector
  size_t workspace_bytes = 0;
};

SpectralConvPlan MakeSpectralConvPlan(const SpectralConvShape& shape,
                                      const SpectrumRequest& request, DataType dtype, Norm norm,
                                      const SimdTraits& traits, const Tuning& tuning,
                                      int max_workers);

// The dims of the spectrum that a run keeps: [groups, modes of a group].
Dims SpectrumDims(const SpectralConvPlan& plan);

// Holds the operators of all sides' axes; false where there is no memory.
bool HoldAxes(const SpectralConvPlan& plan, HeldAxes* axes);

}  // namespace spectral_ops
