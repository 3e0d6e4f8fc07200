#include "python/numpy.h"

#include <pybind11/numpy.h>
#include <pybind11/stl.h>

#include <algorithm>
#include <new>

#include "core/memory.h"
#include "python/arguments.h"

namespace spectral_ops {
namespace {

py::module_ Numpy() { return py::module_::import("numpy"); }

Array ViewOf(const py::array& array) {
  Array view;
  view.data = const_cast<void*>(array.data());
  view.dims.assign(array.shape(), array.shape() + array.ndim());
  view.dtype = py::str(static_cast<py::object>(array.dtype().attr("name")));
  view.owner = array;
  return view;
}

}  // namespace

Array NumpyBackend::View(const char* name, const py::object& object) {
  if (!py::isinstance<py::array>(object)) {
    throw py::type_error(
        Concat(name, ": ", Repr(object), " is not an array; allowed: a NumPy array"));
  }
  py::object array = Numpy().attr("ascontiguousarray")(object);
  if (!array.attr("dtype").attr("isnative").cast<bool>()) {
    array = array.attr("astype")(array.attr("dtype").attr("newbyteorder")("="));
  }
  // ascontiguousarray makes a scalar array one-dimensional.
  return ViewOf(array.attr("reshape")(object.attr("shape")).cast<py::array>());
}

Array NumpyBackend::Empty(const std::vector<int64_t>& dims, const std::string& dtype) {
  // NumPy does not know bfloat16 by its name, but ml_dtypes' type.
  const py::object type = dtype == "bfloat16" ? py::module_::import("ml_dtypes").attr("bfloat16")
                                              : py::object(py::str(dtype));
  return ViewOf(Numpy().attr("empty")(dims, type).cast<py::array>());
}

Array NumpyBackend::Widen(const char*, const Array& array) {
  return ViewOf(array.owner.attr("astype")("float32").cast<py::array>());
}

Status HeapWorkspace::Take(size_t bytes, void** memory) {
  *memory = ::operator new(std::max(bytes, kAlignment), std::align_val_t(kAlignment), std::nothrow);
  memory_.reset(*memory);
  if (*memory != nullptr) return {};
  return Status::ResourceExhausted("no memory for a workspace of ", bytes, " bytes");
}

void HeapWorkspace::Free::operator()(void* memory) const {
  ::operator delete(memory, std::align_val_t(kAlignment));
}

}  // namespace spectral_ops
