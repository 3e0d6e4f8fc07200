// Takes one image of one channel block through its axes, in stages that workers can share.
//
//   2-D: x -> last axis -> tile -> middle axis -> y, or the middle axis first;
//   3-D: the same for each slice, before or after the first axis, with a half-transformed volume
//        between the two.
#ifndef SPECTRAL_OPS_CPU_IMAGE_WALK_INL_H_
#define SPECTRAL_OPS_CPU_IMAGE_WALK_INL_H_

#include <cstdint>

#include "core/axis_operator.h"
#include "core/resample_plan.h"
#include "cpu/axis_fft-inl.h"
#include "cpu/axis_product-inl.h"
#include "cpu/vector-inl.h"
#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace spectral_ops {
namespace HWY_NAMESPACE {

// Where one axis runs: [rows][axis][cols][width], `width` elements contiguous on both sides.
struct Region {
  int64_t rows = 1;
  int64_t in_row = 0;
  int64_t out_row = 0;
  int64_t cols = 1;
  int64_t in_col = 0;
  int64_t out_col = 0;
  int64_t width = 1;
  int64_t in_step = 0;
  int64_t out_step = 0;

  // Joins neighbours that are contiguous on both sides, so that fewer vectors are half empty.
  void Merge() {
    if (cols > 1 && in_col == width && out_col == width) {
      width *= cols;
      cols = 1;
    }
    if (rows > 1 && cols == 1 && in_row == width && out_row == width) {
      width *= rows;
      rows = 1;
    }
  }
};

// Walks the vectors of a region: `lane` counts within the width.
struct Cursor {
  int64_t row = 0;
  int64_t col = 0;
  int64_t lane = 0;

  Cursor(const Region& region, int64_t lanes, int64_t vector) {
    const int64_t across = (region.width + lanes - 1) / lanes;
    lane = vector % across * lanes;
    col = vector / across % region.cols;
    row = vector / across / region.cols;
  }

