// What every op of this library needs to stand between TensorFlow and the kernels.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <type_traits>

#include "core/conv.h"
#include "core/dims.h"
#include "core/memory.h"
#include "core/status.h"
#include "core/types.h"
#include "library/client.h"
#include "library/gang.h"
#include "tensorflow/core/framework/op_kernel.h"
#include "tensorflow/core/framework/shape_inference.h"

namespace spectral_ops {

absl::Status ToAbsl(const Status& status);

DataType ToDataType(tensorflow::DataType type);

// Fills each value from the attribute whose name stands before it.
template <class Context, class Value, class... Rest>
absl::Status ReadAttributes(Context* context, const char* name, Value* value, Rest... rest) {
  if constexpr (std::is_same_v<Value, DataType>) {
    tensorflow::DataType type = tensorflow::DT_FLOAT;
    TF_RETURN_IF_ERROR(context->GetAttr(name, &type));
    *value = ToDataType(type);
  } else if constexpr (std::is_enum_v<Value> && !std::is_same_v<Value, tensorflow::DataType>) {
    std::string text;
    TF_RETURN_IF_ERROR(context->GetAttr(name, &text));
    TF_RETURN_IF_ERROR(ToAbsl(Parse(text, value)));
  } else {
    TF_RETURN_IF_ERROR(context->GetAttr(name, value));
  }
  if constexpr (sizeof...(rest) > 0) return ReadAttributes(context, rest...);
  return absl::OkStatus();
}

// Refuses what is not 1-D.
absl::Status CheckVector(const char* name, const Dims& dims);

// The inputs of a running op, as every op reads them to fill its call; XLA has another of the kind
// (xla/compile.h).
class OpInputs {
 public:
  explicit OpInputs(tensorflow::OpKernelContext* context) : context_(context) {}

  int count() const { return context_->num_inputs(); }
  // The data of a tensor, and its dims.
  const void* Tensor(int i, Dims* dims) const;
  // The dims alone.
  Dims DimsOf(int i) const;
  // The entries of an int32 or int64 vector.
  absl::Status Vector(const char* name, int i, Dims* entries) const;

 private:
  tensorflow::OpKernelContext* context_;
};

// The dimensions of a shape function's tensor as far as they are known, else -1; so is the rank.
Dims KnownDims(tensorflow::shape_inference::InferenceContext* c,
               tensorflow::shape_inference::ShapeHandle shape);

absl::Status AllocateOutput(tensorflow::OpKernelContext* context, const Dims& dims,
                            tensorflow::Tensor** output, int i = 0);

// Scratch from TensorFlow's allocator of the op's device: aligned to 64 bytes, on a GPU to 256.
class OpWorkspace final : public Workspace {
 public:
  explicit OpWorkspace(tensorflow::OpKernelContext* context) : context_(context) {}
  Status Take(size_t bytes, void** memory) override;

 private:
  tensorflow::OpKernelContext* context_;
  tensorflow::Tensor tensor_;
};

// The kernels of this process; fails the construction where SPECTRAL_OPS_SIMD names none.
CpuSettings GetCpuSettings(tensorflow::OpKernelConstruction* context);

// TensorFlow's intra-op threads.
GangFor ThreadsOf(tensorflow::OpKernelContext* context);

// A device, as OnGpu of gpu_shim.h is.
class OnCpu {
 public:
  explicit OnCpu(tensorflow::OpKernelConstruction* context) : settings_(GetCpuSettings(context)) {}

  template <class Call>
  absl::Status RunCall(tensorflow::OpKernelContext* context, const Call& call) const {
    const GangFor threads = ThreadsOf(context);
    OpWorkspace workspace(context);
    return ToAbsl(RunOnCpu(call, settings_, threads, workspace));
  }

  absl::Status FindSpectrum(tensorflow::OpKernelContext* context, const SpectralConvCall& call,
                            Dims* dims) const {
    return ToAbsl(
        spectral_ops::FindSpectrum(call, settings_, ThreadsOf(context).max_workers(), dims));
  }

 private:
  CpuSettings settings_;
};

// The kernel of an op on a device. The op has
//   Call call;                       the operator's, with the attributes in it
//   Read(Context*)                   fills them, in a kernel's construction or a shape function
//   Fill(Inputs, Call*)              adds the inputs
//   IsInput(const Call&, Dims)       whether the output is the first input
template <class Op, class Device>
class KernelOf final : public tensorflow::OpKernel {
 public:
  explicit KernelOf(tensorflow::OpKernelConstruction* context)
      : OpKernel(context), device_(context) {
    OP_REQUIRES_OK(context, op_.Read(context));
  }

  void Compute(tensorflow::OpKernelContext* context) override {
    OP_REQUIRES_OK(context, Run(context));
  }

 private:
  absl::Status Run(tensorflow::OpKernelContext* context) const {
    auto call = op_.call;
    TF_RETURN_IF_ERROR(op_.Fill(OpInputs(context), &call));
    typename decltype(call)::Shape shape;
    Dims dims;
    TF_RETURN_IF_ERROR(ToAbsl(Check(call, &shape, &dims)));
    if (Op::IsInput(call, dims)) {
      context->set_output(0, context->input(0));
      return absl::OkStatus();
    }
    tensorflow::Tensor* output = nullptr;
    TF_RETURN_IF_ERROR(AllocateOutput(context, dims, &output));
    call.result = output->data();
    bool empty = output->NumElements() == 0;
    if constexpr (kGivesTwo<decltype(call)>) {
      TF_RETURN_IF_ERROR(AllocateOutput(context, call.second_dims(), &output, 1));
      call.second_result = output->data();
      empty &= output->NumElements() == 0;
    }
    return empty ? absl::OkStatus() : device_.RunCall(context, call);
  }

  const Device device_;
  Op op_;
};

// What most ops say to IsInput.
struct GivesNewTensor {
  template <class Call>
  static bool IsInput(const Call&, const Dims&) {
    return false;
  }
};

}  // namespace spectral_ops
