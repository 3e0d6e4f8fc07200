// Runs the resample operator on a device (chain_run.h).
#pragma once

#include <algorithm>
#include <cstdint>

#include "gpu/chain_run.h"
#include "gpu/resample.h"

namespace spectral_ops::gpu {

template <class Device>
Status RunResample(Device& device, const ResamplePlan& plan, const ResampleCall& call,
                   char* workspace) {
  return ForType<Half, BFloat16>(plan.chain.dtype, [&](auto tag) -> Status {
    using T = typename decltype(tag)::Type;
    if (plan.chain.count == 0) {
      return device.Copy(call.result, call.x,
                         static_cast<size_t>(plan.result_elements) * sizeof(T));
    }
    if (plan.chain.images == 0) return {};
    ChainRun<Device, true> run(device, plan.chain, workspace, call.windows);
    SPECTRAL_OPS_RETURN_IF_ERROR(run.template FillMatrices<ComputeType<T>>());
    return run.Run(plan.chain.images, static_cast<const T*>(call.x), static_cast<T*>(call.result));
  });
}

// Sums over lines (o, c) of a slice: partial[slice, k] = sum Re(conj(G[k]) X[k] turn[k]), of modes
// [outer, 2, bins, inner] each, or of cosines [outer, 1, bins, inner]. A thread takes one k and
// every eighth line.
template <class S>
struct SumModeProducts {
  AxisShape axis;
  int64_t outer = 0;
  int32_t bins = 1;
  int32_t inner = 1;
  int32_t slices = 1;
  const S* x = nullptr;
  const S* grad = nullptr;
  double* partial = nullptr;  // [slices, bins]

  Grid grid() const {
    return {CeilDiv(bins, kWarp) * slices, static_cast<size_t>(kThreads) * sizeof(double)};
  }

  template <class Block>
  SPECTRAL_OPS_DEVICE void Run(Block& block) const {
    const auto sums = block.template shared<double>(0);
    const int64_t slice = block.index() % slices;
    const auto k0 = static_cast<int32_t>(block.index() / slices) * kWarp;
    const int64_t lines = outer * inner;
    const int64_t end = lines * (slice + 1) / slices;
    block.Threads([&](int t) {
      const int32_t k = k0 + t % kWarp;
      const bool cosines = axis.rule == AxisRule::kSymmetric;
      const int64_t parts = cosines ? 1 : 2;
      const Root turn = TurnOf(axis, k);
      double sum = 0;
      for (int64_t line = lines * slice / slices + t / kWarp; line < end && k < bins;
           line += kWarps) {
        const int64_t o = line / inner;
        const int64_t re = (o * parts * bins + k) * inner + (line - o * inner);
        const int64_t im = re + int64_t{bins} * inner;
        const auto x_re = static_cast<double>(x[re]);
        const auto x_im = cosines ? 0 : static_cast<double>(x[im]);
        const auto grad_re = static_cast<double>(grad[re]);
        const auto grad_im = cosines ? 0 : static_cast<double>(grad[im]);
        sum += turn.cosine * (x_re * grad_re + x_im * grad_im) -
               turn.sine * (x_im * grad_re - x_re * grad_im);
      }
      sums.Store(t, t, sum);
    });
    block.Sync();
    block.Threads([&](int t) {
      if (t >= kWarp || k0 + t >= bins) return;
      double sum = 0;
      for (int warp = 0; warp < kWarps; ++warp) sum += sums.Load(t, warp * kWarp + t);
      partial[slice * bins + k0 + t] = sum;
    });
  }
};

// grad[k] = scale (1 or 2) sum of partial[.., k], in order.
template <class S>
struct FinishWindowGradient {
  AxisShape axis;
  double scale = 1;
  int64_t partials = 0;
  const double* partial = nullptr;
  S* grad = nullptr;

  Grid grid() const { return {CeilDiv(axis.bins(), kThreads), 0}; }

  template <class Block>
  SPECTRAL_OPS_DEVICE void Run(Block& block) const {
    const int64_t bins = axis.bins();
    block.Threads([&](int t) {
      const int64_t k = block.index() * kThreads + t;
      if (k >= bins) return;
      double sum = 0;
      for (int64_t i = 0; i < partials; ++i) sum += partial[i * bins + k];
      const auto count = static_cast<double>(BinMultiplicity(k, axis.kernel_band()));
      grad[k] = static_cast<S>(count * scale * sum);
    });
  }
};

template <class S, class Device>
Status RunWindowGradientAs(Device& device, const WindowGradientPlan& plan,
                           const WindowGradientCall& call, char* workspace) {
  auto* partial = reinterpret_cast<double*>(workspace + plan.partial_offset);
  const S* signal[2] = {static_cast<const S*>(call.x), static_cast<const S*>(call.grad_output)};
  S* modes[2] = {reinterpret_cast<S*>(workspace + plan.modes_offset[0]),
                 reinterpret_cast<S*>(workspace + plan.modes_offset[1])};
  ChainRun<Device> run[2] = {{device, plan.chain[0], workspace},
                             {device, plan.chain[1], workspace}};
  const bool empty = plan.outer * plan.inner == 0;
  for (int side = 0; side < 2 && !empty; ++side) {
    SPECTRAL_OPS_RETURN_IF_ERROR(run[side].template FillMatrices<S>());
  }
  const int64_t bins = plan.axis.bins();
  for (int64_t chunk = 0; chunk < plan.chunks() && !empty; ++chunk) {
    const int64_t first = chunk * plan.chunk;
    const int64_t own = std::min(plan.chunk, plan.outer - first);
    for (int side = 0; side < 2; ++side) {
      const int64_t image = plan.chain[side].pass[0].InputElements();
      SPECTRAL_OPS_RETURN_IF_ERROR(run[side].Run(own, signal[side] + first * image, modes[side]));
    }
    SPECTRAL_OPS_RETURN_IF_ERROR(device.Launch(
        SumModeProducts<S>{plan.axis, own, static_cast<int32_t>(bins),
                           static_cast<int32_t>(plan.inner), static_cast<int32_t>(plan.slices),
                           modes[0], modes[1], partial + chunk * plan.slices * bins}));
  }
  const int64_t partials = empty ? 0 : plan.chunks() * plan.slices;
  return device.Launch(FinishWindowGradient<S>{plan.axis, plan.scale, partials, partial,
                                               static_cast<S*>(call.result)});
}

template <class Device>
Status RunWindowGradient(Device& device, const WindowGradientPlan& plan,
                         const WindowGradientCall& call, char* workspace) {
  if (plan.dtype == DataType::kFloat64) {
    return RunWindowGradientAs<double>(device, plan, call, workspace);
  }
  return RunWindowGradientAs<float>(device, plan, call, workspace);
}

}  // namespace spectral_ops::gpu
