// Sizes of pieces of a workspace that the caller allocates.
#ifndef SPECTRAL_OPS_CORE_MEMORY_H_
#define SPECTRAL_OPS_CORE_MEMORY_H_

#include <cstddef>

namespace spectral_ops {

constexpr size_t kAlignment = 64;  // a cache line, and the widest vector

constexpr size_t AlignUp(size_t bytes) {
  return (bytes + kAlignment - 1) / kAlignment * kAlignment;
}

}  // namespace spectral_ops

#endif  // SPECTRAL_OPS_CORE_MEMORY_H_
