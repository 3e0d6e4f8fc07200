// The functions of `_kernels` that belong to the spectral convolution.
#ifndef SPECTRAL_OPS_PYTHON_SPECTRAL_CONV_H_
#define SPECTRAL_OPS_PYTHON_SPECTRAL_CONV_H_

#include <pybind11/pybind11.h>

namespace spectral_ops {

void DefineSpectralConv(pybind11::module_& module);

}  // namespace spectral_ops

#endif  // SPECTRAL_OPS_PYTHON_SPECTRAL_CONV_H_
