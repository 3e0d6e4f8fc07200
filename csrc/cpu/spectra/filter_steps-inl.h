// The steps of a filter's units, and its axes (cpu/spectra/filter_plan.h).
#pragma once

#include <cstdint>
#include <variant>

#include "cpu/axes/axis_kinds.h"
#include "cpu/base/parallel.h"
#include "cpu/base/runtime.h"
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

}  // namespace HWY_NAMESPACE
}  // namespace spectral_ops
HWY_AFTER_NAMESPACE();
