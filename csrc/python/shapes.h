// What calls make of the sizes of their arrays, wherever these are.
#ifndef SPECTRAL_OPS_PYTHON_SHAPES_H_
#define SPECTRAL_OPS_PYTHON_SHAPES_H_

#include <pybind11/pybind11.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/conv.h"
#include "core/spectral_conv.h"
#include "core/types.h"

namespace spectral_ops {

namespace py = pybind11;

using Dims = std::vector<int64_t>;

// Of a convolution; no groups stand for depthwise filters.
struct ConvChoice {
  Padding padding = Padding::kSame;
  int64_t groups = 1;
  DataFormat format = DataFormat::kChannelsLast;
};

ConvChoice ParseConvChoice(const std::string& padding, const std::optional<int64_t>& groups,
                           const std::string& data_format);

ConvShape ParseConvShape(const Dims& x, const Dims& filters, const ConvChoice& choice);

// Refuses a gradient that does not have the output's shape.
void CheckConvGradientDims(const ConvShape& shape, const Dims& grad);

const char* ComplexName(DataType dtype);

// A spectral convolution: what is given, and what stands in the place of what is not.
struct SpectralConvCall {
  SpectralConvKind kind = SpectralConvKind::kForward;
  DataFormat format = DataFormat::kChannelsLast;
  int rank = 1;
  bool separable = false;
  Dims source;
  Dims other;
  Dims weights;
  Dims modes;

  SpectralConvShape Shape() const;
  // Of what has the source's place at the other side, with so many channels.
  Dims TargetDims(int64_t channels) const;
};

SpectralConvCall MakeSpectralConvCall(SpectralConvKind kind, const char* name, const Dims& source,
                                      const Dims& weights, const char* other_name,
                                      const py::object& other, const py::object& modes,
                                      DataFormat format);

}  // namespace spectral_ops

#endif  // SPECTRAL_OPS_PYTHON_SHAPES_H_
