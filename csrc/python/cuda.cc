#include "python/cuda.h"

#include <string>

#include "cuda/cufft.h"
#include "cuda/device.h"

namespace spectral_ops {
namespace {

namespace py = pybind11;

std::string Dotted(int version, int major, int minor) {
  return std::to_string(version / major) + "." + std::to_string(version % major / minor);
}

py::object Known(bool known, const std::string& text) {
  if (!known) return py::none();
  return py::str(text);
}

}  // namespace

py::dict CudaBuildInfo() {
  CudaInfo cuda;
  CufftInfo cufft;
  {
    const py::gil_scoped_release release;
    cuda = GetCudaInfo();
    cufft = GetCufftInfo();
  }
  const std::string patch = "." + std::to_string(cufft.version % 100);
  py::dict info;
  info["toolkit"] = Dotted(cuda.runtime_version, 1000, 10);
  info["architectures"] = py::str(cuda.architectures).attr("split")();
  info["driver"] = Known(cuda.driver_version != 0, Dotted(cuda.driver_version, 1000, 10));
  info["devices"] = cuda.devices;
  info["no_device"] = cuda.why_not;
  info["cufft"] = Known(cufft.version != 0, Dotted(cufft.version, 1000, 100) + patch);
  info["cufft_file"] = Known(!cufft.file.empty(), cufft.file);
  info["no_cufft"] = cufft.why_not;
  return info;
}

}  // namespace spectral_ops
