// The ops SpectralOps>Resample and SpectralOps>ResampleWindowGradient: registration, shape
// functions and kernels. Resample is its own gradient with respect to x, with the sizes exchanged
// and the adjoint's norm; spectral_ops/ops/resample.py registers both gradients.
#include "tf/resample_op.h"

#include <algorithm>

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

// x: [batch, *n, channels], output_size: [rank], windows: [AxisShape::bins] each
// -> y: [batch, *m, channels]; the channels second for channels_first.
absl::Status ResampleShapeFn(InferenceContext* c) {
  ResampleOp op;
  TF_RETURN_IF_ERROR(op.Read(c));
  ShapeHandle size_shape;
  TF_RETURN_IF_ERROR(c->WithRank(c->input(1), 1, &size_shape));
  const int64_t rank = KnownDims(c, size_shape)[0];
  if (rank < 0) {
    c->set_output(0, c->UnknownShape());
    return absl::OkStatus();
  }
  if (rank < 1 || rank > kMaxSpatialRank) {
    return absl::InvalidArgumentError(
        Concat("output_size: ", rank, " entries; allowed: 1 to ", kMaxSpatialRank));
  }
  TF_RETURN_IF_ERROR(op.CheckWindowAxes(rank, c->num_inputs() - 2));
  ShapeHandle x;
  TF_RETURN_IF_ERROR(c->WithRank(c->input(0), rank + 2, &x));
  ShapeHandle sizes;
  TF_RETURN_IF_ERROR(c->MakeShapeFromShapeTensor(1, &sizes));
  const Dims lengths = KnownDims(c, x);
  const Dims known_sizes = KnownDims(c, sizes);
  const int first = FirstSpatial(op.call.format);
  ShapeHandle y = x;
  for (int i = 0; i < rank; ++i) {
    TF_RETURN_IF_ERROR(
        ToAbsl(CheckResampleAxis(i, lengths[first + i], known_sizes[i], op.call.downsample_only)));
    TF_RETURN_IF_ERROR(
        c->ReplaceDim(y, first + i, c->RankKnown(sizes) ? c->Dim(sizes, i) : c->UnknownDim(), &y));
  }
  for (size_t w = 0; w < op.window_axes.size(); ++w) {
    ShapeHandle window;
    TF_RETURN_IF_ERROR(c->WithRank(c->input(2 + static_cast<int>(w)), 1, &window));
    const int axis = static_cast<int>(op.window_axes[w]);
    const int64_t given = KnownDims(c, window)[0];
    if (given >= 0 && lengths[first + axis] >= 0 && known_sizes[axis] >= 0) {
      TF_RETURN_IF_ERROR(ToAbsl(
          CheckWindowLength(axis, given, lengths[first + axis], known_sizes[axis], op.call.rule)));
    }
  }
  c->set_output(0, y);
  return absl::OkStatus();
}

// x: [.., n, ..], grad_output: [.., m, ..] -> [AxisShape::bins].
absl::Status WindowGradientShapeFn(InferenceContext* c) {
  ResampleWindowGradientOp op;
  TF_RETURN_IF_ERROR(op.Read(c));
  DimensionHandle bins = c->UnknownDim();
  ShapeHandle x = c->input(0);
  if (c->RankKnown(x)) {
    ShapeHandle grad_output;
    TF_RETURN_IF_ERROR(c->WithRank(c->input(1), c->Rank(x), &grad_output));
    if (op.call.axis < 0 || op.call.axis >= c->Rank(x) - 2) {
      return absl::InvalidArgumentError("axis: must lie below the spatial rank");
    }
    const int place = FirstSpatial(op.call.format) + op.call.axis;
    const int64_t n = c->Value(c->Dim(x, place));
    const int64_t m = c->RankKnown(grad_output) ? c->Value(c->Dim(grad_output, place)) : -1;
    if (n >= 0 && m >= 0) bins = c->MakeDim(AxisShape{n, m, true, op.call.rule}.bins());
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
    .Attr("boundary: {'periodic', 'symmetric'} = 'periodic'")
    .Attr("alignment: {'first', 'center'} = 'first'")
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
    .Attr("boundary: {'periodic', 'symmetric'} = 'periodic'")
    .Attr("alignment: {'first', 'center'} = 'first'")
    .SetShapeFn(WindowGradientShapeFn)
    .Doc("The gradient of Resample with respect to the window of one axis, the others resampled.");

REGISTER_KERNEL_BUILDER(Name("SpectralOps>Resample").Device(tf::DEVICE_CPU),
                        KernelOf<ResampleOp, OnCpu>);
REGISTER_KERNEL_BUILDER(Name("SpectralOps>ResampleWindowGradient").Device(tf::DEVICE_CPU),
                        KernelOf<ResampleWindowGradientOp, OnCpu>);

#ifdef SPECTRAL_OPS_HAS_CUDA
REGISTER_KERNEL_BUILDER(
    Name("SpectralOps>Resample").Device(tf::DEVICE_GPU).HostMemory("output_size"),
    KernelOf<ResampleOp, OnGpu>);
REGISTER_KERNEL_BUILDER(Name("SpectralOps>ResampleWindowGradient").Device(tf::DEVICE_GPU),
                        KernelOf<ResampleWindowGradientOp, OnGpu>);
#endif

}  // namespace
}  // namespace spectral_ops
