#include "python/resample.h"

#include <pybind11/numpy.h>
#include <pybind11/pybind11.h>
#include <pybind11/stl.h>

#include <cstdint>
#include <new>
#include <optional>
#include <string>
#include <vector>

#include "core/resample.h"
#include "cpu/base/simd.h"
#include "cpu/resample/resample.h"
#include "cpu/resample/resample_plan.h"
#include "python/arguments.h"
#include "python/options.h"
#include "python/run.h"

namespace spectral_ops {
namespace {

py::array EmptyArray(const py::array& like, const std::vector<int64_t>& dims) {
  return py::module_::import("numpy").attr("empty")(dims, like.dtype()).cast<py::array>();
}

py::array RunResample(const py::array& x, const std::vector<int64_t>& output_size,
                      const Windows& windows, Norm norm, bool downsample_only,
                      const Options& options) {
  const int rank = static_cast<int>(output_size.size());
  const DataType dtype = ParseDataType("x", x);
  std::vector<int64_t> dims(x.shape(), x.shape() + x.ndim());
  bool windowed[kMaxSpatialRank] = {};
  for (int i = 0; i < rank; ++i) windowed[i] = windows[i].has_value();
  ResampleShape shape;
  ThrowIfError(MakeResampleShape(dims.data(), rank, output_size.data(), windowed, options.format,
                                 downsample_only, &shape));
  ResampleBuffers buffers;
  const int first = options.format == DataFormat::kChannelsLast ? 1 : 2;
  for (int i = 0; i < rank; ++i) {
    if (windows[i]) {
      ThrowIfError(CheckWindowLength(i, windows[i]->size(), dims[first + i], output_size[i]));
      buffers.windows[i] = windows[i]->data();
    }
    dims[first + i] = output_size[i];
  }
  const ResampleKernels& kernels = GetResampleKernels(options.simd);
  KernelTraits traits = kernels.traits;
  if (options.fft_cost) traits.tuning.fft_cost = *options.fft_cost;
  const ResamplePlan plan = MakeResamplePlan(shape, dtype, norm, traits, options.threads);
  HeldAxes axes;
  if (!HoldAxes(plan, &axes)) throw std::bad_alloc();
  buffers.axes = axes.data();
  py::array y = EmptyArray(x, dims);
  buffers.x = x.data();
  buffers.y = y.mutable_data();
  const Workspace workspace(plan.workspace_bytes);
  buffers.workspace = workspace.get();
  {
    const py::gil_scoped_release release;
    kernels.forward(plan, buffers, ThreadsFor(options.threads));
  }
  return y;
}

py::array Resample(const py::object& x_object, const py::object& output_size,
                   const std::string& norm, const py::object& windows,
                   const std::string& data_format, bool downsample_only, int threads,
                   const std::optional<std::string>& simd, const std::optional<double>& fft_cost) {
  Options options = ParseOptions(norm, data_format, threads, simd);
  options.fft_cost = fft_cost;
  const py::array x = AsArray("x", x_object);
  const std::vector<int64_t> sizes = ParseSizes("output_size", output_size);
  CheckSignal("x", x, sizes.size(), options.format);
  return RunResample(x, sizes, ParseWindows(windows, sizes.size(), ParseDataType("x", x)),
                     options.norm, downsample_only, options);
}

py::array ResampleAdjoint(const py::object& grad_object, const py::object& input_size,
                          const std::string& norm, const py::object& windows,
                          const std::string& data_format, int threads,
                          const std::optional<std::string>& simd) {
  const Options options = ParseOptions(norm, data_format, threads, simd);
  const py::array grad = AsArray("grad_output", grad_object);
  const std::vector<int64_t> sizes = ParseSizes("input_size", input_size);
  CheckSignal("grad_output", grad, sizes.size(), options.format);
  return RunResample(grad, sizes, ParseWindows(windows, sizes.size(), ParseDataType("x", grad)),
                     AdjointNorm(options.norm), false, options);
}

// The window gradient of one axis, the others of the same size in x and grad_output; float only.
py::array RunWindowGradient(const py::array& x, const py::array& grad, int axis,
                            const Options& options) {
  const std::vector<int64_t> x_dims(x.shape(), x.shape() + x.ndim());
  const std::vector<int64_t> grad_dims(grad.shape(), grad.shape() + grad.ndim());
  const ResampleKernels& kernels = GetResampleKernels(options.simd);
  WindowGradientShape shape;
  ThrowIfError(MakeWindowGradientShape(x_dims.data(), grad_dims.data(),
                                       static_cast<int>(x.ndim()) - 2, axis, options.format,
                                       &shape));
  const WindowGradientPlan plan = MakeWindowGradientPlan(shape, ParseDataType("x", x), options.norm,
                                                         kernels.traits, options.threads);
  HeldAxes axes;
  if (!HoldAxes(plan, &axes)) throw std::bad_alloc();
  py::array result = EmptyArray(x, {plan.axis.bins()});
  const Workspace workspace(plan.workspace_bytes);
  const WindowGradientBuffers buffers = {x.data(), grad.data(), result.mutable_data(), axes.data(),
                                         workspace.get()};
  {
    const py::gil_scoped_release release;
    kernels.window_gradient(plan, buffers, ThreadsFor(options.threads));
  }
  return result;
}

py::array ResampleWindowGradient(const py::object& x_object, const py::object& grad_object,
                                 int axis, const std::string& norm, const py::object& windows,
                                 const std::string& data_format, int threads,
                                 const std::optional<std::string>& simd) {
  const Options options = ParseOptions(norm, data_format, threads, simd);
  py::array x = AsArray("x", x_object);
  py::array grad = AsArray("grad_output", grad_object);
  const DataType dtype = ParseDataType("x", x);
  if (ParseDataType("grad_output", grad) != dtype) {
    throw py::type_error("grad_output: dtype " + Repr(grad.dtype()) +
                         "; allowed with this x: " + Repr(x.dtype()));
  }
  if (x.ndim() < 3 || x.ndim() > kMaxSpatialRank + 2) {
    throw py::value_error("x: rank " + std::to_string(x.ndim()) + "; allowed: 3 to " +
                          std::to_string(kMaxSpatialRank + 2));
  }
  const size_t rank = static_cast<size_t>(x.ndim()) - 2;
  CheckSignal("x", x, rank, options.format);
  CheckSignal("grad_output", grad, rank, options.format);
  if (axis < 0 || static_cast<size_t>(axis) >= rank) {
    throw py::value_error("axis: " + std::to_string(axis) + "; allowed: 0 to " +
                          std::to_string(rank - 1));
  }
  const int first = options.format == DataFormat::kChannelsLast ? 1 : 2;
  Windows parsed = ParseWindows(windows, rank, dtype);
  std::optional<py::array>& own = parsed[static_cast<size_t>(axis)];
  if (own) {  // it weighs nothing here, but is held to the same rule
    ThrowIfError(
        CheckWindowLength(axis, own->size(), x.shape(first + axis), grad.shape(first + axis)));
    own.reset();
  }
  if (dtype != DataType::kFloat64) {  // half types are not rounded on the way
    x = x.attr("astype")("float32").cast<py::array>();
    grad = grad.attr("astype")("float32").cast<py::array>();
  }
  // The other axes go first, by their own windows.
  std::vector<int64_t> sizes(grad.shape() + first, grad.shape() + first + rank);
  sizes[static_cast<size_t>(axis)] = x.shape(first + axis);
  return RunWindowGradient(RunResample(x, sizes, parsed, options.norm, false, options), grad, axis,
                           options);
}

// What a call of resample would do and take, without doing it.
py::dict DescribeResample(const std::vector<int64_t>& x_shape, const py::object& output_size,
                          const std::string& dtype, bool windowed, const std::string& data_format,
                          int threads, const std::optional<std::string>& simd,
                          const std::optional<double>& fft_cost) {
  const Options options = ParseOptions("forward", data_format, threads, simd);
  const std::vector<int64_t> sizes = ParseSizes("output_size", output_size);
  if (x_shape.size() != sizes.size() + 2) {
    throw py::value_error("x_shape: rank " + std::to_string(x_shape.size()) +
                          "; allowed: " + std::to_string(sizes.size() + 2));
  }
  const bool all_windowed[kMaxSpatialRank] = {windowed, windowed, windowed};
  ResampleShape shape;
  ThrowIfError(MakeResampleShape(x_shape.data(), static_cast<int>(sizes.size()), sizes.data(),
                                 all_windowed, options.format, false, &shape));
  KernelTraits traits = GetResampleKernels(options.simd).traits;
  if (fft_cost) traits.tuning.fft_cost = *fft_cost;
  const ResamplePlan plan =
      MakeResamplePlan(shape, ParseDataType("dtype", dtype), options.norm, traits, threads);
  py::list ways;
  for (int i = kMaxSpatialRank - plan.shape.rank; i < kMaxSpatialRank; ++i) {
    ways.append(plan.axis(i).IsIdentity()             ? "copy"
                : plan.spec[i].kind == AxisKind::kFft ? "fft"
                                                      : "matrix");
  }
  py::dict description;
  description["ways"] = ways;
  description["multiply_adds"] = CountMultiplyAdds(plan);
  description["tasks"] = plan.tasks;
  description["workers"] = plan.workers;
  description["stages"] = DescribeStages(plan);
  description["copies_last"] = plan.copied_rows_period > 0;
  description["channel_block"] = plan.channel_block;
  description["worker_bytes"] = plan.worker_bytes;
  description["workspace_bytes"] = plan.workspace_bytes;
  return description;
}

py::dict DescribeAxisCache() {
  const CacheUse use = GetAxisCacheUse();
  py::dict description;
  description["entries"] = use.entries;
  description["bytes"] = use.bytes;
  description["limit_bytes"] = kAxisCacheBytes;
  return description;
}

}  // namespace

void DefineResample(py::module_& module) {
  module.def("resample", &Resample, py::arg("x"), py::arg("output_size"), py::kw_only(),
             py::arg("norm") = "forward", py::arg("windows") = py::none(),
             py::arg("data_format") = "channels_last", py::arg("downsample_only") = false,
             py::arg("threads") = 1, py::arg("simd") = py::none(), py::arg("fft_cost") = py::none(),
             "As spectral_ops.resample, on a NumPy array. fft_cost takes the place of the tuning "
             "constant: 0 has every axis go by FFTs, infinity by its matrix.");
  module.def("resample_adjoint", &ResampleAdjoint, py::arg("grad_output"), py::arg("input_size"),
             py::kw_only(), py::arg("norm") = "forward", py::arg("windows") = py::none(),
             py::arg("data_format") = "channels_last", py::arg("threads") = 1,
             py::arg("simd") = py::none(),
             "The adjoint of resample from input_size, whose norm `norm` names.");
  module.def("resample_window_gradient", &ResampleWindowGradient, py::arg("x"),
             py::arg("grad_output"), py::arg("axis"), py::kw_only(), py::arg("norm") = "forward",
             py::arg("windows") = py::none(), py::arg("data_format") = "channels_last",
             py::arg("threads") = 1, py::arg("simd") = py::none(),
             "The gradient of sum(grad_output * resample(x)) with respect to windows[axis].");
  module.def("resample_plan", &DescribeResample, py::arg("x_shape"), py::arg("output_size"),
             py::kw_only(), py::arg("dtype") = "float32", py::arg("windowed") = false,
             py::arg("data_format") = "channels_last", py::arg("threads") = 1,
             py::arg("simd") = py::none(), py::arg("fft_cost") = py::none(),
             "What a call of resample would do and the scratch that it would take.");
  module.def("axis_cache", &DescribeAxisCache,
             "How much of the cache of axes is in use, and what it may hold.");
}

}  // namespace spectral_ops
