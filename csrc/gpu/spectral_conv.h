// The spectral convolution on a GPU, settled: modes of one side by passes along its axes, products
// mode by mode, samples of the other side by passes back (chain.h). Spectra lie as
// [images, 2, modes, channels] or [images, channels, 2, modes]. A filter may go by FFTs (filter.h).
#pragma once

#include <cstddef>

#include "core/spectral_conv.h"
#include "core/status.h"
#include "core/types.h"
#include "gpu/chain.h"
#include "gpu/complex_product.h"
#include "gpu/filter.h"

namespace spectral_ops::gpu {

struct SpectralConvPlan : RunSizes {
  SpectralConvShape shape;
  DataType dtype = DataType::kFloat32;
  Chain side[2];  // the source and the target of the run; weight gradient: x, grad_output
  int64_t channels[2] = {};
  int64_t group = 1;  // images whose spectra are there at once
  FilterPlan filter;  // if it is used, nothing else is

  // Bytes from the start of the workspace.
  size_t spectrum_offset[2] = {};

  // Images of a chain: of planes where channels come first.
  int64_t planes(int s) const {
    return shape.format == DataFormat::kChannelsFirst ? channels[s] : 1;
  }
};

Status MakePlan(const SpectralConvCall& call, const SpectralConvShape& shape,
                const GpuTraits& traits, SpectralConvPlan* plan);

// Spectra of `channels` and so many modes as an operand: rows are images, columns channels.
using ModeExtents = int64_t[kMaxSpatialRank];
ModeOperand SpectrumOperand(DataFormat format, const ModeExtents& extents, int64_t channels);

}  // namespace spectral_ops::gpu