  void Advance(const Region& region, int64_t lanes) {
    lane += lanes;
    if (lane < region.width) return;
    lane = 0;
    if (++col < region.cols) return;
    col = 0;
    ++row;
  }
};

template <class S>
int64_t CountVectors(const Region& region) {
  return region.rows * region.cols * ((region.width + kLanes<S> - 1) / kLanes<S>);
}

// Bundles of vectors that a region has: what workers that share a task divide.
template <class S>
int64_t CountBundles(Region region) {
  region.Merge();
  return (CountVectors<S>(region) + kVectors - 1) / kVectors;
}

// What to fetch during the bundle at `now`: its part of the next row where rows are contiguous, for
// that is what memory does best; else the bundle that comes next.
constexpr int64_t kNearBytes = 64 << 10;

template <int V, class S, class T>
HWY_INLINE Ahead LookAhead(int64_t length, const Region& region, const T* in, const Cursor& now,
                           Cursor next) {
  const auto at = [&](int64_t element) { return reinterpret_cast<const char*>(in + element); };
  Ahead ahead;
  ahead.left = length;
  if (region.in_step == region.width && length * region.width * int64_t{sizeof(T)} <= kNearBytes) {
    if (now.row + 1 >= region.rows) ahead.left = 0;
    ahead.step = V * kLanes<S> * static_cast<int64_t>(sizeof(T));
    ahead.place[0] = at((now.row + 1) * region.in_row + now.lane * length);
    ahead.place[1] = ahead.place[0] + ahead.step / 2;
    return ahead;
  }
  if (next.row >= region.rows) ahead.left = 0;
  ahead.step = region.in_step * static_cast<int64_t>(sizeof(T));
  for (const char*& place : ahead.place) {
    place = at(next.row * region.in_row + next.col * region.in_col + next.lane);
    if (V == 2) next.Advance(region, kLanes<S>);
  }
  return ahead;
}

template <int V, bool kAll, class S, class TIn, class TOut>
HWY_INLINE void RunLanes(const AxisOperator<S>& axis, const Region& region, const TIn* in,
                         TOut* out, S* scratch, Cursor cursor) {
  const Cursor first = cursor;
  Lanes<V, kAll, TIn, TOut> lanes;
  lanes.in_step = region.in_step;
  lanes.out_step = region.out_step;
  for (int v = 0; v < V; ++v) {
    lanes.in[v] = in + cursor.row * region.in_row + cursor.col * region.in_col + cursor.lane;
    lanes.out[v] = out + cursor.row * region.out_row + cursor.col * region.out_col + cursor.lane;
    const int64_t left = region.width - cursor.lane;
    lanes.count[v] = left < kLanes<S> ? static_cast<int>(left) : kLanes<S>;
    cursor.Advance(region, kLanes<S>);
  }
  Ahead ahead = LookAhead<V, S>(axis.shape.n, region, in, first, cursor);
  if (axis.by_fft) {
    TransformLanes(axis.fft, lanes, scratch, &ahead);
  } else {
    MultiplyLanes(axis.matrix, lanes, scratch, &ahead);
  }
}

template <int V, class S, class TIn, class TOut>
HWY_INLINE void RunBundle(const AxisOperator<S>& axis, const Region& region, const TIn* in,
                          TOut* out, S* scratch, Cursor* cursor) {
  const Cursor first = *cursor;
  bool all = true;
  for (int v = 0; v < V; ++v) {
    all = all && region.width - cursor->lane >= kLanes<S>;
    cursor->Advance(region, kLanes<S>);
  }
  if (all) {
    RunLanes<V, true>(axis, region, in, out, scratch, first);
  } else {
    RunLanes<V, false>(axis, region, in, out, scratch, first);
  }
}

// Runs one axis for the bundles [begin, end) of a region.
template <class S, class TIn, class TOut>
void RunAxis(const AxisOperator<S>& axis, Region region, int64_t begin, int64_t end, const TIn* in,
             TOut* out, S* scratch) {
  region.Merge();
  const int64_t vectors = CountVectors<S>(region);
  Cursor cursor(region, kLanes<S>, begin * kVectors);
  for (int64_t bundle = begin; bundle < end; ++bundle) {
    if ((bundle + 1) * kVectors <= vectors) {
      RunBundle<kVectors>(axis, region, in, out, scratch, &cursor);
    } else {
      for (int64_t v = bundle * kVectors; v < vectors; ++v) {
        RunBundle<1>(axis, region, in, out, scratch, &cursor);
      }
    }
  }
}

// Where one task finds its image, and how much of it there is.
template <class T>
struct Task {
  const T* x;      // [images, n0, n1, n2, inner], at the first of `width` channels
  T* y;            // [images, m0, m1, m2, inner]
  int64_t images;  // more than one only where images are single rows
  int64_t width;
};

// One task in one or two stages, each of so many units that are independent of each other: of one
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
        unpacked_(reinterpret_cast<S*>(scratch + plan.unpacked_offset)) {}

  static int Stages(const ResamplePlan& plan) { return plan.shape.rank == 1 ? 1 : 2; }

