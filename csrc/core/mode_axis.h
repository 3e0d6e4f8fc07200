// One axis between its samples and a few of its Fourier modes, either way, by a folded matrix or by
// FFTs. A mode f of an axis of `length` samples is analysed and synthesized with
//
//   analysis:  X[f] = sum_i z[i] conj(p_f(i))        synthesis:  y[i] = sum_f p_f(i) Y[f]
//   p_f(i) = g cos(2 pi f i / length) + i h sin(2 pi f i / length)
//
// g = h = 1 but where ModeAxisSpec says otherwise. Leading axes have the modes -low .. high; the
// last axis has 0 .. high, its samples are real, and a synthesis takes the real part.
#ifndef SPECTRAL_OPS_CORE_MODE_AXIS_H_
#define SPECTRAL_OPS_CORE_MODE_AXIS_H_

#include <cstddef>
#include <cstdint>

#include "core/axis_matrix.h"
#include "core/fft.h"
#include "core/types.h"

namespace spectral_ops {

// All that decides what such an axis does.
struct ModeAxisSpec {
  int64_t length = 1;
  int64_t low = 0;  // modes below 0
  int64_t high = 0;
  bool half = false;                   // the last axis
  bool synthesis = false;              // else analysis
  bool doubled = false;                // modes above 0 stand for -f too: g = h = 2
  int64_t nyquist = 0;                 // where not 0: the mode +-nyquist has h = 0
  bool halved = false;                 // and g = 1/2, else 1
  DataType type = DataType::kFloat32;  // in which it is computed: float32 or float64
  bool by_fft = false;
  int64_t row_block = 1;  // of the matrix

  constexpr int64_t modes() const { return low + high + 1; }
  constexpr int64_t highest() const { return low > high ? low : high; }
  constexpr double cosine_weight(int64_t f) const {  // g
    if (nyquist != 0 && (f == nyquist || f == -nyquist)) return halved ? 0.5 : 1;
    return doubled && f != 0 ? 2 : 1;
  }
  constexpr double sine_weight(int64_t f) const {  // h
    if (nyquist != 0 && (f == nyquist || f == -nyquist)) return 0;
    return doubled && f != 0 ? 2 : 1;
  }
  bool operator==(const ModeAxisSpec& other) const;
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

#endif  // SPECTRAL_OPS_CORE_MODE_AXIS_H_
