#include "cuda/conv.h"

#include "core/gpu/conv_run.h"
#include "cuda/launch.cuh"

namespace spectral_ops {

Status RunConv(const gpu::ConvPlan& plan, const gpu::ConvBuffers& buffers,
               const CudaStream& stream) {
  CudaDevice device(stream);
  return gpu::RunConv(device, plan, buffers);
}

}  // namespace spectral_ops
