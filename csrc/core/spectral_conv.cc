#include "core/spectral_conv.h"

#include <algorithm>
#include <limits>
#include <string>

#include "core/integers.h"
#include "core/resample.h"

namespace spectral_ops {
namespace {

std::string Text(int64_t value) { return std::to_string(value); }

std::string Place(const char* name, int axis) {
  return std::string(name) + "[" + Text(axis) + "]: ";
}

const char* SignalName(SpectralConvKind kind) {
  return kind == SpectralConvKind::kAdjoint ? "grad_output" : "x";
}

Status CheckLength(const char* name, int axis, int64_t length) {
  if (length < 0 || (length >= 1 && length <= kMaxAxisLength)) return {};
  return Status::InvalidArgument(std::string(name) + ": spatial axis " + Text(axis) +
                                 " has length " + Text(length) + "; allowed: 1 to " +
                                 Text(kMaxAxisLength));
}

// What the sizes say of one axis: n, m and the weights' modes, -1 where unknown.
struct AxisSizes {
  int64_t n;
  int64_t m;
  int64_t weights;
};

AxisSizes SizesOf(const SpectralConvSizes& sizes, int axis) {
  const int first = sizes.format == DataFormat::kChannelsLast ? 1 : 2;
  const int64_t given = sizes.x[first + axis];
  switch (sizes.kind) {
    case SpectralConvKind::kForward:
      return {given, sizes.other[axis], sizes.weights[axis]};
    case SpectralConvKind::kAdjoint:
      return {sizes.other[axis], given, sizes.weights[axis]};
    case SpectralConvKind::kWeightGradient:
      break;
  }
  return {given, sizes.other[first + axis], sizes.weights[axis]};
}

Status CheckSizes(const SpectralConvSizes& sizes, int axis) {
  const AxisSizes each = SizesOf(sizes, axis);
  const bool adjoint = sizes.kind == SpectralConvKind::kAdjoint;
  SPECTRAL_OPS_RETURN_IF_ERROR(
      CheckLength(SignalName(sizes.kind), axis, adjoint ? each.m : each.n));
  const int64_t other = adjoint ? each.n : each.m;
  if (sizes.kind == SpectralConvKind::kWeightGradient) {
    return CheckLength("grad_output", axis, other);
  }
  if (other == 0 || other > kMaxAxisLength) {
    return Status::InvalidArgument(Place("output_size", axis) + Text(other) + "; allowed: 1 to " +
                                   Text(kMaxAxisLength));
  }
  return {};
}

// Entries of the weights that `modes` leaves on an axis.
int64_t KeptEntries(int64_t entries, const int64_t* modes, int axis, bool last) {
  if (modes == nullptr) return entries;
  return last ? modes[axis] / 2 + 1 : modes[axis];
}

Status CheckModes(const SpectralConvSizes& sizes, int axis) {
  const AxisSizes each = SizesOf(sizes, axis);
  const bool last = axis + 1 == sizes.rank;
  if (each.weights == 0) {
    return Status::InvalidArgument("weights: 0 modes on axis " + Text(axis) +
                                   "; allowed: 1 or more");
  }
  if (sizes.modes != nullptr) {
    const int64_t most = last ? 2 * each.weights - 1 : each.weights;
    if (sizes.modes[axis] < 1 || (each.weights > 0 && sizes.modes[axis] > most)) {
      return Status::InvalidArgument(
          Place("modes", axis) + Text(sizes.modes[axis]) + "; allowed: " +
          (each.weights > 0 ? "1 to " + Text(most) + ", for weights has " + Text(each.weights) +
                                  (last ? " entries (modes//2 + 1) on its last mode axis"
                                        : " modes on axis " + Text(axis))
                            : "1 or more"));
    }
  }
  if (each.n < 0 || each.weights < 0) return {};
  const int64_t kept = KeptEntries(each.weights, sizes.modes, axis, last);
  const int64_t most = last ? each.n / 2 + 1 : each.n;
  if (kept <= most) return {};
  return Status::InvalidArgument(
      std::string(sizes.modes == nullptr ? "weights: " : "modes: ") + Text(kept) +
      (last ? " entries of the half spectrum on axis " : " modes on axis ") + Text(axis) +
      "; allowed for x's length " + Text(each.n) + ": at most " + Text(most) +
      (last ? " = length//2 + 1" : ""));
}

Status CheckChannels(const SpectralConvSizes& sizes) {
  const bool last = sizes.format == DataFormat::kChannelsLast;
  const int place = last ? sizes.rank + 1 : 1;
  const int64_t channels = sizes.x[place];
  const bool adjoint = sizes.kind == SpectralConvKind::kAdjoint;
  const bool gradient = sizes.kind == SpectralConvKind::kWeightGradient;
  const int64_t in = sizes.weights[sizes.rank];
  const int64_t out = sizes.separable ? in : sizes.weights[sizes.rank + 1];
  const int64_t wanted = adjoint ? out : in;
  if (channels >= 0 && wanted >= 0 && channels != wanted) {
    return Status::InvalidArgument("weights: " + Text(wanted) +
                                   (sizes.separable ? " channels"
                                    : adjoint       ? " output channels"
                                                    : " input channels") +
                                   "; allowed: those of " + SignalName(sizes.kind) + ", " +
                                   Text(channels));
  }
  if (!gradient) return {};
  const int64_t given = sizes.other[place];
  if (given >= 0 && out >= 0 && given != out) {
    return Status::InvalidArgument("weights: " + Text(out) +
                                   " output channels; allowed: those of grad_output, " +
                                   Text(given));
  }
  const int64_t batch = sizes.other[0];
  if (batch >= 0 && sizes.x[0] >= 0 && batch != sizes.x[0]) {
    return Status::InvalidArgument("grad_output: batch of " + Text(batch) +
                                   "; allowed: that of x, " + Text(sizes.x[0]));
  }
  return {};
}

Status CheckElements(const char* name, int64_t elements) {
  constexpr int64_t kMaxElements = std::numeric_limits<int64_t>::max() / 64;
  if (elements >= 0 && elements <= kMaxElements) return {};
  return Status::InvalidArgument(std::string(name) + ": there would be more than " +
                                 Text(kMaxElements) + " elements");
}

}  // namespace

Status CheckSpectralConv(const SpectralConvSizes& sizes) {
  if (sizes.rank < 1 || sizes.rank > kMaxSpatialRank) {
    return Status::InvalidArgument("output_size: " + Text(sizes.rank) + " entries; allowed: 1 to " +
                                   Text(kMaxSpatialRank));
  }
  for (int axis = 0; axis < sizes.rank; ++axis) {
    SPECTRAL_OPS_RETURN_IF_ERROR(CheckSizes(sizes, axis));
    SPECTRAL_OPS_RETURN_IF_ERROR(CheckModes(sizes, axis));
  }
  return CheckChannels(sizes);
}

Status MakeSpectralConvShape(const SpectralConvSizes& sizes, SpectralConvShape* shape) {
  SPECTRAL_OPS_RETURN_IF_ERROR(CheckSpectralConv(sizes));
  *shape = SpectralConvShape();
  shape->kind = sizes.kind;
  shape->format = sizes.format;
  shape->rank = sizes.rank;
  shape->batch = sizes.x[0];
  shape->separable = sizes.separable;
  shape->in = sizes.weights[sizes.rank];
  shape->out = sizes.separable ? shape->in : sizes.weights[sizes.rank + 1];
  int64_t inputs = MultiplySizes(shape->batch, shape->in);
  int64_t outputs = MultiplySizes(shape->batch, shape->out);
  int64_t weights = MultiplySizes(shape->in, sizes.separable ? 1 : shape->out);
  for (int i = 0; i < sizes.rank; ++i) {
    const AxisSizes each = SizesOf(sizes, i);
    if (each.n < 1 || each.m < 1) {
      return Status::InvalidArgument(Place("output_size", i) + Text(each.n < 1 ? each.n : each.m) +
                                     "; allowed: 1 to " + Text(kMaxAxisLength));
    }
    const bool last = i + 1 == sizes.rank;
    const int64_t kept = KeptEntries(each.weights, sizes.modes, i, last);
    const int64_t band = std::min(each.n, each.m);
    ModeAxisShape& axis = shape->axis[kMaxSpatialRank - sizes.rank + i];
    axis.n = each.n;
    axis.m = each.m;
    axis.weights = each.weights;
    axis.low = last ? 0 : std::min(kept / 2, band / 2);
    axis.high = std::min(last ? kept - 1 : (kept - 1) / 2, band / 2);
    inputs = MultiplySizes(inputs, each.n);
    outputs = MultiplySizes(outputs, each.m);
    weights = MultiplySizes(weights, each.weights);
  }
  SPECTRAL_OPS_RETURN_IF_ERROR(CheckElements("x", inputs));
  SPECTRAL_OPS_RETURN_IF_ERROR(CheckElements("output_size", outputs));
  return CheckElements("weights", weights);
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

double SpectralConvScale(const SpectralConvShape& shape, Norm norm) {
  double scale = 1;
  for (const ModeAxisShape& axis : shape.axis) scale *= AxisScale({axis.n, axis.m, false}, norm);
  return scale;
}

}  // namespace spectral_ops
