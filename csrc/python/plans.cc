// What the operators would do on the CPU and the scratch that they would take.
#include <pybind11/stl.h>

#include <vector>

#include "core/band.h"
#include "cpu/axes/axis_cache.h"
#include "cpu/convolution/conv.h"
#include "cpu/resample/resample.h"
#include "cpu/spectra/spectral_conv.h"
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

// The first word of its name.
std::string WayOf(const AxisSpec& spec) {
  const std::string name = NameOfKind(spec);
  return name.substr(0, name.find(' '));
}

py::dict DescribeResample(const Shape& x_shape, const py::object& output_size,
                          const std::string& dtype, bool windowed, const std::string& data_format,
                          int threads, const Simd& simd, const std::optional<double>& fft_cost) {
  const CpuOptions options = ParseOptions(threads, simd, fft_cost);
  ResampleCall call;
  ParseNames("forward", data_format, &call);
  call.output_size = ParseSizes("output_size", output_size);
  call.x_dims = ToDims(x_shape);
  const int rank = call.output_size.rank;
  if (call.x_dims.rank != rank + 2) {
    throw py::value_error(Concat("x_shape: rank ", call.x_dims.rank, "; allowed: ", rank + 2));
  }
  call.dtype = ParseDataType("dtype", dtype);
  for (int i = 0; i < rank && windowed; ++i) {
    const int64_t n = call.x_dims[FirstSpatial(call.format) + i];
    call.window_length[i] = HalfBins(std::min(n, call.output_size[i]));
  }
  ResamplePlan plan;
  ThrowIfError(PlanResample(call, options.target, options.threads, &plan));
  py::list ways;
  for (int i = kMaxSpatialRank - plan.shape.rank; i < kMaxSpatialRank; ++i) {
    ways.append(plan.IsIdentity(i) ? "copy" : WayOf(plan.spec[i]));
  }
  return py::dict("ways"_a = ways, "multiply_adds"_a = CountMultiplyAdds(plan),
                  "tasks"_a = plan.tasks, "workers"_a = plan.workers,
                  "stages"_a = DescribeStages(plan), "copies_last"_a = plan.copied_rows_period > 0,
                  "channel_block"_a = plan.channel_block, "worker_bytes"_a = plan.worker_bytes,
                  "workspace_bytes"_a = plan.workspace_bytes);
}

py::dict DescribeConv(const Shape& x_shape, const Shape& filters_shape, const std::string& map,
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
  ConvPlan plan;
  ThrowIfError(PlanConv(call, options.target, options.threads, &plan));
  ConvEstimate estimate;
  ThrowIfError(EstimateConv(call, options.target, &estimate));
  py::list lengths;
  py::list steps;
  for (int i = kMaxSpatialRank - plan.shape.rank; i < kMaxSpatialRank; ++i) {
    lengths.append(plan.axis[i].length);
    steps.append(plan.axis[i].step);
  }
  return py::dict("lengths"_a = lengths, "steps"_a = steps, "tiles"_a = plan.tiles,
                  "chunks"_a = plan.chunks, "blocks"_a = plan.blocks, "lanewise"_a = plan.lanewise,
                  "workers"_a = plan.workers, "work"_a = plan.work,
                  "workspace_bytes"_a = plan.workspace_bytes, "worker_bytes"_a = plan.worker_bytes,
                  "prefers_fft"_a = estimate.prefers_fft, "fft_time"_a = estimate.fft,
                  "direct_time"_a = estimate.direct);
}

py::dict DescribeSpectralConv(const Shape& x_shape, const Shape& weights_shape,
                              const py::object& modes, const py::object& output_size,
                              const std::string& dtype, const std::string& data_format, int threads,
                              const Simd& simd, const std::optional<double>& fft_cost) {
  const CpuOptions options = ParseOptions(threads, simd, fft_cost);
  SpectralConvCall call;
  ParseNames("forward", data_format, &call);
  call.x_dims = ToDims(x_shape);
  call.weight_dims = ToDims(weights_shape);
  ParseSpectralConvSizes("x", "output_size", output_size, modes, &call);
  call.dtype = ParseDataType("dtype", dtype);
  SpectralConvPlan plan;
  ThrowIfError(PlanSpectralConv(call, options.target, options.threads, &plan));
  const char* names[] = {"analysis", "synthesis"};
  py::dict description;
  for (int side = 0; side < 2; ++side) {
    py::list ways;
    for (int i = kMaxSpatialRank - plan.shape.rank; i < kMaxSpatialRank; ++i) {
      ways.append(WayOf(plan.side[side].axis[i]));
    }
    description[names[side]] = ways;
  }
  description["modes"] = plan.shape.modes();
  description["group"] = plan.group;
  description["workers"] = plan.workers;
  description["local"] = plan.local;
  description["shared"] = py::make_tuple(plan.side[0].shared, plan.side[1].shared);
  description["worker_bytes"] = plan.worker_bytes;
  description["workspace_bytes"] = plan.workspace_bytes;
  return description;
}

py::dict DescribeCache() {
  const CacheUse use = GetAxisCacheUse();
  return py::dict("entries"_a = use.entries, "bytes"_a = use.bytes,
                  "limit_bytes"_a = kAxisCacheBytes);
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
             dtype, py::arg("windowed") = false, format, threads, simd, fft_cost,
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
