// Both gradients of a filter at once; the filter itself is a spectral convolution at all modes.
#include "core/filter.h"

#include "python/arguments.h"
#include "python/operators.h"

namespace spectral_ops::operators {

py::object FilterGradients(Backend& backend, const py::object& x_object,
                           const py::object& response_object, const py::object& grad_object,
                           const Text& data_format) {
  FilterGradientsCall call;
  ThrowIfError(Parse(data_format, &call.format));
  const Array x = backend.View("x", x_object);
  call.dtype = ParseDataType("x", x.dtype);
  const Array response = backend.View("response", response_object);
  if (response.dtype != ComplexName(call.dtype)) {
    throw py::type_error("response: dtype " + response.dtype +
                         "; allowed with this x: " + ComplexName(call.dtype));
  }
  const Array grad = ViewLike(backend, "grad_output", grad_object, x);
  call.x_dims = x.Shape();
  call.response_dims = response.Shape();
  call.grad_dims = grad.Shape();
  call.x = x.data;
  call.response = response.data;
  call.grad_output = grad.data;
  FilterGradientsCall::Shape shape;
  Dims dims;
  ThrowIfError(Check(call, &shape, &dims));
  const Array second = backend.Empty(response.dims, response.dtype);
  call.second_result = second.data;
  return py::make_tuple(backend.Give(call, x.dtype).owner, second.owner);
}

}  // namespace spectral_ops::operators
