// The Python module `_kernels_testing`: what tests need and no wheel has.
#include <pybind11/pybind11.h>

#include "python/backend.h"
#include "python/testing/testing.h"

PYBIND11_MODULE(_kernels_testing, module,
                pybind11::mod_gil_not_used()) {  // NOLINT: pybind11's name
  namespace so = spectral_ops;
  module.doc() =
      "The GPU's kernels on the host, their plans, stand-ins for what a GPU needs, and a kind of "
      "axis that no "
      "operator has, for tests.";
  so::DefineBackend(module);
  so::DefineEmulation(module);
  so::DefineGpuPlans(module);
#ifdef SPECTRAL_OPS_HAS_CPU
  so::DefineBanded(module);
#endif
#ifdef SPECTRAL_OPS_HAS_CUDA
  so::DefineFftPlanTrial(module);
#endif
}
