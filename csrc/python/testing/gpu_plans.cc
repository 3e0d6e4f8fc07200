// What the GPU's kernels would do for a call on a device that need not be there.
#include <pybind11/stl.h>

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include "cuda/tuning.h"
#include "gpu/conv.h"
#include "gpu/pack.h"
#include "gpu/resample.h"
#include "gpu/spectral_conv.h"
#include "gpu/wavelet.h"
#include "gpu/whole_fft.h"
#include "python/arguments.h"
#include "python/backend.h"
#include "python/testing/testing.h"

namespace spectral_ops {
namespace {

using namespace pybind11::literals;  // NOLINT(google-build-using-namespace): _a

using Shape = std::vector<int64_t>;

// What is written in cuda/tuning.h, on a device of such sizes.
class GivenTraits final : public gpu::GpuTraits {
 public:
  GivenTraits(int64_t own_processors, size_t pair_bytes, size_t block_bytes) {
    processors = own_processors;
    shared_pair_bytes = pair_bytes;
    shared_bytes = block_bytes;
    chunk_bytes = kGpuChunkBytes;
    fft_bytes = kGpuFftBytes;
    direct_depth = kGpuDirectDepth;
    folded_depth = kGpuFoldedDepth;
    block_fft_length = kGpuBlockFftLength;
    matrix_bytes = kGpuMatrixBytes;
  }

