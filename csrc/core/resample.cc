#include "core/resample.h"

#include <algorithm>
#include <limits>

#include "core/integers.h"

namespace spectral_ops {

Status CheckResampleAxis(int axis, int64_t length, int64_t size, bool downsample_only) {
  SPECTRAL_OPS_RETURN_IF_ERROR(CheckLength("x", axis, length));
  SPECTRAL_OPS_RETURN_IF_ERROR(CheckSize("output_size", axis, size));
  if (!downsample_only || length < 0 || size <= length) return {};
  return Status::InvalidArgument("output_size[", axis, "]: ", size, " exceeds the input's length ",
                                 length, " on spatial axis ", axis,
                                 "; pool only shrinks, resample also enlarges");
}

Status CheckWindowLength(int axis, int64_t window_length, int64_t length, int64_t size,
                         AxisRule rule) {
  const int64_t bins = AxisShape{length, size, true, rule}.bins();
  if (window_length == bins) return {};
  const bool symmetric = rule == AxisRule::kSymmetric;
  return Status::InvalidArgument("windows[", axis, "]: length ", window_length, "; allowed",
                                 symmetric ? " with boundary 'symmetric'" : "", ": min(", length,
                                 ", ", size, symmetric ? ") = " : ")//2 + 1 = ", bins);
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

Status Check(const ResampleCall& call, ResampleShape* shape, Dims* y_dims) {
  const int rank = call.output_size.rank;
  const Dims& dims = call.x_dims;
  if (rank < 1 || rank > kMaxSpatialRank) {
    return Status::InvalidArgument("output_size: ", rank, " entries; allowed: 1 to ",
                                   kMaxSpatialRank);
  }
  if (dims.rank != rank + 2) {
    return Status::InvalidArgument("x: shape ", Text(dims), "; with ", rank,
                                   " entries in output_size its rank must be ", rank + 2);
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
    if (m < 1) return RefuseSize("output_size", i, m);
    SPECTRAL_OPS_RETURN_IF_ERROR(CheckResampleAxis(i, n, m, call.downsample_only));
    shape->axis[i] = {n, m, call.window_length[i] != kNoWindow, call.rule};
    (*y_dims)[first + i] = m;
  }
  constexpr int64_t kMaxElements = std::numeric_limits<int64_t>::max() / 16;
  const int64_t elements = CountWithoutZeros(*y_dims);
  if (elements < 0 || elements > kMaxElements) {
    return Status::InvalidArgument("output_size: the output would have more than ", kMaxElements,
                                   " elements");
  }
  for (int i = 0; i < rank; ++i) {
    const AxisShape& axis = shape->axis[i];
    if (!axis.windowed) continue;
    SPECTRAL_OPS_RETURN_IF_ERROR(
        CheckWindowLength(i, call.window_length[i], axis.n, axis.m, axis.rule));
  }
  return {};
}

Status Check(const WindowGradientCall& call, WindowGradientShape* shape, Dims* grad_window_dims) {
  const Dims& x = call.x_dims;
  const Dims& grad = call.grad_dims;
  if (x.rank < 3 || x.rank > kMaxRank) {
    return Status::InvalidArgument("x: shape ", Text(x), "; its rank must be 3 to ", kMaxRank);
  }
  if (grad.rank != x.rank) {
    return Status::InvalidArgument("grad_output: shape ", Text(grad), "; its rank must be x's, ",
                                   x.rank);
  }
  if (call.axis < 0 || call.axis >= x.rank - 2) {
    return Status::InvalidArgument("axis: ", call.axis, "; allowed: 0 to ", x.rank - 3);
  }
  const int place = FirstSpatial(call.format) + call.axis;
  for (int i = 0; i < x.rank; ++i) {
    if (i == place || x[i] == grad[i]) continue;
    return Status::InvalidArgument("grad_output: length ", grad[i], " on dimension ", i,
                                   "; allowed: x's length ", x[i]);
  }
  SPECTRAL_OPS_RETURN_IF_ERROR(CheckResampleAxis(call.axis, x[place], grad[place], false));
  *shape = WindowGradientShape();
  shape->axis = {x[place], grad[place], true, call.rule};
  for (int i = 0; i < place; ++i) shape->outer *= x[i];
  for (int i = place + 1; i < x.rank; ++i) shape->inner *= x[i];
  *grad_window_dims = Dims();
  grad_window_dims->rank = 1;
  (*grad_window_dims)[0] = shape->axis.bins();
  return {};
}

}  // namespace spectral_ops
