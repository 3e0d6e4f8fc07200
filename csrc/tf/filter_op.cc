// The op SpectralOps>FilterGradients: registration, shape function and kernels. The filter itself
// is SpectralOps>SpectralConv; spectral_ops/ops/spectral_conv.py says when both gradients come from
// one op.
#include "tf/filter_op.h"

#include "tensorflow/core/framework/op.h"
#ifdef SPECTRAL_OPS_HAS_CUDA
#include "tf/gpu_shim.h"
#endif

namespace spectral_ops {
namespace {

namespace tf = tensorflow;

// x: [batch, *n, channels], response: [*n[:-1], n_last//2 + 1] or with channels, grad_output as x
// -> grad_x as x, grad_response as response.
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

REGISTER_OP("SpectralOps>FilterGradients")
    .Input("x: T")
    .Input("response: W")
    .Input("grad_output: T")
    .Output("grad_x: T")
    .Output("grad_response: W")
    .Attr("T: {half, bfloat16, float, double}")
    .Attr("W: {complex64, complex128}")
    .Attr("data_format: {'channels_last', 'channels_first'}")
    .SetShapeFn(FilterGradientsShapeFn)
    .Doc("Both gradients of SpectralConv where it is a filter, for less than each by itself.");

REGISTER_KERNEL_BUILDER(Name("SpectralOps>FilterGradients").Device(tf::DEVICE_CPU),
                        KernelOf<FilterGradientsOp, OnCpu>);

#ifdef SPECTRAL_OPS_HAS_CUDA
REGISTER_KERNEL_BUILDER(Name("SpectralOps>FilterGradients").Device(tf::DEVICE_GPU),
                        KernelOf<FilterGradientsOp, OnGpu>);
#endif

}  // namespace
}  // namespace spectral_ops
