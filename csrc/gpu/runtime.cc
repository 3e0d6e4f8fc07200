#include "gpu/runtime.h"

#include <algorithm>
#include <cstddef>
#include <iterator>

namespace spectral_ops::gpu {
namespace {

size_t Bytes(const Dims& dims, size_t element) {
  return static_cast<size_t>(CountElements(dims)) * element;
}

template <class Plan, class Buffers>
Status RunPlan(const Plan& plan, Buffers* buffers, Runtime* runtime) {
  SPECTRAL_OPS_RETURN_IF_ERROR(
      runtime->workspace().Take(plan.workspace_bytes, &buffers->workspace));
  return runtime->Run(plan, *buffers);
}

}  // namespace

Status RunResample(const ResampleCall& call, Runtime& runtime) {
  ResampleShape shape;
  Dims y_dims;
  SPECTRAL_OPS_RETURN_IF_ERROR(Check(call, &shape, &y_dims));
  ResamplePlan plan;
  SPECTRAL_OPS_RETURN_IF_ERROR(
      MakeResamplePlan(shape, call.dtype, call.norm, runtime.traits(), &plan));
  ResampleBuffers buffers;
  buffers.x = call.x;
  std::copy(std::begin(call.windows), std::end(call.windows), buffers.windows);
  buffers.y = call.result;
  return RunPlan(plan, &buffers, &runtime);
}

Status RunWindowGradient(const WindowGradientCall& call, Runtime& runtime) {
  WindowGradientShape shape;
  Dims grad_window_dims;
  SPECTRAL_OPS_RETURN_IF_ERROR(Check(call, &shape, &grad_window_dims));
  WindowGradientPlan plan;
  SPECTRAL_OPS_RETURN_IF_ERROR(
      MakeWindowGradientPlan(shape, call.dtype, call.norm, runtime.traits(), &plan));
  WindowGradientBuffers buffers = {call.x, call.grad_output, call.result, nullptr};
  return RunPlan(plan, &buffers, &runtime);
}

Status RunConv(const ConvCall& call, Runtime& runtime) {
  ConvShape shape;
  Dims result_dims;
  SPECTRAL_OPS_RETURN_IF_ERROR(Check(call, &shape, &result_dims));
  ConvPlan plan;
  SPECTRAL_OPS_RETURN_IF_ERROR(MakeConvPlan(shape, call.map, call.dtype, runtime.traits(), &plan));
  ConvBuffers buffers = {call.source, call.other, call.result,
                         Bytes(result_dims, ElementSize(call.dtype)), nullptr};
  return RunPlan(plan, &buffers, &runtime);
}

Status RunSpectralConv(const SpectralConvCall& call, Runtime& runtime) {
  SpectralConvShape shape;
  Dims target_dims;
  SPECTRAL_OPS_RETURN_IF_ERROR(Check(call, &shape, &target_dims));
  SpectralConvPlan plan;
  SPECTRAL_OPS_RETURN_IF_ERROR(
      MakeSpectralConvPlan(shape, call.dtype, call.norm, runtime.traits(), &plan));
  const bool gradient = call.kind == SpectralConvKind::kWeightGradient;
  const size_t element = gradient ? 2 * ComputeSize(call.dtype) : ElementSize(call.dtype);
  SpectralConvBuffers buffers = {
      call.source, call.weights, call.grad_output, call.result, Bytes(target_dims, element),
      nullptr};
  return RunPlan(plan, &buffers, &runtime);
}

}  // namespace spectral_ops::gpu
