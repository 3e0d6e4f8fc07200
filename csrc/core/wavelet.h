// One level of a wavelet transform before any value is touched: what it takes, checked, and the
// entries of its maps, for host and device.
//
// On one axis, coefficient o of band b (0: lowpass, 1: highpass) and sample i meet in entries
// (o, t, i, w) of a tap t and a weight w (docs/conventions.md):
//   analysis    c[b, o] = sum f[b][t] w x[i]            synthesis   x[i] = sum_b sum f[b][t] w c[b,
//   o]
// Each is the other's adjoint. A rule says which entries there are:
//   dwt    sample p = s + 2 o - t, s = 1, of periodization taps / 2; outside of 0 .. n - 1 it is
//   what
//          the mode extends the signal by
//   idwt   sample 2 o + t - (taps - 2), of periodization 2 o + t - (taps / 2 - 1) modulo 2 h
//   swt    sample D taps / 2 + o - D t modulo n, D = 2^level: nothing is left out
#pragma once

#include <array>
#include <cstdint>
#include <string_view>
#include <tuple>

#include "core/device.h"
#include "core/dims.h"
#include "core/status.h"
#include "core/types.h"

namespace spectral_ops {

enum class WaveletMap { kAnalysis, kSynthesis, kFilterGradient };
enum class WaveletRule { kDwt, kIdwt, kSwt };
enum class WaveletMode {
  kZero,
  kConstant,
  kSymmetric,
  kReflect,
  kPeriodic,
  kSmooth,
  kPeriodization,
  kAntisymmetric,
  kAntireflect
};

Status Parse(std::string_view text, WaveletRule* rule);
Status Parse(std::string_view text, WaveletMode* mode);

constexpr int64_t kMaxTaps = 1024;
constexpr int kMaxWaveletLevel = 24;

// Calls put(i, w) for the samples that stand for sample p, inside or outside of 0 .. n - 1. Of
// kReflect and kAntireflect n is at least 2. An Int holds 2 n and p.
template <class Int, class Put>
SPECTRAL_OPS_HOST_DEVICE void ExtendSignal(WaveletMode mode, Int n, Int p, const Put& put) {
  if (p >= 0 && p < n) return put(p, 1.0);
  const auto within = [p](Int period) -> Int {
    const Int rest = p % period;
    return rest < 0 ? rest + period : rest;
  };
  switch (mode) {
    case WaveletMode::kZero:
      return;
    case WaveletMode::kConstant:
      return put(p < 0 ? 0 : n - 1, 1.0);
    case WaveletMode::kSymmetric:
    case WaveletMode::kAntisymmetric: {
      const Int q = within(2 * n);
      if (q < n) return put(q, 1.0);
      return put(2 * n - 1 - q, mode == WaveletMode::kSymmetric ? 1.0 : -1.0);
    }
    case WaveletMode::kReflect: {
      const Int q = within(2 * n - 2);
      return put(q < n ? q : 2 * n - 2 - q, 1.0);
    }
    case WaveletMode::kPeriodic:
      return put(within(n), 1.0);
    case WaveletMode::kPeriodization: {
      const Int q = within(n + n % 2);
      return put(q < n ? q : n - 1, 1.0);
    }
    case WaveletMode::kSmooth: {
      const Int edge = p < 0 ? 0 : n - 1;
      if (n == 1) return put(edge, 1.0);
      const auto beyond = static_cast<double>(p < 0 ? -p : p - edge);
      put(edge, 1.0 + beyond);
      return put(p < 0 ? 1 : n - 2, -beyond);
    }
    case WaveletMode::kAntireflect: {
      const Int last = n - 1;
      const Int q = within(2 * last);
      const Int turns = (p - q) / last;
      const auto rise = static_cast<double>(turns);  // of x[last] - x[0]
      const double end = q <= last ? rise : 2.0 + rise;
      put(q <= last ? q : 2 * last - q, q <= last ? 1.0 : -1.0);
      if (end != 0) put(last, end);
      if (rise != 0) put(0, -rise);
      return;
    }
  }
}

// One spatial axis: n samples, h coefficients of each band.
struct WaveletAxis {
  int64_t n = 1;
  int64_t h = 1;
  int64_t taps = 2;
  WaveletRule rule = WaveletRule::kDwt;
  WaveletMode mode = WaveletMode::kSymmetric;
  int level = 0;

