// Where one axis runs, in elements: [rows][axis][cols][width], `width` elements contiguous on both
// sides.
#pragma once

#include <cstdint>

#include "core/integers.h"
#include "cpu/axes/axis_spec.h"
#include "cpu/base/tuning.h"

namespace spectral_ops {

struct AxisRegion {
  int64_t rows = 1;
  int64_t in_row = 0;
  int64_t out_row = 0;
  int64_t cols = 1;
  int64_t in_col = 0;
  int64_t out_col = 0;
  int64_t width = 1;
  int64_t in_step = 0;  // from sample to sample of the axis
  int64_t out_step = 0;

  // Joins neighbours that are contiguous on both sides, so that fewer vectors are half empty.
  void Merge() {
    if (cols > 1 && in_col == width && out_col == width) {
      width *= cols;
      cols = 1;
    }
    if (rows > 1 && cols == 1 && in_row == width && out_row == width) {
      width *= rows;
      rows = 1;
    }
  }

  int64_t Vectors(int64_t lanes) const { return rows * cols * CeilDiv(width, lanes); }
  // Of the merged region: what workers that share a stage divide.
  int64_t Bundles(int64_t lanes) const {
    AxisRegion merged = *this;
    merged.Merge();
    return CeilDiv(merged.Vectors(lanes), kVectors);
  }
};

}  // namespace spectral_ops
