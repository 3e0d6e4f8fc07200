#include "cpu/base/tuning.h"

#include <algorithm>

namespace spectral_ops {

Tuning MakeTuning(const CacheSizes& caches) {
  // No more than the measured machine has: what larger caches are good for was not measured.
  const CacheSizes measured;
  const int64_t l1 = std::min(caches.l1, measured.l1);
  const int64_t l2 = std::min(caches.l2, measured.l2);
  Tuning tuning;
  tuning.fft_block_bytes = l1 / 2;
  tuning.ahead_bytes = l2 / 4;
  tuning.resample.tile_bytes = l2 / 2;
  tuning.resample.large_tile_bytes = l2 * 3 / 4;
  tuning.resample.packed_bytes = l1 / 3;
  tuning.spectral_conv.block_bytes = l2 * 5 / 8;
  tuning.spectral_conv.filter_bytes = l2 * 7 / 8;
  tuning.wavelet.tile_bytes = l2 / 2;
  tuning.wavelet.piece_bytes = l1 / 3;
  tuning.wavelet.near_bytes = caches.l3;
  return tuning;
}

const Tuning& CpuTuning() {
  static const Tuning tuning = MakeTuning(MachineCaches());
  return tuning;
}

}  // namespace spectral_ops
