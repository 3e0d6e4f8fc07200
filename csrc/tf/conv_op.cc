// The ops SpectralOps>Conv, SpectralOps>ConvInputGradient, SpectralOps>ConvFilterGradient and
// SpectralOps>ConvPrefersFft: registration, shape functions, what their kernels check and the CPU
// kernels. Each of the first three is linear in either of its tensors, and their gradients are one
// another; spectral_ops/ops/conv.py registers them.
#include "tf/conv_op.h"

#include <string>
#include <vector>

#include "cpu/convolution/conv.h"
#include "cpu/convolution/conv_plan.h"
#include "tensorflow/core/framework/op.h"
#include "tensorflow/core/framework/shape_inference.h"

namespace spectral_ops {
namespace {

namespace tf = tensorflow;
using tf::shape_inference::DimensionHandle;
using tf::shape_inference::InferenceContext;
using tf::shape_inference::ShapeHandle;

template <class Context>
absl::Status GetAttributes(Context* context, ConvAttributes* attributes) {
  std::string text;
  TF_RETURN_IF_ERROR(context->GetAttr("padding", &text));
  TF_RETURN_IF_ERROR(ToAbsl(ParsePadding(text, &attributes->padding)));
  TF_RETURN_IF_ERROR(context->GetAttr("data_format", &text));
  TF_RETURN_IF_ERROR(ToAbsl(ParseDataFormat(text, &attributes->format)));
  return context->GetAttr("groups", &attributes->groups);
}

// x and filters as far as they are known -> y.
absl::Status InferOutput(InferenceContext* c, const ConvAttributes& attributes, ShapeHandle x,
                         ShapeHandle filters, ShapeHandle* y) {
  *y = c->UnknownShape();
  if (!c->RankKnown(filters) && !c->RankKnown(x)) return absl::OkStatus();
  const int rank = (c->RankKnown(filters) ? c->Rank(filters) : c->Rank(x)) - 2;
  if (rank < 1 || rank > kMaxSpatialRank) {
    return absl::InvalidArgumentError("filters: rank " + std::to_string(rank + 2) +
                                      "; allowed: 3 to " + std::to_string(kMaxSpatialRank + 2));
  }
  TF_RETURN_IF_ERROR(c->WithRank(x, rank + 2, &x));
  TF_RETURN_IF_ERROR(c->WithRank(filters, rank + 2, &filters));
  const bool last = attributes.format == DataFormat::kChannelsLast;
  const int channels = last ? rank + 1 : 1;
  TF_RETURN_IF_ERROR(
      ToAbsl(CheckConvChannels(LengthOrUnknown(c, x, channels), LengthOrUnknown(c, filters, rank),
                               LengthOrUnknown(c, filters, rank + 1), attributes.groups)));
  *y = x;
  DimensionHandle out = c->Dim(filters, rank + 1);
  if (attributes.groups == kDepthwise) {
    DimensionHandle in;
    TF_RETURN_IF_ERROR(c->Merge(c->Dim(x, channels), c->Dim(filters, rank), &in));
    TF_RETURN_IF_ERROR(c->Multiply(in, out, &out));
  }
  TF_RETURN_IF_ERROR(c->ReplaceDim(*y, channels, out, y));
  for (int i = 0; i < rank; ++i) {
    int64_t m = -1;
    const int place = (last ? 1 : 2) + i;
    TF_RETURN_IF_ERROR(ToAbsl(ConvOutputLength(
        i, LengthOrUnknown(c, x, place), LengthOrUnknown(c, filters, i), attributes.padding, &m)));
    TF_RETURN_IF_ERROR(c->ReplaceDim(*y, place, m < 0 ? c->UnknownDim() : c->MakeDim(m), y));
  }
  return absl::OkStatus();
}

absl::Status ConvShapeFn(InferenceContext* c) {
  ConvAttributes attributes;
  TF_RETURN_IF_ERROR(GetAttributes(c, &attributes));
  ShapeHandle y;
  TF_RETURN_IF_ERROR(InferOutput(c, attributes, c->input(0), c->input(1), &y));
  c->set_output(0, y);
  return absl::OkStatus();
}

// x_shape, filters, grad_output -> grad_x.
absl::Status InputGradientShapeFn(InferenceContext* c) {
  ConvAttributes attributes;
  TF_RETURN_IF_ERROR(GetAttributes(c, &attributes));
  ShapeHandle x;
  TF_RETURN_IF_ERROR(c->MakeShapeFromShapeTensor(0, &x));
  ShapeHandle y;
  TF_RETURN_IF_ERROR(InferOutput(c, attributes, x, c->input(1), &y));
  TF_RETURN_IF_ERROR(c->Merge(y, c->input(2), &y));
  c->set_output(0, x);
  return absl::OkStatus();
}

// x, filters_shape, grad_output -> grad_filters.
absl::Status FilterGradientShapeFn(InferenceContext* c) {
  ConvAttributes attributes;
  TF_RETURN_IF_ERROR(GetAttributes(c, &attributes));
  ShapeHandle filters;
  TF_RETURN_IF_ERROR(c->MakeShapeFromShapeTensor(1, &filters));
  ShapeHandle y;
  TF_RETURN_IF_ERROR(InferOutput(c, attributes, c->input(0), filters, &y));
  TF_RETURN_IF_ERROR(c->Merge(y, c->input(2), &y));
  c->set_output(0, filters);
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
    .SPECTRAL_OPS_CONV_ATTRIBUTES.SetShapeFn(ConvShapeFn)
    .Doc("The cross-correlation of x with filters, by FFTs of tiles.");

REGISTER_OP("SpectralOps>ConvInputGradient")
    .Input("x_shape: Tshape")
    .Input("filters: T")
    .Input("grad_output: T")
    .Output("grad_x: T")
    .SPECTRAL_OPS_CONV_ATTRIBUTES.Attr("Tshape: {int32, int64}")
    .SetShapeFn(InputGradientShapeFn)
    .Doc("The gradient of Conv with respect to x.");

REGISTER_OP("SpectralOps>ConvFilterGradient")
    .Input("x: T")
    .Input("filters_shape: Tshape")
    .Input("grad_output: T")
    .Output("grad_filters: T")
    .SPECTRAL_OPS_CONV_ATTRIBUTES.Attr("Tshape: {int32, int64}")
    .SetShapeFn(FilterGradientShapeFn)
    .Doc("The gradient of Conv with respect to the filters.");

REGISTER_OP("SpectralOps>ConvPrefersFft")
    .Input("x_shape: Tshape")
    .Input("filters_shape: Tshape")
    .Output("prefers_fft: bool")
    .SPECTRAL_OPS_CONV_ATTRIBUTES.Attr("Tshape: {int32, int64}")
    .SetShapeFn([](InferenceContext* c) {
      c->set_output(0, c->Scalar());
      return absl::OkStatus();
    })
    .Doc("Whether Conv is expected to be faster than TensorFlow's own convolution.");

absl::Status ReadDims(const char* name, const tf::Tensor& tensor, std::vector<int64_t>* dims) {
  TF_RETURN_IF_ERROR(ReadVector(name, tensor, dims));
  for (size_t i = 0; i < dims->size(); ++i) {
    if ((*dims)[i] >= 0) continue;
    return absl::InvalidArgumentError(std::string(name) + "[" + std::to_string(i) +
                                      "]: " + std::to_string((*dims)[i]) + "; allowed: 0 or more");
  }
  return absl::OkStatus();
}

absl::Status CheckGradient(const ConvShape& shape, const tf::Tensor& grad) {
  if (grad.dims() != shape.rank + 2) {
    return absl::InvalidArgumentError("grad_output: rank " + std::to_string(grad.dims()) +
                                      "; allowed: " + std::to_string(shape.rank + 2));
  }
  return ToAbsl(CheckConvGradient(shape, DimsOf(grad).data()));
}

}  // namespace

ConvKernelBase::ConvKernelBase(tf::OpKernelConstruction* context) : TypedKernel(context) {
  OP_REQUIRES_OK(context, GetAttributes(context, &attributes_));
}

absl::Status ConvKernelBase::MakeShape(const std::vector<int64_t>& x_dims,
                                       const std::vector<int64_t>& filter_dims,
                                       ConvShape* shape) const {
  if (filter_dims.size() < 3 || filter_dims.size() > kMaxSpatialRank + 2) {
    return absl::InvalidArgumentError("filters: rank " + std::to_string(filter_dims.size()) +
                                      "; allowed: 3 to " + std::to_string(kMaxSpatialRank + 2));
  }
  if (x_dims.size() != filter_dims.size()) {
    return absl::InvalidArgumentError("x: rank " + std::to_string(x_dims.size()) +
                                      "; with filters of rank " +
                                      std::to_string(filter_dims.size()) + " it must have rank " +
                                      std::to_string(filter_dims.size()));
  }
  return ToAbsl(MakeConvShape(x_dims.data(), filter_dims.data(),
                              static_cast<int>(filter_dims.size()) - 2, attributes_.padding,
                              attributes_.groups, attributes_.format, shape));
}

absl::Status ConvKernel::Forward(tf::OpKernelContext* context) const {
  const tf::Tensor& x = context->input(0);
  const tf::Tensor& filters = context->input(1);
  Call call;
  TF_RETURN_IF_ERROR(MakeShape(DimsOf(x), DimsOf(filters), &call.shape));
  call.map = ConvMap::kForward;
  std::vector<int64_t> dims(static_cast<size_t>(call.shape.rank) + 2);
  ConvOutputDims(call.shape, dims.data());
  return Start(context, x, filters, dims, &call);
}

absl::Status ConvKernel::InputGradient(tf::OpKernelContext* context) const {
  std::vector<int64_t> x_dims;
  TF_RETURN_IF_ERROR(ReadDims("x_shape", context->input(0), &x_dims));
  const tf::Tensor& filters = context->input(1);
  const tf::Tensor& grad = context->input(2);
  Call call;
  TF_RETURN_IF_ERROR(MakeShape(x_dims, DimsOf(filters), &call.shape));
  TF_RETURN_IF_ERROR(CheckGradient(call.shape, grad));
  call.map = ConvMap::kInputGradient;
  return Start(context, grad, filters, x_dims, &call);
}

absl::Status ConvKernel::FilterGradient(tf::OpKernelContext* context) const {
  const tf::Tensor& x = context->input(0);
  const tf::Tensor& grad = context->input(2);
  std::vector<int64_t> filter_dims;
  TF_RETURN_IF_ERROR(ReadDims("filters_shape", context->input(1), &filter_dims));
  Call call;
  TF_RETURN_IF_ERROR(MakeShape(DimsOf(x), filter_dims, &call.shape));
  TF_RETURN_IF_ERROR(CheckGradient(call.shape, grad));
  call.map = ConvMap::kFilterGradient;
  return Start(context, x, grad, filter_dims, &call);
}

absl::Status ConvKernel::Start(tf::OpKernelContext* context, const tf::Tensor& source,
                               const tf::Tensor& other, const std::vector<int64_t>& result_dims,
                               Call* call) const {
  tf::Tensor* result = nullptr;
  TF_RETURN_IF_ERROR(context->allocate_output(0, tf::TensorShape(result_dims), &result));
  if (result->NumElements() == 0) return absl::OkStatus();
  call->source = source.data();
  call->other = other.data();
  call->result = result->data();
  call->result_bytes = result->TotalBytes();
  return Run(context, *call);
}

ConvPrefersFftOp::ConvPrefersFftOp(tf::OpKernelConstruction* context)
    : ConvKernelBase(context), traits_(GetConvKernels(GetSimdTarget(context)).traits) {}

void ConvPrefersFftOp::Compute(tf::OpKernelContext* context) {
  std::vector<int64_t> x_dims;
  std::vector<int64_t> filter_dims;
  OP_REQUIRES_OK(context, ReadDims("x_shape", context->input(0), &x_dims));
  OP_REQUIRES_OK(context, ReadDims("filters_shape", context->input(1), &filter_dims));
  ConvShape shape;
  OP_REQUIRES_OK(context, MakeShape(x_dims, filter_dims, &shape));
  tf::Tensor* prefers = nullptr;
  OP_REQUIRES_OK(context, context->allocate_output(0, tf::TensorShape({}), &prefers));
  prefers->scalar<bool>()() = PreferFft(shape, dtype_, traits_);
}

namespace {

class CpuConv : public ConvKernel {
 public:
  explicit CpuConv(tf::OpKernelConstruction* context)
      : ConvKernel(context), kernels_(GetConvKernels(GetSimdTarget(context))) {}

