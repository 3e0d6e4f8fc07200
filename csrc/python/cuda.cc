// The operators on a CUDA stream, on arrays of other libraries, which lend them by DLPack.
#include <pybind11/stl.h>

#include <cstdint>
#include <exception>
#include <iterator>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "library/client.h"
#include "python/arguments.h"
#include "python/backend.h"

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
  constexpr const char* kCodes[] = {"int", "uint", "float", nullptr, "bfloat", "complex"};
  if (tensor.type_code < std::size(kCodes) && kCodes[tensor.type_code] != nullptr) {
    return Concat(kCodes[tensor.type_code], tensor.type_bits);
  }
  return Concat("type ", tensor.type_code, " of ", tensor.type_bits, " bits");
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

// What takes the place of a constant of the tuning, or none.
using Setting = std::optional<int64_t>;

int64_t ValueOf(const char* name, const Setting& setting) {
  if (setting && *setting < 0) {
    throw py::value_error(Concat(name, ": ", *setting, "; allowed: 0 or more, or None"));
  }
  return setting.value_or(-1);
}

class Cuda final : public Backend {
 public:
  // `empty(shape, dtype)` makes arrays on the device.
  Cuda(py::object empty, int device, uintptr_t stream, const std::string& algorithm,
       const Setting& chunk_bytes, const Setting& direct_depth, const Setting& folded_depth,
       const Setting& block_fft_length, const std::optional<bool>& fuses)
      : empty_(std::move(empty)) {
    ThrowIfError(Parse(algorithm, &place_.algorithm));
    place_.device = device;
    place_.settings.chunk_bytes = ValueOf("chunk_bytes", chunk_bytes);
    place_.settings.direct_depth = ValueOf("direct_depth", direct_depth);
    place_.settings.folded_depth = ValueOf("folded_depth", folded_depth);
    place_.settings.block_fft_length = ValueOf("block_fft_length", block_fft_length);
    if (fuses) place_.settings.fuses = *fuses ? 1 : 0;
    // NOLINTNEXTLINE(performance-no-int-to-ptr): a handle, which Python has as a number
    place_.stream = reinterpret_cast<void*>(stream);
    Status status;
    {
      const py::gil_scoped_release release;
      status = StatusOf([&](TextSink error) { return Kernels().check_cuda(device, error); });
    }
    ThrowIfError(status);
  }

  Array View(const char* name, const py::object& object) override {
    if (!py::hasattr(object, "__dlpack__")) {
      throw py::type_error(Concat(name, ": ", Repr(object),
                                  " is not an array; allowed: one that lends itself by DLPack"));
    }
    Array view;
    view.owner = object;
    // Its own stream's work comes before ours; 1 stands for the default stream.
    const auto stream = reinterpret_cast<uintptr_t>(place_.stream);
    view.hold = object.attr("__dlpack__")(py::arg("stream") = stream == 0 ? 1 : stream);
    const auto* managed =
        static_cast<const DlManagedTensor*>(PyCapsule_GetPointer(view.hold.ptr(), "dltensor"));
    if (managed == nullptr) throw py::error_already_set();
    const DlTensor& tensor = managed->tensor;
    if (tensor.device_type != kDlCuda && tensor.device_type != kDlCudaManaged) {
      throw py::type_error(
          Concat(name, ": on DLPack device type ", tensor.device_type, "; allowed: CUDA memory"));
    }
    if (tensor.device_type == kDlCuda && tensor.device_id != place_.device) {
      throw py::value_error(
          Concat(name, ": on device ", tensor.device_id, "; allowed here: ", place_.device));
    }
    if (!IsContiguous(tensor)) {
      throw py::value_error(Concat(name, ": not contiguous; allowed: C order"));
    }
    view.data = static_cast<char*>(tensor.data) + tensor.byte_offset;
    view.dims.assign(tensor.shape, tensor.shape + tensor.ndim);
    view.dtype = TypeName(tensor);
    return view;
  }

