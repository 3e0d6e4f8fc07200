#include "cuda/launch.cuh"
#include "cuda/runtime.h"
#include "gpu/resample_run.h"

namespace spectral_ops {

Status CudaRuntime::Run(const gpu::ResamplePlan& plan, const ResampleCall& call, char* workspace) {
  CudaDevice device(stream_);
  return gpu::RunResample(device, plan, call, workspace);
}

Status CudaRuntime::Run(const gpu::WindowGradientPlan& plan, const WindowGradientCall& call,
                        char* workspace) {
  CudaDevice device(stream_);
  return gpu::RunWindowGradient(device, plan, call, workspace);
}

}  // namespace spectral_ops
