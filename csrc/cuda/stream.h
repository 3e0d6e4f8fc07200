// Where a call on a GPU runs, and what its plans need to know of the device.
#ifndef SPECTRAL_OPS_CUDA_STREAM_H_
#define SPECTRAL_OPS_CUDA_STREAM_H_

#include "core/status.h"
#include "cuda/device.h"
#include "gpu/chain.h"

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

}  // namespace spectral_ops

#endif  // SPECTRAL_OPS_CUDA_STREAM_H_
