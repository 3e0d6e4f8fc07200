// The ops SpectralOps>Conv, SpectralOps>ConvInputGradient, SpectralOps>ConvFilterGradient,
// SpectralOps>ConvResult and SpectralOps>ConvPrefersFft: registration, shape functions and kernels.
// Each of the first three is linear in either of its tensors, and their gradients are one another;
// spectral_ops/ops/conv.py registers them.
#include "tf/conv_op.h"

#include "tensorflow/core/framework/op.h"
#ifdef SPECTRAL_OPS_HAS_CUDA
#include "tf/gpu_shim.h"
#endif

namespace spectral_ops {
namespace {

namespace tf = tensorflow;

// Whose model answers.
class ModelOfCpu {
 public:
  explicit ModelOfCpu(tf::OpKernelConstruction* context) : settings_(GetCpuSettings(context)) {}
  absl::Status Answer(tf::OpKernelContext* context, const ConvPrefersFftOp& op,
                      bool* prefers) const {
    return op.Answer(OpInputs(context), settings_, prefers);
  }

 private:
  CpuSettings settings_;
};

#ifdef SPECTRAL_OPS_HAS_CUDA
class ModelOfGpu {
 public:
  explicit ModelOfGpu(tf::OpKernelConstruction*) {}
  absl::Status Answer(tf::OpKernelContext* context, const ConvPrefersFftOp& op,
                      bool* prefers) const {
    CudaPlace place;
    TF_RETURN_IF_ERROR(GetCudaPlace(context, &place));
    return op.Answer(OpInputs(context), place, prefers);
  }
};
#endif

// Its tensors are in host memory on every device.
template <class Model>
class ConvPrefersFftKernel final : public tf::OpKernel {
 public:
  explicit ConvPrefersFftKernel(tf::OpKernelConstruction* context)
      : OpKernel(context), model_(context) {
    OP_REQUIRES_OK(context, op_.Read(context));
  }

  void Compute(tf::OpKernelContext* context) override { OP_REQUIRES_OK(context, Run(context)); }

 private:
  absl::Status Run(tf::OpKernelContext* context) const {
    bool prefers = false;
    TF_RETURN_IF_ERROR(model_.Answer(context, op_, &prefers));
    tf::Tensor* output = nullptr;
    TF_RETURN_IF_ERROR(AllocateOutput(context, Dims(), &output));
    output->scalar<bool>()() = prefers;
    return absl::OkStatus();
  }

  Model model_;
  ConvPrefersFftOp op_;
};

// Gives y on, whose gradients are then those of Conv, however it was made.
class ConvResultKernel final : public tf::OpKernel {
 public:
  using OpKernel::OpKernel;

