// The Python module `_kernels`: the kernels on arrays, without TensorFlow. Every function makes
// a call of its arguments, releases the GIL and runs it.
#include <pybind11/pybind11.h>
#include <pybind11/stl.h>

#include <string>

#include "library/client.h"
#include "python/arguments.h"
#include "python/backend.h"

namespace spectral_ops {
namespace {

py::dict SimdInfo() { return ParseJson(Kernels().simd_info()); }

py::dict BuildInfo() {
  std::string cuda;
  {
    const py::gil_scoped_release release;  // looks at the driver
    cuda = Kernels().cuda_info();
  }
  py::dict info = SimdInfo();
  info["version"] = SPECTRAL_OPS_VERSION;
  info["compiler"] = SPECTRAL_OPS_COMPILER;
  info["cuda"] = ParseJson(cuda);
  return info;
}

#ifdef SPECTRAL_OPS_HAS_CPU
py::object SimdTargets() { return SimdInfo()["simd_targets"]; }

py::object ActiveSimd() {
  int simd = 0;
  ThrowIfError(FindSimd("", &simd));
  return SimdInfo()["simd"];
}
#endif

}  // namespace
}  // namespace spectral_ops

PYBIND11_MODULE(_kernels, module, pybind11::mod_gil_not_used()) {  // NOLINT: pybind11's name
  namespace so = spectral_ops;
  module.doc() = "The kernels of spectral_ops on arrays, without TensorFlow.";
#ifdef SPECTRAL_OPS_HAS_CPU
  so::DefineCpu(module);
  so::DefinePlans(module);
  module.def("simd_targets", &so::SimdTargets, "SIMD targets that this processor runs, rising.");
  module.def("simd_target", &so::ActiveSimd, "The SIMD target in use.");
#endif
  so::DefineBackend(module);
#ifdef SPECTRAL_OPS_HAS_CUDA
  so::DefineCuda(module);
#endif
  module.def("build_info", &so::BuildInfo, "What was compiled, and what is in use.");
}
