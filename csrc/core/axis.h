// One axis between two lengths, and its matrix entry by entry, for host and device.
//
// With t = j/m - i/n and b = min(n, m) (docs/conventions.md, sections 2 to 5),
//   R[j, i] = scale (w[0] + 2 sum_{0<k<b/2} w[k] cos 2 pi k t + [b even] w[b/2] cos pi b t),
// scale = 1/n, 1/sqrt(nm), 1/m for the norms forward, ortho, backward. It depends on
// s = (j n' - i m') mod l alone, n' = n/gcd, m' = m/gcd, l = lcm(n, m), and R(s) = R(l - s).
#pragma once

#include <cmath>
#include <cstdint>

#include "core/band.h"
#include "core/device.h"
#include "core/roots.h"
#include "core/types.h"

namespace spectral_ops {

struct AxisShape {
  int64_t n = 1;  // input length
  int64_t m = 1;  // output length
  bool windowed = false;

  constexpr bool IsIdentity() const { return n == m && !windowed; }
  constexpr int64_t band() const { return n < m ? n : m; }
  constexpr int64_t bins() const { return HalfBins(band()); }
};

// 1/n, 1/sqrt(nm) or 1/m.
inline double AxisScale(const AxisShape& axis, Norm norm) {
  const auto n = static_cast<double>(axis.n);
  const auto m = static_cast<double>(axis.m);
  switch (norm) {
    case Norm::kForward:
      return 1 / n;
    case Norm::kOrtho:
      return 1 / std::sqrt(n * m);
    case Norm::kBackward:
      return 1 / m;
  }
  return 0;
}

// R at t = s / l for a band b without window, but for the scale: Dirichlet's kernel; of an even
// band the averaged Nyquist bin makes it sin cot.
SPECTRAL_OPS_HOST_DEVICE double BandKernel(int64_t b, int64_t s, int64_t l) {
  if (s == 0) return static_cast<double>(b);
  const Root half_turn = RootOfUnity(s, 2 * l);
  const double numerator = RootOfUnity(b * s % (2 * l), 2 * l).sine;
  return numerator * (b % 2 == 0 ? half_turn.cosine : 1.0) / half_turn.sine;
}

// The same with a window [b / 2 + 1]; cosine(phase) is cos 2 pi phase / l for 0 <= phase < l.
template <class S, class Cosine>
SPECTRAL_OPS_HOST_DEVICE double WindowedKernel(int64_t b, int64_t s, int64_t l, const S* window,
                                               const Cosine& cosine) {
  double sum = static_cast<double>(window[0]);
  int64_t phase = 0;
  for (int64_t k = 1; 2 * k <= b; ++k) {
    phase += s;
    if (phase >= l) phase -= l;
    sum +=
        static_cast<double>(BinMultiplicity(k, b)) * static_cast<double>(window[k]) * cosine(phase);
  }
  return sum;
}

}  // namespace spectral_ops
