#include "cpu/base/simd.h"

#ifdef SPECTRAL_OPS_HAS_AVX2
#include <cpuid.h>
#endif

#include <cstdlib>
#include <string>

namespace spectral_ops {
namespace {

#ifdef SPECTRAL_OPS_HAS_AVX2
// Conversions of float16. Clang 17 and older do not know it by name.
bool HasF16c() {
  unsigned a = 0;
  unsigned b = 0;
  unsigned c = 0;
  unsigned d = 0;
  return __get_cpuid(1, &a, &b, &c, &d) != 0 && (c & bit_F16C) != 0;
}
#endif

// The features that csrc/cpu/CMakeLists.txt compiles each target with.
bool IsUsable(SimdTarget target) {
#ifdef SPECTRAL_OPS_HAS_AVX2
  __builtin_cpu_init();
  const bool avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") && HasF16c() &&
                    __builtin_cpu_supports("bmi") && __builtin_cpu_supports("bmi2");
  if (target == SimdTarget::kAvx2) return avx2;
#endif
#ifdef SPECTRAL_OPS_HAS_AVX512
  if (target == SimdTarget::kAvx512) {
    return avx2 && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
           __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl") &&
           __builtin_cpu_supports("avx512cd");
  }
#endif
  return target == SimdTarget::kScalar;
}

constexpr SimdTarget kAllTargets[] = {SimdTarget::kScalar, SimdTarget::kAvx2, SimdTarget::kAvx512};

std::string UsableNames() {
  std::string names;
  for (SimdTarget target : UsableSimdTargets()) {
    names += Concat(names.empty() ? "'" : ", '", SimdTargetName(target), "'");
  }
  return names;
}

struct Choice {
  Status status;
  SimdTarget target = SimdTarget::kScalar;
};

Choice Choose() {
  Choice choice;
  const char* forced = std::getenv("SPECTRAL_OPS_SIMD");
  if (forced != nullptr && *forced != '\0') {
    choice.status = FindSimdTarget(forced, &choice.target);
    if (!choice.status.ok()) {
      choice.status = Status::InvalidArgument("environment variable SPECTRAL_OPS_SIMD: ",
                                              choice.status.message());
    }
  } else {
    choice.target = UsableSimdTargets().back();
  }
  return choice;
}

}  // namespace

const char* SimdTargetName(SimdTarget target) {
  constexpr const char* kNames[] = {"scalar", "avx2", "avx512"};
  return kNames[static_cast<int>(target)];
}

std::vector<SimdTarget> UsableSimdTargets() {
  std::vector<SimdTarget> usable;
  for (SimdTarget target : kAllTargets) {
    if (IsUsable(target)) usable.push_back(target);
  }
  return usable;
}

Status FindSimdTarget(std::string_view name, SimdTarget* target) {
  for (SimdTarget usable : UsableSimdTargets()) {
    if (name == SimdTargetName(usable)) {
      *target = usable;
      return {};
    }
  }
  return Status::InvalidArgument(
      "simd: '", name,
      "' is unknown, not compiled or not to be had on this processor; allowed: ", UsableNames());
}

Status ActiveSimdTarget(SimdTarget* target) {
  static const Choice choice = Choose();
  *target = choice.target;
  return choice.status;
}

}  // namespace spectral_ops
