// The Python module `_kernels`: the kernels on arrays, without TensorFlow. Every function makes
// a call of its arguments, releases the GIL and runs it.
#include <pybind11/pybind11.h>
#include <pybind11/stl.h>

#include <string>
#include <vector>

#include "python/backend.h"
#ifdef SPECTRAL_OPS_HAS_CPU
#include "cpu/base/simd.h"
#endif

namespace spectral_ops {
namespace {

#ifdef SPECTRAL_OPS_HAS_CPU
std::vector<std::string> SimdTargets() {
  std::vector<std::string> names;
  for (SimdTarget target : UsableSimdTargets()) names.emplace_back(SimdTargetName(target));
  return names;
}

std::string ActiveSimdName() {
  SimdTarget active = SimdTarget::kScalar;
  ThrowIfError(ActiveSimdTarget(&active));
  return SimdTargetName(active);
}
#endif

py::dict BuildInfo() {
  py::dict info;
  info["version"] = SPECTRAL_OPS_VERSION;
  info["compiler"] = SPECTRAL_OPS_COMPILER;
#ifdef SPECTRAL_OPS_HAS_CPU
  info["simd"] = ActiveSimdName();
  info["simd_targets"] = SimdTargets();
#else
  info["simd"] = py::none();
  info["simd_targets"] = py::list();
#endif
#ifdef SPECTRAL_OPS_HAS_CUDA
  info["cuda"] = CudaBuildInfo();
#else
  info["cuda"] = py::none();
#endif
  return info;
}

}  // namespace
}  // namespace spectral_ops

PYBIND11_MODULE(_kernels, module, pybind11::mod_gil_not_used()) {  // NOLINT: pybind11's name
  namespace so = spectral_ops;
  module.doc() = "The kernels of spectral_ops on arrays, without TensorFlow.";
#ifdef SPECTRAL_OPS_HAS_CPU
  so::DefineCpu(module);
  so::DefinePlans(module);
  module.def("simd_targets", &so::SimdTargets, "SIMD targets that this processor runs, rising.");
  module.def("simd_target", &so::ActiveSimdName, "The SIMD target in use.");
#endif
  so::DefineBackend(module);
#ifdef SPECTRAL_OPS_HAS_CUDA
  so::DefineCuda(module);
#endif
  module.def("build_info", &so::BuildInfo, "What was compiled, and what is in use.");
}
