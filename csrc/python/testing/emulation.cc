// The operators on the host in a GPU's place, and what the emulation itself is tested by.
#include <pybind11/stl.h>

#include <array>
#include <optional>
#include <string>
#include <vector>

#include "gpu/conv_choice.h"
#include "gpu/conv_run.h"
#include "gpu/divider.h"
#include "gpu/resample_run.h"
#include "gpu/runtime.h"
#include "gpu/spectral_conv_run.h"
#include "gpu/wavelet_run.h"
#include "python/arguments.h"
#include "python/backend.h"
#include "python/testing/host_device.h"
#include "python/testing/testing.h"

namespace spectral_ops {
namespace {

class EmulatedTraits final : public gpu::GpuTraits {
 public:
  Status FftWorkBytes(const gpu::FftSpec&, size_t* bytes) const override {
    *bytes = 0;
    return {};
  }
};

// The kernels on the host, a thread at a time.
class EmulatedRuntime final : public gpu::Runtime {
 public:
  EmulatedRuntime(const EmulatedTraits& traits, gpu::HostDevice* device)
      : traits_(traits), device_(*device) {}

  const gpu::GpuTraits& traits() const override { return traits_; }
  Workspace& workspace() override { return workspace_; }

  Status Run(const gpu::ResamplePlan& plan, const ResampleCall& call, char* workspace) override {
    return gpu::RunResample(device_, plan, call, workspace);
  }
  Status Run(const gpu::WindowGradientPlan& plan, const WindowGradientCall& call,
             char* workspace) override {
    return gpu::RunWindowGradient(device_, plan, call, workspace);
  }
  Status Run(const gpu::ConvPlan& plan, const ConvCall& call, char* workspace) override {
    return gpu::RunConv(device_, plan, call, workspace);
  }
  Status Run(const gpu::SpectralConvPlan& plan, const SpectralConvCall& call,
             char* workspace) override {
    return gpu::RunSpectralConv(device_, plan, call, workspace);
  }
  Status Run(const gpu::WaveletPlan& plan, const WaveletCall& call, char* workspace) override {
    return gpu::RunWavelet(device_, plan, call, workspace);
  }

 private:
  const EmulatedTraits& traits_;
  gpu::HostDevice& device_;
  HeapWorkspace workspace_;
};

class Emulation final : public NumpyBackend {
 public:
  Emulation(size_t shared_bytes, int64_t processors, size_t chunk_bytes, size_t fft_bytes,
            int64_t direct_depth, int64_t folded_depth, int64_t block_fft_length, bool fuses,
            const std::string& algorithm, bool toward_zero)
      : device_(toward_zero ? gpu::TensorCore::kTowardZero : gpu::TensorCore::kToNearest) {
    traits_.shared_bytes = shared_bytes;
    traits_.shared_pair_bytes = shared_bytes / 2;
    traits_.processors = processors;
    traits_.chunk_bytes = chunk_bytes;
    traits_.fft_bytes = fft_bytes;
    traits_.direct_depth = direct_depth;
    traits_.folded_depth = folded_depth;
    traits_.block_fft_length = block_fft_length;
    traits_.matrix_bytes = size_t{1} << 24;
    traits_.fuses = fuses;
    ThrowIfError(Parse(algorithm, &traits_.algorithm));
  }

  Status Run(const ResampleCall& call) override { return RunAny(call); }
  Status Run(const WindowGradientCall& call) override { return RunAny(call); }
  Status Run(const ConvCall& call) override { return RunAny(call); }
  Status Run(const SpectralConvCall& call) override { return RunAny(call); }
  Status Run(const SpectralConvGradientsCall& call) override { return RunAny(call); }
  Status Run(const WaveletCall& call) override { return RunAny(call); }

  // What each way of a convolution is expected to take.
  gpu::ConvEstimate Estimate(const std::vector<int64_t>& x_shape,
                             const std::vector<int64_t>& filters_shape, const std::string& map,
                             const std::string& dtype, const std::string& padding,
                             const std::optional<int64_t>& groups,
                             const std::string& data_format) const {
    ConvCall call;
    ThrowIfError(Parse(map, &call.map));
    ThrowIfError(Parse(padding, &call.padding));
    ThrowIfError(Parse(data_format, &call.format));
    call.dtype = ParseDataType("dtype", dtype);
    call.groups = groups.value_or(kDepthwise);
    call.x_dims = MakeDims(x_shape.data(), x_shape.size());
    call.filter_dims = MakeDims(filters_shape.data(), filters_shape.size());
    gpu::ConvEstimate estimate;
    ThrowIfError(gpu::EstimateConv(call, traits_, &estimate));
    return estimate;
  }

