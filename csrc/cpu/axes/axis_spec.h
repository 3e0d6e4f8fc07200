// All that decides what one axis does, but for the values of its window, and the kinds of ways to
// do it.
#ifndef SPECTRAL_OPS_CPU_AXES_AXIS_SPEC_H_
#define SPECTRAL_OPS_CPU_AXES_AXIS_SPEC_H_

#include <cstdint>

#include "core/axis.h"
#include "core/modes.h"
#include "core/types.h"

namespace spectral_ops {

// The kinds, in the order of their list (axis_kinds.h).
enum class AxisKind { kMatrix, kFft, kModeMatrix, kModeFft };

struct AxisSpec {
  AxisKind kind = AxisKind::kMatrix;
  AxisShape shape;  // of kinds from samples to samples
  Norm norm = Norm::kForward;
  // Pooling by an integer ratio alone: somebody else takes care of the samples that are only copied
  // (AxisFold), and the input is packed without them.
  bool without_copies = false;
  ModeMap modes;                       // of kinds between samples and modes
  DataType type = DataType::kFloat32;  // in which it is computed: float32 or float64
  int64_t row_block = 1;               // rows of a matrix that run side by side
  int64_t fft_block_bytes = 0;         // of an FFT that stays in cache; no bit depends on it

  bool operator==(const AxisSpec& other) const {
    return kind == other.kind && shape.n == other.shape.n && shape.m == other.shape.m &&
           shape.windowed == other.shape.windowed && norm == other.norm &&
           without_copies == other.without_copies && modes == other.modes && type == other.type &&
           row_block == other.row_block && fft_block_bytes == other.fft_block_bytes;
  }
};

}  // namespace spectral_ops

#endif  // SPECTRAL_OPS_CPU_AXES_AXIS_SPEC_H_
