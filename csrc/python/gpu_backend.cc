#include "python/gpu_backend.h"

#include <pybind11/stl.h>

#include <optional>
#include <utility>

#include "core/resample.h"
#include "python/arguments.h"
#include "python/shapes.h"

namespace spectral_ops {
namespace {

GpuArray ViewOfType(GpuBackend& backend, const char* name, const py::object& object,
                    const GpuArray& like) {
  GpuArray array = backend.View(name, object);
  if (array.dtype == like.dtype) return array;
  throw py::type_error(std::string(name) + ": dtype " + array.dtype +
                       "; allowed here: " + like.dtype);
}

void CheckRank(const char* name, const GpuArray& array, size_t rank) {
  if (array.dims.size() == rank + 2) return;
  throw py::value_error(std::string(name) + ": rank " + std::to_string(array.dims.size()) +
                        "; with " + std::to_string(rank) + " spatial sizes it must be " +
                        std::to_string(rank + 2));
}

// One window or none for each axis.
std::vector<std::optional<GpuArray>> ViewWindows(GpuBackend& backend, const py::object& object,
                                                 size_t rank, DataType dtype) {
  std::vector<std::optional<GpuArray>> windows(rank);
  if (object.is_none()) return windows;
  const auto sequence = object.cast<py::sequence>();
  if (sequence.size() != rank) {
    throw py::value_error("windows: " + std::to_string(sequence.size()) + " given for " +
                          std::to_string(rank) + " spatial axes");
  }
  const std::string wanted = dtype == DataType::kFloat64 ? "float64" : "float32";
  for (size_t i = 0; i < rank; ++i) {
    const py::object item = sequence[i];
    if (item.is_none()) continue;
    const std::string place = "windows[" + std::to_string(i) + "]";
    windows[i] = backend.View(place.c_str(), item);
    if (windows[i]->dtype != wanted || windows[i]->dims.size() != 1) {
      throw py::type_error(place + ": a " + std::to_string(windows[i]->dims.size()) + "-D " +
                           windows[i]->dtype + "; allowed with this x: a 1-D " + wanted);
    }
  }
  return windows;
}

GpuArray RunResample(GpuBackend& backend, const GpuArray& x, const Dims& sizes,
                     const std::vector<std::optional<GpuArray>>& windows, Norm norm,
                     DataFormat format, bool downsample_only) {
  const int rank = static_cast<int>(sizes.size());
  const int first = format == DataFormat::kChannelsLast ? 1 : 2;
  bool windowed[kMaxSpatialRank] = {};
  for (int i = 0; i < rank; ++i) windowed[i] = windows[i].has_value();
  ResampleShape shape;
  ThrowIfError(MakeResampleShape(x.dims.data(), rank, sizes.data(), windowed, format,
                                 downsample_only, &shape));
  gpu::ResampleBuffers buffers;
  Dims dims = x.dims;
  for (int i = 0; i < rank; ++i) {
    if (windows[i]) {
      ThrowIfError(CheckWindowLength(i, windows[i]->dims[0], x.dims[first + i], sizes[i]));
      buffers.windows[i] = windows[i]->data;
    }
    dims[first + i] = sizes[i];
  }
  gpu::ResamplePlan plan;
  ThrowIfError(
      gpu::MakeResamplePlan(shape, ParseDataType("x", x.dtype), norm, backend.Traits(), &plan));
  GpuArray y = backend.Empty(dims, x.dtype);
  buffers.x = x.data;
  buffers.y = y.data;
  backend.Call(plan, buffers);
  return y;
}

std::pair<Norm, DataFormat> ParseNames(const std::string& norm, const std::string& data_format) {
  std::pair<Norm, DataFormat> parsed;
  ThrowIfError(ParseNorm(norm, &parsed.first));
  ThrowIfError(ParseDataFormat(data_format, &parsed.second));
  return parsed;
}

py::object Resample(GpuBackend& backend, const py::object& x_object, const py::object& output_size,
                    const std::string& norm, const py::object& windows,
                    const std::string& data_format, bool downsample_only) {
  const auto [parsed_norm, format] = ParseNames(norm, data_format);
  const GpuArray x = backend.View("x", x_object);
  const Dims sizes = ParseSizes("output_size", output_size);
  CheckRank("x", x, sizes.size());
  const auto views = ViewWindows(backend, windows, sizes.size(), ParseDataType("x", x.dtype));
  return RunResample(backend, x, sizes, views, parsed_norm, format, downsample_only).owner;
}

py::object ResampleAdjoint(GpuBackend& backend, const py::object& grad_object,
                           const py::object& input_size, const std::string& norm,
                           const py::object& windows, const std::string& data_format) {
  const auto [parsed_norm, format] = ParseNames(norm, data_format);
  const GpuArray grad = backend.View("grad_output", grad_object);
  const Dims sizes = ParseSizes("input_size", input_size);
  CheckRank("grad_output", grad, sizes.size());
  const auto views =
      ViewWindows(backend, windows, sizes.size(), ParseDataType("grad_output", grad.dtype));
  return RunResample(backend, grad, sizes, views, AdjointNorm(parsed_norm), format, false).owner;
}

// The other axes go first, by their own windows.
py::object ResampleWindowGradient(GpuBackend& backend, const py::object& x_object,
                                  const py::object& grad_object, int axis, const std::string& norm,
                                  const py::object& windows, const std::string& data_format) {
  const auto [parsed_norm, format] = ParseNames(norm, data_format);
  GpuArray x = backend.View("x", x_object);
  const GpuArray grad = ViewOfType(backend, "grad_output", grad_object, x);
  const DataType dtype = ParseDataType("x", x.dtype);
  if (ElementSize(dtype) != ComputeSize(dtype)) {
    throw py::type_error("x: dtype " + x.dtype + "; allowed: float32, float64");
  }
  const int rank = static_cast<int>(x.dims.size()) - 2;
  if (rank < 1 || rank > kMaxSpatialRank || grad.dims.size() != x.dims.size()) {
    throw py::value_error("x: rank " + std::to_string(x.dims.size()) + "; allowed: 3 to " +
                          std::to_string(kMaxSpatialRank + 2) + ", as grad_output has");
  }
  if (axis < 0 || axis >= rank) {
    throw py::value_error("axis: " + std::to_string(axis) + "; allowed: 0 to " +
                          std::to_string(rank - 1));
  }
  auto views = ViewWindows(backend, windows, static_cast<size_t>(rank), dtype);
  views[static_cast<size_t>(axis)].reset();
  const int first = format == DataFormat::kChannelsLast ? 1 : 2;
  Dims sizes(grad.dims.begin() + first, grad.dims.begin() + first + rank);
  sizes[static_cast<size_t>(axis)] = x.dims[first + axis];
  x = RunResample(backend, x, sizes, views, parsed_norm, format, false);
  gpu::WindowGradientPlan plan;
  ThrowIfError(gpu::MakeWindowGradientPlan(x.dims.data(), grad.dims.data(), rank, axis, format,
                                           dtype, parsed_norm, backend.Traits(), &plan));
  const GpuArray result = backend.Empty({plan.axis.bins()}, x.dtype);
  backend.Call(plan, gpu::WindowGradientBuffers{x.data, grad.data, result.data, nullptr});
  return result.owner;
}

GpuArray ViewWeights(GpuBackend& backend, const py::object& object, DataType dtype) {
  GpuArray weights = backend.View("weights", object);
  if (weights.dtype == ComplexName(dtype)) return weights;
  throw py::type_error("weights: dtype " + weights.dtype +
                       "; allowed with this x: " + ComplexName(dtype));
}

py::object Convolve(GpuBackend& backend, SpectralConvKind kind, const char* name,
                    const py::object& x_object, const py::object& weights_object,
                    const char* other_name, const py::object& other, const py::object& modes,
                    const std::string& norm, const std::string& data_format) {
  const auto [parsed_norm, format] = ParseNames(norm, data_format);
  const GpuArray x = backend.View(name, x_object);
  const DataType dtype = ParseDataType(name, x.dtype);
  const GpuArray weights = ViewWeights(backend, weights_object, dtype);
  const SpectralConvCall call =
      MakeSpectralConvCall(kind, name, x.dims, weights.dims, other_name, other, modes, format);
  const SpectralConvShape shape = call.Shape();
  gpu::SpectralConvPlan plan;
  ThrowIfError(gpu::MakeSpectralConvPlan(shape, dtype, parsed_norm, backend.Traits(), &plan));
  const bool adjoint = kind == SpectralConvKind::kAdjoint;
  const GpuArray y = backend.Empty(call.TargetDims(adjoint ? shape.in : shape.out), x.dtype);
  backend.Call(plan,
               gpu::SpectralConvBuffers{x.data, weights.data, nullptr, y.data, y.Bytes(), nullptr});
  return y.owner;
}

py::object SpectralConv(GpuBackend& backend, const py::object& x, const py::object& weights,
                        const py::object& modes, const py::object& output_size,
                        const std::string& norm, const std::string& data_format) {
  return Convolve(backend, SpectralConvKind::kForward, "x", x, weights, "output_size", output_size,
                  modes, norm, data_format);
}

py::object SpectralConvAdjoint(GpuBackend& backend, const py::object& grad,
                               const py::object& weights, const py::object& input_size,
                               const py::object& modes, const std::string& norm,
                               const std::string& data_format) {
  return Convolve(backend, SpectralConvKind::kAdjoint, "grad_output", grad, weights, "input_size",
                  input_size, modes, norm, data_format);
}

py::object SpectralConvWeightGradient(GpuBackend& backend, const py::object& x_object,
                                      const py::object& grad_object, const Dims& weights_shape,
                                      const py::object& modes, const std::string& norm,
                                      const std::string& data_format) {
  const auto [parsed_norm, format] = ParseNames(norm, data_format);
  const GpuArray x = backend.View("x", x_object);
  const GpuArray grad = ViewOfType(backend, "grad_output", grad_object, x);
  if (grad.dims.size() != x.dims.size()) {
    throw py::value_error("grad_output: rank " + std::to_string(grad.dims.size()) +
                          "; allowed: that of x, " + std::to_string(x.dims.size()));
  }
  SpectralConvCall call =
      MakeSpectralConvCall(SpectralConvKind::kWeightGradient, "x", x.dims, weights_shape,
                           "output_size", py::none(), modes, format);
  call.other = grad.dims;
  const DataType dtype = ParseDataType("x", x.dtype);
  gpu::SpectralConvPlan plan;
  ThrowIfError(
      gpu::MakeSpectralConvPlan(call.Shape(), dtype, parsed_norm, backend.Traits(), &plan));
  const GpuArray result = backend.Empty(weights_shape, ComplexName(dtype));
  backend.Call(plan, gpu::SpectralConvBuffers{x.data, nullptr, grad.data, result.data,
                                              result.Bytes(), nullptr});
  return result.owner;
}

py::object RunConv(GpuBackend& backend, const ConvShape& shape, ConvMap map, const GpuArray& source,
                   const GpuArray& other, const Dims& result_dims) {
  gpu::ConvPlan plan;
  ThrowIfError(
      gpu::MakeConvPlan(shape, map, ParseDataType("x", source.dtype), backend.Traits(), &plan));
  const GpuArray result = backend.Empty(result_dims, source.dtype);
  backend.Call(plan,
               gpu::ConvBuffers{source.data, other.data, result.data, result.Bytes(), nullptr});
  return result.owner;
}

py::object Conv(GpuBackend& backend, const py::object& x_object, const py::object& filters_object,
                const std::string& padding, const std::optional<int64_t>& groups,
                const std::string& data_format) {
  const GpuArray x = backend.View("x", x_object);
  const GpuArray filters = ViewOfType(backend, "filters", filters_object, x);
  const ConvShape shape =
      ParseConvShape(x.dims, filters.dims, ParseConvChoice(padding, groups, data_format));
  Dims dims(x.dims.size());
  ConvOutputDims(shape, dims.data());
  return RunConv(backend, shape, ConvMap::kForward, x, filters, dims);
}

py::object ConvInputGradient(GpuBackend& backend, const Dims& x_shape,
                             const py::object& filters_object, const py::object& grad_object,
                             const std::string& padding, const std::optional<int64_t>& groups,
                             const std::string& data_format) {
  const GpuArray grad = backend.View("grad_output", grad_object);
  const GpuArray filters = ViewOfType(backend, "filters", filters_object, grad);
  const ConvShape shape =
      ParseConvShape(x_shape, filters.dims, ParseConvChoice(padding, groups, data_format));
  CheckConvGradientDims(shape, grad.dims);
  return RunConv(backend, shape, ConvMap::kInputGradient, grad, filters, x_shape);
}

py::object ConvFilterGradient(GpuBackend& backend, const py::object& x_object,
                              const Dims& filters_shape, const py::object& grad_object,
                              const std::string& padding, const std::optional<int64_t>& groups,
                              const std::string& data_format) {
  const GpuArray x = backend.View("x", x_object);
  const GpuArray grad = ViewOfType(backend, "grad_output", grad_object, x);
  const ConvShape shape =
      ParseConvShape(x.dims, filters_shape, ParseConvChoice(padding, groups, data_format));
  CheckConvGradientDims(shape, grad.dims);
  return RunConv(backend, shape, ConvMap::kFilterGradient, x, grad, filters_shape);
}

}  // namespace

size_t GpuArray::Bytes() const {
  size_t bytes = dtype == "uint8"                             ? 1
                 : dtype == "complex64" || dtype == "float64" ? 8
                 : dtype == "complex128"                      ? 16
                                                              : 0;
  if (bytes == 0) bytes = ElementSize(ParseDataType("array", dtype));
  for (const int64_t dim : dims) bytes *= static_cast<size_t>(dim);
  return bytes;
}

void GpuBackend::Check(const Status& status) {
  if (status.ok()) return;
  throw std::runtime_error(status.message());
}

void DefineGpuBackend(py::module_& module) {
  py::class_<GpuBackend> backend(module, "GpuBackend",
                                 "The operators as a GPU runs them; methods are as the functions "
                                 "of this module.");
  const auto norm = py::arg("norm") = "forward";
  const auto windows = py::arg("windows") = py::none();
  const auto format = py::arg("data_format") = "channels_last";
  const auto modes = py::arg("modes") = py::none();
  const auto padding = py::arg("padding") = "same";
  const auto groups = py::arg("groups") = 1;
  backend
      .def("resample", &Resample, py::arg("x"), py::arg("output_size"), py::kw_only(), norm,
           windows, format, py::arg("downsample_only") = false)
      .def("resample_adjoint", &ResampleAdjoint, py::arg("grad_output"), py::arg("input_size"),
           py::kw_only(), norm, windows, format)
      .def("resample_window_gradient", &ResampleWindowGradient, py::arg("x"),
           py::arg("grad_output"), py::arg("axis"), py::kw_only(), norm, windows, format)
      .def("spectral_conv", &SpectralConv, py::arg("x"), py::arg("weights"), py::kw_only(), modes,
           py::arg("output_size") = py::none(), norm, format)
      .def("spectral_conv_adjoint", &SpectralConvAdjoint, py::arg("grad_output"),
           py::arg("weights"), py::arg("input_size"), py::kw_only(), modes, norm, format)
      .def("spectral_conv_weight_gradient", &SpectralConvWeightGradient, py::arg("x"),
           py::arg("grad_output"), py::arg("weights_shape"), py::kw_only(), modes, norm, format)
      .def("conv", &Conv, py::arg("x"), py::arg("filters"), py::kw_only(), padding, groups, format)
      .def("conv_input_gradient", &ConvInputGradient, py::arg("x_shape"), py::arg("filters"),
           py::arg("grad_output"), py::kw_only(), padding, groups, format)
      .def("conv_filter_gradient", &ConvFilterGradient, py::arg("x"), py::arg("filters_shape"),
           py::arg("grad_output"), py::kw_only(), padding, groups, format);
}

}  // namespace spectral_ops
