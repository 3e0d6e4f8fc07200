#include "python/backend.h"

#include <stdexcept>

#include "python/operators.h"

namespace spectral_ops {
namespace {

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

void DefineBackend(py::module_& module) {
  // Each module has its own: two of them may be loaded in one process.
  py::class_<Backend> type(module, "GpuBackend", py::module_local(),
                           "The operators as a GPU runs them; methods are as the functions of "
                           "_kernels.");
  DefineOperators(DefineMethod{type});
}

}  // namespace spectral_ops
