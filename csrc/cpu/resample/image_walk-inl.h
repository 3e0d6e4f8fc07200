// Takes one image of one channel block through its axes, in stages that workers can share.
//
//   2-D: x -> last axis -> tile -> middle axis -> y, or the middle axis first, or as in
//        copies_last_walk-inl.h;
//   3-D: the same for each slice, before or after the first axis, with a half-transformed volume
//        between the two.
#ifndef SPECTRAL_OPS_CPU_RESAMPLE_IMAGE_WALK_INL_H_
#define SPECTRAL_OPS_CPU_RESAMPLE_IMAGE_WALK_INL_H_

#include <cstdint>

#include "cpu/axes/axis_operator.h"
#include "cpu/axes/region-inl.h"
#include "cpu/base/prefetch-inl.h"
#include "cpu/base/tuning.h"
#include "cpu/base/vector-inl.h"
#include "cpu/resample/copies_last_walk-inl.h"
#include "cpu/resample/input_order-inl.h"
#include "cpu/resample/resample_plan.h"
#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace spectral_ops {
namespace HWY_NAMESPACE {

// Where one task finds its image, and how much of it there is.
template <class T>
struct Task {
  const T* x;      // [images, n0, n1, n2, inner], at the first of `width` channels
  T* y;            // [images, m0, m1, m2, inner]
  int64_t images;  // more than one only where images are single rows, or lanes
  int64_t width;
};

// One task in one to three stages, each of so many units that are independent of each other: of one
// axis, bundles of vectors or blocks of rows; of the last two axes of a 3-D image, slices.
template <class T>
class ImageWalk {
 public:
  using S = ComputeType<T>;

  ImageWalk(const ResamplePlan& plan, const AxisOperator<S>* const* axes, char* between,
            char* scratch)
      : plan_(plan),
        axes_(axes),
        between_(reinterpret_cast<S*>(between)),
        slice_(plan.shape.rank == 3 ? reinterpret_cast<S*>(scratch + plan.slice_offset) : between_),
        scratch_(reinterpret_cast<S*>(scratch + plan.axis_offset)),
        packed_(reinterpret_cast<S*>(scratch + plan.packed_offset)),
        unpacked_(reinterpret_cast<S*>(scratch + plan.unpacked_offset)),
        x_inner_(plan.images_as_lanes ? plan.packed_inner : plan.shape.inner),
        copies_last_(plan, axes, slice_, scratch_),
        ahead_(InputOrder<T>(plan)) {}

  static int Stages(const ResamplePlan& plan) {
    if (plan.copies_last) return CopiesLastWalk<T>::kStages;
    return plan.shape.rank == 1 ? 1 : 2;
  }

  // The whole task; `next` is where the input of the one after it is thought to be, or null.
  void RunAll(const Task<T>& task, const T* next) {
    ahead_.StartTask(task.x, next);
    for (int stage = 0; stage < Stages(plan_); ++stage) {
      ahead_.StartStage(InputShare(stage), WritesMemory(stage), Bundles(task, stage));
      Run(task, stage, 0, Units(task, stage));
    }
    if (!plan_.images_as_lanes) return;
    const int64_t length = plan_.axis(0).m * plan_.axis(1).m * plan_.axis(2).m * x_inner_;
    UnpackRows(unpacked_, static_cast<int>(task.images), length, task.y, length);
  }

  // The units [begin, end) of one stage, where workers share a task.
  void RunPart(const Task<T>& task, int stage, int64_t begin, int64_t end) {
    const LineRange share = InputShare(stage);
    if (share.begin < share.end) {
      ahead_.StartPart(task.x, share, WritesMemory(stage), begin, Units(task, stage),
                       Bundles(task, stage));
    } else {
      ahead_.Stop(WritesMemory(stage));
    }
    Run(task, stage, begin, end);
  }

  int64_t Units(const Task<T>& task, int stage) const {
    if (plan_.copies_last) return copies_last_.Units(stage, task.width);
    const bool first = stage == 0;
    switch (plan_.shape.rank) {
      case 1:
        return LastAxisUnits(task.images, task.width);
      case 2:
        if (first == plan_.last_axis_first) {
          return LastAxisUnits(first ? plan_.axis(1).n : plan_.axis(1).m, task.width);
        }
        return CountBundles<S>(MiddleRegion(first ? plan_.shape.inner : task.width,
                                            first ? task.width : plan_.shape.inner, task.width));
      default:
        if (IsSliceStage(stage)) return first ? plan_.axis(0).n : plan_.axis(0).m;
        return CountBundles<S>(OuterRegion(task.width));
    }
  }

