#include "tf/gpu_shim.h"

#include <map>
#include <memory>
#include <mutex>

#include "xla/stream_executor/stream.h"

namespace spectral_ops {
namespace {

// The traits of a device, which is asked once.
Status FindTraits(int device, const CudaTraits** traits) {
  struct Table {
    std::mutex mutex;
    std::map<int, CudaTraits> traits;  // by ordinal; entries stay where they are
  };
  static Table* const table = std::make_unique<Table>().release();  // outlives all that may run
  const std::lock_guard<std::mutex> lock(table->mutex);
  auto found = table->traits.find(device);
  if (found == table->traits.end()) {
    CudaTraits asked;  // not kept where that fails: the next op asks again
    SPECTRAL_OPS_RETURN_IF_ERROR(CudaTraits::Get(device, &asked));
    found = table->traits.emplace(device, asked).first;
  }
  *traits = &found->second;
  return {};
}

}  // namespace

absl::Status GetCudaPlace(tensorflow::OpKernelContext* context, CudaPlace* place) {
  const auto* info = context->device()->tensorflow_accelerator_device_info();
  const auto* device_context = context->op_device_context();
  if (info == nullptr || device_context == nullptr || device_context->stream() == nullptr) {
    return absl::InternalError("the device " + context->device()->name() + " has no stream");
  }
  // CUDA's own ordinal. That of TensorFlow's name, GPU:0, counts logical devices in the order of
  // visible_device_list.
  place->stream.device = info->gpu_id;
  place->stream.stream =
      static_cast<cudaStream_t>(device_context->stream()->platform_specific_handle().stream);
  return ToAbsl(FindTraits(place->stream.device, &place->traits));
}

}  // namespace spectral_ops
