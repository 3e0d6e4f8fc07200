// Takes a task of resample through its steps (resample_plan.h), which workers can share.
#pragma once

#include <cstdint>

#include "core/integers.h"
#include "cpu/axes/region-inl.h"
#include "cpu/base/parallel.h"
#include "cpu/base/prefetch-inl.h"
#include "cpu/base/tuning.h"
#include "cpu/base/vector-inl.h"
#include "cpu/resample/resample_plan.h"
#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace spectral_ops {
namespace HWY_NAMESPACE {

// Where one task finds its image, and how much of it there is.
template <class T>
struct ResampleTask {
  const T* x;      // [images, n0, n1, n2, channels], at the first of `width` channels
  T* y;            // [images, m0, m1, m2, channels]
  int64_t images;  // more than one only where images are single rows, or lanes
  int64_t width;
};

// The order in which the first stage, and with copied rows the last, reads the input of a task.
template <class T>
LineOrder OrderOfInput(const ResamplePlan& plan) {
  constexpr auto kSize = static_cast<int64_t>(sizeof(T));
  const ResampleStage& stage = plan.whole.step[0].stage[0];
  const AxisRegion& region = stage.region;
  const int64_t row = plan.axis(2).n * plan.channels;
  const int64_t image = plan.axis(0).n * plan.axis(1).n * row;
  LineOrder order;
  if (stage.lanes == LaneOrder::kImages) {
    // The next few rows of all images.
    const bool whole = plan.rows_packed >= image / row;
    const int64_t run = whole ? image : plan.rows_packed * row;
    order.groups = image / run;
    order.group_step = run * kSize;
    order.runs = plan.lanes;
    order.run_step = image * kSize;
    order.run_lines = LinesOfRun(run * kSize, order.run_step);
    order.lead = 2 * order.runs * order.run_lines;
  } else if (stage.axis != 2 && plan.whole.step[0].slices == 0) {
    // Bundles of columns; of many images that have room, the whole next one in the order of its
    // lines, which memory gives faster.
    const bool whole = plan.tasks >= 4 * plan.workers && image * kSize <= plan.ahead_bytes;
    const int64_t width = kVectors * plan.lanes;
    order.groups = whole ? 1 : CeilDiv(region.in_step, width);
    order.group_step = width * kSize;
    order.runs = whole ? 1 : image / region.in_step;
    order.run_step = region.in_step * kSize;
    order.run_lines =
        whole ? LinesOfRun(image * kSize, 0) : LinesOfRun(width * kSize, order.run_step);
    order.lead = order.runs * order.run_lines;
  } else {
    const int64_t width = plan.channel_block;
    const bool contiguous = width == plan.channels;
    int64_t samples = image / plan.channels * plan.image_group;
    order.groups = 1;
    if (plan.copied_rows_period > 0) {
      samples = plan.axis(2).n;
      order.groups = plan.axis(1).n;
      order.groups_last = plan.copied_rows_period;
      order.group_step = row * kSize;
    }
    order.runs = contiguous ? 1 : samples;
    order.run_step = plan.channels * kSize;
    order.run_lines = contiguous ? LinesOfRun(samples * width * kSize, order.group_step)
                                 : LinesOfRun(width * kSize, order.run_step);
    const int64_t rows = stage.lanes == LaneOrder::kRows ? plan.rows_packed : 2;
    const int64_t row_lines = contiguous ? LinesOfRun(plan.axis(2).n * width * kSize, 0)
                                         : plan.axis(2).n * order.run_lines;
    order.lead = (plan.shape.rank == 3 ? plan.axis(1).n : rows) * row_lines;
  }
  const int64_t most = plan.ahead_bytes / kLineBytes;
  // A single axis that long runs through more than the cache holds, in no order of use here.
  if (plan.shape.rank == 1 && order.lead > most) return LineOrder();
  if (order.lead > most) order.lead = most;
  return order;
}

template <class T>
class ResampleWalk {
 public:
  using S = ComputeType<T>;

  // `streams`: the result is aligned, and goes past the caches.
  ResampleWalk(const ResamplePlan& plan, const AxisOperator<S>* const* axes, bool streams,
               char* between, char* scratch)
      : plan_(plan),
        streams_(streams),
        axes_(axes),
        tile_(reinterpret_cast<S*>(plan.shape.rank == 3 ? scratch + plan.slice_offset : between)),
        volume_(reinterpret_cast<S*>(between)),
        scratch_(reinterpret_cast<S*>(scratch + plan.axis_offset)),
        packed_(reinterpret_cast<S*>(scratch + plan.packed_offset)),
        unpacked_(reinterpret_cast<S*>(scratch + plan.unpacked_offset)),
        ahead_(OrderOfInput<T>(plan)) {}

