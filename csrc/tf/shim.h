// What every op of this library needs to stand between TensorFlow and the kernels.
#ifndef SPECTRAL_OPS_TF_SHIM_H_
#define SPECTRAL_OPS_TF_SHIM_H_

#include <cstdint>
#include <vector>

#include "core/status.h"
#include "core/types.h"
#include "cpu/base/gang.h"
#include "cpu/base/simd.h"
#include "tensorflow/core/framework/op_kernel.h"
#include "tensorflow/core/framework/shape_inference.h"

namespace spectral_ops {

absl::Status ToAbsl(const Status& status);

DataType ToDataType(tensorflow::DataType type);

// TensorFlow's intra-op threads.
GangFor ThreadsOf(tensorflow::OpKernelContext* context);

// Scratch from TensorFlow's allocator of the op's device: aligned to 64 bytes, on a GPU to 256.
absl::Status AllocateWorkspace(tensorflow::OpKernelContext* context, size_t bytes,
                               tensorflow::Tensor* workspace);

// A kernel of one of the four types `T`, on any device.
class TypedKernel : public tensorflow::OpKernel {
 public:
  explicit TypedKernel(tensorflow::OpKernelConstruction* context);

 protected:
  DataType dtype_ = DataType::kFloat32;
};

// The op that runs one of the maps of a `Kernel`.
template <class Kernel, auto kMap>
class OpOf final : public Kernel {
 public:
  using Kernel::Kernel;
  void Compute(tensorflow::OpKernelContext* context) override {
    OP_REQUIRES_OK(context, (this->*kMap)(context));
  }
};

// The SIMD target of this process, for a CPU kernel; fails the construction where there is none.
SimdTarget GetSimdTarget(tensorflow::OpKernelConstruction* context);

std::vector<int64_t> DimsOf(const tensorflow::Tensor& tensor);

// The entries of an int32 or int64 vector.
absl::Status ReadVector(const char* name, const tensorflow::Tensor& tensor,
                        std::vector<int64_t>* values);

// The length of dimension `i`, or -1 where it is not known.
inline int64_t LengthOrUnknown(tensorflow::shape_inference::InferenceContext* c,
                               tensorflow::shape_inference::ShapeHandle shape, int i) {
  return c->RankKnown(shape) ? c->Value(c->Dim(shape, i)) : -1;
}

}  // namespace spectral_ops

#endif  // SPECTRAL_OPS_TF_SHIM_H_
