// Hands out the kernels of one SIMD target; each target's kernel files stand in its own namespace.
#include "cpu/resample.h"
#include "cpu/spectral_conv.h"

#define SPECTRAL_OPS_DECLARE_TARGET(name)                \
  namespace spectral_ops::name {                         \
  extern const ResampleKernels kResampleKernels;         \
  extern const SpectralConvKernels kSpectralConvKernels; \
  }

SPECTRAL_OPS_DECLARE_TARGET(N_SCALAR)
#if defined(__x86_64__)
SPECTRAL_OPS_DECLARE_TARGET(N_AVX2)
SPECTRAL_OPS_DECLARE_TARGET(N_AVX3)
#endif

namespace spectral_ops {

const ResampleKernels& GetResampleKernels(SimdTarget target) {
#if defined(__x86_64__)
  if (target == SimdTarget::kAvx512) return N_AVX3::kResampleKernels;
  if (target == SimdTarget::kAvx2) return N_AVX2::kResampleKernels;
#endif
  static_cast<void>(target);
  return N_SCALAR::kResampleKernels;
}

const SpectralConvKernels& GetSpectralConvKernels(SimdTarget target) {
#if defined(__x86_64__)
  if (target == SimdTarget::kAvx512) return N_AVX3::kSpectralConvKernels;
  if (target == SimdTarget::kAvx2) return N_AVX2::kSpectralConvKernels;
#endif
  static_cast<void>(target);
  return N_SCALAR::kSpectralConvKernels;
}

}  // namespace spectral_ops
