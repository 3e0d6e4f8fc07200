// The ops SpectralOps>Filter and SpectralOps>FilterGradients: registration, shape functions and
// kernels. spectral_ops/ops/filter.py says when both gradients come from one op.
#include "tf/filter_op.h"

#include "tensorflow/core/framework/op.h"
#ifdef SPECTRAL_OPS_HAS_CUDA
#include "tf/gpu_shim.h"
#endif

namespace spectral_ops {
namespace {

namespace tf = tensorflow;

// x: [batch, *n, channels], response: [*n[:-1], n_last//2 + 1] or with channels -> y as x, and the
// spectrum of x, as the kernels have it.
absl::Status FilterShapeFn(tf::shape_inference::InferenceContext* c) {
  FilterOp op;
  TF_RETURN_IF_ERROR(op.Read(c));
  const tf::shape_inference::ShapeHandle x = c->input(0);
  if (c->RankKnown(x)) {
    op.call.x_dims = KnownDims(c, x);
    op.call.other = SpatialDims(op.call.x_dims, op.call.format);
    op.call.weight_dims = KnownDims(c, c->input(1));
    TF_RETURN_IF_ERROR(ToAbsl(CheckSpectralConvSizes(op.call)));
  }
  c->set_output(0, x);
  c->set_output(1, op.call.keeps ? c->UnknownShape() : c->Vector(0));
  return absl::OkStatus();
}

// The same inputs, grad_output as x and a spectrum -> grad_x as x, grad_response as response.
absl::Status FilterGradientsShapeFn(tf::shape_inference::InferenceContext* c) {
  FilterGradientsOp op;
  TF_RETURN_IF_ERROR(op.Read(c));
  tf::shape_inference::ShapeHandle x;
  TF_RETURN_IF_ERROR(c->Merge(c->input(0), c->input(2), &x));
  if (c->RankKnown(x)) {
    op.call.x_dims = op.call.grad_dims = KnownDims(c, x);
    op.call.response_dims = KnownDims(c, c->input(1));
    TF_RETURN_IF_ERROR(ToAbsl(CheckSpectralConvSizes(op.call.OfX())));
  }
  c->set_output(0, x);
  c->set_output(1, c->input(1));
  return absl::OkStatus();
}

// What a filter keeps is written only where somebody reads it. An op that runs by itself, outside
// of a graph, does not know that.
template <class Device>
class FilterKernel final : public tf::OpKernel {
 public:
  explicit FilterKernel(tf::OpKernelConstruction* context) : OpKernel(context), device_(context) {
    OP_REQUIRES_OK(context, op_.Read(context));
  }

  void Compute(tf::OpKernelContext* context) override { OP_REQUIRES_OK(context, Run(context)); }

 private:
  absl::Status Run(tf::OpKernelContext* context) const {
    SpectralConvCall call = op_.call;
    TF_RETURN_IF_ERROR(op_.Fill(OpInputs(context), &call));
    SpectralConvShape shape;
    Dims dims;
    TF_RETURN_IF_ERROR(ToAbsl(Check(call, &shape, &dims)));
    tf::Tensor* y = nullptr;
    TF_RETURN_IF_ERROR(AllocateOutput(context, dims, &y));
    call.result = y->data();
    call.keeps = call.keeps && context->output_required(1);
    TF_RETURN_IF_ERROR(device_.FindSpectrum(context, call, &dims));
    tf::Tensor* spectrum = nullptr;
    TF_RETURN_IF_ERROR(AllocateOutput(context, dims, &spectrum, 1));
    call.spectrum = spectrum->data();
    return y->NumElements() == 0 ? absl::OkStatus() : device_.RunCall(context, call);
  }

  const Device device_;
  FilterOp op_;
};

REGISTER_OP("SpectralOps>Filter")
    .Input("x: T")
    .Input("response: W")
    .Output("y: T")
    .Output("spectrum: S")
    .Attr("T: {half, bfloat16, float, double}")
    .Attr("W: {complex64, complex128}")
    .Attr("S: {float, double}")
    .Attr("data_format: {'channels_last', 'channels_first'}")
    .Attr("keeps: bool")
    .SetShapeFn(FilterShapeFn)
    .Doc(
        "Multiplies the spectrum of x by a response. keeps: that spectrum too, in an order of the "
        "kernels, for FilterGradients; empty where it has no use for it.");

REGISTER_KERNEL_BUILDER(Name("SpectralOps>Filter").Device(tf::DEVICE_CPU), FilterKernel<OnCpu>);

REGISTER_OP("SpectralOps>FilterGradients")
    .Input("x: T")
    .Input("response: W")
    .Input("grad_output: T")
    .Input("spectrum: S")
    .Output("grad_x: T")
    .Output("grad_response: W")
    .Attr("T: {half, bfloat16, float, double}")
    .Attr("W: {complex64, complex128}")
    .Attr("S: {float, double}")
    .Attr("data_format: {'channels_last', 'channels_first'}")
    .SetShapeFn(FilterGradientsShapeFn)
    .Doc(
        "Both gradients of Filter, for less than each by itself. spectrum: that of Filter, or any "
        "other, which is not read.");

REGISTER_KERNEL_BUILDER(Name("SpectralOps>FilterGradients").Device(tf::DEVICE_CPU),
                        KernelOf<FilterGradientsOp, OnCpu>);

#ifdef SPECTRAL_OPS_HAS_CUDA
REGISTER_KERNEL_BUILDER(Name("SpectralOps>Filter").Device(tf::DEVICE_GPU), FilterKernel<OnGpu>);
REGISTER_KERNEL_BUILDER(Name("SpectralOps>FilterGradients").Device(tf::DEVICE_GPU),
                        KernelOf<FilterGradientsOp, OnGpu>);
#endif

}  // namespace
}  // namespace spectral_ops
