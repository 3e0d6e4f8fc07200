// Division by a number that a launch knows: two instructions in place of twenty.
#pragma once

#include <cstdint>

namespace spectral_ops::gpu {

// n / d for 0 <= n < 2^31 and 0 < d < 2^31, by the multiplication of Granlund & Montgomery, PLDI
// 1994, figure 4.1.
class Divider {
 public:
  constexpr Divider() = default;
  constexpr explicit Divider(int64_t d) : d_(static_cast<uint32_t>(d)) {
    while ((uint64_t{1} << shift_) < d_) ++shift_;
    multiplier_ =
        static_cast<uint32_t>(((uint64_t{1} << 32) * ((uint64_t{1} << shift_) - d_)) / d_ + 1);
  }

  constexpr int32_t value() const { return static_cast<int32_t>(d_); }
  constexpr int32_t Of(int32_t n) const {
    const auto u = static_cast<uint32_t>(n);
    const auto high = static_cast<uint32_t>((uint64_t{multiplier_} * u) >> 32);
    return static_cast<int32_t>((high + u) >> shift_);
  }

 private:
  uint32_t d_ = 1;
  uint32_t multiplier_ = 1;
  uint32_t shift_ = 0;
};

}  // namespace spectral_ops::gpu
