// The resample operator on a CUDA stream: queued there, never waited for.
#ifndef SPECTRAL_OPS_CUDA_RESAMPLE_H_
#define SPECTRAL_OPS_CUDA_RESAMPLE_H_

#include "core/status.h"
#include "cuda/stream.h"
#include "gpu/resample.h"

namespace spectral_ops {

Status RunResample(const gpu::ResamplePlan& plan, const gpu::ResampleBuffers& buffers,
                   const CudaStream& stream);

Status RunWindowGradient(const gpu::WindowGradientPlan& plan,
                         const gpu::WindowGradientBuffers& buffers, const CudaStream& stream);

}  // namespace spectral_ops

#endif  // SPECTRAL_OPS_CUDA_RESAMPLE_H_
