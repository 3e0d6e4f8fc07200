// The spectral convolution, its adjoint and the gradient of its weights.
#include "core/spectral_conv.h"

#include "python/arguments.h"
#include "python/operators.h"

namespace spectral_ops::operators {
namespace {

// Of x, or of an output's gradient for the adjoint, by the name.
py::object Convolve(Backend& backend, SpectralConvCall call, const char* name,
                    const py::object& x_object, const py::object& weights_object,
                    const char* other_name, const py::object& other, const py::object& modes) {
  const Array x = backend.View(name, x_object);
  call.dtype = ParseDataType(name, x.dtype);
  const Array weights = backend.View("weights", weights_object);
  if (weights.dtype != ComplexName(call.dtype)) {
    throw py::type_error("weights: dtype " + weights.dtype +
                         "; allowed with this x: " + ComplexName(call.dtype));
  }
  call.x_dims = x.Shape();
  call.weight_dims = weights.Shape();
  ParseSpectralConvSizes(name, other_name, other, modes, &call);
  call.source = x.data;
  call.weights = weights.data;
  return backend.Give(call, x.dtype).owner;
}

}  // namespace

py::object SpectralConv(Backend& backend, const py::object& x, const py::object& weights,
                        const py::object& modes, const py::object& output_size, const Text& norm,
                        const Text& data_format) {
  SpectralConvCall call;
  ParseNames(norm, data_format, &call);
  return Convolve(backend, call, "x", x, weights, "output_size", output_size, modes);
}

py::object SpectralConvAdjoint(Backend& backend, const py::object& grad_output,
                               const py::object& weights, const py::object& input_size,
                               const py::object& modes, const Text& norm, const Text& data_format) {
  SpectralConvCall call;
  call.kind = SpectralConvKind::kAdjoint;
  ParseNames(norm, data_format, &call);
  return Convolve(backend, call, "grad_output", grad_output, weights, "input_size", input_size,
                  modes);
}

py::object SpectralConvWeightGradient(Backend& backend, const py::object& x_object,
                                      const py::object& grad_object, const Shape& weights_shape,
                                      const py::object& modes, const Text& norm,
                                      const Text& data_format) {
  SpectralConvCall call;
  call.kind = SpectralConvKind::kWeightGradient;
  ParseNames(norm, data_format, &call);
  const Array x = backend.View("x", x_object);
  const Array grad = ViewLike(backend, "grad_output", grad_object, x);
  call.dtype = ParseDataType("x", x.dtype);
  call.x_dims = x.Shape();
  call.weight_dims = MakeDims(weights_shape.data(), weights_shape.size());
  ParseSpectralConvSizes("x", "output_size", py::none(), modes, &call);
  call.other = grad.Shape();
  call.source = x.data;
  call.grad_output = grad.data;
  return backend.Give(call, ComplexName(call.dtype)).owner;
}

}  // namespace spectral_ops::operators
