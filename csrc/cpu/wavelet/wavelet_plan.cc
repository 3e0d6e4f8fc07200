#include "cpu/wavelet/wavelet_plan.h"

#include <algorithm>

#include "core/integers.h"
#include "core/memory.h"
#include "cpu/base/streams.h"
#include "cpu/wavelet/wavelet_rows.h"

namespace spectral_ops {
namespace {

size_t TableBytes(const WaveletAxis& axis, WaveletMap map, DataType type) {
  Arena memory;
  if (type == DataType::kFloat64) {
    BuildWaveletRows<double>(axis, map, nullptr, &memory);
  } else {
    BuildWaveletRows<float>(axis, map, nullptr, &memory);
  }
  return memory.bytes();
}

void MeasureSteps(WaveletPlan* plan) {
  const WaveletShape& shape = plan->shape;
  const bool last = shape.format == DataFormat::kChannelsLast;
  plan->channels = last ? shape.channels : 1;
  plan->images = last ? shape.batch : shape.batch * shape.channels;
  int64_t samples = plan->channels;
  int64_t bands = last ? plan->channels * shape.bands() : 1;
  for (int a = plan->last(); a >= 0; --a) {
    plan->sample_step[a] = samples;
    plan->band_step[a] = bands;
    samples *= shape.axis[a].n;
    bands *= shape.axis[a].h;
  }
  plan->image_samples = samples;
  plan->band_stride = last ? plan->channels : bands * shape.channels;
  plan->images_apart = last ? 1 : shape.channels;
  plan->batch_bands = last ? bands : bands * shape.channels * shape.bands();
  plan->image_bands = last ? 0 : bands;
}

// Positions of a piece are a multiple of these, so that its rows fill blocks.
constexpr int64_t kPositions = 16;

// Elements of the tiles behind axis a: of analysis samples of the axes behind it, of synthesis
// their bands.
int64_t TileElements(const WaveletPlan& plan, int a) {
  const WaveletShape& shape = plan.shape;
  int64_t elements = plan.channels;
  for (int k = a + 1; k < shape.rank; ++k) {
    elements *= shape.map == WaveletMap::kSynthesis ? 2 * shape.axis[k].h : shape.axis[k].n;
  }
  return elements;
}

}  // namespace

WaveletPlan MakeWaveletPlan(const WaveletShape& shape, DataType dtype, const SimdTraits& traits,
                            const Tuning& tuning, int max_workers) {
  WaveletPlan plan;
  plan.shape = shape;
  plan.dtype = dtype;
  const auto element = static_cast<int64_t>(ComputeSize(dtype));
  const int64_t lanes = std::max<int64_t>(1, traits.vector_bytes / element);
  MeasureSteps(&plan);
  const bool gradient = shape.map == WaveletMap::kFilterGradient;
  const bool synthesis = shape.map == WaveletMap::kSynthesis;
  // Half a vector is not worth the way through lines, where there are masks for it.
  plan.merged = (traits.vector_bytes >= 64 ? 4 : 2) * plan.channels <= lanes && lanes > 1;
  plan.streams = lanes > 1 && !gradient && shape.format == DataFormat::kChannelsLast &&
                 ElementSize(dtype) == ComputeSize(dtype) &&
                 LeavesCaches(plan.images * (synthesis ? plan.image_samples : plan.batch_bands),
                              plan.channels, dtype, tuning);
  size_t offset = 0;
  for (int a = 0; a < shape.rank; ++a) {
    if (gradient && a == shape.filter_axis) continue;
    plan.table_offset[a] =
        Take(&offset, TableBytes(shape.axis[a], synthesis ? shape.map : WaveletMap::kAnalysis,
                                 ComputeTypeOfStored(dtype)));
  }
  size_t worker = 0;
  if (gradient) {
    // An image at a time; sums of some images each, added up in order.
    constexpr int64_t kMostTasks = 64;
    plan.rows = plan.images;
    plan.block = std::max<int64_t>(1, CeilDiv(plan.images, kMostTasks));
    plan.tasks = plan.images == 0 ? 0 : CeilDiv(plan.images, plan.block);
    const int64_t taps = shape.axis[shape.filter_axis].taps;
    plan.partial_offset =
        Take(&offset, static_cast<size_t>(plan.tasks * 2 * taps) * sizeof(double));
    // Planes of bands of the other axes, before and behind each: at most as many as all have.
    int64_t plane = plan.channels;
    for (int a = 0; a < shape.rank; ++a) plane *= std::max(shape.axis[a].n, shape.axis[a].h);
    plan.line_elements = RoundUp(plane, lanes);
    plan.line_offset =
        Take(&worker, static_cast<size_t>((shape.bands() + 1) * plan.line_elements * element));
  } else {
    plan.rows = synthesis ? shape.axis[0].n : shape.axis[0].h;
    for (int a = 0; a < plan.last(); ++a) {
      plan.tile_elements[a] = RoundUp(TileElements(plan, a), lanes);
      const int64_t row = (synthesis ? 1 : 2) * plan.tile_elements[a] * element;
      // Rows together read what they have in common from near; tiles of many leave the cache.
      const int64_t rows = shape.axis[a].taps > 10 ? 4 : 2;
      plan.tile_rows[a] = rows * row <= tuning.wavelet.tile_bytes ? rows : 1;
      plan.tile_offset[a] = Take(&worker, static_cast<size_t>(plan.tile_rows[a] * row));
    }
    const int64_t position = std::max<int64_t>(1, plan.channels * element);
    plan.piece = RoundUp(CeilDiv(tuning.wavelet.piece_bytes, position), kPositions);
    const WaveletAxis& last = shape.axis[plan.last()];
    if (plan.merged) {
      // Two lines that are read and two that are written.
      plan.line_elements =
          RoundUp(plan.channels * (std::max(last.n, last.h) + last.taps * last.dilation()), lanes) +
          lanes;
      plan.line_offset = Take(&worker, static_cast<size_t>(4 * plan.line_elements * element));
    }
  }
  double taps = 0;
  for (int a = 0; a < shape.rank; ++a) taps += static_cast<double>(shape.axis[a].taps);
  const double work = static_cast<double>(plan.images) * static_cast<double>(plan.image_samples) *
                      (2 * taps + 4) / static_cast<double>(lanes);
  const double shares = work / static_cast<double>(tuning.work_per_worker) + 1;
  plan.workers = shares < max_workers ? static_cast<int>(shares) : max_workers;
  if (!gradient) {
    // Blocks of rows, where images alone would not keep all workers busy to the end.
    const int64_t wanted = CeilDiv(int64_t{8} * plan.workers, std::max<int64_t>(1, plan.images));
    const int64_t least = shape.rank == 1 ? CeilDiv(1024, std::max<int64_t>(1, plan.channels)) : 1;
    plan.block = plan.workers == 1
                     ? plan.rows
                     : std::min(plan.rows, std::max(least, CeilDiv(plan.rows, wanted)));
    plan.tasks =
        plan.images * plan.channels == 0 ? 0 : plan.images * CeilDiv(plan.rows, plan.block);
  }
  plan.workers =
      static_cast<int>(std::max<int64_t>(1, std::min<int64_t>(plan.workers, plan.tasks)));
  plan.worker_offset = offset;
  plan.worker_bytes = AlignUp(worker);
  plan.workspace_bytes = offset + static_cast<size_t>(plan.workers) * plan.worker_bytes;
  return plan;
}

}  // namespace spectral_ops
