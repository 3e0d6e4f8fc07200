// The operators of single axes as real matrices, entry by entry, and the kernel that writes them
// where tensor cores take them: nothing is uploaded or kept, every call makes its own.
//
// Complex numbers are pairs of reals next to the axis: samples of a leading axis of modes lie as
// [length, 2], its modes as [2, modes], so that every pass is a plain product along one axis,
//
//   y[o, r, c] = sum_k A[r, k] x[o, k, c]
//
// and what one axis leaves as [.., 2, modes, c] the axis before it takes as [length, 2, modes c].
#pragma once

#include <cmath>
#include <cstdint>

#include "core/axis.h"
#include "core/modes.h"
#include "core/roots.h"
#include "gpu/block.h"
#include "gpu/mma.h"
#include "gpu/tile_product.h"

namespace spectral_ops::gpu {

// One axis of an operator: resampled, or between its samples and its modes (core/modes.h).
struct AxisMap {
  bool resample = true;
  AxisShape shape;  // resample
  ModeMap modes;
  // An analysis of the last axis that takes, in place of its modes, the real numbers
  // C[k] = sum_i z[i] cos(pi k (2i + 1) / 2 length), 0 <= k <= high < length.
  bool cosines = false;
  double scale = 1;

  constexpr int64_t parts() const { return cosines ? 1 : 2; }  // of a mode
  // How it folds best: shifted where halves are whole k-tiles and, of rows, more than a fragment.
  constexpr Fold fold() const {
    const bool periodic = shape.rule == AxisRule::kPeriodic;
    const bool shifted = periodic && shape.n % 16 == 0 && shape.m % 2 == 0 && shape.m > 32;
    return shifted ? Fold{Halves::kShifted, 0} : Fold{Halves::kMirrored, periodic ? 1 : 0};
  }
  constexpr int64_t rows() const {
    if (resample) return shape.m;
    if (modes.synthesis) return modes.length * (modes.half ? 1 : 2);
    return parts() * modes.modes();
  }
  constexpr int64_t depth() const {
    if (resample) return shape.n;
    if (!modes.synthesis) return modes.length * (modes.half ? 1 : 2);
    return 2 * modes.modes();
  }
  // Samples or modes, whether real or complex.
  constexpr int64_t InputExtent() const {
    if (resample) return shape.n;
    return modes.synthesis ? modes.modes() : modes.length;
  }
  constexpr int64_t OutputExtent() const {
    if (resample) return shape.m;
    return modes.synthesis ? modes.length : modes.modes();
  }
};

// WindowedKernel of core/axis.h without a table: from term to term a root is turned on, and every
// sixteenth is made anew, so that errors stay those of a few roundings.
template <class S>
SPECTRAL_OPS_DEVICE double WindowedSum(int64_t band, int64_t s, int64_t period, const S* window) {
  constexpr int64_t kTurns = 16;
  const Root step = RootOfUnity(s, period);
  double sum = static_cast<double>(window[0]);
  Root root{1, 0};
  for (int64_t k = 1; 2 * k <= band; ++k) {
    root = k % kTurns == 0 ? RootOfUnity(k * s, period)
                           : Root{root.cosine * step.cosine - root.sine * step.sine,
                                  root.cosine * step.sine + root.sine * step.cosine};
    sum += static_cast<double>(BinMultiplicity(k, band)) * static_cast<double>(window[k]) *
           root.cosine;
  }
  return sum;
}

// R[j, i] of core/axis.h but for the scale; `window` may be null.
template <class S>
SPECTRAL_OPS_DEVICE double ResampleEntry(const AxisShape& axis, const S* window, int64_t j,
                                         int64_t i) {
  const int64_t band = axis.kernel_band();
  const int64_t period = axis.period(axis.n * axis.m);
  return EntryOf(axis, axis.n, axis.m, j, i, [=](int64_t difference) {
    const int64_t s = WithinHalf(difference, period);
    return window == nullptr ? BandKernel(band, s, period) : WindowedSum(band, s, period, window);
  });
}

// Between sample i of part `sample_part` and mode s of part `mode_part`: with p = g cos + i h sin,
// the analysis multiplies by conj(p), the synthesis by p; of the last axis the samples are real.
SPECTRAL_OPS_DEVICE double ModeEntry(const ModeMap& spec, int64_t i, int sample_part, int64_t s,
                                     int mode_part) {
  const int64_t f = spec.half ? s : s - spec.low;
  const Root root = RootOfUnity(f * i, spec.length);
  if (sample_part == mode_part) return spec.cosine_weight(f) * root.cosine;
  const double sine = spec.sine_weight(f) * root.sine;
  // conj(p) z: re += h sin im(z), im -= h sin re(z); p z the other way round. A synthesis of real
  // samples drops the imaginary part.
  const bool to_real = spec.synthesis ? sample_part == 0 : mode_part == 0;
  return to_real == spec.synthesis ? -sine : sine;
}

template <class S>
SPECTRAL_OPS_DEVICE double AxisEntry(const AxisMap& map, const S* window, int64_t row,
                                     int64_t column) {
  if (map.resample) return map.scale * ResampleEntry(map.shape, window, row, column);
  if (map.cosines) {
    return map.scale * RootOfUnity(row * (2 * column + 1), 4 * map.modes.length).cosine;
  }
  const int64_t modes = map.modes.modes();
  const int64_t sample = map.modes.synthesis ? row : column;
  const int64_t mode = map.modes.synthesis ? column : row;
  const int64_t parts = map.modes.half ? 1 : 2;
  return map.scale * ModeEntry(map.modes, sample / parts, static_cast<int>(sample % parts),
                               mode % modes, static_cast<int>(mode / modes));
}

// The entry of the even or the odd half (axis_product.h), or of the whole.
template <class S>
SPECTRAL_OPS_DEVICE double FoldedEntry(const AxisMap& map, const S* window, const Fold& fold,
                                       int64_t row, int64_t column, bool odd) {
  const int64_t k = odd ? column + fold.alone : column;
  const int64_t other = fold.other(k, map.depth());
  if (other == k) return odd ? 0 : AxisEntry(map, window, row, k);
  if (other < k) return 0;
  const double low = AxisEntry(map, window, row, k);
  const double high = AxisEntry(map, window, row, other);
  return (odd ? low - high : low + high) / 2;
}

// The tiled matrix of an axis to be written (tile_product.h); a thread for each element of a
// fragment.
template <class S>
struct MatrixToFill {
  AxisMap map;
  const S* window = nullptr;
  S* entries = nullptr;
  Fold fold;
  bool split = false;  // whether parts of entries are stored, or entries

