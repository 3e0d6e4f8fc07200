#include "cuda/device.h"

#include <cuda_runtime_api.h>

namespace spectral_ops {
namespace {

Status GetDevice(int* device) { return CudaStatus("cudaGetDevice", cudaGetDevice(device)); }

Status SetDevice(int device) { return CudaStatus("cudaSetDevice", cudaSetDevice(device)); }

Status SynchronizeDevice() { return CudaStatus("cudaDeviceSynchronize", cudaDeviceSynchronize()); }

Status GrantShared(const void* kernel, int device) {
  int most = 0;
  SPECTRAL_OPS_RETURN_IF_ERROR(
      CudaStatus("cudaDeviceGetAttribute",
                 cudaDeviceGetAttribute(&most, cudaDevAttrMaxSharedMemoryPerBlockOptin, device)));
  cudaFuncAttributes attributes;
  SPECTRAL_OPS_RETURN_IF_ERROR(
      CudaStatus("cudaFuncGetAttributes", cudaFuncGetAttributes(&attributes, kernel)));
  return CudaStatus("cudaFuncSetAttribute",
                    cudaFuncSetAttribute(kernel, cudaFuncAttributeMaxDynamicSharedMemorySize,
                                         most - static_cast<int>(attributes.sharedSizeBytes)));
}

}  // namespace

CudaInfo GetCudaInfo() {
  CudaInfo info;
  info.runtime_version = CUDART_VERSION;
  info.architectures = SPECTRAL_OPS_CUDA_ARCHITECTURES;
  const Status version =
      CudaStatus("cudaDriverGetVersion", cudaDriverGetVersion(&info.driver_version));
  const Status count = CudaStatus("cudaGetDeviceCount", cudaGetDeviceCount(&info.devices));
  // A failure stays behind as the thread's last error, and the next launch would be blamed for it.
  static_cast<void>(cudaGetLastError());
  if (!count.ok()) info.devices = 0;
  info.why_not = !version.ok() ? version.message() : count.message();
  if (info.why_not.empty() && info.devices == 0) info.why_not = "the driver shows no device";
  return info;
}

Status CudaStatus(const char* what, int error) {
  if (error == cudaSuccess) return Status();
  const auto code = static_cast<cudaError_t>(error);
  const std::string message =
      Concat(what, ": ", cudaGetErrorString(code), " (", cudaGetErrorName(code), ")");
  const bool absent = code == cudaErrorNoDevice || code == cudaErrorInsufficientDriver;
  return absent ? Status::Unavailable(message) : Status::Internal(message);
}

const DeviceCalls& CudaDeviceCalls() {
  static constexpr DeviceCalls kCalls = {GetDevice, SetDevice, SynchronizeDevice, GrantShared};
  return kCalls;
}

}  // namespace spectral_ops
