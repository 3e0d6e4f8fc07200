// The GPU kernels of SpectralOps>Resample and SpectralOps>ResampleWindowGradient.
#include <algorithm>
#include <iterator>

#include "cuda/resample.h"
#include "gpu/resample.h"
#include "tf/gpu_shim.h"
#include "tf/resample_op.h"

namespace spectral_ops {
namespace {

namespace tf = tensorflow;

class CudaResample final : public ResampleOp {
 public:
  using ResampleOp::ResampleOp;

 protected:
  absl::Status Run(tf::OpKernelContext* context, const Call& call) const override {
    CudaPlace place;
    TF_RETURN_IF_ERROR(GetCudaPlace(context, &place));
    gpu::ResamplePlan plan;
    TF_RETURN_IF_ERROR(
        ToAbsl(gpu::MakeResamplePlan(call.shape, dtype_, norm_, *place.traits, &plan)));
    tf::Tensor workspace;
    TF_RETURN_IF_ERROR(AllocateWorkspace(context, plan.workspace_bytes, &workspace));
    gpu::ResampleBuffers buffers;
    buffers.x = call.x;
    std::copy(std::begin(call.windows), std::end(call.windows), buffers.windows);
    buffers.y = call.y;
    buffers.workspace = workspace.data();
    return ToAbsl(RunResample(plan, buffers, place.stream));
  }
};

class CudaResampleWindowGradient final : public ResampleWindowGradientOp {
 public:
  using ResampleWindowGradientOp::ResampleWindowGradientOp;

 protected:
  absl::Status Run(tf::OpKernelContext* context, const tf::Tensor& x, const tf::Tensor& grad_output,
                   tf::Tensor* grad_window) const override {
    CudaPlace place;
    TF_RETURN_IF_ERROR(GetCudaPlace(context, &place));
    gpu::WindowGradientPlan plan;
    TF_RETURN_IF_ERROR(ToAbsl(
        gpu::MakeWindowGradientPlan(DimsOf(x).data(), DimsOf(grad_output).data(), x.dims() - 2,
                                    axis_, format_, dtype_, norm_, *place.traits, &plan)));
    tf::Tensor workspace;
    TF_RETURN_IF_ERROR(AllocateWorkspace(context, plan.workspace_bytes, &workspace));
    return ToAbsl(RunWindowGradient(
        plan, {x.data(), grad_output.data(), grad_window->data(), workspace.data()}, place.stream));
  }
};

REGISTER_KERNEL_BUILDER(
    Name("SpectralOps>Resample").Device(tf::DEVICE_GPU).HostMemory("output_size"), CudaResample);
REGISTER_KERNEL_BUILDER(Name("SpectralOps>ResampleWindowGradient").Device(tf::DEVICE_GPU),
                        CudaResampleWindowGradient);

}  // namespace
}  // namespace spectral_ops
