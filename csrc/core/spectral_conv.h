// The spectral convolution before any value is touched: what it takes, checked.
//
//   X[k, c] = sum_i x[i, c] e(-k i / n),  Y[k, o] = sum_c X[k, c] W[k, c, o],
//   y[j, o] = s sum_k p_k(j) Y[k, o]                          (docs/conventions.md)
#ifndef SPECTRAL_OPS_CORE_SPECTRAL_CONV_H_
#define SPECTRAL_OPS_CORE_SPECTRAL_CONV_H_

#include <cstdint>

#include "core/modes.h"
#include "core/status.h"
#include "core/types.h"

namespace spectral_ops {

enum class SpectralConvKind { kForward, kAdjoint, kWeightGradient };

// One spatial axis: n samples of x, m of y, and the modes -low .. high (the last axis: 0 .. high)
// that both can hold, of `weights` that the weights have.
struct ModeAxisShape {
  int64_t n = 1;
  int64_t m = 1;
  int64_t weights = 1;
  int64_t low = 0;
  int64_t high = 0;

  int64_t modes() const { return low + high + 1; }
};

struct SpectralConvShape {
  SpectralConvKind kind = SpectralConvKind::kForward;
  DataFormat format = DataFormat::kChannelsLast;
  int rank = 1;  // spatial axes, right-aligned in `axis`
  int64_t batch = 1;
  int64_t in = 1;  // channels of x
  int64_t out = 1;
  bool separable = false;
  ModeAxisShape axis[kMaxSpatialRank];

  int64_t modes() const { return axis[0].modes() * axis[1].modes() * axis[2].modes(); }
  int64_t weight_modes() const { return axis[0].weights * axis[1].weights * axis[2].weights; }
  int64_t weights_per_mode() const { return separable ? in : in * out; }
};

// What a call gives; lengths of -1 are not known yet.
struct SpectralConvSizes {
  SpectralConvKind kind = SpectralConvKind::kForward;
  DataFormat format = DataFormat::kChannelsLast;
  int rank = 1;
  const int64_t* x = nullptr;        // [rank + 2], x; the adjoint: grad_output
  const int64_t* other = nullptr;    // [rank] output_size; the adjoint: the size of x; for the
                                     // weight gradient [rank + 2], grad_output
  const int64_t* weights = nullptr;  // [rank + 1 or rank + 2]
  bool separable = false;
  const int64_t* modes = nullptr;  // [rank], or null: all that the weights have
};

// Refuses what can be seen to be wrong in what is known.
Status CheckSpectralConv(const SpectralConvSizes& sizes);

// How one side of a run, x's or the output's, goes between samples and modes on one axis.
ModeMap MapOfSide(const ModeAxisShape& shape, bool last, bool output, bool synthesis);

// The product of the axes' scales.
double SpectralConvScale(const SpectralConvShape& shape, Norm norm);

// Checks everything and fills `shape`.
Status MakeSpectralConvShape(const SpectralConvSizes& sizes, SpectralConvShape* shape);

}  // namespace spectral_ops

#endif  // SPECTRAL_OPS_CORE_SPECTRAL_CONV_H_
