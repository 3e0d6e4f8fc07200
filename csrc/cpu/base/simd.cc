#include "cpu/base/simd.h"

#ifdef __x86_64__
#include <cpuid.h>
#endif

#include <cstdlib>
#include <string>

namespace spectral_ops {
namespace {

#ifdef __x86_64__
// Conversions of float16. Clang 17 and older do not know it by name.
bool HasF16c() {
  unsigned a = 0;
  unsigned b = 0;
  unsigned c = 0;
  unsigned d = 0;
  return __get_cpuid(1, &a, &b, &c, &d) != 0 && (c & bit_F16C) != 0;
}

// The features that csrc/cpu/CMakeLists.txt compiles the targets with.
bool HasAvx2() {
  return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") && HasF16c() &&
         __builtin_cpu_supports("bmi") && __builtin_cpu_supports("bmi2");
}

bool HasAvx512() {
  return HasAvx2() && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
         __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl") &&
         __builtin_cpu_supports("avx512cd");
}
#endif

// Whether this processor runs it, compiled or not.
bool Runs(SimdTarget target) {
#ifdef __x86_64__
  __builtin_cpu_init();
  if (target == SimdTarget::kAvx2) return HasAvx2();
  if (target == SimdTarget::kAvx512) return HasAvx512();
#endif
  return target == SimdTarget::kScalar;
}

std::string Names(const std::vector<SimdTarget>& targets) {
  std::string names;
  for (SimdTarget target : targets) {
    names += Concat(names.empty() ? "'" : ", '", SimdTargetName(target), "'");
  }
  return names;
}

Status NoneUsable() {
  return Status::Unavailable(
      "these kernels are for processors with ", Names(CompiledSimdTargets()),
      " alone (SPECTRAL_OPS_SIMD_TARGETS=native), which this one does not have");
}

struct Choice {
  Status status;
  SimdTarget target = SimdTarget::kScalar;
};

Choice Choose() {
  Choice choice;
  const std::vector<SimdTarget> usable = UsableSimdTargets();
  const char* forced = std::getenv("SPECTRAL_OPS_SIMD");
  if (usable.empty()) {
    choice.status = NoneUsable();
  } else if (forced != nullptr && *forced != '\0') {
    choice.status = FindSimdTarget(forced, &choice.target);
    if (!choice.status.ok()) {
      choice.status = Status::InvalidArgument("environment variable SPECTRAL_OPS_SIMD: ",
                                              choice.status.message());
    }
  } else {
    choice.target = usable.back();
  }
  return choice;
}

}  // namespace

const char* SimdTargetName(SimdTarget target) {
  constexpr const char* kNames[] = {"scalar", "avx2", "avx512"};
  return kNames[static_cast<int>(target)];
}

std::vector<SimdTarget> CompiledSimdTargets() {
  return {
#ifdef SPECTRAL_OPS_HAS_SCALAR
      SimdTarget::kScalar,
#endif
#ifdef SPECTRAL_OPS_HAS_AVX2
      SimdTarget::kAvx2,
#endif
#ifdef SPECTRAL_OPS_HAS_AVX512
      SimdTarget::kAvx512,
#endif
  };
}

std::vector<SimdTarget> UsableSimdTargets() {
  std::vector<SimdTarget> usable;
  for (SimdTarget target : CompiledSimdTargets()) {
    if (Runs(target)) usable.push_back(target);
  }
  return usable;
}

Status FindSimdTarget(std::string_view name, SimdTarget* target) {
  const std::vector<SimdTarget> usable = UsableSimdTargets();
  if (usable.empty()) return NoneUsable();
  for (SimdTarget candidate : usable) {
    if (name == SimdTargetName(candidate)) {
      *target = candidate;
      return {};
    }
  }
  return Status::InvalidArgument(
      "simd: '", name,
      "' is unknown, not compiled or not to be had on this processor; allowed: ", Names(usable));
}

Status ActiveSimdTarget(SimdTarget* target) {
  static const Choice choice = Choose();
  *target = choice.target;
  return choice.status;
}

}  // namespace spectral_ops
