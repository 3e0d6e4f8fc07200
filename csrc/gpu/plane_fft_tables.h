// How planes, or signals, go by FFTs in the shared memory of a block (plane_fft.h), and the tables
// that a kernel of each call writes.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "core/integers.h"
#include "core/roots.h"
#include "gpu/axis_fft_tables.h"
#include "gpu/block.h"
#include "gpu/block_fft.h"
#include "gpu/divider.h"

namespace spectral_ops::gpu {

// One of the two axes: numbers [outer, fft.length, inner].
struct PlaneAxis {
  BlockFft fft;
  Divider butterflies[BlockFft::kMostStages];  // of a stage, for each of `outer` and `inner`
  Divider inner;
};

// A block has `lines` channels next to each other, a power of two, or `planes` channels one behind
// the other.
struct PlaneFftPlan {
  int32_t height = 1;
  int32_t width = 1;
  PlaneAxis axis[2];  // down, and across: of half the width, if that is even, packed as in
                      // axis_fft.h
  int32_t log_lines = 0;
  int32_t planes = 1;

  constexpr const BlockFft& down() const { return axis[0].fft; }
  constexpr const BlockFft& across() const { return axis[1].fft; }
  constexpr bool packed() const { return width % 2 == 0; }
  constexpr int32_t lines() const { return 1 << log_lines; }
  constexpr int32_t PlaneNumbers() const { return height * across().length; }
  constexpr int32_t Numbers() const { return PlaneNumbers() * lines() * planes; }
};

template <class S>
size_t SharedBytes(const PlaneFftPlan& plan) {
  return static_cast<size_t>(plan.Numbers()) * sizeof(Complex<S>);
}

inline void SetLines(int32_t log_lines, int32_t planes, PlaneFftPlan* plan) {
  plan->log_lines = log_lines;
  plan->planes = planes;
  plan->axis[0].inner = Divider(int64_t{plan->across().length} * plan->lines());
  plan->axis[1].inner = Divider(plan->lines());
}

// Odd radices last: numbers that are an odd distance apart are in different banks, and where a
// block has few lines next to each other, the last stage has no other distance than its radix.
inline void PutOddLast(BlockFft* fft) {
  int32_t radices[BlockFft::kMostStages] = {};
  int placed = 0;
  for (const int32_t odd : {0, 1}) {
    for (int i = 0; i < fft->count; ++i) {
      if (fft->stage[i].radix % 2 == odd) radices[placed++] = fft->stage[i].radix;
    }
  }
  int32_t turn = 1;
  for (int i = 0; i < fft->count; ++i) {
    fft->stage[i] = {radices[i], Divider(fft->length / turn / radices[i]), turn};
    turn *= radices[i];
  }
}

// False where a length has no stages.
template <class S>
bool MakePlaneFft(int64_t height, int64_t width, PlaneFftPlan* plan) {
  *plan = PlaneFftPlan();
  plan->height = static_cast<int32_t>(height);
  plan->width = static_cast<int32_t>(width);
  if (!MakeBlockFft<S>(height, &plan->axis[0].fft)) return false;
  if (!MakeBlockFft<S>(PackedLength(width), &plan->axis[1].fft)) return false;
  for (PlaneAxis& axis : plan->axis) {
    PutOddLast(&axis.fft);
    for (int i = 0; i < axis.fft.count; ++i) {
      axis.butterflies[i] = Divider(axis.fft.length / axis.fft.stage[i].radix);
    }
  }
  // The table has the roots of the whole width.
  for (FftStage& stage : plan->axis[1].fft.stage) stage.turn *= plan->packed() ? 2 : 1;
  return true;
}

template <class S>
struct PlaneFftTables {
  Complex<S>* roots[2] = {};        // exp(-2 pi i k / height), and of the width
  int32_t* place_across = nullptr;  // of frequencies
  int32_t* place_down = nullptr;

  static size_t Bytes(const PlaneFftPlan& plan) {
    return static_cast<size_t>(plan.width + plan.height) * sizeof(Complex<S>) +
           static_cast<size_t>(plan.across().length + plan.height) * sizeof(int32_t);
  }
  static PlaneFftTables At(char* memory, const PlaneFftPlan& plan) {
    PlaneFftTables tables;
    tables.roots[0] = reinterpret_cast<Complex<S>*>(memory);
    tables.roots[1] = tables.roots[0] + plan.height;
    tables.place_down = reinterpret_cast<int32_t*>(tables.roots[1] + plan.width);
    tables.place_across = tables.place_down + plan.height;
    return tables;
  }
};

// Writes them; a thread for each entry.
template <class S>
struct FillPlaneFft {
  PlaneFftPlan plan;
  PlaneFftTables<S> tables;

  Grid grid() const { return {CeilDiv(std::max(plan.width, plan.height), kThreads), 0}; }

  template <class Block>
  SPECTRAL_OPS_DEVICE void Run(Block& block) const {
    block.Threads([&](int t) {
      const auto k = static_cast<int32_t>(block.index() * kThreads + t);
      if (k < plan.width) tables.roots[1][k] = RootAt(k, plan.width);
      if (k < plan.height) tables.roots[0][k] = RootAt(k, plan.height);
      if (k < plan.across().length) tables.place_across[k] = plan.across().PlaceOf(k);
      if (k < plan.height) tables.place_down[k] = plan.down().PlaceOf(k);
    });
  }

 private:
  static SPECTRAL_OPS_DEVICE Complex<S> RootAt(int32_t k, int32_t length) {
    const Root root = RootOfUnity(-k, length);
    return {static_cast<S>(root.cosine), static_cast<S>(root.sine)};
  }
};

}  // namespace spectral_ops::gpu
