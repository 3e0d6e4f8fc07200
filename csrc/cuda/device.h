// The CUDA runtime as the rest of the library sees it: no CUDA header is needed to include this.
#pragma once

#include <atomic>
#include <cstdint>
#include <string>

#include "core/status.h"

using cudaStream_t = struct CUstream_st*;  // NOLINT(readability-identifier-naming): CUDA's name

namespace spectral_ops {

struct CudaInfo {
  int runtime_version = 0;    // that was compiled in; 13000 is 13.0
  std::string architectures;  // compiled for, as "sm_80 sm_90 compute_90"
  int driver_version = 0;     // the newest CUDA that the driver serves; 0: there is no driver
  int devices = 0;
  std::string why_not;  // why there are no devices
};

// Also where there is no driver. Starts the driver, but nothing on a device.
CudaInfo GetCudaInfo();

// What `what` returned, a cudaError_t.
Status CudaStatus(const char* what, int error);

// The runtime's calls for devices as a table: tests put others in their place.
struct DeviceCalls {
  Status (*get)(int* device);
  Status (*set)(int device);
  Status (*synchronize)();  // the current device
  // A kernel may from now on have all the shared memory of a block there; the device is current.
  Status (*grant_shared)(const void* kernel, int device);
};

const DeviceCalls& CudaDeviceCalls();

// Makes a device current for as long as it lives; on its way out nobody is left to tell of a
// failure.
class DeviceScope {
 public:
  explicit DeviceScope(const DeviceCalls& calls) : calls_(calls) {}
  ~DeviceScope() {
    if (entered_) static_cast<void>(calls_.set(previous_));
  }
  DeviceScope(const DeviceScope&) = delete;
  DeviceScope& operator=(const DeviceScope&) = delete;

  Status Enter(int device) {
    SPECTRAL_OPS_RETURN_IF_ERROR(calls_.get(&previous_));
    if (previous_ == device) return Status();
    SPECTRAL_OPS_RETURN_IF_ERROR(calls_.set(device));
    entered_ = true;
    return Status();
  }

 private:
  const DeviceCalls& calls_;
  int previous_ = 0;
  bool entered_ = false;
};

// A kernel's leave to have all the shared memory of a block, asked for once on each device. It is
// one number of kernel and device: if each launch set it to what it needs, a launch of another
// thread could find less than it needs.
class SharedMemoryGrant {
 public:
  Status Ask(const DeviceCalls& calls, const void* kernel, int device) {
    const uint64_t bit = device < 64 ? uint64_t{1} << device : 0;
    if ((granted_.load(std::memory_order_acquire) & bit) != 0) return Status();
    SPECTRAL_OPS_RETURN_IF_ERROR(calls.grant_shared(kernel, device));
    granted_.fetch_or(bit, std::memory_order_release);
    return Status();
  }

 private:
  std::atomic<uint64_t> granted_ = 0;  // a bit for each device
};

}  // namespace spectral_ops
