// The Python module `_kernels`: the CPU kernels on NumPy arrays, without TensorFlow. Every function
// makes views of its arguments, releases the GIL and calls the kernel.
#include <pybind11/numpy.h>
#include <pybind11/pybind11.h>
#include <pybind11/stl.h>

#include <atomic>
#include <cstdint>
#include <cstring>
#include <memory>
#include <new>
#include <optional>
#include <string>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

#include "core/memory.h"
#include "core/parallel.h"
#include "core/resample.h"
#include "core/resample_plan.h"
#include "cpu/resample.h"
#include "cpu/simd.h"

namespace py = pybind11;

namespace spectral_ops {
namespace {

constexpr int kMaxThreads = 1024;

void ThrowIfError(const Status& status) {
  if (status.ok()) return;
  if (status.code() == StatusCode::kResourceExhausted) throw std::bad_alloc();
  throw py::value_error(status.message());
}

// Threads of this call alone: the module is for tests and tools, TensorFlow's pool serves the ops.
class ThreadsFor final : public ParallelFor {
 public:
  explicit ThreadsFor(int threads) : threads_(threads) {}
  int max_workers() const override { return threads_; }
  void Run(int workers, WorkerBody body) const override {
    std::atomic<int> next{0};
    const auto take = [&] {
      for (int worker = next++; worker < workers; worker = next++) body(worker);
    };
    std::vector<std::thread> helpers;
    try {
      for (int i = 1; i < workers; ++i) helpers.emplace_back(take);
    } catch (const std::system_error&) {
      static_cast<void>(helpers);  // no more threads to be had: those there are do the rest
    }
    take();
    for (std::thread& helper : helpers) helper.join();
  }

 private:
  int threads_;
};

class Workspace {
 public:
  explicit Workspace(size_t bytes)
      : memory_(::operator new(bytes == 0 ? kAlignment : bytes, std::align_val_t(kAlignment))) {}
  ~Workspace() { ::operator delete(memory_, std::align_val_t(kAlignment)); }
  Workspace(const Workspace&) = delete;
  Workspace& operator=(const Workspace&) = delete;
  void* get() const { return memory_; }

