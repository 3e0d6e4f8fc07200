#include "cuda/launch.cuh"
#include "cuda/runtime.h"
#include "gpu/spectral_conv_run.h"

namespace spectral_ops {

Status CudaRuntime::Run(const gpu::SpectralConvPlan& plan, const SpectralConvCall& call,
                        char* workspace) {
  CudaDevice device(stream_);
  return gpu::RunSpectralConv(device, plan, call, workspace);
}

}  // namespace spectral_ops
