// One axis between its samples and a few of its Fourier modes (core/modes.h), either way, by a
// folded matrix or by FFTs.
#ifndef SPECTRAL_OPS_CPU_AXES_MODE_AXIS_H_
#define SPECTRAL_OPS_CPU_AXES_MODE_AXIS_H_

#include <cstddef>
#include <cstdint>

#include "core/modes.h"
#include "core/types.h"
#include "cpu/axes/axis_matrix.h"
#include "cpu/fft/fft.h"

namespace spectral_ops {

// All that decides what such an axis does.
struct ModeAxisSpec {
  ModeMap map;
  DataType type = DataType::kFloat32;  // in which it is computed: float32 or float64
  bool by_fft = false;
  int64_t row_block = 1;  // of the matrix

  bool operator==(const ModeAxisSpec& other) const {
    return map == other.map && type == other.type && by_fft == other.by_fft &&
           row_block == other.row_block;
  }
};

// The operator, with its tables behind it in one piece of memory.
//
// Matrix, analysis: columns are the folded samples, pairs 1 .. (length-1)/2, then 0 and, if even,
// length/2; rows are the modes |f| = 1 .. highest, with an even and an odd half, then 0 with an
// even one. Synthesis: columns are the folded modes, pairs |f| = 1 .. highest, then 0; rows are
// the samples as above. Odd entries are h sin, with a minus where `half`, for there odd sums are
// those of imaginary parts. Blocks of rows are in the order of AxisMatrix.
template <class S>
struct ModeAxis {
  ModeAxisSpec spec;
  AxisFold fold;               // pairs and singles
  const S* entries = nullptr;  // of the matrix
  FftPlan<S> fft;              // of `length`
  // FFT: mode f = s - low is u times bin f plus v times bin -f, u = (g + h) / 2, v = (g - h) / 2.
  const S* weights = nullptr;  // [modes, 2], u and v; of the last axis g and h
};

// Multiply-adds of vectors for one complex vector, or two real ones.
double ModeMatrixWork(const ModeAxisSpec& spec);
double ModeFftWork(const ModeAxisSpec& spec);

// Elements per lane that one run of an axis needs.
int64_t ModeAxisScratch(const ModeAxisSpec& spec);

size_t ModeAxisBytes(const ModeAxisSpec& spec);       // of `memory`
size_t ModeAxisTableBytes(const ModeAxisSpec& spec);  // of `table`, used while building

// Builds the operator at the head of `memory`; both pieces are aligned to 64 bytes.
template <class S>
const ModeAxis<S>* BuildModeAxis(const ModeAxisSpec& spec, void* memory, void* table);

}  // namespace spectral_ops

#endif  // SPECTRAL_OPS_CPU_AXES_MODE_AXIS_H_
