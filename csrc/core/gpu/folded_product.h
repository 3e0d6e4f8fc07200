// The product of a resampling matrix and columns by even and odd halves (core/axis_matrix.h), which
// takes half the multiplications: with e = x[k] + x[n-k] and o = x[k] - x[n-k],
// y[j] = E[j] + O[j] and y[m-j] = E[j] - O[j].
#ifndef SPECTRAL_OPS_CORE_GPU_FOLDED_PRODUCT_H_
#define SPECTRAL_OPS_CORE_GPU_FOLDED_PRODUCT_H_

#include <cstddef>
#include <cstdint>

#include "core/gpu/block.h"
#include "core/gpu/mma.h"
#include "core/gpu/tile_product.h"

namespace spectral_ops::gpu {

// Rows and depth of either half. Tiles lie as [row tiles][depth tiles][even, odd]; column k of the
// odd half is that of x[k + 1] - x[n - 1 - k], a zero where there is none.
constexpr int64_t FoldedRows(int64_t rows) { return rows / 2 + 1; }
constexpr int64_t FoldedDepth(int64_t depth) { return depth / 2 + 1; }

template <class S>
constexpr int64_t FoldedRowTiles(int64_t rows) {
  return CeilDiv(FoldedRows(rows), Mma<S>::kRows);
}
template <class S>
constexpr size_t FoldedTiledBytes(int64_t rows, int64_t depth) {
  return static_cast<size_t>(FoldedRowTiles<S>(rows) * DepthTiles<S>(FoldedDepth(depth)) * 2 *
                             TileElements<S>()) *
         sizeof(S);
}

// Writes e and o over x, in columns that stand at source(column).
template <class S, class Block, class Shared, class Source>
SPECTRAL_OPS_DEVICE void FoldColumns(Block& block, int depth, const Columns<Shared>& columns,
                                     const Source& source) {
  const int pairs = (depth - 1) / 2;
  // Threads next to each other take what is so in memory.
  const bool along_depth = columns.step == 1;
  block.Threads([&](int t) {
    const int inner_count = along_depth ? pairs : columns.count;
    const int outer_count = along_depth ? columns.count : pairs;
    for (int outer = t / kWarp; outer < outer_count; outer += kWarps) {
      for (int inner = t % kWarp; inner < inner_count; inner += kWarp) {
        const int k = 1 + (along_depth ? inner : outer);
        const int place = source(along_depth ? outer : inner);
        const int low = place + k * columns.step;
        const int high = place + (depth - k) * columns.step;
        const S a = columns.memory.Load(t, low);
        const S b = columns.memory.Load(t, high);
        columns.memory.Store(t, low, a + b);
        columns.memory.Store(t, high, a - b);
      }
    }
  });
}

// C[half][q] += part `pa` of A[half] times part `pb` of the half's B.
template <class S, class Block, class C, class A, class B>
SPECTRAL_OPS_DEVICE void MultiplyHalves(Block& block, C& c, A& a, B& b, int pa, int pb) {
  SPECTRAL_OPS_UNROLL
  for (int r = 0; r < kRowFragments; ++r) {
    SPECTRAL_OPS_UNROLL
    for (int q = 0; q < kColumnFragments; ++q) {
      block.template Multiply<S>(c, a, b, r, q, r * kColumnFragments + q, pa, pb);
    }
  }
}

// As TileProduct, of folded columns and a folded matrix; `a` has the rows and the depth of the
// whole.
template <class S, class Block, class Shared, class Source, class Target, class Sink>
SPECTRAL_OPS_DEVICE void FoldedProduct(Block& block, const TiledMatrix& a,
                                       const Columns<Shared>& columns, const Source& source,
                                       const Target& target, const Sink& sink) {
  using M = Mma<S>;
  constexpr int kHalves = 2;
  static_assert(kHalves == kRowFragments, "a half for each of a job's rows of fragments");
  constexpr int kColumnsOfJob = static_cast<int>(kJobColumns<S>);
  const int rows = a.rows / 2 + 1;
  const int column_jobs = (columns.count + kColumnsOfJob - 1) / kColumnsOfJob;
  const int jobs = (rows + M::kRows - 1) / M::kRows * column_jobs;
  const int depth_tiles = static_cast<int>(DepthTiles<S>(FoldedDepth(a.depth)));
  for (int first = 0; first < jobs; first += kWarps) {
    typename Block::template PerThread<FragmentC<S>[kHalves][kColumnFragments]> c;
    typename Block::template PerThread<int32_t[kColumnFragments]> places;
    typename Block::template PerThread<int32_t> tiles;
    block.Threads([&](int t) {
      const int job = first + t / kWarp < jobs ? first + t / kWarp : jobs - 1;
      const int row_job = job / column_jobs;
      tiles[t] = row_job * depth_tiles * kHalves;
      SPECTRAL_OPS_UNROLL
      for (int q = 0; q < kColumnFragments; ++q) {
        const int column =
            (job - row_job * column_jobs) * kColumnsOfJob + q * M::kColumns + M::BColumn(t % kWarp);
        places[t][q] = source(column < columns.count ? column : columns.count - 1);
        SPECTRAL_OPS_UNROLL
        for (int r = 0; r < kHalves; ++r) c[t][r][q] = FragmentC<S>();
      }
    });
    for (int k = 0; k < depth_tiles; ++k) {
      typename Block::template PerThread<FragmentA<S>[kHalves]> fragments_a;
      typename Block::template PerThread<FragmentB<S>[kHalves * kColumnFragments]> fragments_b;
      block.Threads([&](int t) {
        const int lane = t % kWarp;
        SPECTRAL_OPS_UNROLL
        for (int r = 0; r < kHalves; ++r) {
          fragments_a[t][r] = LoadA<S>(a, tiles[t] + k * kHalves + r, lane);
        }
        SPECTRAL_OPS_UNROLL
        for (int i = 0; i < M::kB; ++i) {
          const int depth = k * M::kDepth + M::BDepth(lane, i);
          const int32_t offset[kHalves] = {depth * columns.step,
                                           (a.depth - 1 - depth) * columns.step};
          SPECTRAL_OPS_UNROLL
          for (int r = 0; r < kHalves; ++r) {
            SPECTRAL_OPS_UNROLL
            for (int q = 0; q < kColumnFragments; ++q) {
              const S value = columns.memory.Load(t, places[t][q] + offset[r]);
              S part[M::kParts];
              SplitParts(value, part);
              SPECTRAL_OPS_UNROLL
              for (int p = 0; p < M::kParts; ++p) {
                fragments_b[t][r * kColumnFragments + q].part[p][i] = part[p];
              }
            }
          }
        }
      });
      // Small products first.
      SPECTRAL_OPS_UNROLL
      for (int p = M::kParts - 1; p > 0; --p) {
        MultiplyHalves<S>(block, c, fragments_a, fragments_b, 0, p);
      }
      SPECTRAL_OPS_UNROLL
      for (int p = M::kParts - 1; p >= 0; --p) {
        MultiplyHalves<S>(block, c, fragments_a, fragments_b, p, 0);
      }
    }
    block.Threads([&](int t) {
      const int job = first + t / kWarp;
      if (job >= jobs) return;
      const int row_job = job / column_jobs;
      const int lane = t % kWarp;
      SPECTRAL_OPS_UNROLL
      for (int q = 0; q < kColumnFragments; ++q) {
        SPECTRAL_OPS_UNROLL
        for (int j = 0; j < M::kC; ++j) {
          const int column =
              (job - row_job * column_jobs) * kColumnsOfJob + q * M::kColumns + M::CColumn(lane, j);
          const int row = row_job * M::kRows + M::CRow(lane, j);
          if (column >= columns.count || row >= rows) continue;
          const auto to = target(column);
          const S even = c[t][0][q].value[j];
          const S odd = c[t][1][q].value[j];
          sink(t, to, row, even + odd);
          if (row != 0 && 2 * row != a.rows) sink(t, to, a.rows - row, even - odd);
        }
      }
    });
  }
}

}  // namespace spectral_ops::gpu

#endif  // SPECTRAL_OPS_CORE_GPU_FOLDED_PRODUCT_H_
