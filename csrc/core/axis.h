// One axis between two lengths, and its matrix entry by entry, for host and device.
//
// With the kernel of a band b (docs/conventions.md, sections 2 to 5),
//   K_b(t) = w[0] + 2 sum_{0<k<b/2} w[k] cos 2 pi k t + [b even] w[b/2] cos pi b t,
// b = min(n, m), scale = 1/n, 1/sqrt(nm), 1/m for the norms forward, ortho, backward,
// n' = n/gcd, m' = m/gcd and l = lcm(n, m),
//   periodic    R[j, i] = scale K_b(s / l),   s = j n' - i m'
//   centered    R[j, i] = scale K_b(s / 2l),  s = (2j + 1) n' - (2i + 1) m'
//   symmetric   R[j, i] = scale (K_{2b-1}(s / 4l) + K_{2b-1}(s' / 4l)) / 2,
//                                             s, s' = (2j + 1) n' -+ (2i + 1) m'
// K is even and has period 1, so that one table of it holds the whole matrix.
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
  AxisRule rule = AxisRule::kPeriodic;

  constexpr bool IsIdentity() const { return n == m && !windowed; }
  constexpr int64_t band() const { return n < m ? n : m; }
  // The band of the kernel, and the frequencies that a window weighs.
  constexpr int64_t kernel_band() const {
    return rule == AxisRule::kSymmetric ? 2 * band() - 1 : band();
  }
  constexpr int64_t bins() const { return HalfBins(kernel_band()); }
  // The kernel's period in s, for so many l.
  constexpr int64_t period(int64_t l) const {
    return rule == AxisRule::kPeriodic ? l : rule == AxisRule::kCentered ? 2 * l : 4 * l;
  }
  // The sample of `length` that sample i meets where the axis folds into even and odd halves.
  constexpr int64_t mirror(int64_t i, int64_t length) const {
    if (rule != AxisRule::kPeriodic) return length - 1 - i;
    return i == 0 ? 0 : length - i;
  }
  constexpr bool operator==(const AxisShape& other) const {
    return n == other.n && m == other.m && windowed == other.windowed && rule == other.rule;
  }
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

// R[j, i] but for the scale; kernel(s) is K at s of axis.period(l), s any integer, where n' and m'
// are ratio_in and ratio_out.
template <class Kernel>
SPECTRAL_OPS_HOST_DEVICE double EntryOf(const AxisShape& axis, int64_t ratio_in, int64_t ratio_out,
                                        int64_t j, int64_t i, const Kernel& kernel) {
  if (axis.rule == AxisRule::kPeriodic) return kernel(j * ratio_in - i * ratio_out);
  const int64_t to = (2 * j + 1) * ratio_in;
  const int64_t from = (2 * i + 1) * ratio_out;
  if (axis.rule == AxisRule::kCentered) return kernel(to - from);
  return (kernel(to - from) + kernel(to + from)) / 2;
}

// The place from 0 to half the period where an even kernel has what it has at s, |s| < period.
SPECTRAL_OPS_HOST_DEVICE int64_t WithinHalf(int64_t s, int64_t period) {
  if (s < 0) s = -s;
  return s <= period - s ? s : period - s;
}

// K_b at s / l without window: Dirichlet's kernel; of an even band the averaged Nyquist bin makes
// it sin cot.
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