 private:
  // In stages of so many units that are independent of each other.
  void Run(const Task<T>& task, int stage, int64_t begin, int64_t end) {
    images_ = static_cast<int>(task.images);
    if (plan_.copies_last) {
      copies_last_.Run(stage, task.x, task.y, task.width, begin, end, &ahead_);
    } else if (plan_.images_as_lanes) {
      RunTo(unpacked_, task, stage, begin, end);
    } else {
      RunTo(task.y, task, stage, begin, end);
    }
  }

  template <class TOut>
  void RunTo(TOut* y, const Task<T>& task, int stage, int64_t begin, int64_t end) {
    const int64_t inner = plan_.shape.inner;
    const int64_t width = task.width;
    const bool first = stage == 0;
    switch (plan_.shape.rank) {
      case 1:
        RunLastAxis(begin, end, task.images, task.x, plan_.axis(2).n * inner, inner, y,
                    plan_.axis(2).m * inner, inner, width);
        return;
      case 2:
        if (first) {
          RunSliceStage(0, begin, end, task.x, x_inner_, static_cast<S*>(nullptr), width, width);
        } else {
          RunSliceStage(1, begin, end, static_cast<const S*>(nullptr), width, y, inner, width);
        }
        return;
      default:
        RunVolumeStage(y, task, stage, begin, end);
    }
  }

  // Units of the last axis: blocks of rows where they are packed, else bundles.
  int64_t LastAxisUnits(int64_t rows, int64_t width) const {
    if (plan_.rows_as_lanes) return (rows + RowsPacked() - 1) / RowsPacked();
    if (plan_.images_as_lanes) return (rows + plan_.packed_rows - 1) / plan_.packed_rows;
    return CountBundles<S>(LastRegion(rows, 0, width, 0, width, width));
  }

  int64_t LastAxisBundles(int64_t rows, int64_t width) const {
    const int64_t units = LastAxisUnits(rows, width);
    if (plan_.rows_as_lanes) return units * CountBundles<S>(PackedRegion(plan_.packs, width));
    if (plan_.images_as_lanes) {
      return units * CountBundles<S>(LastRegion(plan_.packed_rows, 0, width, 0, width, width));
    }
    return units;
  }

  // Bundles of a stage, all units.
  int64_t Bundles(const Task<T>& task, int stage) const {
    if (plan_.copies_last) return Units(task, stage);
    const int64_t rows = plan_.last_axis_first ? plan_.axis(1).n : plan_.axis(1).m;
    switch (plan_.shape.rank) {
      case 1:
        return LastAxisBundles(task.images, task.width);
      case 2:
        return (stage == 0) == plan_.last_axis_first ? LastAxisBundles(rows, task.width)
                                                     : Units(task, stage);
      default:
        if (!IsSliceStage(stage)) return Units(task, stage);
        return Units(task, stage) * (LastAxisBundles(rows, task.width) + MiddleBundles(task.width));
    }
  }

  int64_t MiddleBundles(int64_t width) const {
    if (plan_.axis(1).IsIdentity()) return 0;
    return CountBundles<S>(MiddleRegion(width, width, width));
  }

  // The lines of input that a stage reads.
  LineRange InputShare(int stage) const {
    const LineOrder& order = ahead_.order();
    if (plan_.copies_last) return CopiesLastWalk<T>::Share(order, stage);
    return {stage == 0 ? 0 : order.lines(), order.lines()};
  }

  // Whether an axis of this stage stores to what is not in cache: a large tile, or the tensor
  // itself where rows or images are not unpacked.
  bool WritesMemory(int stage) const {
    if (stage + 1 < Stages(plan_)) return plan_.between_bytes > kLargeTileBytes;
    if (plan_.images_as_lanes) return false;
    const bool last_axis = plan_.shape.rank == 3 ? !plan_.slices_first : !plan_.last_axis_first;
    return !plan_.rows_as_lanes || !last_axis;
  }

  // Of the two stages of a volume, whether `stage` is that of the slices.
  bool IsSliceStage(int stage) const { return (stage == 0) == plan_.slices_first; }

  // The last axis of [rows, n2, in_inner], rows in_row and out_row apart.
  Region LastRegion(int64_t rows, int64_t in_row, int64_t in_inner, int64_t out_row,
                    int64_t out_inner, int64_t width) const {
    Region region;
    region.rows = rows;
    region.in_row = in_row;
    region.out_row = out_row;
    region.width = width;
    region.in_step = in_inner;
    region.out_step = out_inner;
    return region;
  }