  // The whole task; `next` is where the input of the one after it is thought to be, or null.
  void RunAll(const ResampleTask<T>& task, const T* next) {
    ahead_.StartTask(task.x, next);
    for (int step = 0; step < plan_.whole.steps; ++step) {
      ahead_.StartStage(InputShare(step), Bundles(task, step));
      Run(task, step, 0, Units(task, step));
    }
    if (plan_.lane_order() != LaneOrder::kImages) return;
    const int64_t length = plan_.axis(0).m * plan_.axis(1).m * plan_.axis(2).m * plan_.channels;
    UnpackRows(unpacked_, static_cast<int>(task.images), length, task.y, length);
  }

  // A piece of one step, where workers share a task.
  void RunPart(const ResampleTask<T>& task, int step, const Piece& piece) {
    const int64_t units = Units(task, step);
    const auto [begin, end] = piece.Of(units);
    const LineRange share = InputShare(step);
    if (share.begin < share.end) {
      ahead_.StartPart(task.x, share, begin, units, Bundles(task, step));
    } else {
      ahead_.Stop();
    }
    Run(task, step, begin, end);
  }

 private:
  // Units of a step that are independent of each other: slices, blocks of rows, or bundles.
  int64_t Units(const ResampleTask<T>& task, int step) const {
    const ResampleStep& own = plan_.StepsOf(task.width).step[step];
    return own.slices > 0 ? own.slices : StageUnits(task, own.stage[0]);
  }

  static int64_t Rows(const ResampleTask<T>& task, const ResampleStage& stage) {
    return stage.region.rows == 0 ? task.images : stage.region.rows;
  }

  int64_t StageUnits(const ResampleTask<T>& task, const ResampleStage& stage) const {
    if (stage.lanes != LaneOrder::kChannels) return CeilDiv(Rows(task, stage), plan_.rows_packed);
    AxisRegion region = stage.region;
    region.rows = Rows(task, stage);
    return region.Bundles(kLanes<S>);
  }

  int64_t StageBundles(const ResampleTask<T>& task, const ResampleStage& stage) const {
    const int64_t units = StageUnits(task, stage);
    if (stage.lanes == LaneOrder::kChannels) return units;
    return units * PackedRegion(stage, plan_.rows_packed).Bundles(kLanes<S>);
  }

  // Bundles of a step, all units.
  int64_t Bundles(const ResampleTask<T>& task, int step) const {
    const ResampleStep& own = plan_.StepsOf(task.width).step[step];
    int64_t bundles = 0;
    for (int k = 0; k < own.stages; ++k) bundles += StageBundles(task, own.stage[k]);
    return own.slices > 0 ? own.slices * bundles : bundles;
  }

  // The lines of input that a step reads.
  LineRange InputShare(int step) const {
    const LineOrder& order = ahead_.order();
    const int64_t first = order.first_lines();
    const bool last = step + 1 == plan_.whole.steps;
    return {step == 0 ? 0 : first, last ? order.lines() : first};
  }

  // What is not in cache is a large tile between steps, and the tensor itself where no rows or
  // images are transposed.
  StoreWay StoresOf(const ResampleStage& stage) const {
    if (stage.to == ResamplePlace::kTensor) {
      if (stage.lanes != LaneOrder::kChannels) return StoreWay::kNear;
      return streams_ ? StoreWay::kStreams : StoreWay::kFar;
    }
    const bool between =
        stage.to == (plan_.shape.rank == 3 ? ResamplePlace::kVolume : ResamplePlace::kTile);
    return between && plan_.large_between ? StoreWay::kFar : StoreWay::kNear;
  }

  // The region of rows that are transposed: whole vectors of them, or of each of the lanes' images.
  AxisRegion PackedRegion(const ResampleStage& stage, int64_t rows) const {
    AxisRegion region = stage.region;
    region.rows = rows;
    if (stage.lanes == LaneOrder::kImages) return region;
    const auto packed = [](int64_t length) { return RoundUp(length, kLanes<S>) * kLanes<S>; };
    region.rows = CeilDiv(rows, kLanes<S>);
    region.in_row = packed(plan_.axis(2).n * plan_.channels);
    region.out_row = packed(plan_.axis(2).m * plan_.channels);
    region.width = region.in_step = region.out_step = plan_.channels * kLanes<S>;
    return region;
  }

  void Run(const ResampleTask<T>& task, int step, int64_t begin, int64_t end) {
    const ResampleStep& own = plan_.StepsOf(task.width).step[step];
    if (own.slices == 0) {
      RunStage(task, own.stage[0], 0, 0, begin, end);
      return;
    }
    for (int64_t slice = begin; slice < end; ++slice) {
      for (int k = 0; k < own.stages; ++k) {
        const ResampleStage& stage = own.stage[k];
        const int64_t in = k == 0 ? slice * own.in_slice : 0;
        const int64_t out = k + 1 == own.stages ? slice * own.out_slice : 0;
        RunStage(task, stage, in, out, 0, StageUnits(task, stage));
      }
    }
  }

  S* Buffer(ResamplePlace place) const {
    return place == ResamplePlace::kTile     ? tile_
           : place == ResamplePlace::kVolume ? volume_
                                             : unpacked_;
  }

