#include "cpu/resample/resample_plan.h"

#include <algorithm>
#include <string>
#include <utility>

#include "core/integers.h"
#include "core/memory.h"
#include "cpu/axes/axis_fft.h"
#include "cpu/axes/axis_operator.h"

namespace spectral_ops {
namespace {

// Above this many entries a matrix is never built.
constexpr int64_t kMaxMatrixEntries = int64_t{1} << 22;
constexpr int64_t kManyTasks = int64_t{1} << 40;

// Multiply-adds of the folded matrix for one lane.
int64_t AxisWork(const AxisShape& axis) {
  if (axis.IsIdentity()) return 0;
  const AxisFold fold = FoldAxis(axis);
  if (fold.quarters) return fold.sums_in() * fold.pairs_out + 2 * (axis.n + axis.m);
  return fold.sums_in() * (fold.pairs_out + 1) + axis.n + axis.m;
}

// The faster way for one axis; a bundle is two vectors, or one complex one.
bool ChooseFft(const AxisShape& axis, const ResampleTuning& tuning) {
  if (axis.IsIdentity()) return false;
  if (axis.n > kMaxMatrixEntries / axis.m) return true;
  return tuning.fft_cost * AxisFftWork(axis) < 2 * static_cast<double>(AxisWork(axis));
}

// Drops axes that keep their length: leading ones join `outer`, trailing ones `inner`. One between
// two others stays. What is left is aligned to the right.
void DropIdentities(const ResampleShape& given, ResamplePlan* plan) {
  int first = 0;
  int last = given.rank;
  plan->shape = ResampleShape();
  plan->shape.outer = given.outer;
  plan->shape.inner = given.inner;
  while (first < last && given.axis[first].IsIdentity()) plan->shape.outer *= given.axis[first++].n;
  while (first < last && given.axis[last - 1].IsIdentity()) {
    plan->shape.inner *= given.axis[--last].n;
  }
  plan->shape.rank = last - first;
  for (int i = 0; i < plan->shape.rank; ++i) {
    const int to = kMaxSpatialRank - plan->shape.rank + i;
    plan->shape.axis[to] = given.axis[first + i];
    plan->source_axis[to] = first + i;
  }
}

// Elements per channel of the tiles between axes.
struct TileSizes {
  int64_t slice = 0;
  int64_t volume = 0;
};

TileSizes MeasureTiles(const ResamplePlan& plan) {
  const AxisShape* axis = plan.shape.axis;
  TileSizes sizes;
  if (plan.shape.rank >= 2 && !axis[1].IsIdentity()) {
    const int64_t rows = plan.copies_last ? axis[1].n - axis[1].m : axis[1].n;
    sizes.slice = plan.last_axis_first ? rows * axis[2].m : axis[1].m * axis[2].n;
  }
  if (plan.shape.rank == 3) {
    sizes.volume =
        plan.slices_first ? axis[0].n * axis[1].m * axis[2].m : axis[0].m * axis[1].n * axis[2].n;
  }
  return sizes;
}

// Bytes of the tiles between axes, per channel.
int64_t TileBytesPerChannel(const ResamplePlan& plan) {
  const TileSizes sizes = MeasureTiles(plan);
  return (sizes.slice + sizes.volume) * static_cast<int64_t>(ComputeSize(plan.dtype));
}

// Images for which scratch stays below 2 MB, whatever that costs.
bool IsSmallImage(const ResamplePlan& plan) {
  const auto longer = [&](int i) { return std::max(plan.axis(i).n, plan.axis(i).m); };
  return plan.shape.rank <= 2 && longer(1) * longer(2) <= int64_t{256} * 256;
}

// Time of one axis for one vector, in multiply-adds.
double AxisTime(const ResamplePlan& plan, int i, const ResampleTuning& tuning) {
  if (plan.axis(i).IsIdentity()) return 0;
  return plan.by_fft[i] ? tuning.fft_cost * AxisFftWork(plan.axis(i)) / 2
                        : static_cast<double>(AxisWork(plan.axis(i)));
}

// Whether the last axis, which takes transposed rows, should go before the one in front of it.
bool IsLastAxisBetterFirst(const ResamplePlan& plan, const ResampleTuning& tuning) {
  const AxisShape& middle = plan.axis(1);
  const AxisShape& last = plan.axis(2);
  const double middle_time = AxisTime(plan, 1, tuning);
  const double last_time =
      AxisTime(plan, 2, tuning) + tuning.transpose_cost * static_cast<double>(last.n + last.m);
  return static_cast<double>(middle.n) * last_time + static_cast<double>(last.m) * middle_time <
         static_cast<double>(middle.m) * last_time + static_cast<double>(last.n) * middle_time;
}

// Whether images are small enough, and enough of them, to be transposed as a whole.
bool ChooseImagesAsLanes(const ResamplePlan& plan, const ResampleTuning& tuning) {
  return plan.rows_as_lanes && plan.shape.rank > 1 && plan.shape.outer >= 2 * plan.lanes &&
         std::max(plan.shape.InputElements(), plan.shape.OutputElements()) <=
             tuning.lane_elements * plan.shape.outer;
}

// Rows of small images that are transposed at once: as many as stay in the L1 cache, whole pairs.
int64_t CountPackedRows(const ResamplePlan& plan, const ResampleTuning& tuning) {
  const int64_t row = plan.axis(2).n * plan.packed_inner * plan.lanes *
                      static_cast<int64_t>(ComputeSize(plan.dtype));
  const int64_t rows = std::max<int64_t>(2, tuning.packed_bytes / row / 2 * 2);
  return std::min(rows, RoundUp(plan.axis(1).n, 2));
}

// Whether rows that the middle axis only copies stay out of the tile: where that makes it fit.
bool ChooseCopiesLast(const ResamplePlan& plan, const ResampleTuning& tuning) {
  const AxisShape& middle = plan.axis(1);
  return plan.shape.rank == 2 && !plan.rows_as_lanes && !plan.images_as_lanes && !middle.windowed &&
         middle.n > middle.m && middle.n % middle.m == 0 &&
         plan.shape.inner * TileBytesPerChannel(plan) > tuning.tile_bytes;
}

// The widest channel block whose tiles fit the cache, in whole vectors where that can be.
int64_t ChooseChannelBlock(const ResamplePlan& plan, const ResampleTuning& tuning) {
  const int64_t inner = plan.shape.inner;
  if (plan.rows_as_lanes || plan.images_as_lanes) return inner;
  const int64_t channel = std::max<int64_t>(TileBytesPerChannel(plan), 1);
  int64_t block = tuning.tile_bytes / channel;
  if (block < plan.lanes) block = std::min(tuning.most_tile_bytes / channel, plan.lanes);
  if (block >= plan.lanes) {
    const int64_t blocks = CeilDiv(inner, block / plan.lanes * plan.lanes);
    return std::min(inner, RoundUp(CeilDiv(inner, blocks), plan.lanes));
  }
  if (!IsSmallImage(plan)) return std::min(inner, plan.lanes);
  int64_t narrow = plan.lanes;  // half-empty vectors
  while (narrow > 1 && narrow > block) narrow /= 2;
  return std::min(inner, narrow);
}

// More workers only while each has something to do.
int CountWorkers(int64_t tasks, double work, const ResampleTuning& tuning, int max_workers) {
  const double shares = work / static_cast<double>(tuning.work_per_worker) + 1;
  const int64_t useful = shares < static_cast<double>(tasks) ? static_cast<int64_t>(shares) : tasks;
  return static_cast<int>(std::max<int64_t>(1, std::min<int64_t>(useful, max_workers)));
}

}  // namespace

AxisSpec ResamplePlan::spec(int i) const {
  const DataType type = dtype == DataType::kFloat64 ? DataType::kFloat64 : DataType::kFloat32;
  return {axis(i), norm, type, by_fft[i], row_block, copies_last && i == 1};
}

ResamplePlan MakeResamplePlan(const ResampleShape& shape, DataType dtype, Norm norm,
                              const KernelTraits& traits, int max_workers) {
  ResamplePlan plan;
  DropIdentities(shape, &plan);
  plan.dtype = dtype;
  plan.norm = norm;
  plan.row_block = traits.row_block;
  const auto element = static_cast<int64_t>(ComputeSize(dtype));
  plan.lanes = std::max<int64_t>(1, traits.vector_bytes / element);
  const int rank = plan.shape.rank;
  if (rank == 0 || plan.shape.outer == 0 || plan.shape.inner == 0) return plan;

  const AxisShape& last = plan.axis(2);
  for (int i = kMaxSpatialRank - rank; i < kMaxSpatialRank; ++i) {
    plan.by_fft[i] = ChooseFft(plan.axis(i), traits.tuning);
  }
  plan.rows_as_lanes = 2 * plan.shape.inner <= plan.lanes;
  plan.last_axis_first = !plan.rows_as_lanes || IsLastAxisBetterFirst(plan, traits.tuning);
  if (plan.rows_as_lanes && IsSmallImage(plan) &&
      plan.shape.inner * TileBytesPerChannel(plan) > traits.tuning.most_tile_bytes) {
    plan.rows_as_lanes = false;
    plan.last_axis_first = true;
  }
  if (ChooseImagesAsLanes(plan, traits.tuning)) {
    plan.images_as_lanes = true;
    plan.packed_inner = plan.shape.inner;
    plan.shape.inner *= plan.lanes;
    plan.image_group = plan.lanes;
    plan.packed_rows = CountPackedRows(plan, traits.tuning);
    plan.rows_as_lanes = false;
    plan.last_axis_first = true;
  }
  const bool slices_shrink = plan.axis(1).m * last.m <= plan.axis(1).n * last.n;
  plan.slices_first = plan.last_axis_first || slices_shrink;
  // Vectors run in pairs.
  plan.packs = plan.rows_as_lanes && plan.shape.inner % 2 != 0 && plan.shape.inner <= 5 ? 2 : 1;
  plan.copies_last = ChooseCopiesLast(plan, traits.tuning);
  plan.channel_block = ChooseChannelBlock(plan, traits.tuning);
  const int64_t blocks = CeilDiv(plan.shape.inner, plan.channel_block);

  double work = 0;  // of one image, in multiply-adds of vectors
  for (int i = kMaxSpatialRank - rank; i < kMaxSpatialRank; ++i) {
    auto others = static_cast<double>(plan.shape.inner) / static_cast<double>(plan.lanes);
    for (int k = kMaxSpatialRank - rank; k < kMaxSpatialRank; ++k) {
      if (k != i) others *= static_cast<double>(std::max(plan.axis(k).n, plan.axis(k).m));
    }
    work += others * AxisTime(plan, i, traits.tuning);
  }
  if (rank == 1) {
    // Rows are taken in groups: enough of them to fill lanes and to be worth a task.
    const double wanted = static_cast<double>(traits.tuning.work_per_worker) / (2 * work + 1) + 1;
    const int64_t fair = CeilDiv(plan.shape.outer, int64_t{4} * max_workers);
    plan.image_group = wanted < static_cast<double>(fair) ? static_cast<int64_t>(wanted) : fair;
    // Whole vectors and whole pairs of them, so that the grouping changes no rounding.
    plan.image_group =
        RoundUp(plan.image_group, plan.rows_as_lanes ? plan.packs * plan.lanes : traits.vectors);
  }
  const int64_t groups = CeilDiv(plan.shape.outer, plan.image_group);
  plan.tasks = groups * blocks;
  work *= static_cast<double>(plan.images_as_lanes ? groups : plan.shape.outer);
  plan.workers = CountWorkers(kManyTasks, work, traits.tuning, max_workers);
  // Sharing costs a meeting of all workers after each stage; idle ones in the last round cost more.
  const int64_t rounds = CeilDiv(plan.tasks, plan.workers);
  plan.shared = !plan.images_as_lanes && 5 * plan.tasks < 4 * rounds * plan.workers;
  if (!plan.shared) plan.workers = static_cast<int>(std::min<int64_t>(plan.workers, plan.tasks));

  // The workspace: operators that have windows, the table that builds them, each worker's tiles.
  size_t offset = 0;
  size_t table = 0;
  int64_t axis_scratch = 0;  // elements per lane
  for (int i = kMaxSpatialRank - rank; i < kMaxSpatialRank; ++i) {
    const AxisShape& axis = plan.axis(i);
    if (axis.IsIdentity()) continue;
    if (axis.windowed) {
      plan.operator_offset[i] = Take(&offset, AxisOperatorBytes(plan.spec(i)));
      table = std::max(table, AxisOperatorTableBytes(plan.spec(i)));
    }
    axis_scratch =
        std::max(axis_scratch,
                 plan.by_fft[i] ? AxisFftScratch(axis) : traits.vectors * FoldAxis(axis).sums_in());
  }
  plan.table_offset = Take(&offset, table);
  plan.worker_offset = offset;

  const TileSizes tiles = MeasureTiles(plan);
  if (tiles.slice > 0) {
    plan.tile_row = (plan.last_axis_first ? last.m : last.n) * plan.channel_block;
    // Rows a power of two apart would all fall into the same few sets of the cache.
    const int64_t line = static_cast<int64_t>(kAlignment) / element;
    if (plan.tile_row * element % 1024 == 0) plan.tile_row += line;
  }
  const int64_t row_elements = plan.last_axis_first ? last.m : last.n;
  const auto slice_bytes =
      static_cast<size_t>(tiles.slice / row_elements * plan.tile_row * element);
  const auto volume_bytes = static_cast<size_t>(tiles.volume * plan.channel_block * element);
  plan.between_bytes = AlignUp(rank == 3 ? volume_bytes : slice_bytes);
  size_t worker = 0;
  if (plan.shared) {
    plan.worker_offset += plan.between_bytes;
  } else {
    worker += plan.between_bytes;
  }
  if (rank == 3) plan.slice_offset = Take(&worker, slice_bytes);
  plan.axis_offset = Take(&worker, static_cast<size_t>(axis_scratch * plan.lanes * element));
  const int64_t row = plan.lanes * element;
  if (plan.rows_as_lanes) {
    const int64_t in = RoundUp(last.n * plan.shape.inner, plan.lanes);
    const int64_t out = RoundUp(last.m * plan.shape.inner, plan.lanes);
    plan.packed_offset = Take(&worker, static_cast<size_t>(plan.packs * in * row));
    plan.unpacked_offset = Take(&worker, static_cast<size_t>(plan.packs * out * row));
  } else if (plan.images_as_lanes) {
    const int64_t in = RoundUp(plan.packed_rows * last.n * plan.packed_inner, plan.lanes);
    const int64_t out =
        RoundUp(plan.shape.OutputElements() / plan.shape.outer / plan.lanes, plan.lanes);
    plan.packed_offset = Take(&worker, static_cast<size_t>(in * row));
    plan.unpacked_offset = Take(&worker, static_cast<size_t>(out * row));
  }
  plan.worker_bytes = worker;
  plan.workspace_bytes = plan.worker_offset + static_cast<size_t>(plan.workers) * worker;
  return plan;
}

double CountMultiplyAdds(const ResamplePlan& plan) {
  const int first_axis = kMaxSpatialRank - plan.shape.rank;
  int order[kMaxSpatialRank] = {0, 1, 2};
  if (plan.last_axis_first) std::swap(order[1], order[2]);
  if (plan.shape.rank == 3 && plan.slices_first) std::rotate(order, order + 1, order + 3);
  double elements =
      static_cast<double>(plan.shape.outer) *
      static_cast<double>(plan.images_as_lanes ? plan.packed_inner : plan.shape.inner);
  for (const AxisShape& axis : plan.shape.axis) elements *= static_cast<double>(axis.n);
  double count = 0;
  for (const int i : order) {
    const AxisShape& axis = plan.axis(i);
    if (i < first_axis || axis.IsIdentity() || elements == 0) continue;
    const double vectors = elements / static_cast<double>(axis.n);
    count += vectors * AxisTime(plan, i, ResampleTuning());
    elements = vectors * static_cast<double>(axis.m);
  }
  return count;
}

Status MakeWindowGradientPlan(const int64_t* x_dims, const int64_t* grad_dims, int rank, int axis,
                              DataFormat format, DataType dtype, Norm norm,
                              const KernelTraits& traits, int max_workers,
                              WindowGradientPlan* plan) {
  WindowGradientShape shape;
  SPECTRAL_OPS_RETURN_IF_ERROR(
      MakeWindowGradientShape(x_dims, grad_dims, rank, axis, format, &shape));
  *plan = WindowGradientPlan();
  plan->outer = shape.outer;
  plan->inner = shape.inner;
  plan->axis = shape.axis;
  plan->dtype = dtype;
  plan->norm = norm;

  const int64_t n = shape.axis.n;
  const int64_t m = shape.axis.m;
  const auto element = static_cast<int64_t>(ComputeSize(dtype));
  plan->lanes = std::max<int64_t>(1, traits.vector_bytes / element);
  plan->rows_as_lanes = 2 * plan->inner <= plan->lanes;
  plan->units = plan->rows_as_lanes ? CeilDiv(plan->outer, plan->lanes)
                                    : plan->outer * CeilDiv(plan->inner, plan->lanes);
  const int64_t bins = plan->axis.bins();
  constexpr int64_t kMaxPartials = int64_t{1} << 16;
  constexpr int64_t kMaxChunks = 64;
  plan->chunks = std::max<int64_t>(
      1, std::min({kMaxChunks, CeilDiv(plan->units, 2 * traits.vectors), kMaxPartials / bins}));
  const double work = traits.tuning.fft_cost * (FftWork(n, n / 2) + FftWork(m, m / 2)) / 2;
  plan->workers = CountWorkers(plan->chunks, work * static_cast<double>(plan->units), traits.tuning,
                               max_workers);

  size_t offset = 0;
  plan->input_transform_offset = Take(&offset, FftBytes(n, dtype));
  plan->output_transform_offset = Take(&offset, FftBytes(m, dtype));
  plan->table_offset = Take(&offset, std::max(FftTableBytes(n), FftTableBytes(m)));
  plan->partial_offset = Take(&offset, static_cast<size_t>(plan->chunks * bins) * sizeof(double));
  plan->worker_offset = offset;
  const int64_t vector = plan->lanes * element;
  size_t worker = 0;
  Take(&worker, static_cast<size_t>(bins * plan->lanes) * sizeof(double));  // sums of a chunk
  // Two complex buffers for each transform, and room for chirps.
  plan->input_spectrum_offset = Take(&worker, static_cast<size_t>(4 * n * vector));
  plan->output_spectrum_offset = Take(&worker, static_cast<size_t>(4 * m * vector));
  const int64_t chirp = std::max(FftScratch(n), FftScratch(m));
  plan->chirp_offset = Take(&worker, static_cast<size_t>(chirp * vector));
  if (plan->rows_as_lanes) {
    const int64_t row = plan->lanes * element;
    plan->packed_input_offset =
        Take(&worker, static_cast<size_t>(RoundUp(n * plan->inner, plan->lanes) * row));
    plan->packed_output_offset =
        Take(&worker, static_cast<size_t>(RoundUp(m * plan->inner, plan->lanes) * row));
  }
  plan->worker_bytes = worker;
  plan->workspace_bytes = offset + static_cast<size_t>(plan->workers) * worker;
  return {};
}

}  // namespace spectral_ops
