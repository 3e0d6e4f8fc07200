// Two axes of a tensor in one kernel: y[p, r, s, c] = sum_h B[r, h] sum_w A[s, w] x[p, h, w, c].
//
// A block takes a few planes p, or a few channels c of one: rows of x come through shared memory a
// few at a time, are multiplied by A and stay there, half transformed, until all are there to be
// multiplied by B. x is read once and y written once.
#pragma once

#include <cstddef>
#include <cstdint>
#include <type_traits>

#include "gpu/block.h"
#include "gpu/divider.h"
#include "gpu/element.h"
#include "gpu/tile_product.h"

namespace spectral_ops::gpu {

// How a block's part lies in shared memory. Rows in turns in one or two stages: entry (w, row, c)
// at row * stage_row + w * channels + c. Half transformed: (h, plane, s, c) at h * middle_row +
// ((plane * columns + s) * channels + c) * middle_column. Both have zeros up to the padded depths.
struct PlaneTiling {
  int32_t planes = 1;    // of a block
  int32_t channels = 1;  // of a block
  int32_t rows = 1;      // of a stage
  int32_t stages = 2;    // two: rows come while those before them are multiplied
  int32_t stage_row = 0;
  int32_t middle_row = 0;
  int32_t middle_column = 1;
  size_t stage_bytes = 0;  // of one
  size_t shared_bytes = 0;
};

template <class In, class Out>
struct PlaneProduct {
  using S = ComputeType<In>;

  TiledMatrix row_matrix;     // A: depth W
  TiledMatrix column_matrix;  // B: depth H
  PlaneTiling tiling;
  int32_t planes = 0;    // planes * height < 2^31
  int32_t channels = 0;  // of the tensor
  const In* x = nullptr;
  Out* y = nullptr;

  // Numbers that the kernel divides by.
  Divider channel_blocks;
  Divider height;
  Divider block_channels;
  Divider run;           // elements of a row in a block
  Divider row_columns;   // of a plane's half transformed row
  int64_t row_step = 0;  // of y
  int64_t plane_step = 0;
  bool copies = false;      // rows, 16 bytes at a time
  bool half_pairs = false;  // what is half transformed, two at a time
  bool pairs = false;       // results, two at a time

  Grid grid() const {
    return {CeilDiv(planes, tiling.planes) * channel_blocks.value(), tiling.shared_bytes};
  }

  void Prepare() {
    channel_blocks = Divider(CeilDiv(channels, tiling.channels));
    height = Divider(column_matrix.depth);
    block_channels = Divider(tiling.channels);
    run = Divider(int64_t{row_matrix.depth} * tiling.channels);
    row_columns = Divider(int64_t{row_matrix.rows} * tiling.channels);
    row_step = int64_t{row_matrix.rows} * channels;
    plane_step = column_matrix.rows * row_step;
    copies = CopiesWhole(x, run.value()) &&
             CopiesWhole(x, channels == 1 ? run.value() : channels) &&
             (channels == 1 || CopiesWhole(x, tiling.channels));
    // Neighbours there are two channels, or else two rows of a plane.
    half_pairs = tiling.middle_row == 1 ? column_matrix.depth % 2 == 0 && tiling.rows % 2 == 0
                                        : tiling.channels % 2 == 0;
    pairs = StoresPairs(y, channels == 1 ? row_matrix.rows : channels);
  }

  template <class Block>
  SPECTRAL_OPS_DEVICE void Run(Block& block) const {
    const auto index = static_cast<int32_t>(block.index());
    const int32_t group = channel_blocks.Of(index);
    const int32_t first_plane = group * tiling.planes;
    const int32_t first_channel = (index - group * channel_blocks.value()) * tiling.channels;
    const int32_t planes_left = planes - first_plane;
    const int own_planes = planes_left < tiling.planes ? planes_left : tiling.planes;
    const auto middle = block.template shared<S>(tiling.stages * tiling.stage_bytes);
    FillPadding(block, middle);

    const int rows = own_planes * height.value();
    const int32_t first_row = first_plane * height.value();
    const bool doubled = tiling.stages == 2;
    const auto stage_of = [&](int turn) {
      return block.template shared<S>(doubled && turn % 2 != 0 ? tiling.stage_bytes : 0);
    };
    const auto load = [&](int first, int turn) {
      const auto stage = stage_of(turn);
      const int own = rows - first < tiling.rows ? rows - first : tiling.rows;
      LoadRows(block, stage, first_row + first, own, first_channel);
    };
    for (int first = 0, turn = 0; first < rows; first += tiling.rows, ++turn) {
      const auto stage = stage_of(turn);
      const int own = rows - first < tiling.rows ? rows - first : tiling.rows;
      if (first == 0 || !doubled) {
        block.Sync();  // nobody is at the stage any more
        load(first, turn);
      }
      block.WaitForCopies();
      block.Sync();
      // These rows are there, and nobody is at the other stage any more.
      if (doubled && first + tiling.rows < rows) load(first + tiling.rows, turn + 1);
      const auto row_target = [&](int column) {
        const int row = block_channels.Of(column);
        const int plane = height.Of(first + row);
        const int h = first + row - plane * height.value();
        return h * tiling.middle_row +
               (plane * row_columns.value() + column - row * tiling.channels) *
                   tiling.middle_column;
      };
      Multiply<kIsTf32<In>>(
          block, row_matrix,
          Columns<decltype(stage)>{stage, own * tiling.channels, tiling.channels},
          [&](int column) {
            const int row = block_channels.Of(column);
            return row * tiling.stage_row + column - row * tiling.channels;
          },
          SharedResults{middle, tiling.channels * tiling.middle_column, half_pairs, row_target});
    }
    block.Sync();
    const auto target = [&](int column, int64_t* at) {
      const int plane = row_columns.Of(column);
      const int rest = column - plane * row_columns.value();
      const int s = block_channels.Of(rest);
      const int32_t c = rest - s * tiling.channels;
      *at = plane * plane_step + int64_t{s} * channels + c;
      return first_channel + c < channels;
    };
    Out* const own = y + int64_t{first_plane} * plane_step + first_channel;
    Multiply<false>(
        block, column_matrix,
        Columns<decltype(middle)>{middle, own_planes * row_columns.value(), tiling.middle_row},
        [&](int column) { return column * tiling.middle_column; },
        MemoryResults{own, row_step, pairs, target});
  }

