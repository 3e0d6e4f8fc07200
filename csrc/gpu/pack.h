// Neighbours in memory that a thread reads and writes at once.
#pragma once

#include <cstdint>
#include <cstring>

#include "core/types.h"
#include "gpu/block.h"
#include "gpu/element.h"

namespace spectral_ops::gpu {

// Aligned to all of them.
template <class T, int kWide>
struct alignas(sizeof(T) * kWide) Pack {
  T value[kWide];
};

// As many as make 16 bytes of the type that is computed in.
template <class T>
constexpr int kPack = static_cast<int>(16 / sizeof(ComputeType<T>));

template <int kWide, class T>
SPECTRAL_OPS_DEVICE Pack<T, kWide> LoadPack(const T* from) {
  using P = Pack<T, kWide>;
#ifdef __CUDA_ARCH__
  return *reinterpret_cast<const P*>(from);
#else
  P pack;
  const bool aligned = reinterpret_cast<uintptr_t>(from) % sizeof(P) == 0;
  if (aligned) {
    memcpy(&pack, from, sizeof(P));
  } else {
    memset(&pack, 0xff, sizeof(P));  // NaN: a GPU stops at it
  }
  return pack;
#endif
}

template <int kWide, class T>
SPECTRAL_OPS_DEVICE void StorePack(T* to, const Pack<T, kWide>& pack) {
  using P = Pack<T, kWide>;
#ifdef __CUDA_ARCH__
  if constexpr (sizeof(P) == 16) {  // left to the compiler, some are stored in parts
    const auto bits = BitsAs<uint4>(pack);
    asm volatile("st.global.v4.b32 [%0], {%1, %2, %3, %4};" ::"l"(to), "r"(bits.x), "r"(bits.y),
                 "r"(bits.z), "r"(bits.w)
                 : "memory");
  } else {
    *reinterpret_cast<P*>(to) = pack;
  }
#else
  const bool aligned = reinterpret_cast<uintptr_t>(to) % sizeof(P) == 0;
  if (aligned) memcpy(to, &pack, sizeof(P));
#endif
}

// Rounded to another type.
template <class Out, int kWide>
SPECTRAL_OPS_DEVICE Pack<Out, kWide> Written(const Pack<ComputeType<Out>, kWide>& pack) {
  Pack<Out, kWide> written;
  SPECTRAL_OPS_UNROLL
  for (int v = 0; v < kWide; ++v) written.value[v] = Write<Out>(pack.value[v]);
  return written;
}

// Whether packs of x, of runs of `run` elements, are aligned.
template <class T>
bool TakesPacks(const T* x, int64_t run) {
  return run % kPack<T> == 0 && reinterpret_cast<uintptr_t>(x) % (sizeof(T) * kPack<T>) == 0;
}

}  // namespace spectral_ops::gpu
