// The kernels, as those see them who are linked to their library.
#pragma once

#include <string>
#include <utility>

#include "core/memory.h"
#include "core/parallel.h"
#include "core/status.h"
#include "library/interface.h"

namespace spectral_ops {

const Interface& Kernels();

// The functions of a call's operator.
inline const Runs<ResampleCall>& RunsOf(const ResampleCall&) { return Kernels().resample; }
inline const Runs<WindowGradientCall>& RunsOf(const WindowGradientCall&) {
  return Kernels().window_gradient;
}
inline const Runs<ConvCall>& RunsOf(const ConvCall&) { return Kernels().conv; }
inline const Runs<SpectralConvCall>& RunsOf(const SpectralConvCall&) {
  return Kernels().spectral_conv;
}
inline const Runs<SpectralConvGradientsCall>& RunsOf(const SpectralConvGradientsCall&) {
  return Kernels().spectral_conv_gradients;
}
inline const Runs<WaveletCall>& RunsOf(const WaveletCall&) { return Kernels().wavelet; }

LentThreads Lend(const ParallelFor& threads);
LentMemory Lend(Workspace& workspace);

// The Status of function(error).
template <class Function>
Status StatusOf(const Function& function) {
  std::string message;
  const int code = function(SinkOf(&message));
  return {static_cast<StatusCode>(code), std::move(message)};
}

template <class Call>
Status RunOnCpu(const Call& call, const CpuSettings& settings, const ParallelFor& threads,
                Workspace& workspace) {
  const LentThreads lent_threads = Lend(threads);
  const LentMemory lent_memory = Lend(workspace);
  return StatusOf([&](TextSink error) {
    return RunsOf(call).cpu(&call, &settings, &lent_threads, &lent_memory, error);
  });
}

template <class Call>
Status RunOnCuda(const Call& call, const CudaPlace& place, Workspace& workspace) {
  const LentMemory lent_memory = Lend(workspace);
  return StatusOf(
      [&](TextSink error) { return RunsOf(call).cuda(&call, &place, &lent_memory, error); });
}

// The dims of the spectrum that a run on the CPU keeps; [0] where it keeps none.
Status FindSpectrum(const SpectralConvCall& call, const CpuSettings& settings, int threads,
                    Dims* dims);

// The SIMD target called `name`; of an empty name the one in use.
Status FindSimd(const std::string& name, int* simd);

}  // namespace spectral_ops
