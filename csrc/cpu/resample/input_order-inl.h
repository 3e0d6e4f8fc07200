// The order in which a task of a plan reads its input.
#ifndef SPECTRAL_OPS_CPU_RESAMPLE_INPUT_ORDER_INL_H_
#define SPECTRAL_OPS_CPU_RESAMPLE_INPUT_ORDER_INL_H_

#include <cstdint>

#include "cpu/axes/axis_product-inl.h"
#include "cpu/base/prefetch-inl.h"
#include "cpu/base/tuning.h"
#include "cpu/base/vector-inl.h"
#include "cpu/resample/resample_plan.h"
#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace spectral_ops {
namespace HWY_NAMESPACE {

template <class T>
LineOrder InputOrder(const ResamplePlan& plan) {
  using S = ComputeType<T>;
  constexpr auto kSize = static_cast<int64_t>(sizeof(T));
  const auto lines = [](int64_t elements) {
    return (elements * kSize + kLineBytes - 1) / kLineBytes;
  };
  const ResampleShape& shape = plan.shape;
  const int64_t x_inner = plan.images_as_lanes ? plan.packed_inner : shape.inner;
  const int64_t row = plan.axis(2).n * x_inner;
  const int64_t image = plan.axis(0).n * plan.axis(1).n * row;
  LineOrder order;
  if (plan.images_as_lanes) {
    // The next few rows of all images.
    const bool whole = plan.packed_rows >= image / row;
    const int64_t run = whole ? image : plan.packed_rows * row;
    order.groups = image / run;
    order.group_step = run * kSize;
    order.runs = plan.lanes;
    order.run_step = image * kSize;
    order.run_lines = lines(run);
    order.lead = 2 * order.runs * order.run_lines;
  } else if (shape.rank == 3 ? !plan.slices_first : shape.rank == 2 && !plan.last_axis_first) {
    // Bundles of columns.
    const int64_t column = shape.rank == 2 ? row : plan.axis(1).n * row;
    constexpr int64_t kWidth = kVectors * kLanes<S>;
    order.groups = (column + kWidth - 1) / kWidth;
    order.group_step = kWidth * kSize;
    order.runs = image / column;
    order.run_step = column * kSize;
    order.run_lines = lines(kWidth);
    order.lead = order.runs * order.run_lines;
  } else {
    const int64_t width = plan.channel_block;
    const int64_t samples = plan.copies_last ? row / x_inner : image / x_inner * plan.image_group;
    order.groups = 1;
    if (plan.copies_last) {
      order.groups = plan.axis(1).n;
      order.groups_last = order.groups / plan.axis(1).m;
      order.group_step = row * kSize;
    }
    order.runs = width == x_inner ? 1 : samples;
    order.run_step = x_inner * kSize;
    order.run_lines = lines(width == x_inner ? samples * width : width);
    const int64_t rows = plan.rows_as_lanes ? plan.packs * plan.lanes : 2;
    order.lead = (shape.rank == 3 ? plan.axis(1).n : rows) * lines(plan.axis(2).n * width);
  }
  constexpr int64_t kMost = kAheadBytes / kLineBytes;
  // A single axis that long runs through more than the cache holds, in no order of use here.
  if (shape.rank == 1 && order.lead > kMost) return LineOrder();
  if (order.lead > kMost) order.lead = kMost;
  return order;
}

}  // namespace HWY_NAMESPACE
}  // namespace spectral_ops
HWY_AFTER_NAMESPACE();

#endif  // SPECTRAL_OPS_CPU_RESAMPLE_INPUT_ORDER_INL_H_
