// What calls name: element types, norms, layouts, paddings, maps.
#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>

#include "core/status.h"

namespace spectral_ops {

enum class DataType { kFloat16, kBFloat16, kFloat32, kFloat64 };
enum class Norm { kForward, kOrtho, kBackward };
enum class DataFormat { kChannelsLast, kChannelsFirst };
enum class Boundary { kPeriodic, kSymmetric };
enum class Alignment { kFirst, kCenter };
enum class Padding { kSame, kValid, kFull, kCircular };

// How a GPU transforms axes: each by what suits its length, all by their matrices, all by cuFFT.
enum class GpuAlgorithm { kAuto, kMatrix, kFft };

// Convolution and its two adjoints; each is linear in both of its arguments.
enum class ConvMap {
  kForward,         // x, filters -> y
  kInputGradient,   // grad_output, filters -> grad_x
  kFilterGradient,  // x, grad_output -> grad_filters
};

// The value whose name `text` is; `names` are those of Value's enumerators, in their order, of what
// `what` is called. An unknown name is refused.
template <class Value>
Status FindName(const char* what, std::string_view text, std::initializer_list<const char*> names,
                Value* value) {
  std::string allowed;
  int index = 0;
  for (const char* name : names) {
    if (text == name) {
      *value = static_cast<Value>(index);
      return {};
    }
    allowed += Concat(index++ == 0 ? "'" : ", '", name, "'");
  }
  return Status::InvalidArgument(what, ": '", text, "' is unknown; allowed: ", allowed);
}

// The value that a name stands for; an unknown name is refused.
Status Parse(std::string_view text, Norm* norm);
Status Parse(std::string_view text, DataFormat* format);
Status Parse(std::string_view text, Padding* padding);
Status Parse(std::string_view text, Boundary* boundary);
Status Parse(std::string_view text, Alignment* alignment);
Status Parse(std::string_view text, ConvMap* map);
Status Parse(std::string_view text, GpuAlgorithm* algorithm);

// How the samples of an axis lie, and what stands beyond its ends (docs/conventions.md, section
// 14).
enum class AxisRule {
  kPeriodic,   // the axis repeats; sample 0 stays where it is
  kCentered,   // the axis repeats; samples are the centres of the cells that fill it
  kSymmetric,  // the axis is mirrored at its ends; samples are such centres
};

// Refuses "symmetric" with "first".
Status RuleOf(Boundary boundary, Alignment alignment, AxisRule* rule);

constexpr int kMaxSpatialRank = 3;

// Where a tensor of `rank` spatial axes has the first of them, and its channels.
constexpr int FirstSpatial(DataFormat format) {
  return format == DataFormat::kChannelsLast ? 1 : 2;
}
constexpr int ChannelsAt(DataFormat format, int rank) {
  return format == DataFormat::kChannelsLast ? rank + 1 : 1;
}

constexpr size_t ElementSize(DataType type) {
  switch (type) {
    case DataType::kFloat16:
    case DataType::kBFloat16:
      return 2;
    case DataType::kFloat32:
      return 4;
    case DataType::kFloat64:
      return 8;
  }
  return 0;
}

// float64 is computed in float64, everything else in float32.
constexpr size_t ComputeSize(DataType type) { return type == DataType::kFloat64 ? 8 : 4; }

constexpr DataType ComputeTypeOfStored(DataType type) {
  return type == DataType::kFloat64 ? DataType::kFloat64 : DataType::kFloat32;
}

// The same of types that stand for stored elements in code.
template <class T>
struct ComputeTypeOf {
  using type = float;
};
template <>
struct ComputeTypeOf<double> {
  using type = double;
};
template <class T>
using ComputeType = typename ComputeTypeOf<T>::type;

// Stands for a type.
template <class T>
struct TypeTag {
  using Type = T;
};

// f of the tag of the elements' type, where `Half` and `BFloat16` are what 16-bit ones are in code.
template <class Half, class BFloat16, class F>
auto ForType(DataType type, const F& f) {
  switch (type) {
    case DataType::kFloat16:
      return f(TypeTag<Half>());
    case DataType::kBFloat16:
      return f(TypeTag<BFloat16>());
    case DataType::kFloat32:
      return f(TypeTag<float>());
    case DataType::kFloat64:
      break;
  }
  return f(TypeTag<double>());
}

// The norm of the adjoint: R(n -> m, norm)^T = R(m -> n, AdjointNorm(norm)).
constexpr Norm AdjointNorm(Norm norm) {
  switch (norm) {
    case Norm::kForward:
      return Norm::kBackward;
    case Norm::kOrtho:
      return Norm::kOrtho;
    case Norm::kBackward:
      return Norm::kForward;
  }
  return norm;
}

}  // namespace spectral_ops
