// Resamples axis after axis on tiles that stay in L2, each by its folded matrix or by FFTs.
//
//   y[p, j0, j1, j2, c] = sum R0[j0, i0] R1[j1, i1] R2[j2, i2] x[p, i0, i1, i2, c]
//
// Layout: core/resample.h; the plan: resample_plan.h; how it is run: resample_forward-inl.h.
// Compiled once for each SIMD target.
#include "cpu/resample/resample.h"

#include "cpu/base/parallel.h"
#include "cpu/resample/resample_forward-inl.h"
#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace spectral_ops {
namespace HWY_NAMESPACE {

// Defined in resample_signal.cc and resample_window.cc, for the same target.
void DispatchSignals(const ResamplePlan& plan, const ResampleCall& call, const RunMemory& memory,
                     const ParallelFor& parallel);
void DispatchWindowGradient(const WindowGradientPlan& plan, const WindowGradientCall& call,
                            const RunMemory& memory, const ParallelFor& parallel);

namespace {

void DispatchForward(const ResamplePlan& plan, const ResampleCall& call, const RunMemory& memory,
                     const ParallelFor& parallel) {
  if (plan.lane_order() == LaneOrder::kSamples) {
    return DispatchSignals(plan, call, memory, parallel);
  }
  ForType<hwy::float16_t, hwy::bfloat16_t>(plan.dtype, [&](auto tag) {
    ResampleForward<typename decltype(tag)::Type>(plan, call, memory, parallel);
  });
}

}  // namespace

extern const ResampleKernels kResampleKernels = {
    kResampleTraits,
    DispatchForward,
    DispatchWindowGradient,
};

}  // namespace HWY_NAMESPACE
}  // namespace spectral_ops
HWY_AFTER_NAMESPACE();
