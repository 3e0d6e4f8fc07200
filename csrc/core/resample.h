// The resample operator before any value is touched: what it takes, checked.
#ifndef SPECTRAL_OPS_CORE_RESAMPLE_H_
#define SPECTRAL_OPS_CORE_RESAMPLE_H_

#include <cstdint>

#include "core/axis.h"
#include "core/status.h"
#include "core/types.h"

namespace spectral_ops {

constexpr int64_t kMaxAxisLength = int64_t{1} << 24;

// Refuses an axis that no operator can take; `axis` is its number among the spatial ones. A
// negative length or size is one that is not known yet.
Status CheckResampleAxis(int axis, int64_t length, int64_t size, bool downsample_only);
Status CheckWindowLength(int axis, int64_t window_length, int64_t length, int64_t size);

// A tensor seen as [outer, *spatial, inner]: channels are inner where they come last and outer
// where they come first.
struct ResampleShape {
  int rank = 0;  // spatial axes
  int64_t outer = 1;
  int64_t inner = 1;
  AxisShape axis[kMaxSpatialRank];

  int64_t InputElements() const;
  int64_t OutputElements() const;
};

// Checks everything and fills `shape`. `windowed` says for each axis whether it has a window.
Status MakeResampleShape(const int64_t* dims,                   // [rank + 2], of the input tensor
                         int rank, const int64_t* output_size,  // [rank]
                         const bool* windowed,                  // [rank]
                         DataFormat format, bool downsample_only, ResampleShape* shape);

// The window gradient of one axis: x as [outer, n, inner], grad_output as [outer, m, inner].
struct WindowGradientShape {
  int64_t outer = 1;
  int64_t inner = 1;
  AxisShape axis;  // n -> m
};

// Checks that x and grad_output agree on every axis but `axis`, counted among the spatial ones.
Status MakeWindowGradientShape(const int64_t* x_dims,     // [rank + 2]
                               const int64_t* grad_dims,  // [rank + 2]
                               int rank, int axis, DataFormat format, WindowGradientShape* shape);

}  // namespace spectral_ops

#endif  // SPECTRAL_OPS_CORE_RESAMPLE_H_
