// Calls of the operators on a GPU, or on what stands for one: checked, planned and run.
#pragma once

#include "core/conv.h"
#include "core/memory.h"
#include "core/resample.h"
#include "core/spectral_conv.h"
#include "core/wavelet.h"
#include "gpu/chain.h"
#include "gpu/conv.h"
#include "gpu/resample.h"
#include "gpu/spectral_conv.h"
#include "gpu/wavelet.h"

namespace spectral_ops::gpu {

// What a run needs besides its call.
class Runtime {
 public:
  virtual ~Runtime() = default;
  virtual const GpuTraits& traits() const = 0;
  // Whose memory is also good for work that is queued and not done yet.
  virtual Workspace& workspace() = 0;

  // With plan.workspace_bytes, aligned to 256.
  virtual Status Run(const ResamplePlan& plan, const ResampleCall& call, char* workspace) = 0;
  virtual Status Run(const WindowGradientPlan& plan, const WindowGradientCall& call,
                     char* workspace) = 0;
  virtual Status Run(const ConvPlan& plan, const ConvCall& call, char* workspace) = 0;
  virtual Status Run(const SpectralConvPlan& plan, const SpectralConvCall& call,
                     char* workspace) = 0;
  virtual Status Run(const WaveletPlan& plan, const WaveletCall& call, char* workspace) = 0;
};

// Refuse a bad call before anything is taken; otherwise the work is queued on return.
Status Run(const ResampleCall& call, Runtime& runtime);
Status Run(const WindowGradientCall& call, Runtime& runtime);
Status Run(const ConvCall& call, Runtime& runtime);
Status Run(const SpectralConvCall& call, Runtime& runtime);
Status Run(const SpectralConvGradientsCall& call, Runtime& runtime);
Status Run(const WaveletCall& call, Runtime& runtime);

}  // namespace spectral_ops::gpu
