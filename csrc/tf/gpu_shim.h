// What every GPU kernel of this library needs to stand between TensorFlow and CUDA. TensorFlow's
// own GPU headers would want CUDA's; nothing here does.
#pragma once

#include "tensorflow/core/framework/op_kernel.h"
#include "tf/shim.h"

namespace spectral_ops {

// The device and the stream of an op.
absl::Status GetCudaPlace(tensorflow::OpKernelContext* context, CudaPlace* place);

// The device of KernelOf.
class OnGpu {
 public:
  explicit OnGpu(tensorflow::OpKernelConstruction*) {}

  template <class Call>
  absl::Status RunCall(tensorflow::OpKernelContext* context, const Call& call) const {
    CudaPlace place;
    TF_RETURN_IF_ERROR(GetCudaPlace(context, &place));
    OpWorkspace workspace(context);
    return ToAbsl(RunOnCuda(call, place, workspace));
  }

  // None is kept.
  static absl::Status FindSpectrum(tensorflow::OpKernelContext*, const SpectralConvCall&,
                                   Dims* dims) {
    *dims = Dims();
    dims->rank = 1;
    return absl::OkStatus();
  }
};

}  // namespace spectral_ops
