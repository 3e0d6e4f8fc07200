// A level of a wavelet transform on a GPU, settled: a pass along each axis
// (gpu/wavelet_pass.h), analysis from the last one to the first, synthesis
// back. Each new band stands in front of those that are there, so that of
// images
//
//   channels last    [.., n, *behind, bands so far, channels] -> [.., h,
//   *behind, 2, bands .., channels] channels first   [bands so far, planes, ..,
//   n, *behind] -> [2, bands so far, planes,
//   .., h, *behind]
//
// Passes go over the images, of channels first over their planes, in chunks
// whose tensors between passes stay in the L2 cache.
#pragma once

#include <cstddef>
#include <cstdint>

#include "core/status.h"
#include "core/types.h"
#include "core/wavelet.h"
#include "gpu/chain.h"
#include "gpu/wavelet_axis.h"
#include "gpu/wavelet_places.h"

namespace spectral_ops::gpu {

// One axis, of one image or plane: samples [lines, n, inner], coefficients
// [lines, h, inner].
struct WaveletPass {
  WaveletAxis axis;
  int64_t lines = 1;
  int64_t inner = 1;
  int64_t run = 1;          // of one band, then of the other, where channels come last
  int64_t plane_lines = 1;  // of each of the bands so far
  int low_bands = 0;        // axes whose bands stand behind this one's
  bool of_tensor = false;   // coefficients are those of the call

  int64_t Samples() const { return lines * axis.n * inner; }
  int64_t Coefficients() const { return 2 * lines * axis.h * inner; }
};

struct WaveletPlan : RunSizes {
  WaveletShape shape;
  DataType dtype = DataType::kFloat32;
  WaveletPass pass[kMaxSpatialRank];  // in order; of the filter gradient those
                                      // before its own
  int count = 0;
  int axis[kMaxSpatialRank] = {};  // of each pass
  int64_t images = 0;              // or planes
  int64_t chunk = 1;
  int64_t processors = 1;  // of the device

  // The filter gradient: x analysed along all other axes, times the bands.
  WaveletPass own;
  int64_t slices = 0;  // of its sums

  // Bytes from the start of the workspace.
  size_t between_offset[2] = {};
  size_t partial_offset = 0;  // double [slices, 2, taps]

  bool gradient() const { return shape.map == WaveletMap::kFilterGradient; }
  bool synthesis() const { return shape.map == WaveletMap::kSynthesis; }

  // Where the coefficients of a pass over `own` images from `first` on stand, behind the tensor's
  // at OffsetOfBands(first).
  BandPlaces Places(const WaveletPass& one, int64_t first, int64_t own) const;
  int64_t OffsetOfBands(int64_t first) const;
};

Status MakePlan(const WaveletCall& call, const WaveletShape& shape, const GpuTraits& traits,
                WaveletPlan* plan);

}  // namespace spectral_ops::gpu
