// Sizes of pieces of a workspace that the caller allocates.
#ifndef SPECTRAL_OPS_CORE_MEMORY_H_
#define SPECTRAL_OPS_CORE_MEMORY_H_

#include <cstddef>

namespace spectral_ops {

constexpr size_t kAlignment = 64;  // a cache line, and the widest vector

constexpr size_t AlignUp(size_t bytes) {
  return (bytes + kAlignment - 1) / kAlignment * kAlignment;
}

// The offset of a piece of so many bytes behind what is taken already.
inline size_t Take(size_t* offset, size_t bytes) {
  const size_t at = *offset;
  *offset += AlignUp(bytes);
  return at;
}

}  // namespace spectral_ops

#endif  // SPECTRAL_OPS_CORE_MEMORY_H_
