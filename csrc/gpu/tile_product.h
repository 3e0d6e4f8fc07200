// The product of an operator's matrix and columns in shared memory, by tensor cores: the core of
// every kernel that transforms an axis.
#pragma once

#include <cstddef>
#include <cstdint>
#include <type_traits>

#include "core/integers.h"
#include "gpu/block.h"
#include "gpu/element.h"
#include "gpu/mma.h"

namespace spectral_ops::gpu {

// An axis may fold into an even and an odd half: sample i and another meet in a sum and in a
// difference. kMirrored: that at its mirror. kShifted: that half an axis further; both lengths are
// even then, and samples as well as halves are periodic.
enum class Halves { kNone, kMirrored, kShifted };

struct Fold {
  Halves halves = Halves::kNone;
  // Of mirrored ones, the first that are their own mirrors: sample 0 of a periodic axis. The others
  // are mirrored at their middle, and a sample there is its own mirror too.
  int32_t alone = 0;
  // Of a whole matrix: how many fragments of rows, one to three, are multiplied at once.
  int32_t whole_fragments = 2;

  constexpr bool any() const { return halves != Halves::kNone; }
  constexpr int64_t differences(int64_t length) const { return any() ? (length - alone) / 2 : 0; }
  constexpr int64_t sums(int64_t length) const { return length - differences(length); }
  // The sample that i < sums(length) meets, or i itself.
  constexpr int64_t other(int64_t i, int64_t length) const {
    if (halves == Halves::kShifted) return i + length / 2;
    return !any() || i < alone ? i : length - 1 + alone - i;
  }
};

// What one warp computes at a time: fragments that share what is loaded.
struct JobShape {
  int halves;
  int row_fragments;  // of each half
  int column_fragments;

