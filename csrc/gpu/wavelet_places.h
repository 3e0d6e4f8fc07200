// What the threads of a wavelet's kernels take, and where coefficients stand in memory. A thread
// takes positions of lines; neighbours take what is next to each other in memory.
#pragma once

#include <algorithm>
#include <cstdint>

#include "core/integers.h"
#include "gpu/block.h"
#include "gpu/divider.h"

namespace spectral_ops::gpu {

// Positions (line, row, q) of [lines, rows, inner] for the threads of a launch.
// Where `inner` is long, a block has a few rows of 32 columns, so that its
// warps share samples in the L1 cache. Of a large launch, blocks take several
// rounds of positions, for their shared memory is to pay.
struct PositionGrid {
  Divider inner;
  Divider groups;  // of rows
  int32_t rows = 1;
  int32_t count = 0;     // positions of the first row of each group
  int32_t log_each = 0;  // of the rows of a group
  int32_t rounds = 1;

  struct Position {
    int32_t line;
    int32_t row;
    int32_t q;
  };

  int64_t blocks() const { return CeilDiv(count, stride() * rounds); }

  constexpr Position Of(int32_t f, int32_t row_of_group) const {
    const int32_t group_line = inner.Of(f);
    const int32_t line = groups.Of(group_line);
    const int32_t group = group_line - line * groups.value();
    return {line, (group << log_each) + row_of_group, f - group_line * inner.value()};
  }
  // Those of a thread are First, First + stride, .. < End(block), each in this row of its group.
  constexpr int32_t stride() const { return kThreads >> log_each; }
  SPECTRAL_OPS_DEVICE int32_t First(int64_t block, int t) const {
    const int32_t warp = t / kWarp;
    return static_cast<int32_t>(block) * rounds * stride() + (warp >> log_each) * kWarp + t % kWarp;
  }
  SPECTRAL_OPS_DEVICE int32_t End(int64_t block) const {
    const int32_t end = static_cast<int32_t>(block + 1) * rounds * stride();
    return end < count ? end : count;
  }
  SPECTRAL_OPS_DEVICE int32_t RowOfGroup(int t) const { return t / kWarp & ((1 << log_each) - 1); }
};

// Of fewer than 2^30 positions, each row by itself.
inline PositionGrid MakePositionGrid(int64_t lines, int64_t rows, int64_t inner,
                                     int32_t log_each = 0) {
  PositionGrid grid;
  grid.log_each = log_each;
  const int64_t groups = CeilDiv(rows, int64_t{1} << grid.log_each);
  grid.inner = Divider(inner);
  if (groups > 0) grid.groups = Divider(groups);
  grid.rows = static_cast<int32_t>(rows);
  grid.count = static_cast<int32_t>(lines * groups * inner);
  return grid;
}

// The same for a launch of its own on a device of so many processors.
inline PositionGrid SpreadPositions(int64_t lines, int64_t rows, int64_t inner,
                                    int64_t processors) {
  constexpr int64_t kMaxRounds = 8;
  constexpr int64_t kBlocksPerProcessor = 16;  // that a round more leaves
  int32_t log_each = 0;
  while (inner >= kWarp && log_each < 3) {
    const int64_t each = int64_t{2} << log_each;
    if (8 * (RoundUp(rows, each) - rows) > rows) break;  // too many threads without a row
    ++log_each;
  }
  PositionGrid grid = MakePositionGrid(lines, rows, inner, log_each);
  const int64_t rounds = grid.blocks() / (kBlocksPerProcessor * processors);
  grid.rounds = static_cast<int32_t>(std::max<int64_t>(1, std::min(rounds, kMaxRounds)));
  return grid;
}

// Where coefficients [lines, h, inner] of two bands stand. Next to each other
// are runs of one band, then of the other. In a tensor of channels that come
// first, lines are those of the bands so far, each with a part of the tensor's
// planes, beginning anywhere.
struct BandPlaces {
  Divider run;  // of `inner`
  uint32_t row_step = 0;
  uint32_t line_step = 0;
  int64_t band_step = 0;  // to the other band of this axis

  bool scattered = false;       // what follows is of such a tensor
  Divider planes;               // lines of each of the bands so far
  Divider image;                // lines of an image of the tensor
  int32_t first = 0;            // the line of its image that comes first
  int32_t low_bands = 0;        // bits of the bands so far that stand behind this axis' own
  int64_t plane_band_step = 0;  // from band to band of the tensor
  int64_t image_gap = 0;        // between the planes of one image and of the next

  // Of the lowpass, row 0.
  constexpr int64_t Place(int32_t line, int32_t q) const {
    const auto within = static_cast<uint32_t>(q) + static_cast<uint32_t>(run.Of(q) * run.value());
    if (!scattered) return Step(line, line_step) + within;
    const int32_t so_far = planes.Of(line);
    const int32_t plane = line - so_far * planes.value();
    const int32_t band = so_far + (so_far >> low_bands << low_bands);
    return Step(plane, line_step) + within + band * plane_band_step +
           image.Of(first + plane) * image_gap;
  }
  constexpr int64_t Row(int32_t row) const { return Step(row, row_step); }

 private:
  static constexpr int64_t Step(int32_t n, uint32_t step) {
    return static_cast<int64_t>(uint64_t{static_cast<uint32_t>(n)} * step);
  }
};

}  // namespace spectral_ops::gpu
