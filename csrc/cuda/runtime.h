// A CUDA stream on which calls of the operators run, queued there, never waited for; and what their
// plans need to know of the device.
#pragma once

#include "core/memory.h"
#include "cuda/device.h"
#include "gpu/runtime.h"

namespace spectral_ops {

struct CudaStream {
  int device = 0;
  cudaStream_t stream = nullptr;
};

class CudaTraits final : public gpu::GpuTraits {
 public:
  // Asks the device; afterwards nothing does.
  static Status Get(int device, CudaTraits* traits);
  Status FftWorkBytes(const gpu::FftSpec& spec, size_t* bytes) const override;

 private:
  int device_ = 0;
};

class CudaRuntime final : public gpu::Runtime {
 public:
  // Traits and workspace outlive this.
  CudaRuntime(const CudaStream& stream, const CudaTraits& traits, Workspace& workspace)
      : stream_(stream), traits_(traits), workspace_(workspace) {}

  const gpu::GpuTraits& traits() const override { return traits_; }
  Workspace& workspace() override { return workspace_; }

  // Each in the file of its operator.
  Status Run(const gpu::ResamplePlan& plan, const ResampleCall& call, char* workspace) override;
  Status Run(const gpu::WindowGradientPlan& plan, const WindowGradientCall& call,
             char* workspace) override;
  Status Run(const gpu::ConvPlan& plan, const ConvCall& call, char* workspace) override;
  Status Run(const gpu::SpectralConvPlan& plan, const SpectralConvCall& call,
             char* workspace) override;
  Status Run(const gpu::WaveletPlan& plan, const WaveletCall& call, char* workspace) override;

 private:
  CudaStream stream_;
  const CudaTraits& traits_;
  Workspace& workspace_;
};

}  // namespace spectral_ops
