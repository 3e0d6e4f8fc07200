// The resample operator, its adjoint and the gradient of its windows.
#include "core/resample.h"

#include "python/arguments.h"
#include "python/operators.h"

namespace spectral_ops::operators {
namespace {

Array Run(Backend& backend, ResampleCall call, const Array& x, const Windows& windows) {
  call.dtype = ParseDataType("x", x.dtype);
  call.x = x.data;
  call.x_dims = x.Shape();
  for (size_t i = 0; i < windows.size(); ++i) {
    if (!windows[i]) continue;
    call.window_length[i] = windows[i]->dims[0];
    call.windows[i] = windows[i]->data;
  }
  return backend.Give(call, x.dtype);
}

// Of x or of an output's gradient, by the name.
py::object Resample(Backend& backend, ResampleCall call, const char* name,
                    const py::object& x_object, const char* size_name, const py::object& size,
                    const py::object& windows_object) {
  const Array x = backend.View(name, x_object);
  call.output_size = ParseSizes(size_name, size);
  const int rank = call.output_size.rank;
  CheckSignal(name, x, rank, call.format);
  const Windows windows = ParseWindows(backend, windows_object, rank, ParseDataType(name, x.dtype));
  return Run(backend, call, x, windows).owner;
}

}  // namespace

py::object Resample(Backend& backend, const py::object& x, const py::object& output_size,
                    const Text& boundary, const MaybeText& alignment, const Text& norm,
                    const py::object& windows, const Text& data_format, bool downsample_only) {
  ResampleCall call;
  ParseNames(norm, data_format, &call);
  call.rule = ParseRule(boundary, alignment);
  call.downsample_only = downsample_only;
  return Resample(backend, call, "x", x, "output_size", output_size, windows);
}

py::object ResampleAdjoint(Backend& backend, const py::object& grad_output,
                           const py::object& input_size, const Text& boundary,
                           const MaybeText& alignment, const Text& norm, const py::object& windows,
                           const Text& data_format) {
  ResampleCall call;
  ParseNames(norm, data_format, &call);
  call.rule = ParseRule(boundary, alignment);
  call.norm = AdjointNorm(call.norm);
  return Resample(backend, call, "grad_output", grad_output, "input_size", input_size, windows);
}

py::object ResampleWindowGradient(Backend& backend, const py::object& x_object,
                                  const py::object& grad_object, int axis, const Text& boundary,
                                  const MaybeText& alignment, const Text& norm,
                                  const py::object& windows_object, const Text& data_format) {
  ResampleCall others;
  ParseNames(norm, data_format, &others);
  others.rule = ParseRule(boundary, alignment);
  Array x = backend.View("x", x_object);
  Array grad = ViewLike(backend, "grad_output", grad_object, x);
  const DataType dtype = ParseDataType("x", x.dtype);
  const int rank = ParseRank("x", x.Shape());
  CheckSignal("x", x, rank, others.format);
  CheckSignal("grad_output", grad, rank, others.format);
  if (axis < 0 || axis >= rank) {
    throw py::value_error(Concat("axis: ", axis, "; allowed: 0 to ", rank - 1));
  }
  const int first = FirstSpatial(others.format);
  const auto at = static_cast<size_t>(axis);
  Windows windows = ParseWindows(backend, windows_object, rank, dtype);
  if (windows[at]) {  // it weighs nothing here, but is held to the same rule
    ThrowIfError(CheckWindowLength(axis, windows[at]->dims[0], x.dims[first + at],
                                   grad.dims[first + at], others.rule));
    windows[at].reset();
  }
  if (ElementSize(dtype) != ComputeSize(dtype)) {  // not rounded on the way
    x = backend.Widen("x", x);
    grad = backend.Widen("grad_output", grad);
  }
  // The other axes go first, by their own windows.
  others.output_size = MakeDims(grad.dims.data() + first, static_cast<size_t>(rank));
  others.output_size[axis] = x.dims[first + at];
  x = Run(backend, others, x, windows);

  WindowGradientCall call;
  call.dtype = ParseDataType("x", x.dtype);
  call.norm = others.norm;
  call.rule = others.rule;
  call.format = others.format;
  call.axis = axis;
  call.x = x.data;
  call.x_dims = x.Shape();
  call.grad_output = grad.data;
  call.grad_dims = grad.Shape();
  return backend.Give(call, x.dtype).owner;
}

}  // namespace spectral_ops::operators
