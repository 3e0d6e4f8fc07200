// The spectral convolution on a CUDA stream: queued there, never waited for.
#ifndef SPECTRAL_OPS_CUDA_SPECTRAL_CONV_H_
#define SPECTRAL_OPS_CUDA_SPECTRAL_CONV_H_

#include "core/status.h"
#include "cuda/stream.h"
#include "gpu/spectral_conv.h"

namespace spectral_ops {

Status RunSpectralConv(const gpu::SpectralConvPlan& plan, const gpu::SpectralConvBuffers& buffers,
                       const CudaStream& stream);

}  // namespace spectral_ops

#endif  // SPECTRAL_OPS_CUDA_SPECTRAL_CONV_H_