  void Compute(tf::OpKernelContext* context) override { context->set_output(0, context->input(2)); }
  bool IsExpensive() override { return false; }
};

using tf::shape_inference::DimensionHandle;
using tf::shape_inference::InferenceContext;
using tf::shape_inference::ShapeHandle;

// x and filters as far as they are known -> y.
absl::Status InferOutput(InferenceContext* c, const ConvCall& call, ShapeHandle x,
                         ShapeHandle filters, ShapeHandle* y) {
  *y = c->UnknownShape();
  if (!c->RankKnown(filters) && !c->RankKnown(x)) return absl::OkStatus();
  const int rank = (c->RankKnown(filters) ? c->Rank(filters) : c->Rank(x)) - 2;
  if (rank < 1 || rank > kMaxSpatialRank) {
    return absl::InvalidArgumentError(
        Concat("filters: rank ", rank + 2, "; allowed: 3 to ", kMaxRank));
  }
  TF_RETURN_IF_ERROR(c->WithRank(x, rank + 2, &x));
  TF_RETURN_IF_ERROR(c->WithRank(filters, rank + 2, &filters));
  const Dims x_dims = KnownDims(c, x);
  const Dims filter_dims = KnownDims(c, filters);
  const int channels = ChannelsAt(call.format, rank);
  TF_RETURN_IF_ERROR(ToAbsl(
      CheckConvChannels(x_dims[channels], filter_dims[rank], filter_dims[rank + 1], call.groups)));
  *y = x;
  DimensionHandle out = c->Dim(filters, rank + 1);
  if (call.groups == kDepthwise) {
    DimensionHandle in;
    TF_RETURN_IF_ERROR(c->Merge(c->Dim(x, channels), c->Dim(filters, rank), &in));
    TF_RETURN_IF_ERROR(c->Multiply(in, out, &out));
  }
  TF_RETURN_IF_ERROR(c->ReplaceDim(*y, channels, out, y));
  for (int i = 0; i < rank; ++i) {
    const int place = FirstSpatial(call.format) + i;
    ConvAxis axis = {x_dims[place], filter_dims[i]};
    TF_RETURN_IF_ERROR(ToAbsl(CompleteConvAxis(i, call.padding, &axis)));
    TF_RETURN_IF_ERROR(
        c->ReplaceDim(*y, place, axis.m < 0 ? c->UnknownDim() : c->MakeDim(axis.m), y));
  }
  return absl::OkStatus();
}

template <ConvMap map>
absl::Status ConvShapeFn(InferenceContext* c) {
  ConvAttributes attributes;
  TF_RETURN_IF_ERROR(attributes.Read(c));
  ShapeHandle x = c->input(0);
  ShapeHandle filters = c->input(1);
  ShapeHandle y;
  if (map == ConvMap::kInputGradient) TF_RETURN_IF_ERROR(c->MakeShapeFromShapeTensor(0, &x));
  if (map == ConvMap::kFilterGradient) {
    TF_RETURN_IF_ERROR(c->MakeShapeFromShapeTensor(1, &filters));
  }
  TF_RETURN_IF_ERROR(InferOutput(c, attributes.call, x, filters, &y));
  if (map != ConvMap::kForward) TF_RETURN_IF_ERROR(c->Merge(y, c->input(2), &y));
  c->set_output(0, map == ConvMap::kForward ? y : map == ConvMap::kInputGradient ? x : filters);
  return absl::OkStatus();
}

absl::Status ConvResultShapeFn(InferenceContext* c) {
  ConvAttributes attributes;
  TF_RETURN_IF_ERROR(attributes.Read(c));
  ShapeHandle y;
  TF_RETURN_IF_ERROR(InferOutput(c, attributes.call, c->input(0), c->input(1), &y));
  TF_RETURN_IF_ERROR(c->Merge(y, c->input(2), &y));
  c->set_output(0, y);
  return absl::OkStatus();
}

#define SPECTRAL_OPS_CONV_ATTRIBUTES                          \
  Attr("T: {half, bfloat16, float, double}")                  \
      .Attr("padding: {'same', 'valid', 'full', 'circular'}") \
      .Attr("groups: int >= 0")                               \
      .Attr("data_format: {'channels_last', 'channels_first'}")

REGISTER_OP("SpectralOps>Conv")
    .Input("x: T")
    .Input("filters: T")
    .Output("y: T")
    .SPECTRAL_OPS_CONV_ATTRIBUTES.SetShapeFn(ConvShapeFn<ConvMap::kForward>)
    .Doc("The cross-correlation of x with filters, by FFTs of tiles.");

REGISTER_OP("SpectralOps>ConvInputGradient")
    .Input("x_shape: Tshape")
    .Input("filters: T")
    .Input("grad_output: T")
    .Output("grad_x: T")
    .SPECTRAL_OPS_CONV_ATTRIBUTES.Attr("Tshape: {int32, int64}")
    .SetShapeFn(ConvShapeFn<ConvMap::kInputGradient>)
    .Doc("The gradient of Conv with respect to x.");

REGISTER_OP("SpectralOps>ConvFilterGradient")
    .Input("x: T")
    .Input("filters_shape: Tshape")
    .Input("grad_output: T")
    .Output("grad_filters: T")
    .SPECTRAL_OPS_CONV_ATTRIBUTES.Attr("Tshape: {int32, int64}")
    .SetShapeFn(ConvShapeFn<ConvMap::kFilterGradient>)
    .Doc("The gradient of Conv with respect to the filters.");

REGISTER_OP("SpectralOps>ConvResult")
    .Input("x: T")
    .Input("filters: T")
    .Input("y: T")
    .Output("result: T")
    .SPECTRAL_OPS_CONV_ATTRIBUTES.SetShapeFn(ConvResultShapeFn)
    .Doc("y, which is Conv of x and filters; its gradients are made by whatever way is faster.");

REGISTER_OP("SpectralOps>ConvPrefersFft")
    .Input("x_shape: Tshape")
    .Input("filters_shape: Tshape")
    .Output("prefers_fft: bool")
    .SPECTRAL_OPS_CONV_ATTRIBUTES.Attr("Tshape: {int32, int64}")
    .Attr("map: {'forward', 'input_gradient', 'filter_gradient'} = 'forward'")
    .SetShapeFn([](InferenceContext* c) {
      c->set_output(0, c->Scalar());
      return absl::OkStatus();
    })
    .Doc("Whether Conv, or one of its gradients, is expected to be faster than TensorFlow's own.");

REGISTER_KERNEL_BUILDER(Name("SpectralOps>Conv").Device(tf::DEVICE_CPU),
                        KernelOf<ConvOp<ConvMap::kForward>, OnCpu>);
REGISTER_KERNEL_BUILDER(Name("SpectralOps>ConvInputGradient").Device(tf::DEVICE_CPU),
                        KernelOf<ConvOp<ConvMap::kInputGradient>, OnCpu>);
REGISTER_KERNEL_BUILDER(Name("SpectralOps>ConvFilterGradient").Device(tf::DEVICE_CPU),
                        KernelOf<ConvOp<ConvMap::kFilterGradient>, OnCpu>);
REGISTER_KERNEL_BUILDER(Name("SpectralOps>ConvResult").Device(tf::DEVICE_CPU), ConvResultKernel);
REGISTER_KERNEL_BUILDER(Name("SpectralOps>ConvPrefersFft").Device(tf::DEVICE_CPU),
                        ConvPrefersFftKernel<ModelOfCpu>);

#ifdef SPECTRAL_OPS_HAS_CUDA
REGISTER_KERNEL_BUILDER(Name("SpectralOps>Conv").Device(tf::DEVICE_GPU),
                        KernelOf<ConvOp<ConvMap::kForward>, OnGpu>);
REGISTER_KERNEL_BUILDER(
    Name("SpectralOps>ConvInputGradient").Device(tf::DEVICE_GPU).HostMemory("x_shape"),
    KernelOf<ConvOp<ConvMap::kInputGradient>, OnGpu>);
REGISTER_KERNEL_BUILDER(
    Name("SpectralOps>ConvFilterGradient").Device(tf::DEVICE_GPU).HostMemory("filters_shape"),
    KernelOf<ConvOp<ConvMap::kFilterGradient>, OnGpu>);
REGISTER_KERNEL_BUILDER(Name("SpectralOps>ConvResult").Device(tf::DEVICE_GPU), ConvResultKernel);
// Shapes and conditions of ops on a GPU are in host memory: on the GPU too this one stands between
// them without a copy, wherever a caller's tf.device puts it.
REGISTER_KERNEL_BUILDER(Name("SpectralOps>ConvPrefersFft")
                            .Device(tf::DEVICE_GPU)
                            .HostMemory("x_shape")
                            .HostMemory("filters_shape")
                            .HostMemory("prefers_fft"),
                        ConvPrefersFftKernel<ModelOfGpu>);
#endif

}  // namespace
}  // namespace spectral_ops
