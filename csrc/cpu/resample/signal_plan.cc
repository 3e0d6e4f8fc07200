#include "cpu/resample/signal_plan.h"

#include <algorithm>

#include "core/memory.h"
#include "cpu/axes/axis_fft.h"
#include "cpu/axes/axis_kinds.h"
#include "cpu/axes/axis_signal.h"

namespace spectral_ops {
namespace {

// Signals are taken alone where a full vector of them, as rows, is expected to take at least this
// share of the time. Of ways by phases and of the band; the counts of the first leave out more.
// Measured with full batches and single signals of 500 to 450,000 samples on an Intel Xeon (Emerald
// Rapids), AVX-512, the two ways in turns.
constexpr double kLeastOfPhases = 0.5;
constexpr double kLeastOfBand = 0.7;
// From so many samples on they always are: as a row, a single one would take 6 to 12 times as long,
// where a full batch gains half of its time at most.
constexpr int64_t kLongSignal = 4096;

AxisSpec SignalSpec(const ResamplePlan& plan) {
  AxisSpec spec = plan.spec[2];
  spec.kind = AxisKind::kSignal;
  spec.shape.windowed = false;  // it multiplies the spectrum; the tables are those without it
  spec.without_copies = plan.axis(2).windowed;
  spec.signal = {plan.lanes, plan.channels};
  return spec;
}

bool IsFaster(const ResamplePlan& plan, const Tuning& tuning, const AxisSpec& spec) {
  const AxisShape& axis = plan.axis(2);
  if (std::max(axis.n, axis.m) >= kLongSignal) return true;
  const double rows = AxisWork(plan.spec[2]) +
                      tuning.resample.transpose_cost * static_cast<double>(axis.n + axis.m);
  const double share = static_cast<double>(plan.channels) / static_cast<double>(plan.lanes);
  const bool band = !FftShapeOfAxis(axis, spec.type).HasPhases();
  const double least = band ? kLeastOfBand : kLeastOfPhases;
  return least * AxisWork(spec) < share * rows;
}

}  // namespace

void TakeSignalsAlone(const Tuning& tuning, int max_workers, ResamplePlan* plan) {
  if (plan->shape.rank != 1 || plan->tasks == 0) return;
  if (plan->lane_order() != LaneOrder::kRows || plan->spec[2].kind != AxisKind::kFft) return;
  const AxisSpec spec = SignalSpec(*plan);
  if (!IsFaster(*plan, tuning, spec)) return;
  plan->spec[2] = spec;
  for (ResampleSteps* steps : {&plan->whole, &plan->last}) {
    steps->step[0].stage[0].lanes = LaneOrder::kSamples;
  }
  plan->image_group = 1;
  plan->rows_packed = 1;
  plan->tasks = plan->shape.outer;
  const double work = AxisWork(spec) * tuning.fft_cost * static_cast<double>(plan->tasks);
  plan->workers = CountWorkers(plan->tasks, work, tuning, max_workers);
  plan->shared = false;
  plan->pieces = 1;
  plan->axis_offset = plan->worker_offset = plan->between_bytes = 0;
  plan->worker_bytes =
      AlignUp(static_cast<size_t>(AxisScratch(spec) * plan->lanes) * ComputeSize(plan->dtype));
  plan->workspace_bytes = static_cast<size_t>(plan->workers) * plan->worker_bytes;
}

}  // namespace spectral_ops
