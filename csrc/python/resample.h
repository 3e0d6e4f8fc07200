// The functions of `_kernels` that belong to the resample operator.
#ifndef SPECTRAL_OPS_PYTHON_RESAMPLE_H_
#define SPECTRAL_OPS_PYTHON_RESAMPLE_H_

#include <pybind11/pybind11.h>

namespace spectral_ops {

void DefineResample(pybind11::module_& module);

}  // namespace spectral_ops

#endif  // SPECTRAL_OPS_PYTHON_RESAMPLE_H_
