// How two axes of a chain go in one kernel (gpu/chain.h), if they do: how matrices fold, how much
// of a tensor a block takes, and what that is expected to cost.
#pragma once

#include <algorithm>
#include <cstdint>

#include "core/integers.h"
#include "core/memory.h"
#include "gpu/chain.h"
#include "gpu/chain_place.h"

namespace spectral_ops::gpu {

// A whole matrix of so many rows, by jobs that have fewest rows beyond its edge; of equals, those
// that take fewest instructions for a product.
template <class S>
constexpr Fold WholeFold(int64_t rows) {
  const int64_t fragments = CeilDiv(rows, Mma<S>::kRows);
  if (fragments == 1) return {Halves::kNone, 0, 1};
  return {Halves::kNone, 0, CeilDiv(fragments, 3) * 3 < CeilDiv(fragments, 2) * 2 ? 3 : 2};
}

// Planes take no mirrored halves, and whole matrices by the jobs that suit them.
template <class S>
Fold FoldInPlane(const AxisPass& pass) {
  return pass.fold.halves == Halves::kShifted ? pass.fold : WholeFold<S>(pass.map.rows());
}

// What to try: channels of a block, if there are as many, and how often columns give every warp
// something to do.
struct PlaneTrial {
  int64_t channels = 1;
  int64_t rounds_across = 1;  // rows of a stage
  int64_t rounds_down = 1;    // planes of a block
  int stages = 1;
  size_t shared_bytes = 0;
};

// Both passes in one kernel; false where a block's part does not fit.
template <class S>
bool FitsPlane(const AxisPass& across, const AxisPass& down, const PlaneTrial& trial,
               PlaneTiling* tiling) {
  constexpr int64_t kUnit = static_cast<int64_t>(sizeof(S)) / 4;  // words of an element
  const int64_t width = across.map.depth();
  const int64_t columns = across.map.rows();
  const int64_t channels = across.inner;
  PlaneTiling t;
  t.channels = static_cast<int32_t>(std::min(channels, trial.channels));
  const int64_t wanted = trial.rounds_down * BusyColumns<S>(FoldInPlane<S>(down), down.map.rows());
  t.planes = static_cast<int32_t>(
      channels > t.channels ? 1 : std::max<int64_t>(1, wanted / (columns * t.channels)));
  const int64_t row = RoundUp(PaddedDepth<S>(width) * t.channels, 4);
  t.stage_row = static_cast<int32_t>(row + (row * kUnit % 8 == 0 ? 4 / kUnit : 0));
  // Steps as those of panels (axis_product.h). Of single channels, rows next to each other are
  // neighbours, for pairs of them to be stored at once.
  const int64_t height = PaddedDepth<S>(down.map.depth());
  const int64_t columns_down = t.planes * columns * t.channels;
  const int64_t column = RoundUp(height, 4);
  t.middle_row = t.channels == 1 ? 1 : static_cast<int32_t>(RoundUp(columns_down, 32) + 8 / kUnit);
  t.middle_column = t.channels == 1
                        ? static_cast<int32_t>(column + (column * kUnit % 8 == 0 ? 4 / kUnit : 0))
                        : 1;
  const size_t middle = static_cast<size_t>(t.channels == 1 ? columns_down * t.middle_column
                                                            : height * t.middle_row) *
                        sizeof(S);
  const size_t row_bytes = static_cast<size_t>(t.stage_row) * sizeof(S);
  const size_t reserve = trial.stages * kAlignment;  // what stages are rounded up by
  if (middle + reserve + trial.stages * row_bytes > trial.shared_bytes) return false;
  const int64_t all_rows = t.planes * down.map.depth();
  const auto most =
      static_cast<int64_t>((trial.shared_bytes - middle - reserve) / (trial.stages * row_bytes));
  const int64_t busy = trial.rounds_across * BusyColumns<S>(FoldInPlane<S>(across), columns);
  const int64_t rows = std::min({all_rows, most, CeilDiv(busy, int64_t{t.channels})});
  t.rows = static_cast<int32_t>(CeilDiv(all_rows, CeilDiv(all_rows, rows)));  // even turns
  // Turns that begin in the middle of a pair cannot store pairs.
  if (t.channels == 1 && t.rows % 2 != 0 && t.rows < std::min(all_rows, most)) ++t.rows;
  t.stages = t.rows == all_rows ? 1 : trial.stages;
  t.stage_bytes = AlignUp(t.rows * row_bytes);
  t.shared_bytes = static_cast<size_t>(t.stages) * t.stage_bytes + middle;
  *tiling = t;
  return true;
}

// What a warp does for a job, in instructions, and other estimates: those of bench/gpu_cost.py, of
// float32 on sm_90. None has been measured.
struct JobCost {
  double k_tile;
  double results;
};
constexpr JobCost CostOf(const Fold& fold) {
  if (fold.any()) return {102, 350};
  return fold.whole_fragments == 1   ? JobCost{66, 280}
         : fold.whole_fragments == 2 ? JobCost{88, 340}
                                     : JobCost{60, 220};
}
inline constexpr double kSetUp = 60;             // instructions before a job
inline constexpr double kLoads = 20.0 / 32 / 4;  // instructions for an element of x
inline constexpr double kInstructionsOfClock = 4 / 1.15;
inline constexpr double kTileClocks = 220;  // of a warp alone, half of two k-tiles
inline constexpr double kResultClocks = 3;  // of one for an instruction of its results
inline constexpr double kTurnClocks = 700;  // of a stage, when its first loads are waited for
inline constexpr double kBlockClocks = 1500;
inline constexpr double kNotOverlapped = 1.0 / 16;  // so that of equals the lighter one is taken

// What a block does for one product of a pass and so many columns.
struct ProductWork {
  double products;
  double instructions;
  double clocks;  // were it alone
};
template <class S>
ProductWork WorkOf(const AxisMap& map, const Fold& fold, int64_t columns) {
  const JobCost cost = CostOf(fold);
  const int64_t jobs = JobsOf<S>(map, fold, columns);
  const int64_t products_of_tile =
      JobOf(fold).halves * JobRows<S>(fold) * JobColumns<S>(fold) * int64_t{Mma<S>::kDepth};
  const auto tiles = static_cast<double>(DepthTiles<S>(fold.sums(map.depth())));
  const auto warps = static_cast<double>(RoundUp(jobs, 4));  // a scheduler waits for the others
  const auto rounds = static_cast<double>(CeilDiv(jobs, kWarps));
  return {warps * tiles * static_cast<double>(products_of_tile),
          warps * (tiles * cost.k_tile + kSetUp) + static_cast<double>(jobs) * cost.results,
          rounds * (tiles * kTileClocks + cost.results * kResultClocks)};
}

// What both passes of an image take in one kernel.
struct PlaneClocks {
  double rates = 0;  // by what PanelClocks goes by
  double all = 0;    // by all that a block does, for one tiling to be compared with another
};
template <class S>
PlaneClocks ClocksOf(const GpuTraits& traits, const AxisPass& across, const AxisPass& down,
                     const PlaneTiling& tiling) {
  const int resident = tiling.shared_bytes <= traits.shared_pair_bytes ? 2 : 1;
  const Fold folds[] = {FoldInPlane<S>(across), FoldInPlane<S>(down)};
  const int64_t columns[] = {int64_t{tiling.rows} * tiling.channels,
                             tiling.planes * across.map.rows() * tiling.channels};
  const double blocks = static_cast<double>(down.outer) / tiling.planes *
                        static_cast<double>(CeilDiv(across.inner, int64_t{tiling.channels}));
  const auto turns = static_cast<double>(CeilDiv(tiling.planes * down.map.depth(), tiling.rows));
  const int64_t elements = across.InputElements() + down.OutputElements();
  const double memory = MemoryClocks<S>(elements);
  const double cached = CacheClocks<S>(across, folds[0], blocks * turns, true, elements) +
                        CacheClocks<S>(down, folds[1], blocks, true, 0);
  double by_warps = 0;
  double products = 0;
  double issue = static_cast<double>(across.InputElements()) * kLoads;
  double alone = blocks * (kBlockClocks + turns * kTurnClocks);
  if (tiling.stages == 1) alone += MemoryClocks<S>(across.InputElements());
  for (int i = 0; i < 2; ++i) {
    const AxisPass& pass = i == 0 ? across : down;
    const ProductWork work = WorkOf<S>(pass.map, folds[i], columns[i]);
    const double times = i == 0 ? blocks * turns : blocks;
    by_warps += ProductClocks<S>(ProductsOf<S>(pass, folds[i]),
                                 WarpsAtWork(JobsOf<S>(pass.map, folds[i], columns[i]), resident));
    products += times * ProductClocks<S>(work.products, kWarpsAtWork);
    issue += times * work.instructions;
    alone += times * work.clocks;
  }
  issue /= kInstructionsOfClock;
  alone /= resident;
  const double most = std::max({memory, cached, products, issue, alone});
  // Of the others a little counts, for they do not overlap wholly.
  return {std::max({memory, cached, by_warps}),
          most + kNotOverlapped * (memory + cached + products + issue + alone - most)};
}

// The plan of both passes in one kernel that takes fewest clocks, of equals the one with two blocks
// on a processor, and channels in the longest runs; false where two kernels take fewer.
template <class S>
bool PlacePlane(const GpuTraits& traits, const AxisPass& across, const AxisPass& down,
                PlaneTiling* tiling) {
  const bool adjacent = across.outer == down.outer * down.map.depth() &&
                        down.inner == across.map.rows() * across.inner;
  if (!traits.fuses || !adjacent || !across.ByMatrix() || !down.ByMatrix()) return false;
  PlaneClocks least;
  bool found = false;
  for (const size_t bytes : {traits.shared_pair_bytes, traits.shared_bytes}) {
    for (const int64_t channels : {32, 16, 8}) {
      for (const int stages : {2, 1}) {
        for (const int64_t rounds : {1, 2}) {
          PlaneTiling tried;
          const PlaneTrial trial{channels, rounds, rounds, stages, bytes};
          if (!FitsPlane<S>(across, down, trial, &tried)) continue;
          const PlaneClocks clocks = ClocksOf<S>(traits, across, down, tried);
          if (found && clocks.all >= least.all) continue;
          found = true;
          least = clocks;
          *tiling = tried;
        }
      }
    }
  }
  if (!found) return false;
  // Panels are those of many images, so that nothing depends on how many there are.
  const auto apart = [&](AxisPass pass) {
    PlacePanel<S>(traits, kMaxColumns, &pass);
    return std::max(MemoryClocks<S>(pass.InputElements() + pass.OutputElements()),
                    PanelClocks<S>(traits, pass));
  };
  return least.rates <= apart(across) + apart(down);
}

}  // namespace spectral_ops::gpu
