#include "cpu/convolution/conv_plan.h"

#include <algorithm>
#include <cmath>

#include "core/integers.h"
#include "core/memory.h"
#include "cpu/fft/real_fft.h"

namespace spectral_ops {
namespace {

constexpr int kMaxCandidates = 64;

struct Candidate {
  ConvTiling cut;
  double work;  // of one transform: of a complex vector, on the last axis of a real one
};

// Lengths worth a try on one axis: those of 1, 2, 3, 4, 6, 8, .. tiles.
int FindCandidates(const ConvAxis& axis, ConvMap map, bool last,
                   Candidate candidates[kMaxCandidates]) {
  const int64_t target = map == ConvMap::kInputGradient ? axis.n : axis.m;
  int count = 0;
  const auto add = [&](int64_t length) {
    for (int i = 0; i < count; ++i) {
      if (candidates[i].cut.length == length) return;
    }
    if (count == kMaxCandidates) return;
    candidates[count++] = {CutConvAxis(axis, map, length),
                           last ? RealFftWork(length, length / 2) : FftWork(length, length)};
  };
  if (axis.taps == 1 && target == 1) {
    add(1);
    return count;
  }
  for (int64_t power = 1; power <= target; power *= 2) {
    for (const int64_t tiles : {power, power + power / 2}) {
      if (tiles > target) break;
      const int64_t least = CeilDiv(target, tiles) + axis.taps - 1;
      add(2 * SmoothLength(CeilDiv(least, 2)));
      add(8 * SmoothLength(CeilDiv(least, 8)));
      // Tiles that are mostly overlap are never the best.
      if (tiles > 1 && least < axis.taps + axis.taps / 4) return count;
    }
  }
  return count;
}

// Columns of a tile of its own that a local task holds: sources, and sums of several.
int64_t LocalTiles(int64_t reduction) { return reduction > 1 ? 2 : 1; }

// Multiply-adds of vectors of one run, for one cut of each axis.
double Work(const ConvPlan& plan, const Candidate* const* axes, const ConvTuning& tuning) {
  const ConvTiling& a0 = axes[0]->cut;
  const ConvTiling& a1 = axes[1]->cut;
  const ConvTiling& a2 = axes[2]->cut;
  const int64_t half_spectrum = a2.length / 2 + 1;
  const auto bins = static_cast<double>(half_spectrum);
  const auto column = static_cast<double>(a0.length * a1.length);
  const auto tiles = static_cast<double>(plan.shape.batch * a0.tiles * a1.tiles * a2.tiles);
  const double row_work = axes[2]->work + 2 * bins;
  const auto rows = [&](double vectors, double each) { return vectors * each * row_work; };
  const double column_work = static_cast<double>(a0.count) * axes[1]->work +
                             (a0.length > 1 ? static_cast<double>(a1.length) * axes[0]->work : 0);
  const auto source = static_cast<double>(plan.source_vectors);
  const auto target = static_cast<double>(plan.target_vectors);
  const double filters = static_cast<double>(plan.source_per_group) * target;
  const auto filter_rows = static_cast<double>(a0.taps * a1.taps);
  double work = rows(tiles * source, static_cast<double>(a0.count * a1.count)) +
                rows(tiles * target, static_cast<double>(a0.step * a1.step)) +
                rows(filters, filter_rows);
  work += bins * column_work * (tiles * (source + target) + filters);
  work += 4 * bins * column * tiles * filters;
  const double tile_vectors = bins * column * 2;
  const auto vector_bytes = static_cast<double>(plan.vector_bytes());
  const auto unit_bytes = static_cast<double>(tuning.unit_bytes);
  if (plan.local) {
    // Spectra of filters are stored, and tiles that do not stay in cache.
    work += tuning.store_cost * bins * column * (filters + tiles * source);
    if (tile_vectors * static_cast<double>(LocalTiles(plan.source_per_group)) * vector_bytes >
        unit_bytes) {
      work += tuning.store_cost * bins * 2 * column * tiles * (source + target);
    }
    return work;
  }
  work +=
      tuning.store_cost * bins * (2 * column * tiles * (source + target) + filters * filter_rows);
  // Columns of filters that do not stay in cache.
  if (static_cast<double>(plan.source_per_group) * column * 2 * vector_bytes > unit_bytes) {
    work += tuning.store_cost * bins * 2 * column * filters;
  }
  return work;
}

// Whether one tile, and the filters of one vector of targets, fit the workspace.
bool FitsWorkspace(const ConvPlan& plan, const Candidate* const* axes, const ConvTuning& tuning) {
  const ConvTiling& a0 = axes[0]->cut;
  const ConvTiling& a1 = axes[1]->cut;
  const auto column = static_cast<double>(a0.length * a1.length + 1);
  const auto filter = static_cast<double>(plan.source_per_group) *
                      (plan.local ? column : static_cast<double>(a0.taps * a1.taps));
  const double tile = plan.local ? 0 : static_cast<double>(plan.source_vectors + 2) * column;
  const int64_t half_spectrum = axes[2]->cut.length / 2 + 1;
  const double element = 2 * static_cast<double>(plan.vector_bytes());
  return static_cast<double>(half_spectrum) * element * (filter + tile) <=
         static_cast<double>(tuning.workspace_bytes);
}

// Fills the axes and the work.
void ChooseCuts(const ConvTuning& tuning, ConvPlan* plan) {
  Candidate candidates[kMaxSpatialRank][kMaxCandidates];
  int counts[kMaxSpatialRank];
  for (int i = 0; i < kMaxSpatialRank; ++i) {
    counts[i] =
        FindCandidates(plan->shape.axis[i], plan->map, i + 1 == kMaxSpatialRank, candidates[i]);
  }
  plan->work = INFINITY;
  bool best_fits = false;
  for (int i = 0; i < counts[0]; ++i) {
    for (int j = 0; j < counts[1]; ++j) {
      for (int k = 0; k < counts[2]; ++k) {
        const Candidate* axes[] = {&candidates[0][i], &candidates[1][j], &candidates[2][k]};
        const double work = Work(*plan, axes, tuning);
        const bool fits = FitsWorkspace(*plan, axes, tuning);
        if (fits == best_fits ? work >= plan->work : best_fits) continue;
        plan->work = work;
        best_fits = fits;
        for (int a = 0; a < kMaxSpatialRank; ++a) plan->axis[a] = axes[a]->cut;
      }
    }
  }
}

// Groups of so few channels run lane by lane.
bool IsLanewise(const ConvPlan& plan) {
  return plan.shape.groups > 1 && 2 * plan.target_per_group < plan.lanes &&
         plan.source_per_group <= 8;
}

void CountVectors(ConvPlan* plan) {
  const ConvShape& shape = plan->shape;
  const bool back = plan->map == ConvMap::kInputGradient;
  plan->source_channels = back ? shape.out_channels : shape.in_channels;
  plan->target_channels = back ? shape.in_channels : shape.out_channels;
  plan->source_per_group = back ? shape.out_per_group() : shape.in_per_group();
  plan->target_per_group = back ? shape.in_per_group() : shape.out_per_group();
  plan->lanewise = IsLanewise(*plan);
  plan->local = plan->lanewise && plan->map != ConvMap::kFilterGradient;
  if (plan->lanewise) {
    plan->target_vectors = CeilDiv(plan->target_channels, plan->lanes);
    plan->source_vectors = plan->source_per_group * plan->target_vectors;
    plan->vectors_per_group = plan->target_vectors;
  } else {
    plan->vectors_per_group = CeilDiv(plan->target_per_group, plan->lanes);
    plan->target_vectors = shape.groups * plan->vectors_per_group;
    plan->source_vectors = CeilDiv(plan->source_channels, plan->lanes);
  }
}

// Multiply-adds of the transforms of one column.
double ColumnWork(const ConvPlan& plan) {
  const ConvTiling* axis = plan.axis;
  const double first = axis[0].length > 1 ? FftWork(axis[0].length, axis[0].length) : 0;
  return static_cast<double>(axis[0].count) * FftWork(axis[1].length, axis[1].length) +
         static_cast<double>(axis[1].length) * first;
}

// Tiles and filters that are in memory at once.
void FitWorkspace(const ConvTuning& tuning, int64_t element, ConvPlan* plan) {
  const int64_t half = tuning.workspace_bytes / 2;
  if (plan->local) {
    const int64_t spectrum = plan->source_per_group * plan->bins * plan->column_stride * element;
    plan->block = std::clamp<int64_t>(half / spectrum, 1, plan->target_vectors);
    plan->blocks = CeilDiv(plan->target_vectors, plan->block);
    plan->block = CeilDiv(plan->target_vectors, plan->blocks);
    return;
  }
  const int64_t filter = plan->bins * plan->source_per_group * plan->filter_rows * element;
  const int64_t column = plan->bins * plan->column_stride * element;
  // Vectors that are mixed at once share a group.
  plan->unit =
      plan->vectors_per_group % 2 == 0 &&
              2 * plan->source_per_group * plan->column_stride * element <= tuning.unit_bytes
          ? 2
          : 1;
  const int64_t vectors = plan->target_vectors;
  const int64_t sources = plan->source_vectors * column;
  // Either all tiles at once and filters in blocks of what is left, or filters in blocks of half
  // the workspace and tiles in chunks, each of which has the filters' columns transformed anew.
  const int64_t whole =
      plan->tiles > tuning.workspace_bytes / sources
          ? 0
          : (tuning.workspace_bytes - plan->tiles * sources) / (filter + plan->tiles * column);
  const int64_t parted = std::clamp<int64_t>(half / filter, 1, vectors);
  const int64_t left = tuning.workspace_bytes - parted * filter;
  int64_t chunk = std::clamp<int64_t>(left / (sources + parted * column), 1, plan->tiles);
  int64_t block = parted;
  // Vectors one by one make products slower, by a third.
  const double again = static_cast<double>(CeilDiv(plan->tiles, chunk) - 1) * ColumnWork(*plan);
  const double slower = 4.0 / 3 * static_cast<double>(plan->column * plan->tiles);
  if (whole >= plan->unit || (whole >= 1 && again > slower)) {
    block = std::min(whole, vectors);
    chunk = plan->tiles;
  }
  if (block < plan->unit) plan->unit = 1;
  block = block / plan->unit * plan->unit;
  plan->blocks = CeilDiv(vectors, block);
  plan->block = CeilDiv(CeilDiv(vectors, plan->blocks), plan->unit) * plan->unit;
  plan->blocks = CeilDiv(vectors, plan->block);
  plan->chunks = CeilDiv(plan->tiles, chunk);
  plan->chunk = CeilDiv(plan->tiles, plan->chunks);
}

void LayOut(int64_t element, ConvPlan* plan) {
  size_t offset = 0;
  const ConvTiling& last = plan->axis[2];
  const int64_t columns = plan->bins * plan->column_stride * element;
  if (plan->local) {
    plan->filter_offset = Take(&offset, plan->block * plan->source_per_group * columns);
  } else {
    plan->source_offset = Take(&offset, plan->chunk * plan->source_vectors * columns);
    plan->target_offset = Take(&offset, plan->chunk * plan->block * columns);
    plan->filter_offset = Take(
        &offset, plan->bins * plan->source_per_group * plan->block * plan->filter_rows * element);
  }
  plan->worker_offset = offset;
  const int64_t longest = std::max({last.length, last.taps, last.step});
  const int64_t packed = CeilDiv(longest, plan->lanes) * plan->lanes;
  size_t own = 0;
  plan->row_elements = RealFftElements(last.length, last.length / 2);
  const int64_t row =
      (plan->row_elements + last.length + RealFftScratch(last.length)) * element / 2;
  Take(&own, std::max(row, plan->axis[0].length * element));
  plan->packed_offset = Take(&own, packed * element / 2);
  plan->column_offset =
      Take(&own, plan->local ? LocalTiles(plan->source_per_group) * columns
                             : plan->unit * plan->source_per_group * plan->column_stride * element);
  plan->worker_bytes = own;
  plan->workspace_bytes = offset + static_cast<size_t>(plan->workers) * plan->worker_bytes;
}

// Lanes that stand in planes far apart take so much longer: measured from 1.5 to 1.8, where work
// has filled lanes alone.
constexpr double kJoinedCost = 1.6;

// Whether images can stand as channels where they are, and their filters be repeated.
bool MayJoinImages(const ConvShape& shape, ConvMap map, DataType dtype, const ConvTuning& tuning) {
  if (shape.batch < 2 || shape.in_channels == 0 || shape.in_per_group() != 1) return false;
  // The gradients of half types would be rounded before they are added up.
  if (map == ConvMap::kFilterGradient && ElementSize(dtype) != ComputeSize(dtype)) return false;
  double bytes = static_cast<double>(ElementSize(dtype)) * static_cast<double>(shape.batch) *
                 static_cast<double>(shape.out_channels);
  for (const ConvAxis& axis : shape.axis) bytes *= static_cast<double>(axis.taps);
  if (bytes > static_cast<double>(tuning.workspace_bytes)) return false;
  return shape.format == DataFormat::kChannelsFirst || shape.out_channels == 1;
}

ConvShape JoinImages(ConvShape shape) {
  shape.format = DataFormat::kChannelsFirst;
  shape.in_channels *= shape.batch;
  shape.out_channels *= shape.batch;
  shape.groups *= shape.batch;
  shape.batch = 1;
  return shape;
}

ConvPlan MakePlan(const ConvShape& shape, ConvMap map, DataType dtype, const SimdTraits& traits,
                  const Tuning& tuning, int max_workers) {
  ConvPlan plan;
  plan.shape = shape;
  plan.map = map;
  plan.dtype = dtype;
  plan.lanes = std::max<int64_t>(1, traits.vector_bytes / static_cast<int64_t>(ComputeSize(dtype)));
  const int64_t element = 2 * plan.vector_bytes();
  CountVectors(&plan);
  if (shape.batch == 0 || plan.target_vectors == 0 || plan.source_per_group == 0) return plan;

  ChooseCuts(tuning.conv, &plan);
  plan.bins = plan.axis[2].length / 2 + 1;
  plan.column = plan.axis[0].length * plan.axis[1].length;
  plan.column_stride = plan.column + (plan.column % 2 == 0 ? 1 : 0);
  plan.filter_rows = plan.axis[0].taps * plan.axis[1].taps;
  plan.image_tiles = plan.axis[0].tiles * plan.axis[1].tiles * plan.axis[2].tiles;
  plan.tiles = shape.batch * plan.image_tiles;
  FitWorkspace(tuning.conv, element, &plan);
  for (int i = 0; i < kMaxSpatialRank; ++i) {
    AxisSpec& spec = plan.spec[i];
    spec.kind = AxisKind::kModeFft;
    spec.type = ComputeTypeOfStored(dtype);
    spec.fft_block_bytes = tuning.fft_block_bytes;
    spec.modes.length = plan.axis[i].length;
    spec.modes.half = i + 1 == kMaxSpatialRank;
    spec.modes.high = spec.modes.half ? spec.modes.length / 2 : 0;
  }
  const double useful = plan.work / tuning.conv.work_per_worker;
  plan.workers =
      static_cast<int>(std::clamp(useful, 1.0, static_cast<double>(std::max(max_workers, 1))));
  plan.pieces = plan.workers * tuning.pieces_per_worker;
  LayOut(element, &plan);
  return plan;
}

}  // namespace

ConvPlan MakeConvPlan(const ConvShape& shape, ConvMap map, DataType dtype, const SimdTraits& traits,
                      const Tuning& tuning, int max_workers) {
  const ConvPlan plan = MakePlan(shape, map, dtype, traits, tuning, max_workers);
  if (plan.IsEmpty() || !MayJoinImages(shape, map, dtype, tuning.conv)) return plan;
  ConvPlan joined = MakePlan(JoinImages(shape), map, dtype, traits, tuning, max_workers);
  joined.work *= kJoinedCost;
  if (joined.work >= plan.work) return plan;
  joined.images = shape.batch;
  joined.images_offset =
      Take(&joined.workspace_bytes,
           joined.taps() * joined.shape.out_channels * static_cast<int64_t>(ElementSize(dtype)));
  return joined;
}

bool HoldAxes(const ConvPlan& plan, HeldAxes* axes) {
  for (int i = 0; i < kMaxSpatialRank && !plan.IsEmpty(); ++i) {
    if (!axes->Hold(i, plan.spec[i])) return false;
  }
  return true;
}

}  // namespace spectral_ops
