// Element types of tensors as device code reads and writes them: 16-bit types are their bits here,
// computed in float32.
#pragma once

#include <cstdint>
#include <cstring>

#include "core/status.h"
#include "core/types.h"
#include "gpu/block.h"

namespace spectral_ops::gpu {

struct Half {
  uint16_t bits;
};
struct BFloat16 {
  uint16_t bits;
};

// Two of them at once.
template <class T>
struct alignas(2 * sizeof(T)) Pair {
  T first;
  T second;
};

// Whether the values of T are tf32 numbers.
template <class T>
constexpr bool kIsTf32 = sizeof(T) == 2;

template <class To, class From>
SPECTRAL_OPS_DEVICE To BitsAs(From from) {
  static_assert(sizeof(To) == sizeof(From), "the same bits");
  To to;
  memcpy(&to, &from, sizeof(to));
  return to;
}

SPECTRAL_OPS_DEVICE float Read(float x) { return x; }
SPECTRAL_OPS_DEVICE double Read(double x) { return x; }
SPECTRAL_OPS_DEVICE float Read(BFloat16 x) {
  return BitsAs<float>(static_cast<uint32_t>(x.bits) << 16);
}
SPECTRAL_OPS_DEVICE float Read(Half x) {
#ifdef __CUDA_ARCH__
  float value;
  asm("cvt.f32.f16 %0, %1;" : "=f"(value) : "h"(x.bits));
  return value;
#else
  const uint32_t sign = (x.bits & 0x8000U) << 16;
  const uint32_t exponent = (x.bits >> 10) & 0x1fU;
  const uint32_t fraction = x.bits & 0x3ffU;
  if (exponent == 31) return BitsAs<float>(sign | 0x7f800000U | fraction << 13);
  if (exponent != 0) return BitsAs<float>(sign | (exponent + 112) << 23 | fraction << 13);
  const float tiny = static_cast<float>(fraction) * 5.9604644775390625e-8F;  // 2^-24
  return sign != 0 ? -tiny : tiny;
#endif
}

// The nearest value of T, ties to even.
template <class T>
struct Writer;
template <>
struct Writer<float> {
  static SPECTRAL_OPS_DEVICE float Of(float x) { return x; }
};
template <>
struct Writer<double> {
  static SPECTRAL_OPS_DEVICE double Of(double x) { return x; }
};
template <>
struct Writer<BFloat16> {
  static SPECTRAL_OPS_DEVICE BFloat16 Of(float x) {
    const auto bits = BitsAs<uint32_t>(x);
    if ((bits & 0x7fffffffU) > 0x7f800000U) return {static_cast<uint16_t>(bits >> 16 | 0x40U)};
    return {static_cast<uint16_t>((bits + 0x7fffU + (bits >> 16 & 1U)) >> 16)};
  }
};
template <>
struct Writer<Half> {
  static SPECTRAL_OPS_DEVICE Half Of(float x) {
#ifdef __CUDA_ARCH__
    uint16_t rounded;
    asm("cvt.rn.f16.f32 %0, %1;" : "=h"(rounded) : "f"(x));
    return {rounded};
#else
    const auto bits = BitsAs<uint32_t>(x);
    const auto sign = static_cast<uint16_t>(bits >> 16 & 0x8000U);
    const uint32_t size = bits & 0x7fffffffU;
    if (size > 0x7f800000U) return {static_cast<uint16_t>(sign | 0x7e00U)};
    if (size >= 0x477ff000U) return {static_cast<uint16_t>(sign | 0x7c00U)};  // 65520 and above
    if (size < 0x38800000U) {  // below 2^-14: adding 1/2 leaves multiples of 2^-24, rounded
      const float shifted = BitsAs<float>(size) + 0.5F;
      return {static_cast<uint16_t>(sign | (BitsAs<uint32_t>(shifted) - 0x3f000000U))};
    }
    const uint32_t rounded = size + 0xfffU + (size >> 13 & 1U);
    return {static_cast<uint16_t>(sign | (rounded - 0x38000000U) >> 13)};
#endif
  }
};

template <class T>
SPECTRAL_OPS_DEVICE T Write(ComputeType<T> x) {
  return Writer<T>::Of(x);
}

// Whether elements of x can go to shared memory 16 bytes at a time, as they are, where runs of
// `run` of them lie next to each other in both: of types that are computed in, with everything
// aligned.
template <class T>
bool CopiesWhole(const T* x, int64_t run) {
  constexpr int64_t kEach = static_cast<int64_t>(kCopyBytes / sizeof(T));
  return sizeof(T) == sizeof(ComputeType<T>) && run % kEach == 0 &&
         reinterpret_cast<uintptr_t>(x) % kCopyBytes == 0;
}

// Writes two neighbours at once, aligned to both.
template <class T>
SPECTRAL_OPS_DEVICE void StoreBoth(T* to, T first, T second) {
#ifdef __CUDA_ARCH__
  if constexpr (sizeof(T) == 2) {
    const auto bits = static_cast<uint32_t>(first.bits) | static_cast<uint32_t>(second.bits) << 16;
    asm volatile("st.global.b32 [%0], %1;" ::"l"(to), "r"(bits) : "memory");
  } else if constexpr (sizeof(T) == 4) {
    asm volatile("st.global.v2.f32 [%0], {%1, %2};" ::"l"(to), "f"(first), "f"(second) : "memory");
  } else {
    asm volatile("st.global.v2.f64 [%0], {%1, %2};" ::"l"(to), "d"(first), "d"(second) : "memory");
  }
#else
  to[0] = first;
  to[1] = second;
#endif
}

// Whether results can be written two at a time, where rows of `run` of them are written.
template <class T>
bool StoresPairs(const T* y, int64_t run) {
  return run % 2 == 0 && reinterpret_cast<uintptr_t>(y) % (2 * sizeof(T)) == 0;
}

}  // namespace spectral_ops::gpu
