#include "core/conv.h"

#include <limits>
#include <string>

#include "core/integers.h"
#include "core/resample.h"

namespace spectral_ops {
namespace {

constexpr int64_t kMaxElements = std::numeric_limits<int64_t>::max() / 64;

std::string Axis(int axis) { return "spatial axis " + std::to_string(axis); }

std::string Dims(const int64_t* dims, int count) {
  std::string text = "[";
  for (int i = 0; i < count; ++i) text += (i > 0 ? ", " : "") + std::to_string(dims[i]);
  return text + "]";
}

}  // namespace

Status ParsePadding(std::string_view text, Padding* padding) {
  if (text == "same") {
    *padding = Padding::kSame;
  } else if (text == "valid") {
    *padding = Padding::kValid;
  } else if (text == "full") {
    *padding = Padding::kFull;
  } else if (text == "circular") {
    *padding = Padding::kCircular;
  } else {
    return Status::InvalidArgument("padding: '" + std::string(text) +
                                   "' is unknown; allowed: 'same', 'valid', 'full', 'circular'");
  }
  return {};
}

Status ConvOutputLength(int axis, int64_t length, int64_t taps, Padding padding, int64_t* m) {
  const std::string allowed = "; allowed: 1 to " + std::to_string(kMaxAxisLength);
  if (length == 0 || length > kMaxAxisLength) {
    return Status::InvalidArgument("x: " + Axis(axis) + " has length " + std::to_string(length) +
                                   allowed);
  }
  if (taps == 0 || taps > kMaxAxisLength) {
    return Status::InvalidArgument("filters: " + Axis(axis) + " has " + std::to_string(taps) +
                                   " taps" + allowed);
  }
  *m = -1;
  switch (padding) {
    case Padding::kSame:
    case Padding::kCircular:
      *m = length;
      break;
    case Padding::kValid:
      if (length < 0 || taps < 0) break;
      if (taps > length) {
        return Status::InvalidArgument("filters: " + Axis(axis) + " has " + std::to_string(taps) +
                                       " taps, more than the input's length " +
                                       std::to_string(length) +
                                       "; padding 'valid' allows at most as many");
      }
      *m = length - taps + 1;
      break;
    case Padding::kFull:
      if (length >= 0 && taps >= 0) *m = length + taps - 1;
      break;
  }
  return {};
}

Status CheckConvChannels(int64_t in_channels, int64_t filter_in, int64_t filter_out,
                         int64_t groups) {
  const std::string text = std::to_string(groups);
  if (groups == kDepthwise) {
    if (in_channels < 0 || filter_in < 0 || filter_in == in_channels) return {};
    return Status::InvalidArgument("filters: " + std::to_string(filter_in) +
                                   " channels; allowed: " + std::to_string(in_channels) +
                                   ", as x has");
  }
  if (groups < 1) {
    return Status::InvalidArgument("groups: " + text + "; allowed: 1 or more");
  }
  if (in_channels >= 0 && in_channels % groups != 0) {
    return Status::InvalidArgument("groups: " + text + " does not divide the " +
                                   std::to_string(in_channels) + " channels of x");
  }
  if (filter_out >= 0 && filter_out % groups != 0) {
    return Status::InvalidArgument("groups: " + text + " does not divide the " +
                                   std::to_string(filter_out) + " output channels of filters");
  }
  if (in_channels >= 0 && filter_in >= 0 && filter_in != in_channels / groups) {
    return Status::InvalidArgument("filters: " + std::to_string(filter_in) +
                                   " input channels; allowed with " + std::to_string(in_channels) +
                                   " channels of x and groups=" + text + ": " +
                                   std::to_string(in_channels / groups));
  }
  return {};
}

Status MakeConvShape(const int64_t* x_dims, const int64_t* filter_dims, int rank, Padding padding,
                     int64_t groups, DataFormat format, ConvShape* shape) {
  if (rank < 1 || rank > kMaxSpatialRank) {
    return Status::InvalidArgument("filters: rank " + std::to_string(rank + 2) +
                                   "; allowed: 3 to " + std::to_string(kMaxSpatialRank + 2));
  }
  const bool last = format == DataFormat::kChannelsLast;
  *shape = ConvShape();
  shape->rank = rank;
  shape->circular = padding == Padding::kCircular;
  shape->format = format;
  shape->batch = x_dims[0];
  shape->in_channels = last ? x_dims[rank + 1] : x_dims[1];
  SPECTRAL_OPS_RETURN_IF_ERROR(
      CheckConvChannels(shape->in_channels, filter_dims[rank], filter_dims[rank + 1], groups));
  shape->out_channels = filter_dims[rank + 1];
  shape->groups = groups;
  if (groups == kDepthwise) {
    shape->out_channels = MultiplySizes(shape->in_channels, filter_dims[rank + 1]);
    shape->groups = shape->in_channels > 0 ? shape->in_channels : 1;
  }
  int64_t elements = MultiplySizes(shape->batch, shape->out_channels);
  for (int i = 0; i < rank; ++i) {
    ConvAxis& axis = shape->axis[kMaxSpatialRank - rank + i];
    axis.n = x_dims[(last ? 1 : 2) + i];
    axis.taps = filter_dims[i];
    SPECTRAL_OPS_RETURN_IF_ERROR(ConvOutputLength(i, axis.n, axis.taps, padding, &axis.m));
    switch (padding) {
      case Padding::kSame:
      case Padding::kCircular:
        axis.before = (axis.taps - 1) / 2;
        break;
      case Padding::kValid:
        axis.before = 0;
        break;
      case Padding::kFull:
        axis.before = axis.taps - 1;
        break;
    }
    elements = MultiplySizes(elements, axis.m);
  }
  if (elements < 0 || elements > kMaxElements) {
    return Status::InvalidArgument("x: the output would have more than " +
                                   std::to_string(kMaxElements) + " elements");
  }
  return {};
}

void ConvOutputDims(const ConvShape& shape, int64_t* dims) {
  const bool last = shape.format == DataFormat::kChannelsLast;
  dims[0] = shape.batch;
  dims[last ? shape.rank + 1 : 1] = shape.out_channels;
  for (int i = 0; i < shape.rank; ++i) {
    dims[(last ? 1 : 2) + i] = shape.axis[kMaxSpatialRank - shape.rank + i].m;
  }
}

Status CheckConvGradient(const ConvShape& shape, const int64_t* grad_dims) {
  int64_t dims[kMaxSpatialRank + 2];
  ConvOutputDims(shape, dims);
  for (int i = 0; i < shape.rank + 2; ++i) {
    if (grad_dims[i] == dims[i]) continue;
    return Status::InvalidArgument("grad_output: shape " + Dims(grad_dims, shape.rank + 2) +
                                   "; allowed: the output's, " + Dims(dims, shape.rank + 2));
  }
  return {};
}

ConvTiling CutConvAxis(const ConvAxis& axis, ConvMap map, int64_t length) {
  ConvTiling cut;
  const bool back = map == ConvMap::kInputGradient;
  cut.taps = axis.taps;
  cut.source = back ? axis.m : axis.n;
  cut.target = back ? axis.n : axis.m;
  cut.shift = back ? axis.before - (axis.taps - 1) : -axis.before;
  cut.first = back ? axis.taps - 1 : 0;
  cut.length = length;
  cut.step = std::min(length - axis.taps + 1, cut.target);
  cut.tiles = CeilDiv(cut.target, cut.step);
  cut.count = cut.step + axis.taps - 1;
  return cut;
}

}  // namespace spectral_ops
