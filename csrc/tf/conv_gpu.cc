// The GPU kernels of SpectralOps>Conv and its kin.
#include "tf/conv_op.h"
#include "tf/gpu_shim.h"

namespace spectral_ops {
namespace {

namespace tf = tensorflow;

REGISTER_KERNEL_BUILDER(Name("SpectralOps>Conv").Device(tf::DEVICE_GPU),
                        KernelOf<ConvOp<ConvMap::kForward>, OnGpu>);
REGISTER_KERNEL_BUILDER(
    Name("SpectralOps>ConvInputGradient").Device(tf::DEVICE_GPU).HostMemory("x_shape"),
    KernelOf<ConvOp<ConvMap::kInputGradient>, OnGpu>);
REGISTER_KERNEL_BUILDER(
    Name("SpectralOps>ConvFilterGradient").Device(tf::DEVICE_GPU).HostMemory("filters_shape"),
    KernelOf<ConvOp<ConvMap::kFilterGradient>, OnGpu>);
// Shapes and conditions of ops on a GPU are in host memory: on the GPU too this one stands between
// them without a copy, wherever a caller's tf.device puts it.
REGISTER_KERNEL_BUILDER(Name("SpectralOps>ConvPrefersFft")
                            .Device(tf::DEVICE_GPU)
                            .HostMemory("x_shape")
                            .HostMemory("filters_shape")
                            .HostMemory("prefers_fft"),
                        ConvPrefersFftKernel);

}  // namespace
}  // namespace spectral_ops
