// The plan of a run of the window gradient of one axis (docs/conventions.md, section 8).
#pragma once

#include <cstddef>
#include <cstdint>

#include "core/resample.h"
#include "core/types.h"
#include "cpu/axes/axis_cache.h"
#include "cpu/base/simd.h"
#include "cpu/base/tuning.h"

namespace spectral_ops {

// x as [outer, n, inner], grad_output as [outer, m, inner]. Fixed chunks of the tensor, whatever
// the number of workers, each add up their own sums, which are then added in order: bitwise
// repeatable.
struct WindowGradientPlan {
  int64_t outer = 1;
  int64_t inner = 1;
  AxisShape axis;    // n -> m
  AxisSpec spec[2];  // the modes of x and of grad_output: 0 .. b/2; of a symmetric axis those of
                     // the transforms that give cosines (cpu/axes/axis_fft.h)
  DataType dtype = DataType::kFloat32;
  Norm norm = Norm::kForward;

  int64_t lanes = 1;
  bool rows_as_lanes = false;
  int64_t units = 0;  // vectors of lanes, or blocks of rows
  int64_t chunks = 0;
  int workers = 1;

  size_t partial_offset = 0;  // double [chunks, bins]
  // [modes, 2]: of a centered axis what the product of both sides' modes is turned by; of a
  // symmetric one turn(n, k) and turn(m, k).
  size_t turn_offset[2] = {};
  size_t worker_offset = 0;
  size_t worker_bytes = 0;
  size_t modes_offset[2] = {};
  size_t packed_offset[2] = {};
  size_t row_offset[2] = {};  // of a symmetric axis: reordered samples, then cosines
  size_t axis_offset = 0;
  size_t workspace_bytes = 0;
};

WindowGradientPlan MakeWindowGradientPlan(const WindowGradientShape& shape, DataType dtype,
                                          Norm norm, const SimdTraits& traits, const Tuning& tuning,
                                          int max_workers);

// Holds the operators of both axes; false where there is no memory.
bool HoldAxes(const WindowGradientPlan& plan, HeldAxes* axes);

}  // namespace spectral_ops
