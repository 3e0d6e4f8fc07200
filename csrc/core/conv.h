// The convolution operator before any value is touched: what it takes, checked.
//
//   y[b, j, o] = sum_{t, i} x[b, j - before + t, i] filters[t, i, o]
//
// over the taps t and the input channels i of o's group: the cross-correlation of neural networks,
// stride 1. Beyond its ends x is zero, or goes round where padding is circular.
#pragma once

#include <cstdint>
#include <tuple>

#include "core/dims.h"
#include "core/status.h"
#include "core/types.h"

namespace spectral_ops {

// In the place of a number of groups: as many as x has channels, the filters
// [*taps, channels, multiplier], output channel c * multiplier + q of input channel c.
constexpr int64_t kDepthwise = 0;

struct ConvAxis {
  int64_t n = 1;       // input length
  int64_t taps = 1;    // of the filters
  int64_t m = 1;       // output length
  int64_t before = 0;  // output j meets inputs j - before .. j - before + taps - 1
};

struct ConvShape {
  int rank = 0;  // spatial axes, right-aligned in `axis`; those in front have length 1
  ConvAxis axis[kMaxSpatialRank];
  bool circular = false;
  DataFormat format = DataFormat::kChannelsLast;
  int64_t batch = 0;
  int64_t in_channels = 0;
  int64_t out_channels = 0;
  int64_t groups = 1;

  int64_t in_per_group() const { return in_channels / groups; }
  int64_t out_per_group() const { return out_channels / groups; }
};

// One axis cut into tiles. Position q of a tile's source is the source's sample
// tile * step + shift + q for q < count, zero beyond; position first + j of the result is target
// tile * step + j.
struct ConvTiling {
  int64_t length = 1;  // of the transforms
  int64_t step = 1;
  int64_t tiles = 1;
  int64_t taps = 1;
  int64_t source = 1;  // samples of the source
  int64_t target = 1;  // and of the target: of the gradient where that is the second source
  int64_t shift = 0;
  int64_t count = 1;
  int64_t first = 0;
};

// The cut of one axis for transforms of `length` >= taps.
ConvTiling CutConvAxis(const ConvAxis& axis, ConvMap map, int64_t length);

// Fills what follows from the lengths of an axis, numbered among the spatial ones. A negative n or
// number of taps is not known yet; nor is m then.
Status CompleteConvAxis(int number, Padding padding, ConvAxis* axis);

// Refuses channels that do not fit the groups; negative numbers are not known yet. The last two
// dimensions of the filters are filter_in and filter_out.
Status CheckConvChannels(int64_t in_channels, int64_t filter_in, int64_t filter_out,
                         int64_t groups);

// A call of the operator or of one of its adjoints.
struct ConvCall {
  using Shape = ConvShape;
  // All but the pointers: what a plan follows from.
  auto Settings() const {
    return std::tie(map, dtype, format, padding, groups, x_dims, filter_dims, grad_dims);
  }

  ConvMap map = ConvMap::kForward;
  DataType dtype = DataType::kFloat32;
  DataFormat format = DataFormat::kChannelsLast;
  Padding padding = Padding::kSame;
  int64_t groups = 1;            // or kDepthwise
  Dims x_dims;                   // [batch, *n, channels] or [batch, channels, *n]
  Dims filter_dims;              // [*taps, in / groups, out]
  Dims grad_dims;                // of the output's gradient; not of kForward
  const void* source = nullptr;  // x; the output's gradient for kInputGradient
  const void* other = nullptr;   // filters; the output's gradient for kFilterGradient
  void* result = nullptr;        // y; the gradient of x; that of the filters
};

// Checks everything that a call says, but not its pointers, and fills `shape` and the result's
// dims.
Status Check(const ConvCall& call, ConvShape* shape, Dims* result_dims);

}  // namespace spectral_ops
