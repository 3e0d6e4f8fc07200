// A level of a wavelet transform, its adjoint and the gradient of its filters.
#include "core/wavelet.h"

#include "python/arguments.h"
#include "python/operators.h"

namespace spectral_ops::operators {
namespace {

// What the three functions have in common. `held` keeps the filters.
WaveletCall MakeCall(Backend& backend, const Array& signal, const char* name,
                     const py::object& filters, const Text& rule, const Text& mode, int level,
                     const Text& data_format, std::vector<Array>* held) {
  WaveletCall call;
  call.dtype = ParseDataType(name, signal.dtype);
  ThrowIfError(Parse(rule, &call.rule));
  ThrowIfError(Parse(mode, &call.mode));
  ThrowIfError(Parse(data_format, &call.format));
  call.level = level;
  if (!py::isinstance<py::sequence>(filters) || py::isinstance<py::str>(filters)) {
    throw py::type_error("filters: " + Repr(filters) + " is no sequence of arrays");
  }
  const auto list = py::reinterpret_borrow<py::sequence>(filters);
  call.rank = static_cast<int>(py::len(list));
  const char* wide = call.dtype == DataType::kFloat64 ? "float64" : "float32";
  for (int i = 0; i < call.rank && i < kMaxSpatialRank; ++i) {
    const std::string own = Concat("filters[", i, "]");
    held->push_back(backend.View(own.c_str(), list[static_cast<size_t>(i)]));
    const Array& array = held->back();
    if (array.dtype != wide) {
      throw py::type_error(own + ": dtype " + array.dtype + "; allowed with this " + name + ": " +
                           wide);
    }
    call.filter_dims[static_cast<size_t>(i)] = array.Shape();
    call.filters[i] = array.data;
  }
  return call;
}

}  // namespace

py::object WaveletAnalysis(Backend& backend, const py::object& x_object, const py::object& filters,
                           const Text& rule, const Text& mode, int level, const Text& data_format) {
  const Array x = backend.View("x", x_object);
  std::vector<Array> held;
  WaveletCall call = MakeCall(backend, x, "x", filters, rule, mode, level, data_format, &held);
  call.x_dims = x.Shape();
  call.x = x.data;
  return backend.Give(call, x.dtype).owner;
}

py::object WaveletSynthesis(Backend& backend, const py::object& bands_object,
                            const py::object& output_size, const py::object& filters,
                            const Text& rule, const Text& mode, int level,
                            const Text& data_format) {
  const Array bands = backend.View("bands", bands_object);
  std::vector<Array> held;
  WaveletCall call =
      MakeCall(backend, bands, "bands", filters, rule, mode, level, data_format, &held);
  call.map = WaveletMap::kSynthesis;
  call.size = ParseSizes("output_size", output_size);
  call.band_dims = bands.Shape();
  call.bands = bands.data;
  return backend.Give(call, bands.dtype).owner;
}

py::object WaveletFilterGradient(Backend& backend, const py::object& x_object,
                                 const py::object& bands_object, const py::object& filters,
                                 int axis, const Text& rule, const Text& mode, int level,
                                 const Text& data_format) {
  const Array x = backend.View("x", x_object);
  const Array bands = ViewLike(backend, "bands", bands_object, x);
  std::vector<Array> held;
  WaveletCall call = MakeCall(backend, x, "x", filters, rule, mode, level, data_format, &held);
  call.map = WaveletMap::kFilterGradient;
  call.axis = axis;
  call.x_dims = x.Shape();
  call.band_dims = bands.Shape();
  call.x = x.data;
  call.bands = bands.data;
  return backend.Give(call, x.dtype).owner;
}

}  // namespace spectral_ops::operators
