// resample with banded axes among its own: the seam for new kinds of axes, tried (axis_banded.h).
#include <pybind11/numpy.h>
#include <pybind11/stl.h>

#include <deque>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "core/types.h"
#include "cpu/base/simd.h"
#include "cpu/resample/resample.h"
#include "python/arguments.h"
#include "python/backend.h"
#include "python/testing/testing.h"
#include "python/threads.h"

namespace spectral_ops {

#ifdef SPECTRAL_OPS_HAS_SCALAR
namespace N_SCALAR {
extern const ResampleKernels kBandedKernels;
}
#endif
#ifdef SPECTRAL_OPS_HAS_AVX2
namespace N_AVX2 {
extern const ResampleKernels kBandedKernels;
}
#endif

namespace {

using Rows = std::vector<std::vector<double>>;
using Sizes = std::vector<int64_t>;

const ResampleKernels& FindKernels(const std::string& simd) {
  SimdTarget target = SimdTarget::kScalar;
  ThrowIfError(FindSimdTarget(simd, &target));
#ifdef SPECTRAL_OPS_HAS_SCALAR
  if (target == SimdTarget::kScalar) return N_SCALAR::kBandedKernels;
#endif
#ifdef SPECTRAL_OPS_HAS_AVX2
  if (target == SimdTarget::kAvx2) return N_AVX2::kBandedKernels;
#endif
  throw py::value_error("simd: '" + simd + "'; compiled for 'scalar' and 'avx2' alone");
}

// The one rule that equals `rule`; none is ever forgotten.
const BandedRule* Keep(BandedRule rule) {
  static std::mutex mutex;
  static auto* const rules = std::make_unique<std::deque<BandedRule>>().release();
  const std::lock_guard<std::mutex> lock(mutex);
  for (const BandedRule& kept : *rules) {
    if (kept == rule) return &kept;
  }
  return &rules->emplace_back(std::move(rule));
}

void Require(bool holds, const char* what) {
  if (!holds) throw py::value_error(what);
}

// Appends rows of `width` numbers.
void AppendRows(const Rows& rows, int64_t width, std::vector<double>* to) {
  for (const std::vector<double>& row : rows) {
    Require(static_cast<int64_t>(row.size()) == width, "rows of different lengths");
    to->insert(to->end(), row.begin(), row.end());
  }
}

struct BandedAxis {
  AxisShape shape;
  const BandedRule* rule = nullptr;

  BandedAxis(int64_t n, int64_t m, int64_t stride, const Sizes& start, const Rows& band,
             const Rows& first, const Rows& last) {
    shape.n = n;
    shape.m = m;
    BandedRule made;
    made.stride = stride;
    made.start = start;
    Require(!start.empty() && start.size() == band.size(), "start and band: one row per phase");
    const auto taps = static_cast<int64_t>(band[0].size());
    AppendRows(band, taps, &made.band);
    made.first_rows = static_cast<int64_t>(first.size());
    made.last_rows = static_cast<int64_t>(last.size());
    if (made.edge_rows() > 0) {
      made.reach = static_cast<int64_t>((first.empty() ? last : first)[0].size());
    }
    AppendRows(first, made.reach, &made.edges);
    AppendRows(last, made.reach, &made.edges);
    Require(n > 0 && m > 0 && made.edge_rows() <= m && made.reach <= n, "edges beyond the axis");
    for (int64_t j = made.first_rows; j < m - made.last_rows; ++j) {
      const int64_t from = stride * (j / made.phases()) + start[j % made.phases()];
      Require(from >= 0 && from + taps <= n, "a row of the band beyond the signal");
    }
    rule = Keep(std::move(made));
  }
};

// An output size, as resample's own, or a banded axis.
using Axis = std::variant<int64_t, BandedAxis>;

struct Call {
  const ResampleKernels& kernels;
  ResampleShape shape;
  ResamplePlan plan;
  Sizes y_dims;

