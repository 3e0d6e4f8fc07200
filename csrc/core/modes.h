// One axis between its samples and a few of its Fourier modes, entry by entry, for host and device.
// A mode f of an axis of `length` samples is analysed and synthesized with
//
//   analysis:  X[f] = sum_i z[i] conj(p_f(i))        synthesis:  y[i] = sum_f p_f(i) Y[f]
//   p_f(i) = g cos(2 pi f i / length) + i h sin(2 pi f i / length)
//
// g = h = 1 but where ModeMap says otherwise. Leading axes have the modes -low .. high; the last
// axis has 0 .. high, its samples are real, and a synthesis takes the real part.
#pragma once

#include <cstdint>

namespace spectral_ops {

struct ModeMap {
  int64_t length = 1;
  int64_t low = 0;  // modes below 0
  int64_t high = 0;
  bool half = false;       // the last axis
  bool synthesis = false;  // else analysis
  bool doubled = false;    // modes above 0 stand for -f too: g = h = 2
  int64_t nyquist = 0;     // where not 0: the mode +-nyquist has h = 0
  bool halved = false;     // and g = 1/2, else 1

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
  constexpr bool operator==(const ModeMap& other) const {
    return length == other.length && low == other.low && high == other.high && half == other.half &&
           synthesis == other.synthesis && doubled == other.doubled && nyquist == other.nyquist &&
           halved == other.halved;
  }
};

}  // namespace spectral_ops
