#include "core/conv.h"

#include <algorithm>
#include <limits>

#include "core/integers.h"

namespace spectral_ops {
namespace {

constexpr int64_t kMaxElements = std::numeric_limits<int64_t>::max() / 64;

Status CheckRanks(const ConvCall& call) {
  const int rank = call.filter_dims.rank;
  if (rank < 3 || rank > kMaxRank) {
    return Status::InvalidArgument("filters: rank ", rank, "; allowed: 3 to ", kMaxRank);
  }
  if (call.x_dims.rank != rank) {
    return Status::InvalidArgument("x: rank ", call.x_dims.rank,
                                   "; allowed with these filters: ", rank);
  }
  return {};
}

// Lengths may be given as numbers, not by a tensor that has them.
Status CheckNumbers(const char* name, const Dims& dims) {
  for (int i = 0; i < dims.rank; ++i) {
    if (dims[i] >= 0) continue;
    return Status::InvalidArgument(name, "[", i, "]: ", dims[i], "; allowed: 0 or more");
  }
  return {};
}

// Fills `shape` and the dims of y.
Status MakeShape(const ConvCall& call, ConvShape* shape, Dims* y_dims) {
  const Dims& x = call.x_dims;
  const Dims& filters = call.filter_dims;
  const int rank = filters.rank - 2;
  const int channels = ChannelsAt(call.format, rank);
  *shape = ConvShape();
  shape->rank = rank;
  shape->circular = call.padding == Padding::kCircular;
  shape->format = call.format;
  shape->batch = x[0];
  shape->in_channels = x[channels];
  SPECTRAL_OPS_RETURN_IF_ERROR(
      CheckConvChannels(shape->in_channels, filters[rank], filters[rank + 1], call.groups));
  shape->out_channels = filters[rank + 1];
  shape->groups = call.groups;
  if (call.groups == kDepthwise) {
    shape->out_channels = MultiplySizes(shape->in_channels, filters[rank + 1]);
    shape->groups = shape->in_channels > 0 ? shape->in_channels : 1;
  }
  *y_dims = x;
  (*y_dims)[channels] = shape->out_channels;
  for (int i = 0; i < rank; ++i) {
    const int place = FirstSpatial(call.format) + i;
    ConvAxis& axis = shape->axis[kMaxSpatialRank - rank + i];
    axis.n = x[place];
    axis.taps = filters[i];
    SPECTRAL_OPS_RETURN_IF_ERROR(CompleteConvAxis(i, call.padding, &axis));
    (*y_dims)[place] = axis.m;
  }
  const int64_t elements = CountWithoutZeros(*y_dims);
  if (elements < 0 || elements > kMaxElements) {
    return Status::InvalidArgument("x: the output would have more than ", kMaxElements,
                                   " elements");
  }
  return {};
}

Status CheckGradient(const Dims& grad, const Dims& y) {
  if (grad.rank != y.rank) {
    return Status::InvalidArgument("grad_output: rank ", grad.rank, "; allowed: ", y.rank);
  }
  if (grad == y) return {};
  return Status::InvalidArgument("grad_output: shape ", Text(grad), "; allowed: the output's, ",
                                 Text(y));
}

}  // namespace

Status CompleteConvAxis(int number, Padding padding, ConvAxis* axis) {
  const int64_t n = axis->n;
  const int64_t taps = axis->taps;
  SPECTRAL_OPS_RETURN_IF_ERROR(CheckLength("x", number, n));
  if (taps == 0 || taps > kMaxAxisLength) {
    return Status::InvalidArgument("filters: spatial axis ", number, " has ", taps,
                                   " taps; allowed: 1 to ", kMaxAxisLength);
  }
  const bool known = n >= 0 && taps >= 0;
  switch (padding) {
    case Padding::kSame:
    case Padding::kCircular:
      axis->before = (taps - 1) / 2;
      axis->m = n;
      break;
    case Padding::kValid:
      if (known && taps > n) {
        return Status::InvalidArgument("filters: spatial axis ", number, " has ", taps,
                                       " taps, more than the input's length ", n,
                                       "; padding 'valid' allows at most as many");
      }
      axis->before = 0;
      axis->m = known ? n - taps + 1 : -1;
      break;
    case Padding::kFull:
      axis->before = taps - 1;
      axis->m = known ? n + taps - 1 : -1;
      break;
  }
  return {};
}

Status CheckConvChannels(int64_t in_channels, int64_t filter_in, int64_t filter_out,
                         int64_t groups) {
  if (groups == kDepthwise) {
    if (in_channels < 0 || filter_in < 0 || filter_in == in_channels) return {};
    return Status::InvalidArgument("filters: ", filter_in, " channels; allowed: ", in_channels,
                                   ", as x has");
  }
  if (groups < 1) return Status::InvalidArgument("groups: ", groups, "; allowed: 1 or more");
  if (in_channels >= 0 && in_channels % groups != 0) {
    return Status::InvalidArgument("groups: ", groups, " does not divide the ", in_channels,
                                   " channels of x");
  }
  if (filter_out >= 0 && filter_out % groups != 0) {
    return Status::InvalidArgument("groups: ", groups, " does not divide the ", filter_out,
                                   " output channels of filters");
  }
  if (in_channels >= 0 && filter_in >= 0 && filter_in != in_channels / groups) {
    return Status::InvalidArgument("filters: ", filter_in, " input channels; allowed with ",
                                   in_channels, " channels of x and groups=", groups, ": ",
                                   in_channels / groups);
  }
  return {};
}

Status Check(const ConvCall& call, ConvShape* shape, Dims* result_dims) {
  SPECTRAL_OPS_RETURN_IF_ERROR(CheckRanks(call));
  SPECTRAL_OPS_RETURN_IF_ERROR(CheckNumbers("x_shape", call.x_dims));
  SPECTRAL_OPS_RETURN_IF_ERROR(CheckNumbers("filters_shape", call.filter_dims));
  Dims y_dims;
  SPECTRAL_OPS_RETURN_IF_ERROR(MakeShape(call, shape, &y_dims));
  switch (call.map) {
    case ConvMap::kForward:
      *result_dims = y_dims;
      return {};
    case ConvMap::kInputGradient:
      *result_dims = call.x_dims;
      break;
    case ConvMap::kFilterGradient:
      *result_dims = call.filter_dims;
      break;
  }
  return CheckGradient(call.grad_dims, y_dims);
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
