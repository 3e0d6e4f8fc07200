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

absl::Status CheckVector(const char* name, const Dims& dims) {
  if (dims.rank == 1) return absl::OkStatus();
  return absl::InvalidArgumentError(Concat(name, ": shape ", Text(dims), " is not 1-D"));
}

Dims OpInputs::DimsOf(int i) const {
  const auto lengths = context_->input(i).shape().dim_sizes();
  return MakeDims(lengths.data(), lengths.size());
}

const void* OpInputs::Tensor(int i, Dims* dims) const {
  *dims = DimsOf(i);
  return context_->input(i).data();
}

absl::Status OpInputs::Vector(const char* name, int i, Dims* entries) const {
  const tf::Tensor& tensor = context_->input(i);
  TF_RETURN_IF_ERROR(CheckVector(name, DimsOf(i)));
  *entries = Dims();
  entries->rank = static_cast<int>(tensor.NumElements());
  for (int k = 0; k < std::min(entries->rank, kMaxDims); ++k) {
    (*entries)[k] =
        tensor.dtype() == tf::DT_INT32 ? tensor.vec<int32_t>()(k) : tensor.vec<int64_t>()(k);
  }
  return absl::OkStatus();
}

Dims KnownDims(tf::shape_inference::InferenceContext* c, tf::shape_inference::ShapeHandle shape) {
  Dims dims;
  dims.rank = c->RankKnown(shape) ? c->Rank(shape) : -1;
  for (int i = 0; i < kMaxDims; ++i) {
    dims[i] = i < dims.rank ? c->Value(c->Dim(shape, i)) : -1;
  }
  return dims;
}

absl::Status AllocateOutput(tf::OpKernelContext* context, const Dims& dims, tf::Tensor** output,
                            int i) {
  tf::TensorShape shape;
  TF_RETURN_IF_ERROR(
      tf::TensorShape::BuildTensorShape(absl::MakeConstSpan(dims.length, dims.rank), &shape));
  return context->allocate_output(i, shape, output);
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
