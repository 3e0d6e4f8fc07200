// Sizes of this machine's caches. No result may depend on them: only how the work is cut does.
#pragma once

#include <cstdint>

namespace spectral_ops {

// Bytes of data that a core has near it; here those that are assumed where none can be read.
struct CacheSizes {
  int64_t l1 = int64_t{48} << 10;
  int64_t l2 = int64_t{1} << 20;
  int64_t l3 = int64_t{32} << 20;  // which others share
};

// Read once, on first use.
const CacheSizes& MachineCaches();

}  // namespace spectral_ops
