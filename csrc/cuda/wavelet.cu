#include "cuda/launch.cuh"
#include "cuda/runtime.h"
#include "gpu/wavelet_run.h"

namespace spectral_ops {

Status CudaRuntime::Run(const gpu::WaveletPlan& plan, const WaveletCall& call, char* workspace) {
  CudaDevice device(stream_);
  return gpu::RunWavelet(device, plan, call, workspace);
}

}  // namespace spectral_ops
