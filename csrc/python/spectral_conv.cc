// The spectral convolution, with the spectrum that it keeps or without, its adjoint, the gradient
// of its weights, and both gradients at once.
#include "core/spectral_conv.h"

#include <utility>

#include "python/arguments.h"
#include "python/operators.h"

namespace spectral_ops::operators {
namespace {

const char* RealName(DataType dtype) { return dtype == DataType::kFloat64 ? "float64" : "float32"; }

// Views x, or what has its place by the name, and the weights, and fills what a call says of them.
template <class Call>
std::pair<Array, Array> ViewInputs(Backend& backend, const char* name, const py::object& x_object,
                                   const py::object& weights_object, Call* call) {
  Array x = backend.View(name, x_object);
  call->dtype = ParseDataType(name, x.dtype);
  Array weights = backend.View("weights", weights_object);
  if (weights.dtype != ComplexName(call->dtype)) {
    throw py::type_error("weights: dtype " + weights.dtype +
                         "; allowed with this x: " + ComplexName(call->dtype));
  }
  call->x_dims = x.Shape();
  call->weight_dims = weights.Shape();
  return {x, weights};
}

// Of x, or of an output's gradient for the adjoint, by the name.
py::object Convolve(Backend& backend, SpectralConvCall call, const char* name,
                    const py::object& x_object, const py::object& weights_object,
                    const char* other_name, const py::object& other, const py::object& modes) {
  const auto [x, weights] = ViewInputs(backend, name, x_object, weights_object, &call);
  ParseSpectralConvSizes(name, other_name, other, modes, &call);
  call.source = x.data;
  call.weights = weights.data;
  if (!call.keeps) return backend.Give(call, x.dtype).owner;
  SpectralConvCall::Shape shape;
  Dims dims;
  ThrowIfError(Check(call, &shape, &dims));
  ThrowIfError(backend.FindSpectrum(call, &dims));
  const Array spectrum =
      backend.Empty({dims.length, dims.length + dims.rank}, RealName(call.dtype));
  call.spectrum = spectrum.data;
  return py::make_tuple(backend.Give(call, x.dtype).owner, spectrum.owner);
}

}  // namespace

py::object SpectralConv(Backend& backend, const py::object& x, const py::object& weights,
                        const py::object& modes, const py::object& output_size, const Text& norm,
                        const Text& data_format) {
  SpectralConvCall call;
  ParseNames(norm, data_format, &call);
  return Convolve(backend, call, "x", x, weights, "output_size", output_size, modes);
}

py::object SpectralConvAndSpectrum(Backend& backend, const py::object& x, const py::object& weights,
                                   const py::object& modes, const py::object& output_size,
                                   const Text& norm, const Text& data_format) {
  SpectralConvCall call;
  call.keeps = true;
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

py::object SpectralConvGradients(Backend& backend, const py::object& x_object,
                                 const py::object& weights_object, const py::object& grad_object,
                                 const py::object& modes, const py::object& spectrum_object,
                                 const Text& norm, const Text& data_format) {
  SpectralConvGradientsCall call;
  ParseNames(norm, data_format, &call);
  const auto [x, weights] = ViewInputs(backend, "x", x_object, weights_object, &call);
  const Array grad = ViewLike(backend, "grad_output", grad_object, x);
  SpectralConvCall sizes = call.Forward();
  ParseSpectralConvSizes("x", "output_size", py::none(), modes, &sizes);
  call.modes = sizes.modes;
  call.grad_dims = grad.Shape();
  call.x = x.data;
  call.weights = weights.data;
  call.grad_output = grad.data;
  Array spectrum;
  if (!spectrum_object.is_none()) {
    spectrum = backend.View("spectrum", spectrum_object);
    if (spectrum.dtype != RealName(call.dtype)) {
      throw py::type_error("spectrum: dtype " + spectrum.dtype +
                           "; allowed with this x: " + RealName(call.dtype));
    }
    call.spectrum_dims = spectrum.Shape();
    call.spectrum = spectrum.data;
  }
  SpectralConvGradientsCall::Shape shape;
  Dims dims;
  ThrowIfError(Check(call, &shape, &dims));
  const Array second = backend.Empty(weights.dims, weights.dtype);
  call.second_result = second.data;
  return py::make_tuple(backend.Give(call, x.dtype).owner, second.owner);
}

}  // namespace spectral_ops::operators
