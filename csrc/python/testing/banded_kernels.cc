// The walk of resample over the tests' list of kinds (axis_list.h), for one type. Compiled once for
// each SIMD target.
#include "cpu/base/parallel.h"
#include "cpu/resample/resample.h"
#include "cpu/resample/resample_forward-inl.h"
#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace spectral_ops {
namespace HWY_NAMESPACE {

extern const ResampleKernels kBandedKernels = {kResampleTraits, ResampleForward<float>, nullptr};

}  // namespace HWY_NAMESPACE
}  // namespace spectral_ops
HWY_AFTER_NAMESPACE();