  int64_t Units(const Task<T>& task, int stage) const {
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
        if (first == plan_.last_axis_first) return first ? plan_.axis(0).n : plan_.axis(0).m;
        return CountBundles<S>(OuterRegion(task.width));
    }
  }

  void Run(const Task<T>& task, int stage, int64_t begin, int64_t end) {
    const int64_t inner = plan_.shape.inner;
    const int64_t width = task.width;
    const bool first = stage == 0;
    switch (plan_.shape.rank) {
      case 1:
        RunLastAxis(begin, end, task.images, task.x, plan_.axis(2).n * inner, inner, task.y,
                    plan_.axis(2).m * inner, inner, width);
        return;
      case 2:
        if (first) {
          RunSliceStage(0, begin, end, task.x, inner, static_cast<S*>(nullptr), width, width);
        } else {
          RunSliceStage(1, begin, end, static_cast<const S*>(nullptr), width, task.y, inner, width);
        }
        return;
      default:
        RunVolumeStage(task, first, begin, end);
    }
  }

 private:
  int64_t LastAxisUnits(int64_t rows, int64_t width) const {
    if (plan_.rows_as_lanes) return (rows + kLanes<S> - 1) / kLanes<S>;
    return CountBundles<S>(LastRegion(rows, 0, width, 0, width, width));
  }

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

  // The first axis of three, between a volume [n0 or m0, n1 n2 or m1 m2, width] and the tensor.
  Region OuterRegion(int64_t width) const {
    const int64_t inner = plan_.shape.inner;
    const int64_t in_slice = plan_.axis(1).n * plan_.axis(2).n;
    const int64_t out_slice = plan_.axis(1).m * plan_.axis(2).m;
    Region region;
    region.width = width;
    if (plan_.last_axis_first) {
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

  void RunVolumeStage(const Task<T>& task, bool first, int64_t begin, int64_t end) {
    const int64_t inner = plan_.shape.inner;
    const int64_t in_slice = plan_.axis(1).n * plan_.axis(2).n;
    const int64_t out_slice = plan_.axis(1).m * plan_.axis(2).m;
    const int64_t width = task.width;
    if (first != plan_.last_axis_first) {
      if (first) {
        RunAxis(*axes_[0], OuterRegion(width), begin, end, task.x, between_, scratch_);
      } else {
        RunAxis(*axes_[0], OuterRegion(width), begin, end, between_, task.y, scratch_);
      }
      return;
    }
    for (int64_t slice = begin; slice < end; ++slice) {
      if (first) {
        RunSlice(task.x + slice * in_slice * inner, inner, between_ + slice * out_slice * width,
                 width, width);
      } else {
        RunSlice(between_ + slice * in_slice * inner, inner, task.y + slice * out_slice * inner,
                 inner, width);
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
      RunAxis(*axes_[1], MiddleRegion(width, out_inner, width), begin, end, slice_, out, scratch_);
    } else if (stage == 0) {
      RunAxis(*axes_[1], MiddleRegion(in_inner, width, width), begin, end, in, slice_, scratch_);
    } else {
      RunLastAxis(begin, end, plan_.axis(1).m, slice_, plan_.tile_row, width, out, out_row,
                  out_inner, width);
    }
  }

  // in: [rows, n2, in_inner] -> out: [rows, m2, out_inner], the units [begin, end).
  template <class TIn, class TOut>
  void RunLastAxis(int64_t begin, int64_t end, int64_t rows, const TIn* in, int64_t in_row,
                   int64_t in_inner, TOut* out, int64_t out_row, int64_t out_inner, int64_t width) {
    if (!plan_.rows_as_lanes) {
      RunAxis(*axes_[2], LastRegion(rows, in_row, in_inner, out_row, out_inner, width), begin, end,
              in, out, scratch_);
      return;
    }
    const int64_t packed_width = width * kLanes<S>;
    const Region region = LastRegion(1, 0, packed_width, 0, packed_width, packed_width);
    const int64_t bundles = CountBundles<S>(region);
    const int64_t in_length = plan_.axis(2).n * width;
    const int64_t out_length = plan_.axis(2).m * width;
    for (int64_t row = begin * kLanes<S>; row < rows && row < end * kLanes<S>; row += kLanes<S>) {
      const int count = rows - row < kLanes<S> ? static_cast<int>(rows - row) : kLanes<S>;
      PackRows(in + row * in_row, in_row, count, in_length, packed_);
      RunAxis(*axes_[2], region, 0, bundles, packed_, unpacked_, scratch_);
      UnpackRows(unpacked_, count, out_length, out + row * out_row, out_row);
    }
  }

  const ResamplePlan& plan_;
  const AxisOperator<S>* const* axes_;
  S* between_;
  S* slice_;
  S* scratch_;
  S* packed_;
  S* unpacked_;
};

}  // namespace HWY_NAMESPACE
}  // namespace spectral_ops
HWY_AFTER_NAMESPACE();

#endif  // SPECTRAL_OPS_CPU_IMAGE_WALK_INL_H_
