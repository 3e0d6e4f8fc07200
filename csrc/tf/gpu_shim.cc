#include "tf/gpu_shim.h"

#include "xla/stream_executor/stream.h"

namespace spectral_ops {

absl::Status GetCudaPlace(tensorflow::OpKernelContext* context, CudaPlace* place) {
  const auto* info = context->device()->tensorflow_accelerator_device_info();
  const auto* device_context = context->op_device_context();
  if (info == nullptr || device_context == nullptr || device_context->stream() == nullptr) {
    return absl::InternalError("the device " + context->device()->name() + " has no stream");
  }
  // CUDA's own ordinal. That of TensorFlow's name, GPU:0, counts logical devices in the order of
  // visible_device_list.
  place->device = info->gpu_id;
  place->stream = device_context->stream()->platform_specific_handle().stream;
  return absl::OkStatus();
}

}  // namespace spectral_ops
