// The convolution and its gradients.
#include "core/conv.h"

#include "python/arguments.h"
#include "python/operators.h"

namespace spectral_ops::operators {

py::object Conv(Backend& backend, const py::object& x_object, const py::object& filters_object,
                const Text& padding, const Groups& groups, const Text& data_format) {
  ConvCall call = ParseConvCall(ConvMap::kForward, padding, groups, data_format);
  const Array x = backend.View("x", x_object);
  const Array filters = ViewLike(backend, "filters", filters_object, x);
  call.dtype = ParseDataType("x", x.dtype);
  call.x_dims = x.Shape();
  call.filter_dims = filters.Shape();
  call.source = x.data;
  call.other = filters.data;
  return backend.Give(call, x.dtype).owner;
}

py::object ConvInputGradient(Backend& backend, const Shape& x_shape,
                             const py::object& filters_object, const py::object& grad_object,
                             const Text& padding, const Groups& groups, const Text& data_format) {
  ConvCall call = ParseConvCall(ConvMap::kInputGradient, padding, groups, data_format);
  const Array grad = backend.View("grad_output", grad_object);
  const Array filters = ViewLike(backend, "filters", filters_object, grad);
  call.dtype = ParseDataType("grad_output", grad.dtype);
  call.x_dims = MakeDims(x_shape.data(), x_shape.size());
  call.filter_dims = filters.Shape();
  call.grad_dims = grad.Shape();
  call.source = grad.data;
  call.other = filters.data;
  return backend.Give(call, grad.dtype).owner;
}

py::object ConvFilterGradient(Backend& backend, const py::object& x_object,
                              const Shape& filters_shape, const py::object& grad_object,
                              const Text& padding, const Groups& groups, const Text& data_format) {
  ConvCall call = ParseConvCall(ConvMap::kFilterGradient, padding, groups, data_format);
  const Array x = backend.View("x", x_object);
  const Array grad = ViewLike(backend, "grad_output", grad_object, x);
  call.dtype = ParseDataType("x", x.dtype);
  call.x_dims = x.Shape();
  call.filter_dims = MakeDims(filters_shape.data(), filters_shape.size());
  call.grad_dims = grad.Shape();
  call.source = x.data;
  call.other = grad.data;
  return backend.Give(call, x.dtype).owner;
}

}  // namespace spectral_ops::operators
