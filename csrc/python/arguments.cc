#include "python/arguments.h"

#include <stdexcept>

#include "core/resample.h"

namespace spectral_ops {

void ThrowIfError(const Status& status) {
  if (status.ok()) return;
  if (status.code() == StatusCode::kInvalidArgument) throw py::value_error(status.message());
  throw std::runtime_error(status.message());
}

std::string Repr(const py::handle& object) { return py::str(py::repr(object)); }

DataType ParseDataType(const char* name, const std::string& dtype) {
  if (dtype == "float16") return DataType::kFloat16;
  if (dtype == "bfloat16") return DataType::kBFloat16;
  if (dtype == "float32") return DataType::kFloat32;
  if (dtype == "float64") return DataType::kFloat64;
  throw py::type_error(std::string(name) + ": dtype " + dtype +
                       " is not supported; allowed: float16, bfloat16, float32, float64");
}

DataType ParseDataType(const char* name, const py::array& array) {
  const std::string dtype = py::str(static_cast<py::object>(array.dtype().attr("name")));
  return ParseDataType(name, dtype);
}

// A contiguous array in native byte order.
py::array AsArray(const char* name, const py::object& object) {
  if (!py::isinstance<py::array>(object)) {
    throw py::type_error(std::string(name) + ": " + Repr(object) +
                         " is not an array; allowed: a NumPy array");
  }
  const py::module_ numpy = py::module_::import("numpy");
  py::object array = numpy.attr("ascontiguousarray")(object);
  if (!array.attr("dtype").attr("isnative").cast<bool>()) {
    array = array.attr("astype")(array.attr("dtype").attr("newbyteorder")("="));
  }
  // ascontiguousarray makes a scalar array one-dimensional.
  return array.attr("reshape")(object.attr("shape")).cast<py::array>();
}

std::vector<int64_t> ParseSizes(const char* name, const py::object& object) {
  const std::string allowed = std::string("; allowed: an int or 1 to ") +
                              std::to_string(kMaxSpatialRank) + " ints from 1 to " +
                              std::to_string(kMaxAxisLength);
  std::vector<py::object> items;
  // An array of one entry also passes for an index.
  const bool scalar = !py::hasattr(object, "ndim") || object.attr("ndim").cast<int>() == 0;
  if (PyIndex_Check(object.ptr()) != 0 && scalar) {
    items.push_back(object);
  } else if (py::isinstance<py::sequence>(object) && !py::isinstance<py::str>(object) &&
             !py::isinstance<py::bytes>(object)) {
    for (const py::handle& item : object) items.push_back(py::reinterpret_borrow<py::object>(item));
  } else {
    throw py::type_error(std::string(name) + ": " + Repr(object) + " is not a size" + allowed);
  }
  if (items.empty() || items.size() > static_cast<size_t>(kMaxSpatialRank)) {
    throw py::value_error(std::string(name) + ": " + Repr(object) + " has " +
                          std::to_string(items.size()) + " entries" + allowed);
  }
  std::vector<int64_t> sizes;
  for (size_t i = 0; i < items.size(); ++i) {
    const std::string place = std::string(name) + "[" + std::to_string(i) + "]: ";
    if (PyIndex_Check(items[i].ptr()) == 0 || py::isinstance<py::bool_>(items[i])) {
      throw py::type_error(place + Repr(items[i]) + " is not an integer" + allowed);
    }
    int overflow = 0;
    const auto index = py::reinterpret_steal<py::object>(PyNumber_Index(items[i].ptr()));
    if (!index) throw py::error_already_set();
    const int64_t size = PyLong_AsLongLongAndOverflow(index.ptr(), &overflow);
    if (overflow != 0 || size < 1 || size > kMaxAxisLength) {
      throw py::value_error(place + Repr(items[i]) + allowed);
    }
    sizes.push_back(size);
  }
  return sizes;
}

void CheckSignal(const char* name, const py::array& x, size_t rank, DataFormat format) {
  if (static_cast<size_t>(x.ndim()) != rank + 2) {
    throw py::value_error(std::string(name) + ": shape " + Repr(x.attr("shape")) + " has rank " +
                          std::to_string(x.ndim()) + "; with " + std::to_string(rank) +
                          " spatial sizes it must have rank " + std::to_string(rank + 2));
  }
  const size_t first = format == DataFormat::kChannelsLast ? 1 : 2;
  for (size_t i = 0; i < rank; ++i) {
    const int64_t length = x.shape(static_cast<py::ssize_t>(first + i));
    if (length < 1 || length > kMaxAxisLength) {
      throw py::value_error(std::string(name) + ": spatial axis " + std::to_string(i) +
                            " has length " + std::to_string(length) + "; allowed: 1 to " +
                            std::to_string(kMaxAxisLength));
    }
  }
}

// Contiguous windows of the computing type, one per axis; an empty vector stands for none.
Windows ParseWindows(const py::object& object, size_t rank, DataType dtype) {
  Windows windows(rank);
  if (object.is_none()) return windows;
  const std::string allowed = "; allowed: None, or one real 1-D array (or None) for each of the " +
                              std::to_string(rank) + " axes";
  if (!py::isinstance<py::sequence>(object) || py::isinstance<py::str>(object)) {
    throw py::type_error("windows: " + Repr(object) + " is not a sequence" + allowed);
  }
  const auto sequence = object.cast<py::sequence>();
  if (sequence.size() != rank) {
    throw py::value_error("windows: " + std::to_string(sequence.size()) + " given for " +
                          std::to_string(rank) + " spatial axes" + allowed);
  }
  const char* wanted = dtype == DataType::kFloat64 ? "float64" : "float32";
  for (size_t i = 0; i < rank; ++i) {
    const py::object item = sequence[i];
    if (item.is_none()) continue;
    const std::string place = "windows[" + std::to_string(i) + "]";
    py::array window = AsArray(place.c_str(), item);
    const std::string name = py::str(static_cast<py::object>(window.dtype().attr("name")));
    if (name != wanted) {
      throw py::type_error(place + ": dtype " + name + "; allowed with this x: " + wanted);
    }
    if (window.ndim() != 1) {
      throw py::value_error(place + ": shape " + Repr(window.attr("shape")) + " is not 1-D" +
                            allowed);
    }
    windows[i] = std::move(window);
  }
  return windows;
}

}  // namespace spectral_ops
