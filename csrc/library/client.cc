#include "library/client.h"

namespace spectral_ops {

const Interface& Kernels() {
  static const Interface& kernels = *SPECTRAL_OPS_INTERFACE();
  return kernels;
}

LentThreads Lend(const ParallelFor& threads) {
  return {&threads, threads.max_workers(),
          [](const void* threads, int workers, void (*body)(void*, int), void* state) {
            auto call = [&](int worker) { body(state, worker); };
            static_cast<const ParallelFor*>(threads)->Run(workers, call);
          }};
}

LentMemory Lend(Workspace& workspace) {
  return {&workspace, [](void* workspace, size_t bytes, void** memory, TextSink error) {
            const Status status = static_cast<Workspace*>(workspace)->Take(bytes, memory);
            error.append(error.text, status.message().data(), status.message().size());
            return static_cast<int>(status.code());
          }};
}

Status FindSpectrum(const SpectralConvCall& call, const CpuSettings& settings, int threads,
                    Dims* dims) {
  *dims = Dims();
  dims->rank = 1;
  return StatusOf([&](TextSink error) {
    return Kernels().find_spectrum(&call, &settings, threads, dims, error);
  });
}

Status FindSimd(const std::string& name, int* simd) {
  return StatusOf([&](TextSink error) { return Kernels().find_simd(name.c_str(), simd, error); });
}

}  // namespace spectral_ops
