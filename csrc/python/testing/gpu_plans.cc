// What the GPU's kernels would do for a call on a device that need not be there.
#include <pybind11/stl.h>

#include <string>
#include <vector>

#include "cuda/tuning.h"
#include "gpu/resample.h"
#include "gpu/spectral_conv.h"
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
                          const py::object& output_size, const std::string& dtype,
                          const std::string& data_format) {
  ResampleCall call;
  ParseNames("forward", data_format, &call);
  call.output_size = ParseSizes("output_size", output_size);
  call.x_dims = ToDims(x_shape);
  call.dtype = ParseDataType("dtype", dtype);
  const auto plan = PlanOf<gpu::ResamplePlan>(call, traits);
  return py::dict("workspace_bytes"_a = plan.workspace_bytes,
                  "chain"_a = DescribeChain(plan.chain));
}

py::dict DescribeSpectralConv(const GivenTraits& traits, const Shape& x_shape,
                              const Shape& weights_shape, const std::string& dtype,
                              const std::string& data_format) {
  SpectralConvCall call;
  ParseNames("forward", data_format, &call);
  call.x_dims = ToDims(x_shape);
  call.weight_dims = ToDims(weights_shape);
  ParseSpectralConvSizes("x", "output_size", py::none(), py::none(), &call);
  call.dtype = ParseDataType("dtype", dtype);
  const auto plan = PlanOf<gpu::SpectralConvPlan>(call, traits);
  py::list sides;
  for (const gpu::Chain& side : plan.side) sides.append(DescribeChain(side));
  return py::dict("workspace_bytes"_a = plan.workspace_bytes, "sides"_a = sides,
                  "group"_a = plan.group, "modes"_a = plan.shape.modes());
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
           dtype, format)
      .def("spectral_conv", &DescribeSpectralConv, py::arg("x_shape"), py::arg("weights_shape"),
           py::kw_only(), dtype, format);
}

}  // namespace spectral_ops
