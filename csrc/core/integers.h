// Arithmetic of sizes that every operator's checks and plans need.
#pragma once

#include <cstdint>
#include <limits>

namespace spectral_ops {

constexpr int64_t CeilDiv(int64_t a, int64_t b) { return (a + b - 1) / b; }
constexpr int64_t RoundUp(int64_t a, int64_t b) { return CeilDiv(a, b) * b; }

// The product of two numbers, or -1 where it does not fit or one of them is negative.
constexpr int64_t MultiplySizes(int64_t a, int64_t b) {
  if (a < 0 || b < 0 || (b != 0 && a > std::numeric_limits<int64_t>::max() / b)) return -1;
  return a * b;
}

// The least length of at least `least` with the factors 2, 3 and 5 alone.
constexpr int64_t SmoothLength(int64_t least) {
  int64_t best = 1;
  while (best < least) best *= 2;
  for (int64_t fives = 1; fives < best; fives *= 5) {
    for (int64_t threes = fives; threes < best; threes *= 3) {
      int64_t length = threes;
      while (length < least) length *= 2;
      if (length < best) best = length;
    }
  }
  return best;
}

}  // namespace spectral_ops
