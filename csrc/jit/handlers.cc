#include "jit/handlers.h"

#include <algorithm>
#include <cstdint>
#include <functional>
#include <utility>

#include "jit/call_words.h"
#include "library/client.h"
#include "library/gang.h"
#include "xla/ffi/api/ffi.h"

namespace xla::ffi {
const XLA_FFI_Api*
GetXlaFfiApi();  // of TensorFlow; its header needs more than this one may include
}  // namespace xla::ffi

#define SPECTRAL_OPS_TEXT_OF(name) #name
#define SPECTRAL_OPS_TEXT(name) SPECTRAL_OPS_TEXT_OF(name)
#define SPECTRAL_OPS_TARGET(name) "spectral_ops." SPECTRAL_OPS_TEXT(SPECTRAL_OPS_BUILD) "." name

namespace spectral_ops {

std::string TargetName(const ResampleCall&) { return SPECTRAL_OPS_TARGET("resample"); }
std::string TargetName(const WindowGradientCall&) { return SPECTRAL_OPS_TARGET("window_gradient"); }
std::string TargetName(const ConvCall&) { return SPECTRAL_OPS_TARGET("conv"); }
std::string TargetName(const SpectralConvCall&) { return SPECTRAL_OPS_TARGET("spectral_conv"); }
std::string TargetName(const SpectralConvGradientsCall&) {
  return SPECTRAL_OPS_TARGET("spectral_conv_gradients");
}
std::string TargetName(const WaveletCall&) { return SPECTRAL_OPS_TARGET("wavelet"); }

namespace {

namespace ffi = xla::ffi;

ffi::Error ToError(const Status& status) {
  if (status.ok()) return ffi::Error::Success();
  return {static_cast<ffi::ErrorCode>(status.code()), status.message()};
}

// Memory of the compiled program.
class GivenWorkspace final : public Workspace {
 public:
  GivenWorkspace(void* memory, size_t bytes) : memory_(memory), bytes_(bytes) {}
  Status Take(size_t bytes, void** memory) override {
    if (bytes > bytes_) {
      return Status::Internal("a run needs ", bytes, " bytes; the compiled program has ", bytes_);
    }
    *memory = memory_;
    return {};
  }

 private:
  void* memory_;
  size_t bytes_;
};

class DeviceWorkspace final : public Workspace {
 public:
  explicit DeviceWorkspace(ffi::ScratchAllocator& allocator) : allocator_(allocator) {}
  Status Take(size_t bytes, void** memory) override {
    constexpr size_t kDeviceAlignment = 256;
    const auto taken = allocator_.Allocate(std::max<size_t>(bytes, 1), kDeviceAlignment);
    if (!taken) return Status::ResourceExhausted("no memory for a workspace of ", bytes, " bytes");
    *memory = *taken;
    return {};
  }

