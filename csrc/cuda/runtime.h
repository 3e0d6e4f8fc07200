// A CUDA stream on which calls of the operators run: queued there, never waited for.
#ifndef SPECTRAL_OPS_CUDA_RUNTIME_H_
#define SPECTRAL_OPS_CUDA_RUNTIME_H_

#include "core/memory.h"
#include "cuda/conv.h"
#include "cuda/resample.h"
#include "cuda/spectral_conv.h"
#include "cuda/stream.h"
#include "gpu/runtime.h"

namespace spectral_ops {

class CudaRuntime final : public gpu::Runtime {
 public:
  // Traits and workspace outlive this.
  CudaRuntime(const CudaStream& stream, const CudaTraits& traits, Workspace& workspace)
      : stream_(stream), traits_(traits), workspace_(workspace) {}

  const gpu::GpuTraits& traits() const override { return traits_; }
  Workspace& workspace() override { return workspace_; }

  Status Run(const gpu::ResamplePlan& plan, const gpu::ResampleBuffers& buffers) override {
    return RunResample(plan, buffers, stream_);
  }
  Status Run(const gpu::WindowGradientPlan& plan,
             const gpu::WindowGradientBuffers& buffers) override {
    return RunWindowGradient(plan, buffers, stream_);
  }
  Status Run(const gpu::ConvPlan& plan, const gpu::ConvBuffers& buffers) override {
    return RunConv(plan, buffers, stream_);
  }
  Status Run(const gpu::SpectralConvPlan& plan, const gpu::SpectralConvBuffers& buffers) override {
    return RunSpectralConv(plan, buffers, stream_);
  }

 private:
  CudaStream stream_;
  const CudaTraits& traits_;
  Workspace& workspace_;
};

}  // namespace spectral_ops

#endif  // SPECTRAL_OPS_CUDA_RUNTIME_H_
