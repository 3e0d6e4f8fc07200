// The kernels behind the C interface.
#include <cstdlib>
#include <exception>
#include <map>
#include <memory>
#include <mutex>
#include <new>
#include <string>
#include <type_traits>

#include "library/describe.h"
#include "library/interface.h"
#ifdef SPECTRAL_OPS_HAS_CPU
#include "cpu/convolution/conv.h"
#include "cpu/resample/resample.h"
#include "cpu/spectra/spectral_conv.h"
#include "cpu/wavelet/wavelet.h"
#endif
#ifdef SPECTRAL_OPS_HAS_CUDA
#include "cuda/runtime.h"
#include "gpu/conv_choice.h"
#endif

namespace spectral_ops {
namespace {

void Put(const std::string& text, TextSink sink) {
  sink.append(sink.text, text.data(), text.size());
}

// The outcome of `function`, which gives a Status, on the other side.
template <class Function>
int Answer(TextSink error, const Function& function) noexcept {
  Status status;
  try {
    status = function();
  } catch (const std::bad_alloc&) {
    status = Status::ResourceExhausted("no memory");
  } catch (const std::exception& exception) {
    status = Status::Internal(exception.what());
  }
  if (!status.ok()) Put(status.message(), error);
  return static_cast<int>(status.code());
}

class BorrowedMemory final : public Workspace {
 public:
  explicit BorrowedMemory(const LentMemory& lent) : lent_(lent) {}

  Status Take(size_t bytes, void** memory) override {
    std::string message;
    const int code = lent_.take(lent_.workspace, bytes, memory, SinkOf(&message));
    return {static_cast<StatusCode>(code), message};
  }

 private:
  const LentMemory& lent_;
};

#ifdef SPECTRAL_OPS_HAS_CPU
class BorrowedThreads final : public ParallelFor {
 public:
  explicit BorrowedThreads(const LentThreads& lent) : lent_(lent) {}

  int max_workers() const override { return lent_.max_workers; }
  void Run(int workers, WorkerBody body) const override {
    const auto call = [](void* state, int worker) {
      (*static_cast<const WorkerBody*>(state))(worker);
    };
    lent_.run(lent_.threads, workers, call, &body);
  }

