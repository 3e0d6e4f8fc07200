// The product of an operator's matrix and columns in shared memory, by tensor cores: the core of
// every kernel that transforms an axis.
#ifndef SPECTRAL_OPS_CORE_GPU_TILE_PRODUCT_H_
#define SPECTRAL_OPS_CORE_GPU_TILE_PRODUCT_H_

#include <cstddef>
#include <cstdint>

#include "core/gpu/block.h"
#include "core/gpu/mma.h"
#include "core/integers.h"

namespace spectral_ops::gpu {

// What one warp computes at a time: fragments that share what is loaded.
constexpr int kRowFragments = 2;
constexpr int kColumnFragments = 4;

template <class S>
constexpr int64_t kJobRows = int64_t{kRowFragments} * Mma<S>::kRows;
template <class S>
constexpr int64_t kJobColumns = int64_t{kColumnFragments} * Mma<S>::kColumns;

// A matrix [rows, depth] in the order in which fragments take it:
// [row tiles][depth tiles][parts][lanes][registers], zero beyond its edges.
struct TiledMatrix {
  const void* entries = nullptr;
  int32_t rows = 0;
  int32_t depth = 0;
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

// Every C[r][q] += part `pa` of A[r] times part `pb` of B[q].
template <class S, class Block, class C, class A, class B>
SPECTRAL_OPS_DEVICE void MultiplyAll(Block& block, C& c, A& a, B& b, int pa, int pb) {
  SPECTRAL_OPS_UNROLL
  for (int r = 0; r < kRowFragments; ++r) {
    SPECTRAL_OPS_UNROLL
    for (int q = 0; q < kColumnFragments; ++q) {
      block.template Multiply<S>(c, a, b, r, q, q, pa, pb);
    }
  }
}

// Multiplies `a` by columns. source(column) says where a column stands, target(column) where its
// results go, and sink(t, target, row, value) takes one. `kExact`: the columns' values are tf32
// numbers as they are, as float16 and bfloat16 are.
template <class S, bool kExact, class Block, class Shared, class Source, class Target, class Sink>
SPECTRAL_OPS_DEVICE void TileProduct(Block& block, const TiledMatrix& a,
                                     const Columns<Shared>& columns, const Source& source,
                                     const Target& target, const Sink& sink) {
  using M = Mma<S>;
  constexpr int kPartsB = kExact ? 1 : M::kParts;
  constexpr int kColumnsOfJob = static_cast<int>(kJobColumns<S>);
  constexpr int kRowsOfJob = static_cast<int>(kJobRows<S>);
  const int column_jobs = (columns.count + kColumnsOfJob - 1) / kColumnsOfJob;
  const int jobs = (a.rows + kRowsOfJob - 1) / kRowsOfJob * column_jobs;
  const int depth_tiles = static_cast<int>(DepthTiles<S>(a.depth));
  for (int first = 0; first < jobs; first += kWarps) {
    typename Block::template PerThread<FragmentC<S>[kRowFragments][kColumnFragments]> c;
    typename Block::template PerThread<int32_t[kColumnFragments]> places;
    typename Block::template PerThread<int32_t> tiles;  // of the matrix
    block.Threads([&](int t) {
      // Warps without a job, and lanes without a column, repeat others' and throw it away.
      const int job = first + t / kWarp < jobs ? first + t / kWarp : jobs - 1;
      const int row_job = job / column_jobs;
      const int lane = t % kWarp;
      tiles[t] = row_job * kRowFragments * depth_tiles;
      SPECTRAL_OPS_UNROLL
      for (int q = 0; q < kColumnFragments; ++q) {
        const int column =
            (job - row_job * column_jobs) * kColumnsOfJob + q * M::kColumns + M::BColumn(lane);
        places[t][q] = source(column < columns.count ? column : columns.count - 1) +
                       M::BDepth(lane, 0) * columns.step;
        SPECTRAL_OPS_UNROLL
        for (int r = 0; r < kRowFragments; ++r) c[t][r][q] = FragmentC<S>();
      }
    });
    for (int k = 0; k < depth_tiles; ++k) {
      typename Block::template PerThread<FragmentA<S>[kRowFragments]> fragments_a;
      typename Block::template PerThread<FragmentB<S>[kColumnFragments]> fragments_b;
      block.Threads([&](int t) {
        const int lane = t % kWarp;
        SPECTRAL_OPS_UNROLL
        for (int r = 0; r < kRowFragments; ++r) {
          fragments_a[t][r] = LoadA<S>(a, tiles[t] + r * depth_tiles + k, lane);
        }
        SPECTRAL_OPS_UNROLL
        for (int q = 0; q < kColumnFragments; ++q) {
          SPECTRAL_OPS_UNROLL
          for (int i = 0; i < M::kB; ++i) {
            constexpr int kNext = M::kDepth / M::kB;  // from register to register
            const S value =
                columns.memory.Load(t, places[t][q] + (k * M::kDepth + i * kNext) * columns.step);
            S part[M::kParts];
            if (kExact) {
              part[0] = value;
            } else {
              SplitParts(value, part);
            }
            SPECTRAL_OPS_UNROLL
            for (int p = 0; p < kPartsB; ++p) fragments_b[t][q].part[p][i] = part[p];
          }
        }
      });
      // Small products first.
      SPECTRAL_OPS_UNROLL
      for (int p = kPartsB - 1; p > 0; --p) {
        MultiplyAll<S>(block, c, fragments_a, fragments_b, 0, p);
      }
      SPECTRAL_OPS_UNROLL
      for (int p = M::kParts - 1; p >= 0; --p) {
        MultiplyAll<S>(block, c, fragments_a, fragments_b, p, 0);
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
        for (int i = 0; i < 2; ++i) {
          const int column =
              (job - row_job * column_jobs) * kColumnsOfJob + q * M::kColumns + M::CColumn(lane, i);
          if (column >= columns.count) continue;
          const auto to = target(column);
          SPECTRAL_OPS_UNROLL
          for (int r = 0; r < kRowFragments; ++r) {
            SPECTRAL_OPS_UNROLL
            for (int j = i; j < M::kC; j += 2) {
              const int row = row_job * kRowsOfJob + r * M::kRows + M::CRow(lane, j);
              if (row < a.rows) sink(t, to, row, c[t][r][q].value[j]);
            }
          }
        }
      }
    });
  }
}

}  // namespace spectral_ops::gpu

#endif  // SPECTRAL_OPS_CORE_GPU_TILE_PRODUCT_H_