  constexpr int fragments() const { return halves * row_fragments; }
};
constexpr JobShape JobOf(const Fold& fold) {
  const int whole = fold.whole_fragments;
  return fold.halves == Halves::kNone       ? JobShape{1, whole, whole > 2 ? 2 : 4}
         : fold.halves == Halves::kMirrored ? JobShape{2, 1, 4}
                                            : JobShape{2, 2, 2};
}

template <class S>
constexpr int64_t JobRows(const Fold& fold) {  // of each half
  return int64_t{JobOf(fold).row_fragments} * Mma<S>::kRows;
}
template <class S>
constexpr int64_t JobColumns(const Fold& fold) {
  return int64_t{JobOf(fold).column_fragments} * Mma<S>::kColumns;
}
template <class S>
constexpr int64_t RowJobs(const Fold& fold, int64_t rows) {
  return CeilDiv(fold.sums(rows), JobRows<S>(fold));
}

template <class S>
constexpr int64_t DepthTiles(int64_t depth) {
  return CeilDiv(depth, Mma<S>::kDepth);
}
template <class S>
constexpr int64_t PaddedDepth(int64_t depth) {
  return DepthTiles<S>(depth) * Mma<S>::kDepth;
}

// A matrix [rows, depth] in the order in which jobs take its fragments, zero beyond its edges:
// [jobs][depth tiles][halves][row fragments][parts][lanes][registers]. Each half of a folded one
// has a row and a column for every sum. Either the parts of entries are stored, for kernels that
// issue too many instructions, or entries alone, for those that read too much.
struct TiledMatrix {
  const void* entries = nullptr;
  int32_t rows = 0;
  int32_t depth = 0;
  Fold fold;
};

template <class S>
constexpr int64_t Fragments(const Fold& fold, int64_t rows, int64_t depth) {
  return RowJobs<S>(fold, rows) * DepthTiles<S>(fold.sums(depth)) * JobOf(fold).fragments();
}
template <class S>
constexpr size_t TiledBytes(const Fold& fold, int64_t rows, int64_t depth, bool split) {
  const int64_t parts = split ? Mma<S>::kParts : 1;
  return static_cast<size_t>(Fragments<S>(fold, rows, depth) * parts * kWarp * Mma<S>::kA) *
         sizeof(S);
}

// Makes the parts of what is in the first of them.
template <class S>
SPECTRAL_OPS_DEVICE void SplitFragment(FragmentA<S>& fragment) {
  using M = Mma<S>;
  SPECTRAL_OPS_UNROLL
  for (int i = 0; i < M::kA; ++i) {
    S part[M::kParts];
    SplitEntry(fragment.part[0].value[i], part);
    SPECTRAL_OPS_UNROLL
    for (int p = 0; p < M::kParts; ++p) fragment.part[p].value[i] = part[p];
  }
}

// Columns in shared memory: entry k of a column that stands at `place` is at place + k * step, for
// k below the padded depth. Of mirrored halves, k is that of a sum, and the difference that belongs
// to it is where its second sample was; of shifted ones samples are as they were.
template <class Shared>
struct Columns {
  Shared memory;
  int32_t count = 0;
  int32_t step = 0;
};

// Multiplies `a` by columns. source(column) says where a column stands. Results go to `results`:
//
//   Place                    of a result: numbers can be added to it
//   Find(column, &place)     that of row 0 of a column; false where it goes nowhere
//   step                     from row to row
//   pairs                    columns 2 i and 2 i + 1 are neighbours
//   Store(t, place, value)
//   StorePair(t, place, value, next)
//
// `kSplit`: the matrix has its parts. `kExact`: the columns' values are tf32 numbers as they are,
// as float16 and bfloat16 are.
template <class S, bool kSplit, bool kExact, Halves kHalves, int kWholeFragments, class Block,
          class Shared, class Source, class Results>
SPECTRAL_OPS_DEVICE void TileProduct(Block& block, const TiledMatrix& a,
                                     const Columns<Shared>& columns, const Source& source,
                                     const Results& results) {
  using M = Mma<S>;
  constexpr bool kFolded = kHalves != Halves::kNone;
  static_assert(!kFolded || !kExact, "sums of tf32 numbers are none");
  constexpr Fold kFold{kHalves, 0, kWholeFragments};
  constexpr JobShape kJob = JobOf(kFold);
  constexpr int kFragments = kJob.fragments();
  constexpr int kRowFragments = kJob.row_fragments;
  constexpr int kQ = kJob.column_fragments;
  constexpr int kPartsB = kExact ? 1 : M::kParts;
  constexpr int kColumnsOfJob = static_cast<int>(JobColumns<S>(kFold));
  constexpr int kRowsOfJob = static_cast<int>(JobRows<S>(kFold));
  constexpr bool kMirrored = kHalves == Halves::kMirrored;
  constexpr int kRowsOfFragment = M::kC / 2;  // of a lane
  constexpr int kRowsApart = M::kRows / kRowsOfFragment;
  constexpr int kStored = kSplit ? M::kParts : 1;
  constexpr int kTileParts = kFragments * kStored * kWarp;  // of `a`, of a k-tile
  const Fold fold{kHalves, a.fold.alone};
  const int rows = static_cast<int>(fold.sums(a.rows));
  const int column_jobs = (columns.count + kColumnsOfJob - 1) / kColumnsOfJob;
  const int jobs = (rows + kRowsOfJob - 1) / kRowsOfJob * column_jobs;
  const int depth_tiles = static_cast<int>(DepthTiles<S>(fold.sums(a.depth)));
  const auto run = [&](auto& warps, int first) {
    typename Block::template PerThread<FragmentC<S>[kFragments][kQ]> c;
    [[maybe_unused]] typename Block::template PerThread<FragmentC<S>[kFragments][kQ]> sums;
    typename Block::template PerThread<FragmentA<S>[kFragments]> fragments_a;
    typename Block::template PerThread<FragmentB<S>[kJob.halves * kQ]> fragments_b;
    typename Block::template PerThread<std::remove_const_t<Shared>[kJob.halves][kQ]> sources;
    typename Block::template PerThread<const PartA<S>*> entries;
    warps.Threads([&](int t) {
      const int job = first + t / kWarp;
      const int row_job = job / column_jobs;
      const int lane = t % kWarp;
      entries[t] = static_cast<const PartA<S>*>(a.entries) +
                   int64_t{row_job} * depth_tiles * kTileParts + lane;
      SPECTRAL_OPS_UNROLL
      for (int q = 0; q < kQ; ++q) {
        // Lanes without a column repeat another's and throw it away.
        const int column =
            (job - row_job * column_jobs) * kColumnsOfJob + q * M::kColumns + M::BColumn(lane);
        const int place = source(column < columns.count ? column : columns.count - 1);
        const int depth = M::BDepth(lane, 0);
        sources[t][0][q] = columns.memory.From(place + depth * columns.step);
        if constexpr (kHalves == Halves::kMirrored) {
          sources[t][1][q] = columns.memory.From(place + (a.depth - 1 - depth) * columns.step);
        }
        SPECTRAL_OPS_UNROLL
        for (int r = 0; r < kFragments; ++r) c[t][r][q] = FragmentC<S>();
      }
    });
    // Loads k-tile k, which is tile `ahead` of those that `entries` points at.
    const auto load = [&](int k, int ahead) {
      warps.Threads([&](int t) {
        SPECTRAL_OPS_UNROLL
        for (int r = 0; r < kFragments; ++r) {
          SPECTRAL_OPS_UNROLL
          for (int p = 0; p < kStored; ++p) {
            fragments_a[t][r].part[p] = entries[t][ahead * kTileParts + (r * kStored + p) * kWarp];
          }
          if constexpr (!kSplit) SplitFragment(fragments_a[t][r]);
        }
        SPECTRAL_OPS_UNROLL
        for (int i = 0; i < M::kB; ++i) {
          const int depth = (k * M::kDepth + M::BDepth(0, i)) * columns.step;
          SPECTRAL_OPS_UNROLL
          for (int q = 0; q < kQ; ++q) {
            S value[kJob.halves];
            value[0] = sources[t][0][q].Load(t, depth);
            if constexpr (kHalves == Halves::kMirrored) {
              value[1] = sources[t][1][q].Load(t, -depth);
            } else if constexpr (kHalves == Halves::kShifted) {
              const S other = sources[t][0][q].Load(t, depth + a.depth / 2 * columns.step);
              value[1] = value[0] - other;
              value[0] += other;
            }
            SPECTRAL_OPS_UNROLL
            for (int half = 0; half < kJob.halves; ++half) {
              S part[M::kParts] = {value[half]};
              if constexpr (!kExact) SplitParts(value[half], part);
              SPECTRAL_OPS_UNROLL
              for (int p = 0; p < kPartsB; ++p) {
                fragments_b[t][half * kQ + q].part[p][i] = part[p];
              }
            }
          }
        }
      });
    };
    // Adds the products of a k-tile, small ones first.
    const auto multiply = [&](auto& into) {
      SPECTRAL_OPS_UNROLL
      for (int r = 0; r < kFragments; ++r) {
        const auto add = [&](int pa, int pb) {
          SPECTRAL_OPS_UNROLL
          for (int q = 0; q < kQ; ++q) {
            const int of_b = r / kRowFragments * kQ + q;
            warps.template Multiply<S>(into, fragments_a, fragments_b, r, q, of_b, pa, pb);
          }
        };
        SPECTRAL_OPS_UNROLL
        for (int p = kPartsB - 1; p > 0; --p) add(0, p);
        SPECTRAL_OPS_UNROLL
        for (int p = M::kParts - 1; p >= 0; --p) add(p, 0);
      }
    };
    // `tiles` k-tiles from k on, in fresh sums where sums are cut; what they come to is added as
    // float32 are, to nearest.
    const auto take = [&](int k, auto tiles) {
      if constexpr (M::kCutsSums) {
        warps.Threads([&](int t) {
          SPECTRAL_OPS_UNROLL
          for (int r = 0; r < kFragments; ++r) {
            SPECTRAL_OPS_UNROLL
            for (int q = 0; q < kQ; ++q) sums[t][r][q] = FragmentC<S>();
          }
        });
      }
      SPECTRAL_OPS_UNROLL
      for (int i = 0; i < decltype(tiles)::value; ++i) {
        load(k + i, i);
        if constexpr (M::kCutsSums) {
          multiply(sums);
        } else {
          multiply(c);
        }
      }
      warps.Threads([&](int t) {
        entries[t] += decltype(tiles)::value * kTileParts;
        if constexpr (M::kCutsSums) {
          SPECTRAL_OPS_UNROLL
          for (int r = 0; r < kFragments; ++r) {
            SPECTRAL_OPS_UNROLL
            for (int q = 0; q < kQ; ++q) {
              SPECTRAL_OPS_UNROLL
              for (int i = 0; i < M::kC; ++i) c[t][r][q].value[i] += sums[t][r][q].value[i];
            }
          }
        }
      });
    };
    int k = 0;
    for (; k + 2 <= depth_tiles; k += 2) take(k, std::integral_constant<int, 2>());
    if (k < depth_tiles) take(k, std::integral_constant<int, 1>());

    warps.Threads([&](int t) {
      const int job = first + t / kWarp;
      const int row_job = job / column_jobs;
      const int lane = t % kWarp;
      const int row0 = row_job * kRowsOfJob + M::CRow(lane, 0);
      const auto begin = row0 * results.step;
      const auto apart = kRowsApart * results.step;
      const auto beyond =
          (kMirrored ? a.rows - 1 + fold.alone - 2 * row0 : a.rows / 2) * results.step;
      SPECTRAL_OPS_UNROLL
      for (int q = 0; q < kQ; ++q) {
        const int column =
            (job - row_job * column_jobs) * kColumnsOfJob + q * M::kColumns + M::CColumn(lane, 0);
        // Row i of the lane's in a column; of halves, which stand behind each other, what they come
        // to there or at the other place.
        const auto value = [&](int i, int of_pair, bool there) {
          const int r = i / kRowsOfFragment;
          const int j = 2 * (i % kRowsOfFragment) + of_pair;
          const S even = c[t][r][q].value[j];
          if constexpr (!kFolded) return even;
          const S odd = c[t][kFragments - kRowFragments + r][q].value[j];
          return there ? even + odd : even - odd;
        };
        const auto for_rows = [&](int which, const auto& store) {
          typename Results::Place at;
          if (!results.Find(which, &at)) return;
          at = at + begin;
          [[maybe_unused]] auto other = at + beyond;
          SPECTRAL_OPS_UNROLL
          for (int i = 0; i < kRowFragments * kRowsOfFragment; ++i) {
            const int row = row0 + i * kRowsApart;
            if (row < rows) store(at, i, true);
            at = at + apart;
            if constexpr (kFolded) {
              if (row < rows && fold.other(row, a.rows) != row) store(other, i, false);
              other = kMirrored ? other - apart : other + apart;
            }
          }
        };
        if (results.pairs) {
          if (column >= columns.count) continue;
          for_rows(column, [&](auto at, int i, bool there) {
            results.StorePair(t, at, value(i, 0, there), value(i, 1, there));
          });
        } else {
          SPECTRAL_OPS_UNROLL
          for (int of_pair = 0; of_pair < 2; ++of_pair) {
            if (column + of_pair >= columns.count) continue;
            for_rows(column + of_pair, [&](auto at, int i, bool there) {
              results.Store(t, at, value(i, of_pair, there));
            });
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

// Results in memory. target(column, &place) is Find, places counted from y.
template <class Out, class Target>
struct MemoryResults {
  using Place = Out*;
  Out* y;
  int64_t step;
  bool pairs;
  Target target;

  SPECTRAL_OPS_DEVICE bool Find(int column, Place* place) const {
    int64_t at = 0;
    const bool found = target(column, &at);
    *place = y + at;
    return found;
  }
  template <class S>
  SPECTRAL_OPS_DEVICE void Store(int, Out* at, S value) const {
    *at = Write<Out>(value);
  }
  template <class S>
  SPECTRAL_OPS_DEVICE void StorePair(int, Out* at, S value, S next) const {
    StoreBoth(at, Write<Out>(value), Write<Out>(next));
  }
};
template <class Out, class Target>
MemoryResults(Out*, int64_t, bool, Target) -> MemoryResults<Out, Target>;

// Results in shared memory, each at a place of its own; target(column) is that of row 0.
template <class Shared, class Target>
struct SharedResults {
  using Place = int;
  Shared memory;
  int step;
  bool pairs;
  Target target;

  SPECTRAL_OPS_DEVICE bool Find(int column, Place* place) const {
    *place = target(column);
    return true;
  }
  template <class S>
  SPECTRAL_OPS_DEVICE void Store(int t, int at, S value) const {
    memory.Store(t, at, value);
  }
  template <class S>
  SPECTRAL_OPS_DEVICE void StorePair(int t, int at, S value, S next) const {
    memory.StorePair(t, at, value, next);
  }
};
template <class Shared, class Target>
SharedResults(Shared, int, bool, Target) -> SharedResults<Shared, Target>;

}  // namespace spectral_ops::gpu
