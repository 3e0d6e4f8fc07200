// The caller's memory for one run, and how it is cut into pieces.
#pragma once

#include <cstddef>
#include <cstdint>

#include "core/status.h"

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

// Pieces of one memory, one behind the other. Without memory they are only counted, so that the
// same lines say how much of it there must be and what stands where.
class Arena {
 public:
  explicit Arena(void* memory = nullptr) : memory_(static_cast<char*>(memory)) {}

  // Room for `count` of T; null where nothing but the count is wanted.
  template <class T>
  T* Take(int64_t count) {
    used_ = (used_ + alignof(T) - 1) / alignof(T) * alignof(T);
    char* at = memory_ + (counts() ? 0 : used_);
    used_ += static_cast<size_t>(count) * sizeof(T);
    return reinterpret_cast<T*>(at);
  }
  bool counts() const { return memory_ == nullptr; }
  size_t bytes() const { return AlignUp(used_); }

 private:
  char* memory_;
  size_t used_ = 0;
};

class Workspace {
 public:
  virtual ~Workspace() = default;
  // Memory that stays for as long as this object does, aligned to 64 bytes, on a GPU to 256;
  // kResourceExhausted where there is none. A run asks once, when it knows how much it needs.
  virtual Status Take(size_t bytes, void** memory) = 0;
};

}  // namespace spectral_ops
