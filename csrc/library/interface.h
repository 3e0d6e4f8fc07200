// The C interface of the library that holds the kernels: the op libraries, the Python modules and
// ctypes stand on its other side. Plain functions, numbers and structs of these cross it, no object
// with a destructor and no exception. Both sides are compiled from one source, and the names of the
// exported functions end in the build's id, so that no side meets another build.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "core/conv.h"
#include "core/resample.h"
#include "core/spectral_conv.h"
#include "core/wavelet.h"

namespace spectral_ops {

// Takes a text, piece by piece.
struct TextSink {
  void* text;
  void (*append)(void* text, const char* piece, size_t size);
};

// Appends to `text`.
inline TextSink SinkOf(std::string* text) {
  return {text, [](void* to, const char* piece, size_t size) {
            static_cast<std::string*>(to)->append(piece, size);
          }};
}

// A ParallelFor of the caller.
struct LentThreads {
  const void* threads;
  int max_workers;
  void (*run)(const void* threads, int workers, void (*body)(void* state, int worker), void* state);
};

// A Workspace of the caller. Here and below a function that may fail returns a StatusCode and has
// `error` take the message.
struct LentMemory {
  void* workspace;
  int (*take)(void* workspace, size_t bytes, void** memory, TextSink error);
};

// Which kernels run on the CPU.
struct CpuSettings {
  int simd = 0;               // as find_simd gives it
  bool has_fft_cost = false;  // whether fft_cost takes the place of the tuning's
  double fft_cost = 0;
  int64_t conv_workspace_bytes = 0;  // the same of a convolution's tuning; 0: its own
};

// What takes the place of constants of a GPU's tuning (cuda/tuning.h); below 0: nothing does.
struct GpuSettings {
  int64_t chunk_bytes = -1;
  int64_t direct_depth = -1;
  int64_t folded_depth = -1;
  int64_t block_fft_length = -1;
  int fuses = -1;
};

// Where kernels run on a GPU.
struct CudaPlace {
  int device = 0;
  void* stream = nullptr;  // a cudaStream_t
  // kAuto: as the environment variable SPECTRAL_OPS_GPU_ALGORITHM says, which is read once.
  GpuAlgorithm algorithm = GpuAlgorithm::kAuto;
  GpuSettings settings = {};
};

// A run checks its call before anything is taken. On the CPU the result is there on return, on a
// GPU the work is queued.
template <class Call>
struct Runs {
  int (*cpu)(const Call* call, const CpuSettings* settings, const LentThreads* threads,
             const LentMemory* memory, TextSink error);
  int (*cuda)(const Call* call, const CudaPlace* place, const LentMemory* memory, TextSink error);
  // What a run on the CPU with so many threads takes of its memory.
  int (*cpu_bytes)(const Call* call, const CpuSettings* settings, int threads, size_t* bytes,
                   TextSink error);
};

// What a run on the CPU would do and the scratch that it would take, as JSON.
template <class Call>
using Description = int (*)(const Call* call, const CpuSettings* settings, int threads,
                            TextSink json, TextSink error);

// Functions of kernels that were not compiled are null.
struct Interface {
  Runs<ResampleCall> resample;
  Runs<WindowGradientCall> window_gradient;
  Runs<ConvCall> conv;
  Runs<SpectralConvCall> spectral_conv;
  Runs<SpectralConvGradientsCall> spectral_conv_gradients;
  Runs<WaveletCall> wavelet;

  Description<ResampleCall> describe_resample;
  Description<ConvCall> describe_conv;
  Description<SpectralConvCall> describe_spectral_conv;
  void (*describe_axis_cache)(TextSink json);

  // Fills the dims of the spectrum that a run on the CPU keeps; where it keeps none they stay.
  int (*find_spectrum)(const SpectralConvCall* call, const CpuSettings* settings, int threads,
                       Dims* dims, TextSink error);

  // Whether FFTs are expected to be faster than TensorFlow's own convolution.
  int (*prefers_fft)(const ConvCall* call, const CpuSettings* settings, bool* prefers,
                     TextSink error);
  // The same on a GPU.
  int (*cuda_prefers_fft)(const ConvCall* call, const CudaPlace* place, bool* prefers,
                          TextSink error);
  // The SIMD target called `name`; of an empty name the one in use, which the environment variable
  // SPECTRAL_OPS_SIMD may choose.
  int (*find_simd)(const char* name, int* simd, TextSink error);
  // Whether kernels can run on a device.
  int (*check_cuda)(int device, TextSink error);
  // As the exported functions below.
  const char* (*simd_info)();
  const char* (*cuda_info)();
};

}  // namespace spectral_ops

// spectral_ops_interface_<id> and so on.
#define SPECTRAL_OPS_JOIN_TEXT(a, b) a##b
#define SPECTRAL_OPS_JOIN(a, b) SPECTRAL_OPS_JOIN_TEXT(a, b)
#define SPECTRAL_OPS_INTERFACE SPECTRAL_OPS_JOIN(spectral_ops_interface_, SPECTRAL_OPS_BUILD)
#define SPECTRAL_OPS_SIMD_INFO SPECTRAL_OPS_JOIN(spectral_ops_simd_info_, SPECTRAL_OPS_BUILD)
#define SPECTRAL_OPS_CUDA_INFO SPECTRAL_OPS_JOIN(spectral_ops_cuda_info_, SPECTRAL_OPS_BUILD)

extern "C" {
const spectral_ops::Interface* SPECTRAL_OPS_INTERFACE();

// JSON texts for Python's ctypes; each stays until this thread asks again. The SIMD target in use
// or why there is none, and those that this processor has; the GPU kernels, the driver's devices
// and cuFFT, which is then opened.
const char* SPECTRAL_OPS_SIMD_INFO();
const char* SPECTRAL_OPS_CUDA_INFO();
}
