#include "cuda/launch.cuh"
#include "cuda/runtime.h"
#include "gpu/conv_run.h"

namespace spectral_ops {

Status CudaRuntime::Run(const gpu::ConvPlan& plan, const ConvCall& call, char* workspace) {
  CudaDevice device(stream_);
  return gpu::RunConv(device, plan, call, workspace);
}

}  // namespace spectral_ops
