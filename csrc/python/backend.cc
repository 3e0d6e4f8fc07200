#include "python/backend.h"

#include <pybind11/numpy.h>
#include <pybind11/stl.h>

#include <algorithm>
#include <new>
#include <stdexcept>

#include "python/arguments.h"
#include "python/operators.h"

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

struct DefineMethod {
  py::class_<Backend>& type;

  template <class Tuning, class Function, class... Extra>
  void operator()(Tuning, const char* name, Function function, const char* doc,
                  const Extra&... extra) const {
    type.def(name, function, extra..., doc);
  }
};

}  // namespace

void ThrowIfError(const Status& status) {
  switch (status.code()) {
    case StatusCode::kOk:
      return;
    case StatusCode::kInvalidArgument:
      throw py::value_error(status.message());
    case StatusCode::kResourceExhausted:
      PyErr_SetString(PyExc_MemoryError, status.message().c_str());
      throw py::error_already_set();
    case StatusCode::kUnavailable:
    case StatusCode::kInternal:
      break;
  }
  throw std::runtime_error(status.message());
}

Array NumpyBackend::View(const char* name, const py::object& object) {
  if (!py::isinstance<py::array>(object)) {
    throw py::type_error(
        Concat(name, ": ", Repr(object), " is not an array; allowed: a NumPy array"));
  }
  // Contiguous, aligned, and of no subclass.
  py::object array = Numpy().attr("require")(object, py::none(), "CAE");
  if (!array.attr("dtype").attr("isnative").cast<bool>()) {
    array = array.attr("astype")(array.attr("dtype").attr("newbyteorder")("="));
  }
  return ViewOf(array.cast<py::array>());
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

void DefineBackend(py::module_& module) {
  // Each module has its own: two of them may be loaded in one process.
  py::class_<Backend> type(module, "GpuBackend", py::module_local(),
                           "The operators as a GPU runs them; methods are as the functions of "
                           "_kernels.");
  DefineOperators(DefineMethod{type});
}

}  // namespace spectral_ops
