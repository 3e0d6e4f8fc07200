// The GPU kernels of SpectralOps>SpectralConv and SpectralOps>SpectralConvWeightGradient.
#include "cuda/spectral_conv.h"
#include "gpu/spectral_conv.h"
#include "tf/gpu_shim.h"
#include "tf/spectral_conv_op.h"

namespace spectral_ops {
namespace {

namespace tf = tensorflow;

class CudaSpectralConv : public SpectralConvKernel {
 public:
  using SpectralConvKernel::SpectralConvKernel;

 protected:
  absl::Status Run(tf::OpKernelContext* context, const Call& call) const override {
    CudaPlace place;
    TF_RETURN_IF_ERROR(GetCudaPlace(context, &place));
    gpu::SpectralConvPlan plan;
    TF_RETURN_IF_ERROR(
        ToAbsl(gpu::MakeSpectralConvPlan(call.shape, dtype_, norm_, *place.traits, &plan)));
    tf::Tensor workspace;
    TF_RETURN_IF_ERROR(AllocateWorkspace(context, plan.workspace_bytes, &workspace));
    return ToAbsl(RunSpectralConv(plan,
                                  {call.source, call.weights, call.grad_output, call.target,
                                   call.target_bytes, workspace.data()},
                                  place.stream));
  }
};

REGISTER_KERNEL_BUILDER(
    Name("SpectralOps>SpectralConv").Device(tf::DEVICE_GPU).HostMemory("output_size"),
    OpOf<CudaSpectralConv, &SpectralConvKernel::Convolve>);
REGISTER_KERNEL_BUILDER(Name("SpectralOps>SpectralConvWeightGradient")
                            .Device(tf::DEVICE_GPU)
                            .HostMemory("weights_shape"),
                        OpOf<CudaSpectralConv, &SpectralConvKernel::WeightGradient>);

}  // namespace
}  // namespace spectral_ops
