// What every GPU kernel of this library needs to stand between TensorFlow and CUDA. TensorFlow's
// own GPU headers would want CUDA's; nothing here does.
#pragma once

#include "cuda/runtime.h"
#include "tensorflow/core/framework/op_kernel.h"
#include "tf/shim.h"

namespace spectral_ops {

// Where an op runs, and what its plan needs to know of the device.
struct CudaPlace {
  CudaStream stream;
  const CudaTraits* traits = nullptr;
};

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
    CudaRuntime runtime(place.stream, *place.traits, workspace);
    return ToAbsl(gpu::Run(call, runtime));
  }
};

}  // namespace spectral_ops
