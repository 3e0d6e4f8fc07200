// How XLA compiles the ops: each becomes a custom call of the kernels (handlers.h), with its call
// as it is when shapes and sizes are known.
#include <algorithm>
#include <memory>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "jit/call_words.h"
#include "jit/handlers.h"
#include "library/client.h"
#include "tensorflow/compiler/tf2xla/shape_util.h"
#include "tensorflow/compiler/tf2xla/type_util.h"
#include "tensorflow/compiler/tf2xla/xla_helpers.h"
#include "tensorflow/compiler/tf2xla/xla_op_kernel.h"
#include "tensorflow/compiler/tf2xla/xla_op_registry.h"
#include "tensorflow/core/platform/cpu_info.h"
#include "tf/conv_op.h"
#include "tf/resample_op.h"
#include "tf/spectral_conv_op.h"
#include "tf/wavelet_op.h"
#include "xla/hlo/builder/lib/constants.h"
#include "xla/hlo/builder/xla_builder.h"

namespace spectral_ops {
namespace {

namespace tf = tensorflow;

constexpr char kHost[] = "XLA_CPU_JIT";
constexpr char kCuda[] = "XLA_GPU_JIT";

absl::Status CheckStatic(tf::XlaOpKernelContext* context) {
  for (int i = 0; i < context->num_inputs(); ++i) {
    const auto shape = context->InputXlaShape(i);
    TF_RETURN_IF_ERROR(shape.status());
    if (!shape->is_static()) {
      return absl::UnimplementedError(
          Concat("input ", i, ": ", shape->ToString(),
                 " has a length that is known only when the program runs; allowed under XLA: "
                 "lengths that are known when it is compiled"));
    }
  }
  return absl::OkStatus();
}

// The inputs of an op as OpInputs has them; tensors are marks (call_words.h), sizes constants.
class JitInputs {
 public:
  explicit JitInputs(tf::XlaOpKernelContext* context) : context_(context) {}

  int count() const { return context_->num_inputs(); }
  Dims DimsOf(int i) const {
    const auto shape = context_->InputXlaShape(i);
    return MakeDims(shape->dimensions().data(), shape->dimensions().size());
  }
  const void* Tensor(int i, Dims* dims) const {
    *dims = DimsOf(i);
    return OperandMark(i);
  }
  absl::Status Vector(const char* name, int i, Dims* entries) const {
    TF_RETURN_IF_ERROR(CheckVector(name, DimsOf(i)));
    std::vector<int64_t> values;
    TF_RETURN_IF_ERROR(context_->ConstantInputAsIntVector(i, &values));
    *entries = MakeDims(values.data(), values.size());
    return absl::OkStatus();
  }

 private:
  tf::XlaOpKernelContext* context_;
};

std::string TextOf(absl::Span<const int64_t> numbers) {
  std::string text = "array<i64";
  for (size_t i = 0; i < numbers.size(); ++i) text += Concat(i == 0 ? ": " : ", ", numbers[i]);
  return text + ">";
}

template <class Op, const char* platform>
class JitKernel : public tf::XlaOpKernel {
 public:
  explicit JitKernel(tf::OpKernelConstruction* context) : XlaOpKernel(context) {
    OP_REQUIRES_OK(context, op_.Read(context));
  }

  void Compile(tf::XlaOpKernelContext* context) override {
    OP_REQUIRES_OK(context, TryCompile(context));
  }

 private:
  absl::Status TryCompile(tf::XlaOpKernelContext* context) const {
    TF_RETURN_IF_ERROR(CheckStatic(context));
    auto call = op_.call;
    TF_RETURN_IF_ERROR(op_.Fill(JitInputs(context), &call));
    typename decltype(call)::Shape shape;
    Dims dims;
    TF_RETURN_IF_ERROR(ToAbsl(Check(call, &shape, &dims)));
    if (Op::IsInput(call, dims)) {
      context->SetOutput(0, context->Input(0));
      return absl::OkStatus();
    }
    std::vector<xla::Shape> results(1);
    TF_RETURN_IF_ERROR(MakeResult(context, 0, dims, &results[0]));
    if constexpr (kGivesTwo<decltype(call)>) {
      results.emplace_back();
      TF_RETURN_IF_ERROR(MakeResult(context, 1, call.second_dims(), &results[1]));
    }
    // Of nothing come zeros.
    if (xla::ShapeUtil::IsZeroElementArray(results[0])) {
      for (size_t i = 0; i < results.size(); ++i) {
        context->SetOutput(static_cast<int>(i), xla::Zeros(context->builder(), results[i]));
      }
      return absl::OkStatus();
    }
    return Emit(context, call, std::move(results));
  }

