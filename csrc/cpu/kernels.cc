// Hands out the kernels of one SIMD target; each target's kernel files stand in its own namespace.
#include "cpu/convolution/conv.h"
#include "cpu/resample/resample.h"
#include "cpu/spectra/spectral_conv.h"
#include "cpu/wavelet/wavelet.h"

#define SPECTRAL_OPS_DECLARE_TARGET(name)                \
  namespace spectral_ops::name {                         \
  extern const ConvKernels kConvKernels;                 \
  extern const ResampleKernels kResampleKernels;         \
  extern const SpectralConvKernels kSpectralConvKernels; \
  extern const WaveletKernels kWaveletKernels;           \
  }

SPECTRAL_OPS_DECLARE_TARGET(N_SCALAR)
SPECTRAL_OPS_DECLARE_TARGET(N_AVX2)
SPECTRAL_OPS_DECLARE_TARGET(N_AVX3)

// Of a target that was not compiled nothing is asked: simd.cc does not know it for usable.
#ifdef SPECTRAL_OPS_HAS_AVX2
#define SPECTRAL_OPS_OF_AVX2(kernels) N_AVX2::kernels
#else
#define SPECTRAL_OPS_OF_AVX2(kernels) N_SCALAR::kernels
#endif
#ifdef SPECTRAL_OPS_HAS_AVX512
#define SPECTRAL_OPS_OF_AVX512(kernels) N_AVX3::kernels
#else
#define SPECTRAL_OPS_OF_AVX512(kernels) N_SCALAR::kernels
#endif
#define SPECTRAL_OPS_PICK(target, kernels)                           \
  ((target) == SimdTarget::kAvx512 ? SPECTRAL_OPS_OF_AVX512(kernels) \
   : (target) == SimdTarget::kAvx2 ? SPECTRAL_OPS_OF_AVX2(kernels)   \
                                   : N_SCALAR::kernels)

namespace spectral_ops {

const ConvKernels& GetConvKernels(SimdTarget target) {
  return SPECTRAL_OPS_PICK(target, kConvKernels);
}

const ResampleKernels& GetResampleKernels(SimdTarget target) {
  return SPECTRAL_OPS_PICK(target, kResampleKernels);
}

const SpectralConvKernels& GetSpectralConvKernels(SimdTarget target) {
  return SPECTRAL_OPS_PICK(target, kSpectralConvKernels);
}

const WaveletKernels& GetWaveletKernels(SimdTarget target) {
  return SPECTRAL_OPS_PICK(target, kWaveletKernels);
}

}  // namespace spectral_ops
