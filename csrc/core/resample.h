// The resample operator before any value is touched: what it takes, checked.
#pragma once

#include <array>
#include <cstdint>
#include <tuple>

#include "core/axis.h"
#include "core/dims.h"
#include "core/status.h"
#include "core/types.h"

namespace spectral_ops {

constexpr int64_t kNoWindow = -1;  // in the place of a window's length

// Refuses an axis that no operator can take; `axis` is its number among the spatial ones. A
// negative length or size is one that is not known yet.
Status CheckResampleAxis(int axis, int64_t length, int64_t size, bool downsample_only);
Status CheckWindowLength(int axis, int64_t window_length, int64_t length, int64_t size,
                         AxisRule rule);

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

// A call of the operator: its adjoint has the sizes exchanged and the norm of AdjointNorm.
struct ResampleCall {
  using Shape = ResampleShape;
  // All but the pointers: what a plan follows from.
  auto Settings() const {
    return std::tie(dtype, norm, rule, format, downsample_only, x_dims, output_size, window_length);
  }

  DataType dtype = DataType::kFloat32;
  Norm norm = Norm::kForward;
  AxisRule rule = AxisRule::kPeriodic;  // of all axes
  DataFormat format = DataFormat::kChannelsLast;
  bool downsample_only = false;
  Dims x_dims;       // [batch, *n, channels] or [batch, channels, *n]
  Dims output_size;  // [rank], *m
  // By axis; the length is that of the tensor, or kNoWindow.
  std::array<int64_t, kMaxSpatialRank> window_length = {kNoWindow, kNoWindow, kNoWindow};
  const void* windows[kMaxSpatialRank] = {};  // [AxisShape::bins] each, of the computing type
  const void* x = nullptr;                    // [*x_dims]
  void* result = nullptr;                     // y: *m in the place of *n
};

// Checks everything that a call says, but not its pointers, and fills `shape` and the dims of y.
Status Check(const ResampleCall& call, ResampleShape* shape, Dims* y_dims);

// The window gradient of one axis: x as [outer, n, inner], grad_output as [outer, m, inner].
struct WindowGradientShape {
  int64_t outer = 1;
  int64_t inner = 1;
  AxisShape axis;  // n -> m
};

// A call of the gradient of sum(grad_output * resample(x)) by the window of one axis. The other
// axes have the same length in both tensors: x was resampled along them.
struct WindowGradientCall {
  using Shape = WindowGradientShape;
  auto Settings() const { return std::tie(dtype, norm, rule, format, axis, x_dims, grad_dims); }

  DataType dtype = DataType::kFloat32;  // float32 or float64
  Norm norm = Norm::kForward;
  AxisRule rule = AxisRule::kPeriodic;
  DataFormat format = DataFormat::kChannelsLast;
  int axis = 0;  // among the spatial ones
  Dims x_dims;
  Dims grad_dims;
  const void* x = nullptr;            // [.., n, ..]
  const void* grad_output = nullptr;  // [.., m, ..]
  void* result = nullptr;             // [AxisShape::bins]
};

Status Check(const WindowGradientCall& call, WindowGradientShape* shape, Dims* grad_window_dims);

}  // namespace spectral_ops