  // The units [begin, end) of one stage, so many elements into its places.
  void RunStage(const ResampleTask<T>& task, const ResampleStage& stage, int64_t in, int64_t out,
                int64_t begin, int64_t end) {
    in += stage.in_offset;
    ahead_.SetStores(StoresOf(stage));
    if (stage.from == ResamplePlace::kTensor) {
      RunFrom(task, stage, task.x + in, out, begin, end);
    } else {
      RunFrom(task, stage, static_cast<const S*>(Buffer(stage.from)) + in, out, begin, end);
    }
  }

  template <class TIn>
  void RunFrom(const ResampleTask<T>& task, const ResampleStage& stage, const TIn* in, int64_t out,
               int64_t begin, int64_t end) {
    if (stage.to == ResamplePlace::kTensor) {
      RunBetween(task, stage, in, task.y + out, begin, end);
    } else {
      RunBetween(task, stage, in, Buffer(stage.to) + out, begin, end);
    }
  }

  template <class TIn, class TOut>
  void RunBetween(const ResampleTask<T>& task, const ResampleStage& stage, const TIn* in, TOut* out,
                  int64_t begin, int64_t end) {
    if (stage.lanes == LaneOrder::kRows) {
      RunRows(task, stage, in, out, begin, end);
      return;
    }
    const AxisOperator<S>& axis = *axes_[stage.axis];
    if constexpr (std::is_same_v<TIn, T>) {
      if (stage.lanes == LaneOrder::kImages) {
        RunImageRows(task, stage, in, out, begin, end);
        return;
      }
      if constexpr (std::is_same_v<TOut, T>) {
        if (stage.joins) {
          const Joined<S> join = {tile_, stage.join_row, stage.region.width,
                                  static_cast<S>(axes_[1]->copy_weight())};
          RunAxis(axis, stage.region, begin, end, in, out, scratch_, &ahead_, &join);
          return;
        }
      }
    }
    AxisRegion region = stage.region;
    region.rows = Rows(task, stage);
    RunAxis(axis, region, begin, end, in, out, scratch_, &ahead_);
  }

  // Rows as lanes, blocks of them transposed on the way in and out.
  template <class TIn, class TOut>
  void RunRows(const ResampleTask<T>& task, const ResampleStage& stage, const TIn* in, TOut* out,
               int64_t begin, int64_t end) {
    const int64_t in_length = plan_.axis(2).n * plan_.channels;
    const int64_t out_length = plan_.axis(2).m * plan_.channels;
    const int64_t rows = Rows(task, stage);
    for (int64_t unit = begin; unit < end; ++unit) {
      const int64_t first = unit * plan_.rows_packed;
      const int64_t count = rows - first < plan_.rows_packed ? rows - first : plan_.rows_packed;
      const AxisRegion region = PackedRegion(stage, count);
      const auto each_pack = [&](const auto& body) {
        for (int64_t pack = 0; pack < region.rows; ++pack) {
          const int64_t left = count - pack * kLanes<S>;
          body(pack, first + pack * kLanes<S>,
               left < kLanes<S> ? static_cast<int>(left) : kLanes<S>);
        }
      };
      each_pack([&](int64_t pack, int64_t row, int lanes) HWY_ATTR {
        PackRows(in + row * stage.region.in_row, stage.region.in_row, lanes, in_length,
                 packed_ + pack * region.in_row);
      });
      RunAxis(*axes_[stage.axis], region, 0, region.Bundles(kLanes<S>),
              static_cast<const S*>(packed_), unpacked_, scratch_, &ahead_);
      each_pack([&](int64_t pack, int64_t row, int lanes) HWY_ATTR {
        UnpackRows(unpacked_ + pack * region.out_row, lanes, out_length,
                   out + row * stage.region.out_row, stage.region.out_row);
      });
    }
  }

  // Images as lanes, a few rows at a time.
  template <class TOut>
  void RunImageRows(const ResampleTask<T>& task, const ResampleStage& stage, const T* in, TOut* out,
                    int64_t begin, int64_t end) {
    const int64_t row = plan_.axis(2).n * plan_.channels;
    const int64_t image = plan_.axis(0).n * plan_.axis(1).n * row;
    const int64_t rows = Rows(task, stage);
    for (int64_t unit = begin; unit < end; ++unit) {
      const int64_t first = unit * plan_.rows_packed;
      const int64_t count = rows - first < plan_.rows_packed ? rows - first : plan_.rows_packed;
      // Rows of an image are contiguous.
      PackRows(in + first * row, image, static_cast<int>(task.images), count * row, packed_);
      const AxisRegion region = PackedRegion(stage, count);
      RunAxis(*axes_[stage.axis], region, 0, region.Bundles(kLanes<S>),
              static_cast<const S*>(packed_), out + first * region.out_row, scratch_, &ahead_);
    }
  }

  const ResamplePlan& plan_;
  const bool streams_;
  const AxisOperator<S>* const* axes_;
  S* tile_;
  S* volume_;
  S* scratch_;
  S* packed_;
  S* unpacked_;
  Ahead ahead_;
};

}  // namespace HWY_NAMESPACE
}  // namespace spectral_ops
HWY_AFTER_NAMESPACE();
