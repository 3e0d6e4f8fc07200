// The ops SpectralOps>SpectralConv, >SpectralConvGradients and >SpectralConvWeightGradient:
// registration, shape functions and kernels. SpectralConv is its own gradient with respect to x,
// with `adjoint` turned; spectral_ops/ops/spectral_conv.py registers the gradients, and says when
// both come from one op.
#include "tf/spectral_conv_op.h"

#include "tensorflow/core/framework/op.h"
#ifdef SPECTRAL_OPS_HAS_CUDA
#include "tf/gpu_shim.h"
#endif

namespace spectral_ops {
namespace {

namespace tf = tensorflow;

using tf::shape_inference::DimensionHandle;
using tf::shape_inference::InferenceContext;
using tf::shape_inference::ShapeHandle;

// x: [batch, *n, in], weights: [*modes, in, out], [*modes, channels] or [*modes], output_size:
// [rank] -> y: [batch, *m, out]; the channels second for channels_first. The adjoint: `out` on x,
// `in` on y. And the spectrum of x, as the kernels have it.
absl::Status SpectralConvShapeFn(InferenceContext* c) {
  SpectralConvOp op;
  TF_RETURN_IF_ERROR(op.Read(c));
  SpectralConvCall& call = op.call;
  ShapeHandle x = c->input(0);
  ShapeHandle weights = c->input(1);
  ShapeHandle size_shape;
  TF_RETURN_IF_ERROR(c->WithRank(c->input(2), 1, &size_shape));
  int64_t rank = KnownDims(c, size_shape)[0];
  if (rank < 0 && c->RankKnown(x)) rank = c->Rank(x) - 2;
  c->set_output(1, call.keeps ? c->UnknownShape() : c->Vector(0));
  if (rank < 0) {
    c->set_output(0, c->UnknownShape());
    return absl::OkStatus();
  }
  TF_RETURN_IF_ERROR(c->WithRank(x, rank + 2, &x));
  ShapeHandle sizes;
  TF_RETURN_IF_ERROR(c->MakeShapeFromShapeTensor(2, &sizes));
  if (!c->RankKnown(sizes)) sizes = c->UnknownShapeOfRank(rank);
  call.x_dims = KnownDims(c, x);
  call.other = KnownDims(c, sizes);
  call.weight_dims = KnownDims(c, weights);
  TF_RETURN_IF_ERROR(ToAbsl(CheckSpectralConvSizes(call)));
  const bool adjoint = call.kind == SpectralConvKind::kAdjoint;
  const int place = ChannelsAt(call.format, static_cast<int>(rank));
  DimensionHandle channels = c->UnknownDim();
  if (call.weight_dims.rank == rank + 1) {
    TF_RETURN_IF_ERROR(c->Merge(c->Dim(weights, rank), c->Dim(x, place), &channels));
  } else if (call.weight_dims.rank == rank + 2) {
    channels = c->Dim(weights, adjoint ? rank : rank + 1);
  } else if (call.weight_dims.rank == rank) {
    channels = c->Dim(x, place);
  }
  ShapeHandle y = x;
  for (int i = 0; i < rank; ++i) {
    TF_RETURN_IF_ERROR(c->ReplaceDim(y, FirstSpatial(call.format) + i, c->Dim(sizes, i), &y));
  }
  TF_RETURN_IF_ERROR(c->ReplaceDim(y, place, channels, &y));
  c->set_output(0, y);
  return absl::OkStatus();
}

// The same x and weights, grad_output as y and a spectrum -> grad_x as x, grad_weights as weights.
absl::Status GradientsShapeFn(InferenceContext* c) {
  SpectralConvGradientsOp op;
  TF_RETURN_IF_ERROR(op.Read(c));
  SpectralConvGradientsCall& call = op.call;
  ShapeHandle x = c->input(0);
  ShapeHandle grad = c->input(2);
  if (c->RankKnown(x) && c->RankKnown(grad)) {
    call.x_dims = KnownDims(c, x);
    call.grad_dims = KnownDims(c, grad);
    call.weight_dims = KnownDims(c, c->input(1));
    TF_RETURN_IF_ERROR(ToAbsl(CheckGradientSizes(call)));
  }
  if (call.whole) TF_RETURN_IF_ERROR(c->Merge(x, grad, &x));
  c->set_output(0, x);
  c->set_output(1, c->input(1));
  return absl::OkStatus();
}

// x: [batch, *n, in], grad_output: [batch, *m, out] -> a tensor of weights_shape.
absl::Status WeightGradientShapeFn(InferenceContext* c) {
  ShapeHandle unused;
  TF_RETURN_IF_ERROR(c->WithRank(c->input(2), 1, &unused));
  ShapeHandle weights;
  TF_RETURN_IF_ERROR(c->MakeShapeFromShapeTensor(2, &weights));
  c->set_output(0, weights);
  return absl::OkStatus();
}

// What is kept is written only where somebody reads it. An op that runs by itself, outside of a
// graph, does not know that.
template <class Device>
class SpectralConvKernel final : public tf::OpKernel {
 public:
  explicit SpectralConvKernel(tf::OpKernelConstruction* context)
      : OpKernel(context), device_(context) {
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
    dims = Dims();
    dims.rank = 1;
    if (call.keeps) TF_RETURN_IF_ERROR(device_.FindSpectrum(context, call, &dims));
    LastOf(&dims) *= static_cast<int64_t>(ComputeSize(call.dtype));
    tf::Tensor* spectrum = nullptr;
    TF_RETURN_IF_ERROR(AllocateOutput(context, dims, &spectrum, 1));
    call.spectrum = spectrum->data();
    return y->NumElements() == 0 ? absl::OkStatus() : device_.RunCall(context, call);
  }

