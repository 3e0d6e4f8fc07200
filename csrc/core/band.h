// The rule of the band, for host and device: how a half spectrum stands for a whole one, and what a
// bin weighs where an axis changes its length.
//
// Bin k of a real signal of n samples stands for the frequencies k and -k, which are one for k = 0
// and, n even, k = n/2 (the Nyquist bin). Shrinking averages the two bins that become Nyquist,
// growing splits Nyquist into halves (docs/conventions.md, section 3): in both directions the term
// of the shorter side counts once.
#pragma once

#include <cstdint>

namespace spectral_ops {

// Bins of a half spectrum of n samples.
constexpr int64_t HalfBins(int64_t n) { return n / 2 + 1; }

// Frequencies that bin k of n samples stands for: 1 or 2.
constexpr int64_t BinMultiplicity(int64_t k, int64_t n) { return k == 0 || 2 * k == n ? 1 : 2; }

// What multiplies bin k of rfft(x), n samples, before irfft to m samples; 0 <= k <= min(n, m) / 2.
constexpr double BandWeight(int64_t k, int64_t n, int64_t m) {
  const int64_t band = n < m ? n : m;
  return static_cast<double>(BinMultiplicity(k, band)) / static_cast<double>(BinMultiplicity(k, m));
}

}  // namespace spectral_ops
