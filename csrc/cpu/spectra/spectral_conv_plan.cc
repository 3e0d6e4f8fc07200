#include "cpu/spectra/spectral_conv_plan.h"

#include <algorithm>

#include "core/integers.h"
#include "core/memory.h"
#include "cpu/base/streams.h"

namespace spectral_ops {
namespace {

// The time of a row by itself, over that of one of a pair: 1.02 to 1.24 on Zen 4, in five lengths
// of 1024 to 8192 by either way; more in calls of 25 us.
constexpr double kRowAlone = 1.15;

AxisSpec MakeAxis(const ModeAxisShape& shape, bool last, bool output, bool synthesis,
                  DataType dtype, const SimdTraits& traits, const Tuning& tuning) {
  AxisSpec spec;
  spec.kind = AxisKind::kModeMatrix;
  spec.modes = MapOfSide(shape, last, output, synthesis);
  spec.type = ComputeTypeOfStored(dtype);
  spec.row_block = traits.row_block;
  spec.fft_block_bytes = tuning.fft_block_bytes;
  spec.kind = ChooseKind(spec, tuning.fft_cost, 1);
  return spec;
}

bool AreSamplesContiguous(const SpectralConvShape& shape, const SignalPlan& side) {
  return shape.format == DataFormat::kChannelsFirst || side.channels == 1;
}

// Channels of a sample, where signals go one by one.
int64_t ChannelsOfSignal(const SpectralConvShape& shape, const SignalPlan& side) {
  return shape.format == DataFormat::kChannelsFirst ? 1 : side.channels;
}

// Whether samples can be the lanes of a single axis: it is long, goes by FFTs, and channels do not
// fill lanes. By the shape of one image alone, for results depend on it.
bool MaySamplesBeLanes(const SpectralConvShape& shape, const SignalPlan& side, const Tuning& tuning,
                       int64_t lanes) {
  const int64_t channels = ChannelsOfSignal(shape, side);
  const AxisKind kind = side.axis[2].kind;
  return shape.rank == 1 && side.channels > 0 && 2 * channels <= lanes &&
         (kind == AxisKind::kModeFft || kind == AxisKind::kModeGrid) &&
         side.axis[2].modes.length * channels >= tuning.resample.lane_elements;
}

// Has a single axis go by moments where that takes less time: again by the shape of one image.
void PlaceMoments(const SpectralConvShape& shape, const Tuning& tuning, int64_t lanes,
                  SignalPlan* side) {
  const bool planes = AreSamplesContiguous(shape, *side);
  if (shape.rank > 1 || (!planes && 2 * side->channels <= lanes)) return;
  AxisSpec spec = side->axis[2];
  spec.kind = AxisKind::kModeBlocks;
  spec.signal.lanes = lanes;
  if (!AxisFits(spec)) return;
  double own = AxisWork(spec);
  double other = AxisTime(side->axis[2], tuning.fft_cost);
  const double moves =
      tuning.resample.transpose_cost * static_cast<double>(planes ? spec.modes.length : 0);
  const bool is_short = CutIntoBlocks(spec.modes).length < kLeastAlong;
  if (MaySamplesBeLanes(shape, *side, tuning, lanes)) {
    // Those lanes are always full; few planes leave lanes of the matrix empty.
    other *= tuning.spectral_conv.samples_time;
    const auto full =
        static_cast<double>(RoundUp(side->channels, lanes)) / static_cast<double>(side->channels);
    own += (full - 1) * MatrixWorkOfMoments(spec);
  } else {
    other += moves;
  }
  own *= tuning.spectral_conv.moments_time;
  if (is_short && !spec.modes.synthesis) own += moves;
  if (own < other) side->axis[2] = spec;
}

// Has samples be the lanes of a single axis, unless it goes by moments.
void PlaceSamples(const SpectralConvShape& shape, const Tuning& tuning, int64_t lanes,
                  SignalPlan* side) {
  if (!MaySamplesBeLanes(shape, *side, tuning, lanes)) return;
  side->source = LaneSource::kSamples;
  // As of an axis between its samples and as many as its modes need.
  AxisSpec& spec = side->axis[2];
  const ModeMap& modes = spec.modes;
  spec.kind = AxisKind::kSignal;
  spec.signal = {lanes, ChannelsOfSignal(shape, *side)};
  spec.without_copies = true;
  const int64_t band = std::min(modes.length, 2 * modes.high + 1);
  spec.shape.n = modes.synthesis ? band : modes.length;
  spec.shape.m = modes.synthesis ? modes.length : band;
}

void PlaceLanes(const SpectralConvShape& shape, int64_t images, int64_t lanes, SignalPlan* side) {
  const int64_t channels = side->channels;
  side->padded = RoundUp(channels, lanes);
  if (side->source == LaneSource::kSamples) return;
  if (side->by_moments() ? AreSamplesContiguous(shape, *side)
                         : shape.format == DataFormat::kChannelsFirst) {
    side->source = LaneSource::kPlanes;
    side->scattered = channels % lanes != 0;
    return;
  }
  if (channels > 0 && 2 * channels <= lanes && CeilDiv(images, lanes) < images) {
    side->source = LaneSource::kImages;
    side->subs = channels;
    side->scattered = true;
  }
}

// Joins vectors of channels to blocks while their tiles stay in cache and all workers have some.
void JoinVectors(const SpectralConvPlan& plan, int64_t block_bytes, int64_t element,
                 int max_workers, SignalPlan* side) {
  if (side->source != LaneSource::kChannels || plan.shape.rank == 1) return;
  const int64_t vectors = CeilDiv(side->channels, plan.lanes);
  const int64_t volume =
      side->axis[0].modes.length * side->axis[1].modes.modes() * side->axis[2].modes.modes();
  const int64_t tile = (side->axis[1].modes.length * side->tile_row +
                        (plan.shape.rank == 3 ? volume * 2 * plan.lanes : 0)) *
                       element;
  int64_t subs = std::min(vectors, block_bytes / tile);
  while (subs > 1 && plan.group * CeilDiv(vectors, subs) < int64_t{2} * max_workers) --subs;
  if (subs > 1) side->subs = CeilDiv(vectors, CeilDiv(vectors, subs));
}

// Multiply-adds of vectors for one block.
double BlockWork(const SignalPlan& side) {
  const auto rows = static_cast<double>(side.axis[0].modes.length * side.axis[1].modes.length);
  const auto columns = static_cast<double>(side.axis[0].modes.length * side.axis[2].modes.modes());
  const auto outer = static_cast<double>(side.axis[1].modes.modes() * side.axis[2].modes.modes());
  return static_cast<double>(side.subs) *
         (rows * AxisWork(side.axis[2]) + columns * AxisWork(side.axis[1]) +
          outer * AxisWork(side.axis[0]));
}

// Joins blocks that are rows to pairs, unless some workers would then wait longer for others.
void JoinRows(const SpectralConvPlan& plan, SignalPlan* side) {
  if (plan.shape.rank > 1 || side->source == LaneSource::kSamples || side->by_moments()) return;
  const int64_t blocks = side->Blocks(plan.group, plan.lanes);
  const auto rounds = [&](int64_t units) {
    return static_cast<double>(CeilDiv(units, int64_t{plan.workers}));
  };
  double paired = 2 * rounds(CeilDiv(blocks, 2));
  if (blocks % 2 == 1 && blocks / 2 % plan.workers == 0) paired -= 2 - kRowAlone;
  if (paired <= kRowAlone * rounds(blocks)) side->at_once = 2;
}

// Whether the result goes past the caches; each vector fills the lines that it writes.
bool Streams(const SpectralConvPlan& plan, const SignalPlan& side, const Tuning& tuning) {
  const bool planes = side.source == LaneSource::kPlanes && side.by_moments();
  return (side.source == LaneSource::kChannels || planes) && FillsLines(plan.lanes, plan.dtype) &&
         LeavesCaches(plan.shape.batch * side.samples() * side.channels,
                      planes ? side.samples() : side.channels, plan.dtype, tuning);
}

void CountWorkers(const Tuning& tuning, int max_workers, SpectralConvPlan* plan) {
  const auto vectors = static_cast<double>(CeilDiv(plan->shape.out, plan->lanes));
  double work = 4 * static_cast<double>(plan->shape.modes() * plan->group) * vectors *
                static_cast<double>(plan->shape.separable ? 1 : plan->shape.in);
  if (plan->both) work *= 2;
  for (int s = plan->takes ? 1 : 0; s < plan->sides; ++s) {
    const SignalPlan& side = plan->side[s];
    work += static_cast<double>(side.Blocks(plan->group, plan->lanes)) * BlockWork(side);
  }
  work = work / static_cast<double>(tuning.work_per_worker) + 1;
  plan->workers = work < max_workers ? static_cast<int>(work) : max_workers;
  plan->pieces = plan->workers == 1 ? 1 : plan->workers * tuning.spectral_conv.pieces_per_worker;
  for (int s = 0; s < plan->sides; ++s) {
    SignalPlan& side = plan->side[s];
    JoinRows(*plan, &side);
    const int64_t units = side.Blocks(plan->group, plan->lanes);
    const auto idle = [&](int64_t all) {
      return 5 * all < 4 * CeilDiv(all, plan->workers) * plan->workers;
    };
    side.shared = plan->shape.rank > 1 && idle(units);
    side.by_slices =
        side.shared && plan->shape.rank == 3 && !idle(units * side.axis[0].modes.length);
  }
}

// Moments of all blocks.
void TakeMoments(const SpectralConvPlan& plan, int64_t vector, SignalPlan* side, size_t* offset) {
  if (!side->by_moments()) return;
  const int64_t blocks = side->Blocks(plan.group, plan.lanes);
  side->moments_offset = Take(offset, blocks * MomentsOfSignal(side->axis[2]) * vector);
}

// Tiles of one block of a side, or of all of them where they are shared: `shared` are the offset of
// what all workers share, `own` that in a worker's part.
void TakeTiles(const SpectralConvPlan& plan, int64_t vector, SignalPlan* side, size_t* shared,
               size_t* own) {
  if (plan.shape.rank == 1) return;
  const int64_t blocks = side->shared ? side->Blocks(plan.group, plan.lanes) : 1;
  const bool all = side->shared && !side->by_slices;
  const int64_t slices = all ? blocks * side->axis[0].modes.length : 1;
  const int64_t element = static_cast<int64_t>(ComputeSize(plan.dtype));
  side->slice_offset = Take(all ? shared : own, slices * side->subs * side->axis[1].modes.length *
                                                    side->tile_row * element);
  if (plan.shape.rank < 3) return;
  const int64_t volume =
      side->axis[0].modes.length * side->axis[1].modes.modes() * side->axis[2].modes.modes();
  side->volume_offset =
      Take(side->shared ? shared : own, blocks * side->subs * volume * 2 * vector);
}

}  // namespace

int64_t SignalPlan::Blocks(int64_t images, int64_t lanes) const {
  switch (source) {
    case LaneSource::kChannels:
      return images * CeilDiv(channels, lanes * subs);
    case LaneSource::kPlanes:
      return CeilDiv(images * channels, lanes);
    case LaneSource::kSamples:
      return images * (channels / signal_channels());
    case LaneSource::kImages:
      break;
  }
  return CeilDiv(images, lanes);
}

SpectralConvPlan MakeSpectralConvPlan(const SpectralConvShape& shape,
                                      const SpectrumRequest& request, DataType dtype, Norm norm,
                                      const SimdTraits& traits, const Tuning& tuning,
                                      int max_workers) {
  SpectralConvPlan plan;
  plan.shape = shape;
  plan.dtype = dtype;
  plan.scale = SpectralConvScale(shape, norm);
  const auto element = static_cast<int64_t>(ComputeSize(dtype));
  plan.lanes = std::max<int64_t>(1, traits.vector_bytes / element);
  const int64_t vector = plan.lanes * element;
  const int64_t line = static_cast<int64_t>(kAlignment) / element;

  const bool gradient = shape.kind == SpectralConvKind::kWeightGradient;
  const bool adjoint = shape.kind == SpectralConvKind::kAdjoint;
  plan.both = request.both;
  plan.sides = plan.both ? 3 : 2;
  for (int s = 0; s < plan.sides; ++s) {
    SignalPlan& side = plan.side[s];
    const bool output = s < 2 && (s == 1) != adjoint;
    const bool synthesis = s == 2 || (s == 1 && !gradient);
    side.channels = output ? shape.out : shape.in;
    for (int i = 0; i < kMaxSpatialRank; ++i) {
      side.axis[i] = MakeAxis(shape.axis[i], i + 1 == kMaxSpatialRank, output, synthesis, dtype,
                              traits, tuning);
    }
    PlaceMoments(shape, tuning, plan.lanes, &side);
    PlaceSamples(shape, tuning, plan.lanes, &side);
    side.padded = RoundUp(side.channels, plan.lanes);
  }
  int64_t image = 0;  // bytes of spectra and moments
  for (int s = 0; s < plan.sides; ++s) {
    const SignalPlan& side = plan.side[s];
    const int64_t moments = side.by_moments() ? MomentsOfSignal(side.axis[2]) : 0;
    image += (2 * shape.modes() + moments) * side.padded * element;
  }
  const auto goes_alone = [](const SignalPlan& side) {
    return side.source == LaneSource::kSamples || side.by_moments();
  };
  const bool alone = goes_alone(plan.side[0]) || goes_alone(plan.side[1]);
  const bool unmixed = shape.separable && !gradient && !alone;
  plan.group = unmixed ? shape.batch
                       : std::max<int64_t>(
                             1, tuning.spectral_conv.group_bytes / std::max<int64_t>(image, 1));
  if (plan.group > plan.lanes) plan.group = plan.group / plan.lanes * plan.lanes;
  plan.group = std::max<int64_t>(1, std::min(plan.group, shape.batch));
  // Where spectra never leave a worker none is there to be kept.
  plan.keeps = request.keeps && shape.kind == SpectralConvKind::kForward && !unmixed;
  if (gradient) {
    SpectralConvShape forward = shape;
    forward.kind = SpectralConvKind::kForward;
    const SpectralConvPlan kept =
        MakeSpectralConvPlan(forward, {false, true, {}}, dtype, norm, traits, tuning, max_workers);
    plan.runs = !plan.both || kept.keeps;
    plan.takes = plan.both && kept.keeps && request.spectrum == SpectrumDims(kept);
    // The sum over the batch is that of both gradients, which go by the groups of what is kept.
    if (kept.keeps) plan.group = kept.group;
  }
  plan.groups = CeilDiv(shape.batch, plan.group);
  for (int s = 0; s < plan.sides; ++s) {
    SignalPlan& side = plan.side[s];
    PlaceLanes(shape, plan.group, plan.lanes, &side);
    side.tile_row = side.axis[2].modes.modes() * 2 * plan.lanes;
    side.mode_step = plan.group * 2 * side.padded;
    side.ahead_bytes = tuning.ahead_bytes;
    // Rows and modes a power of two apart would all fall into the same few sets of the cache.
    if (side.tile_row * element % 1024 == 0) side.tile_row += line;
    if (side.mode_step * element % 1024 == 0) side.mode_step += line;
    JoinVectors(plan, tuning.spectral_conv.block_bytes, element, max_workers, &side);
  }
  if (unmixed) {  // the blocks of both sides are the same ones
    plan.side[0].subs = plan.side[1].subs = std::min(plan.side[0].subs, plan.side[1].subs);
  }
  SignalPlan& target = plan.side[plan.sides - 1];
  target.streams = (!gradient || plan.both) && Streams(plan, target, tuning);
  plan.streams_gradient = gradient && plan.groups == 1 && !shape.separable &&
                          LeavesCaches(2 * shape.weight_modes() * shape.weights_per_mode(),
                                       2 * shape.out, ComputeTypeOfStored(dtype), tuning);
  CountWorkers(tuning, max_workers, &plan);
  plan.local = unmixed && !plan.side[0].shared && !plan.side[1].shared;

  size_t offset = 0;
  size_t worker = 0;
  for (int s = 0; s < plan.sides; ++s) {
    SignalPlan& side = plan.side[s];
    const bool is_given = s == 0 && (plan.keeps || plan.takes);
    if (s == 2 && !plan.takes) {  // mode by mode in the place of that of x
      side.spectrum_offset = plan.side[0].spectrum_offset;
    } else if (!plan.local && !is_given) {
      side.spectrum_offset = Take(&offset, shape.modes() * side.mode_step * element);
    }
    if (s == 0 && plan.takes) continue;
    TakeMoments(plan, vector, &side, &offset);
    TakeTiles(plan, vector, &side, &offset, &worker);
  }
  plan.worker_offset = offset;
  int64_t scratch = 0;
  int64_t packed = 0;
  int64_t column = 0;
  const int first = kMaxSpatialRank - shape.rank;
  for (int s = 0; s < plan.sides; ++s) {
    const SignalPlan& side = plan.side[s];
    for (int i = first; i < kMaxSpatialRank; ++i) {
      scratch = std::max(scratch, AxisScratch(side.axis[i]));
    }
    const bool transposes =
        side.source == LaneSource::kPlanes || side.source == LaneSource::kImages;
    if (transposes && !side.by_moments()) {
      const int64_t row = RoundUp(side.axis[2].modes.length * side.subs, plan.lanes);
      packed = std::max(packed, row * vector);
    }
    if (side.scattered || plan.local) {
      const bool of_all = shape.rank == 1 || plan.local;
      const int64_t at_once = side.at_once * (of_all ? side.subs : 1);
      column = std::max(column, at_once * side.axis[first].modes.modes());
    }
  }
  plan.axis_offset = Take(&worker, scratch * vector);
  plan.packed_bytes = AlignUp(static_cast<size_t>(packed));
  plan.packed_offset = Take(&worker, 2 * static_cast<int64_t>(plan.packed_bytes));
  plan.column_offset = Take(&worker, column * 2 * vector);
  const int64_t terms = shape.separable ? 1 : adjoint || plan.both ? shape.out : shape.in;
  if (!gradient || plan.both) {
    plan.panel_bytes = AlignUp(static_cast<size_t>(RoundUp(2 * terms, plan.lanes) * vector));
    plan.panel_offset = Take(&worker, kVectors * static_cast<int64_t>(plan.panel_bytes));
  }
  plan.worker_bytes = worker;
  plan.workspace_bytes = plan.worker_offset + static_cast<size_t>(plan.workers) * worker;
  plan.filter = MakeFilterPlan(shape, request, dtype, norm, traits, tuning, max_workers);
  if (plan.filter.runs) plan.workspace_bytes = plan.filter.workspace_bytes;
  return plan;
}

Dims SpectrumDims(const SpectralConvPlan& plan) {
  if (plan.filter.runs) return SpectrumDims(plan.filter);
  Dims dims;
  dims.rank = 2;
  dims[0] = plan.groups;
  dims[1] = plan.shape.modes() * plan.side[0].mode_step;
  return dims;
}

bool HoldAxes(const SpectralConvPlan& plan, HeldAxes* axes) {
  if (plan.filter.runs) return HoldAxes(plan.filter, axes);
  for (int side = 0; side < plan.sides; ++side) {
    if (side == 0 && plan.takes) continue;
    for (int i = kMaxSpatialRank - plan.shape.rank; i < kMaxSpatialRank; ++i) {
      if (!axes->Hold(side * kMaxSpatialRank + i, plan.side[side].axis[i])) return false;
    }
  }
  return true;
}

}  // namespace spectral_ops
