// Runs the spectral convolution on a device (chain_run.h).
#pragma once

#include <algorithm>
#include <cstdint>
#include <utility>

#include "gpu/chain_run.h"
#include "gpu/complex_product.h"
#include "gpu/filter_run.h"
#include "gpu/spectral_conv.h"

namespace spectral_ops::gpu {

// Weights [*modes, in, out], [*modes, channels] or [*modes], complex: rows are `in`, columns `out`.
inline ModeOperand WeightsOperand(const SpectralConvShape& shape) {
  ModeOperand operand;
  operand.row = 2 * shape.out;
  operand.column = 2;
  operand.group = shape.shared ? 0 : 2;
  int64_t stride = 2 * shape.weights_per_mode();
  for (int i = kMaxSpatialRank - 1; i >= 0; --i) {
    const ModeAxisShape& axis = shape.axis[i];
    operand.axis[i] = {static_cast<int32_t>(axis.low), static_cast<int32_t>(axis.weights),
                       static_cast<uint32_t>(stride)};
    stride *= axis.weights;
  }
  return operand;
}

// What is multiplied by what: everything but the values and the number of images.
template <class S>
ComplexProductArguments<S> SpectralProduct(const SpectralConvPlan& plan) {
  const SpectralConvShape& shape = plan.shape;
  ComplexProductArguments<S> args;
  ModeExtents extents;
  for (int i = 0; i < kMaxSpatialRank; ++i) extents[i] = shape.axis[i].modes();
  args.SetExtents(extents);
  args.groups = shape.separable ? static_cast<int32_t>(shape.in) : 1;
  ModeOperand side[2];
  for (int s = 0; s < 2; ++s) {
    side[s] = SpectrumOperand(shape.format, extents, plan.channels[s]);
  }
  args.depth = shape.separable ? 1 : static_cast<int32_t>(plan.channels[0]);
  args.columns = shape.separable ? 1 : static_cast<int32_t>(plan.channels[1]);
  args.a = side[0];
  args.b = WeightsOperand(shape);
  args.c = side[1];
  switch (shape.kind) {
    case SpectralConvKind::kForward:
      break;
    case SpectralConvKind::kAdjoint:
      std::swap(args.b.row, args.b.column);
      args.conjugate_b = true;
      break;
    case SpectralConvKind::kWeightGradient:
      args.rows = args.depth;
      if (shape.shared) std::swap(args.groups, args.added);
      std::swap(args.a.row, args.a.column);
      args.conjugate_a = true;
      std::swap(args.b, args.c);
      break;
  }
  return args;
}

template <class T, class Device>
Status RunSpectralConvAs(Device& device, const SpectralConvPlan& plan, const SpectralConvCall& call,
                         char* workspace) {
  using S = ComputeType<T>;
  const SpectralConvShape& shape = plan.shape;
  const bool gradient = shape.kind == SpectralConvKind::kWeightGradient;
  // Weights that no mode meets have no gradient; without channels nothing is added up.
  if (gradient || shape.in == 0 || shape.out == 0) {
    const size_t element = gradient ? 2 * sizeof(S) : sizeof(T);
    SPECTRAL_OPS_RETURN_IF_ERROR(
        device.Zero(call.result, static_cast<size_t>(plan.result_elements) * element));
  }
  if (shape.batch == 0 || shape.in == 0 || shape.out == 0) return {};
  if (plan.filter.used) return FilterRun<T, Device>(device, plan, call, workspace).Run();
  S* spectrum[2] = {reinterpret_cast<S*>(workspace + plan.spectrum_offset[0]),
                    reinterpret_cast<S*>(workspace + plan.spectrum_offset[1])};
  ChainRun<Device> run[2] = {{device, plan.side[0], workspace}, {device, plan.side[1], workspace}};
  for (ChainRun<Device>& side : run) {
    SPECTRAL_OPS_RETURN_IF_ERROR(side.template FillMatrices<S>());
  }
  ComplexProductArguments<S> args = SpectralProduct<S>(plan);
  args.a_values = spectrum[0];
  const auto analyze = [&](int s, const void* signal, int64_t first, int64_t images) {
    const int64_t image = plan.planes(s) * plan.side[s].pass[0].InputElements();
    return run[s].Run(images * plan.planes(s), static_cast<const T*>(signal) + first * image,
                      spectrum[s]);
  };
  for (int64_t first = 0; first < shape.batch; first += plan.group) {
    const int64_t own = std::min(plan.group, shape.batch - first);
    SPECTRAL_OPS_RETURN_IF_ERROR(analyze(0, call.source, first, own));
    if (gradient) {
      SPECTRAL_OPS_RETURN_IF_ERROR(analyze(1, call.grad_output, first, own));
      args.depth = static_cast<int32_t>(own);
      args.b_values = spectrum[1];
      args.c_values = static_cast<S*>(call.result);
      args.accumulate = first > 0;
      SPECTRAL_OPS_RETURN_IF_ERROR(MultiplySpectra(device, args));
      continue;
    }
    args.rows = static_cast<int32_t>(own);
    args.b_values = static_cast<const S*>(call.weights);
    args.c_values = spectrum[1];
    SPECTRAL_OPS_RETURN_IF_ERROR(MultiplySpectra(device, args));
    const Chain& target = plan.side[1];
    const int64_t image = plan.planes(1) * target.pass[target.count - 1].OutputElements();
    SPECTRAL_OPS_RETURN_IF_ERROR(run[1].Run(own * plan.planes(1),
                                            static_cast<const S*>(spectrum[1]),
                                            static_cast<T*>(call.result) + first * image));
  }
  return {};
}

template <class Device>
Status RunSpectralConv(Device& device, const SpectralConvPlan& plan, const SpectralConvCall& call,
                       char* workspace) {
  return ForType<Half, BFloat16>(plan.dtype, [&](auto tag) {
    return RunSpectralConvAs<typename decltype(tag)::Type>(device, plan, call, workspace);
  });
}

}  // namespace spectral_ops::gpu
