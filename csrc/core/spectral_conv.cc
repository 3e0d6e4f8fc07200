#include "core/spectral_conv.h"

#include <algorithm>
#include <limits>

#include "core/axis.h"
#include "core/band.h"
#include "core/integers.h"

namespace spectral_ops {
namespace {

const char* SignalName(SpectralConvKind kind) {
  return kind == SpectralConvKind::kAdjoint ? "grad_output" : "x";
}

int RankOf(const SpectralConvCall& call) { return call.x_dims.rank - 2; }

// Of the weights: 2 dense, 1 separable, 0 shared.
int ChannelAxes(const SpectralConvCall& call) { return call.weight_dims.rank - RankOf(call); }

// What a call says of one axis: n, m and the weights' modes, -1 where unknown.
struct AxisSizes {
  int64_t n;
  int64_t m;
  int64_t weights;
};

AxisSizes SizesOf(const SpectralConvCall& call, int axis) {
  const int place = FirstSpatial(call.format) + axis;
  const int64_t given = call.x_dims[place];
  const int64_t weights = call.weight_dims[axis];
  switch (call.kind) {
    case SpectralConvKind::kForward:
      return {given, call.other[axis], weights};
    case SpectralConvKind::kAdjoint:
      return {call.other[axis], given, weights};
    case SpectralConvKind::kWeightGradient:
      break;
  }
  return {given, call.other[place], weights};
}

Status CheckEntries(const char* name, const Dims& sizes, int rank) {
  if (sizes.rank == rank) return {};
  return Status::InvalidArgument(name, ": ", sizes.rank, " entries; allowed: ", rank,
                                 ", one for each spatial axis");
}

Status CheckRanks(const SpectralConvCall& call) {
  const int rank = RankOf(call);
  if (rank < 1 || rank > kMaxSpatialRank) {
    return Status::InvalidArgument(SignalName(call.kind), ": rank ", call.x_dims.rank,
                                   "; allowed: 3 to ", kMaxRank);
  }
  const int weights_rank = call.weight_dims.rank;
  if (!call.whole && weights_rank >= 0 && (weights_rank < rank || weights_rank > rank + 2)) {
    return Status::InvalidArgument("weights: rank ", weights_rank, "; allowed with ", rank,
                                   " spatial axes: ", rank + 2, ", [*modes, in, out], ", rank + 1,
                                   ", [*modes, channels], or ", rank, ", [*modes]");
  }
  if (call.kind != SpectralConvKind::kWeightGradient) {
    SPECTRAL_OPS_RETURN_IF_ERROR(CheckEntries("output_size", call.other, rank));
  } else if (call.other.rank != call.x_dims.rank) {
    return Status::InvalidArgument("grad_output: rank ", call.other.rank, "; allowed: that of x, ",
                                   call.x_dims.rank);
  }
  return call.modes.rank == 0 ? Status() : CheckEntries("modes", call.modes, rank);
}

Status CheckSizes(const SpectralConvCall& call, int axis) {
  const AxisSizes each = SizesOf(call, axis);
  const bool adjoint = call.kind == SpectralConvKind::kAdjoint;
  SPECTRAL_OPS_RETURN_IF_ERROR(CheckLength(SignalName(call.kind), axis, adjoint ? each.m : each.n));
  const int64_t other = adjoint ? each.n : each.m;
  if (call.kind != SpectralConvKind::kWeightGradient) return CheckSize("output_size", axis, other);
  return CheckLength("grad_output", axis, other);
}

// Entries of the weights that `modes` leaves on an axis.
int64_t KeptEntries(int64_t entries, const Dims& modes, int axis, bool last) {
  if (modes.rank == 0) return entries;
  return last ? modes[axis] / 2 + 1 : modes[axis];
}

Status CheckModes(const SpectralConvCall& call, int axis) {
  const AxisSizes each = SizesOf(call, axis);
  const bool last = axis + 1 == RankOf(call);
  if (each.weights == 0) {
    return Status::InvalidArgument("weights: 0 modes on axis ", axis, "; allowed: 1 or more");
  }
  if (call.modes.rank > 0) {
    // Of more entries no axis has use.
    const int64_t most = last ? 2 * std::min(each.weights, kMaxAxisLength) - 1 : each.weights;
    if (call.modes[axis] < 1 || (each.weights > 0 && call.modes[axis] > most)) {
      const std::string place =
          last ? " entries (modes//2 + 1) on its last mode axis" : Concat(" modes on axis ", axis);
      return Status::InvalidArgument(
          "modes[", axis, "]: ", call.modes[axis], "; allowed: ",
          each.weights > 0 ? Concat("1 to ", most, ", for weights has ", each.weights, place)
                           : "1 or more");
    }
  }
  if (each.n < 0 || each.weights < 0) return {};
  const int64_t kept = KeptEntries(each.weights, call.modes, axis, last);
  const int64_t most = last ? each.n / 2 + 1 : each.n;
  if (kept <= most) return {};
  return Status::InvalidArgument(
      call.modes.rank == 0 ? "weights: " : "modes: ", kept,
      last ? " entries of the half spectrum on axis " : " modes on axis ", axis,
      "; allowed for x's length ", each.n, ": at most ", most, last ? " = length//2 + 1" : "");
}

Status CheckChannels(const SpectralConvCall& call) {
  const int place = ChannelsAt(call.format, RankOf(call));
  const int64_t channels = call.x_dims[place];
  const bool adjoint = call.kind == SpectralConvKind::kAdjoint;
  const bool gradient = call.kind == SpectralConvKind::kWeightGradient;
  const int axes = ChannelAxes(call);
  const int64_t in = axes == 0 ? channels : call.weight_dims[RankOf(call)];
  const int64_t out = axes < 2 ? in : call.weight_dims[RankOf(call) + 1];
  const int64_t wanted = adjoint ? out : in;
  if (channels >= 0 && wanted >= 0 && channels != wanted) {
    const char* what = axes == 1 ? " channels" : adjoint ? " output channels" : " input channels";
    return Status::InvalidArgument("weights: ", wanted, what, "; allowed: those of ",
                                   SignalName(call.kind), ", ", channels);
  }
  if (!gradient) return {};
  const int64_t given = call.other[place];
  if (given >= 0 && out >= 0 && given != out && axes == 0) {
    return Status::InvalidArgument("grad_output: ", given, " channels; allowed: those of x, ", out);
  }
  if (given >= 0 && out >= 0 && given != out) {
    return Status::InvalidArgument("weights: ", out,
                                   " output channels; allowed: those of grad_output, ", given);
  }
  const int64_t batch = call.other[0];
  if (batch >= 0 && call.x_dims[0] >= 0 && batch != call.x_dims[0]) {
    return Status::InvalidArgument("grad_output: batch of ", batch, "; allowed: that of x, ",
                                   call.x_dims[0]);
  }
  return {};
}

// Of a response, which has all frequencies of x. Lengths of -1 agree with any.
Status CheckResponse(const SpectralConvCall& call) {
  const int rank = RankOf(call);
  Dims shared;
  shared.rank = rank;
  for (int axis = 0; axis < rank; ++axis) {
    const int64_t n = call.x_dims[FirstSpatial(call.format) + axis];
    shared[axis] = axis + 1 < rank || n < 0 ? n : n / 2 + 1;
  }
  Dims each = shared;
  each[each.rank++] = call.x_dims[ChannelsAt(call.format, rank)];
  const Dims& given = call.weight_dims;
  bool fits = given.rank == shared.rank || given.rank == each.rank;
  for (int i = 0; fits && i < given.rank; ++i) {
    fits = given[i] < 0 || each[i] < 0 || given[i] == each[i];
  }
  if (fits) return {};
  return Status::InvalidArgument("response: shape ", Text(given),
                                 "; allowed for this x: ", Text(shared),
                                 ", shared by all channels, or ", Text(each), ", one for each");
}

Status CheckElements(const char* name, int64_t elements) {
  constexpr int64_t kMaxElements = std::numeric_limits<int64_t>::max() / 64;
  if (elements >= 0 && elements <= kMaxElements) return {};
  return Status::InvalidArgument(name, ": there would be more than ", kMaxElements, " elements");
}

}  // namespace

Status CheckSpectralConvSizes(const SpectralConvCall& call) {
  SPECTRAL_OPS_RETURN_IF_ERROR(CheckRanks(call));
  for (int axis = 0; axis < RankOf(call); ++axis) {
    SPECTRAL_OPS_RETURN_IF_ERROR(CheckSizes(call, axis));
  }
  if (call.weight_dims.rank < 0) return {};
  if (call.whole) return CheckResponse(call);
  for (int axis = 0; axis < RankOf(call); ++axis) {
    SPECTRAL_OPS_RETURN_IF_ERROR(CheckModes(call, axis));
  }
  return CheckChannels(call);
}

Status Check(const SpectralConvCall& call, SpectralConvShape* shape, Dims* result_dims) {
  const Dims& weight_dims = call.weight_dims;
  for (int i = 0; i < weight_dims.rank && i < kMaxDims; ++i) {
    if (weight_dims[i] >= 0) continue;
    return Status::InvalidArgument("weights_shape: ", weight_dims[i], "; allowed: 0 or more");
  }
  SPECTRAL_OPS_RETURN_IF_ERROR(CheckSpectralConvSizes(call));
  const int rank = RankOf(call);
  *shape = SpectralConvShape();
  shape->kind = call.kind;
  shape->format = call.format;
  shape->rank = rank;
  shape->batch = call.x_dims[0];
  const int axes = ChannelAxes(call);
  shape->separable = axes < 2;
  shape->shared = axes == 0;
  shape->in = axes == 0 ? call.x_dims[ChannelsAt(call.format, rank)] : weight_dims[rank];
  shape->out = axes < 2 ? shape->in : weight_dims[rank + 1];
  *result_dims = call.x_dims;
  (*result_dims)[ChannelsAt(call.format, rank)] =
      call.kind == SpectralConvKind::kAdjoint ? shape->in : shape->out;
  const int64_t batch = std::max<int64_t>(shape->batch, 1);
  int64_t inputs = MultiplySizes(batch, std::max<int64_t>(shape->in, 1));
  int64_t outputs = MultiplySizes(batch, std::max<int64_t>(shape->out, 1));
  for (int i = 0; i < rank; ++i) {
    const AxisSizes each = SizesOf(call, i);
    const int64_t least = each.n < 1 ? each.n : each.m;
    if (least < 1) return RefuseSize("output_size", i, least);
    const bool last = i + 1 == rank;
    const int64_t kept = KeptEntries(each.weights, call.modes, i, last);
    const int64_t band = std::min(each.n, each.m);
    ModeAxisShape& axis = shape->axis[kMaxSpatialRank - rank + i];
    axis.n = each.n;
    axis.m = each.m;
    axis.weights = each.weights;
    axis.low = last ? 0 : std::min(kept / 2, band / 2);
    axis.high = std::min(last ? kept - 1 : (kept - 1) / 2, band / 2);
    inputs = MultiplySizes(inputs, each.n);
    outputs = MultiplySizes(outputs, each.m);
    (*result_dims)[FirstSpatial(call.format) + i] = call.other[i];
  }
  SPECTRAL_OPS_RETURN_IF_ERROR(CheckElements("x", inputs));
  SPECTRAL_OPS_RETURN_IF_ERROR(CheckElements("output_size", outputs));
  SPECTRAL_OPS_RETURN_IF_ERROR(CheckElements("weights", CountWithoutZeros(weight_dims)));
  if (call.kind == SpectralConvKind::kWeightGradient) *result_dims = weight_dims;
  return {};
}

SpectralConvCall SpectralConvGradientsCall::OfX() const {
  SpectralConvCall call = Forward();
  call.kind = SpectralConvKind::kAdjoint;
  call.x_dims = grad_dims;
  call.other = SpatialDims(x_dims, format);
  call.source = grad_output;
  call.result = result;
  return call;
}

SpectralConvCall SpectralConvGradientsCall::OfWeights() const {
  SpectralConvCall call = Forward();
  call.kind = SpectralConvKind::kWeightGradient;
  call.other = grad_dims;
  call.weights = nullptr;
  call.grad_output = grad_output;
  call.result = second_result;
  return call;
}

SpectralConvCall SpectralConvGradientsCall::Forward() const {
  SpectralConvCall call;
  call.dtype = dtype;
  call.norm = norm;
  call.format = format;
  call.x_dims = x_dims;
  call.other = SpatialDims(grad_dims, format);
  call.weight_dims = weight_dims;
  call.modes = modes;
  call.whole = whole;
  call.source = x;
  call.weights = weights;
  return call;
}

Status CheckGradientSizes(const SpectralConvGradientsCall& call) {
  SPECTRAL_OPS_RETURN_IF_ERROR(CheckSpectralConvSizes(call.OfWeights()));
  for (int i = 0; call.whole && i < call.x_dims.rank; ++i) {
    const int64_t n = call.x_dims[i];
    const int64_t given = call.grad_dims[i];
    if (n < 0 || given < 0 || n == given) continue;
    return Status::InvalidArgument("grad_output: shape ", Text(call.grad_dims),
                                   "; allowed: that of x, ", Text(call.x_dims));
  }
  return {};
}

Status Check(const SpectralConvGradientsCall& call, SpectralConvShape* shape, Dims* result_dims) {
  SPECTRAL_OPS_RETURN_IF_ERROR(CheckGradientSizes(call));
  SPECTRAL_OPS_RETURN_IF_ERROR(Check(call.OfWeights(), shape, result_dims));
  *result_dims = call.x_dims;
  return {};
}

ModeMap MapOfSide(const ModeAxisShape& shape, bool last, bool output, bool synthesis) {
  ModeMap map;
  map.length = output ? shape.m : shape.n;
  map.low = shape.low;
  map.high = shape.high;
  map.half = last;
  map.synthesis = synthesis;
  const int64_t band = std::min(shape.n, shape.m);
  if (output) {
    map.doubled = last;
    // The bin at the Nyquist frequency of the shorter side is the mean of two, or split in halves.
    if (band % 2 == 0 && (last || shape.n != shape.m)) map.nyquist = band / 2;
    map.halved = map.nyquist != 0 && !last && shape.m < shape.n;
  }
  return map;
}

bool IsFilter(const SpectralConvShape& shape) {
  if (!shape.separable) return false;
  for (int i = 0; i < kMaxSpatialRank; ++i) {
    const ModeAxisShape& axis = shape.axis[i];
    const int64_t all = i + 1 == kMaxSpatialRank ? HalfBins(axis.n) : axis.n;
    if (axis.n != axis.m || axis.weights != all || axis.modes() != all) return false;
  }
  return true;
}

double SpectralConvScale(const SpectralConvShape& shape, Norm norm) {
  double scale = 1;
  for (const ModeAxisShape& axis : shape.axis) scale *= AxisScale({axis.n, axis.m}, norm);
  return scale;
}

}  // namespace spectral_ops
