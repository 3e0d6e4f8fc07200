// What the ops SpectralOps>Filter and SpectralOps>FilterGradients make of their attributes and
// inputs.
#pragma once

#include "core/filter.h"
#include "tf/shim.h"

namespace spectral_ops {

// Reads what both ops have.
template <class Context, class Call>
absl::Status ReadFilter(Context* context, Call* call) {
  tensorflow::DataType response = tensorflow::DT_COMPLEX64;
  tensorflow::DataType spectrum = tensorflow::DT_FLOAT;
  TF_RETURN_IF_ERROR(ReadAttributes(context, "T", &call->dtype, "data_format", &call->format, "W",
                                    &response, "S", &spectrum));
  const bool wide = call->dtype == DataType::kFloat64;
  if ((response == tensorflow::DT_COMPLEX128) != wide) {
    return absl::InvalidArgumentError(
        "response: must be complex128 for float64 x, complex64 otherwise");
  }
  if ((spectrum == tensorflow::DT_DOUBLE) != wide) {
    return absl::InvalidArgumentError("spectrum: must be float64 for float64 x, float32 otherwise");
  }
  return absl::OkStatus();
}

struct FilterOp : GivesNewTensor {
  template <class Context>
  absl::Status Read(Context* context) {
    call.whole = true;
    TF_RETURN_IF_ERROR(ReadAttributes(context, "keeps", &call.keeps));
    return ReadFilter(context, &call);
  }

  template <class Inputs>
  absl::Status Fill(const Inputs& inputs, SpectralConvCall* call) const {
    call->source = inputs.Tensor(0, &call->x_dims);
    call->weights = inputs.Tensor(1, &call->weight_dims);
    call->other = SpatialDims(call->x_dims, call->format);
    return absl::OkStatus();
  }

  SpectralConvCall call;
};

struct FilterGradientsOp : GivesNewTensor {
  template <class Context>
  absl::Status Read(Context* context) {
    return ReadFilter(context, &call);
  }

  template <class Inputs>
  absl::Status Fill(const Inputs& inputs, FilterGradientsCall* call) const {
    call->x = inputs.Tensor(0, &call->x_dims);
    call->response = inputs.Tensor(1, &call->response_dims);
    call->grad_output = inputs.Tensor(2, &call->grad_dims);
    call->spectrum = inputs.Tensor(3, &call->spectrum_dims);
    return absl::OkStatus();
  }

  FilterGradientsCall call;
};

}  // namespace spectral_ops
