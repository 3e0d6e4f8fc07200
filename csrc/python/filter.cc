// A filter that keeps its spectrum, and both of its gradients at once. The filter alone is a
// spectral convolution at all modes.
#include "core/filter.h"

#include "python/arguments.h"
#include "python/operators.h"

namespace spectral_ops::operators {
namespace {

Array ViewResponse(Backend& backend, const py::object& object, DataType of_x) {
  Array response = backend.View("response", object);
  if (response.dtype == ComplexName(of_x)) return response;
  throw py::type_error("response: dtype " + response.dtype +
                       "; allowed with this x: " + ComplexName(of_x));
}

}  // namespace

py::object FilterAndSpectrum(Backend& backend, const py::object& x_object,
                             const py::object& response_object, const Text& data_format) {
  SpectralConvCall call;
  ThrowIfError(Parse(data_format, &call.format));
  const Array x = backend.View("x", x_object);
  call.dtype = ParseDataType("x", x.dtype);
  const Array response = ViewResponse(backend, response_object, call.dtype);
  call.x_dims = x.Shape();
  call.weight_dims = response.Shape();
  call.whole = call.keeps = true;
  ParseSpectralConvSizes("x", "output_size", py::none(), py::none(), &call);
  call.source = x.data;
  call.weights = response.data;
  SpectralConvCall::Shape shape;
  Dims dims;
  ThrowIfError(Check(call, &shape, &dims));
  ThrowIfError(backend.FindSpectrum(call, &dims));
  const bool wide = call.dtype == DataType::kFloat64;
  const Array spectrum =
      backend.Empty({dims.length, dims.length + dims.rank}, wide ? "float64" : "float32");
  call.spectrum = spectrum.data;
  return py::make_tuple(backend.Give(call, x.dtype).owner, spectrum.owner);
}

py::object FilterGradients(Backend& backend, const py::object& x_object,
                           const py::object& response_object, const py::object& grad_object,
                           const py::object& spectrum_object, const Text& data_format) {
  FilterGradientsCall call;
  ThrowIfError(Parse(data_format, &call.format));
  const Array x = backend.View("x", x_object);
  call.dtype = ParseDataType("x", x.dtype);
  const Array response = ViewResponse(backend, response_object, call.dtype);
  const Array grad = ViewLike(backend, "grad_output", grad_object, x);
  call.x_dims = x.Shape();
  call.response_dims = response.Shape();
  call.grad_dims = grad.Shape();
  call.x = x.data;
  call.response = response.data;
  call.grad_output = grad.data;
  Array spectrum;
  if (!spectrum_object.is_none()) {
    spectrum = backend.View("spectrum", spectrum_object);
    const Text wanted = call.dtype == DataType::kFloat64 ? "float64" : "float32";
    if (spectrum.dtype != wanted) {
      throw py::type_error("spectrum: dtype " + spectrum.dtype +
                           "; allowed with this x: " + wanted);
    }
    call.spectrum_dims = spectrum.Shape();
    call.spectrum = spectrum.data;
  }
  FilterGradientsCall::Shape shape;
  Dims dims;
  ThrowIfError(Check(call, &shape, &dims));
  const Array second = backend.Empty(response.dims, response.dtype);
  call.second_result = second.data;
  return py::make_tuple(backend.Give(call, x.dtype).owner, second.owner);
}

}  // namespace spectral_ops::operators
