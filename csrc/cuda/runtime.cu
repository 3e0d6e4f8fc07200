#include "cuda/runtime.h"

#include "cuda/launch.cuh"
#include "cuda/tuning.h"

namespace spectral_ops {
namespace {

constexpr int kLeastCapability = 8;  // tensor cores that take tf32, asynchronous copies

FftKey KeyOf(int device, const gpu::FftSpec& spec) {
  FftKind kind = FftKind::kC2C;
  switch (spec.kind) {
    case gpu::FftKind::kRealToComplex:
      kind = spec.is_double ? FftKind::kD2Z : FftKind::kR2C;
      break;
    case gpu::FftKind::kComplexToReal:
      kind = spec.is_double ? FftKind::kZ2D : FftKind::kC2R;
      break;
    case gpu::FftKind::kComplex:
      kind = spec.is_double ? FftKind::kZ2Z : FftKind::kC2C;
      break;
  }
  return {device, kind, spec.length, spec.batch, {spec.leading[0], spec.leading[1]}};
}

}  // namespace

Status CudaTraits::Get(int device, CudaTraits* traits) {
  const auto attribute = [&](cudaDeviceAttr which, int* value) {
    return CudaStatus("cudaDeviceGetAttribute", cudaDeviceGetAttribute(value, which, device));
  };
  int major = 0;
  SPECTRAL_OPS_RETURN_IF_ERROR(attribute(cudaDevAttrComputeCapabilityMajor, &major));
  if (major < kLeastCapability) {
    return Status::Unavailable("device ", device, " has compute capability ", major,
                               ".x; the GPU kernels need ", kLeastCapability, ".0");
  }
  int shared = 0;
  int shared_of_processor = 0;
  int reserved = 0;
  int processors = 0;
  SPECTRAL_OPS_RETURN_IF_ERROR(attribute(cudaDevAttrMaxSharedMemoryPerBlockOptin, &shared));
  SPECTRAL_OPS_RETURN_IF_ERROR(
      attribute(cudaDevAttrMaxSharedMemoryPerMultiprocessor, &shared_of_processor));
  SPECTRAL_OPS_RETURN_IF_ERROR(attribute(cudaDevAttrReservedSharedMemoryPerBlock, &reserved));
  SPECTRAL_OPS_RETURN_IF_ERROR(attribute(cudaDevAttrMultiProcessorCount, &processors));
  traits->device_ = device;
  traits->shared_bytes = static_cast<size_t>(shared);
  traits->shared_pair_bytes = static_cast<size_t>(shared_of_processor / 2 - reserved);
  traits->processors = processors;
  traits->chunk_bytes = kGpuChunkBytes;
  traits->fft_bytes = kGpuFftBytes;
  traits->direct_depth = kGpuDirectDepth;
  traits->folded_depth = kGpuFoldedDepth;
  traits->block_fft_length = kGpuBlockFftLength;
  traits->matrix_bytes = kGpuMatrixBytes;
  return {};
}

Status CudaTraits::FftWorkBytes(const gpu::FftSpec& spec, size_t* bytes) const {
  FftPlans* plans = nullptr;
  SPECTRAL_OPS_RETURN_IF_ERROR(GetFftPlans(&plans));
  return plans->WorkBytes(KeyOf(device_, spec), bytes);
}

Status CudaDevice::Fft(const gpu::FftSpec& spec, const void* in, void* out, bool inverse,
                       void* work) {
  SPECTRAL_OPS_RETURN_IF_ERROR(status_);
  FftPlans* plans = nullptr;
  SPECTRAL_OPS_RETURN_IF_ERROR(GetFftPlans(&plans));
  PlanLease lease;
  SPECTRAL_OPS_RETURN_IF_ERROR(plans->Lease(KeyOf(stream_.device, spec), &lease));
  return lease.Exec(const_cast<void*>(in), out,
                    inverse ? FftDirection::kInverse : FftDirection::kForward, work,
                    stream_.stream);
}

}  // namespace spectral_ops
