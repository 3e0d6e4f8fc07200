#include "python/spectral_conv.h"

#include <pybind11/numpy.h>
#include <pybind11/pybind11.h>
#include <pybind11/stl.h>

#include <cstdint>
#include <new>
#include <optional>
#include <string>
#include <vector>

#include "core/spectral_conv.h"
#include "cpu/base/simd.h"
#include "cpu/spectra/spectral_conv.h"
#include "cpu/spectra/spectral_conv_plan.h"
#include "python/arguments.h"
#include "python/options.h"
#include "python/run.h"
#include "python/shapes.h"

namespace spectral_ops {
namespace {

Dims DimsOf(const py::array& array) { return {array.shape(), array.shape() + array.ndim()}; }

py::array Empty(const Dims& dims, const py::object& dtype) {
  return py::module_::import("numpy").attr("empty")(dims, dtype).cast<py::array>();
}

py::array AsWeights(const py::object& object, DataType dtype) {
  py::array weights = AsArray("weights", object);
  const std::string name = py::str(static_cast<py::object>(weights.dtype().attr("name")));
  if (name != ComplexName(dtype)) {
    throw py::type_error("weights: dtype " + name + "; allowed with this x: " + ComplexName(dtype));
  }
  return weights;
}

SpectralConvPlan Plan(const SpectralConvCall& call, DataType dtype, const Options& options) {
  SpectralConvTraits traits = GetSpectralConvKernels(options.simd).traits;
  if (options.fft_cost) traits.kernel.tuning.fft_cost = *options.fft_cost;
  return MakeSpectralConvPlan(call.Shape(), dtype, options.norm, traits, options.threads);
}

void Run(const SpectralConvPlan& plan, SpectralConvBuffers buffers, const Options& options) {
  HeldAxes axes;
  if (!HoldAxes(plan, &axes)) throw std::bad_alloc();
  buffers.axes = axes.data();
  const Workspace workspace(plan.workspace_bytes);
  buffers.workspace = workspace.get();
  const py::gil_scoped_release release;
  GetSpectralConvKernels(options.simd).run(plan, buffers, ThreadsFor(options.threads));
}

py::array Convolve(SpectralConvKind kind, const char* name, const py::array& x,
                   const py::object& weights_object, const char* other_name,
                   const py::object& other, const py::object& modes, const Options& options) {
  const DataType dtype = ParseDataType(name, x);
  const py::array weights = AsWeights(weights_object, dtype);
  const SpectralConvCall call = MakeSpectralConvCall(kind, name, DimsOf(x), DimsOf(weights),
                                                     other_name, other, modes, options.format);
  const SpectralConvPlan plan = Plan(call, dtype, options);
  const bool adjoint = kind == SpectralConvKind::kAdjoint;
  py::array y = Empty(call.TargetDims(adjoint ? plan.shape.in : plan.shape.out), x.dtype());
  SpectralConvBuffers buffers;
  buffers.source = x.data();
  buffers.weights = weights.data();
  buffers.target = y.mutable_data();
  Run(plan, buffers, options);
  return y;
}

py::array SpectralConv(const py::object& x, const py::object& weights, const py::object& modes,
                       const py::object& output_size, const std::string& norm,
                       const std::string& data_format, int threads,
                       const std::optional<std::string>& simd,
                       const std::optional<double>& fft_cost) {
  Options options = ParseOptions(norm, data_format, threads, simd);
  options.fft_cost = fft_cost;
  return Convolve(SpectralConvKind::kForward, "x", AsArray("x", x), weights, "output_size",
                  output_size, modes, options);
}

py::array SpectralConvAdjoint(const py::object& grad_output, const py::object& weights,
                              const py::object& input_size, const py::object& modes,
                              const std::string& norm, const std::string& data_format, int threads,
                              const std::optional<std::string>& simd,
                              const std::optional<double>& fft_cost) {
  Options options = ParseOptions(norm, data_format, threads, simd);
  options.fft_cost = fft_cost;
  return Convolve(SpectralConvKind::kAdjoint, "grad_output", AsArray("grad_output", grad_output),
                  weights, "input_size", input_size, modes, options);
}

py::array SpectralConvWeightGradient(const py::object& x_object, const py::object& grad_object,
                                     const std::vector<int64_t>& weights_shape,
                                     const py::object& modes, const std::string& norm,
                                     const std::string& data_format, int threads,
                                     const std::optional<std::string>& simd,
                                     const std::optional<double>& fft_cost) {
  Options options = ParseOptions(norm, data_format, threads, simd);
  options.fft_cost = fft_cost;
  const py::array x = AsArray("x", x_object);
  const py::array grad = AsArray("grad_output", grad_object);
  const DataType dtype = ParseDataType("x", x);
  if (ParseDataType("grad_output", grad) != dtype) {
    throw py::type_error("grad_output: dtype " + Repr(grad.dtype()) +
                         "; allowed with this x: " + Repr(x.dtype()));
  }
  if (grad.ndim() != x.ndim()) {
    throw py::value_error("grad_output: rank " + std::to_string(grad.ndim()) +
                          "; allowed: that of x, " + std::to_string(x.ndim()));
  }
  SpectralConvCall call =
      MakeSpectralConvCall(SpectralConvKind::kWeightGradient, "x", DimsOf(x), weights_shape,
                           "output_size", py::none(), modes, options.format);
  call.other = DimsOf(grad);
  const SpectralConvPlan plan = Plan(call, dtype, options);
  py::array gradient = Empty(weights_shape, py::str(ComplexName(dtype)));
  SpectralConvBuffers buffers;
  buffers.source = x.data();
  buffers.grad_output = grad.data();
  buffers.target = gradient.mutable_data();
  Run(plan, buffers, options);
  return gradient;
}

// What a call of spectral_conv would do and take, without doing it.
py::dict DescribeSpectralConv(const std::vector<int64_t>& x_shape,
                              const std::vector<int64_t>& weights_shape, const py::object& modes,
                              const py::object& output_size, const std::string& dtype,
                              const std::string& data_format, int threads,
                              const std::optional<std::string>& simd,
                              const std::optional<double>& fft_cost) {
  Options options = ParseOptions("forward", data_format, threads, simd);
  options.fft_cost = fft_cost;
  const SpectralConvCall call =
      MakeSpectralConvCall(SpectralConvKind::kForward, "x", x_shape, weights_shape, "output_size",
                           output_size, modes, options.format);
  const SpectralConvPlan plan = Plan(call, ParseDataType("dtype", dtype), options);
  const char* names[] = {"analysis", "synthesis"};
  py::dict description;
  for (int side = 0; side < 2; ++side) {
    py::list ways;
    for (int i = kMaxSpatialRank - plan.shape.rank; i < kMaxSpatialRank; ++i) {
      ways.append(plan.side[side].axis[i].kind == AxisKind::kModeFft ? "fft" : "matrix");
    }
    description[names[side]] = ways;
  }
  description["modes"] = plan.shape.modes();
  description["group"] = plan.group;
  description["workers"] = plan.workers;
  description["shared"] = py::make_tuple(plan.side[0].shared, plan.side[1].shared);
  description["worker_bytes"] = plan.worker_bytes;
  description["workspace_bytes"] = plan.workspace_bytes;
  return description;
}

}  // namespace

void DefineSpectralConv(py::module_& module) {
  module.def("spectral_conv", &SpectralConv, py::arg("x"), py::arg("weights"), py::kw_only(),
             py::arg("modes") = py::none(), py::arg("output_size") = py::none(),
             py::arg("norm") = "forward", py::arg("data_format") = "channels_last",
             py::arg("threads") = 1, py::arg("simd") = py::none(), py::arg("fft_cost") = py::none(),
             "As spectral_ops.spectral_conv, on NumPy arrays. fft_cost takes the place of the "
             "tuning constant: 0 has every axis go by FFTs, infinity by its matrix.");
  module.def("spectral_conv_adjoint", &SpectralConvAdjoint, py::arg("grad_output"),
             py::arg("weights"), py::arg("input_size"), py::kw_only(),
             py::arg("modes") = py::none(), py::arg("norm") = "forward",
             py::arg("data_format") = "channels_last", py::arg("threads") = 1,
             py::arg("simd") = py::none(), py::arg("fft_cost") = py::none(),
             "The adjoint of spectral_conv in x, whose spatial size is input_size.");
  module.def("spectral_conv_weight_gradient", &SpectralConvWeightGradient, py::arg("x"),
             py::arg("grad_output"), py::arg("weights_shape"), py::kw_only(),
             py::arg("modes") = py::none(), py::arg("norm") = "forward",
             py::arg("data_format") = "channels_last", py::arg("threads") = 1,
             py::arg("simd") = py::none(), py::arg("fft_cost") = py::none(),
             "The gradient of sum(grad_output * spectral_conv(x, weights)) by the weights.");
  module.def("spectral_conv_plan", &DescribeSpectralConv, py::arg("x_shape"),
             py::arg("weights_shape"), py::kw_only(), py::arg("modes") = py::none(),
             py::arg("output_size") = py::none(), py::arg("dtype") = "float32",
             py::arg("data_format") = "channels_last", py::arg("threads") = 1,
             py::arg("simd") = py::none(), py::arg("fft_cost") = py::none(),
             "What a call of spectral_conv would do and the scratch that it would take.");
}

}  // namespace spectral_ops
