// The GPU backend on arrays of other libraries, which lend them by DLPack.
#include <pybind11/stl.h>

#include <cstdint>
#include <utility>

#include "cuda/conv.h"
#include "cuda/resample.h"
#include "cuda/spectral_conv.h"
#include "cuda/stream.h"
#include "gpu/conv.h"
#include "python/arguments.h"
#include "python/gpu_backend.h"

namespace spectral_ops {
namespace {

// DLPack's structures, whose layout is fixed (github.com/dmlc/dlpack, version 0).
struct DlTensor {
  void* data;
  int32_t device_type;
  int32_t device_id;
  int32_t ndim;
  uint8_t type_code;
  uint8_t type_bits;
  uint16_t type_lanes;
  int64_t* shape;
  int64_t* strides;
  uint64_t byte_offset;
};
struct DlManagedTensor {
  DlTensor tensor;
  void* context;
  void (*deleter)(DlManagedTensor*);
};

constexpr int32_t kDlCuda = 2;
constexpr int32_t kDlCudaManaged = 13;

std::string TypeName(const DlTensor& tensor) {
  const std::string bits = std::to_string(tensor.type_bits);
  switch (tensor.type_code) {
    case 0:
      return "int" + bits;
    case 1:
      return "uint" + bits;
    case 2:
      return "float" + bits;
    case 4:
      return "bfloat" + bits;
    case 5:
      return "complex" + bits;
    default:
      return "type " + std::to_string(tensor.type_code) + " of " + bits + " bits";
  }
}

bool IsContiguous(const DlTensor& tensor) {
  if (tensor.strides == nullptr) return true;
  int64_t step = 1;
  for (int i = tensor.ndim - 1; i >= 0; --i) {
    if (tensor.shape[i] != 1 && tensor.strides[i] != step) return tensor.shape[i] == 0;
    step *= tensor.shape[i];
  }
  return true;
}

class Cuda final : public GpuBackend {
 public:
  // `empty(shape, dtype)` makes arrays on the device.
  Cuda(py::object empty, int device, uintptr_t stream) : empty_(std::move(empty)) {
    stream_.device = device;
    // NOLINTNEXTLINE(performance-no-int-to-ptr): a handle, which Python has as a number
    stream_.stream = reinterpret_cast<cudaStream_t>(stream);
    Status status;
    {
      const py::gil_scoped_release release;
      status = CudaTraits::Get(device, &traits_);
    }
    if (!status.ok()) throw std::runtime_error(status.message());
  }

  GpuArray View(const char* name, const py::object& object) override {
    if (!py::hasattr(object, "__dlpack__")) {
      throw py::type_error(std::string(name) + ": " + Repr(object) +
                           " is not an array; allowed: one that lends itself by DLPack");
    }
    GpuArray view;
    view.owner = object;
    // Its own stream's work comes before ours; 1 stands for the default stream.
    const auto stream = reinterpret_cast<uintptr_t>(stream_.stream);
    view.hold = object.attr("__dlpack__")(py::arg("stream") = stream == 0 ? 1 : stream);
    const auto* managed =
        static_cast<const DlManagedTensor*>(PyCapsule_GetPointer(view.hold.ptr(), "dltensor"));
    if (managed == nullptr) throw py::error_already_set();
    const DlTensor& tensor = managed->tensor;
    if (tensor.device_type != kDlCuda && tensor.device_type != kDlCudaManaged) {
      throw py::type_error(std::string(name) + ": on DLPack device type " +
                           std::to_string(tensor.device_type) + "; allowed: CUDA memory");
    }
    if (tensor.device_type == kDlCuda && tensor.device_id != stream_.device) {
      throw py::value_error(std::string(name) + ": on device " + std::to_string(tensor.device_id) +
                            "; allowed here: " + std::to_string(stream_.device));
    }
    if (!IsContiguous(tensor)) {
      throw py::value_error(std::string(name) + ": not contiguous; allowed: C order");
    }
    view.data = static_cast<char*>(tensor.data) + tensor.byte_offset;
    view.dims.assign(tensor.shape, tensor.shape + tensor.ndim);
    view.dtype = TypeName(tensor);
    return view;
  }

  GpuArray Empty(const std::vector<int64_t>& dims, const std::string& dtype) override {
    return View("empty", empty_(dims, dtype));
  }
  const gpu::GpuTraits& Traits() override { return traits_; }

  Status Run(const gpu::ResamplePlan& plan, const gpu::ResampleBuffers& buffers) override {
    return RunResample(plan, buffers, stream_);
  }
  Status Run(const gpu::WindowGradientPlan& plan,
             const gpu::WindowGradientBuffers& buffers) override {
    return RunWindowGradient(plan, buffers, stream_);
  }
  Status Run(const gpu::SpectralConvPlan& plan, const gpu::SpectralConvBuffers& buffers) override {
    return RunSpectralConv(plan, buffers, stream_);
  }
  Status Run(const gpu::ConvPlan& plan, const gpu::ConvBuffers& buffers) override {
    return RunConv(plan, buffers, stream_);
  }

 private:
  py::object empty_;
  CudaStream stream_;
  CudaTraits traits_;
};

}  // namespace

void DefineGpuCuda(py::module_& module) {
  py::class_<Cuda, GpuBackend>(
      module, "Cuda",
      "The operators on a CUDA device and stream, on arrays that lend themselves by DLPack "
      "(PyTorch, CuPy). empty(shape, dtype) makes arrays there. Calls return when the work is "
      "queued.")
      .def(py::init<py::object, int, uintptr_t>(), py::arg("empty"), py::kw_only(),
           py::arg("device") = 0, py::arg("stream") = 0);
}

}  // namespace spectral_ops
