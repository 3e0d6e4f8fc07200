// The ops SpectralOps>WaveletAnalysis, >WaveletSynthesis and >WaveletFilterGradient: registration,
// shape functions and kernels. Either of the first two is the other's gradient with respect to its
// signal; spectral_ops/ops/wavelet.py registers the gradients.
#include "tf/wavelet_op.h"

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

absl::Status CheckRank(int rank) {
  if (rank >= 1 && rank <= kMaxSpatialRank) return absl::OkStatus();
  return absl::InvalidArgumentError(Concat("filters: ", rank, " of them; allowed: 1 to ",
                                           kMaxSpatialRank, ", one for each spatial axis"));
}

// Reads the filters' dims from input `first` on.
absl::Status ReadFilters(InferenceContext* c, int first, WaveletCall* call) {
  TF_RETURN_IF_ERROR(CheckRank(call->rank));
  for (int i = 0; i < call->rank; ++i) {
    call->filter_dims[static_cast<size_t>(i)] = KnownDims(c, c->input(first + i));
    TF_RETURN_IF_ERROR(ToAbsl(CheckFilters(*call, i)));
  }
  return absl::OkStatus();
}

int64_t TapsOf(const WaveletCall& call, int axis) {
  const Dims& dims = call.filter_dims[static_cast<size_t>(axis)];
  return dims.rank == 2 ? dims[1] : -1;
}

// x: [batch, *n, channels], filters: [2, taps] each -> bands: [batch, *h, 2^d, channels], or
// [batch, 2^d, channels, *h].
absl::Status AnalysisShapeFn(InferenceContext* c) {
  WaveletAnalysisOp op;
  TF_RETURN_IF_ERROR(op.Read(c));
  WaveletCall& call = op.call;
  TF_RETURN_IF_ERROR(ReadFilters(c, 1, &call));
  const int rank = call.rank;
  ShapeHandle x;
  TF_RETURN_IF_ERROR(c->WithRank(c->input(0), rank + 2, &x));
  const Dims lengths = KnownDims(c, x);
  ShapeHandle bands = c->UnknownShapeOfRank(rank + 3);
  const bool last = call.format == DataFormat::kChannelsLast;
  TF_RETURN_IF_ERROR(c->ReplaceDim(bands, 0, c->Dim(x, 0), &bands));
  TF_RETURN_IF_ERROR(
      c->ReplaceDim(bands, BandsAt(call.format, rank), c->MakeDim(int64_t{1} << rank), &bands));
  TF_RETURN_IF_ERROR(
      c->ReplaceDim(bands, last ? rank + 2 : 2, c->Dim(x, ChannelsAt(call.format, rank)), &bands));
  for (int i = 0; i < rank; ++i) {
    const int64_t n = lengths[FirstSpatial(call.format) + i];
    TF_RETURN_IF_ERROR(ToAbsl(CheckLength("x", i, n)));
    TF_RETURN_IF_ERROR(ToAbsl(CheckWaveletAxis(call, i, n)));
    const int64_t taps = TapsOf(call, i);
    if (n < 0 || taps < 0) continue;
    const int64_t h = CountCoefficients(call.rule, call.mode, n, taps);
    TF_RETURN_IF_ERROR(
        c->ReplaceDim(bands, FirstSpatialOfBands(call.format) + i, c->MakeDim(h), &bands));
  }
  c->set_output(0, bands);
  return absl::OkStatus();
}

// bands, size: [d], filters -> x: [batch, *size, channels].
absl::Status SynthesisShapeFn(InferenceContext* c) {
  WaveletSynthesisOp op;
  TF_RETURN_IF_ERROR(op.Read(c));
  WaveletCall& call = op.call;
  TF_RETURN_IF_ERROR(ReadFilters(c, 2, &call));
  const int rank = call.rank;
  ShapeHandle bands;
  TF_RETURN_IF_ERROR(c->WithRank(c->input(0), rank + 3, &bands));
  DimensionHandle count;
  TF_RETURN_IF_ERROR(
      c->WithValue(c->Dim(bands, BandsAt(call.format, rank)), int64_t{1} << rank, &count));
  ShapeHandle sizes;
  TF_RETURN_IF_ERROR(c->MakeShapeFromShapeTensor(1, &sizes));
  if (!c->RankKnown(sizes)) sizes = c->UnknownShapeOfRank(rank);
  TF_RETURN_IF_ERROR(c->WithRank(sizes, rank, &sizes));
  const Dims size = KnownDims(c, sizes);
  const bool last = call.format == DataFormat::kChannelsLast;
  ShapeHandle x = c->UnknownShapeOfRank(rank + 2);
  TF_RETURN_IF_ERROR(c->ReplaceDim(x, 0, c->Dim(bands, 0), &x));
  TF_RETURN_IF_ERROR(
      c->ReplaceDim(x, ChannelsAt(call.format, rank), c->Dim(bands, last ? rank + 2 : 2), &x));
  for (int i = 0; i < rank; ++i) {
    TF_RETURN_IF_ERROR(ToAbsl(CheckSize("output_size", i, size[i])));
    TF_RETURN_IF_ERROR(ToAbsl(CheckWaveletAxis(call, i, size[i])));
    TF_RETURN_IF_ERROR(c->ReplaceDim(x, FirstSpatial(call.format) + i, c->Dim(sizes, i), &x));
  }
  c->set_output(0, x);
  return absl::OkStatus();
}

