// The walk of one image in 2-D whose middle axis copies every s-th row (copies_last of
// cpu/resample/resample_plan.h):
//
//   the other rows of x -> last axis -> tile -> middle axis -> tile;
//   the copied rows of x -> last axis -> weighted, with the tile's -> y.
//
// The tile is smaller than one of all rows, memory is read before and after the middle axis, and
// the output is written row by row.
#ifndef SPECTRAL_OPS_CPU_RESAMPLE_COPIES_LAST_WALK_INL_H_
#define SPECTRAL_OPS_CPU_RESAMPLE_COPIES_LAST_WALK_INL_H_

#include <cstdint>

#include "cpu/axes/axis_operator.h"
#include "cpu/axes/region-inl.h"
#include "cpu/base/prefetch-inl.h"
#include "cpu/resample/resample_plan.h"
#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace spectral_ops {
namespace HWY_NAMESPACE {

template <class T>
class CopiesLastWalk {
 public:
  using S = ComputeType<T>;
  static constexpr int kStages = 3;

  CopiesLastWalk(const ResamplePlan& plan, const AxisOperator<S>* const* axes, S* tile, S* scratch)
      : plan_(plan),
        axes_(axes),
        tile_(tile),
        scratch_(scratch),
        ratio_(plan.axis(1).n / plan.axis(1).m) {}

  // Of one stage, units that are independent of each other: bundles.
  int64_t Units(int stage, int64_t width) const { return CountBundles<S>(RegionOf(stage, width)); }

  // The lines of input that a stage reads.
  static LineRange Share(const LineOrder& order, int stage) {
    const int64_t first = order.first_lines();
    return {stage == 0 ? 0 : first, stage == kStages - 1 ? order.lines() : first};
  }

  // The units [begin, end) of one stage; x and y stand at the first of `width` channels.
  void Run(int stage, const T* x, T* y, int64_t width, int64_t begin, int64_t end,
           Ahead* ahead) const {
    const Region region = RegionOf(stage, width);
    if (stage == 0) {
      RunAxis(*axes_[2], region, begin, end, x + InputRow(), tile_, scratch_, ahead);
    } else if (stage == 1) {
      RunAxis(*axes_[1], region, begin, end, static_cast<const S*>(tile_), tile_, scratch_, ahead);
    } else {
      const Joined<S> join = {tile_, plan_.tile_row, width,
                              static_cast<S>(axes_[1]->copy_weight())};
      RunAxis(*axes_[2], region, begin, end, x, y, scratch_, ahead, join);
    }
  }

 private:
  int64_t InputRow() const { return plan_.axis(2).n * plan_.shape.inner; }

  Region RegionOf(int stage, int64_t width) const {
    const int64_t inner = plan_.shape.inner;
    Region region;
    region.width = width;
    if (stage == 1) {
      region.cols = plan_.axis(2).m;
      region.in_col = region.out_col = width;
      region.in_step = region.out_step = plan_.tile_row;
      return region;
    }
    region.rows = plan_.axis(1).m;
    region.in_row = ratio_ * InputRow();
    region.in_step = inner;
    if (stage == 0) {
      region.out_row = (ratio_ - 1) * plan_.tile_row;
      region.cols = ratio_ - 1;
      region.in_col = InputRow();
      region.out_col = plan_.tile_row;
      region.out_step = width;
    } else {
      region.out_row = plan_.axis(2).m * inner;
      region.out_step = inner;
    }
    return region;
  }

  const ResamplePlan& plan_;
  const AxisOperator<S>* const* axes_;
  S* tile_;  // [n1 - m1 rows, then m1, tile_row apart][m2, width]
  S* scratch_;
  int64_t ratio_;
};

}  // namespace HWY_NAMESPACE
}  // namespace spectral_ops
HWY_AFTER_NAMESPACE();

#endif  // SPECTRAL_OPS_CPU_RESAMPLE_COPIES_LAST_WALK_INL_H_
