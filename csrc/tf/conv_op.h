// What the kernels of SpectralOps>Conv and its kin do on every device: read attributes, check
// arguments, allocate results. The class of a device runs the rest.
#ifndef SPECTRAL_OPS_TF_CONV_OP_H_
#define SPECTRAL_OPS_TF_CONV_OP_H_

#include <cstddef>
#include <cstdint>
#include <vector>

#include "core/conv.h"
#include "cpu/convolution/conv_plan.h"
#include "tensorflow/core/framework/op_kernel.h"
#include "tf/shim.h"

namespace spectral_ops {

// What all these ops are told by attributes; no groups stands for kDepthwise.
struct ConvAttributes {
  Padding padding = Padding::kSame;
  DataFormat format = DataFormat::kChannelsLast;
  int64_t groups = 1;
};

class ConvKernelBase : public TypedKernel {
 public:
  explicit ConvKernelBase(tensorflow::OpKernelConstruction* context);

 protected:
  absl::Status MakeShape(const std::vector<int64_t>& x_dims,
                         const std::vector<int64_t>& filter_dims, ConvShape* shape) const;

 private:
  ConvAttributes attributes_;
};

// The maps of OpOf.
class ConvKernel : public ConvKernelBase {
 public:
  using ConvKernelBase::ConvKernelBase;
  absl::Status Forward(tensorflow::OpKernelContext* context) const;
  absl::Status InputGradient(tensorflow::OpKernelContext* context) const;
  absl::Status FilterGradient(tensorflow::OpKernelContext* context) const;

 protected:
  // A checked call, whose result is not empty.
  struct Call {
    ConvShape shape;
    ConvMap map = ConvMap::kForward;
    const void* source = nullptr;  // x; the output's gradient for kInputGradient
    const void* other = nullptr;   // filters; the output's gradient for kFilterGradient
    void* result = nullptr;
    size_t result_bytes = 0;
  };

  virtual absl::Status Run(tensorflow::OpKernelContext* context, const Call& call) const = 0;

 private:
  absl::Status Start(tensorflow::OpKernelContext* context, const tensorflow::Tensor& source,
                     const tensorflow::Tensor& other, const std::vector<int64_t>& result_dims,
                     Call* call) const;
};

// Looks at shapes alone: the same on every device, its tensors in host memory.
class ConvPrefersFftOp final : public ConvKernelBase {
 public:
  explicit ConvPrefersFftOp(tensorflow::OpKernelConstruction* context);
  void Compute(tensorflow::OpKernelContext* context) override;

 private:
  const ConvTraits& traits_;
};

}  // namespace spectral_ops

#endif  // SPECTRAL_OPS_TF_CONV_OP_H_
