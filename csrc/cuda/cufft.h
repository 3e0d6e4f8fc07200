// cuFFT, opened at run time: what is built with CUDA runs on machines without it.
#pragma once

#include <cstddef>
#include <string>

#include "core/status.h"
#include "cuda/device.h"

namespace spectral_ops {

// The values are cuFFT's.
enum class FftKind : int {
  kR2C = 0x2a,  // float, real to complex
  kC2R = 0x2c,
  kC2C = 0x29,
  kD2Z = 0x6a,  // double
  kZ2D = 0x6c,
  kZ2Z = 0x69,
};
enum class FftDirection : int { kForward = -1, kInverse = 1 };

using CufftHandle = int;

// Each function returns a cufftResult, 0 for success. Complex data are pairs of reals.
struct CufftApi {
  using Real = int (*)(CufftHandle, void* in, void* out);
  using Complex = int (*)(CufftHandle, void* in, void* out, int direction);

  int (*create)(CufftHandle*);
  int (*destroy)(CufftHandle);
  int (*set_auto_allocation)(CufftHandle, int);
  int (*make_plan_many)(CufftHandle, int rank, long long* n,  // NOLINT(google-runtime-int): cuFFT's
                        long long* inembed, long long istride, long long idist,  // NOLINT
                        long long* onembed, long long ostride, long long odist,  // NOLINT
                        int type, long long batch, size_t* work_bytes);          // NOLINT
  int (*set_work_area)(CufftHandle, void*);
  int (*set_stream)(CufftHandle, cudaStream_t);
  int (*get_version)(int*);
  Real r2c, c2r, d2z, z2d;
  Complex c2c, z2z;
};

// The functions of the cuFFT that is loaded already, else of the first that is found. The pointer
// holds for the rest of the process; kUnavailable, with all that was tried, where there is none.
// A failure is not remembered: another library may load cuFFT later.
Status LoadCufft(const CufftApi** api);

struct CufftInfo {
  int version = 0;      // 11303 is 11.3.3
  std::string file;     // empty: there is none
  std::string why_not;  // what was tried
};

CufftInfo GetCufftInfo();

// What cuFFT's function `what` returned.
Status CufftStatus(const char* what, int result);

}  // namespace spectral_ops