// x, bands, filters -> [2, taps] of one axis.
absl::Status FilterGradientShapeFn(InferenceContext* c) {
  WaveletFilterGradientOp op;
  TF_RETURN_IF_ERROR(op.Read(c));
  TF_RETURN_IF_ERROR(ReadFilters(c, 2, &op.call));
  if (op.call.axis < 0 || op.call.axis >= op.call.rank) {
    return absl::InvalidArgumentError(
        Concat("axis: ", op.call.axis, "; allowed: 0 to ", op.call.rank - 1));
  }
  const int64_t taps = TapsOf(op.call, op.call.axis);
  c->set_output(0, c->Matrix(2, taps < 0 ? c->UnknownDim() : c->MakeDim(taps)));
  return absl::OkStatus();
}

#define SPECTRAL_OPS_WAVELET_ATTRIBUTES                                               \
  Attr("W: {float, double}")                                                          \
      .Attr("N: int >= 1")                                                            \
      .Attr("rule: {'dwt', 'idwt', 'swt'}")                                           \
      .Attr(                                                                          \
          "mode: {'zero', 'constant', 'symmetric', 'reflect', 'periodic', 'smooth', " \
          "'periodization', 'antisymmetric', 'antireflect'}")                         \
      .Attr("level: int >= 0 = 0")                                                    \
      .Attr("data_format: {'channels_last', 'channels_first'}")

REGISTER_OP("SpectralOps>WaveletAnalysis")
    .Input("x: T")
    .Input("filters: N * W")
    .Output("bands: T")
    .Attr("T: {half, bfloat16, float, double}")
    .SPECTRAL_OPS_WAVELET_ATTRIBUTES.SetShapeFn(AnalysisShapeFn)
    .Doc("One level of a wavelet transform along each spatial axis of x.");

REGISTER_OP("SpectralOps>WaveletSynthesis")
    .Input("bands: T")
    .Input("size: Tsize")
    .Input("filters: N * W")
    .Output("x: T")
    .Attr("T: {half, bfloat16, float, double}")
    .Attr("Tsize: {int32, int64}")
    .SPECTRAL_OPS_WAVELET_ATTRIBUTES.SetShapeFn(SynthesisShapeFn)
    .Doc("The adjoint of WaveletAnalysis of the same filters and rule.");

REGISTER_OP("SpectralOps>WaveletFilterGradient")
    .Input("x: T")
    .Input("bands: T")
    .Input("filters: N * W")
    .Output("grad_filters: W")
    .Attr("T: {float, double}")
    .Attr("axis: int")
    .SPECTRAL_OPS_WAVELET_ATTRIBUTES.SetShapeFn(FilterGradientShapeFn)
    .Doc("The gradient of sum(bands * WaveletAnalysis(x)) by the filters of one axis.");

REGISTER_KERNEL_BUILDER(Name("SpectralOps>WaveletAnalysis").Device(tf::DEVICE_CPU),
                        KernelOf<WaveletAnalysisOp, OnCpu>);
REGISTER_KERNEL_BUILDER(Name("SpectralOps>WaveletSynthesis").Device(tf::DEVICE_CPU),
                        KernelOf<WaveletSynthesisOp, OnCpu>);
REGISTER_KERNEL_BUILDER(Name("SpectralOps>WaveletFilterGradient").Device(tf::DEVICE_CPU),
                        KernelOf<WaveletFilterGradientOp, OnCpu>);

#ifdef SPECTRAL_OPS_HAS_CUDA
REGISTER_KERNEL_BUILDER(Name("SpectralOps>WaveletAnalysis").Device(tf::DEVICE_GPU),
                        KernelOf<WaveletAnalysisOp, OnGpu>);
REGISTER_KERNEL_BUILDER(
    Name("SpectralOps>WaveletSynthesis").Device(tf::DEVICE_GPU).HostMemory("size"),
    KernelOf<WaveletSynthesisOp, OnGpu>);
REGISTER_KERNEL_BUILDER(Name("SpectralOps>WaveletFilterGradient").Device(tf::DEVICE_GPU),
                        KernelOf<WaveletFilterGradientOp, OnGpu>);
#endif

}  // namespace
}  // namespace spectral_ops
