// The plan of resample where the lanes are samples of one signal (LaneOrder::kSamples).
#pragma once

#include "cpu/resample/resample_plan.h"

namespace spectral_ops {

// Has a plan of single rows as lanes take signals one by one, where that is expected to be faster.
// It reads the shape of one signal, never the batch, which rounding must not depend on.
void TakeSignalsAlone(const Tuning& tuning, int max_workers, ResamplePlan* plan);

}  // namespace spectral_ops
