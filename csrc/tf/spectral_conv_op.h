// SpectralOps>SpectralConv and SpectralOps>SpectralConvWeightGradient: their attributes and inputs.
#ifndef SPECTRAL_OPS_TF_SPECTRAL_CONV_OP_H_
#define SPECTRAL_OPS_TF_SPECTRAL_CONV_OP_H_

#include <cstdint>
#include <vector>

#include "core/spectral_conv.h"
#include "tf/shim.h"

namespace spectral_ops {

// What both ops are.
struct SpectralConvOpBase : GivesNewTensor {
  using Call = SpectralConvCall;
  static constexpr auto kOutput = &Call::result;

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

  static Status Check(const Call& call, Dims* target_dims) {
    SpectralConvShape shape;
    return Check(call, &shape, target_dims);
  }

  template <class Runtime>
  static Status Run(const Call& call, Runtime& runtime) {
    return RunSpectralConv(call, runtime);
  }

  Call call;
};

struct SpectralConvOp : SpectralConvOpBase {
  template <class Context>
  absl::Status Read(Context* context) {
    bool adjoint = false;
    TF_RETURN_IF_ERROR(ReadAttributes(context, "adjoint", &adjoint));
    call.kind = adjoint ? SpectralConvKind::kAdjoint : SpectralConvKind::kForward;
    return SpectralConvOpBase::Read(context);
  }

  absl::Status Fill(tensorflow::OpKernelContext* context, Call* call) const;
};

struct SpectralConvWeightGradientOp : SpectralConvOpBase {
  absl::Status Fill(tensorflow::OpKernelContext* context, Call* call) const;
};

}  // namespace spectral_ops

#endif  // SPECTRAL_OPS_TF_SPECTRAL_CONV_OP_H_
