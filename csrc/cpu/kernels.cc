// Hands out the kernels of one SIMD target; each target's kernel files stand in its own namespace.
#include "cpu/convolution/conv.h"
#include "cpu/resample/resample.h"
#include "cpu/spectra/spectral_conv.h"

#define SPECTRAL_OPS_DECLARE_TARGET(name)                \
  namespace spectral_ops::name {                         \
  extern const ConvKernels kConvKernels;                 \
  extern const ResampleKernels kResampleKernels;         \
  extern const SpectralConvKernels kSpectralConvKernels; \
  }

SPECTRAL_OPS_DECLARE_TARGET(N_SCALAR)
#if defined(__x86_64__)
SPECTRAL_OPS_DECLARE_TARGET(N_AVX2)
SPECTRAL_OPS_DECLARE_TARGET(N_AVX3)
#endif

namespace spectral_ops {

#if defined(__x86_64__)
#define SPECTRAL_OPS_PICK(target, kernels)           \
  ((target) == SimdTarget::kAvx512 ? N_AVX3::kernels \
   : (target) == SimdTarget::kAvx2 ? N_AVX2::kernels \
                                   : N_SCALAR::kernels)
#else
#define SPECTRAL_OPS_PICK(target, kernels) (static_cast<void>(target), N_SCALAR::kernels)
#endif

const ConvKernels& GetConvKernels(SimdTarget target) {
  return SPECTRAL_OPS_PICK(target, kConvKernels);
}

const ResampleKernels& GetResampleKernels(SimdTarget target) {
  return SPECTRAL_OPS_PICK(target, kResampleKernels);
}

const SpectralConvKernels& GetSpectralConvKernels(SimdTarget target) {
  return SPECTRAL_OPS_PICK(target, kSpectralConvKernels);
}

}  // namespace spectral_ops
