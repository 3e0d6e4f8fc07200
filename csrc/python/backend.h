// What runs the operators on arrays of some kind: the CPU on NumPy's (cpu.cc), a CUDA stream on
// those of other libraries (cuda.cc) or, for tests, the host in a GPU's place (emulation.cc). And
// the parts of a module that these make.
#pragma once

#include <pybind11/pybind11.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "core/conv.h"
#include "core/dims.h"
#include "core/memory.h"
#include "core/resample.h"
#include "core/spectral_conv.h"
#include "core/status.h"
#include "core/wavelet.h"

namespace spectral_ops {

namespace py = pybind11;

// A contiguous array. As hidden as the objects that it holds.
struct __attribute__((visibility("hidden"))) Array {
  void* data = nullptr;
  std::vector<int64_t> dims;
  std::string dtype;  // NumPy's name
  py::object owner;   // what Python sees
  py::object hold;    // what keeps the memory

  Dims Shape() const { return MakeDims(dims.data(), dims.size()); }
};

void ThrowIfError(const Status& status);

class __attribute__((visibility("hidden"))) Backend {
 public:
  virtual ~Backend() = default;

  // The array behind an argument.
  virtual Array View(const char* name, const py::object& object) = 0;
  virtual Array Empty(const std::vector<int64_t>& dims, const std::string& dtype) = 0;
  // An array of a half type in float32.
  virtual Array Widen(const char* name, const Array& array) = 0;

  // Without the GIL.
  virtual Status Run(const ResampleCall& call) = 0;
  virtual Status Run(const WindowGradientCall& call) = 0;
  virtual Status Run(const ConvCall& call) = 0;
  virtual Status Run(const SpectralConvCall& call) = 0;
  virtual Status Run(const SpectralConvGradientsCall& call) = 0;
  virtual Status Run(const WaveletCall& call) = 0;

  // The dims of the spectrum that a run keeps; none does on a GPU.
  virtual Status FindSpectrum(const SpectralConvCall&, Dims* dims) {
    *dims = Dims();
    dims->rank = 1;
    return {};
  }

  // Checks a call and runs it into a new array.
  template <class Call>
  Array Give(Call call, const std::string& dtype) {
    typename Call::Shape shape;
    Dims dims;
    ThrowIfError(Check(call, &shape, &dims));
    Array array = Empty({dims.length, dims.length + dims.rank}, dtype);
    call.result = array.data;
    Status status;
    {
      const py::gil_scoped_release release;
      status = Run(call);
    }
    ThrowIfError(status);
    return array;
  }
};

// On NumPy's arrays.
class __attribute__((visibility("hidden"))) NumpyBackend : public Backend {
 public:
  // Contiguous and in native byte order: a copy where the array is not.
  Array View(const char* name, const py::object& object) final;
  Array Empty(const std::vector<int64_t>& dims, const std::string& dtype) final;
  Array Widen(const char* name, const Array& array) final;
};

class HeapWorkspace final : public Workspace {
 public:
  Status Take(size_t bytes, void** memory) override;

 private:
  struct Free {
    void operator()(void* memory) const;
  };
  std::unique_ptr<void, Free> memory_;
};

// The class of the backends of a module, with the operators as its methods.
void DefineBackend(py::module_& module);

// The operators on NumPy arrays, on the CPU.
void DefineCpu(py::module_& module);

// What the operators would do there, without doing it, and the caches of what they need.
void DefinePlans(py::module_& module);

// The operators on a CUDA stream.
void DefineCuda(py::module_& module);

}  // namespace spectral_ops
