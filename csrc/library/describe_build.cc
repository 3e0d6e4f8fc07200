#include "library/describe.h"

#include <algorithm>
#include <string>
#include <vector>

#include "library/json.h"
#ifdef SPECTRAL_OPS_HAS_CUDA
#include "cuda/cufft.h"
#include "cuda/device.h"
#endif

namespace spectral_ops {

#ifdef SPECTRAL_OPS_HAS_CUDA
namespace {

std::string Dotted(int version, int major, int minor) {
  return Concat(version / major, ".", version % major / minor);
}

std::vector<std::string> Words(const std::string& text) {
  std::vector<std::string> words;
  for (size_t at = 0; at < text.size();) {
    const size_t end = std::min(text.find(' ', at), text.size());
    words.push_back(text.substr(at, end - at));
    at = end + 1;
  }
  return words;
}

}  // namespace

std::string DescribeCuda() {
  const CudaInfo cuda = GetCudaInfo();
  const CufftInfo cufft = GetCufftInfo();
  JsonObject json;
  const auto known = [&json](const char* key, bool is_known, const std::string& text) {
    if (is_known) {
      json(key, text);
    } else {
      json(key, nullptr);
    }
  };
  json("toolkit", Dotted(cuda.runtime_version, 1000, 10));
  json("architectures", Words(cuda.architectures));
  known("driver", cuda.driver_version != 0, Dotted(cuda.driver_version, 1000, 10));
  json("devices", cuda.devices)("no_device", cuda.why_not);
  known("cufft", cufft.version != 0,
        Concat(Dotted(cufft.version, 1000, 100), ".", cufft.version % 100));
  known("cufft_file", !cufft.file.empty(), cufft.file);
  return json("no_cufft", cufft.why_not).Text();
}
#else
std::string DescribeCuda() { return "null"; }
#endif

std::string DescribeSimd() {
  JsonObject json;
  std::vector<std::string> usable;
  std::vector<std::string> compiled;
#ifdef SPECTRAL_OPS_HAS_CPU
  SimdTarget active = SimdTarget::kScalar;
  const Status status = ActiveSimdTarget(&active);
  if (status.ok()) {
    json("simd", SimdTargetName(active));
  } else {
    json("simd", nullptr);
  }
  json("no_simd", status.message());
  for (const SimdTarget target : UsableSimdTargets()) usable.emplace_back(SimdTargetName(target));
  for (const SimdTarget target : CompiledSimdTargets()) {
    compiled.emplace_back(SimdTargetName(target));
  }
#else
  json("simd", nullptr)("no_simd", "");
#endif
  return json("simd_targets", usable)("simd_compiled", compiled).Text();
}

}  // namespace spectral_ops
