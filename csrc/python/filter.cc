// A filter that keeps its spectrum, and both of its gradients at once. The filter alone is a
// spectral convolution at all modes.
#include "core/filter.h"

#include "python/arguments.h"
#include "python/operators.h"

namespace spectral_ops::operators {
namespace {

// x and the response, and what a call says of x.
template <class Call>
struct Inputs {
  Inputs(Backend& backend, const py::object& x_object, const py::object& response_object,
         const Text& data_format) {
    ThrowIfError(Parse(data_format, &call.format));
    x = backend.View("x", x_object);
    call.dtype = ParseDataType("x", x.dtype);
    call.x_dims = x.Shape();
    response = backend.View("response", response_object);
    if (response.dtype == ComplexName(call.dtype)) return;
    throw py::type_error("response: dtype " + response.dtype +
                         "; allowed with this x: " + ComplexName(call.dtype));
  }

  const char* RealName() const { return call.dtype == DataType::kFloat64 ? "float64" : "float32"; }

  Call call;
  Array x;
  Array response;
};

}  // namespace

py::object FilterAndSpectrum(Backend& backend, const py::object& x_object,
                             const py::object& response_object, const Text& data_format) {
  Inputs<SpectralConvCall> inputs(backend, x_object, response_object, data_format);
  SpectralConvCall& call = inputs.call;
  call.weight_dims = inputs.response.Shape();
  call.whole = call.keeps = true;
  ParseSpectralConvSizes("x", "output_size", py::none(), py::none(), &call);
  call.source = inputs.x.data;
  call.weights = inputs.response.data;
  SpectralConvCall::Shape shape;
  Dims dims;
  ThrowIfError(Check(call, &shape, &dims));
  ThrowIfError(backend.FindSpectrum(call, &dims));
  const Array spectrum = backend.Empty({dims.length, dims.length + dims.rank}, inputs.RealName());
  call.spectrum = spectrum.data;
  return py::make_tuple(backend.Give(call, inputs.x.dtype).owner, spectrum.owner);
}

py::object FilterGradients(Backend& backend, const py::object& x_object,
                           const py::object& response_object, const py::object& grad_object,
                           const py::object& spectrum_object, const Text& data_format) {
  Inputs<FilterGradientsCall> inputs(backend, x_object, response_object, data_format);
  FilterGradientsCall& call = inputs.call;
  const Array grad = ViewLike(backend, "grad_output", grad_object, inputs.x);
  call.response_dims = inputs.response.Shape();
  call.grad_dims = grad.Shape();
  call.x = inputs.x.data;
  call.response = inputs.response.data;
  call.grad_output = grad.data;
  Array spectrum;
  if (!spectrum_object.is_none()) {
    spectrum = backend.View("spectrum", spectrum_object);
    if (spectrum.dtype != inputs.RealName()) {
      throw py::type_error("spectrum: dtype " + spectrum.dtype +
                           "; allowed with this x: " + inputs.RealName());
    }
    call.spectrum_dims = spectrum.Shape();
    call.spectrum = spectrum.data;
  }
  FilterGradientsCall::Shape shape;
  Dims dims;
  ThrowIfError(Check(call, &shape, &dims));
  const Array second = backend.Empty(inputs.response.dims, inputs.response.dtype);
  call.second_result = second.data;
  return py::make_tuple(backend.Give(call, inputs.x.dtype).owner, second.owner);
}

}  // namespace spectral_ops::operators
