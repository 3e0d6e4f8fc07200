// What `_kernels` has only when it is built with CUDA.
#ifndef SPECTRAL_OPS_PYTHON_CUDA_H_
#define SPECTRAL_OPS_PYTHON_CUDA_H_

#include <pybind11/pybind11.h>

namespace spectral_ops {

// The entry "cuda" of build_info. Looks at the driver and opens cuFFT.
pybind11::dict CudaBuildInfo();

// The operators on a CUDA stream.
void DefineCuda(pybind11::module_& module);

}  // namespace spectral_ops

#endif  // SPECTRAL_OPS_PYTHON_CUDA_H_
