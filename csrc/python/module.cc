// The Python module `_kernels`: the CPU kernels on NumPy arrays, without TensorFlow. Every function
// makes views of its arguments, releases the GIL and calls the kernel.
#include <pybind11/pybind11.h>
#include <pybind11/stl.h>

#include <string>
#include <vector>

#include "cpu/simd.h"
#include "python/arguments.h"
#include "python/conv.h"
#include "python/resample.h"
#include "python/spectral_conv.h"

namespace spectral_ops {
namespace {

std::vector<std::string> SimdTargets() {
  std::vector<std::string> names;
  for (SimdTarget target : UsableSimdTargets()) names.emplace_back(SimdTargetName(target));
  return names;
}

py::dict BuildInfo() {
  SimdTarget active = SimdTarget::kScalar;
  ThrowIfError(ActiveSimdTarget(&active));
  py::dict info;
  info["version"] = SPECTRAL_OPS_VERSION;
  info["simd"] = SimdTargetName(active);
  info["simd_targets"] = SimdTargets();
  info["compiler"] = SPECTRAL_OPS_COMPILER;
  info["cuda"] = py::none();
  return info;
}

}  // namespace
}  // namespace spectral_ops

PYBIND11_MODULE(_kernels, module, pybind11::mod_gil_not_used()) {  // NOLINT: pybind11's name
  namespace so = spectral_ops;
  module.doc() = "The kernels of spectral_ops on NumPy arrays, without TensorFlow.";
  so::DefineConv(module);
  so::DefineResample(module);
  so::DefineSpectralConv(module);
  module.def("simd_targets", &so::SimdTargets, "SIMD targets that this processor runs, rising.");
  module.def("build_info", &so::BuildInfo, "What was compiled, and the SIMD target in use.");
}