 private:
  void* memory_;
};

std::string Repr(const py::handle& object) { return py::str(py::repr(object)); }

DataType ParseDataType(const char* name, const py::array& array) {
  const std::string dtype = py::str(static_cast<py::object>(array.dtype().attr("name")));
  if (dtype == "float16") return DataType::kFloat16;
  if (dtype == "bfloat16") return DataType::kBFloat16;
  if (dtype == "float32") return DataType::kFloat32;
  if (dtype == "float64") return DataType::kFloat64;
  throw py::type_error(std::string(name) + ": dtype " + dtype +
                       " is not supported; allowed: float16, bfloat16, float32, float64");
}

// A contiguous array in native byte order.
py::array AsArray(const char* name, const py::object& object) {
  if (!py::isinstance<py::array>(object)) {
    throw py::type_error(std::string(name) + ": " + Repr(object) +
                         " is not an array; allowed: a NumPy array");
  }
  const py::module_ numpy = py::module_::import("numpy");
  py::object array = numpy.attr("ascontiguousarray")(object);
  if (!array.attr("dtype").attr("isnative").cast<bool>()) {
    array = array.attr("astype")(array.attr("dtype").attr("newbyteorder")("="));
  }
  // ascontiguousarray makes a scalar array one-dimensional.
  return array.attr("reshape")(object.attr("shape")).cast<py::array>();
}

std::vector<int64_t> ParseSizes(const char* name, const py::object& object) {
  const std::string allowed = std::string("; allowed: an int or 1 to ") +
                              std::to_string(kMaxSpatialRank) + " ints from 1 to " +
                              std::to_string(kMaxAxisLength);
  std::vector<py::object> items;
  if (PyIndex_Check(object.ptr()) != 0) {
    items.push_back(object);
  } else if (py::isinstance<py::sequence>(object) && !py::isinstance<py::str>(object) &&
             !py::isinstance<py::bytes>(object)) {
    for (const py::handle& item : object) items.push_back(py::reinterpret_borrow<py::object>(item));
  } else {
    throw py::type_error(std::string(name) + ": " + Repr(object) + " is not a size" + allowed);
  }
  if (items.empty() || items.size() > static_cast<size_t>(kMaxSpatialRank)) {
    throw py::value_error(std::string(name) + ": " + Repr(object) + " has " +
                          std::to_string(items.size()) + " entries" + allowed);
  }
  std::vector<int64_t> sizes;
  for (size_t i = 0; i < items.size(); ++i) {
    const std::string place = std::string(name) + "[" + std::to_string(i) + "]: ";
    if (PyIndex_Check(items[i].ptr()) == 0 || py::isinstance<py::bool_>(items[i])) {
      throw py::type_error(place + Repr(items[i]) + " is not an integer" + allowed);
    }
    int overflow = 0;
    const auto index = py::reinterpret_steal<py::object>(PyNumber_Index(items[i].ptr()));
    if (!index) throw py::error_already_set();
    const int64_t size = PyLong_AsLongLongAndOverflow(index.ptr(), &overflow);
    if (overflow != 0 || size < 1 || size > kMaxAxisLength) {
      throw py::value_error(place + Repr(items[i]) + allowed);
    }
    sizes.push_back(size);
  }
  return sizes;
}

// What every function of the module takes besides its arrays.
struct Options {
  Norm norm = Norm::kForward;
  DataFormat format = DataFormat::kChannelsLast;
  SimdTarget simd = SimdTarget::kScalar;
  int threads = 1;
};

Options ParseOptions(const std::string& norm, const std::string& data_format, int threads,
                     const std::optional<std::string>& simd) {
  Options options;
  ThrowIfError(ParseNorm(norm, &options.norm));
  ThrowIfError(ParseDataFormat(data_format, &options.format));
  ThrowIfError(simd ? FindSimdTarget(*simd, &options.simd) : ActiveSimdTarget(&options.simd));
  if (threads < 1 || threads > kMaxThreads) {
    throw py::value_error("threads: " + std::to_string(threads) + "; allowed: 1 to " +
                          std::to_string(kMaxThreads));
  }
  options.threads = threads;
  return options;
}

void CheckRank(const char* name, const py::array& x, size_t rank) {
  if (static_cast<size_t>(x.ndim()) == rank + 2) return;
  throw py::value_error(std::string(name) + ": shape " + Repr(x.attr("shape")) + " has rank " +
                        std::to_string(x.ndim()) + "; with " + std::to_string(rank) +
                        " spatial sizes it must have rank " + std::to_string(rank + 2));
}

// Contiguous windows of the computing type, one per axis; an empty vector stands for none.
std::vector<std::optional<py::array>> ParseWindows(const py::object& object, size_t rank,
                                                   DataType dtype) {
  std::vector<std::optional<py::array>> windows(rank);
  if (object.is_none()) return windows;
  const std::string allowed = "; allowed: None, or one real 1-D array (or None) for each of the " +
                              std::to_string(rank) + " axes";
  if (!py::isinstance<py::sequence>(object) || py::isinstance<py::str>(object)) {
    throw py::type_error("windows: " + Repr(object) + " is not a sequence" + allowed);
  }
  const auto sequence = object.cast<py::sequence>();
  if (sequence.size() != rank) {
    throw py::value_error("windows: " + std::to_string(sequence.size()) + " given for " +
                          std::to_string(rank) + " spatial axes" + allowed);
  }
  const char* wanted = dtype == DataType::kFloat64 ? "float64" : "float32";
  for (size_t i = 0; i < rank; ++i) {
    const py::object item = sequence[i];
    if (item.is_none()) continue;
    const std::string place = "windows[" + std::to_string(i) + "]";
    py::array window = AsArray(place.c_str(), item);
    const std::string name = py::str(static_cast<py::object>(window.dtype().attr("name")));
    if (name != wanted) {
      throw py::type_error(place + ": dtype " + name + "; allowed with this x: " + wanted);
    }
    if (window.ndim() != 1) {
      throw py::value_error(place + ": shape " + Repr(window.attr("shape")) + " is not 1-D" +
                            allowed);
    }
    windows[i] = std::move(window);
  }
  return windows;
}

py::array EmptyArray(const py::array& like, const std::vector<int64_t>& dims) {
  return py::module_::import("numpy").attr("empty")(dims, like.dtype()).cast<py::array>();
}

py::array RunResample(const py::array& x, const std::vector<int64_t>& output_size,
                      const std::vector<std::optional<py::array>>& windows, Norm norm,
                      bool downsample_only, const Options& options) {
  const int rank = static_cast<int>(output_size.size());
  const DataType dtype = ParseDataType("x", x);
  std::vector<int64_t> dims(x.shape(), x.shape() + x.ndim());
  bool windowed[kMaxSpatialRank] = {};
  for (int i = 0; i < rank; ++i) windowed[i] = windows[i].has_value();
  ResampleShape shape;
  ThrowIfError(MakeResampleShape(dims.data(), rank, output_size.data(), windowed, options.format,
                                 downsample_only, &shape));
  ResampleBuffers buffers;
  const int first = options.format == DataFormat::kChannelsLast ? 1 : 2;
  for (int i = 0; i < rank; ++i) {
    if (windows[i]) {
      ThrowIfError(CheckWindowLength(i, windows[i]->size(), dims[first + i], output_size[i]));
      buffers.windows[i] = windows[i]->data();
    }
    dims[first + i] = output_size[i];
  }
  const ResampleKernels& kernels = GetResampleKernels(options.simd);
  const ResamplePlan plan = MakeResamplePlan(shape, dtype, norm, kernels.traits, options.threads);
  py::array y = EmptyArray(x, dims);
  buffers.x = x.data();
  buffers.y = y.mutable_data();
  const Workspace workspace(plan.workspace_bytes);
  buffers.workspace = workspace.get();
  {
    const py::gil_scoped_release release;
    kernels.forward(plan, buffers, ThreadsFor(options.threads));
  }
  return y;
}

py::array Resample(const py::object& x_object, const py::object& output_size,
                   const std::string& norm, const py::object& windows,
                   const std::string& data_format, bool downsample_only, int threads,
                   const std::optional<std::string>& simd) {
  const Options options = ParseOptions(norm, data_format, threads, simd);
  const py::array x = AsArray("x", x_object);
  const std::vector<int64_t> sizes = ParseSizes("output_size", output_size);
  CheckRank("x", x, sizes.size());
  return RunResample(x, sizes, ParseWindows(windows, sizes.size(), ParseDataType("x", x)),
                     options.norm, downsample_only, options);
}

py::array ResampleAdjoint(const py::object& grad_object, const py::object& input_size,
                          const std::string& norm, const py::object& windows,
                          const std::string& data_format, int threads,
                          const std::optional<std::string>& simd) {
  const Options options = ParseOptions(norm, data_format, threads, simd);
  const py::array grad = AsArray("grad_output", grad_object);
  const std::vector<int64_t> sizes = ParseSizes("input_size", input_size);
  CheckRank("grad_output", grad, sizes.size());
  return RunResample(grad, sizes, ParseWindows(windows, sizes.size(), ParseDataType("x", grad)),
                     AdjointNorm(options.norm), false, options);
}

py::array ResampleWindowGradient(const py::object& x_object, const py::object& grad_object,
                                 int axis, const std::string& norm, const py::object& windows,
                                 const std::string& data_format, int threads,
                                 const std::optional<std::string>& simd) {
  const Options options = ParseOptions(norm, data_format, threads, simd);
  py::array x = AsArray("x", x_object);
  const py::array grad = AsArray("grad_output", grad_object);
  const DataType dtype = ParseDataType("x", x);
  if (ParseDataType("grad_output", grad) != dtype) {
    throw py::type_error("grad_output: its dtype differs from x's; allowed: the same");
  }
  if (x.ndim() < 3 || x.ndim() > kMaxSpatialRank + 2) {
    throw py::value_error("x: rank " + std::to_string(x.ndim()) + "; allowed: 3 to " +
                          std::to_string(kMaxSpatialRank + 2));
  }
  const size_t rank = static_cast<size_t>(x.ndim()) - 2;
  CheckRank("grad_output", grad, rank);
  if (axis < 0 || static_cast<size_t>(axis) >= rank) {
    throw py::value_error("axis: " + std::to_string(axis) + "; allowed: 0 to " +
                          std::to_string(rank - 1));
  }
  // The other axes go first, by their own windows.
  const int first = options.format == DataFormat::kChannelsLast ? 1 : 2;
  std::vector<int64_t> sizes(grad.shape() + first, grad.shape() + first + rank);
  sizes[static_cast<size_t>(axis)] = x.shape(first + axis);
  auto parsed = ParseWindows(windows, rank, dtype);
  std::optional<py::array>& own = parsed[static_cast<size_t>(axis)];
  if (own) {  // it weighs nothing here, but is held to the same rule
    ThrowIfError(
        CheckWindowLength(axis, own->size(), x.shape(first + axis), grad.shape(first + axis)));
    own.reset();
  }
  x = RunResample(x, sizes, parsed, options.norm, false, options);

  const std::vector<int64_t> x_dims(x.shape(), x.shape() + x.ndim());
  const std::vector<int64_t> grad_dims(grad.shape(), grad.shape() + grad.ndim());
  const ResampleKernels& kernels = GetResampleKernels(options.simd);
  WindowGradientPlan plan;
  ThrowIfError(MakeWindowGradientPlan(x_dims.data(), grad_dims.data(), static_cast<int>(rank), axis,
                                      options.format, dtype, options.norm, kernels.traits,
                                      options.threads, &plan));
  const std::vector<int64_t> bins = {plan.axis.bins()};
  py::array result = py::module_::import("numpy")
                         .attr("empty")(bins, dtype == DataType::kFloat64 ? "float64" : "float32")
                         .cast<py::array>();
  const Workspace workspace(plan.workspace_bytes);
  const WindowGradientBuffers buffers = {x.data(), grad.data(), result.mutable_data(),
                                         workspace.get()};
  {
    const py::gil_scoped_release release;
    kernels.window_gradient(plan, buffers, ThreadsFor(options.threads));
  }
  return result;
}

std::vector<std::string> SimdTargets() {
  std::vector<std::string> names;
  for (SimdTarget target : UsableSimdTargets()) names.emplace_back(SimdTargetName(target));
  return names;
}

py::dict BuildInfo() {
  SimdTarget active = SimdTarget::kScalar;
  ThrowIfError(ActiveSimdTarget(&active));
  py::dict info;
  info["version"] = SPECTRAL_OPS_VERSION;
  info["simd"] = SimdTargetName(active);
  info["simd_targets"] = SimdTargets();
  info["compiler"] = SPECTRAL_OPS_COMPILER;
  info["cuda"] = py::none();
  return info;
}

}  // namespace
}  // namespace spectral_ops

