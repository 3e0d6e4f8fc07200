#include "python/cpu.h"

#include <pybind11/stl.h>

#include <type_traits>

#include "library/client.h"
#include "python/backend.h"
#include "python/operators.h"
#include "python/threads.h"

namespace spectral_ops {
namespace {

constexpr int kMaxThreads = 1024;

class Cpu final : public NumpyBackend {
 public:
  explicit Cpu(const CpuOptions& options) : options_(options) {}

  Status Run(const ResampleCall& call) override { return RunAny(call); }
  Status Run(const WindowGradientCall& call) override { return RunAny(call); }
  Status Run(const ConvCall& call) override { return RunAny(call); }
  Status Run(const SpectralConvCall& call) override { return RunAny(call); }
  Status Run(const SpectralConvGradientsCall& call) override { return RunAny(call); }
  Status Run(const WaveletCall& call) override { return RunAny(call); }
  Status FindSpectrum(const SpectralConvCall& call, Dims* dims) override {
    return spectral_ops::FindSpectrum(call, options_.settings, options_.threads, dims);
  }

 private:
  template <class Call>
  Status RunAny(const Call& call) const {
    const ThreadsFor threads(options_.threads);
    HeapWorkspace workspace;
    return RunOnCpu(call, options_.settings, threads, workspace);
  }

  CpuOptions options_;
};

// Defines an operator with the CPU's options behind its own arguments.
struct DefineFunction {
  py::module_& module;

  using Simd = std::optional<std::string>;

  template <class Tuning, class... Args, class... Extra>
  void operator()(Tuning, const char* name, py::object (*function)(Backend&, Args...),
                  const char* doc, const Extra&... extra) const {
    const auto threads = py::arg("threads") = 1;
    const auto simd = py::arg("simd") = py::none();
    if constexpr (std::is_same_v<Tuning, NoTuning>) {
      const auto call = [function](Args... args, int threads, const Simd& simd) {
        Cpu cpu(ParseCpuOptions(threads, simd));
        return function(cpu, args...);
      };
      module.def(name, call, extra..., threads, simd, doc);
    } else {
      using Value = std::optional<typename Tuning::Value>;
      const auto call = [function](Args... args, int threads, const Simd& simd,
                                   const Value& tuning) {
        CpuOptions options = ParseCpuOptions(threads, simd);
        SetTuning(tuning, &options);
        Cpu cpu(options);
        return function(cpu, args...);
      };
      module.def(name, call, extra..., threads, simd, py::arg(Tuning::kName) = py::none(), doc);
    }
  }
};

}  // namespace

CpuOptions ParseCpuOptions(int threads, const std::optional<std::string>& simd) {
  CpuOptions options;
  if (simd && simd->empty()) throw py::value_error("simd: an empty name; allowed: None or a name");
  ThrowIfError(FindSimd(simd.value_or(""), &options.settings.simd));
  if (threads < 1 || threads > kMaxThreads) {
    throw py::value_error(Concat("threads: ", threads, "; allowed: 1 to ", kMaxThreads));
  }
  options.threads = threads;
  return options;
}

void SetTuning(const std::optional<double>& fft_cost, CpuOptions* options) {
  options->settings.has_fft_cost = fft_cost.has_value();
  options->settings.fft_cost = fft_cost.value_or(0);
}

void SetTuning(const std::optional<int64_t>& bytes, CpuOptions* options) {
  if (bytes && *bytes < 1) {
    throw py::value_error(Concat("workspace_bytes: ", *bytes, "; allowed: 1 or more"));
  }
  options->settings.conv_workspace_bytes = bytes.value_or(0);
}

void DefineCpu(py::module_& module) { DefineOperators(DefineFunction{module}); }

}  // namespace spectral_ops
