// Prints the SIMD target for SPECTRAL_OPS_SIMD_TARGETS=native: the best that this machine runs.
#include <cstdio>

#include "cpu/base/simd.h"

int main() {
  std::puts(spectral_ops::SimdTargetName(spectral_ops::UsableSimdTargets().back()));
  return 0;
}
