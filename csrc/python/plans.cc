// What the operators would do on the CPU and the scratch that they would take.
#include <pybind11/stl.h>

#include <vector>

#include "core/band.h"
#include "library/client.h"
#include "python/arguments.h"
#include "python/cpu.h"

namespace spectral_ops {
namespace {

using namespace pybind11::literals;  // NOLINT(google-build-using-namespace): _a

using Shape = std::vector<int64_t>;
using Simd = std::optional<std::string>;

template <class Tuning>
CpuOptions ParseOptions(int threads, const Simd& simd, const Tuning& tuning) {
  CpuOptions options = ParseCpuOptions(threads, simd);
  SetTuning(tuning, &options);
  return options;
}

Dims ToDims(const Shape& shape) { return MakeDims(shape.data(), shape.size()); }

// The dict that a description is.
template <class Call>
py::object Describe(Description<Call> describe, const Call& call, const CpuOptions& options) {
  std::string json;
  ThrowIfError(StatusOf([&](TextSink error) {
    return describe(&call, &options.settings, options.threads, SinkOf(&json), error);
  }));
  return ParseJson(json);
}

py::object DescribeResample(const Shape& x_shape, const py::object& output_size,
                            const std::string& dtype, bool windowed, const std::string& boundary,
                            const std::optional<std::string>& alignment,
                            const std::string& data_format, int threads, const Simd& simd,
                            const std::optional<double>& fft_cost) {
  const CpuOptions options = ParseOptions(threads, simd, fft_cost);
  ResampleCall call;
  ParseNames("forward", data_format, &call);
  call.rule = ParseRule(boundary, alignment);
  call.output_size = ParseSizes("output_size", output_size);
  call.x_dims = ToDims(x_shape);
  const int rank = call.output_size.rank;
  if (call.x_dims.rank != rank + 2) {
    throw py::value_error(Concat("x_shape: rank ", call.x_dims.rank, "; allowed: ", rank + 2));
  }
  call.dtype = ParseDataType("dtype", dtype);
  for (int i = 0; i < rank && windowed; ++i) {
    const int64_t n = call.x_dims[FirstSpatial(call.format) + i];
    call.window_length[i] = AxisShape{n, call.output_size[i], true, call.rule}.bins();
  }
  return Describe(Kernels().describe_resample, call, options);
}

py::object DescribeConv(const Shape& x_shape, const Shape& filters_shape, const std::string& map,
                        const std::string& dtype, const std::string& padding,
                        const std::optional<int64_t>& groups, const std::string& data_format,
                        int threads, const Simd& simd,
                        const std::optional<int64_t>& workspace_bytes) {
  const CpuOptions options = ParseOptions(threads, simd, workspace_bytes);
  ConvCall call = ParseConvCall(ConvMap::kForward, padding, groups, data_format);
  call.x_dims = ToDims(x_shape);
  call.filter_dims = ToDims(filters_shape);
  ConvShape shape;
  ThrowIfError(Check(call, &shape, &call.grad_dims));  // the output's dims are its gradient's
  ThrowIfError(Parse(map, &call.map));
  call.dtype = ParseDataType("dtype", dtype);
  return Describe(Kernels().describe_conv, call, options);
}

py::object DescribeSpectralConv(const Shape& x_shape, const Shape& weights_shape,
                                const py::object& modes, const py::object& output_size,
                                const std::string& dtype, const std::string& data_format,
                                int threads, const Simd& simd,
                                const std::optional<double>& fft_cost) {
  const CpuOptions options = ParseOptions(threads, simd, fft_cost);
  SpectralConvCall call;
  ParseNames("forward", data_format, &call);
  call.x_dims = ToDims(x_shape);
  call.weight_dims = ToDims(weights_shape);
  ParseSpectralConvSizes("x", "output_size", output_size, modes, &call);
  call.dtype = ParseDataType("dtype", dtype);
  return Describe(Kernels().describe_spectral_conv, call, options);
}

py::object DescribeCache() {
  std::string json;
  Kernels().describe_axis_cache(SinkOf(&json));
  return ParseJson(json);
}

}  // namespace

void DefinePlans(py::module_& module) {
  const auto x_shape = py::arg("x_shape");
  const auto dtype = py::arg("dtype") = "float32";
  const auto format = py::arg("data_format") = "channels_last";
  const auto threads = py::arg("threads") = 1;
  const auto simd = py::arg("simd") = py::none();
  const auto fft_cost = py::arg("fft_cost") = py::none();
  module.def("resample_plan", &DescribeResample, x_shape, py::arg("output_size"), py::kw_only(),
             dtype, py::arg("windowed") = false, py::arg("boundary") = "periodic",
             py::arg("alignment") = py::none(), format, threads, simd, fft_cost,
             "What a call of resample would do and the scratch that it would take.");
  module.def("conv_plan", &DescribeConv, x_shape, py::arg("filters_shape"), py::kw_only(),
             py::arg("map") = "forward", dtype, py::arg("padding") = "same", py::arg("groups") = 1,
             format, threads, simd, py::arg("workspace_bytes") = py::none(),
             "What a call of conv or of a gradient would do, the scratch that it would take, and "
             "the estimates in nanoseconds by which FFTs are chosen.");
  module.def("spectral_conv_plan", &DescribeSpectralConv, x_shape, py::arg("weights_shape"),
             py::kw_only(), py::arg("modes") = py::none(), py::arg("output_size") = py::none(),
             dtype, format, threads, simd, fft_cost,
             "What a call of spectral_conv would do and the scratch that it would take.");
  module.def("axis_cache", &DescribeCache,
             "How much of the cache of axes is in use, and what it may hold.");
}

}  // namespace spectral_ops
