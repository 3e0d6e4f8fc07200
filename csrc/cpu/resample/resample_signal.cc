// Resamples long signals of few channels one by one, their samples as lanes.
//
//   y[p, j, c] = sum_i R[j, i] x[p, i, c]
//
// Layout: core/resample.h; the plan: signal_plan.h; one signal: cpu/axes/axis_signal-inl.h.
// Compiled once for each SIMD target.
#include <cstdint>

#include "cpu/axes/axis_kinds.h"
#include "cpu/axes/axis_signal-inl.h"
#include "cpu/base/parallel.h"
#include "cpu/base/vector-inl.h"
#include "cpu/resample/resample.h"
#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace spectral_ops {
namespace HWY_NAMESPACE {
namespace {

template <class T>
void ResampleSignals(const ResamplePlan& plan, const ResampleCall& call, const RunMemory& memory,
                     const ParallelFor& parallel) {
  using S = ComputeType<T>;
  const auto* axis = static_cast<const AxisOperator<S>*>(memory.axes[2]);
  const auto* window = static_cast<const S*>(call.windows[plan.source_axis[2]]);
  const auto* x = static_cast<const T*>(call.x);
  auto* y = static_cast<T*>(call.result);
  GuidedTasks queue(plan.tasks, plan.workers);
  auto body = [&](int worker) {
    auto* scratch =
        reinterpret_cast<S*>(memory.workspace + static_cast<size_t>(worker) * plan.worker_bytes);
    int64_t begin = 0;
    int64_t end = 0;
    while (queue.Take(&begin, &end)) {
      for (int64_t p = begin; p < end; ++p) {
        axis->template With<AxisEnds::kSignals>([&](const auto& tables) HWY_ATTR {
          RunSignal(tables, window, x + p * plan.axis(2).n * plan.channels,
                    y + p * plan.axis(2).m * plan.channels, scratch);
        });
      }
    }
  };
  parallel.Run(plan.workers, body);
}

}  // namespace

void DispatchSignals(const ResamplePlan& plan, const ResampleCall& call, const RunMemory& memory,
                     const ParallelFor& parallel) {
  ForType<hwy::float16_t, hwy::bfloat16_t>(plan.dtype, [&](auto tag) {
    ResampleSignals<typename decltype(tag)::Type>(plan, call, memory, parallel);
  });
}

}  // namespace HWY_NAMESPACE
}  // namespace spectral_ops
HWY_AFTER_NAMESPACE();
