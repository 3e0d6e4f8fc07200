#include "python/conv.h"

#include <pybind11/numpy.h>
#include <pybind11/pybind11.h>
#include <pybind11/stl.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/conv.h"
#include "cpu/convolution/conv.h"
#include "cpu/convolution/conv_plan.h"
#include "python/arguments.h"
#include "python/options.h"
#include "python/run.h"
#include "python/shapes.h"

namespace spectral_ops {
namespace {

// What every function here takes besides its arrays.
struct ConvOptions {
  Options options;
  ConvChoice choice;
  std::optional<int64_t> workspace_bytes;  // in place of the tuning constant
};

ConvOptions ParseConvOptions(const std::string& padding, const std::optional<int64_t>& groups,
                             const std::string& data_format, int threads,
                             const std::optional<std::string>& simd,
                             const std::optional<int64_t>& workspace_bytes) {
  ConvOptions parsed;
  parsed.options = ParseOptions("forward", data_format, threads, simd);
  parsed.choice = ParseConvChoice(padding, groups, data_format);
  if (workspace_bytes && *workspace_bytes < 1) {
    throw py::value_error("workspace_bytes: " + std::to_string(*workspace_bytes) +
                          "; allowed: 1 or more");
  }
  parsed.workspace_bytes = workspace_bytes;
  return parsed;
}

Dims DimsOf(const py::array& array) { return {array.shape(), array.shape() + array.ndim()}; }

void CheckSameType(const char* name, const py::array& array, const py::array& like) {
  if (ParseDataType(name, array) == ParseDataType("x", like)) return;
  throw py::type_error(std::string(name) + ": dtype " + Repr(array.dtype()) +
                       "; allowed here: " + Repr(like.dtype()));
}

ConvTraits TraitsOf(const ConvOptions& options) {
  ConvTraits traits = GetConvKernels(options.options.simd).traits;
  if (options.workspace_bytes) traits.tuning.workspace_bytes = *options.workspace_bytes;
  return traits;
}

py::array Run(const ConvShape& shape, ConvMap map, const py::array& source, const py::array& other,
              const std::vector<int64_t>& result_dims, const ConvOptions& options) {
  const ConvPlan plan = MakeConvPlan(shape, map, ParseDataType("x", source), TraitsOf(options),
                                     options.options.threads);
  py::array result =
      py::module_::import("numpy").attr("empty")(result_dims, source.dtype()).cast<py::array>();
  const Workspace workspace(plan.workspace_bytes);
  HeldAxes axes;
  if (!HoldAxes(plan, &axes)) throw std::bad_alloc();
  const ConvBuffers buffers = {source.data(),         other.data(),
                               result.mutable_data(), static_cast<size_t>(result.nbytes()),
                               axes.data(),           workspace.get()};
  {
    const py::gil_scoped_release release;
    GetConvKernels(options.options.simd).run(plan, buffers, ThreadsFor(options.options.threads));
  }
  return result;
}

py::array Conv(const py::object& x_object, const py::object& filters_object,
               const std::string& padding, const std::optional<int64_t>& groups,
               const std::string& data_format, int threads, const std::optional<std::string>& simd,
               const std::optional<int64_t>& workspace_bytes) {
  const ConvOptions options =
      ParseConvOptions(padding, groups, data_format, threads, simd, workspace_bytes);
  const py::array x = AsArray("x", x_object);
  const py::array filters = AsArray("filters", filters_object);
  CheckSameType("filters", filters, x);
  const ConvShape shape = ParseConvShape(DimsOf(x), DimsOf(filters), options.choice);
  std::vector<int64_t> dims(static_cast<size_t>(shape.rank) + 2);
  ConvOutputDims(shape, dims.data());
  return Run(shape, ConvMap::kForward, x, filters, dims, options);
}

py::array ConvInputGradient(const std::vector<int64_t>& x_shape, const py::object& filters_object,
                            const py::object& grad_object, const std::string& padding,
                            const std::optional<int64_t>& groups, const std::string& data_format,
                            int threads, const std::optional<std::string>& simd,
                            const std::optional<int64_t>& workspace_bytes) {
  const ConvOptions options =
      ParseConvOptions(padding, groups, data_format, threads, simd, workspace_bytes);
  const py::array grad = AsArray("grad_output", grad_object);
  const py::array filters = AsArray("filters", filters_object);
  CheckSameType("filters", filters, grad);
  const ConvShape shape = ParseConvShape(x_shape, DimsOf(filters), options.choice);
  CheckConvGradientDims(shape, DimsOf(grad));
  return Run(shape, ConvMap::kInputGradient, grad, filters, x_shape, options);
}

py::array ConvFilterGradient(const py::object& x_object, const std::vector<int64_t>& filters_shape,
                             const py::object& grad_object, const std::string& padding,
                             const std::optional<int64_t>& groups, const std::string& data_format,
                             int threads, const std::optional<std::string>& simd,
                             const std::optional<int64_t>& workspace_bytes) {
  const ConvOptions options =
      ParseConvOptions(padding, groups, data_format, threads, simd, workspace_bytes);
  const py::array x = AsArray("x", x_object);
  const py::array grad = AsArray("grad_output", grad_object);
  CheckSameType("grad_output", grad, x);
  const ConvShape shape = ParseConvShape(DimsOf(x), filters_shape, options.choice);
  CheckConvGradientDims(shape, DimsOf(grad));
  return Run(shape, ConvMap::kFilterGradient, x, grad, filters_shape, options);
}

// What a call would do and take, without doing it.
py::dict DescribeConv(const std::vector<int64_t>& x_shape,
                      const std::vector<int64_t>& filters_shape, const std::string& map,
                      const std::string& dtype, const std::string& padding,
                      const std::optional<int64_t>& groups, const std::string& data_format,
                      int threads, const std::optional<std::string>& simd,
                      const std::optional<int64_t>& workspace_bytes) {
  const ConvOptions options =
      ParseConvOptions(padding, groups, data_format, threads, simd, workspace_bytes);
  const ConvShape shape = ParseConvShape(x_shape, filters_shape, options.choice);
  ConvMap which = ConvMap::kForward;
  if (map == "input_gradient") {
    which = ConvMap::kInputGradient;
  } else if (map == "filter_gradient") {
    which = ConvMap::kFilterGradient;
  } else if (map != "forward") {
    throw py::value_error("map: '" + map +
                          "'; allowed: 'forward', 'input_gradient', 'filter_gradient'");
  }
  const DataType type = ParseDataType("dtype", dtype);
  const ConvTraits traits = TraitsOf(options);
  const ConvPlan plan = MakeConvPlan(shape, which, type, traits, threads);
  const ConvEstimate estimate = EstimateConv(shape, type, traits);
  py::list lengths;
  py::list steps;
  for (int i = kMaxSpatialRank - shape.rank; i < kMaxSpatialRank; ++i) {
    lengths.append(plan.axis[i].length);
    steps.append(plan.axis[i].step);
  }
  py::dict description;
  description["lengths"] = lengths;
  description["steps"] = steps;
  description["tiles"] = plan.tiles;
  description["chunks"] = plan.chunks;
  description["blocks"] = plan.blocks;
  description["lanewise"] = plan.lanewise;
  description["workers"] = plan.workers;
  description["work"] = plan.work;
  description["workspace_bytes"] = plan.workspace_bytes;
  description["worker_bytes"] = plan.worker_bytes;
  description["prefers_fft"] = PreferFft(shape, type, traits);
  description["fft_time"] = estimate.fft;
  description["direct_time"] = estimate.direct;
  return description;
}

}  // namespace

void DefineConv(py::module_& module) {
  const auto define = [&](const char* name, auto function, const char* doc, auto... own) {
    module.def(name, function, own..., py::arg("padding") = "same", py::arg("groups") = 1,
               py::arg("data_format") = "channels_last", py::arg("threads") = 1,
               py::arg("simd") = py::none(), py::arg("workspace_bytes") = py::none(), doc);
  };
  define("conv", &Conv,
         "As spectral_ops.conv(algorithm='fft'), on NumPy arrays. workspace_bytes takes the place "
         "of the tuning constant.",
         py::arg("x"), py::arg("filters"), py::kw_only());
  define("conv_input_gradient", &ConvInputGradient,
         "The gradient of sum(grad_output * conv(x, filters)) for x.", py::arg("x_shape"),
         py::arg("filters"), py::arg("grad_output"), py::kw_only());
  define("conv_filter_gradient", &ConvFilterGradient,
         "The gradient of sum(grad_output * conv(x, filters)) for the filters.", py::arg("x"),
         py::arg("filters_shape"), py::arg("grad_output"), py::kw_only());
  define("conv_plan", &DescribeConv,
         "What a call of conv or of a gradient would do, the scratch that it would take, and the "
         "estimates in nanoseconds by which FFTs are chosen.",
         py::arg("x_shape"), py::arg("filters_shape"), py::kw_only(), py::arg("map") = "forward",
         py::arg("dtype") = "float32");
}

}  // namespace spectral_ops