  // The middle axis, from [n1, n2, in_inner] to the tile or from the tile to [m1, m2, out_inner].
  Region MiddleRegion(int64_t in_inner, int64_t out_inner, int64_t width) const {
    Region region;
    region.width = width;
    region.in_col = in_inner;
    region.out_col = out_inner;
    region.cols = plan_.last_axis_first ? plan_.axis(2).m : plan_.axis(2).n;
    region.in_step = plan_.last_axis_first ? plan_.tile_row : plan_.axis(2).n * in_inner;
    region.out_step = plan_.last_axis_first ? plan_.axis(2).m * out_inner : plan_.tile_row;
    return region;
  }

  int64_t RowsPacked() const { return plan_.packs * kLanes<S>; }

  // A packed row as long as PackRows makes it.
  static int64_t PackedLength(int64_t length) {
    return (length + kLanes<S> - 1) / kLanes<S> * kLanes<S> * kLanes<S>;
  }

  // Blocks of packed rows.
  Region PackedRegion(int64_t packs, int64_t width) const {
    return LastRegion(packs, PackedLength(plan_.axis(2).n * width), width * kLanes<S>,
                      PackedLength(plan_.axis(2).m * width), width * kLanes<S>, width * kLanes<S>);
  }

  // The first axis of three, between a volume [n0 or m0, n1 n2 or m1 m2, width] and the tensor.
  Region OuterRegion(int64_t width) const {
    const int64_t inner = plan_.shape.inner;
    const int64_t in_slice = plan_.axis(1).n * plan_.axis(2).n;
    const int64_t out_slice = plan_.axis(1).m * plan_.axis(2).m;
    Region region;
    region.width = width;
    if (plan_.slices_first) {
      region.cols = out_slice;
      region.in_col = width;
      region.out_col = inner;
      region.in_step = out_slice * width;
      region.out_step = out_slice * inner;
    } else {
      region.width = region.in_step = region.out_step = in_slice * inner;
    }
    return region;
  }

  template <class TOut>
  void RunVolumeStage(TOut* y, const Task<T>& task, int stage, int64_t begin, int64_t end) {
    const int64_t inner = plan_.shape.inner;
    const int64_t in_slice = plan_.axis(1).n * plan_.axis(2).n;
    const int64_t out_slice = plan_.axis(1).m * plan_.axis(2).m;
    const int64_t width = task.width;
    const bool first = stage == 0;
    if (!IsSliceStage(stage)) {
      if (first) {
        RunAxis(*axes_[0], OuterRegion(width), begin, end, task.x, between_, scratch_, &ahead_);
      } else {
        RunAxis(*axes_[0], OuterRegion(width), begin, end, between_, y, scratch_, &ahead_);
      }
      return;
    }
    for (int64_t slice = begin; slice < end; ++slice) {
      if (first) {
        RunSlice(task.x + slice * in_slice * x_inner_, x_inner_,
                 between_ + slice * out_slice * width, width, width);
      } else {
        RunSlice(between_ + slice * in_slice * inner, inner, y + slice * out_slice * inner, inner,
                 width);
      }
    }
  }

  // in: [n1, n2, in_inner] -> out: [m1, m2, out_inner], `width` channels of each.
  template <class TIn, class TOut>
  void RunSlice(const TIn* in, int64_t in_inner, TOut* out, int64_t out_inner, int64_t width) {
    if (plan_.axis(1).IsIdentity()) {
      const int64_t rows = plan_.axis(1).n;
      RunLastAxis(0, LastAxisUnits(rows, width), rows, in, plan_.axis(2).n * in_inner, in_inner,
                  out, plan_.axis(2).m * out_inner, out_inner, width);
      return;
    }
    const int64_t middle =
        CountBundles<S>(plan_.last_axis_first ? MiddleRegion(width, out_inner, width)
                                              : MiddleRegion(in_inner, width, width));
    const int64_t last =
        LastAxisUnits(plan_.last_axis_first ? plan_.axis(1).n : plan_.axis(1).m, width);
    RunSliceStage(0, 0, plan_.last_axis_first ? last : middle, in, in_inner, out, out_inner, width);
    RunSliceStage(1, 0, plan_.last_axis_first ? middle : last, in, in_inner, out, out_inner, width);
  }

