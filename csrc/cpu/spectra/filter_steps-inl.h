// The steps of a filter's units, its axes and tiles (cpu/spectra/filter_plan.h).
#pragma once

#include <algorithm>
#include <cstdint>
#include <variant>

#include "cpu/axes/axis_kinds.h"
#include "cpu/base/parallel.h"
#include "cpu/base/runtime.h"
#include "cpu/base/vector-inl.h"
#include "cpu/spectra/filter_plan.h"
#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace spectral_ops {
namespace HWY_NAMESPACE {

// One step of a unit.
struct FilterStep {
  int64_t unit = 0;
  int64_t image = 0;
  int64_t block = 0;
  bool lives = true;  // else its part of the batch has no more images
  bool adds = false;  // to sums that are there
};

inline FilterStep StepOf(const FilterPlan& plan, int64_t unit, int64_t step) {
  if (plan.sums == 0) return {unit, unit / plan.blocks, unit % plan.blocks, true, false};
  const int64_t blocks = plan.shared ? plan.blocks : 1;
  const UnitRange images = Piece{unit / plan.slots(), plan.parts}.Of(plan.batch);
  const int64_t image = images.begin + step / blocks;
  return {unit, image, plan.shared ? step % blocks : unit % plan.slots(), image < images.end,
          step > 0};
}

// The signals that a step reads; the one that it may write is the next.
inline int SourcesOf(const FilterPlan& plan) { return plan.sums > 0 && !plan.takes ? 2 : 1; }

// Where column w of row m of tile t stands in the spectrum that is kept, in elements.
inline int64_t SpectrumPlace(const FilterPlan& plan, const FilterStep& at, int64_t t, int64_t m,
                             int64_t w) {
  int64_t vector = at.block + t;
  if (plan.lanes_are_channels()) {
    vector = at.block * plan.subs + w % plan.subs;
    w /= plan.subs;
  }
  const int64_t column =
      ((at.image * plan.vectors() + vector) * plan.middle + m) * plan.vector_columns() + w;
  return column * plan.first * 2 * plan.lanes;
}

// The frequency of each place of an axis.
template <class S>
void FillOrder(const ModeFft<S>& axis, int32_t* order) {
  const ModeMap& map = axis.map;
  for (int64_t s = 0; s < map.modes(); ++s) {
    const int64_t f = s - map.low;
    order[axis.places[2 * s]] = static_cast<int32_t>(f < 0 ? map.length + f : f);
  }
}

template <class S>
const ModeFft<S>& FilterAxis(const RunMemory& memory, int i) {
  const auto* axis = static_cast<const AxisOperator<S>*>(memory.axes[i]);
  return *std::get_if<ModeFft<S>>(&axis->tables);
}

// A worker's tiles, or those of all units.
template <class S>
class FilterTiles {
 public:
  FilterTiles(const FilterPlan& plan, const RunMemory& memory, char* own)
      : plan_(plan),
        tiles_(reinterpret_cast<S*>((plan.together ? memory.workspace : own) + plan.tiles_offset)) {
  }

  // A result has that of the last source.
  S* Tile(const FilterStep& at, int side, int64_t t) const {
    const int sources = SourcesOf(plan_);
    const int64_t unit = plan_.together ? at.unit : 0;
    const int place = std::min(side, sources - 1);
    return tiles_ + ((unit * sources + place) * plan_.tiles + t) * plan_.tile;
  }

  // Vectors of a block of channels.
  int64_t Vectors(const FilterStep& at) const {
    const int64_t left = plan_.channels - at.block * plan_.subs * kLanes<S>;
    return std::min(plan_.subs, (left + kLanes<S> - 1) / kLanes<S>);
  }
  bool Lives(const FilterStep& at, int64_t column) const {
    return !plan_.lanes_are_channels() || column % plan_.subs < Vectors(at);
  }

 private:
  const FilterPlan& plan_;
  S* tiles_;
};

}  // namespace HWY_NAMESPACE
}  // namespace spectral_ops
HWY_AFTER_NAMESPACE();
