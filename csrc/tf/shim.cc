#include "tf/shim.h"

#include <algorithm>

namespace spectral_ops {

absl::Status ToAbsl(const Status& status) {
  return status.ok() ? absl::OkStatus() : absl::InvalidArgumentError(status.message());
}

DataType ToDataType(tensorflow::DataType type) {
  switch (type) {
    case tensorflow::DT_HALF:
      return DataType::kFloat16;
    case tensorflow::DT_BFLOAT16:
      return DataType::kBFloat16;
    case tensorflow::DT_DOUBLE:
      return DataType::kFloat64;
    default:  // the op's type constraint leaves nothing else
      return DataType::kFloat32;
  }
}

DeviceFor::DeviceFor(tensorflow::OpKernelContext* context)
    : threads_(context->device()->tensorflow_cpu_worker_threads()) {}

int DeviceFor::max_workers() const { return std::max(1, threads_->num_threads); }

void DeviceFor::Run(int workers, WorkerBody body) const {
  if (workers == 1) {
    body(0);
    return;
  }
  threads_->workers->ParallelFor(
      workers, tensorflow::thread::ThreadPool::SchedulingParams::Fixed(/*block_size=*/1),
      [&body](int64_t begin, int64_t end) {
        for (int64_t worker = begin; worker < end; ++worker) body(static_cast<int>(worker));
      });
}

absl::Status AllocateWorkspace(tensorflow::OpKernelContext* context, size_t bytes,
                               tensorflow::Tensor* workspace) {
  return context->allocate_temp(tensorflow::DT_UINT8,
                                tensorflow::TensorShape({static_cast<int64_t>(bytes)}), workspace);
}

}  // namespace spectral_ops
