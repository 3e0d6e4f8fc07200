// The ops SpectralOps>Resample and SpectralOps>ResampleWindowGradient: registration, shape
// functions, what their kernels check and the CPU kernels. Resample is its own gradient with
// respect to x, with the sizes exchanged and the adjoint's norm; spectral_ops/ops/resample.py
// registers both gradients.
#include "tf/resample_op.h"

#include <algorithm>
#include <iterator>
#include <string>
#include <vector>

#include "cpu/resample/resample.h"
#include "cpu/resample/resample_plan.h"
#include "tensorflow/core/framework/op.h"
#include "tensorflow/core/framework/shape_inference.h"

namespace spectral_ops {
namespace {

namespace tf = tensorflow;
using tf::shape_inference::DimensionHandle;
using tf::shape_inference::InferenceContext;
using tf::shape_inference::ShapeHandle;

int FirstSpatial(DataFormat format) { return format == DataFormat::kChannelsLast ? 1 : 2; }

absl::Status GetFormat(InferenceContext* c, DataFormat* format) {
  std::string text;
  TF_RETURN_IF_ERROR(c->GetAttr("data_format", &text));
  return ToAbsl(ParseDataFormat(text, format));
}

absl::Status CheckWindowAxes(const std::vector<int64_t>& axes, int64_t rank, int windows) {
  if (static_cast<int>(axes.size()) != windows) {
    return absl::InvalidArgumentError("windows: their number differs from window_axes'");
  }
  for (size_t i = 0; i < axes.size(); ++i) {
    if (axes[i] < 0 || axes[i] >= rank || (i > 0 && axes[i] <= axes[i - 1])) {
      return absl::InvalidArgumentError("window_axes: must rise and lie below the spatial rank");
    }
  }
  return absl::OkStatus();
}

absl::Status ReadSizes(const tf::Tensor& tensor, std::vector<int64_t>* sizes) {
  if (tensor.dims() != 1 || tensor.dim_size(0) < 1 || tensor.dim_size(0) > kMaxSpatialRank) {
    return absl::InvalidArgumentError("output_size: shape " + tensor.shape().DebugString() +
                                      "; allowed: 1 to " + std::to_string(kMaxSpatialRank) +
                                      " entries");
  }
  return ReadVector("output_size", tensor, sizes);
}

// x: [batch, *n, channels], output_size: [rank], windows: [min(n, m)//2 + 1] each
// -> y: [batch, *m, channels]; the channels second for channels_first.
absl::Status ResampleShapeFn(InferenceContext* c) {
  DataFormat format = DataFormat::kChannelsLast;
  TF_RETURN_IF_ERROR(GetFormat(c, &format));
  bool downsample_only = false;
  TF_RETURN_IF_ERROR(c->GetAttr("downsample_only", &downsample_only));
  std::vector<int64_t> window_axes;
  TF_RETURN_IF_ERROR(c->GetAttr("window_axes", &window_axes));

  ShapeHandle size_shape;
  TF_RETURN_IF_ERROR(c->WithRank(c->input(1), 1, &size_shape));
  const int64_t rank = LengthOrUnknown(c, size_shape, 0);
  if (rank < 0) {
    c->set_output(0, c->UnknownShape());
    return absl::OkStatus();
  }
  if (rank < 1 || rank > kMaxSpatialRank) {
    return absl::InvalidArgumentError("output_size: " + std::to_string(rank) +
                                      " entries; allowed: 1 to " + std::to_string(kMaxSpatialRank));
  }
  TF_RETURN_IF_ERROR(CheckWindowAxes(window_axes, rank, c->num_inputs() - 2));
  ShapeHandle x;
  TF_RETURN_IF_ERROR(c->WithRank(c->input(0), rank + 2, &x));
  ShapeHandle sizes;
  TF_RETURN_IF_ERROR(c->MakeShapeFromShapeTensor(1, &sizes));
  const int first = FirstSpatial(format);
  ShapeHandle y = x;
  for (int i = 0; i < rank; ++i) {
    const int64_t length = LengthOrUnknown(c, x, first + i);
    const int64_t size = LengthOrUnknown(c, sizes, i);
    TF_RETURN_IF_ERROR(ToAbsl(CheckResampleAxis(i, length, size, downsample_only)));
    TF_RETURN_IF_ERROR(
        c->ReplaceDim(y, first + i, c->RankKnown(sizes) ? c->Dim(sizes, i) : c->UnknownDim(), &y));
  }
  for (size_t w = 0; w < window_axes.size(); ++w) {
    ShapeHandle window;
    TF_RETURN_IF_ERROR(c->WithRank(c->input(2 + static_cast<int>(w)), 1, &window));
    const int axis = static_cast<int>(window_axes[w]);
    const int64_t given = LengthOrUnknown(c, window, 0);
    const int64_t length = LengthOrUnknown(c, x, first + axis);
    const int64_t size = LengthOrUnknown(c, sizes, axis);
    if (given >= 0 && length >= 0 && size >= 0) {
      TF_RETURN_IF_ERROR(ToAbsl(CheckWindowLength(axis, given, length, size)));
    }
  }
  c->set_output(0, y);
  return absl::OkStatus();
}

// x: [.., n, ..], grad_output: [.., m, ..] -> [min(n, m)//2 + 1].
absl::Status WindowGradientShapeFn(InferenceContext* c) {
  DataFormat format = DataFormat::kChannelsLast;
  TF_RETURN_IF_ERROR(GetFormat(c, &format));
  int64_t axis = 0;
  TF_RETURN_IF_ERROR(c->GetAttr("axis", &axis));
  DimensionHandle bins = c->UnknownDim();
  ShapeHandle x = c->input(0);
  if (c->RankKnown(x)) {
    ShapeHandle grad_output;
    TF_RETURN_IF_ERROR(c->WithRank(c->input(1), c->Rank(x), &grad_output));
    if (axis < 0 || axis >= c->Rank(x) - 2) {
      return absl::InvalidArgumentError("axis: must lie below the spatial rank");
    }
    const int place = FirstSpatial(format) + static_cast<int>(axis);
    const int64_t n = LengthOrUnknown(c, x, place);
    const int64_t m = LengthOrUnknown(c, grad_output, place);
    if (n >= 0 && m >= 0) bins = c->MakeDim((n < m ? n : m) / 2 + 1);
  }
  c->set_output(0, c->Vector(bins));
  return absl::OkStatus();
}

REGISTER_OP("SpectralOps>Resample")
    .Input("x: T")
    .Input("output_size: Tsize")
    .Input("windows: N * W")
    .Output("y: T")
    .Attr("T: {half, bfloat16, float, double}")
    .Attr("Tsize: {int32, int64}")
    .Attr("W: {float, double} = DT_FLOAT")
    .Attr("N: int >= 0")
    .Attr("window_axes: list(int) >= 0")
    .Attr("norm: {'forward', 'ortho', 'backward'}")
    .Attr("data_format: {'channels_last', 'channels_first'}")
    .Attr("downsample_only: bool")
    .SetShapeFn(ResampleShapeFn)
    .Doc("Keeps the low band of x along each spatial axis, at a new length.");

REGISTER_OP("SpectralOps>ResampleWindowGradient")
    .Input("x: T")
    .Input("grad_output: T")
    .Output("grad_window: T")
    .Attr("T: {float, double}")
    .Attr("axis: int")
    .Attr("norm: {'forward', 'ortho', 'backward'}")
    .Attr("data_format: {'channels_last', 'channels_first'}")
    .SetShapeFn(WindowGradientShapeFn)
    .Doc("The gradient of Resample with respect to the window of one axis, the others resampled.");

}  // namespace

ResampleKernel::ResampleKernel(tf::OpKernelConstruction* context) : TypedKernel(context) {
  std::string text;
  OP_REQUIRES_OK(context, context->GetAttr("norm", &text));
  OP_REQUIRES_OK(context, ToAbsl(ParseNorm(text, &norm_)));
  OP_REQUIRES_OK(context, context->GetAttr("data_format", &text));
  OP_REQUIRES_OK(context, ToAbsl(ParseDataFormat(text, &format_)));
}

ResampleOp::ResampleOp(tf::OpKernelConstruction* context) : ResampleKernel(context) {
  OP_REQUIRES_OK(context, context->GetAttr("downsample_only", &downsample_only_));
  OP_REQUIRES_OK(context, context->GetAttr("window_axes", &window_axes_));
  tf::DataType window_type = tf::DT_FLOAT;
  OP_REQUIRES_OK(context, context->GetAttr("W", &window_type));
  OP_REQUIRES(
      context,
      window_axes_.empty() || (window_type == tf::DT_DOUBLE) == (dtype_ == DataType::kFloat64),
      absl::InvalidArgumentError("windows: must be float64 for float64 x, float32 otherwise"));
}

void ResampleOp::Compute(tf::OpKernelContext* context) {
  const tf::Tensor& x = context->input(0);
  std::vector<int64_t> sizes;
  OP_REQUIRES_OK(context, ReadSizes(context->input(1), &sizes));
  const int rank = static_cast<int>(sizes.size());
  OP_REQUIRES(context, x.dims() == rank + 2,
              absl::InvalidArgumentError(
                  "x: shape " + x.shape().DebugString() + "; with " + std::to_string(rank) +
                  " entries in output_size its rank must be " + std::to_string(rank + 2)));
  OP_REQUIRES_OK(context, CheckWindowAxes(window_axes_, rank, context->num_inputs() - 2));
  bool windowed[kMaxSpatialRank] = {};
  for (int64_t axis : window_axes_) windowed[axis] = true;

  const std::vector<int64_t> x_dims = DimsOf(x);
  Call call;
  OP_REQUIRES_OK(context, ToAbsl(MakeResampleShape(x_dims.data(), rank, sizes.data(), windowed,
                                                   format_, downsample_only_, &call.shape)));
  const int first = FirstSpatial(format_);
  for (size_t w = 0; w < window_axes_.size(); ++w) {
    const tf::Tensor& window = context->input(2 + static_cast<int>(w));
    const int axis = static_cast<int>(window_axes_[w]);
    OP_REQUIRES(context, window.dims() == 1,
                absl::InvalidArgumentError("windows[" + std::to_string(axis) + "]: shape " +
                                           window.shape().DebugString() + " is not 1-D"));
    OP_REQUIRES_OK(context, ToAbsl(CheckWindowLength(axis, window.dim_size(0), x_dims[first + axis],
                                                     sizes[axis])));
    call.windows[axis] = window.data();
  }
  const AxisShape* axes = call.shape.axis;
  if (std::all_of(axes, axes + rank, [](const AxisShape& axis) { return axis.IsIdentity(); })) {
    context->set_output(0, x);
    return;
  }
  tf::TensorShape y_shape = x.shape();
  for (int i = 0; i < rank; ++i) y_shape.set_dim(first + i, sizes[i]);
  tf::Tensor* y = nullptr;
  OP_REQUIRES_OK(context, context->allocate_output(0, y_shape, &y));
  if (y->NumElements() == 0) return;
  call.x = x.data();
  call.y = y->data();
  OP_REQUIRES_OK(context, Run(context, call));
}

ResampleWindowGradientOp::ResampleWindowGradientOp(tf::OpKernelConstruction* context)
    : ResampleKernel(context) {
  int64_t axis = 0;
  OP_REQUIRES_OK(context, context->GetAttr("axis", &axis));
  axis_ = static_cast<int>(axis);
}

void ResampleWindowGradientOp::Compute(tf::OpKernelContext* context) {
  const tf::Tensor& x = context->input(0);
  const tf::Tensor& grad_output = context->input(1);
  OP_REQUIRES(context, x.dims() >= 3 && x.dims() <= kMaxSpatialRank + 2,
              absl::InvalidArgumentError("x: shape " + x.shape().DebugString() +
                                         "; its rank must be 3 to 5"));
  OP_REQUIRES(context, x.dims() == grad_output.dims(),
              absl::InvalidArgumentError("grad_output: shape " + grad_output.shape().DebugString() +
                                         "; its rank must be x's, " + std::to_string(x.dims())));
  WindowGradientShape shape;
  OP_REQUIRES_OK(context,
                 ToAbsl(MakeWindowGradientShape(DimsOf(x).data(), DimsOf(grad_output).data(),
                                                x.dims() - 2, axis_, format_, &shape)));
  tf::Tensor* grad_window = nullptr;
  OP_REQUIRES_OK(context,
                 context->allocate_output(0, tf::TensorShape({shape.axis.bins()}), &grad_window));
  OP_REQUIRES_OK(context, Run(context, x, grad_output, grad_window));
}

namespace {

class CpuResample final : public ResampleOp {
 public:
  explicit CpuResample(tf::OpKernelConstruction* context)
      : ResampleOp(context), kernels_(GetResampleKernels(GetSimdTarget(context))) {}

