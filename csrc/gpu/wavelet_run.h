// Runs a level of a wavelet transform on a device (chain_run.h).
#pragma once

#include <algorithm>
#include <cstdint>

#include "gpu/chain_run.h"
#include "gpu/wavelet.h"
#include "gpu/wavelet_gradient.h"
#include "gpu/wavelet_pass.h"

namespace spectral_ops::gpu {

template <class T, class Device>
class WaveletRun {
 public:
  WaveletRun(Device& device, const WaveletPlan& plan, const WaveletCall& call, char* workspace)
      : device_(device), plan_(plan), call_(call), workspace_(workspace) {}

  Status Run() {
    const auto* x = static_cast<const T*>(call_.x);
    const auto* bands = static_cast<const T*>(call_.bands);
    auto* result = static_cast<T*>(call_.result);
    for (int64_t first = 0; first < plan_.images; first += plan_.chunk) {
      const int64_t own = std::min(plan_.chunk, plan_.images - first);
      const int64_t samples = first * ImageSamples();
      const int64_t coefficients = plan_.OffsetOfBands(first);
      SPECTRAL_OPS_RETURN_IF_ERROR(
          plan_.synthesis()
              ? (RunPasses<T, T>(0, first, own, bands + coefficients, result + samples))
              : (RunPasses<T, T>(0, first, own, x + samples, result + coefficients)));
    }
    return {};
  }

  // T is float or double.
  Status RunFilterGradient() {
    constexpr int kFew = 4;  // taps, whose sums take fewer registers
    return plan_.own.axis.taps > kFew ? RunFilterGradientBy<2 * kFew>()
                                      : RunFilterGradientBy<kFew>();
  }

 private:
  using S = ComputeType<T>;

  // A block takes so many taps.
  template <int kTaps>
  Status RunFilterGradientBy() {
    const auto* x = static_cast<const T*>(call_.x);
    const auto* bands = static_cast<const T*>(call_.bands);
    const WaveletPass& pass = plan_.own;
    SumFilterProducts<T, kTaps> sum;
    sum.stencil = MakeStencil(pass.axis);
    sum.plain = PlainCoefficients(sum.stencil);
    sum.slices = static_cast<int32_t>(plan_.slices);
    sum.partial = reinterpret_cast<double*>(workspace_ + plan_.partial_offset);
    for (int64_t first = 0; first < plan_.images; first += plan_.chunk) {
      const int64_t own = std::min(plan_.chunk, plan_.images - first);
      sum.x = x + first * ImageSamples();
      if (plan_.count > 0) {
        T* analyzed = Between<T>(plan_.count - 1);
        SPECTRAL_OPS_RETURN_IF_ERROR((RunPasses<T, T>(0, first, own, sum.x, analyzed)));
        sum.x = analyzed;
      }
      sum.bands = bands + plan_.OffsetOfBands(first);
      sum.positions = MakePositionGrid(pass.lines * own, pass.axis.h, pass.inner);
      sum.places = plan_.Places(pass, first, own);
      sum.accumulate = first > 0;
      SPECTRAL_OPS_RETURN_IF_ERROR(device_.Launch(sum));
    }
    const WaveletAxis& axis = plan_.shape.axis[plan_.shape.filter_axis];
    return device_.Launch(FinishFilterGradient<T>{axis.taps, plan_.slices, sum.partial,
                                                  static_cast<T*>(call_.result)});
  }

  template <class U>
  U* Between(int pass) const {
    return reinterpret_cast<U*>(workspace_ + plan_.between_offset[pass % 2]);
  }
  int64_t ImageSamples() const {
    const WaveletShape& shape = plan_.shape;
    int64_t samples = shape.format == DataFormat::kChannelsLast ? shape.channels : 1;
    for (int a = 0; a < shape.rank; ++a) samples *= shape.axis[a].n;
    return samples;
  }

  // Runs passes [at, count) of images first .. first + own - 1.
  template <class In, class Out>
  Status RunPasses(int at, int64_t first, int64_t own, const In* from, Out* to) {
    if (at + 1 >= std::min(plan_.count, kMaxSpatialRank)) return RunPass(at, first, own, from, to);
    S* between = Between<S>(at);
    SPECTRAL_OPS_RETURN_IF_ERROR(RunPass(at, first, own, from, between));
    return RunPasses<S, Out>(at + 1, first, own, between, to);
  }

  template <class In, class Out>
  Status RunPass(int at, int64_t first, int64_t own, const In* from, Out* to) {
    constexpr int kWide = kPack<S>;
    const int64_t run = plan_.pass[at].run;
    if (TakesPacks(from, run) && TakesPacks(to, run)) {
      return RunPassBy<kWide>(at, first, own, from, to);
    }
    return RunPassBy<1>(at, first, own, from, to);
  }

  // Threads take kWide columns.
  template <int kWide, class In, class Out>
  Status RunPassBy(int at, int64_t first, int64_t own, const In* from, Out* to) {
    const WaveletPass& pass = plan_.pass[at];
    WaveletLaunch<S, kWide> launch;
    launch.stencil = MakeStencil(pass.axis);
    launch.places = plan_.Places(pass, first, own);
    launch.filter = static_cast<const S*>(call_.filters[plan_.axis[at]]);
    const auto spread = [&](const RowRange& plain, int64_t rows) {
      launch.plain = plain;
      launch.Spread(pass.lines * own, static_cast<int32_t>(rows), pass.inner, plan_.processors);
    };
    if (plan_.synthesis()) {
      const SampleRows rows = MakeSampleRows(launch.stencil);
      spread(rows.plain, rows.count);
      return device_.Launch(SynthesizeAxis<In, Out, kWide>{launch, rows, from, to});
    }
    spread(PlainCoefficients(launch.stencil), pass.axis.h);
    return device_.Launch(AnalyzeAxis<In, Out, kWide>{launch, from, to});
  }

  Device& device_;
  const WaveletPlan& plan_;
  const WaveletCall& call_;
  char* workspace_;
};

template <class Device>
Status RunWavelet(Device& device, const WaveletPlan& plan, const WaveletCall& call,
                  char* workspace) {
  if (plan.gradient()) {
    if (plan.dtype == DataType::kFloat64) {
      return WaveletRun<double, Device>(device, plan, call, workspace).RunFilterGradient();
    }
    return WaveletRun<float, Device>(device, plan, call, workspace).RunFilterGradient();
  }
  return ForType<Half, BFloat16>(plan.dtype, [&](auto tag) {
    return WaveletRun<typename decltype(tag)::Type, Device>(device, plan, call, workspace).Run();
  });
}

}  // namespace spectral_ops::gpu
