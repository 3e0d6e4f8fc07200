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

#ifdef SPECTRAL_OPS_HAS_SCALAR
#define SPECTRAL_OPS_OF_SCALAR(kernels) &N_SCALAR::kernels
#else
#define SPECTRAL_OPS_OF_SCALAR(kernels) nullptr
#endif
#ifdef SPECTRAL_OPS_HAS_AVX2
#define SPECTRAL_OPS_OF_AVX2(kernels) &N_AVX2::kernels
#else
#define SPECTRAL_OPS_OF_AVX2(kernels) nullptr
#endif
#ifdef SPECTRAL_OPS_HAS_AVX512
#define SPECTRAL_OPS_OF_AVX512(kernels) &N_AVX3::kernels
#else
#define SPECTRAL_OPS_OF_AVX512(kernels) nullptr
#endif

// Of a target that was not compiled nothing is asked: simd.cc does not know it for usable.
#define SPECTRAL_OPS_DEFINE_GETTER(Kernels)                                              \
  const Kernels& Get##Kernels(SimdTarget target) {                                       \
    static constexpr const Kernels* kOfTargets[] = {SPECTRAL_OPS_OF_SCALAR(k##Kernels),  \
                                                    SPECTRAL_OPS_OF_AVX2(k##Kernels),    \
                                                    SPECTRAL_OPS_OF_AVX512(k##Kernels)}; \
    return *kOfTargets[static_cast<int>(target)];                                        \
  }

namespace spectral_ops {

SPECTRAL_OPS_DEFINE_GETTER(ConvKernels)
SPECTRAL_OPS_DEFINE_GETTER(ResampleKernels)
SPECTRAL_OPS_DEFINE_GETTER(SpectralConvKernels)
SPECTRAL_OPS_DEFINE_GETTER(WaveletKernels)

}  // namespace spectral_ops