 private:
  // By a whole matrix or one of shifted halves.
  template <bool kExact, class Block, class Shared, class Source, class Results>
  SPECTRAL_OPS_DEVICE static void Multiply(Block& block, const TiledMatrix& matrix,
                                           const Columns<Shared>& columns, const Source& source,
                                           const Results& results) {
    if (matrix.fold.any()) {
      TileProduct<S, true, false, Halves::kShifted, 0>(block, matrix, columns, source, results);
    } else if (matrix.fold.whole_fragments == 1) {
      TileProduct<S, true, kExact, Halves::kNone, 1>(block, matrix, columns, source, results);
    } else if (matrix.fold.whole_fragments == 2) {
      TileProduct<S, true, kExact, Halves::kNone, 2>(block, matrix, columns, source, results);
    } else {
      TileProduct<S, true, kExact, Halves::kNone, 3>(block, matrix, columns, source, results);
    }
  }

  // Rows [first, first + count) of all planes, channels from first_channel on.
  template <class Block, class Stage>
  SPECTRAL_OPS_DEVICE void LoadRows(Block& block, const Stage& stage, int32_t first, int count,
                                    int32_t first_channel) const {
    const int width = row_matrix.depth;
    if (copies) {
      if constexpr (std::is_same_v<In, S>) CopyRows(block, stage, first, count, first_channel);
      return;
    }
    block.Threads([&](int t) {
      const In* from = x + int64_t{first} * width * channels + first_channel;
      for (int e = t; e < count * run.value(); e += kThreads) {
        const int row = run.Of(e);
        const int rest = e - row * run.value();
        const int w = block_channels.Of(rest);
        const int c = rest - w * tiling.channels;
        S value = 0;
        if (first_channel + c < channels) {
          value = Read(from[(int64_t{row} * width + w) * channels + c]);
        }
        stage.Store(t, row * tiling.stage_row + rest, value);
      }
    });
  }

  template <class Block, class Stage>
  SPECTRAL_OPS_DEVICE void CopyRows(Block& block, const Stage& stage, int32_t first, int count,
                                    int32_t first_channel) const {
    constexpr int kEach = static_cast<int>(kCopyBytes / sizeof(S));
    const int width = row_matrix.depth;
    block.Threads([&](int t) {
      const In* from = x + int64_t{first} * width * channels + first_channel;
      for (int e = t * kEach; e < count * run.value(); e += kThreads * kEach) {
        const int row = run.Of(e);
        const int rest = e - row * run.value();
        const int w = block_channels.Of(rest);
        const int c = rest - w * tiling.channels;
        const int to = row * tiling.stage_row + rest;
        if (first_channel + c < channels) {
          stage.Copy(t, to, from + (int64_t{row} * width + w) * channels + c);
        } else {
          for (int i = 0; i < kEach; ++i) stage.Store(t, to + i, S(0));
        }
      }
    });
  }

  // What no row writes, but products read.
  template <class Block, class Middle>
  SPECTRAL_OPS_DEVICE void FillPadding(Block& block, const Middle& middle) const {
    const int own = run.value();
    const int padded = static_cast<int>(PaddedDepth<S>(row_matrix.depth)) * tiling.channels;
    const int rows = static_cast<int>(PaddedDepth<S>(column_matrix.depth));
    block.Threads([&](int t) {
      for (int turn = 0; turn < tiling.stages && own < padded; ++turn) {
        const auto stage = block.template shared<S>(turn * tiling.stage_bytes);
        for (int row = t / kWarp; row < tiling.rows; row += kWarps) {
          for (int e = own + t % kWarp; e < padded; e += kWarp) {
            stage.Store(t, row * tiling.stage_row + e, S(0));
          }
        }
      }
      const int columns = tiling.planes * row_columns.value();
      for (int h = column_matrix.depth; h < rows; ++h) {
        for (int column = t; column < columns; column += kThreads) {
          middle.Store(t, h * tiling.middle_row + column * tiling.middle_column, S(0));
        }
      }
    });
  }
};

}  // namespace spectral_ops::gpu
