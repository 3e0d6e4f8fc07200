// The product of an operator's matrix and columns in shared memory, by tensor cores: the core of
// every kernel that transforms an axis.
#pragma once

#include <cstddef>
#include <cstdint>

#include "core/integers.h"
#include "gpu/block.h"
#include "gpu/mma.h"

namespace spectral_ops::gpu {

// What one warp computes at a time: fragments that share what is loaded.
constexpr int kRowFragments = 2;
constexpr int kColumnFragments = 4;

template <class S>
constexpr int64_t kJobRows = int64_t{kRowFragments} * Mma<S>::kRows;
template <class S>
constexpr int64_t kJobColumns = int64_t{kColumnFragments} * Mma<S>::kColumns;

// How an axis folds into an even and an odd half: sample i and its mirror meet in a sum and in a
// difference. The first `alone` samples are their own mirrors; the others are mirrored at their
// middle, and a sample there is its own mirror too.
struct Fold {
  int32_t alone = 1;  // sample 0 of a periodic axis; of other axes none

  constexpr int64_t mirror(int64_t i, int64_t length) const {
    return i < alone ? i : length - 1 + alone - i;
  }
  constexpr int64_t differences(int64_t length) const { return (length - alone) / 2; }
  constexpr int64_t sums(int64_t length) const { return length - differences(length); }
};

// A matrix [rows, depth] in the order in which fragments take it:
// [row tiles][depth tiles][parts][lanes][registers], zero beyond its edges.
struct TiledMatrix {
  const void* entries = nullptr;
  int32_t rows = 0;
  int32_t depth = 0;
  Fold fold;  // of a folded one
};

template <class S>
constexpr int64_t RowTiles(int64_t rows) {  // whole jobs
  return RoundUp(rows, kJobRows<S>) / Mma<S>::kRows;
}
template <class S>
constexpr int64_t DepthTiles(int64_t depth) {
  return CeilDiv(depth, Mma<S>::kDepth);
}
template <class S>
constexpr int64_t PaddedDepth(int64_t depth) {
  return DepthTiles<S>(depth) * Mma<S>::kDepth;
}
template <class S>
constexpr int64_t TileElements() {
  return int64_t{Mma<S>::kParts} * kWarp * Mma<S>::kA;
}
template <class S>
constexpr size_t TiledBytes(int64_t rows, int64_t depth) {
  return static_cast<size_t>(RowTiles<S>(rows) * DepthTiles<S>(depth) * TileElements<S>()) *
         sizeof(S);
}

// The same of a folded matrix, each half with a row and a column for every sum:
// [row tiles][depth tiles][even, odd] and so on.
template <class S>
constexpr int64_t FoldedRowTiles(const Fold& fold, int64_t rows) {
  return CeilDiv(fold.sums(rows), Mma<S>::kRows);
}
template <class S>
constexpr size_t FoldedTiledBytes(const Fold& fold, int64_t rows, int64_t depth) {
  return static_cast<size_t>(FoldedRowTiles<S>(fold, rows) * DepthTiles<S>(fold.sums(depth)) * 2 *
                             TileElements<S>()) *
         sizeof(S);
}

template <class S>
SPECTRAL_OPS_DEVICE FragmentA<S> LoadA(const TiledMatrix& a, int tile, int lane) {
  const auto* at = static_cast<const PartA<S>*>(a.entries) + int64_t{tile} * Mma<S>::kParts * kWarp;
  FragmentA<S> fragment;
  SPECTRAL_OPS_UNROLL
  for (int p = 0; p < Mma<S>::kParts; ++p) fragment.part[p] = at[p * kWarp + lane];
  return fragment;
}

// Columns in shared memory: entry k of a column that stands at `place` is at place + k * step, for
// k below the padded depth.
template <class Shared>
struct Columns {
  Shared memory;
  int32_t count = 0;
  int32_t step = 0;
};

// Multiplies `a` by columns. source(column) says where a column stands, target(column) where its
// results go, and sink(t, target, row, value) takes one. `kExact`: the columns' values are tf32
// numbers as they are, as float16 and bfloat16 are.
//
// `kFolded`: columns and matrix are folded (axis_product.h); of a job's two rows of fragments the
// first is then that of even halves, the second that of odd ones, and both are sums of the same
// rows.
template <class S, bool kExact, bool kFolded, class Block, class Shared, class Source, class Target,
          class Sink>
SPECTRAL_OPS_DEVICE void TileProduct(Block& block, const TiledMatrix& a,
                                     const Columns<Shared>& columns, const Source& source,
                                     const Target& target, const Sink& sink) {
  using M = Mma<S>;
  static_assert(!kFolded || kRowFragments == 2, "one for each half");
  static_assert(!kFolded || !kExact, "sums of tf32 numbers are none");
  constexpr int kPartsB = kExact ? 1 : M::kParts;
  constexpr int kHalves = kFolded ? 2 : 1;
  constexpr int kColumnsOfJob = static_cast<int>(kJobColumns<S>);
  constexpr int kRowsOfJob = static_cast<int>(kJobRows<S>) / kHalves;
  const int rows = kFolded ? static_cast<int>(a.fold.sums(a.rows)) : a.rows;
  const int column_jobs = (columns.count + kColumnsOfJob - 1) / kColumnsOfJob;
  const int jobs = (rows + kRowsOfJob - 1) / kRowsOfJob * column_jobs;
  const int depth_tiles =
      static_cast<int>(DepthTiles<S>(kFolded ? a.fold.sums(a.depth) : int64_t{a.depth}));
  const auto run = [&](auto& warps, int first) {
    typename Block::template PerThread<FragmentC<S>[kRowFragments][kColumnFragments]> c;
    [[maybe_unused]]
    typename Block::template PerThread<FragmentC<S>[kRowFragments][kColumnFragments]> sums;
    typename Block::template PerThread<FragmentA<S>[kRowFragments]> fragments_a;
    typename Block::template PerThread<FragmentB<S>[kHalves * kColumnFragments]> fragments_b;
    typename Block::template PerThread<int32_t[kColumnFragments]> places;
    typename Block::template PerThread<int32_t> tiles;  // of the matrix
    warps.Threads([&](int t) {
      const int job = first + t / kWarp;
      const int row_job = job / column_jobs;
      tiles[t] = row_job * kRowFragments * depth_tiles;
      SPECTRAL_OPS_UNROLL
      for (int q = 0; q < kColumnFragments; ++q) {
        // Lanes without a column repeat another's and throw it away.
        const int column =
            (job - row_job * column_jobs) * kColumnsOfJob + q * M::kColumns + M::BColumn(t % kWarp);
        places[t][q] = source(column < columns.count ? column : columns.count - 1);
        SPECTRAL_OPS_UNROLL
        for (int r = 0; r < kRowFragments; ++r) c[t][r][q] = FragmentC<S>();
      }
    });
    for (int k = 0; k < depth_tiles; ++k) {
      warps.Threads([&](int t) {
        const int lane = t % kWarp;
        SPECTRAL_OPS_UNROLL
        for (int r = 0; r < kRowFragments; ++r) {
          const int tile = kFolded ? kHalves * k + r : r * depth_tiles + k;
          fragments_a[t][r] = LoadA<S>(a, tiles[t] + tile, lane);
        }
        SPECTRAL_OPS_UNROLL
        for (int half = 0; half < kHalves; ++half) {
          SPECTRAL_OPS_UNROLL
          for (int i = 0; i < M::kB; ++i) {
            const int depth = k * M::kDepth + M::BDepth(lane, i);
            const int offset = (half == 0 ? depth : a.depth - 1 - depth) * columns.step;
            SPECTRAL_OPS_UNROLL
            for (int q = 0; q < kColumnFragments; ++q) {
              const S value = columns.memory.Load(t, places[t][q] + offset);
              S part[M::kParts];
              if (kExact) {
                part[0] = value;
              } else {
                SplitParts(value, part);
              }
              SPECTRAL_OPS_UNROLL
              for (int p = 0; p < kPartsB; ++p) {
                fragments_b[t][half * kColumnFragments + q].part[p][i] = part[p];
              }
            }
          }
        }
      });
      SPECTRAL_OPS_UNROLL
      for (int r = 0; r < kRowFragments; ++r) {
        // Adds the products of a row of fragments, small ones first.
        const auto multiply = [&](auto& into) {
          const auto add = [&](int pa, int pb) {
            SPECTRAL_OPS_UNROLL
            for (int q = 0; q < kColumnFragments; ++q) {
              const int of_b = kFolded ? r * kColumnFragments + q : q;
              warps.template Multiply<S>(into, fragments_a, fragments_b, r, q, of_b, pa, pb);
            }
          };
          SPECTRAL_OPS_UNROLL
          for (int p = kPartsB - 1; p > 0; --p) add(0, p);
          SPECTRAL_OPS_UNROLL
          for (int p = M::kParts - 1; p >= 0; --p) add(p, 0);
        };
        if constexpr (M::kCutsSums) {
          // In fresh sums; what they come to is added as float32 are, to nearest.
          warps.Threads([&](int t) {
            SPECTRAL_OPS_UNROLL
            for (int q = 0; q < kColumnFragments; ++q) sums[t][r][q] = FragmentC<S>();
          });
          multiply(sums);
          warps.Threads([&](int t) {
            SPECTRAL_OPS_UNROLL
            for (int q = 0; q < kColumnFragments; ++q) {
              SPECTRAL_OPS_UNROLL
              for (int i = 0; i < M::kC; ++i) c[t][r][q].value[i] += sums[t][r][q].value[i];
            }
          });
        } else {
          multiply(c);
        }
      }
    }
    warps.Threads([&](int t) {
      const int job = first + t / kWarp;
      const int row_job = job / column_jobs;
      const int lane = t % kWarp;
      SPECTRAL_OPS_UNROLL
      for (int q = 0; q < kColumnFragments; ++q) {
        SPECTRAL_OPS_UNROLL
        for (int i = 0; i < 2; ++i) {
          const int column =
              (job - row_job * column_jobs) * kColumnsOfJob + q * M::kColumns + M::CColumn(lane, i);
          if (column >= columns.count) continue;
          const auto to = target(column);
          SPECTRAL_OPS_UNROLL
          for (int r = 0; r < kRowFragments / kHalves; ++r) {
            SPECTRAL_OPS_UNROLL
            for (int j = i; j < M::kC; j += 2) {
              const int row = row_job * kRowsOfJob + r * M::kRows + M::CRow(lane, j);
              if (row >= rows) continue;
              const S value = c[t][r][q].value[j];
              if constexpr (kFolded) {
                const S odd = c[t][1][q].value[j];
                sink(t, to, row, value + odd);
                const auto mirror = static_cast<int>(a.fold.mirror(row, a.rows));
                if (mirror != row) sink(t, to, mirror, value - odd);
              } else {
                sink(t, to, row, value);
              }
            }
          }
        }
      }
    });
  };
  // A job for each warp; those that are left without one wait for nobody.
  for (int first = 0; first < jobs; first += kWarps) {
    block.Warps(jobs - first, [&](auto& warps) { run(warps, first); });
  }
}

}  // namespace spectral_ops::gpu
