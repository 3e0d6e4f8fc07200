// The spectral convolution before any value is touched: what it takes, checked.
//
//   X[k, c] = sum_i x[i, c] e(-k i / n),  Y[k, o] = sum_c X[k, c] W[k, c, o],
//   y[j, o] = s sum_k p_k(j) Y[k, o]                          (docs/conventions.md)
//
// Separable weights take each channel by itself: Y[k, c] = X[k, c] W[k, c]; shared ones are alike
// for all, W[k].
#pragma once

#include <cstdint>
#include <tuple>

#include "core/dims.h"
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
  bool separable = false;  // channels are not mixed
  bool shared = false;     // then: they have the same weights
  ModeAxisShape axis[kMaxSpatialRank];

  int64_t modes() const { return axis[0].modes() * axis[1].modes() * axis[2].modes(); }
  int64_t weight_modes() const { return axis[0].weights * axis[1].weights * axis[2].weights; }
  int64_t weights_per_mode() const { return shared ? 1 : separable ? in : in * out; }
};

// A call of the operator, of its adjoint in x or of the gradient by the weights.
struct SpectralConvCall {
  using Shape = SpectralConvShape;
  // All but the pointers: what a plan follows from.
  auto Settings() const {
    return std::tie(kind, dtype, norm, format, x_dims, other, weight_dims, modes, whole, keeps);
  }

  SpectralConvKind kind = SpectralConvKind::kForward;
  DataType dtype = DataType::kFloat32;
  Norm norm = Norm::kForward;
  DataFormat format = DataFormat::kChannelsLast;
  Dims x_dims;         // of x; the adjoint: of grad_output
  Dims other;          // [rank] output_size; the adjoint: the size of x; for the weight gradient
                       // the dims of grad_output
  Dims weight_dims;    // [*modes, in, out], or [*modes, channels]: separable, or [*modes]: shared
  Dims modes;          // [rank], or none: all that the weights have
  bool whole = false;  // a filter: the weights are a response, at each frequency of x
  bool keeps = false;  // the spectrum of x too, for the gradients
  const void* source = nullptr;       // x; of the adjoint grad_output
  const void* weights = nullptr;      // not of the weight gradient
  const void* grad_output = nullptr;  // of the weight gradient alone
  void* result = nullptr;             // y; the gradient of x; that of the weights
  void* spectrum = nullptr;           // if it keeps that
};

// Both gradients of the operator at once: by x and by the weights.
//
//   dL/dx = A(g, W),  dL/dW = G(x, g)
//
// They share the spectrum of g. Each by itself is a SpectralConvCall. The operator may keep the
// spectrum of x for both: in the order and with the dims that suit the kernels, empty where they
// have no use for it.
struct SpectralConvGradientsCall {
  using Shape = SpectralConvShape;
  auto Settings() const {
    return std::tie(dtype, norm, format, x_dims, weight_dims, grad_dims, spectrum_dims, modes,
                    whole);
  }

  const Dims& second_dims() const { return weight_dims; }

  // Each gradient, and the operator, as calls of their own.
  SpectralConvCall OfX() const;
  SpectralConvCall OfWeights() const;
  SpectralConvCall Forward() const;

  DataType dtype = DataType::kFloat32;
  Norm norm = Norm::kForward;
  DataFormat format = DataFormat::kChannelsLast;
  Dims x_dims;
  Dims weight_dims;
  Dims grad_dims;
  Dims spectrum_dims;  // other dims than those that the operator gave: x is analysed again
  Dims modes;
  bool whole = false;
  const void* x = nullptr;
  const void* weights = nullptr;
  const void* grad_output = nullptr;
  const void* spectrum = nullptr;
  void* result = nullptr;         // the gradient of x
  void* second_result = nullptr;  // that of the weights
};

// Whether calls have a second result; its dims are second_dims().
template <class Call>
inline constexpr bool kGivesTwo = false;
template <>
inline constexpr bool kGivesTwo<SpectralConvGradientsCall> = true;

// Refuses what can be seen to be wrong in what is known; lengths of -1 and weights of rank -1 are
// not known yet.
Status CheckSpectralConvSizes(const SpectralConvCall& call);
Status CheckGradientSizes(const SpectralConvGradientsCall& call);

// Checks everything that a call says, but not its pointers, and fills `shape` and the result's
// dims.
Status Check(const SpectralConvCall& call, SpectralConvShape* shape, Dims* result_dims);
// The shape is that of the weights' gradient.
Status Check(const SpectralConvGradientsCall& call, SpectralConvShape* shape, Dims* result_dims);

// How one side of a run, x's or the output's, goes between samples and modes on one axis.
ModeMap MapOfSide(const ModeAxisShape& shape, bool last, bool output, bool synthesis);

// Whether it keeps all modes, at the size of x, and mixes no channels.
bool IsFilter(const SpectralConvShape& shape);

// The product of the axes' scales.
double SpectralConvScale(const SpectralConvShape& shape, Norm norm);

}  // namespace spectral_ops
