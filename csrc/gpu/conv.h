// Convolution by FFTs on a GPU, settled: tiles with overlap (core/conv.h) and filters become
// spectra by passes along their axes (chain.h), are multiplied mode by mode, and results go back.
#pragma once

#include <cstddef>
#include <cstdint>

#include "core/conv.h"
#include "core/status.h"
#include "core/types.h"
#include "gpu/chain.h"
#include "gpu/complex_product.h"
#include "gpu/tiles.h"

namespace spectral_ops::gpu {

// A tensor that is cut into tiles and transformed, or transformed and put together.
struct ConvSide {
  TileGeometry geometry;  // all tiles of the tensor
  int64_t channels = 1;
  ModeOperand operand;  // rows are tiles, columns channels
  Chain chain;          // of one chunk of tiles

  // Bytes from the start of the workspace.
  size_t tiles_offset = 0;
  size_t spectrum_offset = 0;
};

struct ConvPlan : RunSizes {
  ConvShape shape;
  ConvMap map = ConvMap::kForward;
  DataType dtype = DataType::kFloat32;
  // x, filters, y; the gradients of any of the three in its place. `source` and `other` are
  // transformed, `target` is what comes back.
  ConvSide side[3];
  int source = 0;
  int other = 1;
  int target = 2;
  int64_t modes = 1;
  int64_t tiles = 0;  // of all images
  int64_t chunk = 1;  // at a time
};

Status MakePlan(const ConvCall& call, const ConvShape& shape, const GpuTraits& traits,
                ConvPlan* plan);

}  // namespace spectral_ops::gpu
