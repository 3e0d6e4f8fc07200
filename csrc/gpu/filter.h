// A filter on a GPU by transforms of whole spectra: y = irfftn(H rfftn(x)), or one of its
// gradients. Planes that fit the shared memory of a block go there and back in one kernel
// (plane_fft.h); others by the FFT library, with one kernel between its transforms. What neither
// suits takes modes by matrices (spectral_conv.h).
#pragma once

#include <cstddef>
#include <cstdint>

#include "core/spectral_conv.h"
#include "core/status.h"
#include "gpu/chain.h"
#include "gpu/filter_spectra.h"
#include "gpu/plane_fft_tables.h"

namespace spectral_ops::gpu {

struct FilterPlan {
  bool used = false;
  bool by_planes = false;  // else by the FFT library
  int64_t length[kMaxSpatialRank] = {1, 1, 1};
  bool channels_last = false;  // and more than one
  PlaneFftPlan planes;
  int64_t rows = 0;    // that the library transforms at once
  int64_t images = 0;  // of a gradient, at once

  // Bytes from the start of the workspace.
  size_t tables_offset = 0;
  size_t response_offset = 0;
  size_t signal_offset = 0;
  size_t spectrum_offset[2] = {};
  size_t sums_offset = 0;
  size_t work_offset = 0;

  int64_t Samples() const { return length[0] * length[1] * length[2]; }
  int64_t Bins() const { return length[0] * length[1] * HalfBins(length[2]); }
  FftSpec Fft(FftKind kind, bool is_double) const {
    return {kind, is_double, length[2], rows, {length[0], length[1]}};
  }
  // Of spectra, of the response as it is prepared, and of the sums of its gradient.
  BinSteps Steps(int64_t channels) const {
    return by_planes && channels_last ? BinSteps{channels, 1} : BinSteps{1, Bins()};
  }
};

// Settles `plan`, if FFTs suit the filter; its part of the workspace is behind what is taken.
// `modes_clocks` is what the other way is expected to take for each image, in clocks of a
// processor.
Status MakeFilterPlan(const SpectralConvShape& shape, DataType dtype, const GpuTraits& traits,
                      double modes_clocks, size_t* workspace_bytes, FilterPlan* plan);

// The same, if planes fit shared memory; false otherwise.
bool MakePlanesPlan(const SpectralConvShape& shape, DataType dtype, const GpuTraits& traits,
                    size_t* workspace_bytes, FilterPlan* plan);

}  // namespace spectral_ops::gpu