 protected:
  absl::Status Run(tf::OpKernelContext* context, const Call& call) const override {
    const GangFor parallel = ThreadsOf(context);
    const ResamplePlan plan =
        MakeResamplePlan(call.shape, dtype_, norm_, kernels_.traits, parallel.max_workers());
    HeldAxes axes;
    if (!HoldAxes(plan, &axes)) {
      return absl::ResourceExhaustedError("no memory for the tables of the axes");
    }
    tf::Tensor workspace;
    TF_RETURN_IF_ERROR(AllocateWorkspace(context, plan.workspace_bytes, &workspace));
    ResampleBuffers buffers;
    buffers.x = call.x;
    std::copy(std::begin(call.windows), std::end(call.windows), buffers.windows);
    buffers.axes = axes.data();
    buffers.y = call.y;
    buffers.workspace = workspace.data();
    kernels_.forward(plan, buffers, parallel);
    return absl::OkStatus();
  }

 private:
  const ResampleKernels& kernels_;
};

class CpuResampleWindowGradient final : public ResampleWindowGradientOp {
 public:
  explicit CpuResampleWindowGradient(tf::OpKernelConstruction* context)
      : ResampleWindowGradientOp(context), kernels_(GetResampleKernels(GetSimdTarget(context))) {}

 protected:
  absl::Status Run(tf::OpKernelContext* context, const tf::Tensor& x, const tf::Tensor& grad_output,
                   tf::Tensor* grad_window) const override {
    const GangFor parallel = ThreadsOf(context);
    WindowGradientShape shape;
    TF_RETURN_IF_ERROR(ToAbsl(MakeWindowGradientShape(DimsOf(x).data(), DimsOf(grad_output).data(),
                                                      x.dims() - 2, axis_, format_, &shape)));
    const WindowGradientPlan plan =
        MakeWindowGradientPlan(shape, dtype_, norm_, kernels_.traits, parallel.max_workers());
    HeldAxes axes;
    if (!HoldAxes(plan, &axes)) {
      return absl::ResourceExhaustedError("no memory for the tables of the axes");
    }
    tf::Tensor workspace;
    TF_RETURN_IF_ERROR(AllocateWorkspace(context, plan.workspace_bytes, &workspace));
    kernels_.window_gradient(
        plan, {x.data(), grad_output.data(), grad_window->data(), axes.data(), workspace.data()},
        parallel);
    return absl::OkStatus();
  }

 private:
  const ResampleKernels& kernels_;
};

REGISTER_KERNEL_BUILDER(Name("SpectralOps>Resample").Device(tf::DEVICE_CPU), CpuResample);
REGISTER_KERNEL_BUILDER(Name("SpectralOps>ResampleWindowGradient").Device(tf::DEVICE_CPU),
                        CpuResampleWindowGradient);

}  // namespace
}  // namespace spectral_ops
