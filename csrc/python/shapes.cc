#include "python/shapes.h"

#include <utility>

#include "python/arguments.h"

namespace spectral_ops {
namespace {

// The spatial rank of a signal.
int RankOf(const char* name, const Dims& dims) {
  const int rank = static_cast<int>(dims.size()) - 2;
  if (rank >= 1 && rank <= kMaxSpatialRank) return rank;
  throw py::value_error(std::string(name) + ": rank " + std::to_string(dims.size()) +
                        "; allowed: 3 to " + std::to_string(kMaxSpatialRank + 2));
}

// Whether weights of that many dimensions are separable.
bool IsSeparable(int rank, size_t weights_rank) {
  if (static_cast<int>(weights_rank) == rank + 1) return true;
  if (static_cast<int>(weights_rank) == rank + 2) return false;
  throw py::value_error("weights: rank " + std::to_string(weights_rank) + "; allowed with " +
                        std::to_string(rank) + " spatial axes: " + std::to_string(rank + 2) +
                        ", [*modes, in, out], or " + std::to_string(rank + 1) +
                        ", [*modes, channels]");
}

// Sizes of one spatial axis each, or what stands in their place.
Dims SizesOr(const char* name, const py::object& object, int rank, Dims otherwise) {
  if (object.is_none()) return otherwise;
  Dims sizes = ParseSizes(name, object);
  if (static_cast<int>(sizes.size()) != rank) {
    throw py::value_error(
        std::string(name) + ": " + Repr(object) + " has " + std::to_string(sizes.size()) +
        " entries; allowed: " + std::to_string(rank) + ", one for each spatial axis");
  }
  return sizes;
}

}  // namespace

ConvChoice ParseConvChoice(const std::string& padding, const std::optional<int64_t>& groups,
                           const std::string& data_format) {
  ConvChoice choice;
  ThrowIfError(ParsePadding(padding, &choice.padding));
  ThrowIfError(ParseDataFormat(data_format, &choice.format));
  if (groups && *groups < 1) {
    throw py::value_error("groups: " + std::to_string(*groups) +
                          "; allowed: 1 or more, or None for depthwise filters");
  }
  choice.groups = groups.value_or(kDepthwise);
  return choice;
}

ConvShape ParseConvShape(const Dims& x, const Dims& filters, const ConvChoice& choice) {
  if (filters.size() < 3 || filters.size() > kMaxSpatialRank + 2) {
    throw py::value_error("filters: rank " + std::to_string(filters.size()) + "; allowed: 3 to " +
                          std::to_string(kMaxSpatialRank + 2));
  }
  if (x.size() != filters.size()) {
    throw py::value_error("x: rank " + std::to_string(x.size()) +
                          "; allowed with these filters: " + std::to_string(filters.size()));
  }
  ConvShape shape;
  ThrowIfError(MakeConvShape(x.data(), filters.data(), static_cast<int>(filters.size()) - 2,
                             choice.padding, choice.groups, choice.format, &shape));
  return shape;
}

void CheckConvGradientDims(const ConvShape& shape, const Dims& grad) {
  if (static_cast<int>(grad.size()) != shape.rank + 2) {
    throw py::value_error("grad_output: rank " + std::to_string(grad.size()) +
                          "; allowed: " + std::to_string(shape.rank + 2));
  }
  ThrowIfError(CheckConvGradient(shape, grad.data()));
}

const char* ComplexName(DataType dtype) {
  return dtype == DataType::kFloat64 ? "complex128" : "complex64";
}

SpectralConvShape SpectralConvCall::Shape() const {
  SpectralConvSizes sizes;
  sizes.kind = kind;
  sizes.format = format;
  sizes.rank = rank;
  sizes.x = source.data();
  sizes.other = other.data();
  sizes.weights = weights.data();
  sizes.separable = separable;
  sizes.modes = modes.empty() ? nullptr : modes.data();
  SpectralConvShape shape;
  ThrowIfError(MakeSpectralConvShape(sizes, &shape));
  return shape;
}

Dims SpectralConvCall::TargetDims(int64_t channels) const {
  const bool last = format == DataFormat::kChannelsLast;
  Dims dims = source;
  for (int i = 0; i < rank; ++i) dims[(last ? 1 : 2) + i] = other[i];
  dims[last ? rank + 1 : 1] = channels;
  return dims;
}

SpectralConvCall MakeSpectralConvCall(SpectralConvKind kind, const char* name, const Dims& source,
                                      const Dims& weights, const char* other_name,
                                      const py::object& other, const py::object& modes,
                                      DataFormat format) {
  SpectralConvCall call;
  call.kind = kind;
  call.format = format;
  call.source = source;
  call.weights = weights;
  call.rank = RankOf(name, source);
  call.separable = IsSeparable(call.rank, weights.size());
  const auto first = source.begin() + (format == DataFormat::kChannelsLast ? 1 : 2);
  call.other = SizesOr(other_name, other, call.rank, {first, first + call.rank});
  call.modes = SizesOr("modes", modes, call.rank, {});
  return call;
}

}  // namespace spectral_ops
