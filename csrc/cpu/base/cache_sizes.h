// Sizes of this machine's caches. No result may depend on them: only how the work is cut does.
#ifndef SPECTRAL_OPS_CPU_BASE_CACHE_SIZES_H_
#define SPECTRAL_OPS_CPU_BASE_CACHE_SIZES_H_

#include <cstdint>

namespace spectral_ops {

// Bytes of data that one core has near it; here those that are assumed where none can be read.
struct CacheSizes {
  int64_t l1 = int64_t{48} << 10;
  int64_t l2 = int64_t{1} << 20;
};

// Read once, on first use.
const CacheSizes& MachineCaches();

}  // namespace spectral_ops

#endif  // SPECTRAL_OPS_CPU_BASE_CACHE_SIZES_H_
