// The GPU kernels of SpectralOps>SpectralConv and SpectralOps>SpectralConvWeightGradient.
#include "tf/gpu_shim.h"
#include "tf/spectral_conv_op.h"

namespace spectral_ops {
namespace {

namespace tf = tensorflow;

REGISTER_KERNEL_BUILDER(
    Name("SpectralOps>SpectralConv").Device(tf::DEVICE_GPU).HostMemory("output_size"),
    KernelOf<SpectralConvOp, OnGpu>);
REGISTER_KERNEL_BUILDER(Name("SpectralOps>SpectralConvWeightGradient")
                            .Device(tf::DEVICE_GPU)
                            .HostMemory("weights_shape"),
                        KernelOf<SpectralConvWeightGradientOp, OnGpu>);

}  // namespace
}  // namespace spectral_ops
