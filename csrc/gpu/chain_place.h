// How the axes of a chain go (gpu/chain.h): how matrices fold, how wide panels are and how many
// lines FFTs in shared memory take, and what passes are expected to cost.
#pragma once

#include <algorithm>
#include <cstdint>
#include <limits>

#include "core/integers.h"
#include "gpu/chain.h"

namespace spectral_ops::gpu {

inline constexpr int64_t kLeastFolded = 32;  // for padded halves to stay within the whole
inline constexpr int64_t kLeastWide = 32;    // columns of a panel
inline constexpr int64_t kMaxColumns = std::numeric_limits<int32_t>::max();  // of a launch

// How the matrix of an axis folds, if at all. Shifted halves cost nothing besides, mirrored ones a
// pass over shared memory.
inline Fold FoldOf(const GpuTraits& traits, const AxisMap& map) {
  const int64_t depth = map.depth();
  const Fold fold = map.fold();
  if (!map.resample || depth < kLeastFolded) return {};
  const int64_t from =
      fold.halves == Halves::kShifted ? traits.folded_depth / 2 : traits.folded_depth;
  return depth >= from ? fold : Fold();
}

// Columns that give every warp of a block something to do.
template <class S>
int64_t BusyColumns(const Fold& fold, int64_t rows) {
  return CeilDiv(kWarps, RowJobs<S>(fold, rows)) * JobColumns<S>(fold);
}

// What plans are compared by: clocks that a processor takes for all passes of an image, by rates of
// an H100 (docs/performance.md). None has been measured.
inline constexpr double kBytesOfClock = 13;        // through memory
inline constexpr double kLaunchClocks = 4400;      // one after another
inline constexpr double kCachedBytesOfClock = 24;  // from the L2 cache
template <class S>
constexpr double kProductsOfClock = sizeof(S) == 8 ? 50 : 635;  // of tensor cores
inline constexpr double kWarpsAtWork = 16;                      // that they need of a processor's

// Warps of a processor that are at work on average, where blocks have so many jobs.
inline double WarpsAtWork(int64_t jobs, int blocks) {
  return blocks * static_cast<double>(jobs) / static_cast<double>(CeilDiv(jobs, kWarps));
}

// Jobs of so many columns.
template <class S>
int64_t JobsOf(const AxisMap& map, const Fold& fold, int64_t columns) {
  return RowJobs<S>(fold, map.rows()) * CeilDiv(columns, JobColumns<S>(fold));
}

// Products of an image, with what jobs have beyond the edges of the matrix.
template <class S>
double ProductsOf(const AxisPass& pass, const Fold& fold) {
  const int64_t rows = RowJobs<S>(fold, pass.map.rows()) * JobRows<S>(fold) * JobOf(fold).halves;
  const int64_t depth = PaddedDepth<S>(fold.sums(pass.map.depth()));
  return static_cast<double>(rows * depth) * static_cast<double>(pass.Rows());
}

// What tensor cores take for `products`.
template <class S>
double ProductClocks(double products, double warps) {
  const double parts = Mma<S>::kParts == 1 ? 1 : 3;
  return parts * products / (kProductsOfClock<S> * std::min(1.0, warps / kWarpsAtWork));
}

template <class S>
double MemoryClocks(int64_t elements) {
  return static_cast<double>(elements) * sizeof(S) / kBytesOfClock;
}

// What comes from the L2 cache, `elements` of them and so often the matrix of a pass.
template <class S>
double CacheClocks(const AxisPass& pass, const Fold& fold, double times, bool split,
                   int64_t elements) {
  const size_t matrix = TiledBytes<S>(fold, pass.map.rows(), pass.map.depth(), split);
  const double bytes = static_cast<double>(elements) * sizeof(S);
  return (static_cast<double>(matrix) * times + bytes) / kCachedBytesOfClock;
}

// A pass by itself, with its panel, when what it writes stays in the L2 cache.
template <class S>
double PanelClocks(const GpuTraits& traits, const AxisPass& pass) {
  const bool pair = PanelBytes<S>(pass.panel, pass.map.depth()) <= traits.shared_pair_bytes;
  const int64_t jobs = JobsOf<S>(pass.map, pass.fold, pass.panel.columns);
  const int64_t elements = pass.InputElements() + pass.OutputElements();
  const double panels = static_cast<double>(pass.Rows()) / pass.panel.columns;
  return std::max(
      {MemoryClocks<S>(pass.InputElements()),
       CacheClocks<S>(pass, pass.fold, panels, false, elements),
       ProductClocks<S>(ProductsOf<S>(pass, pass.fold), WarpsAtWork(jobs, pair ? 2 : 1))});
}

// A panel that leaves room for a second block and gives every warp something to do, or a wider one
// where the matrix is read too often; false where even the narrowest does not fit.
template <class S>
bool PlacePanel(const GpuTraits& traits, int64_t columns, AxisPass* pass) {
  const int64_t depth = pass->map.depth();
  const auto set = [&](int64_t width) { pass->panel = MakePanel<S>(depth, pass->inner, width); };
  const auto fits = [&](int64_t width, size_t bytes) {
    return PanelBytes<S>(MakePanel<S>(depth, pass->inner, width), depth) <= bytes;
  };
  const auto leaves_some_idle = [&](int64_t width) {
    return CeilDiv(columns, width) < 2 * traits.processors;
  };
  int64_t width = std::max(BusyColumns<S>(pass->fold, pass->map.rows()), kLeastWide);
  const auto halve = [&] { width = std::max(width / 2, kLeastWide); };
  while (width > kLeastWide && leaves_some_idle(width)) halve();
  while (width > kLeastWide && !fits(width, traits.shared_pair_bytes)) halve();
  set(width);
  double least = PanelClocks<S>(traits, *pass);
  for (int64_t wider = width + kLeastWide;
       fits(wider, traits.shared_pair_bytes) && !leaves_some_idle(wider); wider += kLeastWide) {
    set(wider);
    const double clocks = PanelClocks<S>(traits, *pass);
    if (clocks >= least) continue;
    least = clocks;
    width = wider;
  }
  set(width);
  return fits(width, traits.shared_bytes);
}

template <class S>
bool GoesByMatrix(const GpuTraits& traits, int64_t images, AxisPass* pass) {
  const int64_t rows = pass->map.rows();
  const int64_t depth = pass->map.depth();
  if (traits.algorithm == GpuAlgorithm::kFft || rows > kMaxAxisLength / depth) return false;
  if (traits.algorithm == GpuAlgorithm::kAuto) {
    if (depth > traits.direct_depth) return false;
    if (TiledBytes<S>({}, rows, depth, true) > traits.matrix_bytes) return false;
  }
  return PlacePanel<S>(traits, images * pass->Rows(), pass);
}

// The most lines up to 128 that leave room for a second block; false where four do not fit, or
// where the axis cannot go by FFTs in shared memory.
template <class S>
bool PlaceLines(const GpuTraits& traits, int64_t columns, AxisPass* pass) {
  const int64_t forth = PackedLength(pass->map.shape.n);
  const int64_t back = PackedLength(pass->map.shape.m);
  const auto most = static_cast<int64_t>(traits.shared_bytes / sizeof(Complex<S>));
  AxisFftPlan& plan = pass->fft;
  if (forth > most || back > most) return false;
  if (!MakeBlockFft<S>(forth, &plan.forth) || !MakeBlockFft<S>(back, &plan.back)) return false;
  const auto fits = [&](int32_t log_lines, size_t bytes) {
    SetLines(pass->inner, log_lines, &plan);
    return plan.lines > 0 && SharedBytes<S>(plan) <= bytes;
  };
  int32_t log_lines = 7;
  while (log_lines > 3 && CeilDiv(columns, int64_t{1} << log_lines) < 2 * traits.processors) {
    --log_lines;
  }
  while (log_lines > 3 && !fits(log_lines, traits.shared_pair_bytes)) --log_lines;
  return fits(log_lines, traits.shared_bytes) || fits(2, traits.shared_bytes);
}

template <class S>
bool GoesByBlockFft(const GpuTraits& traits, int64_t images, AxisPass* pass) {
  const AxisMap& map = pass->map;
  return traits.algorithm == GpuAlgorithm::kAuto && map.resample &&
         map.shape.rule != AxisRule::kSymmetric &&
         std::max(map.shape.n, map.shape.m) >= traits.block_fft_length &&
         PlaceLines<S>(traits, images * pass->Rows(), pass);
}

}  // namespace spectral_ops::gpu