  Array Empty(const std::vector<int64_t>& dims, const std::string& dtype) override {
    return View("empty", empty_(dims, dtype));
  }
  Array Widen(const char* name, const Array& array) override {
    throw py::type_error(Concat(name, ": dtype ", array.dtype, "; allowed: float32, float64"));
  }

  Status Run(const ResampleCall& call) override { return RunAny(call); }
  Status Run(const WindowGradientCall& call) override { return RunAny(call); }
  Status Run(const ConvCall& call) override { return RunAny(call); }
  Status Run(const SpectralConvCall& call) override { return RunAny(call); }
  Status Run(const SpectralConvGradientsCall& call) override { return RunAny(call); }
  Status Run(const WaveletCall& call) override { return RunAny(call); }

 private:
  // An array of the caller's library, whose allocator lets nobody else have it before the work that
  // is queued on the stream is done. Made and given back under the GIL, which a run does without.
  class ArrayWorkspace final : public Workspace {
   public:
    explicit ArrayWorkspace(Cuda& cuda) : cuda_(cuda) {}
    ArrayWorkspace(const ArrayWorkspace&) = delete;
    ArrayWorkspace& operator=(const ArrayWorkspace&) = delete;
    ~ArrayWorkspace() override {
      try {
        const py::gil_scoped_acquire acquire;
        array_ = Array();
      } catch (...) {  // Python is going, and its memory with it
        static_cast<void>(array_.hold.release());
        static_cast<void>(array_.owner.release());
      }
    }

    Status Take(size_t bytes, void** memory) override {
      const py::gil_scoped_acquire acquire;
      try {
        array_ = cuda_.Empty({static_cast<int64_t>(bytes)}, "uint8");
      } catch (...) {  // what the library says goes to Python, but not through other layers
        error_ = std::current_exception();
        return Status::ResourceExhausted("no memory for a workspace");
      }
      *memory = array_.data;
      return {};
    }

    const std::exception_ptr& error() const { return error_; }

   private:
    Cuda& cuda_;
    Array array_;
    std::exception_ptr error_;
  };

  template <class Call>
  Status RunAny(const Call& call) {
    ArrayWorkspace workspace(*this);
    Status status = RunOnCuda(call, place_, workspace);
    if (workspace.error()) std::rethrow_exception(workspace.error());
    return status;
  }

  py::object empty_;
  CudaPlace place_;
};

}  // namespace

void DefineCuda(py::module_& module) {
  py::class_<Cuda, Backend>(
      module, "Cuda", py::module_local(),
      "The operators on a CUDA device and stream, on arrays that lend themselves by DLPack "
      "(PyTorch, CuPy). empty(shape, dtype) makes arrays there, in the order of that stream, for "
      "memory that is given back is used again: with PyTorch, under torch.cuda.stream. Calls "
      "return when the work is queued. algorithm 'matrix' transforms all axes by products with "
      "matrices, 'fft' by cuFFT, 'auto' each by what suits its length, or as the environment "
      "variable SPECTRAL_OPS_GPU_ALGORITHM says. A CUDA graph can hold calls whose like have run "
      "before: cuFFT's plans take memory when they are made. What is set besides takes the place "
      "of a constant in csrc/cuda/tuning.h.")
      .def(py::init<py::object, int, uintptr_t, const std::string&, const Setting&, const Setting&,
                    const Setting&, const Setting&, const std::optional<bool>&>(),
           py::arg("empty"), py::kw_only(), py::arg("device") = 0, py::arg("stream") = 0,
           py::arg("algorithm") = "auto", py::arg("chunk_bytes") = py::none(),
           py::arg("direct_depth") = py::none(), py::arg("folded_depth") = py::none(),
           py::arg("block_fft_length") = py::none(), py::arg("fuses") = py::none());
}

}  // namespace spectral_ops