  Status FftWorkBytes(const gpu::FftSpec&, size_t* bytes) const override {
    *bytes = 0;
    return {};
  }
};

size_t BytesOf(const gpu::AxisPass& pass, bool is_double) {
  return is_double ? gpu::PanelBytes<double>(pass.panel, pass.map.depth())
                   : gpu::PanelBytes<float>(pass.panel, pass.map.depth());
}

py::list RadicesOf(const gpu::BlockFft& fft) {
  py::list radices;
  for (int i = 0; i < fft.count; ++i) radices.append(fft.stage[i].radix);
  return radices;
}

py::object DescribeBlockFft(const gpu::AxisPass& pass, bool is_double) {
  if (!pass.by_block_fft) return py::none();
  const gpu::AxisFftPlan& plan = pass.fft;
  return py::dict("forth"_a = RadicesOf(plan.forth), "back"_a = RadicesOf(plan.back),
                  "lines"_a = plan.lines, "room"_a = 1 << plan.log_lines,
                  "shared_bytes"_a =
                      is_double ? gpu::SharedBytes<double>(plan) : gpu::SharedBytes<float>(plan));
}

const char* NameOf(gpu::Halves halves) {
  return halves == gpu::Halves::kNone       ? ""
         : halves == gpu::Halves::kMirrored ? "mirrored"
                                            : "shifted";
}

py::dict DescribeChain(const gpu::Chain& chain) {
  const bool is_double = chain.dtype == DataType::kFloat64;
  py::list passes;
  for (int i = 0; i < chain.count; ++i) {
    const gpu::AxisPass& pass = chain.pass[i];
    passes.append(
        py::dict("rows"_a = pass.map.rows(), "depth"_a = pass.map.depth(), "outer"_a = pass.outer,
                 "inner"_a = pass.inner, "by_fft"_a = pass.by_fft,
                 "folds"_a = NameOf(pass.fold.halves), "alone"_a = pass.fold.alone,
                 "whole_fragments"_a = pass.fold.whole_fragments, "columns"_a = pass.panel.columns,
                 "shared_bytes"_a = pass.ByMatrix() ? BytesOf(pass, is_double) : 0,
                 "fft_rows"_a = pass.fft_rows, "block_fft"_a = DescribeBlockFft(pass, is_double)));
  }
  py::object plane = py::none();
  if (chain.fused) {
    plane = py::dict("planes"_a = chain.plane.planes, "channels"_a = chain.plane.channels,
                     "rows"_a = chain.plane.rows, "stages"_a = chain.plane.stages,
                     "shared_bytes"_a = chain.plane.shared_bytes);
  }
  py::object whole = py::none();
  if (chain.whole.used) {
    const gpu::WholeFfts ffts = gpu::FftsOf(chain.whole, chain.dtype == DataType::kFloat64);
    whole = py::dict("outer"_a = chain.whole.outer, "inner"_a = chain.whole.inner,
                     "depth"_a = chain.whole.depth, "height"_a = chain.whole.height,
                     "rows"_a = chain.whole.rows,
                     "forward"_a = ffts.spec[0].kind == gpu::FftKind::kRealToComplex,
                     "inverse"_a = ffts.spec[ffts.count - 1].kind == gpu::FftKind::kComplexToReal);
  }
  return py::dict("images"_a = chain.images, "chunk"_a = chain.chunk, "passes"_a = passes,
                  "plane"_a = plane, "whole"_a = whole);
}

Dims ToDims(const Shape& shape) { return MakeDims(shape.data(), shape.size()); }

// The plan of a checked call.
template <class Plan, class Call>
Plan PlanOf(const Call& call, const GivenTraits& traits) {
  typename Call::Shape shape;
  Dims result_dims;
  ThrowIfError(Check(call, &shape, &result_dims));
  Plan plan;
  ThrowIfError(MakePlan(call, shape, traits, &plan));
  return plan;
}

py::dict DescribeResample(const GivenTraits& traits, const Shape& x_shape,
                          const py::object& output_size, const std::string& boundary,
                          const std::optional<std::string>& alignment, const std::string& dtype,
                          const std::string& data_format) {
  ResampleCall call;
  ParseNames("forward", data_format, &call);
  call.rule = ParseRule(boundary, alignment);
  call.output_size = ParseSizes("output_size", output_size);
  call.x_dims = ToDims(x_shape);
  call.dtype = ParseDataType("dtype", dtype);
  const auto plan = PlanOf<gpu::ResamplePlan>(call, traits);
  return py::dict("workspace_bytes"_a = plan.workspace_bytes,
                  "chain"_a = DescribeChain(plan.chain));
}

// What a filter by FFTs takes; none where it goes by modes.
py::object DescribeFilter(const gpu::SpectralConvPlan& plan) {
  const gpu::FilterPlan& filter = plan.filter;
  if (!filter.used) return py::none();
  const bool is_double = plan.dtype == DataType::kFloat64;
  py::object planes = py::none();
  if (filter.by_planes) {
    planes = py::dict("height"_a = filter.planes.height, "width"_a = filter.planes.width,
                      "down"_a = RadicesOf(filter.planes.down()),
                      "across"_a = RadicesOf(filter.planes.across()),
                      "lines"_a = filter.planes.lines(), "planes"_a = filter.planes.planes,
                      "shared_bytes"_a = is_double ? gpu::SharedBytes<double>(filter.planes)
                                                   : gpu::SharedBytes<float>(filter.planes));
  }
  return py::dict("planes"_a = planes, "rows"_a = filter.rows, "samples"_a = filter.Samples(),
                  "bins"_a = filter.Bins(), "channels_last"_a = filter.channels_last);
}

py::dict DescribeSpectralConv(const GivenTraits& traits, const Shape& x_shape,
                              const Shape& weights_shape, bool whole, const std::string& dtype,
                              const std::string& data_format) {
  SpectralConvCall call;
  call.whole = whole;
  ParseNames("forward", data_format, &call);
  call.x_dims = ToDims(x_shape);
  call.weight_dims = ToDims(weights_shape);
  ParseSpectralConvSizes("x", "output_size", py::none(), py::none(), &call);
  call.dtype = ParseDataType("dtype", dtype);
  const auto plan = PlanOf<gpu::SpectralConvPlan>(call, traits);
  py::list sides;
  if (!plan.filter.used) {
    for (const gpu::Chain& side : plan.side) sides.append(DescribeChain(side));
  }
  return py::dict("workspace_bytes"_a = plan.workspace_bytes, "sides"_a = sides,
                  "filter"_a = DescribeFilter(plan), "group"_a = plan.group,
                  "modes"_a = plan.shape.modes());
}

py::dict DescribeConv(const GivenTraits& traits, const Shape& x_shape, const Shape& filters_shape,
                      const std::optional<int64_t>& groups, const std::string& dtype,
                      const std::string& data_format) {
  ConvCall call;
  ThrowIfError(Parse(data_format, &call.format));
  call.groups = groups.value_or(kDepthwise);
  call.x_dims = ToDims(x_shape);
  call.filter_dims = ToDims(filters_shape);
  call.dtype = ParseDataType("dtype", dtype);
  const auto plan = PlanOf<gpu::ConvPlan>(call, traits);
  py::list sides;
  for (const gpu::ConvSide& side : plan.side) {
    sides.append(py::dict("chain"_a = DescribeChain(side.chain),
                          "tile_elements"_a = side.geometry.TileElements()));
  }
  return py::dict("workspace_bytes"_a = plan.workspace_bytes, "sides"_a = sides,
                  "tiles"_a = plan.tiles, "chunk"_a = plan.chunk, "modes"_a = plan.modes,
                  "groups"_a = plan.shape.groups, "in_per_group"_a = plan.shape.in_per_group(),
                  "out_per_group"_a = plan.shape.out_per_group());
}

// The launch of a pass over so many images, whose tensors are aligned.
py::dict DescribePass(const gpu::WaveletPlan& plan, const gpu::WaveletPass& pass, int64_t images) {
  const gpu::WaveletStencil stencil = gpu::MakeStencil(pass.axis);
  const gpu::SampleRows samples = gpu::MakeSampleRows(stencil);
  const gpu::RowRange plain = plan.synthesis() ? samples.plain : gpu::PlainCoefficients(stencil);
  const int64_t rows = plan.synthesis() ? samples.count : pass.axis.h;
  const int64_t pack = plan.dtype == DataType::kFloat64 ? gpu::kPack<double> : gpu::kPack<float>;
  const int64_t wide = pass.run % pack == 0 ? pack : 1;
  const auto describe = [&](int64_t own) {
    const gpu::PositionGrid grid =
        gpu::SpreadPositions(pass.lines * images, own, pass.inner / wide, plan.processors);
    return py::dict("rows"_a = own, "group"_a = 1 << grid.log_each, "rounds"_a = grid.rounds,
                    "blocks"_a = grid.blocks());
  };
  return py::dict("n"_a = pass.axis.n, "h"_a = pass.axis.h, "taps"_a = pass.axis.taps,
                  "stride"_a = pass.axis.stride(), "inner"_a = pass.inner,
                  "lines"_a = pass.lines * images, "wide"_a = wide,
                  "plain"_a = describe(plain.size()), "borders"_a = describe(rows - plain.size()));
}

// `map` is analysis, synthesis, of samples [.., n, ..], or filter_gradient.
py::dict DescribeWavelet(const GivenTraits& traits, const Shape& x_shape, const Shape& taps,
                         const std::string& map, const std::string& rule, const std::string& mode,
                         const std::string& dtype, const std::string& data_format) {
  WaveletCall call;
  ThrowIfError(Parse(rule, &call.rule));
  ThrowIfError(Parse(mode, &call.mode));
  ThrowIfError(Parse(data_format, &call.format));
  call.rank = static_cast<int>(taps.size());
  call.dtype = ParseDataType("dtype", dtype);
  for (size_t i = 0; i < taps.size() && i < call.filter_dims.size(); ++i) {
    const Shape dims = {2, taps[i]};
    call.filter_dims[i] = ToDims(dims);
  }
  call.x_dims = ToDims(x_shape);
  WaveletShape shape;
  ThrowIfError(Check(call, &shape, &call.band_dims));
  if (map == "filter_gradient") call.map = WaveletMap::kFilterGradient;
  if (map == "synthesis") {
    call.map = WaveletMap::kSynthesis;
    Shape size;
    for (int i = 0; i < shape.rank; ++i) size.push_back(shape.axis[i].n);
    call.size = ToDims(size);
  }
  const auto plan = PlanOf<gpu::WaveletPlan>(call, traits);
  py::list chunks;
  for (int64_t first = 0; first < plan.images; first += plan.chunk) {
    const int64_t own = std::min(plan.chunk, plan.images - first);
    py::list passes;
    for (int i = 0; i < plan.count; ++i) passes.append(DescribePass(plan, plan.pass[i], own));
    if (plan.gradient()) passes.append(DescribePass(plan, plan.own, own));
    chunks.append(passes);
  }
  return py::dict("workspace_bytes"_a = plan.workspace_bytes, "chunks"_a = chunks,
                  "slices"_a = plan.slices, "synthesis"_a = plan.synthesis(),
                  "gradient"_a = plan.gradient(), "samples"_a = CountElements(call.x_dims),
                  "coefficients"_a = CountElements(call.band_dims));
}

}  // namespace

void DefineGpuPlans(py::module_& module) {
  const auto dtype = py::arg("dtype") = "float32";
  const auto format = py::arg("data_format") = "channels_last";
  py::class_<GivenTraits>(module, "GpuPlans", py::module_local(),
                          "Plans for a GPU of such sizes, which need not be there. Of its shared "
                          "memory `pair_bytes` are what each of two blocks on a processor may "
                          "have, `block_bytes` what one may.")
      .def(py::init<int64_t, size_t, size_t>(), py::kw_only(), py::arg("processors"),
           py::arg("pair_bytes"), py::arg("block_bytes"))
      .def_readwrite("chunk_bytes", &GivenTraits::chunk_bytes)
      .def_readwrite("direct_depth", &GivenTraits::direct_depth)
      .def_readwrite("folded_depth", &GivenTraits::folded_depth)
      .def_readwrite("block_fft_length", &GivenTraits::block_fft_length)
      .def_readwrite("fuses", &GivenTraits::fuses)
      .def_property("algorithm", nullptr,
                    [](GivenTraits& self, const std::string& name) {
                      ThrowIfError(Parse(name, &self.algorithm));
                    })
      .def("resample", &DescribeResample, py::arg("x_shape"), py::arg("output_size"), py::kw_only(),
           py::arg("boundary") = "periodic", py::arg("alignment") = py::none(), dtype, format)
      .def("spectral_conv", &DescribeSpectralConv, py::arg("x_shape"), py::arg("weights_shape"),
           py::kw_only(), py::arg("whole") = false, dtype, format)
      .def("conv", &DescribeConv, py::arg("x_shape"), py::arg("filters_shape"), py::kw_only(),
           py::arg("groups") = 1, dtype, format)
      .def("wavelet", &DescribeWavelet, py::arg("x_shape"), py::arg("taps"), py::kw_only(),
           py::arg("map") = "analysis", py::arg("rule") = "dwt", py::arg("mode") = "symmetric",
           dtype, format);
}

}  // namespace spectral_ops