  static absl::Status MakeResult(tf::XlaOpKernelContext* context, int i, const Dims& dims,
                                 xla::Shape* result) {
    xla::PrimitiveType type = xla::F32;
    TF_RETURN_IF_ERROR(tf::DataTypeToPrimitiveType(context->expected_output_dtype(i), &type));
    *result = xla::ShapeUtil::MakeShape(type, absl::MakeConstSpan(dims.length, dims.rank));
    return absl::OkStatus();
  }

  template <class Call>
  static absl::Status Emit(tf::XlaOpKernelContext* context, Call call,
                           std::vector<xla::Shape> results) {
    // The operands are what the call reads, numbered anew.
    std::vector<xla::XlaOp> operands;
    std::vector<xla::Shape> shapes;  // row-major, whatever XLA would like
    const auto take = [&](size_t i) {
      const auto given = context->InputXlaShape(static_cast<int>(i));
      shapes.push_back(xla::ShapeUtil::MakeShape(given->element_type(), given->dimensions()));
      operands.push_back(context->Input(static_cast<int>(i)));
      return OperandMark(static_cast<int>(operands.size()) - 1);
    };
    PlaceOperands(take, &call);
    const auto words = ToWords(call);
    std::string config = Concat("{call = ", TextOf(words));
    const size_t outputs = results.size();
    if constexpr (platform == kHost) {
      const int workers = tf::port::MaxParallelism();
      size_t bytes = 0;
      CpuSettings settings;
      TF_RETURN_IF_ERROR(ToAbsl(FindSimd("", &settings.simd)));
      TF_RETURN_IF_ERROR(ToAbsl(StatusOf([&](TextSink error) {
        return RunsOf(call).cpu_bytes(&call, &settings, workers, &bytes, error);
      })));
      config += Concat(", workers = ", workers, " : i64");
      results.push_back(xla::ShapeUtil::MakeShape(xla::U8, {static_cast<int64_t>(bytes)}));
    }
    const bool one = results.size() == 1;
    const xla::Shape all = one ? results[0] : xla::ShapeUtil::MakeTupleShape(results);
    const xla::XlaOp made = xla::CustomCallWithLayout(
        context->builder(), TargetName(call), operands, all, shapes, config + "}",
        /*has_side_effect=*/false, {}, nullptr, xla::CustomCallSchedule::SCHEDULE_NONE,
        xla::CustomCallApiVersion::API_VERSION_TYPED_FFI);
    for (size_t i = 0; i < outputs; ++i) {
      context->SetOutput(static_cast<int>(i),
                         one ? made : xla::GetTupleElement(made, static_cast<int64_t>(i)));
    }
    return absl::OkStatus();
  }

 protected:
  Op op_;
};

// It keeps no spectrum here: XLA would write it whether anybody reads it or not.
template <const char* platform>
class JitSpectralConv final : public JitKernel<SpectralConvOp, platform> {
 public:
  explicit JitSpectralConv(tf::OpKernelConstruction* context)
      : JitKernel<SpectralConvOp, platform>(context) {
    this->op_.call.keeps = false;
  }

  void Compile(tf::XlaOpKernelContext* context) override {
    JitKernel<SpectralConvOp, platform>::Compile(context);
    const xla::Shape none = xla::ShapeUtil::MakeShape(xla::U8, {0});
    context->SetOutput(1, xla::Zeros(context->builder(), none));
  }
};

// ConvPrefersFft, whose answer is a constant here. `Place` says by which model: CpuSettings, or
// CudaPlace, then of the first GPU, for which one it is nobody knows yet.
template <class Place>
class JitPrefersFft final : public tf::XlaOpKernel {
 public:
  explicit JitPrefersFft(tf::OpKernelConstruction* context) : XlaOpKernel(context) {
    if constexpr (std::is_same_v<Place, CpuSettings>) place_ = GetCpuSettings(context);
    OP_REQUIRES_OK(context, op_.Read(context));
  }

