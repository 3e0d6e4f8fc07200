#include "cuda/cufft.h"

#include <dlfcn.h>
#include <link.h>

#include <algorithm>
#include <iterator>
#include <memory>
#include <mutex>
#include <string_view>
#include <vector>

namespace spectral_ops {
namespace {

constexpr const char* kNames[] = {"libcufft.so.11", "libcufft.so.12"};  // of CUDA 12 and 13

template <class Function>
bool Resolve(void* library, const char* name, Function** function) {
  *function = reinterpret_cast<Function*>(dlsym(library, name));
  return *function != nullptr;
}

bool Resolve(void* library, CufftApi* api) {
  return Resolve(library, "cufftCreate", &api->create) &&
         Resolve(library, "cufftDestroy", &api->destroy) &&
         Resolve(library, "cufftSetAutoAllocation", &api->set_auto_allocation) &&
         Resolve(library, "cufftMakePlanMany64", &api->make_plan_many) &&
         Resolve(library, "cufftSetWorkArea", &api->set_work_area) &&
         Resolve(library, "cufftSetStream", &api->set_stream) &&
         Resolve(library, "cufftGetVersion", &api->get_version) &&
         Resolve(library, "cufftExecR2C", &api->r2c) &&
         Resolve(library, "cufftExecC2R", &api->c2r) &&
         Resolve(library, "cufftExecC2C", &api->c2c) &&
         Resolve(library, "cufftExecD2Z", &api->d2z) &&
         Resolve(library, "cufftExecZ2D", &api->z2d) && Resolve(library, "cufftExecZ2Z", &api->z2z);
}

// Where Python packages stand: the folders that anything in this process was loaded from, such as
// NumPy, TensorFlow or this library. Needs no word from Python, which the op library has none with.
std::vector<std::string> PackageFolders() {
  std::vector<std::string> folders;
  const auto visit = [](dl_phdr_info* object, size_t, void* data) {
    const std::string_view path = object->dlpi_name;
    for (const std::string_view name : {"/site-packages/", "/dist-packages/"}) {
      const size_t at = path.find(name);
      if (at == std::string_view::npos) continue;
      auto* const found = static_cast<std::vector<std::string>*>(data);
      const std::string folder(path.substr(0, at + name.size()));
      if (std::find(found->begin(), found->end(), folder) == found->end()) {
        found->push_back(folder);
      }
    }
    return 0;
  };
  dl_iterate_phdr(visit, &folders);
  return folders;
}

class Cufft {
 public:
  Status Load(const CufftApi** api) {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (!loaded_) {
      const Status status = Search();
      if (!status.ok()) return status;
      loaded_ = true;
    }
    *api = &api_;
    return Status();
  }

 private:
  Status Search() {
    tried_.clear();
    for (const char* name : kNames) {
      if (Open(name, RTLD_NOLOAD)) return Status();
    }
    for (const char* name : kNames) {
      if (Open(name)) return Status();
    }
    for (const std::string& folder : PackageFolders()) {
      if (Open(folder + "nvidia/cufft/lib/" + kNames[0])) return Status();
      if (Open(folder + "nvidia/cu13/lib/" + kNames[1])) return Status();
    }
    for (const char* name : kNames) {
      if (Open(std::string("/usr/local/cuda/lib64/") + name)) return Status();
    }
    return Status::Unavailable("cuFFT is not to be found; tried: " + tried_);
  }

  bool Open(const std::string& name, int flags = 0) {
    void* const library = dlopen(name.c_str(), RTLD_NOW | RTLD_LOCAL | flags);
    if (library != nullptr && Resolve(library, &api_)) return true;  // and it stays open
    if (flags == RTLD_NOLOAD && library == nullptr) return false;
    const char* const why = library == nullptr ? dlerror() : "it lacks functions";
    tried_ += (tried_.empty() ? "" : "; ") + name + " (" + (why == nullptr ? "" : why) + ")";
    if (library != nullptr) dlclose(library);
    return false;
  }

  std::mutex mutex_;
  bool loaded_ = false;
  CufftApi api_ = {};
  std::string tried_;
};

const char* ResultName(int result) {
  constexpr const char* kResults[] = {"CUFFT_SUCCESS",
                                      "CUFFT_INVALID_PLAN",
                                      "CUFFT_ALLOC_FAILED",
                                      "CUFFT_INVALID_TYPE",
                                      "CUFFT_INVALID_VALUE",
                                      "CUFFT_INTERNAL_ERROR",
                                      "CUFFT_EXEC_FAILED",
                                      "CUFFT_SETUP_FAILED",
                                      "CUFFT_INVALID_SIZE",
                                      "CUFFT_UNALIGNED_DATA",
                                      nullptr,
                                      "CUFFT_INVALID_DEVICE",
                                      nullptr,
                                      "CUFFT_NO_WORKSPACE",
                                      "CUFFT_NOT_IMPLEMENTED",
                                      nullptr,
                                      "CUFFT_NOT_SUPPORTED",
                                      "CUFFT_MISSING_DEPENDENCY",
                                      "CUFFT_NVRTC_FAILURE",
                                      "CUFFT_NVJITLINK_FAILURE"};
  if (result < 0 || result >= static_cast<int>(std::size(kResults))) return nullptr;
  return kResults[result];
}

}  // namespace

Status LoadCufft(const CufftApi** api) {
  static Cufft* const cufft = std::make_unique<Cufft>().release();  // outlives all that may run
  return cufft->Load(api);
}

CufftInfo GetCufftInfo() {
  CufftInfo info;
  const CufftApi* api = nullptr;
  const Status status = LoadCufft(&api);
  if (!status.ok()) {
    info.why_not = status.message();
    return info;
  }
  if (api->get_version(&info.version) != 0) info.version = 0;
  Dl_info place;
  if (dladdr(reinterpret_cast<void*>(api->create), &place) != 0) info.file = place.dli_fname;
  return info;
}

Status CufftStatus(const char* what, int result) {
  if (result == 0) return Status();
  const char* const name = ResultName(result);
  return Status::Internal(what, ": ", name == nullptr ? "cufftResult" : name, " (", result, ")");
}

}  // namespace spectral_ops
