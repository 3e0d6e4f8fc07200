// The GPU kernels of SpectralOps>Resample and SpectralOps>ResampleWindowGradient.
#include "tf/gpu_shim.h"
#include "tf/resample_op.h"

namespace spectral_ops {
namespace {

namespace tf = tensorflow;

REGISTER_KERNEL_BUILDER(
    Name("SpectralOps>Resample").Device(tf::DEVICE_GPU).HostMemory("output_size"),
    KernelOf<ResampleOp, OnGpu>);
REGISTER_KERNEL_BUILDER(Name("SpectralOps>ResampleWindowGradient").Device(tf::DEVICE_GPU),
                        KernelOf<ResampleWindowGradientOp, OnGpu>);

}  // namespace
}  // namespace spectral_ops