  constexpr bool IsCircular() const {
    return rule == WaveletRule::kSwt || mode == WaveletMode::kPeriodization;
  }
  // Entry (o, t) is of sample first() + stride() o + step() t, where nothing extends the signal.
  // Of a circular signal a period more or less is the same.
  constexpr int64_t dilation() const {
    return rule == WaveletRule::kSwt ? ((int64_t{1} << level) - 1) % n + 1 : 1;
  }
  constexpr int64_t stride() const { return rule == WaveletRule::kSwt ? 1 : 2; }
  constexpr int64_t step() const { return rule == WaveletRule::kIdwt ? 1 : -dilation(); }
  constexpr int64_t first() const {
    if (rule == WaveletRule::kSwt) return dilation() * (taps / 2);
    if (rule == WaveletRule::kIdwt) return IsCircular() ? 1 - taps / 2 : 2 - taps;
    return IsCircular() ? taps / 2 : 1;
  }
  constexpr int64_t Sample(int64_t o, int64_t t) const {
    return first() + stride() * o + step() * t;
  }

  // Calls put(i, w) for the entries of (o, t).
  template <class Put>
  SPECTRAL_OPS_HOST_DEVICE void ForEntries(int64_t o, int64_t t, const Put& put) const {
    const int64_t p = Sample(o, t);
    if (p >= 0 && p < n) return put(p, 1.0);
    if (rule == WaveletRule::kSwt) return ExtendSignal(WaveletMode::kPeriodic, n, p, put);
    if (rule == WaveletRule::kDwt) return ExtendSignal(mode, n, p, put);
    if (!IsCircular()) return;
    int64_t q = p % (2 * h);
    if (q < 0) q += 2 * h;
    if (q < n) put(q, 1.0);  // an odd signal has no last sample
  }

  bool operator==(const WaveletAxis& other) const {
    return n == other.n && h == other.h && taps == other.taps && rule == other.rule &&
           mode == other.mode && level == other.level;
  }
};

// Coefficients of n samples.
constexpr int64_t CountCoefficients(WaveletRule rule, WaveletMode mode, int64_t n, int64_t taps) {
  if (rule == WaveletRule::kSwt) return n;
  return mode == WaveletMode::kPeriodization ? (n + 1) / 2 : (n + taps - 1) / 2;
}

struct WaveletShape {
  WaveletMap map = WaveletMap::kAnalysis;
  DataFormat format = DataFormat::kChannelsLast;
  int rank = 1;
  int64_t batch = 1;
  int64_t channels = 1;
  WaveletAxis axis[kMaxSpatialRank];  // [rank]
  int filter_axis = 0;                // of the filter gradient

  int64_t bands() const { return int64_t{1} << rank; }
};

// A call of analysis or synthesis, or of the gradient by the filters of one axis of
// sum(bands * analysis(x)), which is that of sum(x * synthesis(bands)).
struct WaveletCall {
  using Shape = WaveletShape;
  auto Settings() const {
    return std::tie(map, rule, mode, level, dtype, format, rank, axis, x_dims, band_dims, size,
                    filter_dims);
  }

  WaveletMap map = WaveletMap::kAnalysis;
  WaveletRule rule = WaveletRule::kDwt;
  WaveletMode mode = WaveletMode::kSymmetric;
  int level = 0;  // of swt
  DataType dtype = DataType::kFloat32;
  DataFormat format = DataFormat::kChannelsLast;
  int rank = 1;    // filters
  int axis = 0;    // of the filter gradient
  Dims x_dims;     // [batch, *n, channels]; not of a synthesis
  Dims band_dims;  // [batch, *h, 2^rank, channels] or [batch, 2^rank, channels, *h]; not of an
                   // analysis
  Dims size;       // [rank], *n, of a synthesis
  std::array<Dims, kMaxSpatialRank> filter_dims;  // [2, taps] each
  const void* x = nullptr;
  const void* bands = nullptr;
  const void* filters[kMaxSpatialRank] = {};  // of the computing type
  void* result = nullptr;  // bands, x, or [2, taps] of `axis` in the computing type
};

// Where bands have their number, and the first of their spatial axes.
constexpr int BandsAt(DataFormat format, int rank) {
  return format == DataFormat::kChannelsLast ? rank + 1 : 1;
}
constexpr int FirstSpatialOfBands(DataFormat format) {
  return format == DataFormat::kChannelsLast ? 1 : 3;
}

// Refuse a length that a mode cannot extend, and filters.
Status CheckWaveletAxis(const WaveletCall& call, int axis, int64_t n);
Status CheckFilters(const WaveletCall& call, int axis);

// Checks everything that a call says, but not its pointers, and fills `shape` and the result's
// dims.
Status Check(const WaveletCall& call, WaveletShape* shape, Dims* result_dims);

}  // namespace spectral_ops
