#include "cpu/spectra/filter_plan.h"

#include <algorithm>

#include "core/integers.h"
#include "core/memory.h"
#include "cpu/axes/axis_signal.h"
#include "cpu/base/streams.h"
#include "cpu/fft/fft.h"
#include "cpu/fft/real_fft.h"
#include "cpu/fft/signal_fft.h"

namespace spectral_ops {
namespace {

// Sums over parts of the batch: as many units as keep so many workers busy, in so much memory.
constexpr int64_t kSumUnits = 8;
constexpr int64_t kSumBytes = int64_t{4} << 20;

// Of joined blocks of channels, so that no worker waits long for another.
constexpr int64_t kUnitsPerWorker = 2;

// Up to here the way of an axis matters little.
constexpr int64_t kShortAxis = 16;

AxisSpec MakeAxis(const ModeAxisShape& shape, bool last, DataType dtype, const Tuning& tuning) {
  AxisSpec spec;
  spec.kind = AxisKind::kModeFft;
  spec.modes = MapOfSide(shape, last, false, false);
  spec.type = ComputeTypeOfStored(dtype);
  spec.fft_block_bytes = tuning.fft_block_bytes;
  return spec;
}

AxisSpec MakeSignal(const FilterPlan& plan, const Tuning& tuning) {
  AxisSpec spec;
  spec.kind = AxisKind::kSignal;
  spec.shape.n = spec.shape.m = plan.last;
  spec.signal = {plan.lanes, plan.sample_step};
  spec.type = ComputeTypeOfStored(plan.dtype);
  spec.fft_block_bytes = tuning.fft_block_bytes;
  return spec;
}

// Whether some axis had better go by its matrix than by FFTs of its length. The walk of few modes
// knows that, and grids that are faster still.
bool PrefersMatrix(const FilterPlan& plan, const SimdTraits& traits, const Tuning& tuning) {
  for (AxisSpec spec : plan.axis) {
    if (spec.modes.length <= kShortAxis) continue;
    spec.row_block = traits.row_block;
    AxisSpec matrix = spec;
    matrix.kind = AxisKind::kModeMatrix;
    if (AxisFits(matrix) && AxisTime(matrix, tuning.fft_cost) < AxisTime(spec, tuning.fft_cost)) {
      return true;
    }
  }
  return false;
}

// Where lanes are rows and bins: whether most of them live.
bool FillsLanes(const FilterPlan& plan) {
  const int64_t rows = RoundUp(plan.rows(), plan.lanes);
  const int64_t bins = RoundUp(plan.bins, plan.lanes);
  return 4 * plan.rows() * bins + 4 * plan.bins * rows >= 5 * rows * bins;
}

// What lanes are; false where a spectral convolution is the better way.
bool PlaceLanes(const SpectralConvShape& shape, const Tuning& tuning, int64_t line_elements,
                FilterPlan* plan) {
  const bool planes = shape.format == DataFormat::kChannelsFirst;
  plan->sample_step = planes ? 1 : plan->channels;
  if (!planes && 2 * plan->channels > plan->lanes) {
    const int64_t vectors = CeilDiv(plan->channels, plan->lanes);
    plan->subs = std::min(vectors, std::max<int64_t>(1, line_elements / plan->lanes));
    plan->blocks = CeilDiv(vectors, plan->subs);
    return true;
  }
  plan->blocks = planes ? plan->channels : 1;
  plan->tiles = planes ? 1 : plan->channels;
  plan->planar = !plan->shared && plan->channels > 1;
  plan->lanes_of = plan->rank == 1 ? FilterLanes::kSignals : FilterLanes::kRows;
  if (plan->rank == 1) return plan->last * plan->sample_step >= tuning.resample.lane_elements;
  return FillsLanes(*plan);
}

// Multiply-adds of vectors of one unit.
double UnitWork(const FilterPlan& plan) {
  if (plan.lanes_are_signals()) return AxisWork(plan.axis[2]);
  const bool transposes = plan.lanes_of == FilterLanes::kRows;
  const int64_t rows = transposes ? CeilDiv(plan.rows(), plan.lanes) : plan.rows() * plan.subs;
  const auto columns = static_cast<double>(plan.columns);
  const double transforms = plan.sums > 0 && plan.returns && !plan.takes ? 3 : 2;
  const double tile =
      static_cast<double>(rows) * AxisWork(plan.axis[2]) +
      columns * static_cast<double>(plan.middle) * AxisWork(plan.axis[0]) +
      (plan.middle > 1 ? columns * static_cast<double>(plan.first) * AxisWork(plan.axis[1]) : 0);
  return transforms * static_cast<double>(plan.tiles * plan.steps) * tile;
}

void SizeTile(FilterPlan* plan) {
  const auto element = static_cast<int64_t>(ComputeSize(plan->dtype));
  const auto line = static_cast<int64_t>(kAlignment) / element;
  plan->columns =
      plan->lanes_are_channels() ? plan->bins * plan->subs : CeilDiv(plan->bins, plan->lanes);
  plan->tile_row = plan->columns * 2 * plan->lanes;
  // Rows a power of two apart would all fall into the same few sets of the cache.
  if (!plan->lanes_are_signals() && plan->tile_row * element % 1024 == 0) plan->tile_row += line;
  plan->tile = RoundUp(plan->rows() * plan->tile_row, line);
}

// Units as cache lines have it: results depend on the parts.
void CountUnits(const Tuning& tuning, int max_workers, FilterPlan* plan) {
  const auto element = static_cast<int64_t>(ComputeSize(plan->dtype));
  plan->units = plan->batch * plan->blocks;
  if (plan->sums > 0) {
    const int64_t bytes = plan->slots() * plan->sums * plan->tile * element;
    const int64_t most = std::max<int64_t>(1, kSumBytes / std::max<int64_t>(1, bytes));
    plan->parts =
        std::max<int64_t>(1, std::min({plan->batch, CeilDiv(kSumUnits, plan->slots()), most}));
    plan->units = plan->parts * plan->slots();
    plan->steps = CeilDiv(plan->batch, plan->parts) * (plan->shared ? plan->blocks : 1);
  }
  const double work = static_cast<double>(plan->units) * UnitWork(*plan) /
                          static_cast<double>(tuning.work_per_worker) +
                      1;
  plan->workers = work < max_workers ? static_cast<int>(work) : max_workers;
  plan->pieces = plan->workers == 1 ? 1 : plan->workers * tuning.spectral_conv.pieces_per_worker;
}

// Of a block, each `tiles` times.
int64_t SourceTiles(const FilterPlan& plan) {
  return (plan.sums > 0 && !plan.takes ? 2 : 1) - (plan.tileless ? 1 : 0);
}

// What a step goes to more than once: its tiles, or with a spectrum from outside one and the sums.
int64_t NearTiles(const FilterPlan& plan) {
  return (plan.sums > 0 ? 2 : 1) - (plan.tileless ? 1 : 0);
}

// Has a block take more channels, which lie beside each other, while its tiles stay in the cache
// and there are units for all workers. Sums over channels would depend on it.
void JoinVectors(const Tuning& tuning, FilterPlan* plan) {
  if (!plan->lanes_are_channels() || (plan->shared && plan->sums > 0)) return;
  const auto element = static_cast<int64_t>(ComputeSize(plan->dtype));
  const int64_t vectors = CeilDiv(plan->channels, plan->lanes);
  const int64_t each = plan->units / plan->blocks;
  for (int64_t blocks = 1; blocks < plan->blocks; ++blocks) {
    FilterPlan joined = *plan;
    joined.subs = CeilDiv(vectors, blocks);
    joined.blocks = CeilDiv(vectors, joined.subs);
    joined.units = each * joined.blocks;
    SizeTile(&joined);
    const int64_t bytes = NearTiles(joined) * joined.tile * element;
    if (bytes > tuning.spectral_conv.filter_bytes) continue;
    if (joined.units < kUnitsPerWorker * plan->workers) continue;
    *plan = joined;
    return;
  }
}

// Whether the result goes past the caches. A single vector of channels does not: it lies line by
// line, and the processor fetches its lines by itself.
bool Streams(const FilterPlan& plan, const Tuning& tuning) {
  return plan.returns && !plan.tileless && plan.lanes_are_channels() && plan.lanes > 1 &&
         plan.channels > plan.lanes && ElementSize(plan.dtype) == ComputeSize(plan.dtype) &&
         LeavesCaches(plan.batch * plan.rows() * plan.last * plan.channels, plan.channels,
                      plan.dtype, tuning);
}

// The spectrum of a signal, as it is there.
int64_t SignalElements(const FilterPlan& plan) {
  return 2 * ShapeOfSignal(plan.last, plan.sample_step, plan.lanes, plan.bins - 1).part_elements;
}

void TakeMemory(FilterPlan* plan) {
  const auto element = static_cast<int64_t>(ComputeSize(plan->dtype));
  const int64_t vector = plan->lanes * element;
  const bool gradient = plan->sums > 0;
  int64_t tile = plan->tile;
  if (plan->lanes_are_signals()) tile = SignalElements(*plan);
  const int64_t tiles = tile * plan->tiles * SourceTiles(*plan) * element;
  size_t offset = 0;
  if (plan->planar && plan->returns) {
    plan->planar_offset = Take(&offset, plan->channels * plan->rows() * plan->columns * 2 * vector);
  }
  plan->sums_offset = Take(&offset, plan->units * plan->sums * plan->tile * element);
  if (plan->together) plan->tiles_offset = Take(&offset, plan->units * tiles);
  plan->worker_offset = offset;

  size_t worker = 0;
  if (!plan->together) plan->tiles_offset = Take(&worker, tiles);
  plan->order_offset =
      Take(&worker, (plan->first + plan->middle) * static_cast<int64_t>(sizeof(int32_t)));
  if (plan->lanes_are_signals()) {
    plan->scratch_offset = Take(&worker, AxisScratch(plan->axis[2]) * vector);
  } else {
    const int64_t highest = plan->bins - 1;
    const bool transposes = plan->lanes_of == FilterLanes::kRows;
    const int64_t row =
        transposes ? RoundUp(plan->last * plan->sample_step, plan->lanes) : plan->last;
    plan->row_offset = Take(&worker, (plan->streams ? plan->subs : 1) * row * vector);
    if (transposes) {
      plan->bins_offset = Take(&worker, plan->columns * plan->lanes * 2 * vector);
    }
    const int64_t longest = std::max(plan->first, plan->middle);
    plan->data_offset =
        Take(&worker, std::max(RealFftElements(plan->last, highest), 2 * longest) * vector);
    if (gradient) plan->other_offset = Take(&worker, 2 * plan->first * vector);
    plan->scratch_offset = Take(
        &worker,
        std::max({RealFftScratch(plan->last), FftScratch(plan->first), FftScratch(plan->middle)}) *
            vector);
  }
  plan->worker_bytes = worker;
  plan->workspace_bytes = plan->worker_offset + static_cast<size_t>(plan->workers) * worker;
}

}  // namespace

FilterPlan MakeFilterPlan(const SpectralConvShape& shape, const SpectrumRequest& request,
                          DataType dtype, Norm norm, const SimdTraits& traits, const Tuning& tuning,
                          int max_workers) {
  FilterPlan plan;
  if (!IsFilter(shape)) return plan;
  const auto element = static_cast<int64_t>(ComputeSize(dtype));
  plan.dtype = dtype;
  plan.scale = SpectralConvScale(shape, norm);
  plan.lanes = std::max<int64_t>(1, traits.vector_bytes / element);
  plan.rank = shape.rank;
  plan.batch = shape.batch;
  plan.channels = shape.in;
  plan.shared = shape.shared || shape.in == 1;
  if (plan.channels == 0 || plan.batch == 0) return plan;
  const int first = shape.rank == 2 ? 1 : 0;
  plan.first = shape.axis[first].n;
  plan.middle = shape.rank == 3 ? shape.axis[1].n : 1;
  plan.last = shape.axis[2].n;
  plan.bins = plan.last / 2 + 1;
  plan.ahead_bytes = tuning.ahead_bytes;
  const int64_t line = static_cast<int64_t>(kAlignment);
  const int64_t line_elements = line / static_cast<int64_t>(ElementSize(dtype));
  if (!PlaceLanes(shape, tuning, line_elements, &plan)) return plan;
  const bool sums = shape.kind == SpectralConvKind::kWeightGradient;
  plan.conjugate = request.both || shape.kind == SpectralConvKind::kAdjoint;
  plan.returns = request.both || !sums;
  if (sums) plan.sums = plan.shared ? 1 : plan.tiles;
  if (plan.lanes_are_signals()) {
    plan.axis[2] = MakeSignal(plan, tuning);
  } else {
    plan.axis[0] = MakeAxis(shape.axis[first], false, dtype, tuning);
    plan.axis[1] = MakeAxis(shape.axis[shape.rank == 3 ? 1 : 0], false, dtype, tuning);
    plan.axis[2] = MakeAxis(shape.axis[2], true, dtype, tuning);
    // With sums, the walk of few modes writes and reads whole spectra, which costs more; and what
    // is kept here saves both gradients a transform.
    if (!sums && !request.keeps && plan.lanes_are_channels() &&
        PrefersMatrix(plan, traits, tuning)) {
      return plan;
    }
  }
  SizeTile(&plan);
  plan.keeps = request.keeps && shape.kind == SpectralConvKind::kForward;
  plan.takes = request.both && request.spectrum == SpectrumDims(plan);
  plan.tileless =
      plan.rank == 1 && plan.lanes_are_channels() && WayOfRealFft(plan.last) != RealFftWay::kChirp;
  CountUnits(tuning, max_workers, &plan);
  JoinVectors(tuning, &plan);
  const int64_t rounds = CeilDiv(plan.units, int64_t{plan.workers});
  plan.together = plan.rank > 1 && 5 * plan.units < 4 * rounds * plan.workers;
  plan.streams = Streams(plan, tuning);
  plan.streams_spectrum = plan.keeps && !plan.lanes_are_signals() &&
                          LeavesCaches(CountElements(SpectrumDims(plan)), 2 * plan.lanes,
                                       ComputeTypeOfStored(dtype), tuning);
  TakeMemory(&plan);
  plan.runs = true;
  return plan;
}

Dims SpectrumDims(const FilterPlan& plan) {
  if (plan.lanes_are_signals()) {
    const int64_t dims[] = {plan.batch * plan.channels, SignalElements(plan)};
    return MakeDims(dims, 2);
  }
  const int64_t dims[] = {plan.batch * plan.vectors(), plan.middle * plan.vector_columns(),
                          plan.first, 2 * plan.lanes};
  return MakeDims(dims, 4);
}

bool HoldAxes(const FilterPlan& plan, HeldAxes* axes) {
  for (int i = plan.lanes_are_signals() ? 2 : 0; i < kMaxSpatialRank; ++i) {
    if (!axes->Hold(i, plan.axis[i])) return false;
  }
  return true;
}

}  // namespace spectral_ops
