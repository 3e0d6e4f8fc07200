#include "gpu/runtime.h"

namespace spectral_ops::gpu {
namespace {

template <class Plan, class Call>
Status RunAs(const Call& call, Runtime& runtime) {
  typename Call::Shape shape;
  Dims result_dims;
  SPECTRAL_OPS_RETURN_IF_ERROR(Check(call, &shape, &result_dims));
  Plan plan;
  SPECTRAL_OPS_RETURN_IF_ERROR(MakePlan(call, shape, runtime.traits(), &plan));
  plan.result_elements = CountElements(result_dims);
  void* workspace = nullptr;
  SPECTRAL_OPS_RETURN_IF_ERROR(runtime.workspace().Take(plan.workspace_bytes, &workspace));
  return runtime.Run(plan, call, static_cast<char*>(workspace));
}

}  // namespace

Status Run(const ResampleCall& call, Runtime& runtime) {
  return RunAs<ResamplePlan>(call, runtime);
}
Status Run(const WindowGradientCall& call, Runtime& runtime) {
  return RunAs<WindowGradientPlan>(call, runtime);
}
Status Run(const ConvCall& call, Runtime& runtime) { return RunAs<ConvPlan>(call, runtime); }
Status Run(const SpectralConvCall& call, Runtime& runtime) {
  return RunAs<SpectralConvPlan>(call, runtime);
}
Status Run(const SpectralConvGradientsCall& call, Runtime& runtime) {
  SpectralConvShape shape;
  Dims result_dims;
  SPECTRAL_OPS_RETURN_IF_ERROR(Check(call, &shape, &result_dims));
  SPECTRAL_OPS_RETURN_IF_ERROR(Run(call.OfX(), runtime));
  return Run(call.OfWeights(), runtime);
}
Status Run(const WaveletCall& call, Runtime& runtime) { return RunAs<WaveletPlan>(call, runtime); }

}  // namespace spectral_ops::gpu
