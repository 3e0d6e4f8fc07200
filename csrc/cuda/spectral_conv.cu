#include "cuda/spectral_conv.h"

#include "cuda/launch.cuh"
#include "gpu/spectral_conv_run.h"

namespace spectral_ops {

Status RunSpectralConv(const gpu::SpectralConvPlan& plan, const gpu::SpectralConvBuffers& buffers,
                       const CudaStream& stream) {
  CudaDevice device(stream);
  return gpu::RunSpectralConv(device, plan, buffers);
}

}  // namespace spectral_ops
