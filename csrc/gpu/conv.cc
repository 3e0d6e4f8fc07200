#include "gpu/conv.h"

#include <algorithm>

#include "core/integers.h"
#include "gpu/spectral_conv.h"

namespace spectral_ops::gpu {
namespace {

// The three tensors of a convolution.
constexpr int kX = 0;
constexpr int kFilters = 1;
constexpr int kY = 2;

constexpr int64_t kTile = 128;  // length of tiles where nothing asks for more or less

// Transforms of one axis: one tile where it is short, else tiles that are at most half overlap.
int64_t TileLength(const ConvAxis& axis, ConvMap map, int64_t tile) {
  const int64_t target = map == ConvMap::kInputGradient ? axis.n : axis.m;
  const int64_t whole = target + axis.taps - 1;
  const int64_t length = std::min(whole, std::max(tile, 2 * axis.taps));
  const int64_t rounded = RoundUp(length, 8);
  return rounded > 4 * kTile ? SmoothLength(rounded) : rounded;
}

TileAxis SourceAxis(const ConvTiling& cut) {
  return MakeTileAxis(cut.length, cut.tiles, cut.step, cut.shift, 0, cut.count, cut.source);
}
// The tiles' own samples of a tensor that has as many as the target.
TileAxis TargetAxis(const ConvTiling& cut) {
  return MakeTileAxis(cut.length, cut.tiles, cut.step, -cut.first, cut.first, cut.first + cut.step,
                      cut.target);
}
TileAxis FilterAxis(const ConvTiling& cut) {
  return MakeTileAxis(cut.length, 1, cut.length, 0, 0, cut.taps, cut.taps);
}

// Samples to all modes of transforms of `length`, or back; the pair without a scale.
AxisMap AllModes(int64_t length, bool last, bool synthesis) {
  AxisMap map;
  map.resample = false;
  map.modes.length = length;
  map.modes.low = last ? 0 : length / 2;
  map.modes.high = last ? length / 2 : (length - 1) / 2;
  map.modes.half = last;
  map.modes.synthesis = synthesis;
  if (last && synthesis) {
    map.modes.doubled = true;
    if (length % 2 == 0) map.modes.nyquist = length / 2;
  }
  return map;
}

void PlaceTensors(const ConvTiling* cuts, ConvPlan* plan) {
  const ConvShape& shape = plan->shape;
  const bool first = shape.format == DataFormat::kChannelsFirst;
  plan->side[kX].channels = shape.in_channels;
  plan->side[kY].channels = shape.out_channels;
  plan->side[kFilters].channels = shape.in_per_group() * shape.out_channels;
  for (int s : {kX, kFilters, kY}) {
    ConvSide& side = plan->side[s];
    const bool is_signal = s != kFilters;
    TileGeometry& geometry = side.geometry;
    (is_signal && first ? geometry.planes : geometry.inner) =
        Divider(std::max<int64_t>(1, side.channels));
    geometry.circular = shape.circular && is_signal && s == plan->source;
    for (int i = 0; i < kMaxSpatialRank; ++i) {
      geometry.axis[i] = !is_signal          ? FilterAxis(cuts[i])
                         : s == plan->source ? SourceAxis(cuts[i])
                                             : TargetAxis(cuts[i]);
    }
    side.operand = SpectrumOperand(is_signal ? shape.format : DataFormat::kChannelsLast,
                                   {1, 1, plan->modes}, side.channels);
  }
  // Of filters, rows are the input channels of a group.
  plan->side[kFilters].operand.row = shape.out_channels;
  plan->side[kX].operand.group *= shape.in_per_group();
  plan->side[kY].operand.group *= shape.out_per_group();
  plan->side[kFilters].operand.group *= shape.out_per_group();
}

int64_t Modes(const ConvTiling* cuts, int rank) {
  int64_t modes = 1;
  for (int i = kMaxSpatialRank - rank; i < kMaxSpatialRank; ++i) {
    modes *= i + 1 == kMaxSpatialRank ? cuts[i].length / 2 + 1 : cuts[i].length;
  }
  return modes;
}

// Numbers of the largest tile, or of its spectrum, or of the filters.
int64_t WidestTile(const ConvPlan& plan) {
  int64_t widest = 1;
  for (const ConvSide& side : plan.side) {
    widest = std::max({widest, side.geometry.TileElements(), plan.modes * side.channels});
  }
  return widest;
}

}  // namespace

Status MakePlan(const ConvCall& call, const ConvShape& shape, const GpuTraits& traits,
                ConvPlan* plan) {
  const ConvMap map = call.map;
  *plan = ConvPlan();
  plan->shape = shape;
  plan->map = map;
  plan->dtype = call.dtype;
  plan->source = map == ConvMap::kInputGradient ? kY : kX;
  plan->other = map == ConvMap::kFilterGradient ? kY : kFilters;
  plan->target = kX + kFilters + kY - plan->source - plan->other;
  const auto element = static_cast<int64_t>(ComputeSize(call.dtype));
  const auto limit = static_cast<int64_t>(traits.fft_bytes);
  const int64_t filters = shape.in_per_group() * shape.out_channels;

  // Shorter tiles where the spectra of many filters would not fit.
  ConvTiling cuts[kMaxSpatialRank];
  for (int64_t tile = kTile; tile >= 8; tile /= 2) {
    for (int i = 0; i < kMaxSpatialRank; ++i) {
      const bool used = i >= kMaxSpatialRank - shape.rank;
      cuts[i] = CutConvAxis(shape.axis[i], map, used ? TileLength(shape.axis[i], map, tile) : 1);
    }
    plan->modes = Modes(cuts, shape.rank);
    if (4 * plan->modes * filters * element <= limit) break;
  }
  PlaceTensors(cuts, plan);
  const ConvSide& source = plan->side[plan->source];
  const int64_t image_tiles = source.geometry.ImageTiles();
  plan->tiles = shape.batch * image_tiles;
  const int64_t signals = shape.in_channels + shape.out_channels;
  plan->chunk = limit / std::max<int64_t>(1, 4 * plan->modes * signals * element);
  plan->chunk = std::max<int64_t>(1, std::min(plan->chunk, plan->tiles));
  const int64_t widest = WidestTile(*plan);
  if (std::max(image_tiles, widest) > kMostNumbers) {
    return Status::InvalidArgument(
        plan->source == kY ? "grad_output: " : "x: ", std::max(image_tiles, widest),
        widest > kMostNumbers ? " numbers in one tile" : " tiles of one image",
        "; allowed on a GPU: ", kMostNumbers);
  }
  plan->chunk = std::min({plan->chunk, kMostNumbers / widest, kMostNumbers - image_tiles + 1});

  for (int s : {kX, kFilters, kY}) {
    ConvSide& side = plan->side[s];
    const bool synthesis = s == plan->target;
    const int64_t tiles = s == kFilters ? 1 : plan->chunk;
    ChainAxis axes[kMaxSpatialRank];
    double scale = 1;
    for (int i = 0; i < shape.rank; ++i) {
      const int64_t length = side.geometry.axis[kMaxSpatialRank - shape.rank + i].length.value();
      axes[i].map = AllModes(length, i + 1 == shape.rank, synthesis);
      scale /= static_cast<double>(length);
    }
    if (synthesis) axes[shape.rank - 1].map.scale = scale;
    SPECTRAL_OPS_RETURN_IF_ERROR(MakeChain(axes, shape.rank, tiles * side.geometry.planes.value(),
                                           side.geometry.inner.value(), !synthesis, call.dtype,
                                           traits, &plan->workspace_bytes, &side.chain));
    side.tiles_offset =
        TakeAligned(&plan->workspace_bytes, tiles * side.geometry.TileElements() * element);
    side.spectrum_offset =
        TakeAligned(&plan->workspace_bytes, 2 * tiles * plan->modes * side.channels * element);
  }
  return {};
}

}  // namespace spectral_ops::gpu