 protected:
  absl::Status Run(tf::OpKernelContext* context, const Call& call) const override {
    const GangFor parallel = ThreadsOf(context);
    const ConvPlan plan =
        MakeConvPlan(call.shape, call.map, dtype_, kernels_.traits, parallel.max_workers());
    tf::Tensor workspace;
    TF_RETURN_IF_ERROR(AllocateWorkspace(context, plan.workspace_bytes, &workspace));
    HeldAxes axes;
    if (!HoldAxes(plan, &axes)) {
      return absl::ResourceExhaustedError("no memory for the tables of the axes");
    }
    kernels_.run(
        plan,
        {call.source, call.other, call.result, call.result_bytes, axes.data(), workspace.data()},
        parallel);
    return absl::OkStatus();
  }

 private:
  const ConvKernels& kernels_;
};

REGISTER_KERNEL_BUILDER(Name("SpectralOps>Conv").Device(tf::DEVICE_CPU),
                        OpOf<CpuConv, &ConvKernel::Forward>);
REGISTER_KERNEL_BUILDER(Name("SpectralOps>ConvInputGradient").Device(tf::DEVICE_CPU),
                        OpOf<CpuConv, &ConvKernel::InputGradient>);
REGISTER_KERNEL_BUILDER(Name("SpectralOps>ConvFilterGradient").Device(tf::DEVICE_CPU),
                        OpOf<CpuConv, &ConvKernel::FilterGradient>);
REGISTER_KERNEL_BUILDER(Name("SpectralOps>ConvPrefersFft").Device(tf::DEVICE_CPU),
                        ConvPrefersFftOp);

}  // namespace
}  // namespace spectral_ops
