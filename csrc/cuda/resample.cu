#include "cuda/resample.h"

#include "cuda/launch.cuh"
#include "gpu/resample_run.h"

namespace spectral_ops {

Status RunResample(const gpu::ResamplePlan& plan, const gpu::ResampleBuffers& buffers,
                   const CudaStream& stream) {
  CudaDevice device(stream);
  return gpu::RunResample(device, plan, buffers);
}

Status RunWindowGradient(const gpu::WindowGradientPlan& plan,
                         const gpu::WindowGradientBuffers& buffers, const CudaStream& stream) {
  CudaDevice device(stream);
  return gpu::RunWindowGradient(device, plan, buffers);
}

}  // namespace spectral_ops