  void Compile(tf::XlaOpKernelContext* context) override {
    bool prefers = false;
    OP_REQUIRES_OK(context, op_.Answer(JitInputs(context), place_, &prefers));
    context->SetOutput(0, xla::ConstantR0<bool>(context->builder(), prefers));
  }

 private:
  Place place_;
  ConvPrefersFftOp op_;
};

class JitResult final : public tf::XlaOpKernel {
 public:
  using XlaOpKernel::XlaOpKernel;
  void Compile(tf::XlaOpKernelContext* context) override {
    context->SetOutput(0, context->Input(2));
  }
};

template <class Kernel>
tf::OpKernel* Make(tf::OpKernelConstruction* context) {
  return std::make_unique<Kernel>(context).release();
}

template <class Kernel>
void RegisterKernel(const char* name, const char* device) {
  tf::kernel_factory::OpKernelRegistrar(tf::register_kernel::Name(name).Device(device).Build(),
                                        name, &Make<Kernel>);
}

// An op and its inputs that must be constants. XLA's registry is asked for these at any time, but
// makes kernels of its entries only once in a process, when the first op runs, before or after this
// library is loaded: so its entry is for no device, and the kernels are registered as TensorFlow's.
template <class OnHost, class OnCuda>
void RegisterOp(const char* name, const std::vector<const char*>& constants) {
  auto entry = std::move(tf::XlaOpRegistrationBuilder::Name(name).Device("SPECTRAL_OPS_NO_DEVICE"));
  for (const char* constant : constants) entry.CompileTimeConstantInput(constant);
  tf::XlaOpRegistrar(entry.Build(&Make<OnHost>));
  RegisterKernel<OnHost>(name, kHost);
#ifdef SPECTRAL_OPS_HAS_CUDA
  RegisterKernel<OnCuda>(name, kCuda);
#endif
}

template <class Op>
void RegisterOp(const char* name, const std::vector<const char*>& constants) {
  RegisterOp<JitKernel<Op, kHost>, JitKernel<Op, kCuda>>(name, constants);
}

// Once a process: XLA ends one that registers an op twice.
bool Register() {
  const std::vector<std::string> known = tf::XlaOpRegistry::GetAllRegisteredOps();
  if (std::find(known.begin(), known.end(), "SpectralOps>Resample") != known.end()) return true;
  if (!RegisterHandlers()) return false;
  RegisterOp<ResampleOp>("SpectralOps>Resample", {"output_size"});
  RegisterOp<ResampleWindowGradientOp>("SpectralOps>ResampleWindowGradient", {});
  RegisterOp<JitSpectralConv<kHost>, JitSpectralConv<kCuda>>("SpectralOps>SpectralConv",
                                                             {"output_size"});
  RegisterOp<SpectralConvGradientsOp>("SpectralOps>SpectralConvGradients", {});
  RegisterOp<SpectralConvWeightGradientOp>("SpectralOps>SpectralConvWeightGradient",
                                           {"weights_shape"});
  RegisterOp<WaveletAnalysisOp>("SpectralOps>WaveletAnalysis", {});
  RegisterOp<WaveletSynthesisOp>("SpectralOps>WaveletSynthesis", {"size"});
  RegisterOp<WaveletFilterGradientOp>("SpectralOps>WaveletFilterGradient", {});
  RegisterOp<ConvOp<ConvMap::kForward>>("SpectralOps>Conv", {});
  RegisterOp<ConvOp<ConvMap::kInputGradient>>("SpectralOps>ConvInputGradient", {"x_shape"});
  RegisterOp<ConvOp<ConvMap::kFilterGradient>>("SpectralOps>ConvFilterGradient", {"filters_shape"});
  RegisterOp<JitPrefersFft<CpuSettings>, JitPrefersFft<CudaPlace>>("SpectralOps>ConvPrefersFft",
                                                                   {"x_shape", "filters_shape"});
  RegisterOp<JitResult, JitResult>("SpectralOps>ConvResult", {});
  return true;
}

[[maybe_unused]] const bool registered = Register();

}  // namespace
}  // namespace spectral_ops
