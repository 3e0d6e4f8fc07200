// Which results go past the caches (StoreWay::kStreams, cpu/base/prefetch-inl.h).
#pragma once

#include <cstdint>

#include "core/memory.h"
#include "core/types.h"
#include "cpu/base/tuning.h"

namespace spectral_ops {

// Whether so many elements are whole cache lines, where the first begins one.
inline bool FillsLines(int64_t elements, DataType dtype) {
  return static_cast<size_t>(elements) * ElementSize(dtype) % kAlignment == 0;
}

inline bool BeginsLine(const void* p) { return reinterpret_cast<uintptr_t>(p) % kAlignment == 0; }

// Whether nothing of a result would stay near for its reader, and channels, which come last in it,
// fill cache lines.
inline bool LeavesCaches(int64_t elements, int64_t channels, DataType dtype, const Tuning& tuning) {
  return elements * static_cast<int64_t>(ElementSize(dtype)) > tuning.near_bytes &&
         FillsLines(channels, dtype);
}

}  // namespace spectral_ops
