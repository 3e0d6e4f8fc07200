#include "gpu/wavelet.h"

#include <algorithm>

#include "core/integers.h"

namespace spectral_ops::gpu {
namespace {

constexpr int64_t kMaxPositions = (int64_t{1} << 30) - 1;  // of a launch: twice that has 32 bits

// The pass along axis `own`, behind which all axes but `skipped` are done; that
// along the skipped one comes last.
WaveletPass MakePass(const WaveletShape& shape, int own, int skipped) {
  const bool last = shape.format == DataFormat::kChannelsLast;
  WaveletPass pass;
  pass.axis = shape.axis[own];
  pass.of_tensor = own == skipped || (skipped < 0 && own == 0);
  int64_t bands = 1;  // so far
  int64_t before = 1;
  int64_t behind = 1;
  for (int a = 0; a < shape.rank; ++a) {
    if (a == own) continue;
    const bool done = own == skipped || (a > own && a != skipped);
    (a < own ? before : behind) *= done ? shape.axis[a].h : shape.axis[a].n;
    if (!done) continue;
    bands *= 2;
    if (a > own) ++pass.low_bands;
  }
  pass.plane_lines = before;
  pass.lines = last ? before : bands * before;
  pass.inner = last ? behind * bands * shape.channels : behind;
  pass.run = last ? shape.channels << pass.low_bands : pass.inner;
  return pass;
}

}  // namespace

BandPlaces WaveletPlan::Places(const WaveletPass& one, int64_t first, int64_t own) const {
  const int64_t line = one.axis.h * one.inner;  // at most kMaxPositions
  BandPlaces places;
  places.run = Divider(one.run);
  if (shape.format == DataFormat::kChannelsLast) {
    places.line_step = static_cast<uint32_t>(2 * line);
    places.row_step = static_cast<uint32_t>(2 * one.inner);
    places.band_step = one.run;
    return places;
  }
  places.line_step = static_cast<uint32_t>(line);
  places.row_step = static_cast<uint32_t>(one.inner);
  places.band_step = one.lines * own * line;
  if (!one.of_tensor) return places;
  places.scattered = true;
  const int64_t image_lines = shape.channels * one.plane_lines;
  places.planes = Divider(one.plane_lines * own);
  places.image = Divider(image_lines);
  places.first = static_cast<int32_t>(first % shape.channels * one.plane_lines);
  places.low_bands = one.low_bands;
  places.plane_band_step = image_lines * line;
  places.band_step = places.plane_band_step << one.low_bands;
  places.image_gap = (shape.bands() - 1) * places.plane_band_step;
  return places;
}

int64_t WaveletPlan::OffsetOfBands(int64_t first) const {
  int64_t plane = shape.format == DataFormat::kChannelsLast ? shape.channels : 1;
  for (int a = 0; a < shape.rank; ++a) plane *= shape.axis[a].h;
  if (shape.format == DataFormat::kChannelsLast) return first * shape.bands() * plane;
  return (first / shape.channels * shape.bands() * shape.channels + first % shape.channels) * plane;
}

Status MakePlan(const WaveletCall& call, const WaveletShape& shape, const GpuTraits& traits,
                WaveletPlan* plan) {
  *plan = WaveletPlan();
  plan->shape = shape;
  plan->dtype = call.dtype;
  plan->processors = traits.processors;
  const bool last = shape.format == DataFormat::kChannelsLast;
  if (shape.batch == 0 || shape.channels == 0) return {};
  plan->images = last ? shape.batch : shape.batch * shape.channels;
  const bool gradient = plan->gradient();
  const int skipped = gradient ? shape.filter_axis : -1;
  for (int step = 0; step < shape.rank; ++step) {
    const int a = plan->synthesis() ? step : shape.rank - 1 - step;
    if (a == skipped) continue;
    plan->axis[plan->count] = a;
    plan->pass[plan->count++] = MakePass(shape, a, skipped);
  }
  if (gradient) plan->own = MakePass(shape, skipped, skipped);

  int64_t widest = last ? 1 : shape.channels;
  int64_t between = 0;
  const auto measure = [&](const WaveletPass& pass) {
    widest = std::max(widest, pass.lines * std::max(pass.axis.n, pass.axis.h) * pass.inner);
    if (!last && pass.of_tensor) widest = std::max(widest, shape.channels * pass.plane_lines);
  };
  for (int i = 0; i < plan->count; ++i) {
    const WaveletPass& pass = plan->pass[i];
    measure(pass);
    if (!gradient && i + 1 == plan->count) break;
    between = std::max(between, plan->synthesis() ? pass.Samples() : pass.Coefficients());
  }
  if (gradient) measure(plan->own);
  if (widest > kMaxPositions) {
    return Status::InvalidArgument(
        plan->synthesis() ? "bands: " : "x: ", widest,
        " positions of one image along one axis; allowed on a GPU: ", kMaxPositions);
  }
  const auto element = static_cast<int64_t>(ComputeSize(call.dtype));
  plan->chunk = std::min(plan->images, kMaxPositions / widest);
  if (between > 0) {
    const auto most = static_cast<int64_t>(traits.chunk_bytes) / (between * element);
    plan->chunk = std::min(plan->chunk, std::max<int64_t>(1, most));
  }
  const int tensors = gradient ? plan->count : plan->count - 1;
  for (int i = 0; i < std::min(2, tensors); ++i) {
    plan->between_offset[i] = TakeAligned(&plan->workspace_bytes, plan->chunk * between * element);
  }
  if (!gradient) return {};
  constexpr int64_t kMaxSlices = 1024;
  constexpr int64_t kPositionsPerSlice = 4096;
  const int64_t positions = plan->chunk * plan->own.Coefficients() / 2;
  plan->slices = std::max<int64_t>(1, std::min(kMaxSlices, positions / kPositionsPerSlice));
  constexpr auto kSumBytes = static_cast<int64_t>(sizeof(double));
  plan->partial_offset =
      TakeAligned(&plan->workspace_bytes, plan->slices * 2 * plan->own.axis.taps * kSumBytes);
  return {};
}

}  // namespace spectral_ops::gpu