  const Device device_;
  SpectralConvOp op_;
};

REGISTER_OP("SpectralOps>SpectralConv")
    .Input("x: T")
    .Input("weights: W")
    .Input("output_size: Tsize")
    .Output("y: T")
    .Output("spectrum: uint8")
    .Attr("T: {half, bfloat16, float, double}")
    .Attr("W: {complex64, complex128}")
    .Attr("Tsize: {int32, int64}")
    .Attr("modes: list(int) >= 0")
    .Attr("norm: {'forward', 'ortho', 'backward'}")
    .Attr("data_format: {'channels_last', 'channels_first'}")
    .Attr("adjoint: bool")
    .Attr("whole: bool = false")
    .Attr("keeps: bool = false")
    .SetShapeFn(SpectralConvShapeFn)
    .Doc(
        "Mixes the channels of the low Fourier modes of x; the adjoint of that in x. whole: the "
        "weights must be those of a filter, at each frequency of x. keeps: the spectrum of x too, "
        "in an order of the kernels, for SpectralConvGradients; empty where it has no use for it.");

REGISTER_OP("SpectralOps>SpectralConvGradients")
    .Input("x: T")
    .Input("weights: W")
    .Input("grad_output: T")
    .Input("spectrum: uint8")
    .Output("grad_x: T")
    .Output("grad_weights: W")
    .Attr("T: {half, bfloat16, float, double}")
    .Attr("W: {complex64, complex128}")
    .Attr("modes: list(int) >= 0")
    .Attr("norm: {'forward', 'ortho', 'backward'}")
    .Attr("data_format: {'channels_last', 'channels_first'}")
    .Attr("whole: bool = false")
    .SetShapeFn(GradientsShapeFn)
    .Doc(
        "Both gradients of SpectralConv, for less than each by itself. spectrum: that of "
        "SpectralConv, or any other, which is not read.");

REGISTER_OP("SpectralOps>SpectralConvWeightGradient")
    .Input("x: T")
    .Input("grad_output: T")
    .Input("weights_shape: Tsize")
    .Output("grad_weights: W")
    .Attr("T: {half, bfloat16, float, double}")
    .Attr("W: {complex64, complex128}")
    .Attr("Tsize: {int32, int64}")
    .Attr("modes: list(int) >= 0")
    .Attr("norm: {'forward', 'ortho', 'backward'}")
    .Attr("data_format: {'channels_last', 'channels_first'}")
    .SetShapeFn(WeightGradientShapeFn)
    .Doc("The gradient of SpectralConv with respect to its weights.");

REGISTER_KERNEL_BUILDER(Name("SpectralOps>SpectralConv").Device(tf::DEVICE_CPU),
                        SpectralConvKernel<OnCpu>);
REGISTER_KERNEL_BUILDER(Name("SpectralOps>SpectralConvGradients").Device(tf::DEVICE_CPU),
                        KernelOf<SpectralConvGradientsOp, OnCpu>);
REGISTER_KERNEL_BUILDER(Name("SpectralOps>SpectralConvWeightGradient").Device(tf::DEVICE_CPU),
                        KernelOf<SpectralConvWeightGradientOp, OnCpu>);

#ifdef SPECTRAL_OPS_HAS_CUDA
REGISTER_KERNEL_BUILDER(
    Name("SpectralOps>SpectralConv").Device(tf::DEVICE_GPU).HostMemory("output_size"),
    SpectralConvKernel<OnGpu>);
REGISTER_KERNEL_BUILDER(Name("SpectralOps>SpectralConvGradients").Device(tf::DEVICE_GPU),
                        KernelOf<SpectralConvGradientsOp, OnGpu>);
REGISTER_KERNEL_BUILDER(Name("SpectralOps>SpectralConvWeightGradient")
                            .Device(tf::DEVICE_GPU)
                            .HostMemory("weights_shape"),
                        KernelOf<SpectralConvWeightGradientOp, OnGpu>);
#endif

}  // namespace
}  // namespace spectral_ops
