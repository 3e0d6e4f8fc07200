// One axis of a tensor, transformed: y[o, r, c] = sum_k A[r, k] x[o, k, c].
//
// The columns (o, c) are cut into panels; a block holds one in shared memory, all of its depth, and
// multiplies it by the whole matrix: x is read once and y written once.
//
// Long axes that are resampled go by even and odd halves (cpu/axes/axis_matrix.h), which takes half
// the multiplications: with e = x[k] + x[k'] and o = x[k] - x[k'], k' the mirror of k or the sample
// half an axis further (Fold), y[j] = E[j] + O[j] and y[j'] = E[j] - O[j]. Column k of the odd half
// of a mirrored matrix is that of the difference whose second sample is x[n-1-k], a zero where
// there is none.
#pragma once

#include <cstdint>
#include <type_traits>

#include "gpu/block.h"
#include "gpu/divider.h"
#include "gpu/element.h"
#include "gpu/tile_product.h"

namespace spectral_ops::gpu {

// A panel in shared memory: entry (k, column) at k * depth_step + column * column_step. Few values
// of `inner` lie next to each other: then neighbours in memory are neighbours in depth.
struct Panel {
  int32_t columns = 0;
  int32_t depth_step = 0;
  int32_t column_step = 0;
  bool by_runs = false;
};

// Steps that keep the eight columns and four depths of a fragment in different banks: odd multiples
// of 4 words between columns, of 8 words between depths.
template <class S>
constexpr Panel MakePanel(int64_t depth, int64_t inner, int64_t columns) {
  constexpr int64_t kUnit = static_cast<int64_t>(sizeof(S)) / 4;  // words of an element
  Panel panel;
  panel.columns = static_cast<int32_t>(columns);
  panel.by_runs = inner < 8;
  if (panel.by_runs) {
    const int64_t step = RoundUp(PaddedDepth<S>(depth), 4);
    panel.depth_step = 1;
    panel.column_step = static_cast<int32_t>(step + (step * kUnit % 8 == 0 ? 4 / kUnit : 0));
  } else {
    panel.depth_step = static_cast<int32_t>(RoundUp(columns, 32) + 8 / kUnit);
    panel.column_step = 1;
  }
  return panel;
}

template <class S>
constexpr size_t PanelBytes(const Panel& panel, int64_t depth) {
  const int64_t elements = panel.by_runs ? int64_t{panel.columns} * panel.column_step
                                         : PaddedDepth<S>(depth) * panel.depth_step;
  return static_cast<size_t>(elements) * sizeof(S);
}

// Writes e and o over x, in columns that stand at source(column).
template <class S, class Block, class Shared, class Source>
SPECTRAL_OPS_DEVICE void FoldColumns(Block& block, const Fold& fold, int depth,
                                     const Columns<Shared>& columns, const Source& source) {
  const auto pairs = static_cast<int>(fold.differences(depth));
  // Threads next to each other take what is so in memory.
  const bool along_depth = columns.step == 1;
  block.Threads([&](int t) {
    const int inner_count = along_depth ? pairs : columns.count;
    const int outer_count = along_depth ? columns.count : pairs;
    for (int outer = t / kWarp; outer < outer_count; outer += kWarps) {
      for (int inner = t % kWarp; inner < inner_count; inner += kWarp) {
        const int pair = along_depth ? inner : outer;
        const int place = source(along_depth ? outer : inner);
        const int low = place + (fold.alone + pair) * columns.step;
        const int high = place + (depth - 1 - pair) * columns.step;
        const S a = columns.memory.Load(t, low);
        const S b = columns.memory.Load(t, high);
        columns.memory.Store(t, low, a + b);
        columns.memory.Store(t, high, a - b);
      }
    }
  });
}

template <class In, class Out>
struct AxisProduct {
  using S = ComputeType<In>;

  TiledMatrix matrix;
  Panel panel;
  int32_t outer = 0;  // outer * inner < 2^31
  Divider inner;
  const In* x = nullptr;
  Out* y = nullptr;
  bool copies = false;  // 16 bytes at a time
  bool pairs = false;   // results, two at a time

  void Prepare() {
    copies = panel.by_runs ? inner.value() == 1 && CopiesWhole(x, matrix.depth)
                           : CopiesWhole(x, inner.value());
    pairs = StoresPairs(y, inner.value());
  }

  int64_t Columns() const { return int64_t{outer} * inner.value(); }
  Grid grid() const {
    return {CeilDiv(Columns(), panel.columns), PanelBytes<S>(panel, matrix.depth)};
  }