  Call(const Sizes& x_dims, const std::vector<Axis>& axes, const std::string& data_format,
       const std::string& simd, int threads)
      : kernels(FindKernels(simd)), y_dims(x_dims) {
    DataFormat format = DataFormat::kChannelsLast;
    ThrowIfError(Parse(data_format, &format));
    shape.rank = static_cast<int>(axes.size());
    Require(shape.rank >= 1 && shape.rank <= kMaxSpatialRank, "axes: 1 to 3 of them");
    Require(x_dims.size() == axes.size() + 2, "x: not of the axes' rank");
    const auto channels = static_cast<size_t>(ChannelsAt(format, shape.rank));
    shape.outer = x_dims[0] * (channels == 1 ? x_dims[1] : 1);
    shape.inner = channels == 1 ? 1 : x_dims[channels];
    AxisSpec specs[kMaxSpatialRank];
    for (size_t i = 0; i < axes.size(); ++i) {
      int64_t& length = y_dims[static_cast<size_t>(FirstSpatial(format)) + i];
      if (const auto* banded = std::get_if<BandedAxis>(&axes[i])) {
        Require(banded->shape.n == length, "x: not of a banded axis' length");
        specs[i].kind = AxisKind::kBanded;
        specs[i].rule = banded->rule;
        shape.axis[i] = banded->shape;
      } else {
        shape.axis[i].n = length;
        shape.axis[i].m = std::get<int64_t>(axes[i]);
      }
      length = shape.axis[i].m;
    }
    plan = MakeResamplePlan(shape, DataType::kFloat32, Norm::kForward, kernels.traits, CpuTuning(),
                            threads, specs);
  }
};

using Signal = py::array_t<float, py::array::c_style | py::array::forcecast>;

py::object Resample(const Signal& x, const std::vector<Axis>& axes, const std::string& data_format,
                    const std::string& simd, int threads) {
  const Call call({x.shape(), x.shape() + x.ndim()}, axes, data_format, simd, threads);
  Signal y(call.y_dims);
  HeapWorkspace workspace;
  ResampleCall run;
  run.x = x.data();
  run.result = y.mutable_data();
  {
    const py::gil_scoped_release release;
    const ThreadsFor parallel(threads);
    ThrowIfError(RunPlan(call.kernels.forward, call.plan, run, {{}, parallel, workspace}));
  }
  return y;
}

py::dict Describe(const Sizes& x_shape, const std::vector<Axis>& axes,
                  const std::string& data_format, const std::string& simd, int threads) {
  const Call call(x_shape, axes, data_format, simd, threads);
  py::dict description;
  description["stages"] = DescribeStages(call.plan);
  description["workers"] = call.plan.workers;
  description["multiply_adds"] = CountMultiplyAdds(call.plan);
  return description;
}

}  // namespace

void DefineBanded(py::module_& module) {
  py::class_<BandedAxis>(module, "BandedAxis", "A banded axis n -> m (axis_banded.h).")
      .def(py::init<int64_t, int64_t, int64_t, const Sizes&, const Rows&, const Rows&,
                    const Rows&>(),
           py::arg("n"), py::arg("m"), py::kw_only(), py::arg("stride"), py::arg("start"),
           py::arg("band"), py::arg("first"), py::arg("last"));
  const auto axes = py::arg("axes");
  const auto format = py::arg("data_format") = "channels_last";
  const auto simd = py::arg("simd") = "scalar";
  const auto threads = py::arg("threads") = 1;
  module.def("resample_banded", &Resample, py::arg("x"), axes, py::kw_only(), format, simd, threads,
             "resample of float32, along axes that are banded or, given by their output size, "
             "resample's own.");
  module.def("resample_banded_plan", &Describe, py::arg("x_shape"), axes, py::kw_only(), format,
             simd, threads, "What such a call would do.");
  module.def(
      "banded_cache", [] { return GetAxisCacheUse().entries; },
      "How many axes the cache behind it holds.");
}

}  // namespace spectral_ops
