#include "core/filter.h"

namespace spectral_ops {

SpectralConvCall FilterGradientsCall::OfX() const {
  SpectralConvCall call;
  call.kind = SpectralConvKind::kAdjoint;
  call.dtype = dtype;
  call.format = format;
  call.x_dims = grad_dims;
  call.other = SpatialDims(x_dims, format);
  call.weight_dims = response_dims;
  call.whole = true;
  call.source = grad_output;
  call.weights = response;
  call.result = result;
  return call;
}

SpectralConvCall FilterGradientsCall::OfResponse() const {
  SpectralConvCall call;
  call.kind = SpectralConvKind::kWeightGradient;
  call.dtype = dtype;
  call.format = format;
  call.x_dims = x_dims;
  call.other = grad_dims;
  call.weight_dims = response_dims;
  call.whole = true;
  call.source = x;
  call.grad_output = grad_output;
  call.result = second_result;
  return call;
}

Status Check(const FilterGradientsCall& call, SpectralConvShape* shape, Dims* result_dims) {
  SPECTRAL_OPS_RETURN_IF_ERROR(Check(call.OfResponse(), shape, result_dims));
  if (!(call.grad_dims == call.x_dims)) {
    return Status::InvalidArgument("grad_output: shape ", Text(call.grad_dims),
                                   "; allowed: that of x, ", Text(call.x_dims));
  }
  *result_dims = call.x_dims;
  return {};
}

}  // namespace spectral_ops
