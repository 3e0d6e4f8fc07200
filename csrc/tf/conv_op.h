// SpectralOps>Conv, SpectralOps>ConvInputGradient, SpectralOps>ConvFilterGradient and
// SpectralOps>ConvPrefersFft: their attributes and inputs.
#ifndef SPECTRAL_OPS_TF_CONV_OP_H_
#define SPECTRAL_OPS_TF_CONV_OP_H_

#include "core/conv.h"
#include "tf/shim.h"

namespace spectral_ops {

// Of all four; no groups stands for kDepthwise.
struct ConvAttributes {
  template <class Context>
  absl::Status Read(Context* context) {
    return ReadAttributes(context, "T", &call.dtype, "padding", &call.padding, "groups",
                          &call.groups, "data_format", &call.format);
  }

  ConvCall call;
};

template <ConvMap map>
struct ConvOp : ConvAttributes, GivesNewTensor {
  using Call = ConvCall;
  static constexpr auto kOutput = &Call::result;

  // x, filters; x_shape, filters, grad_output; x, filters_shape, grad_output.
  absl::Status Fill(tensorflow::OpKernelContext* context, Call* call) const;

  static Status Check(const Call& call, Dims* result_dims) {
    ConvShape shape;
    return Check(call, &shape, result_dims);
  }

  template <class Runtime>
  static Status Run(const Call& call, Runtime& runtime) {
    return RunConv(call, runtime);
  }
};

// Looks at shapes alone: the same on every device, its tensors in host memory.
class ConvPrefersFftKernel final : public tensorflow::OpKernel {
 public:
  explicit ConvPrefersFftKernel(tensorflow::OpKernelConstruction* context);
  void Compute(tensorflow::OpKernelContext* context) override;

 private:
  absl::Status Run(tensorflow::OpKernelContext* context) const;

  SimdTarget simd_;
  ConvAttributes attributes_;
};

}  // namespace spectral_ops

#endif  // SPECTRAL_OPS_TF_CONV_OP_H_
