// Convolution by FFTs on a CUDA stream: queued there, never waited for.
#ifndef SPECTRAL_OPS_CUDA_CONV_H_
#define SPECTRAL_OPS_CUDA_CONV_H_

#include "core/status.h"
#include "cuda/stream.h"
#include "gpu/conv.h"

namespace spectral_ops {

Status RunConv(const gpu::ConvPlan& plan, const gpu::ConvBuffers& buffers,
               const CudaStream& stream);

}  // namespace spectral_ops

#endif  // SPECTRAL_OPS_CUDA_CONV_H_
