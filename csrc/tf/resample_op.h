// What the kernels of SpectralOps>Resample and SpectralOps>ResampleWindowGradient do on every
// device: read attributes, check arguments, allocate results. The classes of a device run the rest.
#ifndef SPECTRAL_OPS_TF_RESAMPLE_OP_H_
#define SPECTRAL_OPS_TF_RESAMPLE_OP_H_

#include <cstdint>
#include <vector>

#include "core/resample.h"
#include "core/types.h"
#include "tensorflow/core/framework/op_kernel.h"
#include "tf/shim.h"

namespace spectral_ops {

// Attributes that both ops share.
class ResampleKernel : public TypedKernel {
 public:
  explicit ResampleKernel(tensorflow::OpKernelConstruction* context);

 protected:
  Norm norm_ = Norm::kForward;
  DataFormat format_ = DataFormat::kChannelsLast;
};

class ResampleOp : public ResampleKernel {
 public:
  explicit ResampleOp(tensorflow::OpKernelConstruction* context);
  void Compute(tensorflow::OpKernelContext* context) final;

 protected:
  // A checked call: some axis is not the identity, and y is not empty.
  struct Call {
    ResampleShape shape;
    const void* x = nullptr;                    // [outer, *n, inner]
    const void* windows[kMaxSpatialRank] = {};  // by axis, of the computing type
    void* y = nullptr;                          // [outer, *m, inner]
  };

  virtual absl::Status Run(tensorflow::OpKernelContext* context, const Call& call) const = 0;

 private:
  bool downsample_only_ = false;
  std::vector<int64_t> window_axes_;
};

class ResampleWindowGradientOp : public ResampleKernel {
 public:
  explicit ResampleWindowGradientOp(tensorflow::OpKernelConstruction* context);
  void Compute(tensorflow::OpKernelContext* context) final;

 protected:
  // x: [.., n, ..], grad_output: [.., m, ..] -> grad_window: [min(n, m)//2 + 1].
  virtual absl::Status Run(tensorflow::OpKernelContext* context, const tensorflow::Tensor& x,
                           const tensorflow::Tensor& grad_output,
                           tensorflow::Tensor* grad_window) const = 0;

  int axis_ = 0;  // among the spatial ones
};

}  // namespace spectral_ops

#endif  // SPECTRAL_OPS_TF_RESAMPLE_OP_H_
