#include "core/resample.h"

#include <algorithm>
#include <limits>
#include <string>

#include "core/integers.h"

namespace spectral_ops {
namespace {

std::string OnAxis(const char* name, int axis) {
  return std::string(name) + "[" + std::to_string(axis) + "]: ";
}

std::string Allowed() { return "; allowed: 1 to " + std::to_string(kMaxAxisLength); }

}  // namespace

Status CheckResampleAxis(int axis, int64_t length, int64_t size, bool downsample_only) {
  if (length == 0 || length > kMaxAxisLength) {
    return Status::InvalidArgument("x: spatial axis " + std::to_string(axis) + " has length " +
                                   std::to_string(length) + Allowed());
  }
  if (size == 0 || size > kMaxAxisLength) {
    return Status::InvalidArgument(OnAxis("output_size", axis) + std::to_string(size) + Allowed());
  }
  if (downsample_only && length > 0 && size > length) {
    return Status::InvalidArgument(OnAxis("output_size", axis) + std::to_string(size) +
                                   " exceeds the input's length " + std::to_string(length) +
                                   " on spatial axis " + std::to_string(axis) +
                                   "; pool only shrinks, resample also enlarges");
  }
  return {};
}

Status CheckWindowLength(int axis, int64_t window_length, int64_t length, int64_t size) {
  const int64_t bins = std::min(length, size) / 2 + 1;
  if (window_length == bins) return {};
  return Status::InvalidArgument(
      OnAxis("windows", axis) + "length " + std::to_string(window_length) + "; allowed: min(" +
      std::to_string(length) + ", " + std::to_string(size) + ")//2 + 1 = " + std::to_string(bins));
}

int64_t ResampleShape::InputElements() const {
  int64_t count = MultiplySizes(outer, inner);
  for (const AxisShape& each : axis) count = MultiplySizes(count, each.n);
  return count;
}

int64_t ResampleShape::OutputElements() const {
  int64_t count = MultiplySizes(outer, inner);
  for (const AxisShape& each : axis) count = MultiplySizes(count, each.m);
  return count;
}

Status CheckResample(const ResampleCall& call, ResampleShape* shape, Dims* y_dims) {
  const int rank = call.output_size.rank;
  const Dims& dims = call.x_dims;
  if (rank < 1 || rank > kMaxSpatialRank) {
    return Status::InvalidArgument("output_size: " + std::to_string(rank) +
                                   " entries; allowed: 1 to " + std::to_string(kMaxSpatialRank));
  }
  if (dims.rank != rank + 2) {
    return Status::InvalidArgument("x: shape " + Text(dims) + "; with " + std::to_string(rank) +
                                   " entries in output_size its rank must be " +
                                   std::to_string(rank + 2));
  }
  const bool last = call.format == DataFormat::kChannelsLast;
  const int64_t channels = dims[ChannelsAt(call.format, rank)];
  const int first = FirstSpatial(call.format);
  *shape = ResampleShape();
  shape->rank = rank;
  shape->outer = last ? dims[0] : MultiplySizes(dims[0], channels);
  shape->inner = last ? channels : 1;
  *y_dims = dims;
  for (int i = 0; i < rank; ++i) {
    const int64_t n = dims[first + i];
    const int64_t m = call.output_size[i];
    if (m < 1) {
      return Status::InvalidArgument(OnAxis("output_size", i) + std::to_string(m) + Allowed());
    }
    SPECTRAL_OPS_RETURN_IF_ERROR(CheckResampleAxis(i, n, m, call.downsample_only));
    shape->axis[i] = {n, m, call.window_length[i] != kNoWindow};
    (*y_dims)[first + i] = m;
  }
  constexpr int64_t kMaxElements = std::numeric_limits<int64_t>::max() / 16;
  const int64_t elements = shape->OutputElements();
  if (elements < 0 || elements > kMaxElements) {
    return Status::InvalidArgument("output_size: the output would have more than " +
                                   std::to_string(kMaxElements) + " elements");
  }
  for (int i = 0; i < rank; ++i) {
    const AxisShape& axis = shape->axis[i];
    if (!axis.windowed) continue;
    SPECTRAL_OPS_RETURN_IF_ERROR(CheckWindowLength(i, call.window_length[i], axis.n, axis.m));
  }
  return {};
}

Status MakeWindowGradientShape(const int64_t* x_dims, const int64_t* grad_dims, int rank, int axis,
                               DataFormat format, WindowGradientShape* shape) {
  if (rank < 1 || rank > kMaxSpatialRank || axis < 0 || axis >= rank) {
    return Status::InvalidArgument("axis: " + std::to_string(axis) + "; allowed: 0 to " +
                                   std::to_string(rank - 1));
  }
  const int place = axis + (format == DataFormat::kChannelsLast ? 1 : 2);
  for (int i = 0; i < rank + 2; ++i) {
    if (i != place && x_dims[i] != grad_dims[i]) {
      return Status::InvalidArgument("grad_output: length " + std::to_string(grad_dims[i]) +
                                     " on dimension " + std::to_string(i) +
                                     "; allowed: x's length " + std::to_string(x_dims[i]));
    }
  }
  SPECTRAL_OPS_RETURN_IF_ERROR(CheckResampleAxis(axis, x_dims[place], grad_dims[place], false));
  *shape = WindowGradientShape();
  shape->axis = {x_dims[place], grad_dims[place], true};
  for (int i = 0; i < place; ++i) shape->outer *= x_dims[i];
  for (int i = place + 1; i < rank + 2; ++i) shape->inner *= x_dims[i];
  return {};
}

Status CheckWindowGradient(const WindowGradientCall& call, WindowGradientShape* shape,
                           Dims* grad_window_dims) {
  const Dims& x = call.x_dims;
  if (x.rank < 3 || x.rank > kMaxRank) {
    return Status::InvalidArgument("x: shape " + Text(x) + "; its rank must be 3 to " +
                                   std::to_string(kMaxRank));
  }
  if (call.grad_dims.rank != x.rank) {
    return Status::InvalidArgument("grad_output: shape " + Text(call.grad_dims) +
                                   "; its rank must be x's, " + std::to_string(x.rank));
  }
  SPECTRAL_OPS_RETURN_IF_ERROR(MakeWindowGradientShape(x.length, call.grad_dims.length, x.rank - 2,
                                                       call.axis, call.format, shape));
  *grad_window_dims = Dims();
  grad_window_dims->rank = 1;
  (*grad_window_dims)[0] = shape->axis.bins();
  return {};
}

}  // namespace spectral_ops
