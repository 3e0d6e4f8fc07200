// The GPU kernels of SpectralOps>Conv and its kin.
#include "cuda/conv.h"
#include "gpu/conv.h"
#include "tf/conv_op.h"
#include "tf/gpu_shim.h"

namespace spectral_ops {
namespace {

namespace tf = tensorflow;

class CudaConv : public ConvKernel {
 public:
  using ConvKernel::ConvKernel;

 protected:
  absl::Status Run(tf::OpKernelContext* context, const Call& call) const override {
    CudaPlace place;
    TF_RETURN_IF_ERROR(GetCudaPlace(context, &place));
    gpu::ConvPlan plan;
    TF_RETURN_IF_ERROR(
        ToAbsl(gpu::MakeConvPlan(call.shape, call.map, dtype_, *place.traits, &plan)));
    tf::Tensor workspace;
    TF_RETURN_IF_ERROR(AllocateWorkspace(context, plan.workspace_bytes, &workspace));
    return ToAbsl(
        RunConv(plan, {call.source, call.other, call.result, call.result_bytes, workspace.data()},
                place.stream));
  }
};

REGISTER_KERNEL_BUILDER(Name("SpectralOps>Conv").Device(tf::DEVICE_GPU),
                        OpOf<CudaConv, &ConvKernel::Forward>);
REGISTER_KERNEL_BUILDER(
    Name("SpectralOps>ConvInputGradient").Device(tf::DEVICE_GPU).HostMemory("x_shape"),
    OpOf<CudaConv, &ConvKernel::InputGradient>);
REGISTER_KERNEL_BUILDER(
    Name("SpectralOps>ConvFilterGradient").Device(tf::DEVICE_GPU).HostMemory("filters_shape"),
    OpOf<CudaConv, &ConvKernel::FilterGradient>);
// Shapes and conditions of ops on a GPU are in host memory: on the GPU too this one stands between
// them without a copy, wherever a caller's tf.device puts it.
REGISTER_KERNEL_BUILDER(Name("SpectralOps>ConvPrefersFft")
                            .Device(tf::DEVICE_GPU)
                            .HostMemory("x_shape")
                            .HostMemory("filters_shape")
                            .HostMemory("prefers_fft"),
                        ConvPrefersFftOp);

}  // namespace
}  // namespace spectral_ops
