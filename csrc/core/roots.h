// Roots of unity, for host and device, accurate at any length: an angle is a fraction of integers
// and is brought to the first octant before it is rounded.
#pragma once

#include <cmath>
#include <cstdint>

#include "core/device.h"

namespace spectral_ops {

struct Root {
  double cosine;
  double sine;
};

// exp(2 pi i a / b), for any a and 0 < b < 2^60.
SPECTRAL_OPS_HOST_DEVICE Root RootOfUnity(int64_t a, int64_t b) {
  a %= b;
  if (a < 0) a += b;
  const bool below = 2 * a > b;  // the lower half of the circle
  if (below) a = b - a;
  // a / b <= 1/2 from here on; `fraction` counts eighths of a turn, and is at most 1.
  const bool left = 4 * a > b;
  const int64_t up = left ? b - 2 * a : 2 * a;  // of 2 b
  const bool steep = 4 * up > b;
  const double fraction = steep ? 2.0 * (static_cast<double>(b - 2 * up) / static_cast<double>(b))
                                : 4.0 * (static_cast<double>(up) / static_cast<double>(b));
#ifdef __CUDA_ARCH__
  const double near = cospi(fraction / 4);
  const double far = sinpi(fraction / 4);
#else
  constexpr double kEighth = 0.785398163397448309615660845819875721;  // pi / 4
  const double near = std::cos(kEighth * fraction);
  const double far = std::sin(kEighth * fraction);
#endif
  const double cosine = steep ? far : near;
  const double sine = steep ? near : far;
  return {left ? -cosine : cosine, below ? -sine : sine};
}

}  // namespace spectral_ops
