#include "cpu/resample/resample_plan.h"

#include <algorithm>

#include "core/integers.h"
#include "core/memory.h"
#include "cpu/base/streams.h"
#include "cpu/resample/resample_steps.h"

namespace spectral_ops {
namespace {

constexpr int64_t kManyTasks = int64_t{1} << 40;

// Drops axes that keep what they are: leading ones join `outer`, trailing ones `inner`. One between
// two others stays. What is left is aligned to the right.
void DropIdentities(const ResampleShape& given, const AxisSpec* specs, ResamplePlan* plan) {
  int first = 0;
  int last = given.rank;
  plan->shape = ResampleShape();
  plan->shape.outer = given.outer;
  plan->shape.inner = given.inner;
  while (first < last && IsIdentity(specs[first])) plan->shape.outer *= given.axis[first++].n;
  while (first < last && IsIdentity(specs[last - 1])) plan->shape.inner *= given.axis[--last].n;
  plan->shape.rank = last - first;
  for (int i = 0; i < plan->shape.rank; ++i) {
    const int to = kMaxSpatialRank - plan->shape.rank + i;
    plan->shape.axis[to] = given.axis[first + i];
    plan->spec[to] = specs[first + i];
    plan->source_axis[to] = first + i;
  }
}

// Time of one axis for one vector, in multiply-adds.
double AxisTime(const ResamplePlan& plan, int i, double fft_cost) {
  return plan.IsIdentity(i) ? 0 : spectral_ops::AxisTime(plan.spec[i], fft_cost);
}

// Vectors of one image that run along axis i, on its shorter way through the others.
double VectorsAlong(const ResamplePlan& plan, int i) {
  auto vectors = static_cast<double>(plan.shape.inner) / static_cast<double>(plan.lanes);
  for (int k = kMaxSpatialRank - plan.shape.rank; k < kMaxSpatialRank; ++k) {
    if (k != i) vectors *= static_cast<double>(std::min(plan.axis(k).n, plan.axis(k).m));
  }
  return std::max(vectors, 1.0);
}

void ChooseKinds(const Tuning& tuning, ResamplePlan* plan) {
  for (int i = kMaxSpatialRank - plan->shape.rank; i < kMaxSpatialRank; ++i) {
    if (plan->IsIdentity(i)) continue;
    plan->spec[i].kind = ChooseKind(plan->spec[i], tuning.fft_cost, VectorsAlong(*plan, i));
  }
}

// What a slice of few channels takes, in multiply-adds of vectors, by what its lanes are and by
// which of its two axes goes first. Rows and columns count in whole vectors, images in fractions of
// them. Rows are transposed for the last axis alone; of images all input and output is.
struct SliceTimes {
  double rows_last_first = 0;
  double rows_middle_first = 0;
  double images = 0;  // the last axis first
};
SliceTimes TimeSlice(const ResamplePlan& plan, const Tuning& tuning) {
  const AxisShape& middle = plan.axis(1);
  const AxisShape& last = plan.axis(2);
  const int64_t inner = plan.shape.inner;
  const double transpose = tuning.resample.transpose_cost;
  const double middle_time = AxisTime(plan, 1, tuning.fft_cost);
  const double last_time = AxisTime(plan, 2, tuning.fft_cost);
  const auto time = [&](int64_t rows, int64_t columns) {
    return static_cast<double>(CeilDiv(rows, plan.lanes) * inner) *
               (last_time + transpose * static_cast<double>(last.n + last.m)) +
           static_cast<double>(CeilDiv(columns * inner, plan.lanes)) * middle_time;
  };
  SliceTimes times;
  times.rows_last_first = time(middle.n, last.m);
  times.rows_middle_first = time(middle.m, last.n);
  const double samples = static_cast<double>(middle.n * last.n + middle.m * last.m);
  times.images = tuning.resample.images_time *
                 (static_cast<double>(middle.n) * last_time +
                  static_cast<double>(last.m) * middle_time + transpose * samples) *
                 static_cast<double>(inner) / static_cast<double>(plan.lanes);
  return times;
}

// Which lanes and which order of axes. The order, which rounding depends on, is the same in any
// batch.
ResampleRoute ChooseRoute(const ResamplePlan& plan, const Tuning& tuning) {
  ResampleRoute route;
  const int64_t inner = plan.shape.inner;
  const int64_t images = plan.shape.outer;
  if (2 * inner <= plan.lanes) {
    const int64_t most = std::max(plan.shape.InputElements(), plan.shape.OutputElements()) / images;
    const bool small = plan.shape.rank > 1 && most <= tuning.resample.lane_elements;
    const SliceTimes times = TimeSlice(plan, tuning);
    // Small volumes are not counted: no other order of theirs was measured.
    const bool volumes = small && plan.shape.rank == 3;
    const bool may_be_lanes = volumes || (small && times.images < times.rows_last_first);
    const double last_first_time = may_be_lanes ? times.images : times.rows_last_first;
    route.last_first = volumes || last_first_time < times.rows_middle_first;
    const bool are_lanes = may_be_lanes && route.last_first && images >= 2 * plan.lanes;
    route.lanes = are_lanes ? LaneOrder::kImages : LaneOrder::kRows;
  }
  const bool shrinks = plan.axis(1).m * plan.axis(2).m <= plan.axis(1).n * plan.axis(2).n;
  route.slices_first = route.last_first || shrinks;
  // Rows that the middle axis only copies stay out of the tile, where that makes it fit.
  route.copies_last = plan.shape.rank == 2 && route.lanes == LaneOrder::kChannels &&
                      CanLeaveCopiesOut(plan.spec[1]) &&
                      inner * TileBytesPerChannel(plan, route) > tuning.resample.tile_bytes;
  return route;
}

// The widest channel block of whole vectors whose tiles fit the cache; at least one vector, for
// half-empty ones take twice the time, and a tile beyond the cache does not.
int64_t ChooseChannelBlock(const ResamplePlan& plan, const ResampleRoute& route,
                           const Tuning& tuning) {
  const int64_t inner = plan.shape.inner;
  if (route.lanes != LaneOrder::kChannels) return inner;
  const int64_t channel = std::max<int64_t>(TileBytesPerChannel(plan, route), 1);
  const int64_t vector = channel * plan.lanes;
  // Far beyond it, and where there is more to read than to write, lines of two vectors side by side
  // come in faster than those of one.
  const bool reads = plan.shape.InputElements() > plan.shape.OutputElements();
  const bool pairs = CeilDiv(inner, plan.lanes) % 2 == 0;
  const int64_t least = reads && pairs && vector > 10 * tuning.resample.tile_bytes ? 2 : 1;
  const int64_t vectors = std::max(least, tuning.resample.tile_bytes / vector);
  const int64_t blocks = CeilDiv(inner, vectors * plan.lanes);
  return std::min(inner, RoundUp(CeilDiv(inner, blocks), plan.lanes));
}

// Rows that are transposed at once: whole vectors of them, in pairs where that fills bundles; of
// small images as many as stay in the L1 cache.
int64_t CountRowsPacked(const ResamplePlan& plan, const ResampleRoute& route,
                        const Tuning& tuning) {
  if (route.lanes == LaneOrder::kRows) {
    const bool pairs = plan.shape.inner % 2 != 0 && plan.shape.inner <= 5;
    return pairs ? 2 * plan.lanes : plan.lanes;
  }
  const int64_t row =
      plan.axis(2).n * plan.shape.inner * static_cast<int64_t>(ComputeSize(plan.dtype));
  const int64_t rows = std::max<int64_t>(2, tuning.resample.packed_bytes / row / 2 * 2);
  return std::min(rows, RoundUp(plan.axis(1).n, 2));
}

// Multiply-adds of vectors of one image.
double ImageWork(const ResamplePlan& plan, const Tuning& tuning) {
  double work = 0;
  for (int i = kMaxSpatialRank - plan.shape.rank; i < kMaxSpatialRank; ++i) {
    auto others = static_cast<double>(plan.shape.inner) / static_cast<double>(plan.lanes);
    for (int k = kMaxSpatialRank - plan.shape.rank; k < kMaxSpatialRank; ++k) {
      if (k != i) others *= static_cast<double>(std::max(plan.axis(k).n, plan.axis(k).m));
    }
    work += others * AxisTime(plan, i, tuning.fft_cost);
  }
  return work;
}

// Whether the result goes past the caches; each bundle fills the lines that it writes.
bool Streams(const ResamplePlan& plan, const Tuning& tuning) {
  return plan.lane_order() == LaneOrder::kChannels &&
         FillsLines(kVectors * plan.lanes, plan.dtype) &&
         FillsLines(plan.channel_block, plan.dtype) &&
         LeavesCaches(plan.shape.OutputElements(), plan.channels, plan.dtype, tuning);
}

// Units of the step that has the fewest: workers that share a task share these.
int64_t LeastUnits(const ResamplePlan& plan) {
  int64_t least = kManyTasks;
  for (int s = 0; s < plan.whole.steps; ++s) {
    const ResampleStep& step = plan.whole.step[s];
    AxisRegion region = step.stage[0].region;
    if (region.rows == 0) region.rows = plan.image_group;
    const bool channels = step.stage[0].lanes == LaneOrder::kChannels;
    const int64_t units =
        channels ? region.Bundles(plan.lanes) : CeilDiv(region.rows, plan.rows_packed);
    least = std::min(least, step.slices > 0 ? step.slices : units);
  }
  return least;
}

void DivideTasks(const Tuning& tuning, int max_workers, ResamplePlan* plan) {
  const bool images_are_lanes = plan->image_group > 1;
  double work = ImageWork(*plan, tuning);
  if (plan->shape.rank == 1) {
    // Rows are taken in groups: enough of them to fill lanes and to be worth a task.
    const double wanted = static_cast<double>(tuning.work_per_worker) / (2 * work + 1) + 1;
    const int64_t fair = CeilDiv(plan->shape.outer, int64_t{4} * max_workers);
    plan->image_group = wanted < static_cast<double>(fair) ? static_cast<int64_t>(wanted) : fair;
    const bool packed = plan->lane_order() == LaneOrder::kRows;
    plan->image_group = RoundUp(plan->image_group, packed ? plan->rows_packed : kVectors);
  }
  const int64_t groups = CeilDiv(plan->shape.outer, plan->image_group);
  plan->tasks = groups * CeilDiv(plan->shape.inner, plan->channel_block);
  work *= static_cast<double>(images_are_lanes ? groups : plan->shape.outer);
  plan->workers = CountWorkers(kManyTasks, work, tuning, max_workers);
  // Sharing costs a meeting of all workers after each step; idle ones in the last round cost more,
  // if each has something to share.
  const int64_t rounds = CeilDiv(plan->tasks, plan->workers);
  plan->shared = !images_are_lanes && 5 * plan->tasks < 4 * rounds * plan->workers &&
                 (rounds == 1 || LeastUnits(*plan) >= plan->workers);
  plan->pieces = plan->workers * tuning.pieces_per_worker;
  if (!plan->shared) {
    plan->workers = static_cast<int>(std::min<int64_t>(plan->workers, plan->tasks));
  }
}

// The workspace: operators that have windows, the tables that build them, each worker's tiles.
void LayOut(const ResampleRoute& route, int64_t tile_row, ResamplePlan* plan) {
  const auto element = static_cast<int64_t>(ComputeSize(plan->dtype));
  const int rank = plan->shape.rank;
  size_t offset = 0;
  int64_t axis_scratch = 0;  // elements per lane
  for (int i = kMaxSpatialRank - rank; i < kMaxSpatialRank; ++i) {
    const AxisSpec& spec = plan->spec[i];
    if (plan->IsIdentity(i)) continue;
    axis_scratch = std::max(axis_scratch, AxisScratch(spec));
    if (!spec.shape.windowed) continue;
    plan->operator_offset[i] = Take(&offset, AxisBytes(spec));
    plan->table_offset[i] = Take(&offset, AxisTableBytes(spec));
  }
  const TileSizes tiles = MeasureTiles(*plan, route);
  const int64_t row_elements = route.last_first ? plan->axis(2).m : plan->axis(2).n;
  const auto slice_bytes = static_cast<size_t>(tiles.slice / row_elements * tile_row * element);
  const auto volume_bytes = static_cast<size_t>(tiles.volume * plan->channel_block * element);
  plan->between_bytes = AlignUp(rank == 3 ? volume_bytes : slice_bytes);
  plan->worker_offset = offset;
  size_t worker = 0;
  (plan->shared ? plan->worker_offset : worker) += plan->between_bytes;
  if (rank == 3) plan->slice_offset = Take(&worker, slice_bytes);
  plan->axis_offset = Take(&worker, static_cast<size_t>(axis_scratch * plan->lanes * element));
  const auto take = [&](int64_t vectors) {
    return Take(&worker,
                static_cast<size_t>(RoundUp(vectors, plan->lanes) * plan->lanes * element));
  };
  if (route.lanes == LaneOrder::kRows) {
    const int64_t packs = plan->rows_packed / plan->lanes;
    plan->packed_offset = take(packs * RoundUp(plan->axis(2).n * plan->channels, plan->lanes));
    plan->unpacked_offset = take(packs * RoundUp(plan->axis(2).m * plan->channels, plan->lanes));
  } else if (route.lanes == LaneOrder::kImages) {
    plan->packed_offset = take(plan->rows_packed * plan->axis(2).n * plan->channels);
    plan->unpacked_offset = take(plan->shape.OutputElements() / plan->shape.outer / plan->lanes);
  }
  plan->worker_bytes = worker;
  plan->workspace_bytes = plan->worker_offset + static_cast<size_t>(plan->workers) * worker;
}

}  // namespace

int CountWorkers(int64_t tasks, double work, const Tuning& tuning, int max_workers) {
  const double shares = work / static_cast<double>(tuning.work_per_worker) + 1;
  const int64_t useful = shares < static_cast<double>(tasks) ? static_cast<int64_t>(shares) : tasks;
  return static_cast<int>(std::max<int64_t>(1, std::min<int64_t>(useful, max_workers)));
}

ResamplePlan MakeResamplePlan(const ResampleShape& shape, DataType dtype, Norm norm,
                              const SimdTraits& traits, const Tuning& tuning, int max_workers,
                              const AxisSpec* axes) {
  ResamplePlan plan;
  plan.dtype = dtype;
  AxisSpec specs[kMaxSpatialRank];
  for (int i = 0; i < shape.rank; ++i) {
    if (axes != nullptr) specs[i] = axes[i];
    specs[i].shape = shape.axis[i];
    specs[i].norm = norm;
    specs[i].type = ComputeTypeOfStored(dtype);
    specs[i].row_block = traits.row_block;
    specs[i].fft_block_bytes = tuning.fft_block_bytes;
  }
  DropIdentities(shape, specs, &plan);
  const auto element = static_cast<int64_t>(ComputeSize(dtype));
  plan.lanes = std::max<int64_t>(1, traits.vector_bytes / element);
  if (plan.shape.rank == 0 || plan.shape.outer == 0 || plan.shape.inner == 0) return plan;
  plan.ahead_bytes = tuning.ahead_bytes;
  ChooseKinds(tuning, &plan);
  const ResampleRoute route = ChooseRoute(plan, tuning);
  plan.spec[1].without_copies = route.copies_last;
  plan.channels = plan.shape.inner;
  if (route.copies_last) plan.copied_rows_period = plan.axis(1).n / plan.axis(1).m;
  if (route.lanes == LaneOrder::kImages) {
    plan.shape.inner *= plan.lanes;
    plan.image_group = plan.lanes;
  }
  plan.rows_packed = CountRowsPacked(plan, route, tuning);
  plan.channel_block = ChooseChannelBlock(plan, route, tuning);

  // Whole lines, for a vector in two of them takes twice the time; but rows a power of two apart
  // would all fall into the same few sets of the cache.
  const int64_t line = static_cast<int64_t>(kAlignment) / element;
  int64_t tile_row =
      RoundUp((route.last_first ? plan.axis(2).m : plan.axis(2).n) * plan.channel_block, line);
  if (tile_row * element % 1024 == 0) tile_row += line;
  plan.whole = MakeSteps(plan, route, tile_row, plan.channel_block);
  const int64_t rest = plan.shape.inner % plan.channel_block;
  plan.last = MakeSteps(plan, route, tile_row, rest == 0 ? plan.channel_block : rest);
  DivideTasks(tuning, max_workers, &plan);
  LayOut(route, tile_row, &plan);
  plan.large_between = static_cast<int64_t>(plan.between_bytes) > tuning.resample.large_tile_bytes;
  plan.streams = Streams(plan, tuning);
  return plan;
}

bool HoldAxes(const ResamplePlan& plan, HeldAxes* axes) {
  if (plan.tasks == 0) return true;
  for (int i = 0; i < kMaxSpatialRank; ++i) {
    if (plan.IsIdentity(i) || plan.spec[i].shape.windowed) continue;
    if (!axes->Hold(i, plan.spec[i])) return false;
  }
  return true;
}

double CountMultiplyAdds(const ResamplePlan& plan) {
  double elements = static_cast<double>(plan.shape.outer) * static_cast<double>(plan.channels);
  for (const AxisShape& axis : plan.shape.axis) elements *= static_cast<double>(axis.n);
  double count = 0;
  for (int s = 0; s < plan.whole.steps && elements > 0; ++s) {
    const ResampleStep& step = plan.whole.step[s];
    for (int k = 0; k < step.stages; ++k) {
      const ResampleStage& stage = step.stage[k];
      if (stage.joins) continue;  // the axis of the first stage, whose rows are divided
      const AxisShape& axis = plan.axis(stage.axis);
      if (stage.lanes == LaneOrder::kSamples) {  // vectors, of signals
        const auto lanes = static_cast<double>(plan.shape.outer * plan.lanes);
        count += lanes * AxisTime(plan, stage.axis, 1);
        continue;
      }
      const double vectors = elements / static_cast<double>(axis.n);
      count += vectors * AxisTime(plan, stage.axis, 1);
      elements = vectors * static_cast<double>(axis.m);
    }
  }
  return count;
}

}  // namespace spectral_ops
