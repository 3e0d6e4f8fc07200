// Arguments of Python functions as views and numbers, with errors that name what is wrong.
#ifndef SPECTRAL_OPS_PYTHON_ARGUMENTS_H_
#define SPECTRAL_OPS_PYTHON_ARGUMENTS_H_

#include <pybind11/numpy.h>
#include <pybind11/pybind11.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/status.h"
#include "core/types.h"

namespace spectral_ops {

namespace py = pybind11;

using Windows = std::vector<std::optional<py::array>>;  // one per axis

void ThrowIfError(const Status& status);

std::string Repr(const py::handle& object);

DataType ParseDataType(const char* name, const std::string& dtype);
DataType ParseDataType(const char* name, const py::array& array);

// A contiguous array in native byte order.
py::array AsArray(const char* name, const py::object& object);

// An int or a sequence of 1 to 3 of them, each from 1 to the longest axis.
std::vector<int64_t> ParseSizes(const char* name, const py::object& object);

// Refuses an array that is not [batch, *spatial, channels] or has an empty spatial axis.
void CheckSignal(const char* name, const py::array& x, size_t rank, DataFormat format);

// Contiguous windows of the computing type.
Windows ParseWindows(const py::object& object, size_t rank, DataType dtype);

}  // namespace spectral_ops

#endif  // SPECTRAL_OPS_PYTHON_ARGUMENTS_H_
