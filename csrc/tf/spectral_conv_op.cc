// The ops SpectralOps>SpectralConv and SpectralOps>SpectralConvWeightGradient: registration, shape
// functions, what their kernels check and the CPU kernels. SpectralConv is its own gradient with
// respect to x, with `adjoint` turned; spectral_ops/ops/spectral_conv.py registers both gradients.
#include "tf/spectral_conv_op.h"

#include <string>
#include <vector>

#include "cpu/spectra/spectral_conv.h"
#include "cpu/spectra/spectral_conv_plan.h"
#include "tensorflow/core/framework/op.h"
#include "tensorflow/core/framework/shape_inference.h"

namespace spectral_ops {
namespace {

namespace tf = tensorflow;
using tf::shape_inference::DimensionHandle;
using tf::shape_inference::InferenceContext;
using tf::shape_inference::ShapeHandle;

absl::Status CheckRank(int64_t rank) {
  if (rank >= 1 && rank <= kMaxSpatialRank) return absl::OkStatus();
  return absl::InvalidArgumentError("x: rank " + std::to_string(rank + 2) + "; allowed: 3 to " +
                                    std::to_string(kMaxSpatialRank + 2));
}

absl::Status CheckWeightsRank(int64_t rank, int64_t weights_rank) {
  if (weights_rank == rank + 1 || weights_rank == rank + 2) return absl::OkStatus();
  return absl::InvalidArgumentError(
      "weights: rank " + std::to_string(weights_rank) + "; allowed with " + std::to_string(rank) +
      " spatial axes: " + std::to_string(rank + 2) + ", [*modes, in, out], or " +
      std::to_string(rank + 1) + ", [*modes, channels]");
}

absl::Status CheckEntries(const char* name, int64_t entries, int64_t rank) {
  if (entries == rank) return absl::OkStatus();
  return absl::InvalidArgumentError(std::string(name) + ": " + std::to_string(entries) +
                                    " entries; allowed: " + std::to_string(rank) +
                                    ", one for each spatial axis");
}

std::vector<int64_t> KnownDims(InferenceContext* c, ShapeHandle shape) {
  std::vector<int64_t> dims;
  for (int i = 0; i < c->Rank(shape); ++i) dims.push_back(c->Value(c->Dim(shape, i)));
  return dims;
}

absl::Status GetOptions(InferenceContext* c, DataFormat* format, std::vector<int64_t>* modes) {
  std::string text;
  TF_RETURN_IF_ERROR(c->GetAttr("data_format", &text));
  TF_RETURN_IF_ERROR(ToAbsl(ParseDataFormat(text, format)));
  return c->GetAttr("modes", modes);
}

// x: [batch, *n, in], weights: [*modes, in, out] or [*modes, channels], output_size: [rank]
// -> y: [batch, *m, out]; the channels second for channels_first. The adjoint: `out` on x, `in` on
// y.
absl::Status SpectralConvShapeFn(InferenceContext* c) {
  DataFormat format = DataFormat::kChannelsLast;
  std::vector<int64_t> modes;
  TF_RETURN_IF_ERROR(GetOptions(c, &format, &modes));
  bool adjoint = false;
  TF_RETURN_IF_ERROR(c->GetAttr("adjoint", &adjoint));
  ShapeHandle size_shape;
  TF_RETURN_IF_ERROR(c->WithRank(c->input(2), 1, &size_shape));
  int64_t rank = LengthOrUnknown(c, size_shape, 0);
  if (rank < 0 && c->RankKnown(c->input(0))) rank = c->Rank(c->input(0)) - 2;
  if (rank < 0) {
    c->set_output(0, c->UnknownShape());
    return absl::OkStatus();
  }
  TF_RETURN_IF_ERROR(CheckRank(rank));
  if (!modes.empty()) {
    TF_RETURN_IF_ERROR(CheckEntries("modes", static_cast<int64_t>(modes.size()), rank));
  }
  ShapeHandle x;
  TF_RETURN_IF_ERROR(c->WithRank(c->input(0), rank + 2, &x));
  ShapeHandle sizes;
  TF_RETURN_IF_ERROR(c->MakeShapeFromShapeTensor(2, &sizes));
  if (!c->RankKnown(sizes)) sizes = c->UnknownShapeOfRank(rank);
  TF_RETURN_IF_ERROR(c->WithRank(sizes, rank, &sizes));
  const bool last = format == DataFormat::kChannelsLast;
  const auto place = static_cast<int>(last ? rank + 1 : 1);
  DimensionHandle channels = c->UnknownDim();
  if (c->RankKnown(c->input(1))) {
    ShapeHandle weights = c->input(1);
    TF_RETURN_IF_ERROR(CheckWeightsRank(rank, c->Rank(weights)));
    const bool separable = c->Rank(weights) == rank + 1;
    const std::vector<int64_t> x_dims = KnownDims(c, x);
    const std::vector<int64_t> other = KnownDims(c, sizes);
    const std::vector<int64_t> weight_dims = KnownDims(c, weights);
    SpectralConvSizes given;
    given.kind = adjoint ? SpectralConvKind::kAdjoint : SpectralConvKind::kForward;
    given.format = format;
    given.rank = static_cast<int>(rank);
    given.x = x_dims.data();
    given.other = other.data();
    given.weights = weight_dims.data();
    given.separable = separable;
    given.modes = modes.empty() ? nullptr : modes.data();
    TF_RETURN_IF_ERROR(ToAbsl(CheckSpectralConv(given)));
    if (separable) {
      TF_RETURN_IF_ERROR(c->Merge(c->Dim(weights, rank), c->Dim(x, place), &channels));
    } else {
      channels = c->Dim(weights, adjoint ? rank : rank + 1);
    }
  }
  ShapeHandle y = x;
  for (int i = 0; i < rank; ++i) {
    TF_RETURN_IF_ERROR(c->ReplaceDim(y, (last ? 1 : 2) + i, c->Dim(sizes, i), &y));
  }
  TF_RETURN_IF_ERROR(c->ReplaceDim(y, place, channels, &y));
  c->set_output(0, y);
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

REGISTER_OP("SpectralOps>SpectralConv")
    .Input("x: T")
    .Input("weights: W")
    .Input("output_size: Tsize")
    .Output("y: T")
    .Attr("T: {half, bfloat16, float, double}")
    .Attr("W: {complex64, complex128}")
    .Attr("Tsize: {int32, int64}")
    .Attr("modes: list(int) >= 0")
    .Attr("norm: {'forward', 'ortho', 'backward'}")
    .Attr("data_format: {'channels_last', 'channels_first'}")
    .Attr("adjoint: bool")
    .SetShapeFn(SpectralConvShapeFn)
    .Doc("Mixes the channels of the low Fourier modes of x; the adjoint of that in x.");

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

}  // namespace

SpectralConvKernel::SpectralConvKernel(tf::OpKernelConstruction* context) : TypedKernel(context) {
  std::string text;
  OP_REQUIRES_OK(context, context->GetAttr("norm", &text));
  OP_REQUIRES_OK(context, ToAbsl(ParseNorm(text, &norm_)));
  OP_REQUIRES_OK(context, context->GetAttr("data_format", &text));
  OP_REQUIRES_OK(context, ToAbsl(ParseDataFormat(text, &format_)));
  OP_REQUIRES_OK(context, context->GetAttr("modes", &modes_));
  if (context->HasAttr("adjoint")) {  // the weight gradient has none
    OP_REQUIRES_OK(context, context->GetAttr("adjoint", &adjoint_));
  }
  tf::DataType type = tf::DT_COMPLEX64;
  OP_REQUIRES_OK(context, context->GetAttr("W", &type));
  OP_REQUIRES(
      context, (type == tf::DT_COMPLEX128) == (dtype_ == DataType::kFloat64),
      absl::InvalidArgumentError("weights: must be complex128 for float64 x, complex64 otherwise"));
}

absl::Status SpectralConvKernel::MakeShape(const tf::Tensor& x, SpectralConvKind kind,
                                           const std::vector<int64_t>& other,
                                           const std::vector<int64_t>& weights,
                                           SpectralConvShape* shape) const {
  const int rank = x.dims() - 2;
  TF_RETURN_IF_ERROR(CheckRank(rank));
  TF_RETURN_IF_ERROR(CheckWeightsRank(rank, static_cast<int64_t>(weights.size())));
  if (!modes_.empty()) {
    TF_RETURN_IF_ERROR(CheckEntries("modes", static_cast<int64_t>(modes_.size()), rank));
  }
  const std::vector<int64_t> x_dims = DimsOf(x);
  SpectralConvSizes sizes;
  sizes.kind = kind;
  sizes.format = format_;
  sizes.rank = rank;
  sizes.x = x_dims.data();
  sizes.other = other.data();
  sizes.weights = weights.data();
  sizes.separable = static_cast<int>(weights.size()) == rank + 1;
  sizes.modes = modes_.empty() ? nullptr : modes_.data();
  return ToAbsl(MakeSpectralConvShape(sizes, shape));
}

absl::Status SpectralConvKernel::Convolve(tf::OpKernelContext* context) const {
  const tf::Tensor& x = context->input(0);
  const tf::Tensor& weights = context->input(1);
  TF_RETURN_IF_ERROR(CheckRank(x.dims() - 2));
  std::vector<int64_t> sizes;
  TF_RETURN_IF_ERROR(ReadVector("output_size", context->input(2), &sizes));
  TF_RETURN_IF_ERROR(CheckEntries("output_size", static_cast<int64_t>(sizes.size()), x.dims() - 2));
  Call call;
  TF_RETURN_IF_ERROR(MakeShape(x,
                               adjoint_ ? SpectralConvKind::kAdjoint : SpectralConvKind::kForward,
                               sizes, DimsOf(weights), &call.shape));
  const int rank = call.shape.rank;
  const bool last = format_ == DataFormat::kChannelsLast;
  tf::TensorShape y_shape = x.shape();
  for (int i = 0; i < rank; ++i) y_shape.set_dim((last ? 1 : 2) + i, sizes[i]);
  y_shape.set_dim(last ? rank + 1 : 1, adjoint_ ? call.shape.in : call.shape.out);
  call.source = x.data();
  call.weights = weights.data();
  return Start(context, y_shape, &call);
}

absl::Status SpectralConvKernel::WeightGradient(tf::OpKernelContext* context) const {
  const tf::Tensor& x = context->input(0);
  const tf::Tensor& grad_output = context->input(1);
  if (x.dims() != grad_output.dims()) {
    return absl::InvalidArgumentError("grad_output: shape " + grad_output.shape().DebugString() +
                                      "; its rank must be x's, " + std::to_string(x.dims()));
  }
  std::vector<int64_t> weights;
  TF_RETURN_IF_ERROR(ReadVector("weights_shape", context->input(2), &weights));
  for (const int64_t length : weights) {
    if (length >= 0) continue;
    return absl::InvalidArgumentError("weights_shape: " + std::to_string(length) +
                                      "; allowed: 0 or more");
  }
  Call call;
  TF_RETURN_IF_ERROR(
      MakeShape(x, SpectralConvKind::kWeightGradient, DimsOf(grad_output), weights, &call.shape));
  call.source = x.data();
  call.grad_output = grad_output.data();
  return Start(context, tf::TensorShape(weights), &call);
}

absl::Status SpectralConvKernel::Start(tf::OpKernelContext* context,
                                       const tf::TensorShape& target_shape, Call* call) const {
  tf::Tensor* target = nullptr;
  TF_RETURN_IF_ERROR(context->allocate_output(0, target_shape, &target));
  if (target->NumElements() == 0) return absl::OkStatus();
  call->target = target->data();
  call->target_bytes = target->TotalBytes();
  return Run(context, *call);
}

namespace {

class CpuSpectralConv : public SpectralConvKernel {
 public:
  explicit CpuSpectralConv(tf::OpKernelConstruction* context)
      : SpectralConvKernel(context), kernels_(GetSpectralConvKernels(GetSimdTarget(context))) {}

