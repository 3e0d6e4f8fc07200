// The cache of cuFFT plans on a cuFFT and a CUDA runtime that only log what is asked of them.
#include <pybind11/pybind11.h>
#include <pybind11/stl.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "cuda/cufft.h"
#include "cuda/device.h"
#include "cuda/fft_plans.h"
#include "python/backend.h"
#include "python/testing/testing.h"

namespace spectral_ops {
namespace {

using Words = std::vector<int64_t>;

// What the functions below work on, which can be no members. For one trial at a time.
struct Fake {
  std::vector<std::pair<std::string, Words>> log;
  std::map<std::string, int> failures;
  int handles = 0;
  int device = 0;
};

Fake& TheFake() {
  static Fake fake;
  return fake;
}

int Call(const char* name, Words words) {
  Fake& fake = TheFake();
  fake.log.emplace_back(name, std::move(words));
  const auto failure = fake.failures.find(name);
  return failure == fake.failures.end() ? 0 : failure->second;
}

int64_t Number(const void* pointer) { return reinterpret_cast<intptr_t>(pointer); }

void* Pointer(intptr_t number) {
  return reinterpret_cast<void*>(number);  // NOLINT(performance-no-int-to-ptr): never read
}

int Create(CufftHandle* handle) {
  *handle = ++TheFake().handles;
  return Call("create", {*handle});
}

int Destroy(CufftHandle handle) { return Call("destroy", {handle}); }

int SetAutoAllocation(CufftHandle handle, int on) {
  return Call("set_auto_allocation", {handle, on});
}

// NOLINTBEGIN(google-runtime-int): cuFFT's
int MakePlanMany(CufftHandle handle, int rank, long long* n, long long* inembed, long long istride,
                 long long idist, long long* onembed, long long ostride, long long odist, int type,
                 long long batch, size_t* work_bytes) {
  // NOLINTEND(google-runtime-int)
  *work_bytes = static_cast<size_t>(16 * *n * batch);
  Words words = {handle, rank};
  words.insert(words.end(), n, n + rank);
  words.insert(words.end(), inembed, inembed + rank);
  words.insert(words.end(), {istride, idist});
  words.insert(words.end(), onembed, onembed + rank);
  words.insert(words.end(), {ostride, odist, type, batch});
  return Call("make_plan_many", std::move(words));
}

int SetWorkArea(CufftHandle handle, void* work) {
  return Call("set_work_area", {handle, Number(work)});
}

int SetStream(CufftHandle handle, cudaStream_t stream) {
  return Call("set_stream", {handle, Number(stream)});
}

int GetVersion(int* version) {
  *version = 0;
  return 0;
}

template <FftKind kind>
int Real(CufftHandle handle, void* in, void* out) {
  return Call("exec", {handle, static_cast<int>(kind), Number(in), Number(out)});
}

template <FftKind kind>
int Complex(CufftHandle handle, void* in, void* out, int direction) {
  return Call("exec", {handle, static_cast<int>(kind), Number(in), Number(out), direction});
}

Status ToStatus(int result) { return result == 0 ? Status() : Status::Internal("no such device"); }

Status GetDevice(int* device) {
  *device = TheFake().device;
  return Status();
}

Status SetDevice(int device) {
  TheFake().device = device;
  return ToStatus(Call("set_device", {device}));
}

Status Synchronize() { return ToStatus(Call("synchronize", {TheFake().device})); }

Status GrantShared(const void* kernel, int device) {
  return ToStatus(Call("grant_shared", {Number(kernel), device}));
}

constexpr DeviceCalls kDeviceCalls = {GetDevice, SetDevice, Synchronize, GrantShared};

// Whether launches of a kernel on each of `devices` go well.
std::vector<bool> TryGrants(const std::vector<int>& devices) {
  SharedMemoryGrant grant;
  std::vector<bool> granted;
  for (const int device : devices) {
    granted.push_back(grant.Ask(kDeviceCalls, Pointer(256), device).ok());
    TheFake().failures.clear();
  }
  return granted;
}

class FftPlanTrial {
 public:
  explicit FftPlanTrial(size_t limit) : plans_(kApi, kDeviceCalls, limit) { TheFake() = Fake(); }

  size_t WorkBytes(int device, int kind, int64_t length, int64_t batch) {
    size_t bytes = 0;
    ThrowIfError(plans_.WorkBytes({device, static_cast<FftKind>(kind), length, batch}, &bytes));
    return bytes;
  }

  size_t Lease(int device, int kind, int64_t length, int64_t batch,
               const std::array<int64_t, 2>& leading) {
    PlanLease lease;
    ThrowIfError(
        plans_.Lease({device, static_cast<FftKind>(kind), length, batch, leading}, &lease));
    leases_.push_back(std::move(lease));
    return leases_.size() - 1;
  }

  void Exec(size_t lease, int direction, intptr_t stream) const {
    ThrowIfError(leases_.at(lease).Exec(Pointer(256), Pointer(512),
                                        static_cast<FftDirection>(direction), Pointer(1024),
                                        static_cast<cudaStream_t>(Pointer(stream))));
  }

  void Return(size_t lease) { leases_.at(lease) = PlanLease(); }

  static std::vector<std::pair<std::string, Words>> Log() {
    return std::exchange(TheFake().log, {});
  }

  static void Fail(const std::string& name, int result) { TheFake().failures[name] = result; }

 private:
  static constexpr CufftApi kApi = {
      Create,
      Destroy,
      SetAutoAllocation,
      MakePlanMany,
      SetWorkArea,
      SetStream,
      GetVersion,
      Real<FftKind::kR2C>,
      Real<FftKind::kC2R>,
      Real<FftKind::kD2Z>,
      Real<FftKind::kZ2D>,
      Complex<FftKind::kC2C>,
      Complex<FftKind::kZ2Z>,
  };

  FftPlans plans_;
  std::vector<PlanLease> leases_;
};

}  // namespace

void DefineFftPlanTrial(py::module_& module) {
  py::class_<FftPlanTrial>(module, "FftPlanTrial")
      .def(py::init<size_t>(), py::arg("limit"))
      .def("work_bytes", &FftPlanTrial::WorkBytes)
      .def("lease", &FftPlanTrial::Lease, py::arg("device"), py::arg("kind"), py::arg("length"),
           py::arg("batch"), py::arg("leading") = std::array<int64_t, 2>{1, 1})
      .def("exec", &FftPlanTrial::Exec)
      .def("give_back", &FftPlanTrial::Return)
      .def_static("log", &FftPlanTrial::Log, "The calls since the last look.")
      .def_static("grants", &TryGrants, "Launches of a kernel on one device after the other.")
      .def_static("fail", &FftPlanTrial::Fail, "What calls of a name return from now on.");
}

}  // namespace spectral_ops
