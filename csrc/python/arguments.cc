#include "python/arguments.h"

#include <pybind11/stl.h>

#include <utility>

namespace spectral_ops {

std::string Repr(const py::handle& object) { return py::str(py::repr(object)); }

py::object ParseJson(const std::string& text) {
  return py::module_::import("json").attr("loads")(text);
}

DataType ParseDataType(const char* name, const std::string& dtype) {
  if (dtype == "float16") return DataType::kFloat16;
  if (dtype == "bfloat16") return DataType::kBFloat16;
  if (dtype == "float32") return DataType::kFloat32;
  if (dtype == "float64") return DataType::kFloat64;
  throw py::type_error(Concat(name, ": dtype ", dtype,
                              " is not supported; allowed: float16, bfloat16, float32, float64"));
}

const char* ComplexName(DataType dtype) {
  return dtype == DataType::kFloat64 ? "complex128" : "complex64";
}

namespace {

// Whether this is one integer: neither a bool nor an array with axes, though both pass for an
// index.
bool IsInteger(const py::object& object) {
  if (PyIndex_Check(object.ptr()) == 0 || py::isinstance<py::bool_>(object)) return false;
  if (py::hasattr(object, "ndim") && object.attr("ndim").cast<int>() != 0) return false;
  return !py::hasattr(object, "dtype") ||
         py::str(object.attr("dtype")).cast<std::string>().find("bool") == std::string::npos;
}

}  // namespace

Dims ParseSizes(const char* name, const py::object& object) {
  const std::string allowed =
      Concat("; allowed: an int or 1 to ", kMaxSpatialRank, " ints from 1 to ", kMaxAxisLength);
  std::vector<py::object> items;
  // An array of one entry also passes for an index.
  const bool scalar = !py::hasattr(object, "ndim") || object.attr("ndim").cast<int>() == 0;
  if (PyIndex_Check(object.ptr()) != 0 && scalar) {
    items.push_back(object);
  } else if (py::isinstance<py::sequence>(object) && !py::isinstance<py::str>(object) &&
             !py::isinstance<py::bytes>(object)) {
    for (const py::handle& item : object) items.push_back(py::reinterpret_borrow<py::object>(item));
  } else {
    throw py::type_error(Concat(name, ": ", Repr(object), " is not a size", allowed));
  }
  if (items.empty() || items.size() > static_cast<size_t>(kMaxSpatialRank)) {
    throw py::value_error(
        Concat(name, ": ", Repr(object), " has ", items.size(), " entries", allowed));
  }
  Dims sizes;
  for (size_t i = 0; i < items.size(); ++i) {
    const std::string place = Concat(name, "[", i, "]: ");
    if (!IsInteger(items[i])) {
      throw py::type_error(place + Repr(items[i]) + " is not an integer" + allowed);
    }
    int overflow = 0;
    const auto index = py::reinterpret_steal<py::object>(PyNumber_Index(items[i].ptr()));
    if (!index) throw py::error_already_set();
    const int64_t size = PyLong_AsLongLongAndOverflow(index.ptr(), &overflow);
    if (overflow != 0 || size < 1 || size > kMaxAxisLength) {
      throw py::value_error(place + Repr(items[i]) + allowed);
    }
    sizes[sizes.rank++] = size;
  }
  return sizes;
}

Array ViewLike(Backend& backend, const char* name, const py::object& object, const Array& like) {
  Array array = backend.View(name, object);
  if (ParseDataType(name, array.dtype) == ParseDataType("x", like.dtype)) return array;
  throw py::type_error(Concat(name, ": dtype ", array.dtype, "; allowed here: ", like.dtype));
}

int ParseRank(const char* name, const Dims& x) {
  if (x.rank >= 3 && x.rank <= kMaxRank) return x.rank - 2;
  throw py::value_error(Concat(name, ": rank ", x.rank, "; allowed: 3 to ", kMaxRank));
}

void CheckSignal(const char* name, const Array& x, int rank, DataFormat format) {
  if (static_cast<int>(x.dims.size()) != rank + 2) {
    throw py::value_error(Concat(name, ": shape ", Repr(py::tuple(py::cast(x.dims))), " has rank ",
                                 x.dims.size(), "; with ", rank,
                                 " spatial sizes it must have rank ", rank + 2));
  }
  const Dims dims = x.Shape();
  for (int i = 0; i < rank; ++i) {
    ThrowIfError(CheckLength(name, i, dims[FirstSpatial(format) + i]));
  }
}

AxisRule ParseRule(const std::string& boundary_name,
                   const std::optional<std::string>& alignment_name) {
  auto boundary = Boundary::kPeriodic;
  ThrowIfError(Parse(boundary_name, &boundary));
  auto alignment = boundary == Boundary::kPeriodic ? Alignment::kFirst : Alignment::kCenter;
  if (alignment_name) ThrowIfError(Parse(*alignment_name, &alignment));
  auto rule = AxisRule::kPeriodic;
  ThrowIfError(RuleOf(boundary, alignment, &rule));
  return rule;
}

ConvCall ParseConvCall(ConvMap map, const std::string& padding,
                       const std::optional<int64_t>& groups, const std::string& data_format) {
  ConvCall call;
  call.map = map;
  ThrowIfError(Parse(padding, &call.padding));
  ThrowIfError(Parse(data_format, &call.format));
  if (groups && *groups < 1) {
    throw py::value_error(
        Concat("groups: ", *groups, "; allowed: 1 or more, or None for depthwise filters"));
  }
  call.groups = groups.value_or(kDepthwise);
  return call;
}

void ParseSpectralConvSizes(const char* name, const char* other_name, const py::object& other,
                            const py::object& modes, SpectralConvCall* call) {
  const int rank = ParseRank(name, call->x_dims);
  call->other =
      MakeDims(call->x_dims.length + FirstSpatial(call->format), static_cast<size_t>(rank));
  const auto parse = [rank](const char* what, const py::object& object, Dims* sizes) {
    if (object.is_none()) return;
    *sizes = ParseSizes(what, object);
    if (sizes->rank == rank) return;
    throw py::value_error(Concat(what, ": ", Repr(object), " has ", sizes->rank,
                                 " entries; allowed: ", rank, ", one for each spatial axis"));
  };
  parse(other_name, other, &call->other);
  parse("modes", modes, &call->modes);
}

Windows ParseWindows(Backend& backend, const py::object& object, int rank, DataType dtype) {
  Windows windows(static_cast<size_t>(rank));
  if (object.is_none()) return windows;
  const std::string allowed =
      Concat("; allowed: None, or one real 1-D array (or None) for each of the ", rank, " axes");
  if (!py::isinstance<py::sequence>(object) || py::isinstance<py::str>(object)) {
    throw py::type_error("windows: " + Repr(object) + " is not a sequence" + allowed);
  }
  const auto sequence = object.cast<py::sequence>();
  if (sequence.size() != windows.size()) {
    throw py::value_error(
        Concat("windows: ", sequence.size(), " given for ", rank, " spatial axes", allowed));
  }
  const std::string wanted = dtype == DataType::kFloat64 ? "float64" : "float32";
  for (size_t i = 0; i < windows.size(); ++i) {
    const py::object item = sequence[i];
    if (item.is_none()) continue;
    const std::string place = Concat("windows[", i, "]");
    Array window = backend.View(place.c_str(), item);
    if (window.dtype != wanted) {
      throw py::type_error(
          Concat(place, ": dtype ", window.dtype, "; allowed with this x: ", wanted));
    }
    if (window.dims.size() != 1) {
      throw py::value_error(Concat(place, ": shape ", Repr(py::tuple(py::cast(window.dims))),
                                   " is not 1-D", allowed));
    }
    windows[i] = std::move(window);
  }
  return windows;
}

}  // namespace spectral_ops
