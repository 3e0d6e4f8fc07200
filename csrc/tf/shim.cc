#include "tf/shim.h"

#include <functional>
#include <string>
#include <utility>

namespace spectral_ops {

absl::Status ToAbsl(const Status& status) {
  switch (status.code()) {
    case StatusCode::kOk:
      break;
    case StatusCode::kInvalidArgument:
      return absl::InvalidArgumentError(status.message());
    case StatusCode::kUnavailable:
      return absl::UnavailableError(status.message());
    case StatusCode::kInternal:
      return absl::InternalError(status.message());
  }
  return absl::OkStatus();
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

GangFor ThreadsOf(tensorflow::OpKernelContext* context) {
  const auto* threads = context->device()->tensorflow_cpu_worker_threads();
  return GangFor(threads->num_threads, [pool = threads->workers](std::function<void()> task) {
    pool->Schedule(std::move(task));
  });
}

absl::Status AllocateWorkspace(tensorflow::OpKernelContext* context, size_t bytes,
                               tensorflow::Tensor* workspace) {
  return context->allocate_temp(tensorflow::DT_UINT8,
                                tensorflow::TensorShape({static_cast<int64_t>(bytes)}), workspace);
}

TypedKernel::TypedKernel(tensorflow::OpKernelConstruction* context) : OpKernel(context) {
  tensorflow::DataType type = tensorflow::DT_FLOAT;
  OP_REQUIRES_OK(context, context->GetAttr("T", &type));
  dtype_ = ToDataType(type);
}

SimdTarget GetSimdTarget(tensorflow::OpKernelConstruction* context) {
  SimdTarget target = SimdTarget::kScalar;
  const Status status = ActiveSimdTarget(&target);
  if (!status.ok()) context->CtxFailure(ToAbsl(status));
  return target;
}

std::vector<int64_t> DimsOf(const tensorflow::Tensor& tensor) {
  const auto dims = tensor.shape().dim_sizes();
  return {dims.begin(), dims.end()};
}

absl::Status ReadVector(const char* name, const tensorflow::Tensor& tensor,
                        std::vector<int64_t>* values) {
  if (tensor.dims() != 1) {
    return absl::InvalidArgumentError(std::string(name) + ": shape " +
                                      tensor.shape().DebugString() + " is not 1-D");
  }
  for (int64_t i = 0; i < tensor.dim_size(0); ++i) {
    values->push_back(tensor.dtype() == tensorflow::DT_INT32 ? tensor.vec<int32_t>()(i)
                                                             : tensor.vec<int64_t>()(i));
  }
  return absl::OkStatus();
}

}  // namespace spectral_ops