 private:
  const LentThreads& lent_;
};

CpuTarget TargetOf(const CpuSettings& settings) {
  CpuTarget target;
  target.simd = static_cast<SimdTarget>(settings.simd);
  if (settings.has_fft_cost) target.tuning.fft_cost = settings.fft_cost;
  if (settings.conv_workspace_bytes > 0) {
    target.tuning.conv.workspace_bytes = settings.conv_workspace_bytes;
  }
  return target;
}

template <class Call>
int RunCpu(const Call* call, const CpuSettings* settings, const LentThreads* threads,
           const LentMemory* memory, TextSink error) {
  return Answer(error, [&] {
    const BorrowedThreads borrowed(*threads);
    BorrowedMemory workspace(*memory);
    return Run(*call, CpuRuntime{TargetOf(*settings), borrowed, workspace});
  });
}

Status Plan(const ResampleCall& call, const CpuTarget& target, int threads, ResamplePlan* plan) {
  return PlanResample(call, target, threads, plan);
}
Status Plan(const WindowGradientCall& call, const CpuTarget& target, int threads,
            WindowGradientPlan* plan) {
  return PlanWindowGradient(call, target, threads, plan);
}
Status Plan(const ConvCall& call, const CpuTarget& target, int threads, ConvPlan* plan) {
  return PlanConv(call, target, threads, plan);
}
Status Plan(const SpectralConvCall& call, const CpuTarget& target, int threads,
            SpectralConvPlan* plan) {
  return PlanSpectralConv(call, target, threads, plan);
}
Status Plan(const SpectralConvGradientsCall& call, const CpuTarget& target, int threads,
            SpectralConvPlan* plan) {
  return PlanSpectralConvGradients(call, target, threads, plan);
}
Status Plan(const WaveletCall& call, const CpuTarget& target, int threads, WaveletPlan* plan) {
  return PlanWavelet(call, target, threads, plan);
}

template <class Call, class PlanOfCall>
int CpuBytes(const Call* call, const CpuSettings* settings, int threads, size_t* bytes,
             TextSink error) {
  return Answer(error, [&] {
    PlanOfCall plan;
    Status status = Plan(*call, TargetOf(*settings), threads, &plan);
    *bytes = plan.workspace_bytes;
    return status;
  });
}

template <class Call>
int DescribeCall(const Call* call, const CpuSettings* settings, int threads, TextSink json,
                 TextSink error) {
  return Answer(error, [&] {
    std::string text;
    Status status = Describe(*call, TargetOf(*settings), threads, &text);
    Put(text, json);
    return status;
  });
}

int SpectrumOf(const SpectralConvCall* call, const CpuSettings* settings, int threads, Dims* dims,
               TextSink error) {
  return Answer(error, [&] { return FindSpectrum(*call, TargetOf(*settings), threads, dims); });
}

int PrefersFft(const ConvCall* call, const CpuSettings* settings, bool* prefers, TextSink error) {
  return Answer(error, [&] {
    ConvEstimate estimate;
    Status status = EstimateConv(*call, TargetOf(*settings), &estimate);
    *prefers = estimate.prefers_fft;
    return status;
  });
}

int FindSimd(const char* name, int* simd, TextSink error) {
  return Answer(error, [&] {
    SimdTarget target = SimdTarget::kScalar;
    Status status = *name == '\0' ? ActiveSimdTarget(&target) : FindSimdTarget(name, &target);
    *simd = static_cast<int>(target);
    return status;
  });
}
#endif

#ifdef SPECTRAL_OPS_HAS_CUDA
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
    CudaTraits asked;  // not kept where that fails: the next call asks again
    SPECTRAL_OPS_RETURN_IF_ERROR(CudaTraits::Get(device, &asked));
    found = table->traits.emplace(device, asked).first;
  }
  *traits = &found->second;
  return {};
}

// What SPECTRAL_OPS_GPU_ALGORITHM says.
Status ForcedAlgorithm(GpuAlgorithm* algorithm) {
  constexpr const char* kName = "SPECTRAL_OPS_GPU_ALGORITHM";
  static const std::string forced = [] {
    const char* const text = std::getenv(kName);
    return std::string(text == nullptr || *text == '\0' ? "auto" : text);
  }();
  Status status = Parse(forced, algorithm);
  if (status.ok()) return status;
  return Status::InvalidArgument("environment variable ", kName, ": ", status.message());
}

int CheckCuda(int device, TextSink error) {
  return Answer(error, [&] {
    GpuAlgorithm forced = GpuAlgorithm::kAuto;
    SPECTRAL_OPS_RETURN_IF_ERROR(ForcedAlgorithm(&forced));
    const CudaTraits* traits = nullptr;
    return FindTraits(device, &traits);
  });
}

// What a device has, but for what a caller sets.
Status TraitsAt(const CudaPlace& place, CudaTraits* own) {
  const CudaTraits* traits = nullptr;
  SPECTRAL_OPS_RETURN_IF_ERROR(FindTraits(place.device, &traits));
  *own = *traits;
  const GpuSettings& settings = place.settings;
  if (settings.chunk_bytes >= 0) own->chunk_bytes = static_cast<size_t>(settings.chunk_bytes);
  if (settings.direct_depth >= 0) own->direct_depth = settings.direct_depth;
  if (settings.folded_depth >= 0) own->folded_depth = settings.folded_depth;
  if (settings.block_fft_length >= 0) own->block_fft_length = settings.block_fft_length;
  if (settings.fuses >= 0) own->fuses = settings.fuses > 0;
  own->algorithm = place.algorithm;
  return own->algorithm == GpuAlgorithm::kAuto ? ForcedAlgorithm(&own->algorithm) : Status();
}

int CudaPrefersFft(const ConvCall* call, const CudaPlace* place, bool* prefers, TextSink error) {
  return Answer(error, [&]() -> Status {
    CudaTraits traits;
    SPECTRAL_OPS_RETURN_IF_ERROR(TraitsAt(*place, &traits));
    gpu::ConvEstimate estimate;
    SPECTRAL_OPS_RETURN_IF_ERROR(gpu::EstimateConv(*call, traits, &estimate));
    *prefers = estimate.prefers_fft;
    return {};
  });
}