PYBIND11_MODULE(_kernels, module, py::mod_gil_not_used()) {  // NOLINT: pybind11's name
  namespace so = spectral_ops;
  module.doc() = "The kernels of spectral_ops on NumPy arrays, without TensorFlow.";
  module.def("resample", &so::Resample, py::arg("x"), py::arg("output_size"), py::kw_only(),
             py::arg("norm") = "forward", py::arg("windows") = py::none(),
             py::arg("data_format") = "channels_last", py::arg("downsample_only") = false,
             py::arg("threads") = 1, py::arg("simd") = py::none(),
             "As spectral_ops.resample, on a NumPy array.");
  module.def("resample_adjoint", &so::ResampleAdjoint, py::arg("grad_output"),
             py::arg("input_size"), py::kw_only(), py::arg("norm") = "forward",
             py::arg("windows") = py::none(), py::arg("data_format") = "channels_last",
             py::arg("threads") = 1, py::arg("simd") = py::none(),
             "The adjoint of resample from input_size, whose norm `norm` names.");
  module.def("resample_window_gradient", &so::ResampleWindowGradient, py::arg("x"),
             py::arg("grad_output"), py::arg("axis"), py::kw_only(), py::arg("norm") = "forward",
             py::arg("windows") = py::none(), py::arg("data_format") = "channels_last",
             py::arg("threads") = 1, py::arg("simd") = py::none(),
             "The gradient of sum(grad_output * resample(x)) with respect to windows[axis].");
  module.def("simd_targets", &so::SimdTargets, "SIMD targets that this processor runs, rising.");
  module.def("build_info", &so::BuildInfo, "What was compiled, and the SIMD target in use.");
}
