// What `_kernels_testing` has.
#pragma once

#include <pybind11/pybind11.h>

namespace spectral_ops {

// The GPU's kernels on the host.
void DefineEmulation(pybind11::module_& module);

// Their plans for any device.
void DefineGpuPlans(pybind11::module_& module);

// resample over a list of kinds of axes with one kind more; where there are kernels for processors.
void DefineBanded(pybind11::module_& module);

// The cache of cuFFT plans on a cuFFT that only keeps a log; where there is CUDA.
void DefineFftPlanTrial(pybind11::module_& module);

}  // namespace spectral_ops
