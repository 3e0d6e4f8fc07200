#include "core/wavelet.h"

#include <algorithm>
#include <iterator>
#include <limits>

#include "core/integers.h"

namespace spectral_ops {
namespace {

Status CheckBandDims(const WaveletCall& call) {
  const int rank = call.rank;
  const Dims& dims = call.band_dims;
  if (dims.rank != rank + 3) {
    return Status::InvalidArgument("bands: shape ", Text(dims), "; with ", rank,
                                   " filters its rank must be ", rank + 3);
  }
  const int64_t bands = dims[BandsAt(call.format, rank)];
  const int64_t wanted = int64_t{1} << rank;
  if (bands == wanted) return {};
  return Status::InvalidArgument("bands: ", bands, " bands on dimension ",
                                 BandsAt(call.format, rank), "; allowed with ", rank,
                                 " spatial axes: ", wanted);
}

Status RefuseElements(const char* name) {
  return Status::InvalidArgument(name, ": the result would have more elements than can be counted");
}

}  // namespace

Status Parse(std::string_view text, WaveletRule* rule) {
  return FindName("rule", text, {"dwt", "idwt", "swt"}, rule);
}

Status Parse(std::string_view text, WaveletMode* mode) {
  return FindName("mode", text,
                  {"zero", "constant", "symmetric", "reflect", "periodic", "smooth",
                   "periodization", "antisymmetric", "antireflect"},
                  mode);
}

Status CheckWaveletAxis(const WaveletCall& call, int axis, int64_t n) {
  const bool reflects =
      call.mode == WaveletMode::kReflect || call.mode == WaveletMode::kAntireflect;
  if (n != 1 || !reflects || call.rule != WaveletRule::kDwt) return {};
  const char* name = call.mode == WaveletMode::kReflect ? "reflect" : "antireflect";
  return Status::InvalidArgument("x: spatial axis ", axis, " has length 1; allowed with mode '",
                                 name, "': 2 to ", kMaxAxisLength);
}

Status CheckFilters(const WaveletCall& call, int axis) {
  const Dims& dims = call.filter_dims[static_cast<size_t>(axis)];
  const bool fits = dims.rank == 2 && (dims[0] == 2 || dims[0] < 0) &&
                    (dims[1] < 0 || (dims[1] >= 2 && dims[1] <= kMaxTaps && dims[1] % 2 == 0));
  if (fits || dims.rank < 0) return {};
  return Status::InvalidArgument("filters[", axis, "]: shape ", Text(dims),
                                 "; allowed: [2, taps] with an even number of taps from 2 to ",
                                 kMaxTaps);
}

Status Check(const WaveletCall& call, WaveletShape* shape, Dims* result_dims) {
  const int rank = call.rank;
  if (rank < 1 || rank > kMaxSpatialRank) {
    return Status::InvalidArgument("filters: ", rank, " of them; allowed: 1 to ", kMaxSpatialRank,
                                   ", one for each spatial axis");
  }
  if (call.level < 0 || call.level > kMaxWaveletLevel) {
    return Status::InvalidArgument("level: ", call.level, "; allowed: 0 to ", kMaxWaveletLevel);
  }
  for (int i = 0; i < rank; ++i) SPECTRAL_OPS_RETURN_IF_ERROR(CheckFilters(call, i));
  const bool analysis = call.map == WaveletMap::kAnalysis;
  const bool synthesis = call.map == WaveletMap::kSynthesis;
  if (!synthesis && call.x_dims.rank != rank + 2) {
    return Status::InvalidArgument("x: shape ", Text(call.x_dims), "; with ", rank,
                                   " filters its rank must be ", rank + 2);
  }
  if (!analysis) SPECTRAL_OPS_RETURN_IF_ERROR(CheckBandDims(call));
  if (synthesis && call.size.rank != rank) {
    return Status::InvalidArgument("output_size: ", call.size.rank, " entries; allowed: ", rank,
                                   ", one for each spatial axis");
  }
  const Dims& own = synthesis ? call.band_dims : call.x_dims;
  const int channels_at =
      call.format == DataFormat::kChannelsLast ? own.rank - 1 : (synthesis ? 2 : 1);
  *shape = WaveletShape();
  shape->map = call.map;
  shape->format = call.format;
  shape->rank = rank;
  shape->batch = own[0];
  shape->channels = own[channels_at];
  shape->filter_axis = call.axis;
  Dims x_dims;
  x_dims.rank = rank + 2;
  x_dims[0] = shape->batch;
  x_dims[ChannelsAt(call.format, rank)] = shape->channels;
  Dims bands;
  bands.rank = rank + 3;
  bands[0] = shape->batch;
  bands[BandsAt(call.format, rank)] = shape->bands();
  bands[call.format == DataFormat::kChannelsLast ? rank + 2 : 2] = shape->channels;
  for (int i = 0; i < rank; ++i) {
    const int64_t n = synthesis ? call.size[i] : call.x_dims[FirstSpatial(call.format) + i];
    if (synthesis && n < 1) return RefuseSize("output_size", i, n);
    SPECTRAL_OPS_RETURN_IF_ERROR(synthesis ? CheckSize("output_size", i, n)
                                           : CheckLength("x", i, n));
    SPECTRAL_OPS_RETURN_IF_ERROR(CheckWaveletAxis(call, i, n));
    WaveletAxis& axis = shape->axis[i];
    axis.n = n;
    axis.taps = call.filter_dims[static_cast<size_t>(i)][1];
    axis.rule = call.rule;
    axis.mode = call.mode;
    axis.level = call.level;
    axis.h = CountCoefficients(call.rule, call.mode, n, axis.taps);
    x_dims[FirstSpatial(call.format) + i] = n;
    const int place = FirstSpatialOfBands(call.format) + i;
    bands[place] = axis.h;
    if (!analysis && call.band_dims[place] != axis.h) {
      return Status::InvalidArgument("bands: ", call.band_dims[place],
                                     " coefficients on spatial axis ", i, "; allowed for ", n,
                                     " samples and ", axis.taps, " taps: ", axis.h);
    }
  }
  constexpr int64_t kMaxElements = std::numeric_limits<int64_t>::max() / 16;
  for (const Dims* dims : {&x_dims, &bands}) {
    const int64_t elements = CountWithoutZeros(*dims);
    if (elements < 0 || elements > kMaxElements) {
      return RefuseElements(synthesis ? "output_size" : "x");
    }
  }
  if (analysis) {
    *result_dims = bands;
    return {};
  }
  if (synthesis) {
    *result_dims = x_dims;
    return {};
  }
  if (ElementSize(call.dtype) != ComputeSize(call.dtype)) {
    return Status::InvalidArgument("x: a half type; allowed here: float32, float64");
  }
  if (call.axis < 0 || call.axis >= rank) {
    return Status::InvalidArgument("axis: ", call.axis, "; allowed: 0 to ", rank - 1);
  }
  for (int i = 0; i < bands.rank; ++i) {
    if (call.band_dims[i] == bands[i]) continue;
    return Status::InvalidArgument("bands: shape ", Text(call.band_dims),
                                   "; allowed with this x: ", Text(bands));
  }
  *result_dims = Dims();
  result_dims->rank = 2;
  (*result_dims)[0] = 2;
  (*result_dims)[1] = shape->axis[call.axis].taps;
  return {};
}

}  // namespace spectral_ops