  int launches() const { return device_.launches(); }
  int ffts() const { return device_.ffts(); }

 private:
  template <class Call>
  Status RunAny(const Call& call) {
    EmulatedRuntime runtime(traits_, &device_);
    return gpu::Run(call, runtime);
  }

  EmulatedTraits traits_;
  gpu::HostDevice device_;
};

// A kernel that makes one of the mistakes that the emulation is there to find, or none.
struct Mistake {
  std::string kind;

  gpu::Grid grid() const { return {1, gpu::kThreads * sizeof(float)}; }

  template <class Block>
  void Run(Block& block) const {
    const auto shared = block.template shared<float>(0);
    block.Threads([&](int t) {
      if (kind == "reads what nobody wrote" && t == 7) return;
      shared.Store(t, kind == "writes one place twice" ? t / 2 : t, 1.0F);
      if (kind == "writes beyond the end" && t == 0) shared.Store(t, gpu::kThreads, 1.0F);
      if (kind == "writes a crooked pair" && t == 0) shared.StorePair(t, 1, 1.0F, 1.0F);
    });
    if (kind != "forgets to wait") block.Sync();
    block.Threads([&](int t) {
      const float neighbour = shared.Load(t, (t + 1) % gpu::kThreads);
      if (kind == "writes what others read") shared.Store(t, t, neighbour);
    });
  }
};

std::string TryMistake(const std::string& kind) {
  gpu::HostDevice device;
  return device.Launch(Mistake{kind}).message();
}

}  // namespace

void DefineEmulation(py::module_& module) {
  py::class_<Emulation, Backend>(
      module, "GpuEmulation", py::module_local(),
      "Runs the GPU's kernels on the host and NumPy arrays, one thread at a time, and raises where "
      "threads would race or leave their shared memory. Far too slow for anything but tests.")
      .def(py::init<size_t, int64_t, size_t, size_t, int64_t, int64_t, int64_t, bool, std::string,
                    bool>(),
           py::kw_only(), py::arg("shared_bytes") = size_t{227} << 10, py::arg("processors") = 2,
           py::arg("chunk_bytes") = size_t{1} << 20, py::arg("fft_bytes") = size_t{1} << 20,
           py::arg("direct_depth") = 1024, py::arg("folded_depth") = 128,
           py::arg("block_fft_length") = 384, py::arg("fuses") = true,
           py::arg("algorithm") = "auto", py::arg("toward_zero") = true)
      .def(
          "conv_estimate",
          [](const Emulation& self, const std::vector<int64_t>& x_shape,
             const std::vector<int64_t>& filters_shape, const std::string& map,
             const std::string& dtype, const std::string& padding,
             const std::optional<int64_t>& groups, const std::string& data_format) {
            const gpu::ConvEstimate estimate =
                self.Estimate(x_shape, filters_shape, map, dtype, padding, groups, data_format);
            py::dict result;
            result["fft"] = estimate.fft;
            result["direct"] = estimate.direct;
            result["prefers_fft"] = estimate.prefers_fft;
            return result;
          },
          py::arg("x_shape"), py::arg("filters_shape"), py::kw_only(), py::arg("map") = "forward",
          py::arg("dtype") = "float32", py::arg("padding") = "same", py::arg("groups") = 1,
          py::arg("data_format") = "channels_last",
          "Clocks that a convolution by FFTs and cuDNN's are expected to take, and the choice.")
      .def_property_readonly("launches", &Emulation::launches, "Kernels that were launched.")
      .def_property_readonly("ffts", &Emulation::ffts, "Batches of FFTs that were run.");
  module.def("gpu_emulation_trial", &TryMistake, py::arg("mistake"),
             "What the emulation says of a kernel that makes such a mistake.");
  module.def(
      "gpu_add",
      [](float sum, const std::array<float, 4>& a, const std::array<float, 4>& b) {
        return gpu::AddTowardZero(sum, a.data(), b.data());
      },
      py::arg("sum"), py::arg("a"), py::arg("b"), "sum + a @ b as tensor cores add.");
  module.def(
      "gpu_divide", [](int32_t n, int32_t d) { return gpu::Divider(d).Of(n); }, py::arg("n"),
      py::arg("d"), "n // d as kernels compute it.");
}

}  // namespace spectral_ops
