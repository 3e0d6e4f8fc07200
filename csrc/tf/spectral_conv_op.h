// What the kernels of SpectralOps>SpectralConv and SpectralOps>SpectralConvWeightGradient do on
// every device: read attributes, check arguments, allocate results. The class of a device runs the
// rest.
#ifndef SPECTRAL_OPS_TF_SPECTRAL_CONV_OP_H_
#define SPECTRAL_OPS_TF_SPECTRAL_CONV_OP_H_

#include <cstddef>
#include <cstdint>
#include <vector>

#include "core/spectral_conv.h"
#include "core/types.h"
#include "tensorflow/core/framework/op_kernel.h"
#include "tf/shim.h"

namespace spectral_ops {

// The maps of OpOf.
class SpectralConvKernel : public TypedKernel {
 public:
  explicit SpectralConvKernel(tensorflow::OpKernelConstruction* context);
  absl::Status Convolve(tensorflow::OpKernelContext* context) const;
  absl::Status WeightGradient(tensorflow::OpKernelContext* context) const;

 protected:
  // A checked call, whose target is not empty.
  struct Call {
    SpectralConvShape shape;
    const void* source = nullptr;       // x; of the adjoint grad_output
    const void* weights = nullptr;      // not of the weight gradient
    const void* grad_output = nullptr;  // of the weight gradient alone
    void* target = nullptr;             // y; the gradient of x; that of the weights
    size_t target_bytes = 0;
  };

  virtual absl::Status Run(tensorflow::OpKernelContext* context, const Call& call) const = 0;

  Norm norm_ = Norm::kForward;

 private:
  absl::Status MakeShape(const tensorflow::Tensor& x, SpectralConvKind kind,
                         const std::vector<int64_t>& other, const std::vector<int64_t>& weights,
                         SpectralConvShape* shape) const;
  absl::Status Start(tensorflow::OpKernelContext* context,
                     const tensorflow::TensorShape& target_shape, Call* call) const;

  DataFormat format_ = DataFormat::kChannelsLast;
  std::vector<int64_t> modes_;
  bool adjoint_ = false;
};

}  // namespace spectral_ops

#endif  // SPECTRAL_OPS_TF_SPECTRAL_CONV_OP_H_
