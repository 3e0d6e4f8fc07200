// NumPy's arrays, and workspaces on the heap.
#ifndef SPECTRAL_OPS_PYTHON_NUMPY_H_
#define SPECTRAL_OPS_PYTHON_NUMPY_H_

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "core/memory.h"
#include "python/backend.h"

namespace spectral_ops {

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

}  // namespace spectral_ops

#endif  // SPECTRAL_OPS_PYTHON_NUMPY_H_