template <class Call>
int RunCuda(const Call* call, const CudaPlace* place, const LentMemory* memory, TextSink error) {
  return Answer(error, [&]() -> Status {
    CudaTraits traits;
    SPECTRAL_OPS_RETURN_IF_ERROR(TraitsAt(*place, &traits));
    BorrowedMemory workspace(*memory);
    const CudaStream stream = {place->device, static_cast<cudaStream_t>(place->stream)};
    CudaRuntime runtime(stream, traits, workspace);
    return gpu::Run(*call, runtime);
  });
}
#endif

template <class Call>
Runs<Call> RunsOf() {
  Runs<Call> runs = {};
#ifdef SPECTRAL_OPS_HAS_CPU
  runs.cpu = &RunCpu<Call>;
#endif
#ifdef SPECTRAL_OPS_HAS_CUDA
  runs.cuda = &RunCuda<Call>;
#endif
  return runs;
}

// What `describe` says now: a driver or a cuFFT may come later.
template <std::string (*describe)()>
const char* Info() {
  static thread_local std::string text;
  text.clear();
  Answer(SinkOf(&text), [] {
    text = describe();
    return Status();
  });
  return text.c_str();
}

Interface MakeInterface() {
  Interface made = {};
  made.resample = RunsOf<ResampleCall>();
  made.window_gradient = RunsOf<WindowGradientCall>();
  made.conv = RunsOf<ConvCall>();
  made.spectral_conv = RunsOf<SpectralConvCall>();
  made.spectral_conv_gradients = RunsOf<SpectralConvGradientsCall>();
  made.wavelet = RunsOf<WaveletCall>();
#ifdef SPECTRAL_OPS_HAS_CPU
  made.resample.cpu_bytes = &CpuBytes<ResampleCall, ResamplePlan>;
  made.window_gradient.cpu_bytes = &CpuBytes<WindowGradientCall, WindowGradientPlan>;
  made.conv.cpu_bytes = &CpuBytes<ConvCall, ConvPlan>;
  made.spectral_conv.cpu_bytes = &CpuBytes<SpectralConvCall, SpectralConvPlan>;
  made.spectral_conv_gradients.cpu_bytes = &CpuBytes<SpectralConvGradientsCall, SpectralConvPlan>;
  made.wavelet.cpu_bytes = &CpuBytes<WaveletCall, WaveletPlan>;
  made.describe_resample = &DescribeCall<ResampleCall>;
  made.describe_conv = &DescribeCall<ConvCall>;
  made.describe_spectral_conv = &DescribeCall<SpectralConvCall>;
  made.describe_axis_cache = [](TextSink json) {
    Answer(json, [&] {
      Put(DescribeAxisCache(), json);
      return Status();
    });
  };
  made.find_spectrum = &SpectrumOf;
  made.prefers_fft = &PrefersFft;
  made.find_simd = &FindSimd;
#endif
#ifdef SPECTRAL_OPS_HAS_CUDA
  made.cuda_prefers_fft = &CudaPrefersFft;
  made.check_cuda = &CheckCuda;
#endif
  made.simd_info = &Info<DescribeSimd>;
  made.cuda_info = &Info<DescribeCuda>;
  return made;
}

}  // namespace
}  // namespace spectral_ops

extern "C" {

__attribute__((visibility("default"))) const spectral_ops::Interface* SPECTRAL_OPS_INTERFACE() {
  static const spectral_ops::Interface made = spectral_ops::MakeInterface();
  return &made;
}

__attribute__((visibility("default"))) const char* SPECTRAL_OPS_SIMD_INFO() {
  return spectral_ops::Info<spectral_ops::DescribeSimd>();
}

__attribute__((visibility("default"))) const char* SPECTRAL_OPS_CUDA_INFO() {
  return spectral_ops::Info<spectral_ops::DescribeCuda>();
}

}  // extern "C"