  // One of the two axes of a slice, to the tile (stage 0, which ignores `out`) or from it.
  template <class TIn, class TOut>
  void RunSliceStage(int stage, int64_t begin, int64_t end, const TIn* in, int64_t in_inner,
                     TOut* out, int64_t out_inner, int64_t width) {
    const int64_t in_row = plan_.axis(2).n * in_inner;
    const int64_t out_row = plan_.axis(2).m * out_inner;
    if (plan_.last_axis_first && stage == 0) {
      RunLastAxis(begin, end, plan_.axis(1).n, in, in_row, in_inner, slice_, plan_.tile_row, width,
                  width);
    } else if (plan_.last_axis_first) {
      RunAxis(*axes_[1], MiddleRegion(width, out_inner, width), begin, end, slice_, out, scratch_,
              &ahead_);
    } else if (stage == 0) {
      RunAxis(*axes_[1], MiddleRegion(in_inner, width, width), begin, end, in, slice_, scratch_,
              &ahead_);
    } else {
      RunLastAxis(begin, end, plan_.axis(1).m, slice_, plan_.tile_row, width, out, out_row,
                  out_inner, width);
    }
  }

  // in: [rows, n2, in_inner] -> out: [rows, m2, out_inner], the units [begin, end).
  template <class TIn, class TOut>
  void RunLastAxis(int64_t begin, int64_t end, int64_t rows, const TIn* in, int64_t in_row,
                   int64_t in_inner, TOut* out, int64_t out_row, int64_t out_inner, int64_t width) {
    if (plan_.images_as_lanes) {
      RunImageRows(begin, end, rows, in, in_row, out, out_row, out_inner, width);
      return;
    }
    if (!plan_.rows_as_lanes) {
      RunAxis(*axes_[2], LastRegion(rows, in_row, in_inner, out_row, out_inner, width), begin, end,
              in, out, scratch_, &ahead_);
      return;
    }
    const int64_t in_length = plan_.axis(2).n * width;
    const int64_t out_length = plan_.axis(2).m * width;
    const int64_t last = end * RowsPacked() < rows ? end * RowsPacked() : rows;
    for (int64_t first = begin * RowsPacked(); first < last; first += RowsPacked()) {
      const int64_t packs = last - first > kLanes<S> ? plan_.packs : 1;
      const Region region = PackedRegion(packs, width);
      const auto each_pack = [&](const auto& body) {
        for (int64_t pack = 0; pack < packs; ++pack) {
          const int64_t row = first + pack * kLanes<S>;
          body(pack, row, last - row < kLanes<S> ? static_cast<int>(last - row) : kLanes<S>);
        }
      };
      each_pack([&](int64_t pack, int64_t row, int count) HWY_ATTR {
        PackRows(in + row * in_row, in_row, count, in_length, packed_ + pack * region.in_row);
      });
      RunAxis(*axes_[2], region, 0, CountBundles<S>(region), packed_, unpacked_, scratch_, &ahead_);
      each_pack([&](int64_t pack, int64_t row, int count) HWY_ATTR {
        UnpackRows(unpacked_ + pack * region.out_row, count, out_length, out + row * out_row,
                   out_row);
      });
    }
  }

  // in: [images][rows, n2, x_inner], the images as lanes, a few rows at a time.
  template <class TIn, class TOut>
  void RunImageRows(int64_t begin, int64_t end, int64_t rows, const TIn* in, int64_t in_row,
                    TOut* out, int64_t out_row, int64_t out_inner, int64_t width) {
    const int64_t length = plan_.axis(2).n * x_inner_;
    const int64_t image = plan_.axis(0).n * plan_.axis(1).n * length;
    for (int64_t row = begin * plan_.packed_rows; row < rows && row < end * plan_.packed_rows;
         row += plan_.packed_rows) {
      const int64_t count = rows - row < plan_.packed_rows ? rows - row : plan_.packed_rows;
      // Rows of an image are contiguous.
      PackRows(in + row * in_row, image, images_, count * length, packed_);
      const Region region = LastRegion(count, length * kLanes<S>, width, out_row, out_inner, width);
      RunAxis(*axes_[2], region, 0, CountBundles<S>(region), packed_, out + row * out_row, scratch_,
              &ahead_);
    }
  }

  const ResamplePlan& plan_;
  const AxisOperator<S>* const* axes_;
  S* between_;
  S* slice_;
  S* scratch_;
  S* packed_;
  S* unpacked_;
  int64_t x_inner_;  // channels of the tensor
  CopiesLastWalk<T> copies_last_;
  Ahead ahead_;
  int images_ = 0;  // of the task
};

}  // namespace HWY_NAMESPACE
}  // namespace spectral_ops
HWY_AFTER_NAMESPACE();

#endif  // SPECTRAL_OPS_CPU_RESAMPLE_IMAGE_WALK_INL_H_