 protected:
  absl::Status Run(tf::OpKernelContext* context, const Call& call) const override {
    const GangFor parallel = ThreadsOf(context);
    const SpectralConvPlan plan =
        MakeSpectralConvPlan(call.shape, dtype_, norm_, kernels_.traits, parallel.max_workers());
    HeldAxes axes;
    if (!HoldAxes(plan, &axes)) {
      return absl::ResourceExhaustedError("no memory for the tables of the axes");
    }
    tf::Tensor workspace;
    TF_RETURN_IF_ERROR(AllocateWorkspace(context, plan.workspace_bytes, &workspace));
    kernels_.run(
        plan,
        {call.source, call.weights, call.grad_output, call.target, axes.data(), workspace.data()},
        parallel);
    return absl::OkStatus();
  }

 private:
  const SpectralConvKernels& kernels_;
};

REGISTER_KERNEL_BUILDER(Name("SpectralOps>SpectralConv").Device(tf::DEVICE_CPU),
                        OpOf<CpuSpectralConv, &SpectralConvKernel::Convolve>);
REGISTER_KERNEL_BUILDER(Name("SpectralOps>SpectralConvWeightGradient").Device(tf::DEVICE_CPU),
                        OpOf<CpuSpectralConv, &SpectralConvKernel::WeightGradient>);

}  // namespace
}  // namespace spectral_ops
