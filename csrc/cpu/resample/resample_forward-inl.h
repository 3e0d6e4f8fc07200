// Runs a plan of resample: builds the axes with windows and hands out the tasks.
#pragma once

#include <atomic>
#include <cstdint>
#include <cstring>

#include "cpu/base/parallel.h"
#include "cpu/base/streams.h"
#include "cpu/base/tuning.h"
#include "cpu/base/vector-inl.h"
#include "cpu/resample/resample.h"
#include "cpu/resample/resample_walk-inl.h"
#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace spectral_ops {
namespace HWY_NAMESPACE {

// What a plan needs to know of these kernels.
constexpr SimdTraits kResampleTraits = {kVectorBytes, kRowBlock};

// The operators of all axes: those with windows are built now, side by side.
template <class S>
void FindAxes(const ResamplePlan& plan, const ResampleCall& call, const RunMemory& memory,
              const ParallelFor& parallel, const AxisOperator<S>** axes) {
  int windowed[kMaxSpatialRank];
  int count = 0;
  for (int i = 0; i < kMaxSpatialRank; ++i) {
    axes[i] = static_cast<const AxisOperator<S>*>(memory.axes[i]);
    if (plan.axis(i).windowed) windowed[count++] = i;
  }
  if (count == 0) return;
  std::atomic<int> next{0};
  auto build = [&](int /*worker*/) {
    for (int k = next++; k < count; k = next++) {
      const int i = windowed[k];
      axes[i] = BuildAxis(plan.spec[i], static_cast<const S*>(call.windows[plan.source_axis[i]]),
                          memory.workspace + plan.operator_offset[i],
                          memory.workspace + plan.table_offset[i]);
    }
  };
  if (count == 1 || plan.workers == 1) return build(0);
  parallel.Run(count, build);
}

// Finds tasks by their number.
template <class T>
class Tasks {
 public:
  Tasks(const ResamplePlan& plan, const ResampleCall& call)
      : plan_(plan), x_(static_cast<const T*>(call.x)), y_(static_cast<T*>(call.result)) {
    for (const AxisShape& axis : plan.shape.axis) {
      in_image_ *= axis.n;
      out_image_ *= axis.m;
    }
    in_image_ *= plan.channels;
    out_image_ *= plan.channels;
  }

  ResampleTask<T> operator[](int64_t number) const {
    const int64_t inner = plan_.shape.inner;
    const int64_t blocks = (inner + plan_.channel_block - 1) / plan_.channel_block;
    const int64_t image = number / blocks * plan_.image_group;
    const int64_t channel = number % blocks * plan_.channel_block;
    const int64_t images = plan_.shape.outer - image;
    const int64_t width = inner - channel;
    return {x_ + image * in_image_ + channel, y_ + image * out_image_ + channel,
            images < plan_.image_group ? images : plan_.image_group,
            width < plan_.channel_block ? width : plan_.channel_block};
  }

 private:
  const ResamplePlan& plan_;
  const T* x_;
  T* y_;
  int64_t in_image_ = 1;
  int64_t out_image_ = 1;
};

template <class T>
void ResampleForward(const ResamplePlan& plan, const ResampleCall& call, const RunMemory& memory,
                     const ParallelFor& parallel) {
  using S = ComputeType<T>;
  if (plan.shape.rank == 0) {
    if (plan.shape.InputElements() > 0) {
      std::memcpy(call.result, call.x, static_cast<size_t>(plan.shape.InputElements()) * sizeof(T));
    }
    return;
  }
  if (plan.tasks == 0) return;
  const AxisOperator<S>* axes[kMaxSpatialRank] = {};
  FindAxes(plan, call, memory, parallel, axes);
  const Tasks<T> tasks(plan, call);
  const bool streams = plan.streams && BeginsLine(call.result);
  char* workers = memory.workspace + plan.worker_offset;

  if (plan.shared) {
    const int steps = plan.whole.steps;
    StagedWork work(plan.tasks * steps, plan.pieces);
    auto body = [&](int worker) {
      char* own = workers + static_cast<size_t>(worker) * plan.worker_bytes;
      ResampleWalk<T> walk(plan, axes, streams, workers - plan.between_bytes, own);
      work.Take([&](int64_t stage, const Piece& piece) {
        walk.RunPart(tasks[stage / steps], static_cast<int>(stage % steps), piece);
      });
      if (streams) FinishStreams();
    };
    parallel.Run(plan.workers, body);
    return;
  }
  GuidedTasks queue(plan.tasks, plan.workers);
  auto body = [&](int worker) {
    char* own = workers + static_cast<size_t>(worker) * plan.worker_bytes;
    ResampleWalk<T> walk(plan, axes, streams, own, own);
    int64_t begin = 0;
    int64_t end = 0;
    while (queue.Take(&begin, &end)) {
      for (int64_t number = begin; number < end; ++number) {
        const int64_t next = number + 1 < end ? number + 1 : queue.Peek();
        walk.RunAll(tasks[number], next < plan.tasks ? tasks[next].x : nullptr);
      }
    }
    if (streams) FinishStreams();
  };
  parallel.Run(plan.workers, body);
}

}  // namespace HWY_NAMESPACE
}  // namespace spectral_ops
HWY_AFTER_NAMESPACE();
