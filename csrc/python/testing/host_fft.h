// Transforms of whole rows on the host as the FFT library makes them, straight from their sums.
#pragma once

#include <cmath>
#include <complex>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "gpu/chain.h"

namespace spectral_ops::gpu {

using HostSpectrum = std::vector<std::complex<double>>;

// Of [outer, from, inner] along the middle axis: sum of z[i] exp(-+2 pi i k / length), 0 <= k < to.
inline HostSpectrum TransformAxis(const HostSpectrum& z, int64_t length, int64_t to, int64_t inner,
                                  bool inverse) {
  HostSpectrum wave(static_cast<size_t>(length));
  for (int64_t i = 0; i < length; ++i) {
    const double turns = static_cast<double>(i) / static_cast<double>(length);
    wave[static_cast<size_t>(i)] =
        std::polar(1.0, (inverse ? 2 : -2) * 3.14159265358979323846 * turns);
  }
  const int64_t outer = static_cast<int64_t>(z.size()) / (length * inner);
  HostSpectrum result(static_cast<size_t>(outer * to * inner));
  for (int64_t o = 0; o < outer; ++o) {
    for (int64_t k = 0; k < to; ++k) {
      for (int64_t c = 0; c < inner; ++c) {
        std::complex<double> sum = 0;
        for (int64_t i = 0; i < length; ++i) {
          sum += z[static_cast<size_t>((o * length + i) * inner + c)] *
                 wave[static_cast<size_t>(k * i % length)];
        }
        result[static_cast<size_t>((o * to + k) * inner + c)] = sum;
      }
    }
  }
  return result;
}

// The half rows [lines, n / 2 + 1] with their other halves, which are the conjugates. Imaginary
// parts at the ends must be zero, but for what rounding leaves where there are several lines; a NaN
// says that they were not.
inline HostSpectrum WithOtherHalves(const HostSpectrum& half, int64_t n, bool exact) {
  const int64_t bins = n / 2 + 1;
  const int64_t lines = static_cast<int64_t>(half.size()) / bins;
  double energy = 0;
  for (const auto& z : half) energy += std::norm(z);
  const double allowed = exact ? 0 : 1e-4 * std::sqrt(energy);
  HostSpectrum whole(static_cast<size_t>(lines * n));
  for (int64_t line = 0; line < lines; ++line) {
    for (int64_t i = 0; i < n; ++i) {
      const int64_t k = i < bins ? i : n - i;
      std::complex<double> z = half[static_cast<size_t>(line * bins + k)];
      if (k == 0 || 2 * k == n) {
        z = {std::abs(z.imag()) <= allowed ? z.real() : std::nan(""), 0};
      }
      whole[static_cast<size_t>(line * n + i)] = i < bins ? z : std::conj(z);
    }
  }
  return whole;
}

// Nothing is scaled.
template <class S>
void HostFft(const FftSpec& spec, const S* in, S* out, bool inverse) {
  const int64_t n = spec.length;
  const int64_t bins = n / 2 + 1;
  const bool from_real = spec.kind == FftKind::kRealToComplex;
  const bool to_real = spec.kind == FftKind::kComplexToReal;
  const int64_t lines = spec.leading[0] * spec.leading[1];
  const int64_t row_in = lines * (to_real ? bins : n);
  for (int64_t b = 0; b < spec.batch; ++b) {
    HostSpectrum z(static_cast<size_t>(row_in));
    for (auto& value : z) {
      const S re = *in++;
      value = {re, from_real ? 0 : *in++};
    }
    if (from_real) z = TransformAxis(z, n, bins, 1, inverse);
    const int64_t inner = spec.kind == FftKind::kComplex ? n : bins;
    z = TransformAxis(z, spec.leading[1], spec.leading[1], inner, inverse);
    z = TransformAxis(z, spec.leading[0], spec.leading[0], spec.leading[1] * inner, inverse);
    if (to_real) z = WithOtherHalves(z, n, lines == 1);
    if (!from_real) z = TransformAxis(z, n, n, 1, inverse);
    for (const auto& value : z) {
      *out++ = static_cast<S>(value.real());
      if (!to_real) *out++ = static_cast<S>(value.imag());
    }
  }
}

}  // namespace spectral_ops::gpu
