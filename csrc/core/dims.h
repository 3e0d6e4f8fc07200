// The lengths of a tensor's dimensions, or of its spatial axes, as calls of operators hold them.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>

#include "core/integers.h"
#include "core/status.h"
#include "core/types.h"

namespace spectral_ops {

constexpr int kMaxRank = kMaxSpatialRank + 2;  // of signals
constexpr int kMaxDims = kMaxRank + 1;         // of bands
constexpr int64_t kMaxAxisLength = int64_t{1} << 24;

struct Dims {
  int rank = 0;
  int64_t length[kMaxDims] = {};  // where there are more, the first; their number is refused

  int64_t operator[](int i) const { return length[i]; }
  int64_t& operator[](int i) { return length[i]; }
  bool operator==(const Dims& other) const {
    return rank == other.rank && std::equal(length, length + kMaxDims, other.length);
  }
};

// The dims of what a library holds as `lengths` [rank].
inline Dims MakeDims(const int64_t* lengths, size_t rank) {
  Dims dims;
  dims.rank = static_cast<int>(rank);
  std::copy_n(lengths, std::min<size_t>(rank, kMaxDims), dims.length);
  return dims;
}

// Those of a signal's spatial axes.
inline Dims SpatialDims(const Dims& dims, DataFormat format) {
  Dims spatial;
  spatial.rank = dims.rank - 2;
  for (int i = 0; i < spatial.rank && i < kMaxSpatialRank; ++i) {
    spatial[i] = dims[FirstSpatial(format) + i];
  }
  return spatial;
}

// -1 where they cannot be counted.
inline int64_t CountElements(const Dims& dims) {
  int64_t count = 1;
  for (int i = 0; i < dims.rank && i < kMaxDims; ++i) count = MultiplySizes(count, dims[i]);
  return count;
}

// The same with 1 for each length of 0: an empty array, too, has strides that must fit a number.
inline int64_t CountWithoutZeros(const Dims& dims) {
  int64_t count = 1;
  for (int i = 0; i < dims.rank && i < kMaxDims; ++i) {
    count = MultiplySizes(count, dims[i] == 0 ? 1 : dims[i]);
  }
  return count;
}

// Lengths of -1 are not known.
inline std::string Text(const Dims& dims) {
  std::string text = "[";
  for (int i = 0; i < dims.rank && i < kMaxDims; ++i) {
    text += i > 0 ? ", " : "";
    text += dims[i] == -1 ? "?" : Concat(dims[i]);
  }
  return text + (dims.rank > kMaxDims ? ", ...]" : "]");
}

// Refuse the length of an axis of `name`, numbered among the spatial ones, and a length that it is
// to have. Negative ones are not known yet.
inline Status CheckLength(const char* name, int axis, int64_t length) {
  if (length != 0 && length <= kMaxAxisLength) return {};
  return Status::InvalidArgument(name, ": spatial axis ", axis, " has length ", length,
                                 "; allowed: 1 to ", kMaxAxisLength);
}
inline Status RefuseSize(const char* name, int axis, int64_t size) {
  return Status::InvalidArgument(name, "[", axis, "]: ", size, "; allowed: 1 to ", kMaxAxisLength);
}
inline Status CheckSize(const char* name, int axis, int64_t size) {
  return size != 0 && size <= kMaxAxisLength ? Status() : RefuseSize(name, axis, size);
}

}  // namespace spectral_ops
