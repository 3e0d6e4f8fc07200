#include "cuda/conv.h"

#include "cuda/launch.cuh"
#include "gpu/conv_run.h"

namespace spectral_ops {

Status RunConv(const gpu::ConvPlan& plan, const gpu::ConvBuffers& buffers,
               const CudaStream& stream) {
  CudaDevice device(stream);
  return gpu::RunConv(device, plan, buffers);
}

}  // namespace spectral_ops
