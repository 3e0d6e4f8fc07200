#include "gpu/filter.h"

#include <algorithm>
#include <limits>

#include "core/integers.h"
#include "gpu/chain_place.h"

namespace spectral_ops::gpu {
namespace {

// Of a copy's rate, what kernels of the FFT library reach: as in bench/gpu_cost.py.
constexpr double kFftShare = 0.85;

// That give every thread of a block some butterflies in each stage: small planes go in larger
// numbers than the eight channels that share 32 bytes.
constexpr int64_t kBusyNumbers = 4096;

template <class S>
constexpr int64_t kNumberBytes = sizeof(Complex<S>);

FilterPlan PlanFor(const SpectralConvShape& shape) {
  FilterPlan plan;
  for (int i = 0; i < kMaxSpatialRank; ++i) plan.length[i] = shape.axis[i].n;
  plan.channels_last = shape.format == DataFormat::kChannelsLast && shape.in > 1;
  return plan;
}

// Spectra of two tensors, the first alone where there is no gradient, and its sums.
void TakeSpectra(const SpectralConvShape& shape, int64_t element, int64_t rows,
                 size_t* workspace_bytes, FilterPlan* plan) {
  const bool gradient = shape.kind == SpectralConvKind::kWeightGradient;
  const int64_t spectrum = 2 * plan->Bins() * element;
  for (int s = 0; s < (gradient ? 2 : 1); ++s) {
    plan->spectrum_offset[s] = TakeAligned(workspace_bytes, rows * spectrum);
  }
  if (gradient) plan->sums_offset = TakeAligned(workspace_bytes, shape.in * spectrum);
}

void TakeResponse(const SpectralConvShape& shape, int64_t element, size_t* workspace_bytes,
                  FilterPlan* plan) {
  if (shape.kind == SpectralConvKind::kWeightGradient) return;
  plan->response_offset =
      TakeAligned(workspace_bytes, 2 * plan->Bins() * (shape.shared ? 1 : shape.in) * element);
}

// How many channels, or planes, a block takes: two blocks on a processor where each has more than
// one channel, and few of them where there would be fewer blocks than processors have room for.
template <class S>
bool PlacePlanes(const GpuTraits& traits, const SpectralConvShape& shape, FilterPlan* plan) {
  const int64_t height = plan->length[1];
  const int64_t width = plan->length[2];
  const auto most = static_cast<int64_t>(traits.shared_bytes);
  if (plan->length[0] != 1 || height > most || width > most) return false;
  const int64_t bytes = height * PackedLength(width) * kNumberBytes<S>;
  if (bytes > most || !MakePlaneFft<S>(height, width, &plan->planes)) return false;
  const auto pair = static_cast<int64_t>(traits.shared_pair_bytes);
  const int64_t wanted = 2 * traits.processors;
  if (!plan->channels_last) {
    const int64_t small = kBusyNumbers / plan->planes.PlaneNumbers();
    int64_t planes = std::max<int64_t>(1, std::min(pair / bytes, std::max<int64_t>(8, small)));
    while (planes > 1 && CeilDiv(shape.batch * shape.in, planes) < wanted) planes /= 2;
    SetLines(0, static_cast<int32_t>(planes), &plan->planes);
    return true;
  }
  int log_lines = 5;
  while (log_lines > 3 && (plan->planes.PlaneNumbers() << log_lines) > kBusyNumbers) --log_lines;
  while (log_lines > 0 && (1 << (log_lines - 1)) >= shape.in) --log_lines;
  const auto largest = [&](int64_t room) {
    int log = log_lines;
    while (log > 0 && (bytes << log) > room) --log;
    return log;
  };
  log_lines = largest(pair) > 0 ? largest(pair) : largest(most);
  while (log_lines > 0 && shape.batch * CeilDiv(shape.in, 1 << log_lines) < wanted) --log_lines;
  SetLines(log_lines, 1, &plan->planes);
  return true;
}

// What the library's transforms and what stands around them move, in clocks of a processor for
// each image: each axis reads and writes, there and back, as do the product and, where channels
// come last or numbers are converted, the copies to rows and back.
double FftClocks(const SpectralConvShape& shape, DataType dtype, const FilterPlan& plan) {
  int axes = 0;
  for (const int64_t length : plan.length) axes += length > 1 ? 1 : 0;
  const bool copies = plan.channels_last || ElementSize(dtype) != ComputeSize(dtype);
  const int moves = 4 * std::max(1, axes) + 2 + (copies ? 4 : 0);
  const double bytes = static_cast<double>(plan.Samples()) * static_cast<double>(shape.in) *
                       static_cast<double>(ComputeSize(dtype));
  return moves * bytes / (kFftShare * kBytesOfClock);
}

}  // namespace

bool MakePlanesPlan(const SpectralConvShape& shape, DataType dtype, const GpuTraits& traits,
                    size_t* workspace_bytes, FilterPlan* plan) {
  if (traits.algorithm != GpuAlgorithm::kAuto || !traits.fuses) return false;
  *plan = PlanFor(shape);
  const bool is_double = dtype == DataType::kFloat64;
  plan->used = is_double ? PlacePlanes<double>(traits, shape, plan)
                         : PlacePlanes<float>(traits, shape, plan);
  if (!plan->used) return false;
  plan->by_planes = true;
  const auto element = static_cast<int64_t>(ComputeSize(dtype));
  plan->tables_offset =
      TakeAligned(workspace_bytes,
                  static_cast<int64_t>(is_double ? PlaneFftTables<double>::Bytes(plan->planes)
                                                 : PlaneFftTables<float>::Bytes(plan->planes)));
  TakeResponse(shape, element, workspace_bytes, plan);
  if (shape.kind != SpectralConvKind::kWeightGradient) return true;
  // Spectra stay in the L2 cache until they are added.
  const int64_t image = 2 * plan->Bins() * shape.in * element;
  plan->images = std::min(shape.batch, static_cast<int64_t>(traits.chunk_bytes) / image);
  plan->images = std::max<int64_t>(1, plan->images);
  TakeSpectra(shape, element, plan->images * shape.in, workspace_bytes, plan);
  return true;
}

Status MakeFilterPlan(const SpectralConvShape& shape, DataType dtype, const GpuTraits& traits,
                      double modes_clocks, size_t* workspace_bytes, FilterPlan* plan) {
  FilterPlan made = PlanFor(shape);
  const bool is_auto = traits.algorithm == GpuAlgorithm::kAuto;
  if (traits.algorithm == GpuAlgorithm::kMatrix) return {};
  if (made.Samples() > std::numeric_limits<int32_t>::max()) return {};
  if (is_auto && FftClocks(shape, dtype, made) >= modes_clocks) return {};
  const auto element = static_cast<int64_t>(ComputeSize(dtype));
  const int64_t row_bytes = 2 * made.Bins() * element;
  const int64_t most = std::max<int64_t>(1, static_cast<int64_t>(traits.fft_bytes) / row_bytes);
  if (shape.kind == SpectralConvKind::kWeightGradient) {
    const int64_t turns = CeilDiv(shape.batch, std::max<int64_t>(1, most / shape.in));
    made.images = CeilDiv(shape.batch, turns);
    made.rows = made.images * shape.in;
  } else {
    const int64_t all = shape.batch * shape.in;
    made.rows = CeilDiv(all, CeilDiv(all, most));
  }
  size_t work = 0;
  for (const FftKind kind : {FftKind::kRealToComplex, FftKind::kComplexToReal}) {
    size_t bytes = 0;
    const Status status = traits.FftWorkBytes(made.Fft(kind, dtype == DataType::kFloat64), &bytes);
    if (!status.ok()) return is_auto ? Status() : status;
    work = std::max(work, bytes);
  }
  made.used = true;
  TakeResponse(shape, element, workspace_bytes, &made);
  TakeSpectra(shape, element, made.rows, workspace_bytes, &made);
  made.signal_offset = TakeAligned(workspace_bytes, made.rows * made.Samples() * element);
  made.work_offset = TakeAligned(workspace_bytes, static_cast<int64_t>(work));
  *plan = made;
  return {};
}

}  // namespace spectral_ops::gpu
