// The radices of a transform's passes.
#pragma once

#include <cstdint>

namespace spectral_ops {

constexpr int kMaxFftPasses = 32;
// Of the last pass where it makes the bins (cpu/fft/real_pairs-inl.h): two of its butterflies fit
// the registers, or nearly.
constexpr int kMaxPairRadix = 8;

// Whether butterflies of this radix stay in registers (cpu/fft/butterfly-inl.h).
bool HasOwnCode(int64_t radix);

enum class RadixOrder {
  kFastest,
  kTwosLast,  // so that the bins of a block of 2^k places are those of the first one, moved
};

// The radices of a length that passes can transform, in the order of the forward passes; returns
// their number. Those that have no own code come last: of them a crop needs only some outputs.
int FftRadices(int64_t n, int64_t radices[kMaxFftPasses], RadixOrder order = RadixOrder::kFastest);

}  // namespace spectral_ops