 private:
  ffi::ScratchAllocator& allocator_;
};

using Result = ffi::Result<ffi::AnyBuffer>;
using Scratch = ffi::Result<ffi::BufferR1<ffi::U8>>;
using Words = ffi::Span<const int64_t>;

// One, or two where a call gives two.
struct Results {
  void* first = nullptr;
  void* second = nullptr;
};

// The call that the words and the operands are.
template <class Call>
Status ReadCall(Words words, const ffi::RemainingArgs& operands, const Results& results,
                Call* call) {
  if (words.size() != kWordsOf<Call>) return Status::Internal("a call of another build");
  *call = FromWords<Call>(words.begin());
  call->result = results.first;
  if constexpr (kGivesTwo<Call>) call->second_result = results.second;
  Status status;
  const auto data = [&](size_t i) -> const void* {
    const auto operand = operands.get<ffi::AnyBuffer>(i);
    if (operand.has_value()) return operand->untyped_data();
    status = Status::Internal("operand ", i, " is missing");
    return nullptr;
  };
  PlaceOperands(data, call);
  return status;
}

// A binding with the results of a call behind what it has.
template <class Call, class Binding>
auto WithResults(Binding binding) {
  if constexpr (kGivesTwo<Call>) {
    return std::move(binding).template Ret<ffi::AnyBuffer>().template Ret<ffi::AnyBuffer>();
  } else {
    return std::move(binding).template Ret<ffi::AnyBuffer>();
  }
}

template <class Call>
ffi::Error RunOnHost(ffi::ThreadPool& pool, const ffi::RemainingArgs& operands,
                     const Results& results, Scratch scratch, Words words, int64_t workers) {
  CpuSettings settings;
  Status status = FindSimd("", &settings.simd);
  Call call;
  if (status.ok()) status = ReadCall(words, operands, results, &call);
  if (!status.ok()) return ToError(status);
  const GangFor threads(static_cast<int>(workers),
                        [&pool](std::function<void()> task) { pool.Schedule(std::move(task)); });
  GivenWorkspace workspace(scratch->untyped_data(), scratch->size_bytes());
  return ToError(RunOnCpu(call, settings, threads, workspace));
}

template <class Call>
auto HostFunction() {
  if constexpr (kGivesTwo<Call>) {
    return [](ffi::ThreadPool pool, ffi::RemainingArgs operands, Result first, Result second,
              Scratch scratch, Words words, int64_t workers) {
      return RunOnHost<Call>(pool, operands, {first->untyped_data(), second->untyped_data()},
                             scratch, words, workers);
    };
  } else {
    return [](ffi::ThreadPool pool, ffi::RemainingArgs operands, Result result, Scratch scratch,
              Words words, int64_t workers) {
      return RunOnHost<Call>(pool, operands, {result->untyped_data()}, scratch, words, workers);
    };
  }
}

template <class Call>
XLA_FFI_Error* HostHandler(XLA_FFI_CallFrame* frame) {
  static auto* const handler =
      WithResults<Call>(ffi::Ffi::Bind().Ctx<ffi::ThreadPool>().RemainingArgs())
          .template Ret<ffi::BufferR1<ffi::U8>>()
          .template Attr<Words>("call")
          .template Attr<int64_t>("workers")
          .To(HostFunction<Call>())
          .release();
  return handler->Call(frame);
}

#ifdef SPECTRAL_OPS_HAS_CUDA
template <class Call>
ffi::Error RunOnStream(void* stream, int32_t device, ffi::ScratchAllocator& allocator,
                       const ffi::RemainingArgs& operands, const Results& results, Words words) {
  Call call;
  const Status status = ReadCall(words, operands, results, &call);
  if (!status.ok()) return ToError(status);
  DeviceWorkspace workspace(allocator);
  return ToError(RunOnCuda(call, CudaPlace{device, stream}, workspace));
}

template <class Call>
auto CudaFunction() {
  if constexpr (kGivesTwo<Call>) {
    return [](void* stream, int32_t device, ffi::ScratchAllocator allocator,
              ffi::RemainingArgs operands, Result first, Result second, Words words) {
      return RunOnStream<Call>(stream, device, allocator, operands,
                               {first->untyped_data(), second->untyped_data()}, words);
    };
  } else {
    return [](void* stream, int32_t device, ffi::ScratchAllocator allocator,
              ffi::RemainingArgs operands, Result result, Words words) {
      return RunOnStream<Call>(stream, device, allocator, operands, {result->untyped_data()},
                               words);
    };
  }
}

template <class Call>
XLA_FFI_Error* CudaHandler(XLA_FFI_CallFrame* frame) {
  static auto* const handler = WithResults<Call>(ffi::Ffi::Bind()
                                                     .Ctx<ffi::PlatformStream<void*>>()
                                                     .Ctx<ffi::DeviceOrdinal>()
                                                     .Ctx<ffi::ScratchAllocator>()
                                                     .RemainingArgs())
                                   .template Attr<Words>("call")
                                   .To(CudaFunction<Call>())
                                   .release();
  return handler->Call(frame);
}
#endif

bool RegisterOne(const std::string& name, const char* platform, XLA_FFI_Handler* handler) {
  const XLA_FFI_Api* api = ffi::GetXlaFfiApi();
  return ffi::Ffi::RegisterStaticHandler(api, name, platform, handler) == nullptr;
}

template <class Call>
bool Register() {
  bool done = RegisterOne(TargetName(Call()), "Host", &HostHandler<Call>);
#ifdef SPECTRAL_OPS_HAS_CUDA
  done &= RegisterOne(TargetName(Call()), "CUDA", &CudaHandler<Call>);
#endif
  return done;
}

}  // namespace

bool RegisterHandlers() {
  return Register<ResampleCall>() && Register<WindowGradientCall>() && Register<ConvCall>() &&
         Register<SpectralConvCall>() && Register<SpectralConvGradientsCall>() &&
         Register<WaveletCall>();
}

}  // namespace spectral_ops
