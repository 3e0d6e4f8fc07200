// What the op SpectralOps>FilterGradients makes of its attributes and inputs.
#pragma once

#include "core/filter.h"
#include "tf/shim.h"

namespace spectral_ops {

struct FilterGradientsOp : GivesNewTensor {
  template <class Context>
  absl::Status Read(Context* context) {
    tensorflow::DataType response = tensorflow::DT_COMPLEX64;
    TF_RETURN_IF_ERROR(
        ReadAttributes(context, "T", &call.dtype, "data_format", &call.format, "W", &response));
    if ((response == tensorflow::DT_COMPLEX128) == (call.dtype == DataType::kFloat64)) {
      return absl::OkStatus();
    }
    return absl::InvalidArgumentError(
        "response: must be complex128 for float64 x, complex64 otherwise");
  }

  template <class Inputs>
  absl::Status Fill(const Inputs& inputs, FilterGradientsCall* call) const {
    call->x = inputs.Tensor(0, &call->x_dims);
    call->response = inputs.Tensor(1, &call->response_dims);
    call->grad_output = inputs.Tensor(2, &call->grad_dims);
    return absl::OkStatus();
  }

  FilterGradientsCall call;
};

}  // namespace spectral_ops
