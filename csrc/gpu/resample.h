// The resample operator on a GPU, settled and run: csrc/cuda/resample.cu runs it on a stream, and
// tests run it on the host.
#pragma once

#include <cstddef>

#include "core/resample.h"
#include "core/status.h"
#include "core/types.h"
#include "gpu/chain.h"

namespace spectral_ops::gpu {

struct ResamplePlan : RunSizes {
  Chain chain;
};

// The operator. Its adjoint has the sizes exchanged and the norm of AdjointNorm.
Status MakePlan(const ResampleCall& call, const ResampleShape& shape, const GpuTraits& traits,
                ResamplePlan* plan);

// The gradient of the window of one axis: x as [outer, n, inner], grad_output as [outer, m, inner]
// become modes, or cosines where the axis is symmetric, whose products are added up in a fixed
// order.
struct WindowGradientPlan : RunSizes {
  AxisShape axis;
  double scale = 1;
  DataType dtype = DataType::kFloat32;  // float32 or float64
  int64_t outer = 1;
  int64_t inner = 1;
  Chain chain[2];
  int64_t chunk = 1;   // of `outer`
  int64_t slices = 1;  // of the sums of a chunk
  size_t modes_offset[2] = {};
  size_t partial_offset = 0;  // double [chunks, slices, bins]

  int64_t chunks() const { return CeilDiv(outer, chunk); }
};

Status MakePlan(const WindowGradientCall& call, const WindowGradientShape& shape,
                const GpuTraits& traits, WindowGradientPlan* plan);

}  // namespace spectral_ops::gpu
