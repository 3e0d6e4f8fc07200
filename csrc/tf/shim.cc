#include "tf/shim.h"

#include <algorithm>
#include <functional>
#include <utility>

namespace spectral_ops {

namespace tf = tensorflow;

absl::Status ToAbsl(const Status& status) {
  return absl::Status(static_cast<absl::StatusCode>(status.code()), status.message());
}

DataType ToDataType(tf::DataType type) {
  switch (type) {
    case tf::DT_HALF:
      return DataType::kFloat16;
    case tf::DT_BFLOAT16:
      return DataType::kBFloat16;
    case tf::DT_DOUBLE:
      return DataType::kFloat64;
    default:  // the op's type constraint leaves nothing else
      return DataType::kFloat32;
  }
}

const void* ReadTensor(const tf::Tensor& tensor, Dims* dims) {
  const auto lengths = tensor.shape().dim_sizes();
  *dims = MakeDims(lengths.data(), lengths.size());
  return tensor.data();
}

absl::Status CheckVector(const char* name, const tf::Tensor& tensor) {
  if (tensor.dims() == 1) return absl::OkStatus();
  return absl::InvalidArgumentError(
      Concat(name, ": shape ", tensor.shape().DebugString(), " is not 1-D"));
}

absl::Status ReadVector(const char* name, const tf::Tensor& tensor, Dims* entries) {
  TF_RETURN_IF_ERROR(CheckVector(name, tensor));
  *entries = Dims();
  entries->rank = static_cast<int>(tensor.NumElements());
  for (int i = 0; i < std::min(entries->rank, kMaxRank); ++i) {
    (*entries)[i] =
        tensor.dtype() == tf::DT_INT32 ? tensor.vec<int32_t>()(i) : tensor.vec<int64_t>()(i);
  }
  return absl::OkStatus();
}

Dims KnownDims(tf::shape_inference::InferenceContext* c, tf::shape_inference::ShapeHandle shape) {
  Dims dims;
  dims.rank = c->RankKnown(shape) ? c->Rank(shape) : -1;
  for (int i = 0; i < kMaxRank; ++i) {
    dims[i] = i < dims.rank ? c->Value(c->Dim(shape, i)) : -1;
  }
  return dims;
}

absl::Status AllocateOutput(tf::OpKernelContext* context, const Dims& dims, tf::Tensor** output) {
  tf::TensorShape shape;
  TF_RETURN_IF_ERROR(
      tf::TensorShape::BuildTensorShape(absl::MakeConstSpan(dims.length, dims.rank), &shape));
  return context->allocate_output(0, shape, output);
}

Status OpWorkspace::Take(size_t bytes, void** memory) {
  const absl::Status status = context_->allocate_temp(
      tf::DT_UINT8, tf::TensorShape({static_cast<int64_t>(bytes)}), &tensor_);
  if (!status.ok()) return Status::ResourceExhausted(status.message());
  *memory = tensor_.data();
  return {};
}

CpuSettings GetCpuSettings(tf::OpKernelConstruction* context) {
  CpuSettings settings;
  const Status status = FindSimd("", &settings.simd);
  if (!status.ok()) context->CtxFailure(ToAbsl(status));
  return settings;
}

GangFor ThreadsOf(tf::OpKernelContext* context) {
  const auto* threads = context->device()->tensorflow_cpu_worker_threads();
  return GangFor(threads->num_threads, [pool = threads->workers](std::function<void()> task) {
    pool->Schedule(std::move(task));
  });
}

}  // namespace spectral_ops