  constexpr int64_t Elements() const {
    return Fragments<S>(fold, map.rows(), map.depth()) * kWarp * Mma<S>::kA;
  }
  constexpr int64_t Blocks() const { return CeilDiv(Elements(), kThreads); }

  // The work of a block, of those of this matrix.
  template <class Block>
  SPECTRAL_OPS_DEVICE void Fill(Block& block, int64_t index) const {
    using M = Mma<S>;
    const JobShape job = JobOf(fold);
    const int64_t rows = fold.sums(map.rows());
    const int64_t depth = fold.sums(map.depth());
    const int64_t depth_tiles = DepthTiles<S>(depth);
    const int64_t elements = Elements();
    block.Threads([&](int t) {
      const int64_t element = index * kThreads + t;
      if (element >= elements) return;
      const int i = static_cast<int>(element % M::kA);
      const int lane = static_cast<int>(element / M::kA % kWarp);
      const int64_t fragment = element / (M::kA * kWarp);
      const int64_t tile = fragment / job.fragments();
      const auto of_tile = static_cast<int>(fragment - tile * job.fragments());
      const bool odd = of_tile >= job.row_fragments;
      const int64_t row_fragment =
          tile / depth_tiles * job.row_fragments + of_tile % job.row_fragments;
      const int64_t row = row_fragment * M::kRows + M::ARow(lane, i);
      const int64_t column = tile % depth_tiles * M::kDepth + M::ADepth(lane, i);
      S value = 0;
      if (row < rows && column < depth) {
        MakeEntry(fold.any() ? FoldedEntry(map, window, fold, row, column, odd)
                             : AxisEntry(map, window, row, column),
                  &value);
      }
      S part[M::kParts];
      SplitEntry(value, part);
      const int parts = split ? M::kParts : 1;
      SPECTRAL_OPS_UNROLL
      for (int p = 0; p < M::kParts; ++p) {
        if (p < parts) entries[((fragment * parts + p) * kWarp + lane) * M::kA + i] = part[p];
      }
    });
  }
};

// Writes what the axes of a chain need; an Axis has so many Blocks(), and does Fill(block, index).
template <class Axis>
struct FillAxes {
  Axis axis[kMaxSpatialRank];
  int count = 0;

  Grid grid() const {
    int64_t blocks = 0;
    for (int i = 0; i < count; ++i) blocks += axis[i].Blocks();
    return {blocks, 0};
  }

  template <class Block>
  SPECTRAL_OPS_DEVICE void Run(Block& block) const {
    int64_t first = 0;
    for (int i = 0; i < count; ++i) {
      const int64_t index = block.index() - first;
      first += axis[i].Blocks();
      if (block.index() < first) return axis[i].Fill(block, index);
    }
  }
};

}  // namespace spectral_ops::gpu
