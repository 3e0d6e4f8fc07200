// Where a run takes its workspace from.
#ifndef SPECTRAL_OPS_CORE_WORKSPACE_H_
#define SPECTRAL_OPS_CORE_WORKSPACE_H_

#include <cstddef>

#include "core/status.h"

namespace spectral_ops {

// Memory of the caller's for one run.
class Workspace {
 public:
  virtual ~Workspace() = default;
  // Memory that stays for as long as this object does, aligned to 64 bytes, on a GPU to 256;
  // kResourceExhausted where there is none. A run asks once, when it knows how much it needs.
  virtual Status Take(size_t bytes, void** memory) = 0;
};

}  // namespace spectral_ops

#endif  // SPECTRAL_OPS_CORE_WORKSPACE_H_