  template <class Block>
  SPECTRAL_OPS_DEVICE void Run(Block& block) const {
    const auto shared = block.template shared<S>(0);
    const auto first = static_cast<int32_t>(block.index() * panel.columns);
    const int32_t left = outer * inner.value() - first;
    const int columns = left < panel.columns ? left : panel.columns;
    const int padded = static_cast<int>(PaddedDepth<S>(matrix.depth));
    if (copies) {
      if constexpr (std::is_same_v<In, S>) Copy(block, shared, first, columns, padded);
    } else if (panel.by_runs) {
      LoadRuns(block, shared, first, columns, padded);
    } else {
      LoadRows(block, shared, first, columns, padded);
    }
    block.Sync();
    const int32_t column_step = panel.column_step;
    const int64_t row_step = inner.value();
    const auto in = gpu::Columns<decltype(shared)>{shared, columns, panel.depth_step};
    const auto source = [&](int column) { return column * column_step; };
    const auto target = [&](int column, int64_t* at) {
      const int32_t o = inner.Of(first + column);
      *at = int64_t{o} * matrix.rows * row_step + (first + column - o * inner.value());
      return true;
    };
    const MemoryResults results{y, row_step, pairs, target};
    if (matrix.fold.halves == Halves::kMirrored) {
      FoldColumns<S>(block, matrix.fold, matrix.depth, in, source);
      block.Sync();
      TileProduct<S, false, false, Halves::kMirrored, 0>(block, matrix, in, source, results);
    } else if (matrix.fold.halves == Halves::kShifted) {
      TileProduct<S, false, false, Halves::kShifted, 0>(block, matrix, in, source, results);
    } else {
      TileProduct<S, false, kIsTf32<In>, Halves::kNone, 2>(block, matrix, in, source, results);
    }
  }

 private:
  // Either of the two below.
  template <class Block, class Shared>
  SPECTRAL_OPS_DEVICE void Copy(Block& block, const Shared& shared, int32_t first, int columns,
                                int padded) const {
    constexpr int kEach = static_cast<int>(kCopyBytes / sizeof(S));
    const int64_t step = inner.value();
    const int depth = matrix.depth;
    block.Threads([&](int t) {
      if (panel.by_runs) {
        for (int column = t / kWarp; column < columns; column += kWarps) {
          const In* from = x + (int64_t{first} + column) * depth;
          const int to = column * panel.column_step;
          for (int k = t % kWarp * kEach; k < depth; k += kWarp * kEach) {
            shared.Copy(t, to + k, from + k);
          }
          for (int k = depth + t % kWarp; k < padded; k += kWarp) shared.Store(t, to + k, S(0));
        }
        return;
      }
      // A warp takes columns next to each other, of several depths where there are few.
      const int across = panel.columns / kEach < kWarp ? panel.columns / kEach : kWarp;
      const int down = kThreads / across;
      if (t >= across * down) return;
      for (int column = t % across * kEach; column < columns; column += across * kEach) {
        const int32_t o = inner.Of(first + column);
        const In* from = x + int64_t{o} * depth * step + (first + column - o * step);
        for (int k = t / across; k < padded; k += down) {
          const int to = k * panel.depth_step + column;
          if (k < depth) {
            shared.Copy(t, to, from + k * step);
          } else {
            for (int i = 0; i < kEach; ++i) shared.Store(t, to + i, S(0));
          }
        }
      }
    });
    block.WaitForCopies();
  }

  // Columns next to each other are so in memory.
  template <class Block, class Shared>
  SPECTRAL_OPS_DEVICE void LoadRows(Block& block, const Shared& shared, int32_t first, int columns,
                                    int padded) const {
    block.Threads([&](int t) {
      // Threads of a warp take neighbouring columns, whole warps different depths.
      for (int column = t % kWarp; column < columns; column += kWarp) {
        const int32_t o = inner.Of(first + column);
        const int64_t step = inner.value();
        const In* from = x + int64_t{o} * matrix.depth * step + (first + column - o * step);
        for (int k = t / kWarp; k < padded; k += kWarps) {
          const S value = k < matrix.depth ? Read(from[k * step]) : S(0);
          shared.Store(t, k * panel.depth_step + column, value);
        }
      }
    });
  }

  // Each o is one run of depth * inner elements, and zeros up to the padded depth.
  template <class Block, class Shared>
  SPECTRAL_OPS_DEVICE void LoadRuns(Block& block, const Shared& shared, int32_t first, int columns,
                                    int padded) const {
    const int32_t first_o = inner.Of(first);
    const int32_t last_o = inner.Of(first + columns - 1);
    const int run = padded * inner.value();
    block.Threads([&](int t) {
      // Short runs go several at a time, a warp each.
      const bool by_warp = run <= 4 * kWarp;
      const int start = by_warp ? t % kWarp : t;
      for (int32_t o = first_o + (by_warp ? t / kWarp : 0); o <= last_o;
           o += by_warp ? kWarps : 1) {
        const In* from = x + int64_t{o} * matrix.depth * inner.value();
        for (int e = start; e < run; e += by_warp ? kWarp : kThreads) {
          const int k = inner.Of(e);
          const int column = o * inner.value() + (e - k * inner.value()) - first;
          if (column < 0 || column >= columns) continue;
          const S value = k < matrix.depth ? Read(from[e]) : S(0);
          shared.Store(t, k + column * panel.column_step, value);
        }
      }
    });
  }
};

}  // namespace spectral_ops::gpu
