// What the ops SpectralOps>SpectralConv, >SpectralConvGradients and >SpectralConvWeightGradient
// make of their attributes and inputs.
#pragma once

#include <vector>

#include "core/spectral_conv.h"
#include "tf/shim.h"

namespace spectral_ops {

// A spectrum is bytes to TensorFlow: of real numbers it would make zeros for their gradient, and
// hold them for that. The last of its dims is therefore that of the kernels times the size of a
// number.
inline int64_t& LastOf(Dims* dims) { return dims->length[dims->rank - 1]; }

// What all of them are.
template <class Call>
struct SpectralConvOpBase : GivesNewTensor {
  template <class Context>
  absl::Status Read(Context* context) {
    std::vector<int64_t> modes;
    tensorflow::DataType weights = tensorflow::DT_COMPLEX64;
    TF_RETURN_IF_ERROR(ReadAttributes(context, "T", &call.dtype, "norm", &call.norm, "data_format",
                                      &call.format, "modes", &modes, "W", &weights));
    call.modes = MakeDims(modes.data(), modes.size());
    if ((weights == tensorflow::DT_COMPLEX128) == (call.dtype == DataType::kFloat64)) {
      return absl::OkStatus();
    }
    return absl::InvalidArgumentError(
        "weights: must be complex128 for float64 x, complex64 otherwise");
  }

  Call call;
};

struct SpectralConvOp : SpectralConvOpBase<SpectralConvCall> {
  template <class Context>
  absl::Status Read(Context* context) {
    bool adjoint = false;
    TF_RETURN_IF_ERROR(
        ReadAttributes(context, "adjoint", &adjoint, "whole", &call.whole, "keeps", &call.keeps));
    call.kind = adjoint ? SpectralConvKind::kAdjoint : SpectralConvKind::kForward;
    return SpectralConvOpBase::Read(context);
  }

  template <class Inputs>
  absl::Status Fill(const Inputs& inputs, SpectralConvCall* call) const {
    call->source = inputs.Tensor(0, &call->x_dims);
    call->weights = inputs.Tensor(1, &call->weight_dims);
    return inputs.Vector("output_size", 2, &call->other);
  }
};

struct SpectralConvGradientsOp : SpectralConvOpBase<SpectralConvGradientsCall> {
  template <class Context>
  absl::Status Read(Context* context) {
    TF_RETURN_IF_ERROR(ReadAttributes(context, "whole", &call.whole));
    return SpectralConvOpBase::Read(context);
  }

  template <class Inputs>
  absl::Status Fill(const Inputs& inputs, SpectralConvGradientsCall* call) const {
    call->x = inputs.Tensor(0, &call->x_dims);
    call->weights = inputs.Tensor(1, &call->weight_dims);
    call->grad_output = inputs.Tensor(2, &call->grad_dims);
    call->spectrum = inputs.Tensor(3, &call->spectrum_dims);
    const auto element = static_cast<int64_t>(ComputeSize(call->dtype));
    if (call->spectrum_dims.rank > 0) LastOf(&call->spectrum_dims) /= element;
    return absl::OkStatus();
  }
};

struct SpectralConvWeightGradientOp : SpectralConvOpBase<SpectralConvCall> {
  template <class Inputs>
  absl::Status Fill(const Inputs& inputs, SpectralConvCall* call) const {
    call->kind = SpectralConvKind::kWeightGradient;
    call->source = inputs.Tensor(0, &call->x_dims);
    call->grad_output = inputs.Tensor(1, &call->other);
    return inputs.Vector("weights_shape", 2, &call->weight_dims);
  }
};

}  // namespace spectral_ops
