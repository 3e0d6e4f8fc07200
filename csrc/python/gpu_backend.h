// The GPU operators on arrays of some kind, whatever runs them: a CUDA stream on arrays of other
// libraries (gpu_cuda.cc), or the host, for tests, on NumPy's (gpu_emulation.cc).
#ifndef SPECTRAL_OPS_PYTHON_GPU_BACKEND_H_
#define SPECTRAL_OPS_PYTHON_GPU_BACKEND_H_

#include <pybind11/pybind11.h>

#include <cstdint>
#include <string>
#include <vector>

#include "core/status.h"
#include "gpu/chain.h"
#include "gpu/conv.h"
#include "gpu/resample.h"
#include "gpu/spectral_conv.h"

namespace spectral_ops {

namespace py = pybind11;

// A contiguous array. As hidden as the objects that it holds.
struct __attribute__((visibility("hidden"))) GpuArray {
  void* data = nullptr;
  std::vector<int64_t> dims;
  std::string dtype;  // NumPy's name
  py::object owner;   // what Python sees
  py::object hold;    // what keeps the memory

  size_t Bytes() const;
};

class __attribute__((visibility("hidden"))) GpuBackend {
 public:
  virtual ~GpuBackend() = default;

  // The array behind an argument.
  virtual GpuArray View(const char* name, const py::object& object) = 0;
  virtual GpuArray Empty(const std::vector<int64_t>& dims, const std::string& dtype) = 0;
  virtual const gpu::GpuTraits& Traits() = 0;

  virtual Status Run(const gpu::ResamplePlan& plan, const gpu::ResampleBuffers& buffers) = 0;
  virtual Status Run(const gpu::WindowGradientPlan& plan,
                     const gpu::WindowGradientBuffers& buffers) = 0;
  virtual Status Run(const gpu::SpectralConvPlan& plan,
                     const gpu::SpectralConvBuffers& buffers) = 0;
  virtual Status Run(const gpu::ConvPlan& plan, const gpu::ConvBuffers& buffers) = 0;

  // Takes the workspace of a plan, runs it and refuses what fails.
  template <class Plan, class Buffers>
  void Call(const Plan& plan, Buffers buffers) {
    const GpuArray workspace = Empty({static_cast<int64_t>(plan.workspace_bytes)}, "uint8");
    buffers.workspace = workspace.data;
    Status status;
    {
      const py::gil_scoped_release release;
      status = Run(plan, buffers);
    }
    Check(status);
  }

 private:
  static void Check(const Status& status);
};

// The class of all backends, with the operators as its methods.
void DefineGpuBackend(py::module_& module);
void DefineGpuEmulation(py::module_& module);
void DefineGpuCuda(py::module_& module);  // where there is CUDA

}  // namespace spectral_ops

#endif  // SPECTRAL_OPS_PYTHON_GPU_BACKEND_H_
