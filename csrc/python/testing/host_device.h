// A device for gpu/chain_run.h that is no GPU: kernels block by block (host_block.h), FFTs as sums.
#pragma once

#include <cstring>
#include <string>

#include "core/status.h"
#include "gpu/chain.h"
#include "python/testing/host_block.h"
#include "python/testing/host_fft.h"

namespace spectral_ops::gpu {

class HostDevice {
 public:
  explicit HostDevice(TensorCore core = TensorCore::kTowardZero) : core_(core) {}

  template <class Kernel>
  Status Launch(const Kernel& kernel) {
    const Grid grid = kernel.grid();
    ++launches_;
    for (int64_t index = 0; index < grid.blocks; ++index) {
      HostMemory memory(grid.shared_bytes);
      HostBlock block(index, &memory, core_);
      kernel.Run(block);
      if (!memory.error().empty()) {
        return Status::InvalidArgument("block ", index, ": ", memory.error());
      }
    }
    return {};
  }

  Status Fft(const FftSpec& spec, const void* in, void* out, bool inverse, void*) {
    if (spec.is_double) {
      HostFft(spec, static_cast<const double*>(in), static_cast<double*>(out), inverse);
    } else {
      HostFft(spec, static_cast<const float*>(in), static_cast<float*>(out), inverse);
    }
    ++ffts_;
    return {};
  }

  Status Zero(void* memory, size_t bytes) {
    std::memset(memory, 0, bytes);
    return {};
  }
  Status Copy(void* to, const void* from, size_t bytes) {
    std::memcpy(to, from, bytes);
    return {};
  }

  int launches() const { return launches_; }
  int ffts() const { return ffts_; }

 private:
  TensorCore core_;
  int launches_ = 0;
  int ffts_ = 0;
};

}  // namespace spectral_ops::gpu
