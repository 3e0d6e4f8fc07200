#include "cpu/base/tuning.h"

#include <algorithm>

namespace spectral_ops {
namespace {

// No more than the measured machines have: what larger caches are good for was not measured.
constexpr CacheSizes kMeasured = {int64_t{48} << 10, int64_t{2} << 20, int64_t{32} << 20};

// An L3 as large as this is that of many cores, and little nearer than memory.
constexpr int64_t kFarL3 = int64_t{128} << 20;

}  // namespace

Tuning MakeTuning(const CacheSizes& caches) {
  const int64_t l1 = std::min(caches.l1, kMeasured.l1);
  const int64_t l2 = std::min(caches.l2, kMeasured.l2);
  Tuning tuning;
  tuning.near_bytes = caches.l3 < kFarL3 ? std::min(caches.l3, kMeasured.l3) / 8 : 2 * l2;
  tuning.ahead_bytes = l2 / 4;
  tuning.fft_block_bytes = l1 / 2;
  tuning.resample.tile_bytes = l2 / 2;
  tuning.resample.large_tile_bytes = l2 * 3 / 4;
  tuning.resample.packed_bytes = l1 / 3;
  tuning.spectral_conv.block_bytes = l2 * 5 / 8;
  tuning.spectral_conv.filter_bytes = l2 * 7 / 8;
  tuning.wavelet.tile_bytes = l2 / 2;
  tuning.wavelet.piece_bytes = l1 / 3;
  return tuning;
}

const Tuning& CpuTuning() {
  static const Tuning tuning = MakeTuning(MachineCaches());
  return tuning;
}

}  // namespace spectral_ops
